"""Textures against matrices of grey levels that are counted and summed as the papers say."""

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

RNG = np.random.default_rng(3)
SIZE = (9, 10)
GRID = PixelGrid("EPSG:32631", (1.0, 0.0, 4e5, 0.0, -1.0, 5e6), SIZE[1], SIZE[0])
LEVELS = 6
GREY = RNG.integers(0, LEVELS, SIZE).astype(np.uint8)
GREY[:4, :5] = 2
VALID = RNG.random(SIZE) > 0.15
DIRECTIONS = [(-1, -1), (0, -1), (1, -1), (-1, 0)]


@pytest.fixture
def catalogue() -> MemoryCatalogue:
    assets: dict[str, dict[str, Any]] = {
        "T/grey": {"N": np.ma.MaskedArray(GREY, ~VALID)},
        "T/plain": {"N": GREY, "M": GREY.astype(np.int16) - 900},
        "T/hand": {"N": np.array([[0, 0, 1], [0, 0, 1], [0, 2, 2]], np.uint8)},
    }
    return MemoryCatalogue(GRID, assets)


def matrix(row: int, col: int, size: int, offset: tuple[int, int]) -> Array | None:
    """Probabilities of pairs of levels in a window, in both orders."""
    counts = np.zeros((LEVELS, LEVELS))
    for r in range(row - size, row + size + 1):
        for c in range(col - size, col + size + 1):
            there = r + offset[1], c + offset[0]
            inside = abs(there[0] - row) <= size and abs(there[1] - col) <= size
            if inside and all(0 <= at[0] < SIZE[0] and 0 <= at[1] < SIZE[1] and VALID[at] for at in ((r, c), there)):
                counts[GREY[r, c], GREY[there]] += 1
                counts[GREY[there], GREY[r, c]] += 1
    return counts / counts.sum() if counts.any() else None


def entropy(p: Array) -> float:
    return -sum(float(one) * math.log(one) for one in p.ravel() if one > 0)


def haralick(p: Array) -> dict[str, float]:
    i, j = np.indices(p.shape)
    rows = p.sum(axis=1)
    mean = float((i * p).sum())
    deviation = math.sqrt(((i - mean) ** 2 * p).sum())
    sums = np.array([p[i + j == k].sum() for k in range(2 * LEVELS - 1)])
    gaps = np.array([p[abs(i - j) == k].sum() for k in range(LEVELS)])
    k, n = np.arange(2 * LEVELS - 1), np.arange(LEVELS)
    outer = np.outer(rows, rows)
    crossed = -sum(float(p[at] * math.log(outer[at])) for at in np.ndindex(p.shape) if p[at] > 0)
    independent = entropy(outer)
    single = entropy(rows)
    return {
        "asm": (p**2).sum(),
        "contrast": (n**2 * gaps).sum(),
        "corr": ((i * j * p).sum() - mean**2) / deviation**2 if deviation > 1e-9 else 0,
        "var": ((i - mean) ** 2 * p).sum(),
        "idm": (p / (1 + (i - j) ** 2)).sum(),
        "savg": (k * sums).sum(),
        "svar": ((k - (k * sums).sum()) ** 2 * sums).sum(),
        "sent": entropy(sums),
        "ent": entropy(p),
        "dvar": ((n - (n * gaps).sum()) ** 2 * gaps).sum(),
        "dent": entropy(gaps),
        "imcorr1": (entropy(p) - crossed) / single if single > 1e-9 else 0,
        "imcorr2": math.sqrt(max(1 - math.exp(-2 * (independent - entropy(p))), 0)),
        "maxcorr": 0,
        "diss": (n * gaps).sum(),
        "inertia": ((i - j) ** 2 * p).sum(),
        "shade": ((i + j - 2 * mean) ** 3 * p).sum(),
        "prom": ((i + j - 2 * mean) ** 4 * p).sum(),
    }


