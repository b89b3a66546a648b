"""Edges and lines against the pixels that their definitions name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest

from xee_lite.emulator.catalogue.memory import memory_image
from xee_lite.emulator.types import PixelGrid

if TYPE_CHECKING:
    from xee_lite.emulator.pixels.image import Image

Sampled = Callable[[Any, PixelGrid], dict[str, Any]]

RNG = np.random.default_rng(7)
SIZE = (40, 44)
GRID = PixelGrid("EPSG:32631", (10.0, 0.0, 4e5, 0.0, -10.0, 5e6), SIZE[1], SIZE[0])
NOISE = RNG.integers(-2, 3, SIZE).astype(np.int8)
VALID = RNG.random(SIZE) > 0.1


def part(left: int, top: int, width: int, height: int) -> PixelGrid:
    return PixelGrid(GRID.crs, (10.0, 0.0, 4e5 + 10 * left, 0.0, -10.0, 5e6 - 10 * top), width, height)


class Assets:
    def find(self, asset_id: str) -> Image:
        bands: dict[str, Any] = {
            "T/noise": {"n": np.ma.MaskedArray(NOISE, ~VALID)},
        }[asset_id]
        return memory_image(bands, crs=GRID.crs, transform=GRID.transform)


@pytest.fixture
def catalogue() -> Assets:
    return Assets()


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
