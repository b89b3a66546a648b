"""Points, patches and scattered reads: every pixel right, and what is asked for counted."""

from __future__ import annotations

import tracemalloc
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
from xee_lite import explain, set_options
from xee_lite.earthengine.limits import EARTH_ENGINE
from xee_lite.lazy import LazyPixels
from xee_lite.planning.limits import Budget
from xee_lite.planning.nodata import Codec
from xee_lite.read_plan import ReadPlan
from xee_lite.testing import CodedReader, CountingReader
from xee_lite.vectorised import LazyArray

if TYPE_CHECKING:
    import numpy.typing as npt

    from xee_lite.planning.limits import Limits
    from xee_lite.reader import ReadRequest

MIB = 2**20
DIMS = ("time", "band", "y", "x")
BANDS = ("a", "b")
SHAPE = (4, 2, 30, 40)


class Places:
    """A reader of pixels that tell their row and column, in a grid that it does not leave."""

    def __init__(self, shape: tuple[int, int, int]) -> None:
        self.shape = shape

    def read(self, request: ReadRequest, out: npt.NDArray[Any]) -> None:
        window = request.window
        assert 0 <= window.row < window.row + window.height <= self.shape[1]
        assert 0 <= window.col < window.col + window.width <= self.shape[2]
        rows, columns = np.ogrid[: window.height, : window.width]
        out[...] = (window.row + rows) % 251 + 251 * ((window.col + columns) % 251)


def array_of(shape: tuple[int, int, int], wire: str, *, masked: bool = False) -> xr.DataArray:
    """One band as Earth Engine has it, with the limits of Earth Engine and the default budget."""
    codec = Codec(np.dtype(wire), masked=masked, number=0, memory=np.dtype("f4"), fill=np.nan)
    budget = Budget(EARTH_ENGINE.default_bytes, EARTH_ENGINE.concurrent_requests, EARTH_ENGINE.least_bytes)
    plan = ReadPlan(shape, (1, min(shape[1], 3000), min(shape[2], 3000)), 32 * MIB, budget, EARTH_ENGINE)
    pixels = LazyPixels(Places(shape), {"a": codec}, plan)
    key = indexing.BasicIndexer((slice(None), 0, slice(None), slice(None)))
    return xr.DataArray(xr.Variable(("time", "y", "x"), LazyArray(pixels, key)), name="a")


def points(**axes: npt.NDArray[np.intp]) -> dict[str, xr.DataArray]:
    return {dim: xr.DataArray(places, dims="point") for dim, places in axes.items()}


def patches(corners: npt.NDArray[np.intp], side: int, limit: int) -> dict[str, xr.DataArray]:
    """Indices of patches by their upper left corners, cut off at the edges of the grid as people do."""
    inside = np.clip(corners[:, :, None] + np.arange(side), 0, limit - 1)
    return {
        "y": xr.DataArray(inside[0], dims=("patch", "row")),
        "x": xr.DataArray(inside[1], dims=("patch", "column")),
    }


def hourly() -> xr.DataArray:
    """A year of hours on the grid of ERA5-Land, of 0.1 degrees."""
    return array_of((8760, 1801, 3601), "f4", masked=True)


def tile() -> xr.DataArray:
    """A band of a tile of Sentinel-2."""
    return array_of((1, 10980, 10980), "u2", masked=True).isel(time=0)


@pytest.mark.parametrize("regions", [1, 3])
def test_fifty_stations_and_a_year_of_hours(regions: int) -> None:
    """Each hour is two bands of a reply, the mask too, which takes 18 requests of 1024 bands for each region."""
    rng = np.random.default_rng(0)
    side = {1: 15, 3: 8}[regions]
    corner = np.array([[300, 900, 1500], [400, 1900, 3300]])[:, rng.integers(0, regions, 50)]
    rows, columns = corner + rng.integers(0, side, (2, 50))
    plan = explain(hourly().isel(points(y=rows, x=columns)))
    assert plan.count == 18 * regions <= 60
    assert plan.bytes <= 20 * MIB
    assert plan.largest <= 4 * MIB


def test_stations_far_apart_take_a_window_each() -> None:
    """A reply has at most 1024 bands, so that no plan of windows takes fewer than 18 requests for each."""
    rows, columns = np.arange(0, 1800, 400), np.arange(0, 3600, 800)
    plan = explain(hourly().isel(points(y=rows, x=columns)))
    assert plan.count == 18 * len(rows)
    assert plan.bytes == 8760 * len(rows) * EARTH_ENGINE.pixel_cost([np.dtype("f4"), np.dtype("u1")])


@pytest.mark.parametrize("seed", range(5))
def test_scattered_pixels_of_a_tile(seed: int) -> None:
    rows, columns = np.random.default_rng(seed).integers(0, 10980, (2, 100))
    plan = explain(tile().isel(points(y=rows, x=columns)))
    assert plan.bytes <= 5 * MIB
    assert plan.count <= 100


def test_rows_and_columns_of_a_tile() -> None:
    rows, columns = np.sort(np.random.default_rng(0).integers(0, 10980, (2, 10)))
    plan = explain(tile().isel(y=rows, x=columns))
    assert plan.bytes <= 5 * MIB
    assert plan.count <= 100


def test_a_preview_leaves_out_the_rows_between() -> None:
    plan = explain(tile().isel(y=slice(None, None, 100), x=slice(None, None, 100)))
    assert plan.count == 110
    assert plan.bytes < 6 * MIB


