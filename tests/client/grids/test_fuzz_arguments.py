"""Whatever is passed as an argument of a grid makes a grid, or one sentence that says what to pass."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
import xarray as xr
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from odc.geo.geobox import GeoBox
from shapely.geometry import Point, box

from tests.client.memory_source import MemoryArray, MemoryDriver
from xee_lite import Grid, InputError
from xee_lite.arguments import Arguments
from xee_lite.grids.coordinates import LONGEST_KEPT_SIDE, grid_coordinates
from xee_lite.source import Query
from xee_lite.stack import Stack

SOURCES = {
    "degrees": Grid("EPSG:4326", Affine(0.25, 0, -180, 0, -0.25, 90), (720, 1440)),
    "metres": Grid("EPSG:32631", Affine(30, 0, 399945, 0, -30, 4600035), (400, 500)),
    "composite": None,
}


class Hostile:
    """Raises whatever it is asked for."""

    def _raise(self, *_: object) -> NoReturn:
        raise RuntimeError("no")

    __len__ = __iter__ = __getitem__ = __float__ = __index__ = __int__ = __repr__ = __str__ = _raise
    __geo_interface__ = crs = transform = shape = property(_raise)


class Nested:
    """A geometry within itself."""

    @property
    def __geo_interface__(self) -> dict[str, Any]:
        inner: dict[str, Any] = {"type": "GeometryCollection"}
        inner["geometries"] = [inner]
        return inner


def deep(depth: int) -> list[Any]:
    """Lists within lists."""
    nested: list[Any] = []
    for _ in range(depth):
        nested = [nested]
    return nested


def one_of(*values: object) -> st.SearchStrategy[Any]:
    """One of some values; without a text of the values themselves, which not all of them have."""
    return st.integers(0, len(values) - 1).map(values.__getitem__)


ODD_NUMBERS = one_of(
    0, -1, 1e-320, 1e-9, 0.25, 1e9, 1e30, 1e308, -1e308, math.inf, -math.inf, math.nan, 10**9, 2**31, 10**400,
    -(10**400), 10**5000, True, 1 + 2j, Fraction(1, 3), np.float32(0.1), np.int8(3), np.array(2.0), np.array([2.0]),
    np.bool_(True), np.datetime64("2020-01-01"), "30", "", "x" * 100_000, b"3", None, Hostile(), [], deep(5),
)  # fmt: skip
NUMBERS = st.one_of(ODD_NUMBERS, st.floats(-400, 400), st.floats(), st.integers(-(10**6), 10**6))
SEQUENCES = st.one_of(
    st.lists(NUMBERS, min_size=0, max_size=7),
    st.lists(NUMBERS, min_size=2, max_size=2).map(tuple),
    st.lists(st.floats(-180, 180), min_size=4, max_size=4),
    st.lists(st.floats(-1e6, 1e6), min_size=6, max_size=6),
    st.lists(st.integers(1, 10**10), min_size=2, max_size=2),
)
ODD = st.one_of(
    ODD_NUMBERS,
    SEQUENCES,
    SEQUENCES.map(iter),
    st.builds(count),
    st.lists(st.floats(), max_size=7).map(np.array),
    st.sets(st.floats(-180, 180), max_size=6),
    one_of(
        Nested(), deep(10**5), np.zeros((4, 4)), np.array(["a", "b"]), object(), Grid, len, Path("no file"), "no.tif",
        "EPSG:4326", 4326, {"crs": 4326}, {1: 2, "a": 3, None: 4}, {}, set(), range(4), range(10**12), slice(3), ...,
        Affine.identity(), Affine(0, 0, 0, 0, 0, 0), xr.Dataset(), xr.DataArray([1, 2]), bytes(10), memoryview(b"abcd"),
        "\0", "EPSG:5773", "EPSG:4978", "+proj=nonsense", "EPSG:" + "9" * 1000,
    ),
)  # fmt: skip


def mostly(usual: st.SearchStrategy[Any], odd: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Three times out of four what may work, so that calls get beyond their first argument."""
    return st.integers(0, 3).flatmap(lambda at: usual if at else odd)


