"""Geometries, against spherical trigonometry, pyproj's geodesics and analytic formulas."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
from pyproj import Geod, Transformer

from xee_lite.emulator.errors import EarthError

if TYPE_CHECKING:
    from tests.emulator.evaluating import Info

GEOD = Geod(ellps="WGS84")
RADIUS = 6371007.1809
"""Metres; of the sphere that is as large as the ellipsoid."""
UNIT = [[0, 1], [0, 0], [1, 0], [1, 1], [0, 1]]
"""The ring that the client writes for a box."""


def unit() -> ee.Geometry:
    return ee.Geometry.BBox(0, 0, 1, 1)


def test_constructors(info: Info) -> None:
    assert info(ee.Geometry.Point([1, 2])) == {"type": "Point", "coordinates": [1, 2]}
    assert info(ee.Geometry.MultiPoint([1, 2, 3, 4]))["coordinates"] == [[1, 2], [3, 4]]
    assert info(ee.Geometry.LineString([[0, 0], [1, 1]])) == {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}
    assert info(ee.Geometry.LinearRing([[0, 0], [1, 1], [1, 0]]))["coordinates"][-1] == [0, 0]
    assert info(ee.Geometry.MultiLineString([[[0, 0], [1, 1]]]))["type"] == "MultiLineString"
    assert info(ee.Geometry.Polygon([[0, 0], [1, 0], [1, 1]]))["coordinates"] == [[[0, 0], [1, 0], [1, 1], [0, 0]]]
    assert info(ee.Geometry.MultiPolygon([[[[0, 0], [1, 0], [1, 1]]]]))["type"] == "MultiPolygon"
    assert info(unit()) == {"type": "Polygon", "geodesic": False, "coordinates": [UNIT]}


def test_computed_coordinates(info: Info) -> None:
    number = ee.Number(1).add(1)
    assert info(ee.Geometry.Point([number, 3])) == {"type": "Point", "coordinates": [2, 3]}
    corners = [ee.Geometry.Point([0, 0]), ee.Geometry.Point([number, 1])]
    assert info(ee.Geometry.LineString(corners))["coordinates"] == [[0, 0], [2, 1]]
    rectangle = ee.Geometry.Rectangle([ee.Number(0), ee.Number(0), number, number])
    assert info(rectangle.bounds())["coordinates"][0][2] == [2, pytest.approx(2, abs=1e-3)]


def test_a_hole_is_cut_out(info: Info) -> None:
    ring = [[[0, 0], [4, 0], [4, 4], [0, 4]], [[1, 1], [3, 1], [3, 3], [1, 3]]]
    whole = ee.Geometry.Polygon(ring, None, False)
    assert info(whole.contains(ee.Geometry.Point([2, 2]))) is False
    assert info(whole.contains(ee.Geometry.Point([0.5, 0.5]))) is True


@pytest.mark.parametrize(
    ("name", "coordinates"),
    [
        ("Point", [1]),
        ("Point", [1, 2, 3]),
        ("LineString", [[0, 0]]),
        ("Polygon", [[[0, 0], [1, 1]]]),
        ("MultiPolygon", [[[["a", 0], [1, 1], [2, 2]]]]),
        ("Polygon", ["x"]),
    ],
)
def test_coordinates_that_make_no_shape_are_refused(info: Info, name: str, coordinates: list[Any]) -> None:
    node = ee.ComputedObject(ee.ApiFunction.lookup(f"GeometryConstructors.{name}"), {"coordinates": coordinates})
    with pytest.raises(EarthError, match=f"GeometryConstructors.{name}"):
        info(node)


def test_boxes_around_the_globe(info: Info) -> None:
    assert info(ee.Geometry.BBox(-200, -95, 200, 95))["coordinates"] == [
        [[-180, 90], [-180, -90], [180, -90], [180, 90], [-180, 90]]
    ]
    across = info(ee.Geometry.BBox(ee.Number(170), -10, -170, 10))["coordinates"][0]
    assert across == [[170, -10], [190, -10], [190, 10], [170, 10], [170, -10]]
    with pytest.raises(EarthError, match="Latitudes must be in order"):
        info(ee.Geometry.BBox(ee.Number(0), 10, 1, 0))


def vector(lon: float, lat: float) -> np.ndarray[Any, Any]:
    lon, lat = math.radians(lon), math.radians(lat)
    return np.array([math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)])


def excess(*corners: list[float]) -> float:
    """The solid angle of a triangle (Van Oosterom and Strackee)."""
    a, b, c = (vector(*corner) for corner in corners)
    return float(2 * np.arctan2(abs(np.dot(a, np.cross(b, c))), 1 + a @ b + b @ c + c @ a))


def side(one: list[float], two: list[float]) -> float:
    return float(GEOD.inv(one[0], one[1], two[0], two[1])[2])


def test_areas_on_the_sphere_and_lengths_on_the_ellipsoid(info: Info) -> None:
    corners: list[list[float]] = [[10, 50], [12, 50], [12, 51], [10, 51]]
    polygon = ee.Geometry.Polygon([corners])
    area = RADIUS**2 * (excess(*corners[:3]) + excess(*corners[2:], corners[0]))
    assert info(polygon.area()) == pytest.approx(area, rel=1e-9)
    perimeter = sum(side(*ends) for ends in pairwise([*corners, corners[0]]))
    assert info(polygon.perimeter()) == pytest.approx(perimeter, rel=1e-9)
    assert info(polygon.length()) == 0
    line = ee.Geometry.LineString([[0, 0], [0, 1], [1, 1]])
    assert info(line.length()) == pytest.approx(side([0, 0], [0, 1]) + side([0, 1], [1, 1]), rel=1e-9)
    assert info(line.area()) == 0


def test_the_area_between_parallels(info: Info) -> None:
    """Analytic: that of a zone of the sphere, a degree wide."""
    expected = RADIUS**2 * math.radians(1) * (math.sin(math.radians(61)) - math.sin(math.radians(60)))
    assert info(ee.Geometry.BBox(0, 60, 1, 61).area()) == pytest.approx(expected, rel=1e-5)


def test_areas_in_a_projection(info: Info) -> None:
    square = ee.Geometry.Rectangle([500_000, 0, 501_000, 2_000], "EPSG:32631", False)
    assert info(square.area(1, "EPSG:32631")) == pytest.approx(2e6)
    assert info(square.perimeter(1, "EPSG:32631")) == pytest.approx(6_000)
    # On the central meridian the scale of UTM is 0.9996; a degree of latitude of the ellipsoid is short at the equator.
    square_degree = 6378137.0**2 * (1 - 0.00669437999014)
    assert info(square.area()) == pytest.approx(2e6 / 0.9996**2 * RADIUS**2 / square_degree, rel=1e-5)


def test_distances(info: Info) -> None:
    one, two = ee.Geometry.Point([10, 50]), ee.Geometry.Point([11, 51])
    assert info(one.distance(two)) == pytest.approx(GEOD.inv(10, 50, 11, 51)[2], rel=1e-9)
    assert info(unit().distance(ee.Geometry.Point([2, 0]))) == pytest.approx(GEOD.inv(1, 0, 2, 0)[2], rel=1e-6)
    assert info(unit().distance(ee.Geometry.Point([0.5, 0.5]))) == 0
    assert info(one.withinDistance(two, 132_000)) is True
    assert info(one.withinDistance(two, 130_000)) is False


def test_buffers(info: Info) -> None:
    """A circle of 32 corners has the area n/2 r² sin(2π/n)."""
    radius, corners = 1000, 32
    expected = corners / 2 * radius**2 * math.sin(2 * math.pi / corners)
    circle = ee.Geometry.Point([20, 60]).buffer(radius)
    assert info(circle.area()) == pytest.approx(expected, rel=1e-4)
    assert info(unit().buffer(-1000).area()) < info(unit().area())


def test_centroids_and_bounds(info: Info) -> None:
    assert info(unit().centroid())["coordinates"] == pytest.approx([0.5, 0.5], abs=1e-4)
    line = ee.Geometry.LineString([[3, 1], [-2, 5]], None, False)
    assert info(line.bounds())["coordinates"] == [[[-2, 1], [3, 1], [3, 5], [-2, 5], [-2, 1]]]
    # A geodesic edge along 60° N bulges towards the pole.
    north = info(ee.Geometry.Polygon([[0, 59], [20, 59], [20, 60], [0, 60]]).bounds())["coordinates"][0][2][1]
    assert north > 60.3


def test_overlays(info: Info) -> None:
    other = ee.Geometry.BBox(0.5, 0.5, 2, 2)
    assert info(unit().intersection(other).bounds())["coordinates"][0][:3] == [[0.5, 0.5], [1, 0.5], [1, 1]]
    parts = [
        unit().intersection(other),
        unit().difference(other),
        unit().union(other),
        unit().symmetricDifference(other),
    ]
    planar = [info(part.area(1, "EPSG:4326")) for part in parts]
    assert planar == pytest.approx([0.25, 0.75, 3, 2.75])


def test_relations(info: Info) -> None:
    inner = ee.Geometry.BBox(0.2, 0.2, 0.4, 0.4)
    asked = [unit().contains(inner), unit().containedIn(inner), unit().intersects(inner), unit().disjoint(inner)]
    assert info(ee.List(asked)) == [True, False, True, False]


def test_transforming(info: Info) -> None:
    x, y = Transformer.from_crs("EPSG:4326", "EPSG:32631", always_xy=True).transform(3.5, 45)
    found = info(ee.Geometry.Point([3.5, 45]).transform("EPSG:32631"))
    assert found["coordinates"] == pytest.approx([x, y], abs=1e-6)
    assert found["crs"] == {"type": "name", "properties": {"name": "EPSG:32631"}}
    back = info(ee.Geometry.Point([3.5, 45]).transform("EPSG:32631").transform("EPSG:4326"))
    assert back["coordinates"] == pytest.approx([3.5, 45], abs=1e-9)


def test_describing(info: Info) -> None:
    assert info(unit().type()) == "Polygon"
    assert info(unit().coordinates()) == [UNIT]
    assert info(unit().geodesic()) is False
    assert info(ee.Geometry.LineString([[0, 0], [1, 1]]).geodesic()) is True
    assert info(unit().projection()) == {"type": "Projection", "crs": "EPSG:4326", "transform": [1, 0, 0, 0, 1, 0]}
    assert info(ee.Geometry.MultiPoint([[0, 0], [1, 1]]).geometries().size()) == 2
    assert info(unit().geometries().size()) == 1
    assert info(unit().isUnbounded()) is False
    assert info(ee.Image.constant(1).geometry().isUnbounded()) is True


def test_hulls_and_simpler_shapes(info: Info) -> None:
    dent = ee.Geometry.Polygon([[0, 0], [2, 0], [1, 0.5], [2, 2], [0, 2]], None, False)
    assert len(info(dent.convexHull())["coordinates"][0]) == 5
    nearly = ee.Geometry.LineString([[0, 0], [0.5, 1e-6], [1, 0]], None, False)
    assert len(info(nearly.simplify(10))["coordinates"]) == 2
    assert len(info(nearly.simplify(0.01))["coordinates"]) == 3
    both = ee.Geometry.MultiPolygon([[[[0, 0], [1, 0], [1, 1]]], [[[0, 0], [1, 0], [1, 1]]]], None, False)
    assert info(both.dissolve())["type"] == "Polygon"


def test_features_keep_their_properties(info: Info) -> None:
    feature = ee.Feature(unit(), {"a": 1})
    other = ee.Feature(ee.Geometry.BBox(0.5, 0, 2, 1), {"b": 2})
    assert info(feature.intersection(other))["properties"] == {"a": 1}
    assert info(feature.centroid())["geometry"]["type"] == "Point"
    assert info(feature.area()) == info(unit().area())
    assert info(feature.intersects(other)) is True
    assert info(feature.bounds().geometry().area()) == info(unit().area())


def test_collections_of_geometries(info: Info) -> None:
    many = ee.Geometry.MultiPoint([[0, 0], [1, 1]])
    assert info(many.bounds())["coordinates"][0][2] == [1, 1]
    mixed = ee.Geometry({"type": "GeometryCollection", "geometries": [info(unit()), info(many)]})
    found = info(mixed)
    assert found["type"] == "GeometryCollection"
    assert [part["type"] for part in found["geometries"]] == ["Polygon", "MultiPoint"]
    with pytest.raises(EarthError, match="has no coordinates of its own"):
        info(mixed.coordinates())
