"""The lazy array against NumPy, over a reader whose every pixel says where it comes from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from xarray.core import indexing

from tests.examples import examples
from xee_lite.earthengine.limits import EARTH_ENGINE
from xee_lite.lazy import LazyPixels
from xee_lite.planning.limits import Budget
from xee_lite.planning.nodata import Codec
from xee_lite.read_plan import ReadPlan
from xee_lite.testing import CodedReader, CountingReader
from xee_lite.vectorised import LazyArray

if TYPE_CHECKING:
    from xee_lite.planning.limits import Limits
    from xee_lite.reader import ReadRequest

WITHOUT_OVERHEAD = replace(EARTH_ENGINE, requests_per_second=1e9, concurrent_requests=10**9, tile=1)
"""So fast that a request more costs nothing beside its bytes."""
SHAPE = (5, 3, 7, 9)
DIMS = ("time", "band", "y", "x")
BANDS = ("a", "b", "c")
CODEC = Codec(np.dtype("i4"), masked=False, number=0, memory=np.dtype("i8"), fill=0)
LIMITS = replace(EARTH_ENGINE, tile=1)  # else the whole array would lie in one tile, and be read as such
PIXEL = EARTH_ENGINE.pixel_cost(CODEC.wire_dtypes)


def lazy(
    budget: int = 10**6,
    chunk: tuple[int, int, int] = (2, 3, 4),
    seams: tuple[int, ...] = (),
    limits: Limits = LIMITS,
) -> tuple[xr.Variable, CountingReader]:
    reader = CountingReader(CodedReader(BANDS))
    shape = (SHAPE[0], *SHAPE[2:])
    plan = ReadPlan(shape, chunk, budget, Budget(budget), limits, seams)
    pixels = LazyPixels(reader, dict.fromkeys(BANDS, CODEC), plan)
    return xr.Variable(DIMS, LazyArray(pixels)), reader


def truth() -> xr.Variable:
    return xr.Variable(DIMS, CodedReader(BANDS).code(*np.ogrid[:5, :3, :7, :9]))


def slices(size: int) -> st.SearchStrategy[slice]:
    ends = st.none() | st.integers(-size - 2, size + 2)
    every = st.builds(slice, ends, ends, st.none() | st.integers(-4, 4).filter(bool))
    return every.filter(lambda found: not _mistaken_by_xarray(found, size))


def _mistaken_by_xarray(found: slice, size: int) -> bool:
    """What xarray (2026.9) takes a falling slice from before the array, which is empty: it takes it for the whole."""
    return found.indices(size)[0] < 0


def outer(size: int) -> st.SearchStrategy[Any]:
    positions = st.integers(-size, size - 1)
    return st.one_of(
        positions,
        slices(size),
        st.lists(positions, max_size=size + 2).map(lambda found: np.array(found, dtype=int)),
        st.lists(st.booleans(), min_size=size, max_size=size).map(np.array),
    )


ANY = st.tuples(*(outer(size) for size in SHAPE))
CHUNKS = st.tuples(st.integers(1, 5), st.integers(1, 7), st.integers(1, 9))
SEAMS = st.lists(st.integers(1, 8), max_size=2, unique=True).map(lambda found: tuple(sorted(found)))


def assert_between_what_is_wanted(reader: CountingReader, key: tuple[Any, ...]) -> None:
    """Each pixel asked for lies between two that are wanted, and none is asked for twice."""
    wanted = [np.atleast_1d(np.arange(size)[part]) for part, size in zip(key, SHAPE, strict=True)]
    rows, columns = (range(min(axis, default=0), max(axis, default=-1) + 1) for axis in wanted[2:])
    asked: set[tuple[int, ...]] = set()
    for request in reader.requests:
        window = request.window
        assert set(request.items) <= set(wanted[0].tolist())
        assert {BANDS.index(band) for band in request.bands} == set(wanted[1].tolist())
        places = {
            (item, row, column)
            for item in request.items
            for row in range(window.row, window.row + window.height)
            for column in range(window.col, window.col + window.width)
        }
        assert all(row in rows and column in columns for _, row, column in places)
        assert not asked & places, "no pixel is asked for twice"
        asked |= places


def crosses(request: ReadRequest, seams: tuple[int, ...]) -> bool:
    window = request.window
    return any(window.col < seam < window.col + window.width for seam in seams)


@examples(400)
@given(ANY, st.integers(len(BANDS) * PIXEL, 60 * PIXEL), CHUNKS, SEAMS)
def test_outer_indexing_equals_numpy(
    key: tuple[Any, ...], budget: int, chunk: tuple[int, int, int], seams: tuple[int, ...]
) -> None:
    variable, reader = lazy(budget, chunk, seams)
    got, expected = variable[key], truth()[key]
    assert got.shape == expected.shape, "the lazy shape"
    np.testing.assert_array_equal(got.values, expected.values)
    assert_between_what_is_wanted(reader, key)
    assert not any(crosses(request, seams) for request in reader.requests)


@examples(100)
@given(ANY, st.data())
def test_indexing_twice_equals_numpy(first: tuple[Any, ...], data: st.DataObject) -> None:
    variable, _ = lazy()
    # xarray folds the two into one index, not always rightly: the truth is what it makes of a NumPy array.
    expected = xr.Variable(DIMS, indexing.LazilyIndexedArray(truth().values))[first]
    second = data.draw(st.tuples(*(slices(size) for size in expected.shape)))
    np.testing.assert_array_equal(variable[first][second].values, expected[second].values)


@examples(200)
@given(npst.array_shapes(min_dims=1, max_dims=2, max_side=4), CHUNKS, SEAMS, st.data())
def test_vectorised_indexing_equals_numpy(
    shape: tuple[int, ...], chunk: tuple[int, int, int], seams: tuple[int, ...], data: st.DataObject
) -> None:
    variable, reader = lazy(chunk=chunk, seams=seams)
    dims = ("p", "q")[: len(shape)]
    key = {
        dim: xr.Variable(dims, data.draw(npst.arrays(int, shape, elements=st.integers(-size, size - 1))))
        for dim, size in zip(DIMS, SHAPE, strict=True)
        if data.draw(st.booleans())
    }
    np.testing.assert_array_equal(variable.isel(key).values, truth().isel(key).values)
    assert not any(crosses(request, seams) for request in reader.requests)


def test_points_far_apart_are_read_by_themselves() -> None:
    variable, reader = lazy(limits=WITHOUT_OVERHEAD)
    points = {"y": xr.Variable("p", [0, 1, 6]), "x": xr.Variable("p", [1, 0, 8])}
    np.testing.assert_array_equal(variable.isel(points).values, truth().isel(points).values)
    assert {str(request.window) for request in reader.requests} == {
        "rows 0:1, columns 1:2",
        "rows 1:2, columns 0:1",
        "rows 6:7, columns 8:9",
    }
    assert all(request.items == (0, 1, 2, 3, 4) for request in reader.requests)


def test_a_scattered_read_leaves_out_what_lies_between() -> None:
    variable, reader = lazy(limits=WITHOUT_OVERHEAD)
    key = np.s_[0, :, [0, 6], 1:9:7]
    np.testing.assert_array_equal(variable[key].values, truth()[key].values)
    assert {str(request.window) for request in reader.requests} == {
        f"rows {row}:{row + 1}, columns {column}:{column + 1}" for row in (0, 6) for column in (1, 8)
    }


def test_all_bands_of_a_pixel_come_in_one_request() -> None:
    variable, reader = lazy()
    np.testing.assert_array_equal(variable[0].values, truth()[0].values)
    assert [request.bands for request in reader.requests] == [BANDS]


def test_a_step_is_not_dropped() -> None:
    """The peer's silent defect: a stride in time averaged every image."""
    variable, reader = lazy()
    assert variable[::2].mean() == truth()[::2].mean()
    assert {item for request in reader.requests for item in request.items} == {0, 2, 4}