CRS = mostly(
    one_of("EPSG:4326", "EPSG:32631", "EPSG:3857", "EPSG:3035", "SR-ORG:6974", "EPSG:3413", 3035, "epsg:5070"),
    ODD,
)  # fmt: skip
SHAPES = mostly(st.tuples(st.integers(1, 10**4), st.integers(1, 10**10)), st.one_of(SEQUENCES, ODD))
SIZES = st.one_of(st.floats(1e-3, 1e3), st.floats(1e-300, 1e300), st.floats(-10, 10))
TRANSFORMS = mostly(
    st.tuples(SIZES, one_of(0, 0, 0.1), st.floats(-1e7, 1e7), one_of(0, 0, 0.2), SIZES, st.floats(-1e7, 1e7)),
    st.one_of(SEQUENCES, ODD),
)
BOXES = st.tuples(st.floats(-360, 180), st.floats(-90, 89), st.floats(0, 400), st.floats(0, 180)).map(
    lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3])
)
LITTLE = st.tuples(st.floats(1.9, 3.5), st.floats(40.4, 41.4), st.floats(1e-9, 1), st.floats(1e-9, 1)).map(
    lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3])
)
POSITIONS = st.recursive(NUMBERS, lambda inner: st.lists(inner, max_size=4), max_leaves=8)
GEOMETRIES = st.one_of(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["Point", "MultiPoint", "Polygon", "Feature", "GeometryCollection", "", None, 3])},
        optional={
            "coordinates": POSITIONS,
            "geometries": st.one_of(POSITIONS, st.just(None)),
            "features": POSITIONS,
            "geometry": POSITIONS,
            "crs": st.one_of(CRS, st.fixed_dictionaries({"type": st.just("name"), "properties": st.one_of(
                CRS, st.fixed_dictionaries({"name": CRS}))})),
        },
    ),
    one_of(box(0, 0, 3, 4), Point(3, 41), box(2, 40, 3, 41).__geo_interface__, Point(1e300, 0), Point()),
    LITTLE.map(lambda corners: box(*corners)),
    BOXES.map(lambda corners: box(*corners)),
    st.builds(
        lambda corners, crs: {**box(*corners).__geo_interface__, "crs": {"type": "name", "properties": {"name": crs}}},
        st.tuples(*[st.floats(-1e7, 1e7)] * 4),
        CRS,
    ),
    ODD,
)  # fmt: skip


@st.composite
def georeferenced(draw: st.DrawFn) -> xr.DataArray:
    """Data with dimensions, coordinates and metadata that need not make a grid."""
    y, x = draw(st.sampled_from([("y", "x"), ("lat", "lon"), ("a", "b")]))
    rows, columns = draw(st.integers(0, 4)), draw(st.integers(0, 4))
    array = xr.DataArray(np.zeros((rows, columns)), dims=(y, x))
    for name, size in ((y, rows), (x, columns)):
        kind = draw(st.sampled_from(["even", "even", "even", "odd", "text", "time", "nan", "none"]))
        values: Any = {
            "even": 40 + np.arange(size) * draw(SIZES),
            "odd": np.array(draw(st.lists(st.floats(), min_size=size, max_size=size)), dtype=float),
            "text": np.array(["a"] * size, dtype=str),
            "time": np.zeros(size, "datetime64[ns]"),
            "nan": np.full(size, np.nan),
            "none": None,
        }[kind]
        if values is not None:
            array = array.assign_coords({name: values})
    attrs = {
        key: draw(one_of("EPSG:4326", "x", 3, None, "0 1 0 0 0 -1", "0 0 0 0 0 0", "nan 1 0 0 0 1", Hostile(), [1]))
        for key in draw(st.sets(st.sampled_from(["crs_wkt", "spatial_ref", "GeoTransform", "lattice_transform"])))
    }
    return array.assign_coords(spatial_ref=xr.Variable((), 0, attrs))


GRIDS = st.one_of(
    st.fixed_dictionaries({"crs": CRS, "transform": TRANSFORMS, "shape": SHAPES}),
    st.sampled_from([
        GeoBox((10, 20), Affine(1, 0, 0, 0, -1, 10), "EPSG:4326"), GeoBox((1, 1), Affine.identity(), None), "a", "zz",
        Grid("EPSG:4326", (1, 0, 0, 0, -1, 10), (10, 20)), Grid("EPSG:4326", (90, 0, 0, 0, -90, 10), (10, 2**31 - 1)),
    ]),
    ODD,
)  # fmt: skip
SPELLINGS: dict[str, st.SearchStrategy[Any]] = {
    "grid": GRIDS,
    "like": st.one_of(georeferenced(), GRIDS),
    "crs": CRS,
    "scale": mostly(st.one_of(SIZES.map(abs), st.floats(1, 1e6)), NUMBERS),
    "bbox": mostly(st.one_of(LITTLE, BOXES), st.one_of(SEQUENCES, GEOMETRIES)),
    "geometry": GEOMETRIES,
    "shape": SHAPES,
    "transform": TRANSFORMS,
    "crs_transform": TRANSFORMS,
    "shape_2d": SHAPES,
    "lazy_coords": st.booleans(),
}


@st.composite
def calls(draw: st.DrawFn) -> dict[str, Any]:
    """Arguments of a call: one, or several that may belong together."""
    together = st.sampled_from([
        ("grid",), ("like",), ("crs", "scale", "bbox"), ("crs", "transform", "shape"), ("scale", "geometry"), ("bbox",),
        ("crs", "bbox", "shape"), ("crs", "transform", "bbox"), ("crs", "crs_transform", "shape_2d"), ("geometry",),
        ("crs", "geometry", "scale"), ("crs", "transform", "geometry"), ("crs", "shape"), ("bbox", "scale"),
    ])  # fmt: skip
    names = draw(mostly(together, st.sets(st.sampled_from(list(SPELLINGS)), max_size=4)))
    return {name: draw(SPELLINGS[name]) for name in names}


