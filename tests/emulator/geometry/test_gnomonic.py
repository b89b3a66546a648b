"""Combining geometries on the sphere, against vectors and the law of cosines."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, Polygon

from xee_lite.emulator.geometry.geometry import Geometry
from xee_lite.emulator.geometry.gnomonic import GnomonicPlane, densify_great_circles
from xee_lite.emulator.geometry.sphere import RADIUS
from xee_lite.emulator.types import Projection

if TYPE_CHECKING:
    from tests.emulator.evaluating import Info

Place = tuple[float, float]


def vector(place: Any) -> np.ndarray[Any, Any]:
    lon, lat = np.radians(place)
    return np.array([math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)])


def crossing(a: Place, b: Place, c: Place, d: Place) -> Place:
    """Where two great circles meet, on the side of the first point: the normal of their normals."""
    x, y, z = np.cross(np.cross(vector(a), vector(b)), np.cross(vector(c), vector(d)))
    side = math.copysign(1, float(np.dot((x, y, z), vector(a))))
    return math.degrees(math.atan2(side * y, side * x)), math.degrees(math.atan2(side * z, math.hypot(x, y)))


def test_long_edges_cross_where_great_circles_do(info: Info) -> None:
    a, b, c, d = (-30.0, 40.0), (30.0, 45.0), (5.0, 20.0), (-5.0, 70.0)
    line, wall = ee.Geometry.LineString([a, b]), ee.Geometry.LineString([c, d])
    assert info(line.intersection(wall))["coordinates"] == pytest.approx(crossing(a, b, c, d), abs=1e-9)


def test_corners_stay_as_they_were(info: Info) -> None:
    ring = [[0.1, 0.2], [0.7, 0.3], [0.3, 0.9], [0.1, 0.2]]
    apart = ee.Geometry.Polygon([[[5.1, 0], [5.2, 0], [5.2, 0.1]]])
    found = info(ee.Geometry.Polygon([ring]).union(apart))
    assert sorted(found) == ["coordinates", "type"]
    assert {tuple(place) for part in found["coordinates"] for place in part[0]} >= {tuple(place) for place in ring}


@pytest.mark.parametrize("margin", [1, 100])
def test_parallels_are_followed_within_the_margin(info: Info, margin: float) -> None:
    band = ee.Geometry.BBox(0, 50, 40, 60)
    found = info(band.union(ee.Geometry.Polygon([[[10, 40], [20, 40], [15, 41]]]), margin))
    assert "geodesic" not in found
    north = sorted(place for place in found["coordinates"][0][0] + found["coordinates"][-1][0] if place[1] == 60)
    assert 10 < len(set(map(tuple, north))) < 1000
    for west, east in pairwise(north):
        if west != east:
            middle = (vector(west) + vector(east)) / np.linalg.norm(vector(west) + vector(east))
            truth = vector(((west[0] + east[0]) / 2, 60))
            assert RADIUS * np.linalg.norm(middle - truth) <= margin


def test_straight_edges_of_one_projection_stay_straight(info: Info) -> None:
    found = info(ee.Geometry.BBox(0, 50, 40, 60).intersection(ee.Geometry.BBox(20, 55, 60, 70), 1))
    assert found["geodesic"] is False
    assert Polygon(found["coordinates"][0]).equals(Polygon([(20, 55), (40, 55), (40, 60), (20, 60)]))


def test_projections_meet_in_degrees_and_in_the_one_that_is_named(info: Info) -> None:
    zone = ee.Geometry.Rectangle([500_000, 5e6, 600_000, 5.1e6], "EPSG:32631", False)
    box = ee.Geometry.Rectangle([3, 45, 4, 46])
    sizes = [info(zone.intersection(box, 1).area()), info(zone.intersection(box, 1, "EPSG:32631").area())]
    assert sizes[0] == pytest.approx(sizes[1], rel=1e-4)
    assert "crs" not in info(zone.intersection(box, 1))
    assert info(zone.intersection(box, 1, "EPSG:32631"))["crs"]["properties"] == {"name": "EPSG:32631"}


def test_shapes_across_the_antimeridian_meet(info: Info) -> None:
    east = ee.Geometry.Polygon([[[170, -10], [190, -10], [190, 10], [170, 10]]])
    west = ee.Geometry.Polygon([[[-185, -5], [-175, -5], [-175, 5], [-185, 5]]])
    found = Polygon(info(east.intersection(west))["coordinates"][0])
    assert {abs(round(x)) for x, _ in found.exterior.coords} == {175, 185}
    assert found.bounds[2] - found.bounds[0] == pytest.approx(10)


@given(st.lists(st.tuples(st.floats(-40, 40), st.floats(-60, 60)), min_size=1, max_size=9))
def test_the_plane_gives_back_what_it_was_given(places: list[Place]) -> None:
    line = LineString([*places, (1.0, 2.0)])
    plane = GnomonicPlane.around(line)
    if plane is not None:
        assert plane.back(plane.onto(line)).equals_exact(line, 1e-9)
        assert GnomonicPlane(plane.axes).back(plane.onto(line)).equals_exact(line, 1e-9)


def test_no_plane_holds_the_globe_or_nothing() -> None:
    assert GnomonicPlane.around(LineString([(0, 0), (120, 0), (240, 0)])) is None
    assert GnomonicPlane.around(LineString([(0, 0), (160, 0)])) is None
    assert GnomonicPlane.around(Point()) is None


def test_lines_of_a_projection_are_followed() -> None:
    """A line of Mercator's map that runs east is a parallel."""
    line = Geometry(LineString([(0, 8e6), (4e6, 8e6)]), geodesic=False, projection=Projection("EPSG:3857"))
    few, many = (list(densify_great_circles(line, margin).coords) for margin in (1e6, 1.0))
    assert few == [many[0], many[-1]]
    assert len(many) > 100
    assert [lat for _, lat in many] == pytest.approx([few[0][1]] * len(many))


