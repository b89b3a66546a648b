"""The geometric median against its definition: no other point has a smaller sum of distances."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xee_lite.emulator.reducers import geometric_medians
from xee_lite.emulator.types import PixelGrid

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Value

GRID = PixelGrid("EPSG:4326", (1.0, 0.0, 0.0, 0.0, -1.0, 2.0), 3, 2)
coordinates = st.integers(-20, 20)


def cost(points: np.ndarray[Any, Any], place: np.ndarray[Any, Any]) -> float:
    return math.fsum(math.dist(point, place) for point in points)


@given(st.lists(st.tuples(coordinates, coordinates, coordinates), min_size=1, max_size=9))
def test_nothing_around_it_is_better(found: list[tuple[int, int, int]]) -> None:
    points = np.array(found, float)
    median = geometric_medians.find_medians(points[np.newaxis], np.ones((1, len(points)), bool))[0]
    least = cost(points, median)
    tolerance = 1e-7 * (1 + least)
    assert all(least <= cost(points, point) + tolerance for point in points)
    for step in (1e-3, 0.1, 3):
        for axis in range(3):
            for way in (-step, step):
                assert least <= cost(points, median + way * np.eye(3)[axis]) + tolerance


def test_known_medians(info: Value) -> None:
    """Fermat's point of a triangle sees all sides under 120 degrees; that of a blunt one is its corner."""
    corners = [[0.0, 0.0], [4.0, 0.0], [1.0, 3.0]]
    found = info(ee.List(corners).reduce(ee.Reducer.geometricMedian(2)))
    place = np.array([found["geometricMedian"], found["geometricMedian1"]])
    units = [(np.array(corner) - place) / math.dist(corner, place) for corner in corners]
    assert [float(units[i] @ units[i - 1]) for i in range(3)] == [pytest.approx(-0.5, abs=1e-6)] * 3
    blunt = info(ee.List([[-9, 1], [0, 0], [9, 1]]).reduce(ee.Reducer.geometricMedian(2)))
    assert blunt == {"geometricMedian": 0, "geometricMedian1": 0}
    assert info(ee.List([1, 7, 3]).reduce(ee.Reducer.geometricMedian(1))) == 3
    assert info(ee.List([]).reduce(ee.Reducer.geometricMedian(1))) is None


def test_a_composite(pixels: Callable[..., Any]) -> None:
    """Of three images, of which one is masked in the east, the corner or, of two, a point between them."""
    west = ee.Image.pixelLonLat().select("longitude").lt(2)
    images = [ee.Image.constant([-9, 1]), ee.Image.constant([0, 0]), ee.Image.constant([9, 1]).updateMask(west)]
    found = pixels(ee.ImageCollection(images).reduce(ee.Reducer.geometricMedian(2)).rename(["a", "b"]), GRID)
    np.testing.assert_allclose(found["a"][:, :2], 0, atol=1e-9)
    np.testing.assert_allclose(found["b"][:, :2], 0, atol=1e-9)
    east = np.array([found["a"][0, 2], found["b"][0, 2]])
    assert cost(np.array([[-9.0, 1], [0, 0]]), east) == pytest.approx(math.hypot(9, 1))
