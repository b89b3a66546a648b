"""Sen's slope and Kendall's correlation, against their definitions over all pairs."""

from __future__ import annotations

import math
import statistics
from itertools import combinations
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.reducers import batches, trends
from xee_lite.emulator.types import PixelGrid

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Value

Point = tuple[int, int]
GRID = PixelGrid("EPSG:4326", (1.0, 0.0, 0.0, 0.0, -1.0, 3.0), 4, 3)
points = st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), max_size=12)


def tau(found: list[Point]) -> float | None:
    """Concordant less discordant pairs, over the geometric mean of those untied in x and in y."""
    pairs = [(b[0] - a[0], b[1] - a[1]) for a, b in combinations(found, 2)]
    score = sum(math.copysign(1, dx) * math.copysign(1, dy) for dx, dy in pairs if dx and dy)
    untied = sum(dx != 0 for dx, _ in pairs) * sum(dy != 0 for _, dy in pairs)
    return score / math.sqrt(untied) if untied else None


def slope(found: list[Point]) -> float | None:
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(found, 2) if a[0] != b[0]]
    return statistics.median(slopes) if slopes else None


@given(points)
def test_columns(found: list[Point]) -> None:
    columns = [[x for x, _ in found], [y for _, y in found]]
    got = trends.sens_slope().columns(columns)
    expected = slope(found)
    assert got["slope"] == (None if expected is None else pytest.approx(expected))
    if expected is not None:
        assert got["offset"] == pytest.approx(statistics.median(y - expected * x for x, y in found))
    expected = tau(found)
    assert trends.kendalls_correlation(2).columns(columns)["tau"] == (
        None if expected is None else pytest.approx(expected)
    )


def test_one_input_is_ranked_against_the_order(info: Value) -> None:
    found = info(ee.List([3, 1, 4, 1, 5]).reduce(ee.Reducer.kendallsCorrelation(1)))
    assert found["tau"] == pytest.approx(tau(list(enumerate([3, 1, 4, 1, 5]))))
    assert found["p-value"] is None


def test_pixels_equal_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many pixels are looked at together; a record that is masked at a pixel does not count there."""
    monkeypatch.setattr(batches, "HELD", 100)
    random = np.random.default_rng(8)
    x, y = random.integers(-9, 9, (2, 9, 5, 7)).astype(float)
    weights = (random.random((9, 5, 7)) > 0.3).astype(float)
    for reducer in (trends.sens_slope(), trends.kendalls_correlation(2)):
        stacked = reducer.stack([x, y], [weights, weights])
        for row, column in np.ndindex(5, 7):
            there = weights[:, row, column] > 0
            expected = reducer.columns([x[there, row, column], y[there, row, column]])
            for name, pixels in stacked.items():
                value = pixels.values[row, column] if pixels.mask[row, column] else None
                assert value == (None if expected[name] is None else pytest.approx(expected[name]))


def test_a_trend_of_images(pixels: Callable[..., Any]) -> None:
    def year(number: int) -> Any:
        return ee.Image.constant(number).addBands(ee.Image.pixelLonLat().select("latitude").multiply(number).add(5))

    found = pixels(ee.ImageCollection([year(number) for number in range(6)]).reduce(ee.Reducer.sensSlope()), GRID)
    np.testing.assert_allclose(found["slope"], np.broadcast_to([[2.5], [1.5], [0.5]], (3, 4)))
    np.testing.assert_allclose(found["offset"], 5)


def test_what_can_not_be_reduced_is_said(info: Value) -> None:
    with pytest.raises(EarthError, match="must be 1 or 2, got 3"):
        info(ee.List([1]).reduce(ee.Reducer.kendallsCorrelation(3)))
    with pytest.raises(EarthError, match="must be numbers"):
        trends.sens_slope().columns([["a"], [1]])