@pytest.mark.parametrize("size", [1, 2])
def test_measures_are_those_of_the_matrices(pixels: Sampled, size: int) -> None:
    found = pixels(ee.Image("T/grey").glcmTexture(size, None, False), GRID)
    averaged = pixels(ee.Image("T/grey").glcmTexture(size), GRID)
    assert len(found) == 72
    assert list(averaged)[:4] == ["N_asm", "N_contrast", "N_corr", "N_var"]
    for row, col in np.ndindex(SIZE):
        matrices = {offset: matrix(row, col, size, offset) for offset in DIRECTIONS}
        expected = {offset: haralick(p) for offset, p in matrices.items() if p is not None}
        for number, name in enumerate(averaged):
            measure = name.removeprefix("N_")
            for x, y in DIRECTIONS:
                value = found[f"{name}_{x}_{y}"][row, col]
                if (x, y) in expected:
                    assert value == pytest.approx(float(expected[x, y][measure]), abs=2e-7), (measure, row, col)
                else:
                    assert value is np.ma.masked
            mean = np.mean([one[measure] for one in expected.values()])
            assert averaged[name][row, col] == pytest.approx(float(mean), abs=2e-7), number


def test_a_window_by_hand(pixels: Sampled) -> None:
    kernel = ee.Kernel.fixed(3, 1, [[0, 0, 1]], 1, 0)
    grid = PixelGrid(GRID.crs, (1.0, 0.0, 4e5 + 1, 0.0, -1.0, 5e6 - 1), 1, 1)
    found = pixels(ee.Image("T/hand").glcmTexture(1, kernel), grid)
    # Pairs to the right: 00 01, 00 01, 02 22. Of twelve both ways: 00 four, 01 two, 10 two, 02 and 20 one, 22 two.
    value = {name: float(band[0, 0]) for name, band in found.items()}
    assert value["N_asm"] == pytest.approx((16 + 4 + 4 + 1 + 1 + 4) / 144)
    assert value["N_contrast"] == value["N_inertia"] == pytest.approx((2 * 1 + 2 * 1 + 4 + 4) / 12)
    assert value["N_diss"] == pytest.approx((2 + 2 + 2 + 2) / 12)
    assert value["N_savg"] == pytest.approx((4 * 0 + 4 * 1 + 2 * 2 + 2 * 4) / 12)
    assert value["N_idm"] == pytest.approx((4 + 4 / 2 + 2 / 5 + 2) / 12)


def test_textures_are_the_same_in_all_windows_and_at_any_level(pixels: Sampled) -> None:
    image = ee.Image("T/plain").glcmTexture(2)
    whole = pixels(image, GRID)
    for name in ("N_ent", "N_corr", "N_shade", "N_imcorr2", "N_prom"):
        # Of what counts differences and shares alone it does not matter where zero is.
        np.testing.assert_allclose(whole[name.replace("N", "M")], whole[name], atol=1e-7)
    tile = pixels(image, PixelGrid(GRID.crs, (1.0, 0.0, 4e5 + 3, 0.0, -1.0, 5e6 - 2), 4, 5))
    for name, band in tile.items():
        np.testing.assert_array_equal(band, whole[name][2:7, 3:7])


def test_opposite_pixels_of_a_kernel_are_one_direction(pixels: Sampled) -> None:
    found = pixels(ee.Image("T/grey").glcmTexture(1, ee.Kernel.plus(1), False), GRID)
    assert [name for name in found if "asm" in name] == ["N_asm_0_-1", "N_asm_-1_0"]


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (lambda image: image.toFloat().glcmTexture(), "must be integers, but band 'N'"),
        (lambda image: image.glcmTexture(0), "'size' must be between 1 and 32"),
        (lambda image: image.glcmTexture(1, ee.Kernel.square(3)), "reaches beyond the window of 3 pixels"),
        (lambda image: image.glcmTexture(1, ee.Kernel.square(3, "meters")), "must be one of pixels"),
        (lambda image: image.glcmTexture(1, ee.Kernel.square(0)), "no pixel beside its centre"),
    ],
)
def test_what_is_refused(pixels: Sampled, image: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(EarthError, match=message):
        pixels(image(ee.Image("T/plain")), GRID)
