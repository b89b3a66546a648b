"""Pointwise reads as tables: every value right, few requests, and windows where these cost less."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from xarray.core import indexing

from tests.client.test_points import BANDS, DIMS, MIB, SHAPE, points, vectorised_keys
from tests.examples import examples
from xee_lite import explain
from xee_lite.earthengine.limits import EARTH_ENGINE
from xee_lite.earthengine.region import MAX_VALUES, table_limits
from xee_lite.lazy import LazyPixels
from xee_lite.planning import point_tables
from xee_lite.planning.limits import Budget, TableLimits
from xee_lite.planning.nodata import Codec
from xee_lite.planning.points import Points, points_of
from xee_lite.read_plan import ReadPlan
from xee_lite.reader import PointsReader, PointsRequest, ReadRequest
from xee_lite.testing import CodedReader
from xee_lite.vectorised import LazyArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from xee_lite.reader import Integers

TABLE = table_limits(EARTH_ENGINE.payload_bytes, 300)


@dataclass
class TableReader:
    """Pixels that tell their place, by windows and by tables, within limits that it holds requests against."""

    table: TableLimits | None = TABLE
    seams: Sequence[int] = ()
    asked: list[PointsRequest] = field(default_factory=list)
    coded: CodedReader = field(default_factory=lambda: CodedReader(BANDS))

    def read(self, request: ReadRequest, out: npt.NDArray[np.generic]) -> None:
        self.coded.read(request, out)

    def table_limits(self) -> TableLimits | None:
        return self.table

    def tells_apart(self, rows: Integers, columns: Integers) -> bool:
        return rows.shape == columns.shape

    def read_points(self, request: PointsRequest, out: npt.NDArray[np.generic]) -> None:
        assert self.table is not None
        assert request.size <= self.table.values
        items, bands, count = request.shape
        assert len(set(request.items)) == items
        assert len(set(request.bands)) == bands
        assert len(set(zip(request.rows.tolist(), request.columns.tolist(), strict=True))) == count
        assert len(set(np.searchsorted(self.seams, request.columns, side="right").tolist())) == 1
        self.asked.append(request)
        numbers = [BANDS.index(band) for band in request.bands]
        out[...] = self.coded.code(
            np.array(request.items)[:, None, None], np.array(numbers)[None, :, None], request.rows, request.columns
        )


_: type[PointsReader] = TableReader


def array_of(reader: TableReader, shape: tuple[int, int, int], wire: str = "f4") -> xr.DataArray:
    codec = Codec(np.dtype(wire), masked=True, number=None, memory=np.dtype("f4"), fill=np.nan)
    budget = Budget(EARTH_ENGINE.default_bytes, EARTH_ENGINE.concurrent_requests, EARTH_ENGINE.least_bytes)
    plan = ReadPlan(shape, (1, min(shape[1], 3000), min(shape[2], 3000)), 32 * MIB, budget, EARTH_ENGINE)
    key = indexing.BasicIndexer((slice(None), 0, slice(None), slice(None)))
    return xr.DataArray(xr.Variable(("time", "y", "x"), LazyArray(LazyPixels(reader, {"a": codec}, plan), key)))


@examples(100)
@given(
    vectorised_keys(),
    st.integers(1, 40),
    st.integers(100, 3000),
    st.lists(st.integers(1, 39), max_size=2, unique=True).map(sorted),
)
def test_any_arrays_of_indices_equal_numpy(
    key: dict[str, xr.Variable], values: int, payload: int, seams: list[int]
) -> None:
    codec = Codec(np.dtype("i4"), masked=False, number=0, memory=np.dtype("i8"), fill=0)
    limits = TableLimits(
        values=max(values, 2), payload_bytes=payload, item_bytes=30, point_bytes=10, row_bytes=1, value_bytes=1
    )
    reader = TableReader(limits, seams)
    plan = ReadPlan((4, 30, 40), (1, 5, 5), 2000, Budget(2000), EARTH_ENGINE, tuple(seams))
    lazy = xr.Variable(DIMS, LazyArray(LazyPixels(reader, dict.fromkeys(BANDS, codec), plan)))
    truth = xr.Variable(DIMS, CodedReader(BANDS).code(*np.ogrid[:4, :2, :30, :40]))
    assert truth.shape == SHAPE
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(point_tables, "request_overhead", lambda _: -1e9)
        got, expected = lazy.isel(key), truth.isel(key)
        np.testing.assert_array_equal(got.values, expected.values)


def test_fifty_stations_far_apart_and_a_year_of_hours() -> None:
    """Windows take 900 requests, since a reply has 1024 bands at most."""
    rows, columns = (part.ravel()[:50] for part in np.meshgrid(np.arange(0, 1801, 250), np.arange(0, 3601, 250)))
    plan = explain(array_of(TableReader(), (8760, 1801, 3601)).isel(points(y=rows, x=columns)))
    assert plan.count == 1
    assert plan.bytes < 50 * MIB
    assert "table of values" in str(plan)
    assert plan.to_dataframe()["points"].tolist() == [50]
    windows = explain(array_of(TableReader(None), (8760, 1801, 3601)).isel(points(y=rows, x=columns)))
    assert windows.count == 900


@pytest.mark.parametrize(("count", "images"), [(1000, 365), (1000, 3650), (70_000, 20), (600_001, 2), (3, 300_000)])
def test_requests_are_as_few_as_the_values_need(count: int, images: int) -> None:
    """A fifth more at most, and no more where the body of a request is what is full."""
    codes = np.random.default_rng(0).choice(10980**2, count, replace=False)
    rows, columns = np.divmod(codes, 10980)
    reader = TableReader()
    points_here = LazyPixels(
        reader,
        {"a": Codec(np.dtype("u2"), masked=True, number=None, memory=np.dtype("f4"), fill=np.nan)},
        ReadPlan((images, 10980, 10980), (1, 3000, 3000), 32 * MIB, Budget(32 * MIB), EARTH_ENGINE),
    )
    found = point_tables.cells_of(_points(rows, columns, points_here), ())
    assert found is not None
    parts = list(point_tables.table_parts(found, TABLE))
    ideal = math.ceil(count * images / MAX_VALUES)
    body = math.ceil((count * TABLE.point_bytes + images * TABLE.item_bytes) / TABLE.payload_bytes)
    assert len(parts) <= max(1.2 * ideal, 1.2 * ideal + (body > 1) * body * 2)
    for part in parts:
        sizes = [len(range(images)[part.items]), len(range(count)[part.pixels])]
        assert math.prod(sizes) <= MAX_VALUES
        assert sizes[0] * TABLE.item_bytes + sizes[1] * TABLE.point_bytes <= TABLE.payload_bytes


def _points(rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp], array: LazyPixels) -> Points:
    items = np.arange(array.shape[0])[:, None]
    return points_of([items, np.zeros((1, 1), int), rows[None], columns[None]], array.shape)


def test_points_close_together_are_a_window() -> None:
    rows, columns = np.random.default_rng(0).integers(0, 30, (2, 50))
    reader = TableReader()
    plan = explain(array_of(reader, (10, 1801, 3601)).isel(points(y=rows, x=columns)))
    assert [type(planned.request) for planned in plan.requests] == [ReadRequest]


def test_patches_and_trajectories_are_windows() -> None:
    reader = TableReader()
    array = array_of(reader, (100, 3000, 3000))
    steps = np.random.default_rng(0).integers(-1, 2, (2, 100)).cumsum(axis=1)
    plan = explain(array.isel(points(time=np.arange(100), y=900 + steps[0], x=1900 + steps[1])))
    assert {type(planned.request) for planned in plan.requests} == {ReadRequest}
    corner = xr.DataArray([0, 1500, 2800], dims="patch")
    along = xr.DataArray(np.arange(128), dims="row"), xr.DataArray(np.arange(128), dims="column")
    plan = explain(array.isel(y=corner + along[0], x=corner + along[1]))
    assert {type(planned.request) for planned in plan.requests} == {ReadRequest}


def test_scattered_pixels_of_a_tile_are_one_table() -> None:
    rows, columns = np.random.default_rng(0).integers(0, 10980, (2, 100))
    plan = explain(array_of(TableReader(), (1, 10980, 10980), "u2").isel(points(y=rows, x=columns)))
    assert plan.count == 1
    assert plan.bytes < MIB


def test_halves_of_a_table_are_the_whole() -> None:
    request = PointsRequest((3, 1, 2), ("a", "b"), np.arange(5), np.arange(5)[::-1])
    whole = np.zeros(request.shape, int)
    waiting = [(request, whole)]
    while waiting:
        part, out = waiting.pop()
        halves = part.halves()
        if not halves:
            assert part.shape == (1, 2, 1)
            TableReader().read_points(part, out)
        waiting += [(half, out[slices]) for half, slices in halves]
    expected = np.zeros(request.shape, int)
    TableReader().read_points(request, expected)
    np.testing.assert_array_equal(whole, expected)
    assert str(request.window) == "rows 0:5, columns 0:5"
