"""Displacements against fields whose values are known anywhere, correlations against NumPy's."""

from __future__ import annotations

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

RNG = np.random.default_rng(37)
SIZE = (16, 18)
GRID = PixelGrid("EPSG:3857", (10.0, 0.0, 1000.0, 0.0, -10.0, 2000.0), SIZE[1], SIZE[0])
ROW, COL = np.indices(SIZE)
SLOPE = (3.0 * COL - 2.0 * ROW).astype(np.float64)
NOISE = RNG.integers(0, 255, (2, *SIZE)).astype(np.uint8)
MOVED = np.roll(NOISE, (2, -1), (1, 2))
VALID = RNG.random(SIZE) > 0.03
WAVE_X, WAVE_Y = 12 * np.sin(ROW / 3), 9 * np.cos(COL / 4)
INNER = np.s_[4:-4, 4:-4]


@pytest.fixture
def catalogue() -> MemoryCatalogue:
    assets: dict[str, dict[str, Any]] = {
        "T/slope": {"z": SLOPE},
        "T/noise": {"a": NOISE[0], "b": np.ma.MaskedArray(NOISE[1], ~VALID)},
        "T/wave": {"dx": WAVE_X, "dy": WAVE_Y},
        "T/moved": {"a": MOVED[0], "b": MOVED[1]},
        "T/full": {"a": NOISE[0], "b": NOISE[1]},
    }
    return MemoryCatalogue(GRID, assets)


def here(*values: float) -> Any:
    """A displacement that is the same everywhere, in the metres of the images' projection."""
    return ee.Image(list(values)).reproject(GRID.crs, list(GRID.transform))


def test_a_pixel_comes_from_where_the_displacement_points_to(pixels: Sampled) -> None:
    found = pixels(ee.Image("T/noise").displace(here(20, -30), "nearest_neighbor"), GRID)
    # 20 m to the east are two columns, 30 m to the south three rows.
    np.testing.assert_array_equal(found["a"][:-3, :-2], NOISE[0][3:, 2:])
    np.testing.assert_array_equal(np.ma.getmaskarray(found["b"])[:-3, :-2], ~VALID[3:, 2:])
    assert np.ma.getmaskarray(found["a"])[-3:].all()
    assert np.ma.getmaskarray(found["a"])[:, -2:].all()
    assert found["a"].dtype == np.uint8


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_a_slope_is_known_anywhere(pixels: Sampled, mode: str) -> None:
    found = pixels(ee.Image("T/slope").displace(ee.Image("T/wave"), mode, 20), GRID)["z"]
    expected = 3 * (COL + WAVE_X / 10) - 2 * (ROW - WAVE_Y / 10)
    np.testing.assert_allclose(found[INNER], expected[INNER], atol=1e-9)
    tile = pixels(
        ee.Image("T/slope").displace(ee.Image("T/wave"), mode),
        PixelGrid(GRID.crs, (10.0, 0.0, 1050.0, 0.0, -10.0, 1940.0), 5, 6),
    )["z"]
    np.testing.assert_allclose(tile, found[6:12, 5:10], atol=1e-9)


def test_metres_of_the_displacements_projection(pixels: Sampled) -> None:
    # A displacement without a place lies on degrees, of 111319.49 m each, which at the equator are those of Mercator.
    near = PixelGrid(GRID.crs, (10.0, 0.0, 1040.0, 0.0, -10.0, 1960.0), 8, 8)
    found = pixels(ee.Image("T/slope").displace(ee.Image([15, 5]), "bilinear"), near)["z"]
    expected = 3 * (COL + 1.5) - 2 * (ROW - 0.5)
    np.testing.assert_allclose(found, expected[4:12, 4:12], atol=1e-5)


def test_what_the_displacement_does_not_tell_is_masked(pixels: Sampled) -> None:
    holes = ee.Image("T/wave").updateMask(ee.Image("T/slope").gt(0))
    found = pixels(ee.Image("T/slope").displace(holes, "bilinear"), GRID)["z"]
    assert np.ma.getmaskarray(found)[SLOPE <= 0].all()
    assert not np.ma.getmaskarray(found)[INNER][SLOPE[INNER] > 0].any()


