"""The lazy array against NumPy, over a reader whose every pixel says where it comes from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from xarray.core import indexing

from xee_lite.lazy import LazyBand
from xee_lite.nodata import Codec
from xee_lite.testing import CodedReader, CountingReader

SHAPE = (5, 7, 9)
DIMS = ("time", "y", "x")
CODEC = Codec(np.dtype("i4"), masked=False, number=0, memory=np.dtype("i8"), fill=0)
PIXEL = CODEC.cost


def lazy(budget: int = 10**6) -> tuple[xr.Variable, CountingReader]:
    reader = CountingReader(CodedReader(("a", "b")))
    band = LazyBand(reader, "b", CODEC, SHAPE, budget)
    return xr.Variable(DIMS, indexing.LazilyIndexedArray(band)), reader


def truth() -> xr.Variable:
    codes = CodedReader(("a", "b")).code(np.arange(5)[:, None, None], 1, np.arange(7)[:, None], np.arange(9))
    return xr.Variable(DIMS, codes)


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


@settings(max_examples=3500, deadline=None)
@given(ANY, st.integers(PIXEL, 60 * PIXEL))
def test_outer_indexing_equals_numpy(key: tuple[Any, ...], budget: int) -> None:
    variable, _ = lazy(budget)
    got, expected = variable[key], truth()[key]
    assert got.shape == expected.shape, "the lazy shape"
    np.testing.assert_array_equal(got.values, expected.values)


@settings(max_examples=300, deadline=None)
@given(ANY, st.data())
def test_indexing_twice_equals_numpy(first: tuple[Any, ...], data: st.DataObject) -> None:
    variable, _ = lazy()
    # xarray folds the two into one index, not always rightly: the truth is what it makes of a NumPy array.
    expected = xr.Variable(DIMS, indexing.LazilyIndexedArray(truth().values))[first]
    second = data.draw(st.tuples(*(slices(size) for size in expected.shape)))
    np.testing.assert_array_equal(variable[first][second].values, expected[second].values)


@settings(max_examples=300, deadline=None)
@given(npst.array_shapes(min_dims=1, max_dims=2, max_side=4), st.data())
def test_vectorised_indexing_equals_numpy(shape: tuple[int, ...], data: st.DataObject) -> None:
    variable, _ = lazy()
    dims = ("p", "q")[: len(shape)]
    key = {
        dim: xr.Variable(dims, data.draw(npst.arrays(int, shape, elements=st.integers(-size, size - 1))))
        for dim, size in zip(DIMS, SHAPE, strict=True)
        if data.draw(st.booleans())
    }
    np.testing.assert_array_equal(variable.isel(key).values, truth().isel(key).values)


def test_a_step_is_not_dropped() -> None:
    """The peer's silent defect: a stride in time averaged every image."""
    variable, reader = lazy()
    assert variable[::2].mean() == truth()[::2].mean()
    assert {item for request in reader.requests for item in request.items} == {0, 2, 4}


def test_only_the_items_that_are_wanted_are_requested() -> None:
    variable, reader = lazy()
    assert variable[[0, 4]].values.shape == (2, 7, 9)
    assert [request.items for request in reader.requests] == [(0, 4)]


def test_a_window_is_all_that_is_requested() -> None:
    variable, reader = lazy()
    _ = variable[1, 2:4, 8:4:-2].values
    assert [(request.items, str(request.window)) for request in reader.requests] == [((1,), "rows 2:4, columns 6:9")]


@pytest.mark.parametrize("key", [np.s_[0:0], np.s_[:, 3:3], np.s_[..., 9:], ([],)])
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
