"""Layouts: bands as a dimension, other dimensions of the images, lazy coordinates, trees of native grids."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import dask
import ee
import numpy as np
import pytest
import xarray as xr
from affine import Affine

from tests.client.scenes import DAY, ID, SHAPE, START, TRANSFORM, filled, image, opened, pixels
from xee_lite import Grid, InputError, explain
from xee_lite.emulator import memory_collection, memory_image

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from tests.client.scenes import Serve

BANDS = "abcd"
DTYPES = ("u1", "i2", "u2", "i1")


@cache
def mixed(count: int, dtypes: tuple[str, ...] = DTYPES) -> tuple[dict[str, Any], npt.NDArray[Any]]:
    """Images with bands of several types, each with its own mask; (item, band, y, x) in float64."""
    arrays = [
        {
            name: pixels(dtype, 10 * number + place)
            for place, (name, dtype) in enumerate(zip(BANDS, dtypes, strict=False))
        }
        for number in range(count)
    ]
    images = [
        image(found, f"i{number}", START + number * DAY, month=12 - number, orbit="AB"[number % 2])
        for number, found in enumerate(arrays)
    ]
    truth = np.stack([[filled(array, "f8") for array in found.values()] for found in arrays])
    truth.flags.writeable = False
    return {ID: memory_collection(images)}, truth


@pytest.mark.parametrize("chunks", [None, {}])
def test_bands_of_different_types_become_one_exact_variable(serve: Serve, chunks: Any) -> None:
    assets, truth = mixed(3)
    earth = serve(assets=assets)
    dataset = opened(ID, band_dim="band", chunks=chunks)
    assert list(dataset.data_vars) == ["band_data"]
    assert dataset["band_data"].dims == ("time", "band", "y", "x")
    assert dataset["band"].values.tolist() == list(BANDS)
    assert dataset["band_data"].dtype == "f4", "which holds 16 bits exactly"
    np.testing.assert_array_equal(dataset["band_data"].values, truth)
    assert earth.requests.counts() == {"computeValue": 1, "computePixels": 1}


def test_bands_as_integers_share_a_type_and_a_fill_that_none_of_them_has(serve: Serve) -> None:
    assets, truth = mixed(2)
    serve(assets=assets)
    data = opened(ID, band_dim="band", mask_and_scale=False)["band_data"]
    missing = data.attrs["_FillValue"]
    assert data.dtype == "i4", "uint16 and int16 fill up 17 bits"
    assert not np.iinfo("i2").min <= missing <= np.iinfo("u2").max
    np.testing.assert_array_equal(data.values, np.nan_to_num(truth, nan=missing))


@pytest.mark.parametrize("scaled", [True, False])
@pytest.mark.parametrize("dtypes", [("u4", "i4"), ("u1", "f4"), ("i4", "f4"), ("u2", "f8"), ("u1", "u1")])
def test_every_pair_of_types_keeps_every_pixel(serve: Serve, dtypes: tuple[str, str], scaled: bool) -> None:
    assets, truth = mixed(2, dtypes)
    serve(assets=assets)
    data = opened(ID, band_dim="band", mask_and_scale=scaled)["band_data"]
    missing = data.attrs.get("_FillValue", np.nan)
    np.testing.assert_array_equal(data.values.astype("f8"), np.where(np.isnan(truth), missing, truth))


def test_the_users_numbers_by_band_hold_in_one_variable_too(serve: Serve) -> None:
    assets, truth = mixed(2)
    serve(assets=assets)
    expected = truth.copy()
    expected[:, 1][np.nan_to_num(truth[:, 1], nan=1.0) == 1] = np.nan
    for scaled in (True, False):
        data = opened(ID, band_dim="band", nodata={"b": 1}, mask_and_scale=scaled)["band_data"]
        got = data.values.astype("f8")
        np.testing.assert_array_equal(
            got if scaled else np.where(got == data.attrs["_FillValue"], np.nan, got), expected
        )
    zero = opened(ID, band_dim="band", nodata=0)["band_data"]
    np.testing.assert_array_equal(zero.values, np.where(np.nan_to_num(truth) == 0, np.nan, truth))


def test_variables_made_of_the_bands_share_the_request_of_the_chunk(serve: Serve) -> None:
    assets, truth = mixed(6)
    earth = serve(assets=assets)
    cost = len(BANDS) * 5 * np.prod(SHAPE).item()
    bands = opened(ID, band_dim="band", chunks={}, request_bytes=2 * cost)["band_data"].to_dataset("band")
    assert bands.chunks["time"] == (2, 2, 2)
    expected = explain(bands)
    earth.requests.clear()
    (loaded,) = dask.compute(bands)
    assert earth.requests.counts() == {"computePixels": 3}
    assert expected.count == 3
    for number, name in enumerate(BANDS):
        np.testing.assert_array_equal(loaded[name].values, truth[:, number])
    earth.requests.clear()
    np.testing.assert_array_equal(bands["b"].isel(time=0).values, truth[0, 1])
    (request,) = earth.requests
    assert "'c'" not in str(request.body), "one variable alone asks for its own band"


def test_a_band_dimension_survives_netcdf_and_zarr(serve: Serve, tmp_path: Path) -> None:
    pytest.importorskip("h5netcdf")
    pytest.importorskip("zarr")
    assets, truth = mixed(2)
    serve(assets=assets)
    dataset = opened(ID, band_dim="band", chunks={})
    dataset.to_netcdf(tmp_path / "bands.nc")
    dataset.to_zarr(tmp_path / "bands.zarr")
    for back in (xr.open_dataset(tmp_path / "bands.nc", decode_coords="all"), xr.open_zarr(tmp_path / "bands.zarr")):
        np.testing.assert_array_equal(back["band_data"].values, truth)
        assert back["band"].values.tolist() == list(BANDS)
        assert back["band_data"].dtype == "f4"


def test_an_image_has_the_dimensions_that_are_asked_for(serve: Serve) -> None:
    assets, truth = mixed(1)
    serve(assets=assets)
    first = ee.ImageCollection(ID).first()
    assert opened(first)["a"].dims == ("y", "x")
    assert opened(first, band_dim="band")["band_data"].dims == ("band", "y", "x")
    timed = opened(first, dim="time")
    assert timed["a"].dims == ("time", "y", "x")
    assert timed["time"].values.tolist() == [START * 10**6]
    np.testing.assert_array_equal(timed["b"].values, truth[:, 1])
    assert opened(first, dim="month")["month"].values.tolist() == [12]


def test_images_are_laid_out_by_a_property_or_by_their_ids(serve: Serve) -> None:
    assets, truth = mixed(4)
    serve(assets=assets)
    months = opened(ID, dim="month", chunks={})
    assert months["b"].dims == ("month", "y", "x")
    assert months["month"].values.tolist() == [9, 10, 11, 12]
    assert months["time"].dims == ("month",)
    assert months["id"].values.tolist() == ["i3", "i2", "i1", "i0"]
    np.testing.assert_array_equal(months["b"].sel(month=11).values, truth[1, 1])
    ids = opened(ID, dim="id")
    np.testing.assert_array_equal(ids["b"].sel(id="i2").values, truth[2, 1])
    orbits = opened(ID, dim="orbit", groupby="orbit")
    assert orbits["orbit"].values.tolist() == ["A", "B"]
    np.testing.assert_array_equal(
        orbits["a"].values, [np.where(np.isnan(truth[k + 2, 0]), truth[k, 0], truth[k + 2, 0]) for k in (0, 1)]
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dim": "cloud"}, "property of no image"),
        ({"dim": "x"}, "coordinate"),
        ({"dim": "a"}, "band or coordinate"),
        ({"band_dim": "time"}, "band_dim='time'"),
        ({"band_dim": "y"}, "band_dim='y'"),
        ({"band_dim": "month", "properties": "month"}, "band_dim='month'"),
        ({"grid": "z"}, "'z' is not a band"),
    ],
)
def test_a_name_that_is_taken_or_unknown_is_refused(serve: Serve, options: Any, message: str) -> None:
    assets, _ = mixed(2)
    serve(assets=assets)
    with pytest.raises(InputError, match=message):
        opened(ID, **options)


@pytest.mark.parametrize("name", ["x", "y", "time", "id", "spatial_ref"])
def test_a_band_is_never_taken_for_a_coordinate(serve: Serve, name: str) -> None:
    """As those of ee.Image.pixelCoordinates(), which are called x and y."""
    array = pixels("u1")
    serve(assets={ID: memory_collection([image({name: array, "b": array}, "i0")])})
    with pytest.raises(InputError, match=f"Band '{name}' of {ID} has the name of a coordinate"):
        opened(ID)
    assert list(opened(ID, drop_variables=name).data_vars) == ["b"]
    np.testing.assert_array_equal(opened(ID, band_dim="band")["band_data"][0, 0].values, filled(array, "f4"))


def test_a_property_that_some_lack_or_that_has_no_order_is_no_dimension(serve: Serve) -> None:
    band = {"a": pixels("u1")}
    serve(
        assets={
            ID: memory_collection([image(band, "i0", month=1), image(band, "i1")]),
            f"{ID}2": memory_collection([image(band, "i0", month=1), image(band, "i1", month="May")]),
        }
    )
    with pytest.raises(InputError, match="no property of image 'i1'"):
        opened(ID, dim="month")
    with pytest.raises(InputError, match="can not be ordered"):
        opened(f"{ID}2", dim="month")


@cache
def two_grids() -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """Bands of 30, 60 and 30 m in one image, as Sentinel-2 has them of 10, 20 and 60."""
    arrays: dict[str, npt.NDArray[Any]] = {
        "fine": pixels("u2", 1, (24, 30)),
        "coarse": pixels("u1", 2, (12, 15)),
        "other": pixels("i2", 3, (24, 30)),
    }
    a, b, c, d, e, f = TRANSFORM
    wide = memory_image({"coarse": arrays["coarse"]}, crs="EPSG:32631", transform=(2 * a, b, c, d, 2 * e, f))
    fine = {name: arrays[name] for name in ("fine", "other")}
    narrow = memory_image(fine, crs="EPSG:32631", transform=TRANSFORM, properties={"system:time_start": START})
    return {f"{ID}/fine": narrow, f"{ID}/coarse": wide}, arrays


def test_a_tree_has_a_group_for_each_native_grid_and_asks_once(serve: Serve) -> None:
    pytest.importorskip("rioxarray")
    assets, arrays = two_grids()
    earth = serve(assets=assets)
    both = ee.Image(f"{ID}/fine").addBands(ee.Image(f"{ID}/coarse"))
    tree = xr.open_datatree(both, engine="xee_lite", chunks={})
    assert earth.requests.counts() == {"computeValue": 1}
    assert list(tree.children) == ["30m", "60m"]
    assert list(tree["30m"].data_vars) == ["fine", "other"]
    for name, array in arrays.items():
        group = tree["60m" if name == "coarse" else "30m"]
        np.testing.assert_array_equal(group[name].values, filled(array, "f4"))
    assert tree["60m"].to_dataset().rio.transform() == Affine(60, 0, TRANSFORM[2], 0, -60, TRANSFORM[5])
    part = xr.open_datatree(both, engine="xee_lite", bbox=(1.8015, 41.5440, 1.8045, 41.5465), bands=["coarse", "other"])
    fine, coarse = part["30m"].to_dataset(), part["60m"].to_dataset()
    assert abs(fine["x"].size - 2 * coarse["x"].size) <= 2
    assert float(fine["x"][0]) in [float(coarse["x"][0]) - 15, float(coarse["x"][0]) + 15]
    with pytest.raises(InputError, match="of one band"):
        xr.open_datatree(both, engine="xee_lite", grid="fine")


def test_another_bands_grid_can_be_named(serve: Serve) -> None:
    pytest.importorskip("rioxarray")
    assets, arrays = two_grids()
    serve(assets=assets)
    both = ee.Image(f"{ID}/fine").addBands(ee.Image(f"{ID}/coarse"))
    assert opened(both).rio.transform() == Affine(*TRANSFORM), "the finest by default"
    coarse = opened(both, grid="coarse", bands="fine")
    assert coarse.rio.transform().a == 60
    # Nearest neighbour: the centre of a coarse pixel is a corner of fine ones, the south-eastern of which it falls in.
    np.testing.assert_array_equal(coarse["fine"].values, filled(arrays["fine"], "f4")[1::2, 1::2])


def test_lazy_coordinates_say_what_the_others_say_and_hold_no_labels(serve: Serve, tmp_path: Path) -> None:
    for accessor in ("rioxarray", "odc.geo.xr", "cf_xarray"):
        pytest.importorskip(accessor)
    pytest.importorskip("h5netcdf")
    assets, truth = mixed(2)
    serve(assets=assets)
    plain, lazy = opened(ID), opened(ID, lazy_coords=True)
    for name in ("x", "y"):
        np.testing.assert_array_equal(lazy[name].values, plain[name].values)
        assert lazy[name].attrs == plain[name].attrs
    assert lazy.rio.transform() == plain.rio.transform()
    assert lazy.odc.geobox == plain.odc.geobox
    assert lazy.cf["X"].name == "x"
    there = {"x": TRANSFORM[2] + 100, "y": TRANSFORM[5] - 200}
    found = lazy.sel(there, method="nearest")
    np.testing.assert_array_equal(found["b"].values, truth[:, 1, 6, 3])
    np.testing.assert_array_equal(found["b"].values, plain.sel(there, method="nearest")["b"].values)
    lazy.to_netcdf(tmp_path / "lazy.nc")
    back = xr.open_dataset(tmp_path / "lazy.nc", decode_coords="all")
    np.testing.assert_array_equal(back["b"].values, truth[:, 1])


def test_a_hundred_million_pixels_a_side_open_in_no_memory(serve: Serve) -> None:
    assets, _ = mixed(1)
    serve(assets=assets)
    side = 10**8
    grid = Grid("EPSG:32631", Affine(0.01, 0, 399945, 0, -0.01, 4600035), (side, side))
    dataset = opened(ID, grid=grid, lazy_coords=True)
    assert dataset.sizes["x"] == side
    assert type(dataset.xindexes["x"]).__name__ == "LatticeIndex"
    assert dataset["a"].isel(x=slice(0, 4), y=slice(0, 4)).values.shape == (1, 4, 4)


def test_a_sheared_grid_has_lazy_coordinates_of_two_dimensions(serve: Serve) -> None:
    assets, _ = mixed(1)
    serve(assets=assets)
    grid = Grid("EPSG:32631", Affine(20, 5, 400000, 3, -20, 4600000), (6, 8))
    assert "x" not in opened(ID, grid=grid).coords
    lazy = opened(ID, grid=grid, lazy_coords=True)
    assert lazy["x"].dims == ("y", "x")
    rows, columns = np.mgrid[:6, :8]
    np.testing.assert_allclose(lazy["x"].values, 20 * (columns + 0.5) + 5 * (rows + 0.5) + 400000)
    np.testing.assert_allclose(lazy["y"].values, 3 * (columns + 0.5) - 20 * (rows + 0.5) + 4600000)