def test_every_second_column_is_not_a_request_each() -> None:
    """The service works on whole tiles: strips of one pixel would have it work on each tile 128 times."""
    assert explain(tile().isel(x=np.arange(0, 10980, 2))).count < 50


def patches_of_a_tile(beyond: int = 0) -> dict[str, xr.DataArray]:
    return patches(np.random.default_rng(0).integers(-beyond, 10980 - 128 + beyond, (2, 500)), 128, 10980)


@pytest.mark.parametrize("beyond", [0, 60])
def test_patches_take_a_request_each_or_less(beyond: int) -> None:
    plan = explain(tile().isel(patches_of_a_tile(beyond)))
    assert plan.count <= 1.05 * 500
    assert plan.bytes <= 1.2 * 500 * 128**2 * EARTH_ENGINE.pixel_cost([np.dtype("u2"), np.dtype("u1")])


def test_patches_take_the_memory_of_the_result() -> None:
    """NumPy's own way takes four arrays of int64, eight times as many bytes as the result has.

    The replies of the requests under way come on top, which are few here: how many there are at a time is chance.
    """
    array, key = tile(), patches_of_a_tile()
    array.isel({dim: part[:3] for dim, part in key.items()}).load()  # what is imported and started once
    with set_options(max_concurrent_requests=2):
        tracemalloc.start()
        found = array.isel(key).load()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.2 * found.nbytes
    expected = key["y"].values[:, :, None] % 251 + 251 * (key["x"].values[:, None, :] % 251)
    np.testing.assert_array_equal(found.values, expected)


def test_a_trajectory_shares_requests() -> None:
    """A buoy that drifts by a pixel an hour at most."""
    steps = np.random.default_rng(0).integers(-1, 2, (2, 8760)).cumsum(axis=1)
    plan = explain(hourly().isel(points(time=np.arange(8760), y=900 + steps[0], x=1900 + steps[1])))
    assert plan.count < 100
    assert plan.bytes < 20 * MIB


def test_as_many_points_as_a_tile_has_cells() -> None:
    rows, columns = np.random.default_rng(0).integers(0, 10980, (2, 10**6))
    plan = explain(tile().isel(points(y=rows, x=columns)))
    assert plan.count < 50


LIMITS = [
    EARTH_ENGINE,
    replace(EARTH_ENGINE, requests_per_second=1e9, concurrent_requests=10**9),
    replace(EARTH_ENGINE, requests_per_second=1e6, concurrent_requests=10**6, side=9, bands=6, tile=4),
]
"""Where a request more costs more than all pixels, nothing, and as much as a few of them."""


@st.composite
def vectorised_keys(draw: st.DrawFn) -> dict[str, xr.Variable]:
    """Arrays of one to three dimensions of which an axis has some or all, negative and repeated indices too."""
    sizes = {dim: draw(st.integers(0 if draw(st.integers(0, 9)) == 0 else 1, 4)) for dim in ("p", "q", "r")}
    key = {}
    for dim, size in zip(DIMS, SHAPE, strict=True):
        dims = draw(st.lists(st.sampled_from(sorted(sizes)), unique=True, max_size=3))
        shape = tuple(sizes[name] for name in dims)
        spread = draw(st.integers(1, size))
        places = draw(npst.arrays(int, shape, elements=st.integers(-spread, spread - 1)))
        if draw(st.integers(0, 3)):
            key[dim] = xr.Variable(dims, places)
    return key


@examples(100)
@given(
    vectorised_keys(),
    st.sampled_from(LIMITS),
    st.integers(2, 3000),
    st.lists(st.integers(1, 39), max_size=2, unique=True).map(sorted),
    st.data(),
)
def test_any_arrays_of_indices_equal_numpy(
    key: dict[str, xr.Variable], limits: Limits, pixels: int, seams: list[int], data: st.DataObject
) -> None:
    codec = Codec(np.dtype("i4"), masked=False, number=0, memory=np.dtype("i8"), fill=0)
    budget = pixels * limits.pixel_cost(codec.wire_dtypes)
    reader = CountingReader(CodedReader(BANDS))
    plan = ReadPlan((4, 30, 40), (1, 5, 5), budget, Budget(budget), limits, tuple(seams))
    lazy = xr.Variable(DIMS, LazyArray(LazyPixels(reader, dict.fromkeys(BANDS, codec), plan)))
    truth = xr.Variable(DIMS, CodedReader(BANDS).code(*np.ogrid[:4, :2, :30, :40]))
    got, expected = lazy.isel(key), truth.isel(key)
    assert got.dims == expected.dims
    assert got.shape == expected.shape
    if expected.ndim and data.draw(st.booleans()):  # an index of an index
        dim = data.draw(st.sampled_from(expected.dims))
        size = expected.sizes[dim]
        if size:
            again = {dim: xr.Variable("s", data.draw(npst.arrays(int, 3, elements=st.integers(-size, size - 1))))}
            got, expected = got.isel(again), expected.isel(again)
    np.testing.assert_array_equal(got.values, expected.values)
    for request in reader.requests:
        window = request.window
        assert 0 <= window.row < window.row + window.height <= 30
        assert 0 <= window.col < window.col + window.width <= 40
        assert not any(window.col < seam < window.col + window.width for seam in seams)
        assert max(window.height, window.width) <= limits.side
        assert len(request.items) * len(request.bands) <= limits.bands
        assert np.prod(request.shape) <= pixels
    assert len(set(reader.requests)) == len(reader.requests), "no request is made twice"
    if not expected.size:
        assert not reader.requests
