"""Tables of values by getRegion: each value is the pixel that a window gives, and a wrong reply is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
import xarray as xr
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from tests.client.scenes import DAY, DTYPES, ID, SHAPE, START, filled, image, opened, pixels, stack, stacks
from tests.examples import examples
from xee_lite import InputError, explain, set_options
from xee_lite.earthengine import region
from xee_lite.earthengine.limits import EARTH_ENGINE
from xee_lite.earthengine.point_pixels import PointPixels
from xee_lite.earthengine.region import decode_region
from xee_lite.emulator import memory_collection, memory_image
from xee_lite.emulator.catalogue.standin.schema import dataset, dataset_ids
from xee_lite.errors import WireError
from xee_lite.grids.grid import Grid, Window
from xee_lite.opened import lazy_read
from xee_lite.planning import point_tables
from xee_lite.reader import PointsRequest, ReadRequest, points_reader

if TYPE_CHECKING:
    import numpy.typing as npt

    from tests.client.scenes import Serve

STAND_INS = [name for name in dataset_ids() if dataset(name).tiling != "table"]


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every pointwise read ask for tables, however few its values."""
    monkeypatch.setattr(point_tables, "request_overhead", lambda _: -1e9)


def at_points(rows: npt.ArrayLike, columns: npt.ArrayLike) -> dict[str, xr.DataArray]:
    return {"y": xr.DataArray(rows, dims="point"), "x": xr.DataArray(columns, dims="point")}


def some_pixels(shape: tuple[int, int], count: int = 9, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, shape[0], count), rng.integers(0, shape[1], count)


def both_ways(data: xr.DataArray, rows: Any, columns: Any) -> tuple[Any, Any, int]:
    """Values by a table and by windows of a pixel each, and how many of the pixels a table can name."""
    found = lazy_read(data.variable)
    assert found is not None
    array, _ = found
    reader = points_reader(array.reader)
    assert reader is not None
    named = [n for n in range(len(rows)) if reader.tells_apart(rows[n : n + 1], columns[n : n + 1])]
    rows, columns = rows[named], columns[named]
    items = tuple(range(array.shape[0]))
    table = np.empty((len(items), 1, len(named)), array.dtype)
    windows = np.empty_like(table)
    if not named:
        return table, windows, 0
    reader.read_points(PointsRequest(items, array.bands, rows, columns), table)
    for number, (row, column) in enumerate(zip(rows.tolist(), columns.tolist(), strict=True)):
        one = np.empty((len(items), 1, 1, 1), array.dtype)
        array.reader.read(ReadRequest(items, array.bands, Window(row, column, 1, 1)), one)
        windows[:, :, number] = one[..., 0, 0]
    return table, windows, len(named)


