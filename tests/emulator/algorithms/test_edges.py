"""Edges and lines against the pixels that their definitions name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest

from tests.emulator.memory_catalogue import MemoryCatalogue
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.pixels import hough
from xee_lite.emulator.types import PixelGrid

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Sampled

RNG = np.random.default_rng(7)
SIZE = (40, 44)
GRID = PixelGrid("EPSG:32631", (10.0, 0.0, 4e5, 0.0, -10.0, 5e6), SIZE[1], SIZE[0])
NOISE = RNG.integers(-2, 3, SIZE).astype(np.int8)
VALID = RNG.random(SIZE) > 0.1

STEPPED = np.where(np.arange(SIZE[1]) < 20, 3.0, 5.0) * np.ones(SIZE)
AROUND = np.indices(SIZE) - np.array([20, 22]).reshape(2, 1, 1)
LINE = np.zeros(SIZE, np.uint8)
LINE[11, 3:40] = 200
LINE[30, 5] = 200
LINE[2, 2] = 7


def part(left: int, top: int, width: int, height: int) -> PixelGrid:
    return PixelGrid(GRID.crs, (10.0, 0.0, 4e5 + 10 * left, 0.0, -10.0, 5e6 - 10 * top), width, height)


@pytest.fixture
def catalogue() -> MemoryCatalogue:
    assets: dict[str, dict[str, Any]] = {
        "T/noise": {"n": np.ma.MaskedArray(NOISE, ~VALID)},
        "T/step": {"s": STEPPED},
        "T/disc": {"d": np.hypot(*AROUND) < 12},
        "T/line": {"l": np.ma.MaskedArray(LINE, LINE == 7)},
    }
    return MemoryCatalogue(GRID, assets)


def test_signs_change_to_the_right_and_below(pixels: Sampled) -> None:
    found = pixels(ee.Image("T/noise").zeroCrossing(), GRID)["n"]
    np.testing.assert_array_equal(np.ma.getmaskarray(found), ~VALID)
    seen = {True: 0, False: 0}
    for row, col in zip(*np.nonzero(VALID), strict=True):
        near = [(row, col + 1), (row + 1, col), (row + 1, col + 1)]
        values = [int(NOISE[at]) for at in near if at[0] < SIZE[0] and at[1] < SIZE[1] and VALID[at]]
        expected = any(int(NOISE[row, col]) * value < 0 for value in values)
        assert found[row, col] == expected
        seen[expected] += 1
    assert min(seen.values()) > 100
    tile = pixels(ee.Image("T/noise").zeroCrossing(), part(9, 4, 12, 11))["n"]
    np.testing.assert_array_equal(tile.filled(9), found[4:15, 9:21].filled(9))


def test_a_step_is_an_edge_of_one_pixel(pixels: Sampled) -> None:
    found = pixels(ee.Algorithms.CannyEdgeDetector(ee.Image("T/step"), 1, 0), GRID)["s"]
    rows, cols = np.nonzero(found)
    assert set(cols.tolist()) == {20}
    # Beside the edges of the image there are no nine pixels.
    assert set(rows.tolist()) == set(range(1, SIZE[0] - 1))
    # Sobel's weights sum to 4, and the step is 2.
    assert set(found[rows, cols].tolist()) == {8.0}
    assert not pixels(ee.Algorithms.CannyEdgeDetector(ee.Image("T/step"), 8, 0), GRID)["s"].any()


def test_smoothing_lowers_the_gradient_of_a_step(pixels: Sampled) -> None:
    found = pixels(ee.Algorithms.CannyEdgeDetector(ee.Image("T/step"), 0.01, 1.5), GRID)["s"][20]
    (col,) = np.flatnonzero(found).tolist()
    # The two pixels beside the step have equal gradients, but for rounding.
    assert col in {19, 20}
    weights = np.exp(-((np.arange(-5, 6) / 1.5) ** 2) / 2)
    smooth = np.convolve(np.where(np.arange(60) < 28, 3.0, 5.0), weights / weights.sum(), "valid")
    assert found[col] == pytest.approx(4 * np.max(smooth[2:] - smooth[:-2]), rel=1e-12)


def test_a_disc_has_a_thin_rim_of_the_right_radius(pixels: Sampled) -> None:
    image = ee.Algorithms.CannyEdgeDetector(ee.Image("T/disc"), 0.5, 1)
    found = pixels(image, GRID)["d"]
    edge = np.asarray(found) > 0
    radius = np.hypot(*AROUND)[edge]
    assert np.abs(radius - 12).max() < 1.6
    # Eight sectors all around, and no more pixels than two for each of the rim.
    angle = np.arctan2(*AROUND)[edge]
    assert np.histogram(angle, 16, (-np.pi, np.pi))[0].min() > 2
    assert edge.sum() < 2 * 2 * np.pi * 12
    tile = pixels(image, part(13, 7, 14, 16))["d"]
    np.testing.assert_array_equal(tile, found[7:23, 13:27])


def test_lines_go_through_their_points(pixels: Sampled) -> None:
    lines = ee.Algorithms.HoughTransform(ee.Image("T/line"), 512, 64, 36, False)
    found = pixels(lines, GRID)
    assert list(found) == ["l_lines"]
    # 37 points on one row vote for it; no other line has 36 of them.
    expected = np.zeros(SIZE)
    expected[11] = 1
    seen = found["l_lines"].filled(0)
    np.testing.assert_array_equal(seen, expected)
    assert np.ma.getmaskarray(found["l_lines"])[2, 2]
    tile = pixels(lines, part(10, 5, 8, 9))["l_lines"]
    np.testing.assert_array_equal(tile, found["l_lines"][5:14, 10:18])
    # A peak of 37 between next to nothing has a quarter of it left.
    smoothed = ee.Algorithms.HoughTransform(ee.Image("T/line"), 512, 64, 36, True)
    assert not pixels(smoothed, GRID)["l_lines"].any()
    assert not pixels(ee.Algorithms.HoughTransform(ee.Image("T/line"), 512, 201, 1, False), GRID)["l_lines"].any()


@pytest.mark.parametrize("angle", [0, 37, 90, 143])
def test_points_at_an_angle_vote_for_the_line_through_them(angle: int) -> None:
    radians = np.radians(angle)
    rows, cols = np.indices((65, 65)) - 32
    distance = np.abs(cols * np.cos(radians) + rows * np.sin(radians) - 5)
    found = hough.draw_lines(distance < 0.4, 30, smooth=False)
    assert found[distance < 0.4].all()
    assert not found[distance > 12].any()
    assert hough.draw_lines(distance < 0.4, 500, smooth=False).sum() == 0


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (lambda image: ee.Algorithms.CannyEdgeDetector(image, 1, -1), "'sigma' must be between 0 and 100"),
        (lambda image: ee.Algorithms.HoughTransform(image, 0), "'gridSize' must be between 1 and 2048"),
        (lambda image: ee.Algorithms.HoughTransform(image, 256, 1, 0), "'lineThreshold' must be positive"),
    ],
)
def test_what_is_refused(pixels: Sampled, image: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(EarthError, match=message):
        pixels(image(ee.Image("T/step")), GRID)
