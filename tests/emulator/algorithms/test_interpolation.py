"""Distances against spherical trigonometry, kriging against its own conditions and a system solved by hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest

from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.geometry import sphere
from xee_lite.emulator.geometry.sphere import RADIUS
from xee_lite.emulator.types import PixelGrid

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Sampled, Value

GRID = PixelGrid("EPSG:4326", (0.5, 0.0, -3.25, 0.0, -0.5, 62.25), 14, 9)
DEGREE = math.radians(1) * RADIUS


def haversine(longitude: Any, latitude: Any, other: tuple[float, float]) -> Any:
    lon, lat = np.radians(longitude - other[0]), np.radians(latitude - other[1])
    half = np.sin(lat / 2) ** 2 + np.cos(np.radians(latitude)) * math.cos(math.radians(other[1])) * np.sin(lon / 2) ** 2
    return 2 * RADIUS * np.arcsin(np.sqrt(half))


def distances(pixels: Sampled, *geometries: Any, **arguments: Any) -> Any:
    features = ee.FeatureCollection([ee.Feature(geometry) for geometry in geometries])
    return pixels(features.distance(**arguments), GRID)["distance"]


@pytest.mark.parametrize("block", [3, 32])
def test_distances_to_points(pixels: Sampled, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    """Whatever the squares in which what is near is looked for."""
    monkeypatch.setattr(sphere, "BLOCK", block)
    places = [(-1.2, 61.1), (2.4, 59.3)]
    found = distances(pixels, *(ee.Geometry.Point(place) for place in places), searchRadius=120_000)
    expected = np.minimum(*(haversine(*GRID.centres(), place) for place in places))
    np.testing.assert_array_equal(np.ma.getmaskarray(found), expected > 120_000)
    np.testing.assert_allclose(found.compressed(), expected[expected <= 120_000])


def test_distances_to_edges_of_each_kind(pixels: Sampled) -> None:
    """A great circle bulges to the pole, a parallel does not; from within an area they count as well."""
    places = [[-30, 60], [30, 60]]
    bulge = distances(pixels, ee.Geometry.LineString(places), searchRadius=1e6)
    # The circle's highest point, by Clairaut's relation or its right triangle.
    top = math.degrees(math.atan(math.tan(math.radians(60)) / math.cos(math.radians(30))))
    assert bulge[2, 6] == pytest.approx((top - 61) * DEGREE)
    straight = distances(pixels, ee.Geometry.LineString(places, None, False), searchRadius=1e6)
    np.testing.assert_allclose(straight[:, 6], abs(GRID.centres()[1][:, 0] - 60) * DEGREE, atol=5)
    area = ee.Geometry.Rectangle([-30, 50, 30, 60], None, False)
    np.testing.assert_allclose(distances(pixels, area, searchRadius=1e6)[:, 6], straight[:, 6], atol=1e-6)


def test_the_ends_of_a_line_are_the_nearest_beyond_it(pixels: Sampled) -> None:
    found = distances(pixels, ee.Geometry.LineString([[0, 58], [0, 60]]), searchRadius=1e6)
    np.testing.assert_allclose(found[0], haversine(*GRID.centres(), (0, 60))[0])


def test_nothing_is_near_nothing(pixels: Sampled) -> None:
    assert np.ma.getmaskarray(distances(pixels)).all()
    assert np.ma.getmaskarray(distances(pixels, ee.Geometry.Point([120, 0]), searchRadius=1e5)).all()


def surface(pixels: Sampled, points: dict[tuple[float, float], float], *arguments: Any) -> Any:
    features = [ee.Feature(ee.Geometry.Point(place), {"t": value}) for place, value in points.items()]
    return pixels(ee.FeatureCollection(features).kriging("t", *arguments), GRID)["t"]


POINTS = {(-2.0, 61.0): 4.0, (1.0, 60.0): 10.0, (2.5, 61.5): -3.0}
MODELS: dict[str, Callable[[Any], Any]] = {
    "spherical": lambda h: np.where(h < 1, 1.5 * h - 0.5 * h**3, 1),
    "exponential": lambda h: 1 - np.exp(-3 * h),
    "gaussian": lambda h: 1 - np.exp(-3 * h**2),
}


@pytest.mark.parametrize("shape", MODELS)
def test_the_kriging_system(pixels: Sampled, monkeypatch: pytest.MonkeyPatch, shape: str) -> None:
    """Three points: the estimate is the dual solution, constants and covariances fitted to the values at once."""
    monkeypatch.setattr(sphere, "BLOCK", 5)
    reach, sill, nugget = 400_000.0, 9.0, 2.0
    found = surface(pixels, POINTS, shape, reach, sill, nugget, 1e6)

    def covariance(metres: Any) -> Any:
        return np.where(metres > 0, (sill - nugget) * (1 - MODELS[shape](metres / reach)), sill)

    places, values = list(POINTS), np.array(list(POINTS.values()))
    among = covariance(np.array([[haversine(*a, b) for b in places] for a in places]))
    inverse, ones = np.linalg.inv(among), np.ones(3)
    mean = ones @ inverse @ values / (ones @ inverse @ ones)
    x, y = np.broadcast_arrays(*GRID.centres())
    towards = np.stack([covariance(haversine(x, y, place)) for place in places], axis=-1)
    np.testing.assert_allclose(found, mean + towards @ inverse @ (values - mean), rtol=1e-6, atol=1e-6)
    assert found[2, 2] == pytest.approx(4)  # the pixel whose centre is the first point


def test_only_near_points_count(pixels: Sampled) -> None:
    found = surface(pixels, POINTS, "exponential", 150_000, 9, 0)
    x, y = np.broadcast_arrays(*GRID.centres())
    near = np.stack([haversine(x, y, place) <= 150_000 for place in POINTS])
    np.testing.assert_array_equal(np.ma.getmaskarray(found), ~near.any(axis=0))
    for value, alone in zip(POINTS.values(), near & (near.sum(axis=0) == 1), strict=True):
        np.testing.assert_allclose(found[alone], value)


def test_points_in_one_place_are_reduced(pixels: Sampled) -> None:
    features = [ee.Feature(ee.Geometry.Point([0, 61]), {"t": value}) for value in (1, 2, 9, None)]
    collection = ee.FeatureCollection(features)
    mean = pixels(collection.kriging("t", "gaussian", 1e5, 1, 0), GRID)["t"]
    most = pixels(collection.kriging("t", "gaussian", 1e5, 1, 0, None, ee.Reducer.max()), GRID)["t"]
    assert mean[2, 6] == pytest.approx(4)
    assert most[2, 6] == pytest.approx(9)


def test_arguments_are_checked(value_of: Value) -> None:
    points = ee.FeatureCollection([ee.Feature(ee.Geometry.Point([0, 0]), {"t": 1})])
    with pytest.raises(EarthError, match="'linear' is no shape of a semivariogram"):
        value_of(points.kriging("t", "linear", 1, 1, 0))
    with pytest.raises(EarthError, match="0 <= 'nugget' <= 'sill'; found 1, 1, 3 and 2"):
        value_of(points.kriging("t", "gaussian", 1, 2, 3))
    with pytest.raises(EarthError, match="must be points; found a Polygon"):
        value_of(points.map(lambda one: one.buffer(10)).kriging("t", "gaussian", 1, 2, 1))
    with pytest.raises(EarthError, match="one input and one output"):
        value_of(points.kriging("t", "gaussian", 1, 2, 1, None, ee.Reducer.minMax()))
    with pytest.raises(EarthError, match="'searchRadius' must be positive"):
        value_of(points.distance(-1))
