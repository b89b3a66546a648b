"""Statistics of polygons: exact, with the parts of pixels that lie inside, against NumPy and shapely."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import MultiPolygon, Polygon, box

from tests.client.scenes import DTYPES, ID, SHAPE, TRANSFORM, image, opened, pixels, stack
from xee_lite import InputError, XeeLiteWarning, reduce
from xee_lite.earthengine.reduce_regions import decode_regions
from xee_lite.emulator import memory_image
from xee_lite.errors import WireError

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from tests.client.scenes import Serve

HEIGHT, WIDTH = SHAPE
CELLS = shapely.box(*np.broadcast_arrays(*(part for start in (0, 1) for part in (
    np.arange(WIDTH)[None, :] + start, np.arange(HEIGHT)[:, None] + start))))  # fmt: skip
CENTRES = np.meshgrid(np.arange(WIDTH) + 0.5, np.arange(HEIGHT) + 0.5)
SHAPES = [
    Polygon([(2.3, 3.1), (12.7, 4.4), (9.2, 15.6)]),
    box(20, 10, 25, 20),
    Polygon([(1, 1), (28.3, 2.1), (27, 21), (2.2, 20.3)], [[(5, 5), (20.2, 6), (15, 18.4)]]),
    MultiPolygon([box(0.2, 0.2, 3.3, 2.1), box(25.5, 18.2, 30.9, 22.6)]),
    box(-5, 5.2, 3.7, 9.3),
    box(7.2, 7.2, 7.4, 7.4),
]
"""In pixels; the fifth reaches beyond the image, and the last lies within a pixel."""


def on_map(shape: Any) -> Any:
    to_map = np.array([30.0, -30.0]), np.array([TRANSFORM[2], TRANSFORM[5]])
    return shapely.transform(shape, lambda points: points * to_map[0] + to_map[1])


def weighted(shape: Any, array: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Values, and the part of each pixel that counts: half a hundredth of it at least."""
    shares = shapely.area(shapely.intersection(CELLS, shape))
    counts = (shares >= 0.005) & ~np.ma.getmaskarray(array)
    return np.ma.getdata(array)[counts].astype("f8"), shares[counts]


