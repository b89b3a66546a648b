"""Spectral distances and morphology by hand and by loops over pixels."""

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

RNG = np.random.default_rng(13)
SIZE = (8, 9)
GRID = PixelGrid("EPSG:32631", (1.0, 0.0, 4e5, 0.0, -1.0, 5e6), SIZE[1], SIZE[0])
SPECTRA = RNG.integers(1, 100, (3, *SIZE)).astype(np.uint8)
VALID = RNG.random(SIZE) > 0.15


@pytest.fixture
def catalogue() -> MemoryCatalogue:
    return MemoryCatalogue(
        GRID, {"T/s": {name: np.ma.MaskedArray(SPECTRA[at], ~VALID) for at, name in enumerate("abc")}}
    )


def angle(one: Array, other: Array) -> float:
    lengths = math.hypot(*one.tolist()) * math.hypot(*other.tolist())
    return math.acos(min(float(np.dot(one.astype(float), other.astype(float))) / lengths, 1))


def divergence(one: Array, other: Array) -> float:
    p, q = one / one.sum(), other / other.sum()
    return float(sum(a * math.log(a / b) + b * math.log(b / a) for a, b in zip(p, q, strict=True)))


def squares(one: Array, other: Array) -> float:
    return float(sum((float(a) - float(b)) ** 2 for a, b in zip(one, other, strict=True)))


def movement(one: Array, other: Array) -> float:
    carried, total = 0.0, 0.0
    for a, b in zip(one, other, strict=True):
        carried += float(a) - float(b)
        total += abs(carried)
    return total


METRICS: dict[str, Callable[[Array, Array], float]] = {
    "sam": angle,
    "sid": divergence,
    "sed": squares,
    "emd": movement,
}


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("sam", math.pi / 4),
        ("sed", 1),
        # (1, 0) becomes (1/2, 1/2) by moving all that there is too much of in the first band, and is left with one.
        ("emd", 1),
        ("sid", None),
    ],
)
def test_distances_by_hand(pixels: Sampled, metric: str, expected: float | None) -> None:
    image = ee.Image([1, 0]).spectralDistance(ee.Image([1, 1]), metric)
    found = pixels(image, GRID)
    assert list(found) == ["distance"]
    # Without light in a band there is no divergence.
    if expected is None:
        assert found["distance"][0, 0] is np.ma.masked
    else:
        assert found["distance"][0, 0] == pytest.approx(expected)


@pytest.mark.parametrize("metric", METRICS)
def test_distances_between_bands_and_between_arrays(pixels: Sampled, metric: str) -> None:
    image = ee.Image("T/s")
    turned = image.select(["c", "a", "b"])
    found = pixels(image.spectralDistance(turned, metric), GRID)["distance"]
    np.testing.assert_array_equal(np.ma.getmaskarray(found), ~VALID)
    for row, col in zip(*np.nonzero(VALID), strict=True):
        one = SPECTRA[:, row, col]
        assert found[row, col] == pytest.approx(METRICS[metric](one, one[[2, 0, 1]]), abs=1e-9)
    arrays = pixels(image.toArray().spectralDistance(turned.toArray(), metric), GRID)["distance"]
    np.testing.assert_allclose(arrays.filled(-1), found.filled(-1), atol=1e-9)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("centroid", [False, True])
def test_the_nearest_and_the_farthest_under_a_kernel(pixels: Sampled, metric: str, centroid: bool) -> None:
    image = ee.Image("T/s")
    eroded = pixels(image.spectralErosion(metric, None, centroid), GRID)
    dilated = pixels(image.spectralDilation(metric, None, centroid), GRID)
    steep = pixels(image.spectralGradient(metric, None, centroid), GRID)["gradient"]
    assert list(eroded) == list(dilated) == ["a", "b", "c"]
    for row, col in zip(*np.nonzero(VALID), strict=True):
        near = [
            SPECTRA[:, r, c]
            for r in range(max(row - 1, 0), min(row + 2, SIZE[0]))
            for c in range(max(col - 1, 0), min(col + 2, SIZE[1]))
            if VALID[r, c]
        ]
        middle = np.mean(near, axis=0) if centroid else SPECTRA[:, row, col]
        found = sorted(near, key=lambda one: METRICS[metric](middle, one))
        least, most = (np.array([int(bands[name][row, col]) for name in "abc"]) for bands in (eroded, dilated))
        assert METRICS[metric](middle, least) == pytest.approx(METRICS[metric](middle, found[0]), abs=1e-6)
        assert METRICS[metric](middle, most) == pytest.approx(METRICS[metric](middle, found[-1]), abs=1e-6)
        assert any(np.array_equal(least, one) for one in near)
        assert steep[row, col] == pytest.approx(METRICS[metric](least, most), abs=1e-6)
    np.testing.assert_array_equal(np.ma.getmaskarray(steep), ~VALID)
    tile = pixels(
        image.spectralDilation(metric, None, centroid), PixelGrid(GRID.crs, (1, 0, 4e5 + 3, 0, -1, 5e6 - 2), 4, 3)
    )
    np.testing.assert_array_equal(tile["b"].filled(0), dilated["b"][2:5, 3:7].filled(0))


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (lambda image: image.spectralDistance(image, "far"), "Unknown metric 'far'"),
        (lambda image: image.spectralDistance(image.select("a")), "same number of bands; got 3 and 1"),
        (lambda image: image.toArray().spectralDistance(image.select(["a", "b"]).toArray()), "the same length"),
        (lambda image: image.toArray().spectralGradient(), "bands of numbers, not of arrays"),
    ],
)
def test_what_is_refused(pixels: Sampled, image: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(EarthError, match=message):
        pixels(image(ee.Image("T/s")), GRID)