@pytest.mark.parametrize("name", STAND_INS)
def test_every_stand_in_gives_the_same_pixels(serve: Serve, name: str) -> None:
    """Sinusoidal grids, those from pole to pole and those across the antimeridian included."""
    serve()
    is_collection = ee.data.getAsset(name)["type"] == "IMAGE_COLLECTION"
    source = ee.ImageCollection(name).limit(1) if is_collection else ee.Image(name)
    data = next(iter(opened(source, lazy_coords=True).data_vars.values()))
    height, width = data.sizes["y"], data.sizes["x"]
    rows, columns = some_pixels((height, width), 4)
    rows, columns = np.append(rows, [height // 2, height - 1]), np.append(columns, [0, width - 1])
    table, windows, named = both_ways(data, rows, columns)
    assert named >= 2
    np.testing.assert_array_equal(table, windows)


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_type_keeps_its_values(serve: Serve, dtype: str) -> None:
    assets, truths = stacks(3)
    earth = serve(assets=assets)
    rows, columns = some_pixels(SHAPE, 40)
    data = opened(f"{ID}_{dtype}").B1.isel(at_points(rows, columns))
    earth.requests.clear()
    np.testing.assert_array_equal(data.values, filled(truths[dtype][:, rows, columns], data.dtype))
    assert earth.requests.counts() == {"computeValue": 1}


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize(
    "options",
    [
        {"mask_and_scale": False},
        {"nodata": 0},
        {"nodata": 7, "mask_and_scale": False},
        {"groupby": "month", "combine": "mean"},
        {"groupby": "day"},
        {"pin": False},
        {"dim": "id"},
        {"scale": 45, "resampling": "bilinear"},
        {"scale": 90, "resampling": "mean"},
        {"crs": "EPSG:4326", "scale": 40},
        {"band_dim": "band"},
    ],
)
def test_whatever_is_opened_the_values_are_the_pixels(serve: Serve, options: dict[str, Any]) -> None:
    assets, _ = stack(4, "i2")
    serve(assets=assets)
    whole = opened(**options)
    data = next(iter(whole.load().data_vars.values()))
    lazy = next(iter(opened(**options).data_vars.values()))
    rows, columns = some_pixels((data.sizes["y"], data.sizes["x"]), 30)
    plan = explain(lazy.isel(at_points(rows, columns)))
    assert {type(planned.request) for planned in plan.requests} == {PointsRequest}
    xr.testing.assert_identical(lazy.isel(at_points(rows, columns)).load(), data.isel(at_points(rows, columns)))


@pytest.mark.usefixtures("tables")
def test_mapped_merged_and_named_twice(serve: Serve) -> None:
    assets, truth = stack(3)
    serve(assets=assets)
    rows, columns = some_pixels(SHAPE)
    doubled = ee.ImageCollection(ID).map(lambda one: one.multiply(2).copyProperties(one, one.propertyNames()))
    expected = filled(truth[:, rows, columns], "f8")
    np.testing.assert_array_equal(opened(doubled).B1.isel(at_points(rows, columns)), 2 * expected)
    twice = ee.ImageCollection(ID).merge(ee.ImageCollection(ID))
    np.testing.assert_array_equal(
        opened(twice).B1.isel(at_points(rows, columns)), np.repeat(expected, 2, axis=0).astype("f4")
    )
    same = ee.ImageCollection([ee.Image(f"{ID}/i1"), ee.Image(f"{ID}/i1")])
    np.testing.assert_array_equal(opened(same).B1.isel(at_points(rows, columns)), expected[[1, 1]])


@pytest.mark.usefixtures("tables")
def test_bands_of_other_footprints_and_values_beyond_them(serve: Serve) -> None:
    """A table has no row where an image does not reach, but its bands and what is computed of them may."""
    assets, _ = stack(1)
    beyond = memory_image({"B2": pixels("u2", 5)}, crs="EPSG:32631", transform=(30, 0, 400_245, 0, -30, 4_599_735))
    serve(assets={**assets, f"{ID}_2": beyond})
    first = ee.ImageCollection(ID).first()
    image = first.addBands(ee.Image(f"{ID}_2")).addBands(first.unmask(7, False).rename("B3"))
    grid = Grid("EPSG:32631", (30, 0, 399_765, 0, -30, 4_600_215), (50, 60))
    whole = opened(image, grid=grid).load()
    rows, columns = some_pixels(grid.shape, 300)
    found = opened(image, grid=grid).isel(at_points(rows, columns)).load()
    xr.testing.assert_identical(found, whole.isel(at_points(rows, columns)))
    assert (found.B2.notnull() & found.B1.isnull()).any()
    assert found.B3.notnull().all()


@pytest.mark.usefixtures("tables")
def test_all_bands_of_a_dataset_come_in_one_table(serve: Serve) -> None:
    arrays = [{f"b{n}": pixels("u2", 10 * day + n) for n in range(4)} for day in range(3)]
    earth = serve(assets={ID: memory_collection([image(a, f"i{d}", START + d * DAY) for d, a in enumerate(arrays)])})
    rows, columns = some_pixels(SHAPE)
    dataset = opened().isel(at_points(rows, columns))
    earth.requests.clear()
    dataset.load()
    assert earth.requests.counts() == {"computeValue": 1}
    for name in arrays[0]:
        expected = filled(np.ma.stack([day[name] for day in arrays])[:, rows, columns], "f4")
        np.testing.assert_array_equal(dataset[name], expected)


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("left", [170.0, -190.0, 350.0, 179.5])
def test_across_the_antimeridian(serve: Serve, left: float) -> None:
    """Half a degree a pixel, on both sides of 180, asked for by longitudes that run on."""
    values = np.arange(720 * 20, dtype="i4").reshape(20, 720)
    world = memory_image({"v": values}, crs="EPSG:4326", transform=(0.5, 0, -180, 0, -0.5, 5))
    serve(assets={ID: world})
    grid = Grid("EPSG:4326", Affine(0.5, 0, left, 0, -0.5, 5), (20, 60))
    rows, columns = some_pixels(grid.shape, 60)
    found = opened(grid=grid).v.isel(at_points(rows, columns)).values
    world_columns = np.floor((left + 0.5 * columns + 0.25 + 180) % 360 / 0.5).astype(int)
    np.testing.assert_array_equal(found, values[rows, world_columns])


@pytest.mark.usefixtures("tables")
def test_values_that_json_has_no_number_for(serve: Serve) -> None:
    values = np.array([[np.inf, -np.inf, np.nan, 1e300, 5e-324, 0.1]])
    assets: dict[str, Any] = {ID: image({"v": values})}
    serve(assets=assets)
    found = opened().v.isel(at_points([0] * 6, range(6))).values
    np.testing.assert_array_equal(found, values[0])


def test_a_grid_with_another_datum_is_read_by_windows(serve: Serve) -> None:
    """What longitude and latitude are there depends on who shifts the datum."""
    assets, _ = stack(1)
    serve(assets=assets)
    data = opened(crs="EPSG:27700", scale=1000, bbox=(-2, 52, -1.9, 52.1), filter_bounds=False).B1
    reader = points_reader(lazy_read(data.variable)[0].reader)  # type: ignore[index]
    assert reader is not None
    assert not reader.tells_apart(np.array([0]), np.array([0]))


@pytest.mark.parametrize("wire", ["u1", "i1", "i2"])
def test_an_image_that_is_wider_than_what_was_declared(serve: Serve, wire: str) -> None:
    """JSON has no type that would tell."""
    serve(assets={ID: image({"B1": np.full((4, 4), 40_000, "u2")})})
    found = lazy_read(opened().B1.variable)
    assert found is not None
    reader = found[0].reader.reader  # type: ignore[attr-defined] # behind the one that splits
    codecs = {"B1": replace(reader.view.codecs["B1"], wire=np.dtype(wire))}
    narrow = replace(reader, view=replace(reader.view, codecs=codecs))
    request = PointsRequest((0,), ("B1",), np.array([0]), np.array([0]))
    with pytest.raises(InputError, match=r"has the value 40000, but .* declares"):
        narrow.read_points(request, np.empty((1, 1, 1), "f4"))


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("faults", [["503"], ["memory"], ["memory", "memory"], ["truncated"], ["reset"], ["timeout"]])
def test_failures_that_pass_and_tables_that_are_too_much(serve: Serve, faults: list[str]) -> None:
    """The last are made in halves, and what comes back is whole."""
    assets, truth = stack(5)
    earth = serve(assets=dict(assets))
    data = opened().B1.isel(at_points(*some_pixels(SHAPE, 20)))
    earth.faults.next("computeValue", faults)
    rows, columns = some_pixels(SHAPE, 20)
    with set_options(request_deadline=60):
        np.testing.assert_array_equal(data.values, filled(truth[:, rows, columns], "f4"))


@pytest.mark.usefixtures("tables")
def test_a_request_that_is_too_long_is_made_in_halves(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan takes its images to be as long as the first two."""
    assets, truth = stack(5)
    earth = serve(assets=assets)
    data = opened().B1.isel(at_points(*some_pixels(SHAPE, 6)))
    monkeypatch.setattr("xee_lite.earthengine.reader._BODY_ROOM", 10_485_760 - 4000)
    monkeypatch.setattr(
        "xee_lite.earthengine.reader.table_limits", lambda *_: region.table_limits(EARTH_ENGINE.payload_bytes, 1)
    )
    earth.requests.clear()
    rows, columns = some_pixels(SHAPE, 6)
    np.testing.assert_array_equal(data.values, filled(truth[:, rows, columns], "f4"))
    assert earth.requests.counts()["computeValue"] > 1


GRID = Grid("EPSG:32631", (10, 0, 500_000, 0, -10, 4_600_000), (4, 4))
PIXELS = PointPixels(GRID, np.array([0, 3]), np.array([1, 2]), np.arange(2))


def positions() -> list[tuple[float, float]]:
    to_degrees = Transformer.from_crs(GRID.crs, "EPSG:4326", always_xy=True)
    return list(zip(*(part.tolist() for part in to_degrees.transform(*PIXELS.centres())), strict=True))


def reply(*rows: Any, header: Any = ("id", "longitude", "latitude", "time", "b0")) -> bytes:
    return json.dumps({"result": [header, *rows]}).encode()


def test_a_reply_in_any_order_and_with_rows_that_are_absent() -> None:
    one, two = positions()
    content = reply(["x", *two, 1, 5], ["y", *one, 0, None], ["y", *one, 1, "NaN"])
    values = decode_region(content, ["b0"], 2, PIXELS)
    np.testing.assert_array_equal(values.numbers, [[[np.nan, np.nan]], [[np.nan, 5]]])
    np.testing.assert_array_equal(values.present, [[[False, False]], [[True, True]]])


@pytest.mark.parametrize(
    "content",
    [
        reply(["x", *positions()[0], 0, 1], ["x", *positions()[0], 0, 1]),
        reply(["x", 3.0, 41.0, 0, 1]),
        reply(["x", *positions()[0], 2, 1]),
        reply(["x", *positions()[0], 0.5, 1]),
        reply(["x", *positions()[0], None, 1]),
        reply(["x", positions()[0][0], None, 0, 1]),
        reply(["x", *positions()[0], 0]),
        reply(["x", *positions()[0], 0, 1, 2]),
        reply(["x", *positions()[0], 0, "many"]),
        reply(["x", *positions()[0], 0, [1]]),
        reply(["x", *positions()[0], 0, True]),
        reply(["x", *positions()[0], 0, {"a": 1}]),
        reply(*[["x", *positions()[0], 0, 1]] * 5),
        reply(header=("id", "longitude", "latitude", "time", "b1")),
        b"",
        b"{}",
        b"[]",
        b'{"result": [[1, 2]',
        b'{"result": 5}',
        b'{"result": [["id"',
        b'{"result": [[[[[[[[]]]]]]]]}',
        reply()[:-3] + b"1e999999]]}",
    ],
)
def test_replies_that_are_no_such_table(content: bytes) -> None:
    with pytest.raises(WireError):
        decode_region(content, ["b0"], 2, PIXELS)


CRSS = ["EPSG:4326", "EPSG:32631", "EPSG:3857", "EPSG:3035", "SR-ORG:6974", "EPSG:3413", "EPSG:6933"]


@examples(60)
@given(
    st.sampled_from(CRSS),
    st.floats(-170, 170),
    st.floats(-80, 80),
    st.floats(0.1, 5000),
    st.floats(0.3, 3),
    st.integers(0, 2**32),
)
def test_pixels_of_any_lattice_come_back(
    crs: str, longitude: float, latitude: float, scale: float, ratio: float, seed: int
) -> None:
    """What a row says in degrees, with the digits of float64, is the pixel that it is of."""
    x, y = Transformer.from_crs(
        "EPSG:4326", Grid(crs, (1, 0, 0, 0, 1, 0), (1, 1)).pyproj_crs, always_xy=True
    ).transform(longitude, latitude)
    if not np.isfinite([x, y]).all():
        return
    step = scale / 111_320 if crs == "EPSG:4326" else scale
    grid = Grid(crs, (step, 0, x, 0, -step * ratio, y), (20, 30))
    rng = np.random.default_rng(seed)
    codes = rng.choice(600, 40, replace=False)
    points = PointPixels(grid, codes // 30, codes % 30, np.arange(40))
    if not points.come_back():
        return
    to_degrees = Transformer.from_crs(grid.pyproj_crs, "EPSG:4326", always_xy=True)
    order = rng.permutation(40)
    lon, lat = (part[order] for part in to_degrees.transform(*points.centres()))
    np.testing.assert_array_equal(points.numbers((lon + 180) % 360 - 180, lat), order)
