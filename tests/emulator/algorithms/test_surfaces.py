"""Shadows, hollows and cheapest paths against geometry by hand and searches of another kind."""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import numpy.typing as npt
import pytest

from tests.emulator.memory_catalogue import MemoryCatalogue
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.types import PixelGrid

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Sampled

Array = npt.NDArray[Any]

RNG = np.random.default_rng(19)
SIZE = (30, 34)
STEP = 10.0
WEST, NORTH = 5120.0 - 10 * STEP, 5120.0 + 12 * STEP
"""So that a corner of cells of 256 pixels lies within the images."""
GRID = PixelGrid("EPSG:3857", (STEP, 0.0, WEST, 0.0, -STEP, NORTH), SIZE[1], SIZE[0])
HEIGHTS = RNG.integers(0, 60, SIZE).astype(np.int16)
VALID = RNG.random(SIZE) > 0.05
COSTS = RNG.integers(1, 9, SIZE).astype(np.float64)
OPEN = RNG.random(SIZE) > 0.2
SOURCES = (RNG.random(SIZE) > 0.98).astype(np.uint8)
TOWER = np.zeros(SIZE, np.int16)
TOWER[15, 17] = 100
DEGREES = PixelGrid("EPSG:4326", (0.01, 0.0, 10.0, 0.0, -0.01, 60.0), 8, 6)


def part(left: int, top: int, width: int, height: int) -> PixelGrid:
    return PixelGrid(GRID.crs, (STEP, 0.0, WEST + STEP * left, 0.0, -STEP, NORTH - STEP * top), width, height)


@pytest.fixture
def catalogue() -> MemoryCatalogue:
    assets: dict[str, dict[str, Any]] = {
        "T/heights": {"z": np.ma.MaskedArray(HEIGHTS, ~VALID)},
        "T/tower": {"z": TOWER},
        "T/costs": {"c": np.ma.MaskedArray(COSTS, ~OPEN)},
        "T/two": {"c": np.ones(SIZE), "d": COSTS},
        "T/sources": {"s": SOURCES},
    }
    return MemoryCatalogue(GRID, assets)


def dark(pixels: Sampled, azimuth: float, zenith: float, reach: int = 0) -> set[tuple[int, int]]:
    """Rows and columns, from the tower, of what lies in its shadow."""
    found = pixels(ee.Terrain.hillShadow(ee.Image("T/tower"), azimuth, zenith, reach), GRID)["shadow"]
    assert not np.ma.getmaskarray(found).any()
    return {(int(row) - 15, int(col) - 17) for row, col in zip(*np.nonzero(found == 0), strict=True)}


def test_a_tower_casts_a_shadow_away_from_the_sun(pixels: Sampled) -> None:
    # 100 m high: at 45 degrees 10 pixels of 10 m, of which the last sees the sun over the top.
    assert dark(pixels, 90, 45) == {(0, -step) for step in range(1, 10)}
    assert dark(pixels, 270, 45) == {(0, step) for step in range(1, 10)}
    assert dark(pixels, 0, 45) == {(step, 0) for step in range(1, 10)}
    # 100 tan(30°) is 57.7 m, and a diagonal step 14.1 m.
    assert dark(pixels, 180, 30) == {(-step, 0) for step in range(1, 6)}
    assert dark(pixels, 45, 30) == {(step, -step) for step in range(1, 5)}
    assert dark(pixels, 90, 45, 4) == {(0, -step) for step in range(1, 5)}
    assert dark(pixels, 90, 0) == set()


def test_rays_pass_between_pixels(pixels: Sampled) -> None:
    # Two columns to the east for a row to the south: half way between rows it sees half of the tower.
    azimuth = 90 + math.degrees(math.atan2(1, 2))
    found = dark(pixels, azimuth, 45)
    assert {(-step, -2 * step) for step in range(1, 5)} <= found
    # In the first step of (1, 0.5) the ray is at half of the tower's height, 50 m, 11.2 m away.
    assert {(0, -1), (-1, -1)} <= found
    # Half a tower shades as far as 50 m: 4 steps of 11.2 m, and not the fifth.
    assert (-2, -5) not in found
    assert (-1, -3) in found


