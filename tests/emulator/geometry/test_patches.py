from __future__ import annotations

import numpy as np
import pytest
from pyproj import Transformer

from xee_lite.emulator.geometry.coordinates import transform
from xee_lite.emulator.geometry.patches import Patch

ROWS, COLS = np.arange(120.0), np.arange(200.0)


def test_a_polynomial_is_told_exactly() -> None:
    patch = Patch(ROWS, COLS)
    x, y = COLS[np.newaxis] / 200, ROWS[:, np.newaxis] / 120
    values = 3 - x + 2 * y * x**4 - 5 * y**6 + x**7
    assert patch.fits(values)
    np.testing.assert_allclose(patch.spread(patch.at_nodes(values)), values, rtol=0, atol=1e-14)


@pytest.mark.parametrize("jump", [1e-9, 1.0, np.nan, np.inf])
def test_what_is_not_smooth_does_not_fit(jump: float) -> None:
    values = np.add.outer(ROWS, COLS)
    values[60:] += jump
    assert not Patch(ROWS, COLS).fits(values)


@pytest.mark.parametrize(
    ("crs", "left", "top", "pixel", "size"),
    [
        ("EPSG:32631", 600000, 4900020, 10, (2048, 300)),
        ("EPSG:32755", 200000, 9100000, 60, (1830, 1830)),
        ("EPSG:3031", -3e6, 3e6, 5000, (700, 700)),  # with the pole inside, where longitude has no value
        ("SR-ORG:6974", -19e6, 9e6, 463.3127165279165, (600, 600)),
    ],
)
def test_coordinates_that_come_sooner_are_the_same(
    crs: str, left: float, top: float, pixel: float, size: tuple[int, int]
) -> None:
    x = (left + pixel * (np.arange(size[0], dtype=np.float64) + 0.5))[np.newaxis]
    y = (top - pixel * (np.arange(size[1], dtype=np.float64) + 0.5))[:, np.newaxis]
    known = "+proj=sinu +R=6371007.181 +over" if crs.startswith("SR") else crs
    xs, ys = np.broadcast_arrays(x, y)
    truth = Transformer.from_crs(known, "EPSG:4326", always_xy=True).transform(xs, ys)
    for got, wanted in zip(transform(x, y, crs, "EPSG:4326", smooth=True), truth, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-11 * max(1, np.abs(wanted).max() / 100))