def test_everything_leaves_a_geometry_as_it_is(info: Info) -> None:
    box = ee.Geometry.Rectangle([10, 30, 30, 50])
    assert info(ee.Image(1).geometry().intersection(box, 1)) == info(box)
    assert info(box.intersection(ee.Image(1).geometry(), 1)) == info(box)


def test_more_than_half_of_the_globe_is_combined_in_degrees(info: Info) -> None:
    wide = ee.Geometry.Rectangle([-120, -60, 120, 60], None, False)
    found = info(wide.intersection(ee.Geometry.Rectangle([1, 1, 3, 3]), 1))
    assert found["geodesic"] is False
    assert Polygon(found["coordinates"][0]).area == pytest.approx(4, rel=1e-3)


def test_parts_that_overlap_are_one(info: Info) -> None:
    triangles = ee.Geometry.MultiPolygon([[[[0, 0], [2, 0], [0, 2]]], [[[0, 0], [2, 0], [2, 2]]]])
    whole = info(triangles.dissolve())
    assert whole["type"] == "Polygon"
    assert info(triangles.intersects(ee.Geometry.Point(1, 0.5))) is True
    assert info(triangles.intersection(ee.Geometry.Rectangle([-1, -1, 3, 3])).area()) == pytest.approx(
        info(triangles.dissolve().area()), rel=1e-6
    )


@pytest.fixture
def hole() -> Any:
    """A ring that runs clockwise, by the left-inside rule: everything but what it encloses."""
    return ee.Geometry.Polygon([[[-35, -10], [-35, 10], [35, 10], [35, -10], [-35, -10]]], evenOdd=False)


def test_the_left_of_a_clockwise_ring_is_around_it(info: Info, hole: Any) -> None:
    within, without = ee.Geometry.Point(1, 1), ee.Geometry.Point(60, 1)
    assert info(ee.List([hole.contains(within), hole.contains(without)])) == [False, True]
    assert info(ee.List([hole.intersects(within), hole.intersects(without)])) == [False, True]
    assert info(hole)["evenOdd"] is False
    turned = ee.Geometry.Polygon([[[-35, -10], [35, -10], [35, 10], [-35, 10], [-35, -10]]], evenOdd=False)
    assert info(turned.contains(within)) is True
    # Both together are the ellipsoid, whose authalic sphere has a radius of 6371007.18 m.
    assert info(hole.area()) + info(turned.area()) == pytest.approx(4 * math.pi * 6371007.1809**2, rel=1e-9)
    assert info(hole.perimeter()) == pytest.approx(info(turned.perimeter()))


def test_what_is_around_a_ring_can_be_combined(info: Info, hole: Any) -> None:
    across = ee.Geometry.Polygon([[[30, -5], [40, -5], [40, 5], [30, 5]]])
    left = info(across.intersection(hole, 1).area())
    assert left == pytest.approx(info(across.area()) / 2, rel=1e-3)


def test_the_union_of_a_collection_is_of_any_edges(info: Info) -> None:
    boxes = [ee.Geometry.BBox(0, 0, 1, 1), ee.Geometry.Rectangle(0.5, 0, 2, 1), ee.Geometry.Rectangle(5, 5, 6, 6)]
    united = ee.FeatureCollection([ee.Feature(box) for box in boxes]).union(1)
    found = info(united.first())
    assert (found["id"], found["geometry"]["type"]) == ("union_result", "MultiPolygon")
    apart = [info(ee.Geometry.Rectangle(*corners).area()) for corners in ([0, 0, 2, 1], [5, 5, 6, 6])]
    assert info(united.geometry().area()) == pytest.approx(sum(apart), rel=1e-4)
    assert info(ee.FeatureCollection([]).union(1).first())["geometry"] is None