def inside(shape: Any, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    counts = shapely.contains_xy(shape, *CENTRES) & ~np.ma.getmaskarray(array)
    return np.asarray(np.ma.getdata(array)[counts].astype("f8"))


def mean(shape: Any, array: npt.NDArray[Any]) -> float:
    values, shares = weighted(shape, array)
    return float((values * shares).sum() / shares.sum()) if len(values) else np.nan


def total(shape: Any, array: npt.NDArray[Any]) -> float:
    values, shares = weighted(shape, array)
    return float((values * shares).sum())


def deviation(shape: Any, array: npt.NDArray[Any]) -> float:
    values, shares = weighted(shape, array)
    centre = (values * shares).sum() / shares.sum()
    return float(np.sqrt((shares * (values - centre) ** 2).sum() / shares.sum()))


def heaviest(shape: Any, array: npt.NDArray[Any]) -> float:
    """The value that covers the greatest area; the smallest of several that cover the same."""
    areas: dict[float, float] = {}
    for value, share in zip(*weighted(shape, array), strict=True):
        areas[float(value)] = areas.get(float(value), 0) + float(share)
    greatest = max(areas.values(), default=0)
    return min((value for value, area in areas.items() if np.isclose(area, greatest, rtol=1e-9)), default=np.nan)


def middle(shape: Any, array: npt.NDArray[Any]) -> float:
    values = np.sort(inside(shape, array))
    half = len(values) // 2
    if not len(values):
        return np.nan
    return float(values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2)


TRUTHS: dict[str, Callable[[Any, Any], float]] = {
    "mean": mean,
    "sum": total,
    "stdDev": deviation,
    "median": middle,
    "mode": heaviest,
    "min": lambda shape, array: float(inside(shape, array).min(initial=np.inf)),
    "max": lambda shape, array: float(inside(shape, array).max(initial=-np.inf)),
    "count": lambda shape, array: float(len(inside(shape, array))),
}


@pytest.mark.parametrize("reducer", TRUTHS)
def test_every_image_over_every_polygon(serve: Serve, reducer: str) -> None:
    assets, truth = stack(3)
    earth = serve(assets=assets)
    dataset = opened()
    earth.requests.clear()
    found = reduce(dataset, [on_map(shape) for shape in SHAPES], reducer, polygons_crs=32631).B1
    assert earth.requests.counts() == {"computeValue": 1}
    assert found.dims == ("feature", "time")
    assert found.dtype == np.float64
    for number, shape in enumerate(SHAPES):
        for day in range(3):
            value = TRUTHS[reducer](shape, truth[day])
            np.testing.assert_allclose(found[number, day], value if np.isfinite(value) else np.nan, rtol=1e-9)


@pytest.mark.parametrize("reducer", ["median", "mode"])
def test_classes_by_what_lies_in_the_middle_and_covers_most(serve: Serve, reducer: str) -> None:
    """Few values many times, whose mode by area is another than by count."""
    rng = np.random.default_rng(11)
    arrays = {
        name: np.ma.array(rng.integers(0, classes, SHAPE, "u1"), mask=rng.random(SHAPE) < 0.2)
        for name, classes in (("few", 3), ("some", 7), ("many", 250))
    }
    serve(assets={ID: image(arrays)})
    shapes = [*SHAPES, *(Polygon(rng.uniform(0, (WIDTH, HEIGHT), (3, 2))) for _ in range(20))]
    found = reduce(ID, [on_map(shape) for shape in shapes], reducer, polygons_crs=32631)
    for name, array in arrays.items():
        truth = [TRUTHS[reducer](shape, array) for shape in shapes]
        np.testing.assert_allclose(found[name], truth, rtol=1e-9)
    by_count = [np.bincount(inside(shape, arrays["some"]).astype(int), minlength=1).argmax() for shape in shapes]
    assert [heaviest(shape, arrays["some"]) for shape in shapes] != by_count


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_type(serve: Serve, dtype: str) -> None:
    arrays: dict[str, npt.NDArray[Any]] = {"a": pixels(dtype, 1), "b": pixels(dtype, 2)}
    if dtype in ("f4", "f8"):
        arrays = {name: array.clip(-1e6, 1e6) for name, array in arrays.items()}
    serve(assets={ID: image(arrays)})
    found = reduce(ID, on_map(SHAPES[0]), polygons_crs=32631)
    for name, array in arrays.items():
        assert found[name].dims == ("feature",)
        np.testing.assert_allclose(found[name], [mean(SHAPES[0], array)], rtol=1e-6)


@pytest.mark.parametrize(
    "source", [lambda: ID, opened, lambda: opened(chunks={"time": 1}), lambda: opened(band_dim="band")]
)
def test_every_kind_of_source(serve: Serve, source: Any) -> None:
    assets, truth = stack(3)
    serve(assets=assets)
    frame = gpd.GeoDataFrame({"name": list("abcdef")}, geometry=[on_map(shape) for shape in SHAPES], crs=32631)
    found = reduce(source(), frame.to_crs(4326))
    values = next(iter(found.data_vars.values())).squeeze()
    assert found["name"].dims == ("feature",)
    for number, shape in enumerate(SHAPES[:4]):
        np.testing.assert_allclose(values[number], [mean(shape, day) for day in truth], rtol=1e-4)


def test_a_part_of_a_dataset_counts_no_pixel_beside_it(serve: Serve) -> None:
    assets, truth = stack(3)
    serve(assets=assets)
    part = opened().isel(time=[2, 0], y=slice(5, 15), x=slice(4, 20))
    cut = SHAPES[0].intersection(box(4, 5, 20, 15))
    found = reduce(part, on_map(SHAPES[0]), polygons_crs=32631).B1
    np.testing.assert_allclose(found[0], [mean(cut, truth[2]), mean(cut, truth[0])], rtol=1e-9)


def test_polygons_outside_are_missing_and_counted(serve: Serve) -> None:
    assets, truth = stack(2)
    serve(assets=assets)
    with pytest.warns(XeeLiteWarning, match="1 of 2 polygons lie outside .* number 1"):
        found = reduce(opened(), [on_map(SHAPES[0]), on_map(box(100, 100, 110, 110))], "sum", polygons_crs=32631)
    np.testing.assert_allclose(found.B1[0], [total(SHAPES[0], day) for day in truth])
    assert found.B1[1].isnull().all()


def test_groups_and_functions_are_reduced_as_they_are_read(serve: Serve) -> None:
    assets, _ = stack(4)
    serve(assets=assets)
    doubled = ee.ImageCollection(ID).map(lambda one: one.multiply(2).copyProperties(one, one.propertyNames()))
    whole = opened(doubled, groupby="month", combine="max").B1.load()
    found = reduce(doubled, on_map(SHAPES[0]), polygons_crs=32631, groupby="month", combine="max").B1
    np.testing.assert_allclose(found[0, 0], mean(SHAPES[0], np.ma.masked_invalid(whole.values[0])), rtol=1e-9)


@pytest.mark.parametrize("west", [170.0, -190.0])
def test_across_the_antimeridian(serve: Serve, west: float) -> None:
    values = np.random.default_rng(0).normal(size=(10, 720))
    world = memory_image({"v": values}, crs="EPSG:4326", transform=(0.5, 0, -180, 0, -0.5, 2.5))
    serve(assets={ID: world})
    shape = box(west + 5.1, -1.3, west + 14.6, 1.2)
    found = reduce(ID, shape).v.item()
    columns = np.arange(40)
    shares = np.clip(
        np.minimum(west + 14.6, west + columns / 2 + 0.5) - np.maximum(west + 5.1, west + columns / 2), 0, 1
    )
    tops = 2.5 - 0.5 * np.arange(10)
    down = np.clip(np.minimum(1.2, tops) - np.maximum(-1.3, tops - 0.5), 0, 1)
    taken = values[:, ((west + columns / 2 + 180) % 360 / 0.5).astype(int)]
    weights = down[:, None] * shares[None, :]
    weights[weights < 0.005 * 0.25] = 0
    np.testing.assert_allclose(found, (taken * weights).sum() / weights.sum(), rtol=1e-9)


def test_what_can_not_be_reduced(serve: Serve) -> None:
    assets, _ = stack(2)
    serve(assets=assets)
    shape = on_map(SHAPES[0])
    with pytest.raises(InputError, match=r"reducer='average' makes no single number.*mean"):
        reduce(ID, shape, "average", polygons_crs=32631)
    with pytest.raises(InputError, match="no name of a reducer"):
        reduce(ID, shape, ee.Reducer.mean(), polygons_crs=32631)
    with pytest.raises(InputError, match="'B1' is no plain read"):
        reduce(opened() * 2, shape, polygons_crs=32631)


@pytest.mark.parametrize(
    "content",
    [
        b'{"result": [[0, 0, 1], [0, 0, 1]]}',
        b'{"result": [[0, 0, 1]]}',
        b'{"result": [[0, 0, 1], [2, 0, 1]]}',
        b'{"result": [[0, 0, 1], [1, 0, "x"]]}',
        b'{"result": [[0, 0], [1, 0]]}',
        b'{"result": []}',
    ],
)
def test_replies_that_are_no_such_table(content: bytes) -> None:
    with pytest.raises(WireError):
        decode_regions(content, (1, 1, 2))