def correlation(row: int, col: int, down: int, across: int, window: int) -> float | None:
    """The coefficient of two windows of both bands, or None where a pixel is missing."""
    half = window // 2
    first, second = [], []
    for r in range(-half, window - half):
        for c in range(-half, window - half):
            one, other = (row + r, col + c), (row + down + r, col + across + c)
            if not all(0 <= at[0] < SIZE[0] and 0 <= at[1] < SIZE[1] for at in (one, other)) or not VALID[one]:
                return None
            first += [float(NOISE[0][one]), float(NOISE[1][one])]
            second += [float(MOVED[0][other]), float(MOVED[1][other])]
    return float(np.corrcoef(first, second)[0, 1])


@pytest.mark.parametrize("window", [3, 4])
def test_the_best_correlated_pixel_is_found(pixels: Sampled, window: int) -> None:
    image = ee.Algorithms.CrossCorrelation(ee.Image("T/noise"), ee.Image("T/moved"), 2, window)
    found = pixels(image, GRID)
    assert list(found) == ["deltaX", "deltaY", "distance", "correlationCoeff"]
    exact = 0
    for row, col in np.ndindex(SIZE):
        scores = {
            (across, down): correlation(row, col, down, across, window)
            for down in range(-2, 3)
            for across in range(-2, 3)
        }
        values = [score for score in scores.values() if score is not None]
        if len(values) < len(scores):
            assert found["deltaX"][row, col] is np.ma.masked
            continue
        place = int(found["deltaX"][row, col]), int(found["deltaY"][row, col])
        assert found["correlationCoeff"][row, col] == pytest.approx(max(values), abs=1e-9)
        assert scores[place] == pytest.approx(max(values), abs=1e-9)
        assert found["distance"][row, col] == math.hypot(*place)
        exact += place == (-1, 2)
    assert exact > 20
    tile = pixels(image, PixelGrid(GRID.crs, (10.0, 0.0, 1050.0, 0.0, -10.0, 1940.0), 7, 6))
    for name, band in tile.items():
        np.testing.assert_array_equal(band.filled(-9), found[name][6:12, 5:12].filled(-9))


def test_some_masked_pixels_may_be_allowed(pixels: Sampled) -> None:
    strict = ee.Algorithms.CrossCorrelation(ee.Image("T/noise"), ee.Image("T/full"), 0, 5)
    mild = ee.Algorithms.CrossCorrelation(ee.Image("T/noise"), ee.Image("T/full"), 0, 5, 0.2)
    missing = np.lib.stride_tricks.sliding_window_view(np.pad(~VALID, 2, constant_values=True), (5, 5)).sum((2, 3))
    for image, most in ((strict, 0), (mild, 5)):
        found = pixels(image, GRID)["correlationCoeff"]
        np.testing.assert_array_equal(np.ma.getmaskarray(found), missing > most)
        np.testing.assert_allclose(found.compressed(), 1)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (lambda image: image.displace(image, "cubic"), "Unknown mode 'cubic'"),
        (lambda image: image.displace(image.select("a")), "needs two bands, and it has 1"),
        (lambda image: image.displace(image, "bilinear", -1), "'maxOffset' must not be negative"),
        (lambda image: ee.Algorithms.CrossCorrelation(image, image.select("a"), 1, 1), "got 2 and 1"),
        (lambda image: ee.Algorithms.CrossCorrelation(image, image, 500, 1), "At most 128 pixels"),
        (lambda image: ee.Algorithms.CrossCorrelation(image, image, 5, 1, 2), "'maxMaskedFrac' must be between"),
    ],
)
def test_what_is_refused(pixels: Sampled, image: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(EarthError, match=message):
        pixels(image(ee.Image("T/noise")), GRID)
