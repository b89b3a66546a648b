"""What the samples of the reference for geometries come to.

There is a sample for each of some thirty methods of ten geometries, all within a kilometre of each other, and none of
them tells what is printed. Within a kilometre the sphere is flat to a ten thousandth: what they come to is computed
here in the plane that touches it. What the service prints of the geometries themselves comes from replies that were
recorded (aazuspan/eerepr, tests/data/data.json), the area of a field from a report (shapely's issue 726).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import ee
import pytest
import shapely
from shapely import geometry as shapes

from tests.emulator.published.agreement import Sample, agree, cases

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapely.geometry.base import BaseGeometry

    from tests.emulator.evaluating import Info

LATITUDE, LONGITUDE = math.radians(37.42), -122.085
RADIUS = 6371007.1809
ON_SPHERE = math.radians(1) * RADIUS * math.cos(LATITUDE), math.radians(1) * RADIUS
"""Metres of a degree to the east and to the north."""
SQUARED, EQUATOR = 0.00669437999014, 6378137.0
ACROSS = EQUATOR / math.sqrt(1 - SQUARED * math.sin(LATITUDE) ** 2)
ALONG = ACROSS * (1 - SQUARED) / (1 - SQUARED * math.sin(LATITUDE) ** 2)
ON_ELLIPSOID = math.radians(1) * ACROSS * math.cos(LATITUDE), math.radians(1) * ALONG
"""The same, from the radii of curvature across the meridian and along it."""

QUAD = [[-122.092, 37.424], [-122.086, 37.418], [-122.079, 37.425], [-122.085, 37.423]]
TRIANGLE = [[-122.081, 37.417], [-122.086, 37.421], [-122.089, 37.416]]
DART = [[-122.081, 37.417], [-122.086, 37.421], [-122.084, 37.418], [-122.089, 37.416]]
BENT = [[-122.091, 37.420], [-122.085, 37.422], [-122.080, 37.430]]
LINES = [
    [[-122.088, 37.418], [-122.086, 37.422], [-122.082, 37.418]],
    [[-122.087, 37.416], [-122.083, 37.416], [-122.082, 37.419]],
]
CORNERS = -122.09, 37.42, -122.08, 37.43

FAMILIES: dict[str, tuple[Callable[[], Any], BaseGeometry]] = {
    "Point": (lambda: ee.Geometry.Point(-122.082, 37.42), shapes.Point(-122.082, 37.42)),
    "MultiPoint": (
        lambda: ee.Geometry.MultiPoint([[-122.082, 37.42], [-122.081, 37.426]]),
        shapes.MultiPoint([[-122.082, 37.42], [-122.081, 37.426]]),
    ),
    "LineString": (
        lambda: ee.Geometry.LineString([[-122.09, 37.42], [-122.08, 37.43]]),
        shapes.LineString([[-122.09, 37.42], [-122.08, 37.43]]),
    ),
    "LinearRing": (lambda: ee.Geometry.LinearRing(BENT), shapes.LinearRing(BENT)),
    "MultiLineString": (lambda: ee.Geometry.MultiLineString(LINES), shapes.MultiLineString(LINES)),
    "Polygon": (lambda: ee.Geometry.Polygon([QUAD]), shapes.Polygon(QUAD)),
    "MultiPolygon": (
        lambda: ee.Geometry.MultiPolygon([[QUAD], [TRIANGLE]]),
        shapes.MultiPolygon([shapes.Polygon(QUAD), shapes.Polygon(TRIANGLE)]),
    ),
    "BBox": (lambda: ee.Geometry.BBox(*CORNERS), shapes.box(*CORNERS)),
    "Rectangle": (lambda: ee.Geometry.Rectangle(*CORNERS), shapes.box(*CORNERS)),
    "Geometry": (lambda: ee.Geometry({"type": "Polygon", "coordinates": [DART]}), shapes.Polygon(DART)),
}
every_geometry = pytest.mark.parametrize(("make", "shape"), FAMILIES.values(), ids=FAMILIES)

BOX = -122.085, 37.415, -122.075, 37.425
PLACE = -122.090, 37.423


def flat(shape: BaseGeometry, degree: tuple[float, float] = ON_SPHERE) -> BaseGeometry:
    """A shape in metres from the middle of them all; parts that overlap are one."""
    moved = shapely.transform(shape, lambda points: (points - (LONGITUDE, 37.42)) * degree)
    return shapely.union_all(shapely.make_valid(list(moved.geoms))) if moved.geom_type == "MultiPolygon" else moved


def in_degrees(info: dict[str, Any]) -> BaseGeometry:
    """A shape from what getInfo gives."""
    if info["type"] == "LinearRing":
        return shapes.LinearRing(info["coordinates"])
    return shapes.shape(info)


def measures(shape: BaseGeometry) -> list[float]:
    """Area, and length of lines and outlines."""
    return [shape.area, shape.length]


@every_geometry
def test_a_geometry_tells_what_it_is(make: Callable[[], Any], shape: BaseGeometry, info: Info) -> None:
    geometry = make()
    planar = "geodesic" in geometry.toGeoJSON()
    found = info(geometry)
    assert in_degrees(found).normalize().equals_exact(shape.normalize(), 1e-9)
    assert found["type"] == info(geometry.type()) == shape.geom_type
    assert found["coordinates"] == info(geometry.coordinates())
    assert sorted(found) == (["coordinates", "geodesic", "type"] if planar else ["coordinates", "type"])
    assert info(ee.List([geometry.geodesic(), geometry.edgesAreGeodesics()])) == [not planar] * 2
    assert info(geometry.isUnbounded()) is False
    assert info(geometry.projection()) == {"type": "Projection", "crs": "EPSG:4326", "transform": [1, 0, 0, 0, 1, 0]}
    parts = info(geometry.geometries())
    assert [in_degrees(part) for part in parts] == [
        in_degrees({**found, "type": found["type"].removeprefix("Multi"), "coordinates": coordinates})
        for coordinates in (found["coordinates"] if found["type"].startswith("Multi") else [found["coordinates"]])
    ]


@every_geometry
def test_measures(make: Callable[[], Any], shape: BaseGeometry, info: Info) -> None:
    geometry, parts = make(), list(getattr(shape, "geoms", [shape]))
    polygons = [part for part in parts if part.geom_type == "Polygon"]
    lines = [part for part in parts if part.geom_type in {"LineString", "LinearRing"}]
    area = sum(flat(part).area for part in polygons)
    assert info(geometry.area(maxError=1)) == pytest.approx(area, rel=2e-4)
    perimeter, length = (sum(flat(part, ON_ELLIPSOID).length for part in some) for some in (polygons, lines))
    assert info(geometry.perimeter(maxError=1)) == pytest.approx(perimeter, rel=2e-4)
    assert info(geometry.length()) == pytest.approx(length, rel=2e-4)


@every_geometry
def test_bounds_centroids_and_hulls(make: Callable[[], Any], shape: BaseGeometry, info: Info) -> None:
    geometry = make()
    bounds = info(geometry.bounds())
    assert bounds["geodesic"] is False
    assert in_degrees(bounds).bounds == pytest.approx(shape.bounds, abs=1e-6)
    centre = flat(in_degrees(info(geometry.centroid(maxError=1))))
    whole = shapes.MultiPolygon([flat(part) for part in shape.geoms]) if shape.geom_type == "MultiPolygon" else None
    assert centre.distance((whole or flat(shape)).centroid) < 0.5
    hull = in_degrees(info(geometry.convexHull(maxError=1)))
    assert hull.geom_type == shape.convex_hull.geom_type
    assert hull.symmetric_difference(shape.convex_hull).area < 1e-12


@every_geometry
def test_buffers(make: Callable[[], Any], shape: BaseGeometry, info: Info) -> None:
    """An error of a hundredth of the distance is allowed for."""
    grown, truth = flat(in_degrees(info(make().buffer(distance=100)))), flat(shape).buffer(100)
    assert grown.geom_type == truth.geom_type
    assert grown.hausdorff_distance(truth) < 1.5


@every_geometry
def test_overlays(make: Callable[[], Any], shape: BaseGeometry, info: Info) -> None:
    geometry, other, plane = make(), ee.Geometry.BBox(*BOX), flat(shapes.box(*BOX))
    for found, truth in {
        geometry.intersection(right=other, maxError=1): shapely.intersection(flat(shape), plane),
        geometry.difference(right=other, maxError=1): shapely.difference(flat(shape), plane),
        geometry.union(right=other, maxError=1): shapely.union(flat(shape), plane),
        geometry.symmetricDifference(right=other, maxError=1): shapely.symmetric_difference(flat(shape), plane),
    }.items():
        assert measures(flat(in_degrees(info(found)))) == pytest.approx(measures(truth), rel=1e-3, abs=1)
        assert info(found.type()) == truth.geom_type


@every_geometry
def test_simpler_shapes(make: Callable[[], Any], shape: BaseGeometry, info: Info) -> None:
    """No corner is within a metre of where it could be left out; single geometries have nothing to dissolve."""
    geometry = make()
    assert info(geometry.simplify(maxError=1)) == info(geometry)
    dissolved = info(geometry.dissolve(maxError=1))
    assert measures(flat(in_degrees(dissolved))) == pytest.approx(measures(flat(shape)), rel=1e-3)
    assert dissolved == info(geometry) or hasattr(shape, "geoms")


@every_geometry
def test_relations(make: Callable[[], Any], shape: BaseGeometry, info: Info) -> None:
    geometry, other, plane = make(), ee.Geometry.BBox(*BOX), flat(shapes.box(*BOX))
    asked = {
        geometry.contains(right=other, maxError=1): flat(shape).contains(plane),
        geometry.containedIn(right=other, maxError=1): plane.contains(flat(shape)),
        geometry.intersects(right=other, maxError=1): plane.intersects(flat(shape)),
        geometry.disjoint(right=other, maxError=1): plane.disjoint(flat(shape)),
    }
    assert info(ee.List(list(asked))) == list(asked.values())
    place = ee.Geometry.Point(*PLACE)
    apart = flat(shape, ON_ELLIPSOID).distance(flat(shapes.Point(*PLACE), ON_ELLIPSOID))
    assert info(geometry.distance(right=place, maxError=1)) == pytest.approx(apart, rel=1e-3, abs=1e-3)
    assert info(geometry.withinDistance(right=place, distance=500, maxError=1)) is (apart <= 500)


def hole() -> Any:
    return ee.Geometry.Polygon([[[-35, -10], [-35, 10], [35, 10], [35, -10], [-35, -10]]], evenOdd=False)


def ring(*corners: list[int]) -> list[list[int]]:
    return [*corners, corners[0]]


FIRST, SECOND = ring([0, 0], [1, 1], [2, 2]), ring([4, 6], [3, 2], [1, 2])
CORNER = {"type": "Polygon", "coordinates": [[[-122.085, 37.423], [-122.092, 37.424], [-122.085, 37.418]]]}
FAR = [[-122.068, 37.418], [-122.068, 37.416], [-122.064, 37.416], [-122.064, 37.418]]

FIELD = [
    [-97.59238135821987, 43.47456565304017],
    [-97.59244690469288, 43.47962399877412],
    [-97.59191951546768, 43.47962728271748],
    [-97.59185396090983, 43.47456565304017],
]

SAMPLES: dict[str, list[Sample]] = {
    "recorded": [
        (lambda: ee.Geometry.Polygon([FIELD]).area(), pytest.approx(23944.14737277293, rel=1e-10)),
        (lambda: ee.Geometry.Point([1.112312, 2]), {"type": "Point", "coordinates": [1.112312, 2]}),
        (lambda: ee.Geometry.MultiPoint([[1, 1], [2, 2]]), {"type": "MultiPoint", "coordinates": [[1, 1], [2, 2]]}),
        (
            lambda: ee.Geometry.LineString([[1, 1], [2, 2], [3, 3]]),
            {"type": "LineString", "coordinates": [[1, 1], [2, 2], [3, 3]]},
        ),
        (
            lambda: ee.Geometry.MultiLineString([[[0, 0], [1, 1]]]),
            {"type": "MultiLineString", "coordinates": [[[0, 0], [1, 1]]]},
        ),
        (lambda: ee.Geometry.Polygon(FIRST), {"type": "Polygon", "coordinates": [FIRST]}),
        (
            lambda: ee.Geometry.MultiPolygon([FIRST, SECOND]),
            {"type": "MultiPolygon", "coordinates": [[FIRST, SECOND]]},
        ),
        (lambda: ee.Geometry.LinearRing(FIRST), {"type": "LinearRing", "coordinates": FIRST}),
    ],
    "GeoJSON": [
        (lambda: ee.Geometry(CORNER), {**CORNER, "coordinates": [[*CORNER["coordinates"][0], [-122.085, 37.423]]]}),
        (
            lambda: ee.Geometry(ee.Feature(None, {"geom": ee.Geometry(CORNER)}).get("geom")).bounds(),
            {
                "geodesic": False,
                "type": "Polygon",
                "coordinates": [
                    [
                        [-122.092, 37.418],
                        [-122.085, 37.418],
                        [-122.085, 37.424],
                        [-122.092, 37.424],
                        [-122.092, 37.418],
                    ]
                ],
            },
        ),
    ],
    "insides": [
        (lambda: hole().contains(ee.Geometry.Point([1.5, 1.5])), False),
        (lambda: ee.Geometry(hole(), None, None, True).contains(ee.Geometry.Point([1.5, 1.5])), True),
    ],
    "closest points": [
        (
            lambda: FAMILIES["Geometry"][0]().closestPoints(right=ee.Geometry.Polygon([FAR]), maxError=1),
            {
                "left": {"type": "Point", "coordinates": [-122.081, 37.417]},
                "right": {"type": "Point", "coordinates": [-122.068, pytest.approx(37.417, abs=1e-5)]},
            },
        ),
        (
            lambda: FAMILIES["Geometry"][0]().closestPoint(right=ee.Geometry.Polygon([FAR]), maxError=1),
            {"type": "Point", "coordinates": [-122.068, pytest.approx(37.417, abs=1e-5)]},
        ),
        (
            lambda: ee.Dictionary(
                FAMILIES["Geometry"][0]().closestPoints(right=ee.Geometry.Polygon([FAR]), maxError=1)
            ).getGeometry("left"),
            {"type": "Point", "coordinates": [-122.081, 37.417]},
        ),
    ],
}


@pytest.mark.parametrize(("sample", "expected"), cases(SAMPLES))
def test_a_sample_of_geometries_prints_what_is_known(sample: Callable[[], Any], expected: Any, info: Info) -> None:
    found = info(sample())
    assert agree(found, expected), found


@every_geometry
def test_lines_are_cut_and_nothing_else(make: Callable[[], Any], shape: BaseGeometry, info: Info) -> None:
    """Comments in the samples: geometries without lines give an empty MultiLineString."""
    found = info(make().cutLines(distances=[10, 100], maxError=1))
    assert found["type"] == "MultiLineString"
    if not any(kind in shape.geom_type for kind in ("Line", "Ring")):
        assert found["coordinates"] == []
        return
    lengths = [flat(shapes.LineString(piece), ON_ELLIPSOID).length for piece in found["coordinates"]]
    parts = [flat(part, ON_ELLIPSOID).length for part in getattr(shape, "geoms", [shape])]
    assert lengths == pytest.approx([length for part in parts for length in (10, 90, part - 100)], rel=1e-3)
