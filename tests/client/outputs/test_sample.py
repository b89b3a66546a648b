"""Values at points: those of the pixels that open_dataset gives there, from every kind of source."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import ee
import geopandas as gpd
import numpy as np
import pytest
import xarray as xr
from pyproj import Transformer
from shapely.geometry import box

from tests.client.memory_source import MemoryArray
from tests.client.scenes import ID, SHAPE, TRANSFORM, filled, image, opened, stack
from xee_lite import Grid, InputError, XeeLiteWarning, reduce, sample
from xee_lite.emulator import memory_image
from xee_lite.opened import lazy_read, without_dask

if TYPE_CHECKING:
    import numpy.typing as npt

    from tests.client.scenes import Serve

RNG = np.random.default_rng(0)
ROWS, COLUMNS = RNG.integers(0, SHAPE[0], 12), RNG.integers(0, SHAPE[1], 12)
X = TRANSFORM[2] + 30 * (COLUMNS + RNG.uniform(0.01, 0.99, 12))
Y = TRANSFORM[5] - 30 * (ROWS + RNG.uniform(0.01, 0.99, 12))
LON, LAT = Transformer.from_crs(32631, 4326, always_xy=True).transform(X, Y)


def expected() -> tuple[dict[str, Any], npt.NDArray[Any]]:
    assets, truth = stack(4)
    return assets, filled(truth[:, ROWS, COLUMNS].T, "f4")


@pytest.mark.parametrize(
    "source",
    [
        lambda: ID,
        lambda: f"ee://{ID}",
        lambda: ee.ImageCollection(ID),
        lambda: [f"{ID}/i{number}" for number in range(4)],
        opened,
        lambda: opened(chunks={}),
        lambda: opened(lazy_coords=True),
        lambda: opened().B1,
        lambda: opened().isel(y=slice(0, None)),
        lambda: opened().load(),
    ],
)
def test_every_kind_of_source(serve: Serve, source: Any) -> None:
    assets, truth = expected()
    serve(assets=assets)
    found = sample(source(), (LON, LAT))
    assert found.B1.dims == ("point", "time")
    np.testing.assert_array_equal(found.B1, truth)
    assert found.B1.dtype == np.float32
    np.testing.assert_allclose(found.x, TRANSFORM[2] + 30 * (COLUMNS + 0.5))
    assert "GeoTransform" not in found.spatial_ref.attrs
    assert "crs_wkt" in found.spatial_ref.attrs


def test_an_image_has_no_times(serve: Serve) -> None:
    assets, truth = expected()
    serve(assets=assets)
    found = sample(ee.Image(f"{ID}/i2"), (LON, LAT))
    assert found.B1.dims == ("point",)
    np.testing.assert_array_equal(found.B1, truth[:, 2])
    assert sample(ID, (LON, LAT), band_dim="band")["band_data"].dims == ("point", "time", "band")


def test_attributes_and_names_that_are_taken(serve: Serve) -> None:
    assets, truth = expected()
    serve(assets=assets)
    frame = gpd.GeoDataFrame(
        {"name": list("abcdefghijkl"), "time": range(12), "B1": 1.5, "x": 0},
        geometry=gpd.points_from_xy(X, Y),
        crs=32631,
    )
    found = sample(ID, frame)
    np.testing.assert_array_equal(found.B1, truth)
    assert found["name"].dims == ("point",)
    assert found.time_point.values.tolist() == list(range(12))
    assert {"B1_point", "x_point"} <= set(found.coords)
    named = sample(ID, frame.set_index("name"))
    np.testing.assert_array_equal(named.B1.sel(point="c"), truth[2])


def test_points_outside_are_missing_and_counted(serve: Serve) -> None:
    assets, truth = expected()
    serve(assets=assets)
    lon, lat = np.append(LON, [0, np.nan, np.inf, 3.0]), np.append(LAT, [0, 1, 1, 89])
    for options in ({}, {"mask_and_scale": False}):
        with pytest.warns(XeeLiteWarning, match=r"4 of 16 points .* number 12, at \(0, 0\)"):
            found = sample(opened(**options), (lon, lat)).B1
        fill = found.attrs.get("_FillValue", np.nan)
        values = found.values.astype("f8")
        np.testing.assert_array_equal(np.where(values == fill, np.nan, values)[:12], truth)
        assert (found[12:].isnull() | (found[12:] == fill)).all()
        assert found.dtype == opened(**options).B1.dtype
    with pytest.warns(XeeLiteWarning, match="2 of 2"):
        nothing = sample(opened(), ([0.0, np.nan], [0.0, 0.0]))
    assert nothing.B1.isnull().all()
    assert nothing.B1.shape == (2, 4)


def test_points_on_edges_belong_to_the_pixel_after_them(serve: Serve) -> None:
    assets, truth = stack(1)
    serve(assets=assets)
    x, y = TRANSFORM[2] + 30 * np.array([0, 5, 30]), TRANSFORM[5] - 30 * np.array([0, 5, 22])
    found = sample(ID, (x, y), points_crs=32631).B1
    np.testing.assert_array_equal(found[:, 0], filled(truth[0, [0, 5, 22], [0, 5, 30]], "f4"))


def test_a_collection_is_opened_around_the_points(serve: Serve) -> None:
    """Images that lie elsewhere are left out, and points beyond the first image are found."""
    here = image({"B1": np.full((5, 5), 1, "u2")}, "here")
    there = memory_image(
        {"B1": np.full((5, 5), 2, "u2")}, crs="EPSG:32631", transform=(30, 0, 400_245, 0, -30, 4_600_035),
        properties={"system:index": "there", "system:time_start": 1_600_000_000_000},
    )  # fmt: skip
    serve(assets={f"{ID}/here": here, f"{ID}/there": there})
    both = ee.ImageCollection([ee.Image(f"{ID}/here"), ee.Image(f"{ID}/there")])
    x, y = [399_960.0, 400_260.0], [4_600_020.0, 4_600_020.0]
    np.testing.assert_array_equal(sample(both, (x, y), points_crs=32631).B1, [[1, np.nan], [np.nan, 2]])
    one = sample(both, (x[1:], y[1:]), points_crs=32631)
    assert one.sizes == {"point": 1, "time": 1}
    assert one.B1.item() == 2


def test_a_composite_takes_a_scale_alone(serve: Serve) -> None:
    assets, _ = stack(4)
    serve(assets=assets)
    composite = ee.ImageCollection(ID).max()
    found = sample(composite, (X, Y), points_crs=32631, crs="EPSG:32631", scale=30)
    grid = opened(composite, crs="EPSG:32631", scale=30, bbox=(LON.min(), LAT.min(), LON.max(), LAT.max()))
    nearest = grid.B1.sel(x=xr.DataArray(X, dims="point"), y=xr.DataArray(Y, dims="point"), method="nearest")
    np.testing.assert_array_equal(found.B1, nearest)


def test_bilinear_is_what_interp_gives(serve: Serve) -> None:
    rng = np.random.default_rng(1)
    values = np.ma.array(rng.normal(size=(9, 11)).astype("f4"), mask=rng.random((9, 11)) < 0.1)
    serve(assets={ID: image({"v": values})})
    x = TRANSFORM[2] + rng.uniform(-30, 360, 200)
    y = TRANSFORM[5] - rng.uniform(-30, 300, 200)
    whole = opened().v.load()
    with pytest.warns(XeeLiteWarning, match="of 200 points lie outside"):
        found = sample(opened(), (x, y), points_crs=32631, method="bilinear").v
    truth = whole.astype("f8").interp(x=xr.DataArray(x, dims="point"), y=xr.DataArray(y, dims="point"))
    np.testing.assert_allclose(found, truth, rtol=1e-6, atol=1e-9)
    assert 20 < int(truth.notnull().sum()) < 180
    assert found.dtype == np.float64


def test_bilinear_at_a_centre_is_the_pixel(serve: Serve) -> None:
    """A neighbour that has no weight may be missing, or outside of the grid."""
    values = np.ma.array(np.arange(16, dtype="u2").reshape(4, 4), mask=False)
    values[1, 2] = np.ma.masked
    serve(assets={ID: image({"v": values})})
    rows, columns = np.indices((4, 4)).reshape(2, -1)
    x, y = TRANSFORM[2] + 30 * (columns + 0.5), TRANSFORM[5] - 30 * (rows + 0.5)
    for options in ({}, {"mask_and_scale": False}):
        found = sample(opened(**options), (x, y), points_crs=32631, method="bilinear").v
        np.testing.assert_array_equal(found, filled(values, "f8").ravel())


@pytest.mark.parametrize("method", ["nearest", "bilinear"])
def test_around_the_world(serve: Serve, method: Any) -> None:
    """Longitudes may be spelled in any turn, and the last column is the neighbour of the first."""
    values = np.tile(np.abs(np.arange(36) - 18).astype("f8"), (18, 1))
    world = memory_image({"v": values}, crs="EPSG:4326", transform=(10, 0, -180, 0, -10, 90))
    serve(assets={ID: world})
    lon = np.array([-180.0, 180.0, 179.9, -179.9, 541.0, 5.0, 365.0])
    found = sample(ID, (lon, np.full(7, 12.0)), method=method).v.values
    if method == "nearest":
        column = np.floor((lon + 180) % 360 / 10).astype(int)
        np.testing.assert_array_equal(found, values[0, column])
    else:
        centred = ((lon + 180) % 360 / 10 - 0.5) % 36
        first = np.floor(centred).astype(int)
        weight = centred - first
        np.testing.assert_allclose(found, values[0, first] * (1 - weight) + values[0, (first + 1) % 36] * weight)


def test_arguments_that_do_not_suit(serve: Serve) -> None:
    assets, _ = stack(2)
    serve(assets=assets)
    with pytest.raises(InputError, match="method='cubic' is unknown"):
        sample(ID, (LON, LAT), method="cubic")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="scale= is an argument of opening"):
        sample(opened(), (LON, LAT), scale=30)
    with pytest.raises(InputError, match="bands='B7' is no variable"):
        sample(opened(), (LON, LAT), bands="B7")
    with pytest.raises(InputError, match="no argument of engine='xee_lite'"):
        sample(ID, (LON, LAT), radius=3)
    with pytest.raises(InputError, match="says no grid"):
        sample(opened().drop_vars(["spatial_ref", "x", "y"]), (LON, LAT))


@pytest.mark.parametrize(
    ("part", "plain"),
    [
        ({}, True),
        ({"time": slice(1, 3), "y": slice(3, 20, 3)}, True),
        ({"time": 1}, True),
        ({"x": slice(4, 9)}, True),
        ({"time": [0, 3]}, False),
    ],
)
def test_dask_is_left_out_where_it_only_reads(serve: Serve, part: dict[str, Any], plain: bool) -> None:
    assets, _ = stack(4)
    earth = serve(assets=assets)
    dataset = opened(chunks={"time": 2}).isel(part)
    assert (lazy_read(dataset.B1.variable) is not None) == plain
    xr.testing.assert_identical(without_dask(dataset).load(), dataset.compute())
    computed = dataset + 1
    assert lazy_read(computed.B1.variable) is None
    xr.testing.assert_identical(without_dask(computed).compute(), computed.compute())
    earth.requests.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", XeeLiteWarning)  # of a part of the dataset, in which the point may not lie
        sample(dataset, (LON[:1], LAT[:1]))
    assert earth.requests.counts().total() <= 4


def test_a_service_without_tables_is_read_by_windows() -> None:
    """And one that reduces no regions says so."""
    values = np.random.default_rng(0).normal(size=(3, 2, 20, 30)).astype("f4")
    grid = Grid("EPSG:32631", (10, 0, 500_000, 0, -10, 4_600_000), (20, 30))
    source = MemoryArray(values, grid)
    rows, columns = RNG.integers(0, 20, 15), RNG.integers(0, 30, 15)
    found = sample(source, (500_005 + 10.0 * columns, 4_599_995 - 10.0 * rows), points_crs=32631)
    for number, name in enumerate("ab"):
        np.testing.assert_array_equal(found[name], values[:, number, rows, columns].T)
    field = box(500_000, 4_599_900, 500_100, 4_600_000)
    with pytest.raises(InputError, match="does not reduce regions"):
        reduce(source, field, polygons_crs=32631)
