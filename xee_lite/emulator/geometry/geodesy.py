"""Measures and relations of geometries: areas and buffers on the sphere, distances and lengths on the ellipsoid.

Areas are those on the sphere, which has been measured (see `sphere.RADIUS`). That buffers and centroids are too is what
the reference suggests, which speaks of "a spherical coordinate system"; of distances it says that they take "earth
flattening into account". On which of the two lengths are measured is unknown: here as distances are.

Relations are decided in degrees, with points put onto geodesic edges so that they keep their course. Constructions
that need a plane (buffers, centroids, nearest points) use an azimuthal projection centred on the geometry, whose
distortion near its centre is far below the error margins that callers ask for. For combinations see `overlays`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import shapely
from pyproj import CRS, Geod, Transformer
from shapely.affinity import translate
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

from ..errors import EarthError
from ..request_limits import check_memory
from ..types import WGS84, Projection
from .geometry import Geometry
from .projecting import Points, densify, project, runs_clockwise
from .sphere import RADIUS

if TYPE_CHECKING:
    from .error_margin import ErrorMargin

SPHERE = Geod(a=RADIUS, b=RADIUS)
"""Of areas."""
ELLIPSOID = Geod(ellps="WGS84")
"""Of distances and lengths."""
DEGREES = WGS84.crs
EARTH = 4 * math.pi * RADIUS**2
"""The area of all, in square metres."""
FARTHEST = 20_037_508
"""Half of the equator, in metres: nothing is farther away from anything."""
VERTEX_BYTES = 300
"""Memory that a vertex of a buffer takes while it is made, about."""
PIECE = 0.01
"""Degrees between the points put onto straight edges before they are measured, at most ``PIECES`` from end to end:
the great circle between two of them then strays from a parallel by less than 0.1 m up to 60° of latitude."""
PIECES = 2000


def in_degrees(geometry: Geometry) -> BaseGeometry:
    """A geometry's shape in longitude and latitude, edges followed."""
    return project(geometry, DEGREES)


def in_projection(geometry: Geometry, projection: Projection, geodesic: bool | None = None) -> Geometry:
    """A geometry in another projection; edges become geodesics in a geographic one unless it is said otherwise."""
    curved = projection.pyproj.is_geographic if geodesic is None else geodesic
    if projection.crs == geometry.projection.crs and curved == geometry.geodesic:
        return replace(geometry, projection=projection)
    return replace(geometry, shape=project(geometry, projection.crs), projection=projection, geodesic=curved)


def intersects(left: Geometry, right: Geometry) -> bool:
    """Whether two geometries have a point in common."""
    if left.unbounded or right.unbounded:
        return True
    return bool(shapely.intersects(all_around(in_degrees(left)), all_around(in_degrees(right))))


def contains(left: Geometry, right: Geometry) -> bool:
    """Whether the left geometry covers the right one."""
    if left.unbounded or right.unbounded:
        return left.unbounded
    return bool(shapely.covers(all_around(in_degrees(left)), in_degrees(right)))


def all_around(shape: BaseGeometry) -> BaseGeometry:
    """A shape in degrees that reaches the antimeridian, also a turn to the east and to the west."""
    west, _, east, _ = shape.bounds
    if west > -180 and east < 180:
        return shape
    return shapely.union_all([translate(shape, turn) for turn in (-360, 0, 360)])


def area(geometry: Geometry, projection: Projection | None = None) -> float:
    """Area in square metres on the sphere, or in squared units of a projection."""
    parts = [part for part in _parts(_measure(geometry, projection)) if part.geom_type == "Polygon"]
    if projection is not None:
        return float(sum(part.area for part in parts))
    found = math.fsum(abs(SPHERE.geometry_area_perimeter(shapely.orient_polygons(part))[0]) for part in parts)
    return found if geometry.even_odd or not runs_clockwise(geometry.shape) else EARTH - found