def test_shadows_are_the_same_in_all_windows(pixels: Sampled) -> None:
    image = ee.Terrain.hillShadow(ee.Image("T/heights"), 123, 60, 7, True)
    whole = pixels(image, GRID)["shadow"]
    assert set(np.unique(whole.compressed())) == {0, 1}
    np.testing.assert_array_equal(np.ma.getmaskarray(whole), ~VALID)
    tile = pixels(image, part(11, 8, 9, 12))["shadow"]
    np.testing.assert_array_equal(tile.filled(9), whole[8:20, 11:20].filled(9))
    same = pixels(ee.Algorithms.HillShadow(ee.Image("T/heights"), 123, 60, 7), GRID)["shadow"]
    np.testing.assert_array_equal(same.filled(9), whole.filled(9))


def drained(values: Array, valid: Array, border: int | None) -> Array:
    """Lower everything until each pixel is the highest of itself and its lowest neighbour."""
    rim = np.pad(values, 1).astype(float)
    there = np.pad(valid, 1)
    level = np.where(there, np.inf, -np.inf if border is None else border)
    while True:
        near = np.lib.stride_tricks.sliding_window_view(level, (3, 3)).min(axis=(2, 3))
        lower = np.where(valid, np.maximum(rim[1:-1, 1:-1], near), level[1:-1, 1:-1])
        if np.array_equal(lower, level[1:-1, 1:-1]):
            return lower
        level[1:-1, 1:-1] = lower


@pytest.mark.parametrize("border", [None, 25])
def test_hollows_fill_to_where_they_overflow(pixels: Sampled, border: int | None) -> None:
    image = ee.Terrain.fillMinima(ee.Image("T/heights"), border, 50)
    found = pixels(image, GRID)["z"]
    expected = drained(HEIGHTS, VALID, border)
    np.testing.assert_array_equal(np.ma.getmaskarray(found), ~VALID)
    np.testing.assert_array_equal(found.compressed(), expected[VALID])
    assert (expected[VALID] > HEIGHTS[VALID]).sum() > 20


def test_hollows_are_the_same_in_all_windows(pixels: Sampled) -> None:
    image = ee.Terrain.fillMinima(ee.Image("T/heights"), None, 3)
    whole = pixels(image, GRID)["z"]
    for left, top, width, height in ((0, 0, 12, 13), (5, 6, 10, 20), (20, 20, 7, 6)):
        tile = pixels(image, part(left, top, width, height))["z"]
        np.testing.assert_array_equal(tile.filled(-1), whole[top : top + height, left : left + width].filled(-1))


def dijkstra(costs: Array, free: Array, starts: Array) -> Array:
    found = np.full(SIZE, np.inf)
    heap = [(0.0, int(row), int(col)) for row, col in zip(*np.nonzero(starts & free), strict=True)]
    while heap:
        cost, row, col = heapq.heappop(heap)
        if cost >= found[row, col]:
            continue
        found[row, col] = cost
        for down, across in [(r, c) for r in (-1, 0, 1) for c in (-1, 0, 1) if r or c]:
            there = row + down, col + across
            if 0 <= there[0] < SIZE[0] and 0 <= there[1] < SIZE[1] and free[there]:
                price = math.hypot(down, across) * STEP * (costs[row, col] + costs[there]) / 2
                heapq.heappush(heap, (cost + price, *there))
    return found


def test_cheapest_paths(pixels: Sampled) -> None:
    found = pixels(ee.Image("T/costs").cumulativeCost(ee.Image("T/sources"), 1000, False), GRID)["cumulative_cost"]
    expected = dijkstra(COSTS, OPEN, SOURCES > 0)
    np.testing.assert_array_equal(np.ma.getmaskarray(found), np.isinf(expected))
    np.testing.assert_allclose(found.compressed(), expected[np.isfinite(expected)], rtol=1e-12)