def target(source: str, arguments: dict[str, Any]) -> Grid:
    """The grid of a call, with coordinates, as opening makes them."""
    native = SOURCES[source]
    array = MemoryArray(np.zeros((1, 2, 1, 1), "f4"), native or Grid("EPSG:4326", Affine.identity(), (1, 1)))
    described = MemoryDriver().open(array, Query(None, (), "nearest"))
    stack = Stack("the test source", described.stack.bands, described.stack.items, is_image=True)
    given = Arguments.of(arguments).plain(MemoryDriver())
    grid = given.target(stack, native)
    grid_coordinates(grid, lazy=given.lazy_coords or max(grid.shape) > 10**5)
    assert len(grid.seams) < 10
    return grid


@settings(max_examples=3 * settings().max_examples)
@given(st.sampled_from(list(SOURCES)), calls())
def test_a_drawn_call_makes_a_grid_or_a_sentence(source: str, arguments: dict[str, Any]) -> None:
    said = None
    try:
        target(source, arguments)
    except InputError as error:
        said = str(error)
    assert said is None or (0 < len(said) < 700 and "\n" not in said)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"shape": (10, 10**9), "crs": "EPSG:3857", "transform": (1, 0, 0, 0, -1, 0)}, "7.5 GiB of memory: pass lazy"),
        ({"shape": (10, 10**10), "crs": "EPSG:3857", "transform": (1, 0, 0, 0, -1, 0)}, "more than 2147483647 pixels"),
        ({"shape": "12"}, "shape='12' is not"),
        ({"shape": (10.5, 3)}, r"shape=\(10.5, 3\) is not"),
        ({"shape": 10**400}, "is not"),
        ({"shape_2d": 5}, r"shape_2d=5 is not \(width, height\)"),
        ({"shape_2d": iter([3, 4])}, r"is not \(width, height\)"),
        ({"bbox": "1234"}, "bbox='1234' is not"),
        ({"bbox": {1.0, 2.0, 3.0, 4.0}}, r"bbox=\{1.0, 2.0, 3.0, 4.0\} is not"),
        ({"bbox": (0, 0, 10**400, 1)}, "not finite"),
        ({"bbox": Hostile()}, "bbox=<Hostile"),
        ({"scale": "30"}, "not a number of metres"),
        ({"scale": True}, "not a number of metres"),
        ({"scale": 10**400}, "not a positive number"),
        ({"scale": 1e-300}, "scale=|float64"),
        ({"crs": "x" * 100_000}, r"crs='xxx.*is not a coordinate"),
        ({"crs": 10**400}, "is not a coordinate"),
        ({"crs": Hostile()}, "is not a coordinate"),
        ({"crs": "EPSG:5773"}, "is a Vertical CRS: pass a projected or a geographic one"),
        ({"crs": "EPSG:4978"}, "is a Geocentric CRS"),
        ({"geometry": Nested()}, "is not a geometry"),
        ({"geometry": {"type": "Point", "coordinates": ["1", "2"]}}, "is not a geometry"),
        ({"geometry": {"type": "Point", "coordinates": [1, 2], "crs": {"type": "link"}}}, "not named"),
        ({"grid": Hostile()}, "is not a grid"),
        ({"like": "no.tif"}, "'no.tif' is not a raster that rasterio opens"),
        ({"like": GeoBox((1, 1), Affine.identity(), None)}, "says no CRS"),
        ({"transform": (1e200, 0, 0, 0, 1e200, 0), "shape": (1, 1), "crs": "EPSG:3857"}, "no inverse"),
        ({"transform": (90, 0, 0, 0, 1, 0), "shape": (1, 100), "crs": "EPSG:4326"}, "9000 degrees of longitude"),
        ({"transform": (1e-20, 0, 5, 0, 1, 0), "shape": (1, 1), "crs": "EPSG:3857"}, "float64 can not tell apart"),
    ],
)  # fmt: skip
def test_absurd_values_are_one_sentence(arguments: dict[str, Any], message: str) -> None:
    given = Arguments.of(arguments)
    with pytest.raises(InputError, match=message) as caught:
        grid_coordinates(given.target(Stack("a source", (), ()), SOURCES["degrees"]), lazy=False)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 700


def test_a_long_side_is_opened_with_lazy_coordinates() -> None:
    grid = Grid("EPSG:3857", Affine(1, 0, 0, 0, -1, 0), (10, 10**9))
    assert grid.width > LONGEST_KEPT_SIDE
    assert grid_coordinates(grid, lazy=True)["x"].shape == (10**9,)