def length(geometry: Geometry, projection: Projection | None = None) -> float:
    """Length of the lines, in metres or in units of a projection."""
    lines = [part for part in _parts(_measure(geometry, projection)) if part.geom_type in {"LineString", "LinearRing"}]
    return _along(lines, projection)


def perimeter(geometry: Geometry, projection: Projection | None = None) -> float:
    """Length of the polygons' rings, in metres or in units of a projection."""
    polygons = [part for part in _parts(_measure(geometry, projection)) if part.geom_type == "Polygon"]
    return _along([ring for part in polygons for ring in (part.exterior, *part.interiors)], projection)


def distance(left: Geometry, right: Geometry, projection: Projection | None = None) -> float:
    """The shortest distance between two geometries, in metres or in units of a projection; infinite to an empty one."""
    if projection is not None:
        return float(shapely.distance(project(left, projection.crs), project(right, projection.crs)))
    if left.unbounded or right.unbounded:
        return 0.0
    found = closest(left, right)
    if found is None:
        return math.inf
    one, two = found
    return float(ELLIPSOID.inv(one.x, one.y, two.x, two.y)[2])


def closest(left: Geometry, right: Geometry) -> tuple[Point, Point] | None:
    """The nearest points of two geometries, in degrees; None where one of them is empty."""
    shapes = in_degrees(left), in_degrees(right)
    if any(shape.is_empty for shape in shapes):
        return None
    middle = LineString([shape.representative_point() for shape in shapes]).interpolate(0.5, normalized=True)
    away, back = _plane("aeqd", middle)
    one, two = nearest_points(away(shapes[0]), away(shapes[1]))
    return back(one), back(two)


def buffer(
    geometry: Geometry, metres: float, margin: ErrorMargin | None = None, projection: Projection | None = None
) -> Geometry:
    """All that lies within a distance; a negative distance shrinks.

    A circle gets as few vertices as keep it within half of the margin: a buffer of 7 was seen for a margin of a fifth
    of its distance, and the rule is what fits that. Without a margin it is a hundredth of the distance (the reference),
    which makes 32. The rounded corners of lines and polygons get a quarter of that, rounded up, for each right angle.
    """
    if not abs(metres) <= FARTHEST:
        raise EarthError(f"Geometry.buffer: The distance must not exceed {FARTHEST}; found {metres}.")
    vertices = _circle_vertices(abs(metres), margin, projection)
    if projection is not None:
        grown = _grow(project(geometry, projection.crs), metres, vertices)
        return Geometry(grown, geodesic=False, projection=projection)
    shape = in_degrees(geometry)
    if shape.is_empty:
        return geometry
    away, back = _plane("aeqd", shape.centroid)
    return Geometry(back(_grow(away(shape), metres, vertices)))


def _circle_vertices(radius: float, margin: ErrorMargin | None, projection: Projection | None) -> int:
    allowed = 0.0 if margin is None or margin.value is None else abs(margin.value)
    if margin is not None and margin.unit == "meters" and projection is not None:
        allowed /= projection.metres_per_unit
    if not allowed or not radius:
        allowed = radius / 100
    # The height of an arc over its chord is radius * (1 - cos(pi / n)).
    least = math.pi / math.acos(max(1 - allowed / (2 * radius), -1.0)) if radius and allowed / radius > 1e-15 else 0.0
    if radius and not least:
        raise EarthError("User memory limit exceeded.")
    return max(math.ceil(least - 1e-9), 3)


def _grow(shape: BaseGeometry, distance: float, vertices: int) -> BaseGeometry:
    parts = _parts(shape)
    check_memory(VERTEX_BYTES * vertices * max(len(parts), 1))
    if distance <= 0 or any(part.geom_type != "Point" for part in parts):
        return shapely.buffer(shape, distance, quad_segs=math.ceil(vertices / 4))
    angles = np.arange(vertices) * (2 * math.pi / vertices)
    ring = distance * np.column_stack([np.cos(angles), np.sin(angles)])
    return shapely.union_all([shapely.polygons(np.add(ring, (part.x, part.y))) for part in parts])