def test_only_the_items_that_are_wanted_are_requested() -> None:
    variable, reader = lazy()
    assert variable[[0, 4]].values.shape == (2, 3, 7, 9)
    assert [request.items for request in reader.requests] == [(0, 4)]


def test_a_window_is_all_that_is_requested() -> None:
    variable, reader = lazy()
    _ = variable[1, 0, 2:4, 8:4:-2].values
    assert [(request.items, str(request.window)) for request in reader.requests] == [((1,), "rows 2:4, columns 6:9")]


@pytest.mark.parametrize(
    "key",
    [
        np.s_[5], np.s_[:, 3], np.s_[:, :, [0, 7]], np.s_[..., [9, 0]],
        np.s_[..., np.ones(10, dtype=bool)], np.s_[:, :, np.ones(6, dtype=bool)],
    ],
)  # fmt: skip
def test_what_lies_outside_is_an_error_as_in_numpy(key: Any) -> None:
    """Beyond a window there are pixels too, and nobody would notice that they are others.

    A negative number that lies outside comes here as another one: xarray (2026.9) counts it from the end of any lazy
    array, and of one that NumPy holds as well.
    """
    variable, reader = lazy()
    with pytest.raises(IndexError):
        _ = truth()[key].values
    with pytest.raises(IndexError):
        _ = variable[key].values
    assert reader.requests == []


def test_points_that_lie_outside_are_an_error() -> None:
    variable, reader = lazy()
    for points in ({"y": [0, 7], "x": [0, 1]}, {"y": [0, 1], "x": [0, 9]}, {"time": [5], "x": [0]}):
        key = {name: xr.Variable("p", places) for name, places in points.items()}
        with pytest.raises(IndexError):
            _ = variable.isel(key).values
    assert reader.requests == []


@pytest.mark.parametrize("key", [np.s_[0:0], np.s_[:, 3:3], np.s_[..., 9:], np.s_[:, [], 0], ([],)])
def test_nothing_wanted_is_nothing_requested(key: Any) -> None:
    variable, reader = lazy()
    got = variable[key]
    assert got.values.shape == truth()[key].shape
    assert got.dtype == np.dtype("i8")
    assert reader.requests == []


def test_a_block_larger_than_a_request_is_read_in_several() -> None:
    variable, reader = lazy(budget=20 * PIXEL)
    np.testing.assert_array_equal(variable.values, truth().values)
    assert len(reader.requests) >= np.prod(SHAPE) // 20
    assert all(np.prod(request.shape) <= 20 for request in reader.requests)
    assert reader.pixels == np.prod(SHAPE), "no pixel is read twice"
