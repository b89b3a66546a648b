"""What is joined and what is left out: never for more than the simplest plans cost, and fast for many points."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from tests.examples import examples
from xee_lite.earthengine.limits import EARTH_ENGINE
from xee_lite.planning.clusters import Boxes, clustered
from xee_lite.planning.costs import ReadCost, request_overhead, tile_overhead
from xee_lite.planning.points import points_of
from xee_lite.planning.selection import spanned, widest_gaps

COST = ReadCost(7, 2, 32 * 2**20, EARTH_ENGINE)
SIZE = 5000
COSTS = [
    COST,
    replace(COST, max_bytes=20_000),
    replace(COST, limits=replace(EARTH_ENGINE, requests_per_second=1e6, concurrent_requests=10**6)),
]


def test_the_constants_of_earth_engine() -> None:
    """A hundredth of a second at 100 Mbit/s, and 6.6 ms shared by 40."""
    assert request_overhead(EARTH_ENGINE) == 125_000
    assert tile_overhead(EARTH_ENGINE) == 2048


def test_a_request_never_costs_more_than_one_more_does() -> None:
    assert COST.overhead == 125_000
    assert replace(COST, max_bytes=1000).overhead == 1000


@pytest.mark.parametrize(
    ("items", "height", "width", "requests"),
    [(1, 1, 1, 1), (512, 1, 1, 1), (513, 1, 1, 2), (8760, 1, 1, 18), (3, 1000, 2000, 2)],
)
def test_what_a_window_costs(items: int, height: int, width: int, requests: int) -> None:
    tiles = (1 + (height - 1) / 256) * (1 + (width - 1) / 256)
    expected = requests * 125_000 + items * tiles * 2048 + items * height * width * 7
    assert COST(items, 1, height, width) == pytest.approx(expected)


def test_what_is_more_than_a_request_costs_infinitely_much() -> None:
    costs = COST(1, np.array([1, 1, 513]), np.array([40_000, 2**40, 1]), np.array([1, 2**40, 1]))
    assert np.isinf(costs).all()


def boxes_of(places: npt.NDArray[Any]) -> Boxes:
    """Single pixels (item, band, row, column)."""
    return Boxes(places, places, np.ones((2, places.shape[1]), dtype=np.intp))


@st.composite
def placed(draw: st.DrawFn) -> npt.NDArray[np.intp]:
    """Points, some in groups."""
    count = draw(st.integers(1, 30))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    extent = np.array([[draw(st.sampled_from([1, 3, 700]))], [draw(st.sampled_from([1, 2]))], [SIZE], [SIZE]])
    spread = np.array([[700], [2], [draw(st.sampled_from([1, 30]))], [draw(st.sampled_from([1, 30]))]])
    centres = rng.integers(0, extent, (4, draw(st.integers(1, 5))))[:, rng.integers(0, 1, count)]
    places: npt.NDArray[np.intp] = np.minimum(extent - 1, centres + rng.integers(0, spread, (4, count)))
    return places


@examples(300)
@given(placed(), st.sampled_from(COSTS))
def test_a_plan_costs_no_more_than_each_point_or_the_box_around_all(
    places: npt.NDArray[np.intp], cost: ReadCost
) -> None:
    boxes = boxes_of(places)
    order, starts = clustered(boxes, cost)
    assert sorted(order.tolist()) == list(range(places.shape[1]))
    groups = (places[:, part] for part in np.split(order, starts[1:]))
    found = sum(read_cost(np.unique(group, axis=1), cost) for group in groups)
    distinct = boxes_of(np.unique(places, axis=1))
    around = distinct.joined(np.array([0])).costs(cost).sum()
    assert found <= min(around, distinct.costs(cost).sum()) * (1 + 1e-12)


def read_cost(group: npt.NDArray[np.intp], cost: ReadCost) -> float:
    """What one read of all these points costs."""
    items, bands = (len(np.unique(axis)) for axis in group[:2])
    height, width = np.ptp(group[2:], axis=1) + 1
    return float(cost(items, bands, height, width))


def test_equal_points_are_one() -> None:
    order, starts = clustered(boxes_of(np.full((4, 100), 7, dtype=np.intp)), COST)
    assert len(order) == 100
    assert starts.tolist() == [0]


def test_points_across_the_middle_of_the_tree_are_joined() -> None:
    """Where cells of all sizes end, as they are first laid."""
    ends = np.array([0, 2**19 - 1, 2**19, 2**20 - 1])
    places = np.stack([np.zeros(4), np.zeros(4), ends, ends]).astype(np.intp)
    order, starts = clustered(boxes_of(places), COST)
    assert sorted(map(sorted, (part.tolist() for part in np.split(order, starts[1:])))) == [[0], [1, 2], [3]]


def test_the_items_of_one_window_are_joined_first() -> None:
    """Stations far apart, each with hours of its own."""
    station = np.arange(2000) % 4
    places = np.stack([np.arange(2000), np.zeros(2000), station * 400, station * 300]).astype(np.intp)
    order, starts = clustered(boxes_of(places), COST)
    assert [set(station[part].tolist()) for part in np.split(order, starts[1:])] == [{0}, {1}, {2}, {3}] or len(
        starts
    ) == 4


def test_a_million_points_are_sorted_and_not_compared() -> None:
    """A comparison of each with each would be 10^12."""
    places = np.random.default_rng(0).integers(0, [[1], [1], [10980], [10980]], (4, 10**6))
    order, starts = clustered(boxes_of(places), replace(COST, pixel_bytes=5))
    assert len(order) == 10**6
    assert len(starts) < 100


KEYS = st.one_of(
    st.builds(slice, st.integers(0, 50), st.integers(51, 200), st.integers(1, 40)),
    npst.arrays(int, st.integers(1, 12), elements=st.integers(-200, 199)),
)


@examples(300)
@given(KEYS, KEYS, st.integers(1, 3000), st.sampled_from(COSTS))
def test_spans_cost_no_more_than_none_or_all_gaps(rows: Any, columns: Any, images: int, cost: ReadCost) -> None:
    def costs(gaps: tuple[float, float]) -> float:
        spans = [spanned(key, 200, gap)[0] for key, gap in zip((rows, columns), gaps, strict=True)]
        counts, lengths = zip(*((len(each), sum(map(len, each))) for each in spans), strict=True)
        requests = int(np.prod(counts)) * -(-images * cost.wire_bands // cost.limits.bands)
        down, across = (float(cost.tiles(*pair)) for pair in zip(counts, lengths, strict=True))
        pixels = images * int(np.prod(lengths))
        return float(
            requests * cost.overhead + images * down * across * tile_overhead(cost.limits) + pixels * cost.pixel_bytes
        )

    gaps = widest_gaps((rows, columns), (200, 200), images, cost)
    assert costs(gaps) <= min(costs((200, 200)), costs((0, 0))) * (1 + 1e-9)
    for key, gap in zip((rows, columns), gaps, strict=True):
        assert all(after.start - before.stop > gap for before, after in pairwise(spanned(key, 200, gap)[0]))


def test_axes_that_vary_by_themselves_stay_lists() -> None:
    """Also where they come as copies of the size of the result."""
    corner = np.arange(5)[:, None, None] * 10
    arrays = np.broadcast_arrays(
        np.arange(4)[:, None, None, None], 0, corner + np.arange(3)[:, None], corner + np.arange(2)
    )
    for key in (arrays, [array.copy() for array in arrays]):
        found = points_of(key, (4, 1, 60, 60))
        assert [axis.shape for axis in found.axes] == [(1, 4), (1, 1), (5, 3), (5, 2)]
        assert found.sizes == (5, 4, 1, 3, 2)
