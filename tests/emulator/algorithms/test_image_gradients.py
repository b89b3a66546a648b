"""Gradients of a bowl, whose central differences are exact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest

from tests.emulator.memory_catalogue import MemoryCatalogue
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.types import PixelGrid

if TYPE_CHECKING:
    from tests.emulator.evaluating import Sampled

GRID = PixelGrid("EPSG:32631", (30.0, 0.0, 4e5, 0.0, -30.0, 5e6), 6, 5)
COL, ROW = np.meshgrid(np.arange(6), np.arange(5))
BOWL = (COL**2 + 3 * ROW * COL + 2 * ROW**2).astype(np.uint8)
RIGHT, DOWN = 2 * COL + 3 * ROW, 3 * COL + 4 * ROW
"""The bowl's derivatives: of a polynomial of second degree the central difference is one."""


@pytest.fixture
def catalogue() -> MemoryCatalogue:
    return MemoryCatalogue(GRID, {"T/bowl": {"v": BOWL}, "T/both": {"v": BOWL, "w": BOWL // 2}})


def inner(values: Any) -> Any:
    return np.ma.MaskedArray(values, np.pad(np.zeros((3, 4), bool), 1, constant_values=True))


def test_derivatives_in_pixels(pixels: Sampled) -> None:
    found = pixels(ee.Image("T/both").derivative(), GRID)
    assert list(found) == ["v_x", "v_y", "w_x", "w_y"]
    np.testing.assert_array_equal(np.ma.getmaskarray(found["v_x"]), np.ma.getmaskarray(inner(RIGHT)))
    np.testing.assert_array_equal(found["v_x"].compressed(), inner(RIGHT).compressed())
    np.testing.assert_array_equal(found["v_y"].compressed(), inner(DOWN).compressed())


def test_gradients_per_metre_to_the_east_and_the_north(pixels: Sampled) -> None:
    found = pixels(ee.Image("T/bowl").gradient(), GRID)
    assert list(found) == ["x", "y"]
    np.testing.assert_allclose(found["x"].compressed(), inner(RIGHT / 30).compressed(), rtol=1e-6)
    np.testing.assert_allclose(found["y"].compressed(), inner(-DOWN / 30).compressed(), rtol=1e-6)


def test_gradients_that_are_not_there(pixels: Sampled) -> None:
    with pytest.raises(EarthError, match=r"Image\.gradient: .* a single band"):
        pixels(ee.Image("T/both").gradient(), GRID)
    with pytest.raises(EarthError, match=r"Image\.gradient: The image has no bands"):
        pixels(ee.Image("T/both").select([]).gradient(), GRID)
    turned = PixelGrid(GRID.crs, (30.0, 1.0, 4e5, 0.0, -30.0, 5e6), 2, 2)
    with pytest.raises(EarthError, match=r"Image\.gradient: .* sheared or turned"):
        pixels(ee.Image("T/bowl").gradient(), turned)
