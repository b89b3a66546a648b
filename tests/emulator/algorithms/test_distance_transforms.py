"""Distance transforms against a search over all pairs of pixels."""

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

RNG = np.random.default_rng(5)
SIZE = (12, 14)
TARGETS = (RNG.random(SIZE) > 0.96).astype(np.uint8)
VALID = RNG.random(SIZE) > 0.3
LABELS = RNG.integers(1, 200, SIZE).astype(np.uint8)
GRID = PixelGrid("EPSG:32631", (10.0, 0.0, 4e5, 0.0, -10.0, 5e6), SIZE[1], SIZE[0])


@pytest.fixture
def catalogue() -> MemoryCatalogue:
    assets: dict[str, dict[str, Any]] = {
        "T/all": {"t": TARGETS},
        "T/some": {"t": np.ma.MaskedArray(TARGETS, ~VALID), "l": LABELS},
        "T/none": {"t": np.zeros(SIZE, np.uint8)},
    }
    return MemoryCatalogue(GRID, assets)


def search(targets: Array, reach: int, measure: Callable[[float, float], float]) -> Array:
    found = np.full(SIZE, np.inf)
    for row, col in np.ndindex(SIZE):
        for r, c in zip(*np.nonzero(targets), strict=True):
            if abs(r - row) <= reach and abs(c - col) <= reach:
                found[row, col] = min(found[row, col], measure(float(c - col), float(r - row)))
    return found


MEASURES: dict[str, Callable[[float, float], float]] = {
    "squared_euclidean": lambda x, y: x * x + y * y,
    "manhattan": lambda x, y: abs(x) + abs(y),
    "chebyshev": lambda x, y: max(abs(x), abs(y)),
}


@pytest.mark.parametrize("metric", MEASURES)
@pytest.mark.parametrize("reach", [2, 5, 30])
def test_the_nearest_target_counts(pixels: Sampled, metric: str, reach: int) -> None:
    found = pixels(ee.Image("T/all").fastDistanceTransform(reach, "pixels", metric), GRID)["distance"]
    expected = search(TARGETS, reach, MEASURES[metric])
    expected[np.isinf(expected)] = MEASURES[metric](reach + 1.0, 0.0)
    np.testing.assert_array_equal(found, expected)


def test_masked_targets_are_none_and_masked_pixels_have_distances(pixels: Sampled) -> None:
    found = pixels(ee.Image("T/some").select("t").fastDistanceTransform(40), GRID)["distance"]
    assert not np.ma.getmaskarray(found).any()
    np.testing.assert_array_equal(found, search(TARGETS * VALID, 40, MEASURES["squared_euclidean"]))


@pytest.mark.parametrize("kind", ["euclidean", "manhattan", "chebyshev"])
def test_distances_under_a_kernel(pixels: Sampled, kind: str) -> None:
    measure = math.hypot if kind == "euclidean" else MEASURES[kind]
    kernel = getattr(ee.Kernel, kind)
    expected = search(TARGETS * VALID, 3, measure)
    image = ee.Image("T/some").select("t")
    found = pixels(image.distance(kernel(3), False), GRID)["t"]
    np.testing.assert_array_equal(np.ma.getmaskarray(found), np.isinf(expected))
    np.testing.assert_allclose(found.compressed(), expected[np.isfinite(expected)])
    metres = pixels(image.distance(kernel(35, "meters")), GRID)["t"]
    np.testing.assert_array_equal(np.ma.getmaskarray(metres), np.isinf(expected) | ~VALID)
    np.testing.assert_allclose(metres.compressed(), 10 * expected[np.isfinite(expected) & VALID])


def test_a_search_to_the_east_and_to_the_north(pixels: Sampled) -> None:
    image = ee.Image("T/all")
    for angle, (across, down) in {0: (1, 0), 90: (0, -1), 180: (-1, 0), -90: (0, 1), 45: (1, -1)}.items():
        found = pixels(image.directionalDistanceTransform(angle, 6), GRID)["distance"]
        length = math.hypot(across, down)
        for row, col in np.ndindex(SIZE):
            steps = [
                step
                for step in range(1, 7)
                if step * length <= 6
                and 0 <= row + step * down < SIZE[0]
                and 0 <= col + step * across < SIZE[1]
                and TARGETS[row + step * down, col + step * across]
            ]
            if steps and not TARGETS[row, col]:
                assert found[row, col] == pytest.approx(length * steps[0])
            else:
                assert np.ma.getmaskarray(found)[row, col]


def test_other_bands_are_carried_along(pixels: Sampled) -> None:
    image = ee.Image("T/all").addBands(ee.Image("T/some").select("l"))
    found = pixels(image.directionalDistanceTransform(0, 20, "t"), GRID)
    assert list(found) == ["distance", "l"]
    known = ~np.ma.getmaskarray(found["distance"])
    rows, cols = np.nonzero(known)
    assert rows.size
    np.testing.assert_array_equal(
        found["l"][known], LABELS[rows, cols + np.asarray(found["distance"][known]).astype(int)]
    )


def test_nothing_to_find(pixels: Sampled) -> None:
    found = pixels(ee.Image("T/none").fastDistanceTransform(3), GRID)["distance"]
    assert np.unique(found).tolist() == [16]
    assert np.ma.getmaskarray(pixels(ee.Image("T/none").distance(ee.Kernel.euclidean(3)), GRID)["t"]).all()


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (lambda image: image.fastDistanceTransform(0), "between 1 and 10000"),
        (lambda image: image.fastDistanceTransform(5, "meters"), "Only 'pixels'"),
        (lambda image: image.fastDistanceTransform(5, "pixels", "euclidean"), "Unknown metric 'euclidean'"),
        (lambda image: image.distance(ee.Kernel.circle(3)), "one of euclidean, manhattan, chebyshev"),
        (lambda image: image.addBands(image).directionalDistanceTransform(0, 5), "must have one band"),
    ],
)
def test_what_is_refused(pixels: Sampled, image: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(EarthError, match=message):
        pixels(image(ee.Image("T/all")), GRID)


def test_parabolas_over_the_pixels(pixels: Sampled) -> None:
    image = ee.Image("T/some").select("l").multiply(ee.Image("T/all"))
    values = np.where(TARGETS > 0, LABELS, 0)
    for reach in (3, 30):
        expected = np.zeros(SIZE)
        for row, col in np.ndindex(SIZE):
            for r, c in zip(*np.nonzero(values), strict=True):
                if abs(r - row) <= reach and abs(c - col) <= reach:
                    height = int(values[r, c]) - (r - row) ** 2 - (c - col) ** 2
                    expected[row, col] = max(expected[row, col], height)
        found = pixels(image.rsedTransform(reach), GRID)["l"]
        np.testing.assert_array_equal(found, expected)