def test_paths_of_few_steps_are_the_same_in_all_windows(pixels: Sampled) -> None:
    image = ee.Image("T/costs").cumulativeCost(ee.Image("T/sources"), 45, False)
    whole = pixels(image, GRID)["cumulative_cost"]
    # Four steps of ten metres, by as many rounds in which each pixel asks its neighbours.
    known = np.pad(np.where((SOURCES > 0) & OPEN, 0.0, np.inf), 1, constant_values=np.inf)
    price = np.pad(np.where(OPEN, COSTS, np.inf), 1, constant_values=np.inf)
    for _ in range(4):
        before = known.copy()
        for row, col in np.ndindex(SIZE):
            at = row + 1, col + 1
            for down, across in [(r, c) for r in (-1, 0, 1) for c in (-1, 0, 1) if r or c]:
                there = at[0] + down, at[1] + across
                paid = before[there] + math.hypot(down, across) * STEP * (price[at] + price[there]) / 2
                known[at] = min(known[at], paid)
    expected = known[1:-1, 1:-1]
    np.testing.assert_array_equal(np.ma.getmaskarray(whole), np.isinf(expected))
    np.testing.assert_allclose(whole.compressed(), expected[np.isfinite(expected)], rtol=1e-12)
    tile = pixels(image, part(6, 9, 20, 11))["cumulative_cost"]
    np.testing.assert_array_equal(tile.filled(-1), whole[9:20, 6:26].filled(-1))


def test_further_costs_decide_between_equal_paths(pixels: Sampled) -> None:
    found = pixels(ee.Image("T/two").cumulativeCost(ee.Image("T/sources"), 1000, False), GRID)
    nearest = dijkstra(np.ones(SIZE), np.ones(SIZE, bool), SOURCES > 0)
    np.testing.assert_allclose(found["cumulative_cost"], nearest, rtol=1e-12)
    # A cost so small that it decides only between equals. What is equal is up to the last bits of the sums, so that
    # here and there another of two paths is found.
    both = dijkstra(1 + COSTS / 2**20, np.ones(SIZE, bool), SOURCES > 0)
    close = np.isclose(found["cumulative_cost_1"], (both - nearest) * 2**20, rtol=1e-6)
    assert close.mean() > 0.6
    assert (found["cumulative_cost_1"] >= (both - nearest) * 2**20 - 1e-3).all()


def test_steps_on_the_sphere(pixels: Sampled) -> None:
    west = ee.Image.pixelLonLat().select("longitude").lt(10.01)
    found = pixels(ee.Image(1).cumulativeCost(west, 5000), DEGREES)["cumulative_cost"]
    # A hundredth of a degree along the parallel of each row; a great circle is shorter by next to nothing.
    for row in range(6):
        latitude = math.radians(60 - 0.01 * (row + 0.5))
        step = 6378137 * math.radians(0.01) * math.cos(latitude)
        np.testing.assert_allclose(found[row, :5], step * np.arange(5), rtol=1e-6)
    assert np.ma.getmaskarray(found)[:, 5:].all()


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (lambda image: ee.Terrain.hillShadow(image, 10, 20, -1), "'neighborhoodSize' must be between 0 and 2048"),
        (lambda image: ee.Terrain.hillShadow(image.addBands(image), 10, 20), "must have one band, and it has 2"),
        (lambda image: ee.Terrain.fillMinima(image.toFloat()), r"Terrain\.fillMinima: The values must be integers"),
        (lambda image: ee.Terrain.fillMinima(image, 10**6), "border value 1000000 is not one"),
        (lambda image: image.cumulativeCost(image, -1), "must not be negative"),
        (lambda image: image.cumulativeCost(image.addBands(image), 9), "The source must have one band"),
        (lambda image: image.cumulativeCost(image, 1e9), "memory limit"),
    ],
)
def test_what_is_refused(pixels: Sampled, image: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(EarthError, match=message):
        pixels(image(ee.Image("T/heights")), GRID)