def centroid(geometry: Geometry, projection: Projection | None = None) -> Geometry:
    """The centre of mass of the components of the highest dimension."""
    if projection is not None:
        return Geometry(project(geometry, projection.crs).centroid, projection=projection)
    shape = in_degrees(geometry)
    if shape.geom_type == "Point" or shape.is_empty:
        return Geometry(shape if shape.geom_type == "Point" else Point())
    away, back = _plane("laea", shape.centroid)
    return Geometry(back(away(shape).centroid))


def simplify(geometry: Geometry, metres: float) -> Geometry:
    """Fewer points, none further from the original than a distance."""
    if metres < 0:
        raise EarthError(f"The error margin of a simplification must not be negative; found {metres:g}.")
    shape = in_degrees(replace(geometry, geodesic=False))
    if shape.is_empty:
        return geometry
    away, _ = _plane("aeqd", shape.centroid)
    flat = away(shape)
    # What is left are points that were there, which come back as they were.
    known = dict(zip(*(map(tuple, shapely.get_coordinates(one).tolist()) for one in (flat, shape)), strict=True))
    kept = shapely.transform(
        shapely.simplify(flat, metres), lambda points: np.array([known[tuple(point)] for point in points.tolist()])
    )
    return replace(geometry, shape=kept, projection=WGS84)


def bounds(geometry: Geometry, projection: Projection | None = None) -> Geometry:
    """The rectangle of least and greatest coordinates."""
    target = WGS84 if projection is None else projection
    shape = project(geometry, target.crs)
    if shape.is_empty:
        return replace(geometry, shape=shape)
    return Geometry(rectangle(*shape.bounds), geodesic=False, projection=target)


def rectangle(west: float, south: float, east: float, north: float) -> BaseGeometry:
    """A rectangle that begins in the south-west and runs counter-clockwise, as the service writes bounds."""
    return shapely.polygons([(west, south), (east, south), (east, north), (west, north), (west, south)])


def _measure(geometry: Geometry, projection: Projection | None) -> BaseGeometry:
    if projection is not None:
        return project(geometry, projection.crs)
    if geometry.geodesic and geometry.projection.crs == DEGREES:
        return geometry.shape  # the edges that are measured are great circles themselves
    return densify(in_degrees(replace(geometry, even_odd=True)), PIECE, PIECES)


def _parts(shape: BaseGeometry) -> list[BaseGeometry]:
    if hasattr(shape, "geoms"):
        return [part for member in shape.geoms for part in _parts(member)]
    return [shape]


def _along(lines: list[BaseGeometry], projection: Projection | None) -> float:
    if projection is not None:
        return float(sum(line.length for line in lines))
    return math.fsum(float(ELLIPSOID.line_length(*shapely.get_coordinates(line).T)) for line in lines)


Move = Callable[[BaseGeometry], BaseGeometry]


def _plane(method: str, centre: BaseGeometry) -> tuple[Move, Move]:
    """Into the plane of an azimuthal projection around a point, and back."""
    if centre.is_empty or not abs(centre.y) <= 90:
        raise EarthError("Geometry: Some of the latitudes are beyond a pole; pass latitudes of -90 to 90.")
    degrees = CRS.from_proj4(f"+proj=longlat +R={RADIUS} +no_defs")
    crs = CRS.from_proj4(f"+proj={method} +lat_0={centre.y} +lon_0={centre.x} +R={RADIUS} +units=m")
    forth = Transformer.from_crs(degrees, crs, always_xy=True)
    back = Transformer.from_crs(crs, degrees, always_xy=True)

    return partial(_move, forth), partial(_move, back)


def _move(transformer: Transformer, shape: BaseGeometry) -> BaseGeometry:
    def move(points: Points) -> Points:
        found = np.column_stack(transformer.transform(points[:, 0], points[:, 1]))
        if not np.isfinite(found).all():
            raise EarthError("Geometry: Some of the coordinates are not on the globe; pass latitudes of -90 to 90.")
        return found

    return shapely.transform(shape, move)
