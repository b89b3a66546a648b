"""Making geometries."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from shapely.errors import ShapelyError
from shapely.geometry import (
    GeometryCollection,
    LinearRing,
    LineString,
    MultiLineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
)

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..geometry.geodesy import rectangle
from ..geometry.geometry import Geometry
from ..types import WGS84, Projection

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapely.geometry.base import BaseGeometry

    from ..geometry.error_margin import ErrorMargin
    from ..value import Value

Pair = tuple[float, float]


def _pair(value: Value, where: str) -> Pair:
    """The coordinates of a position: two finite numbers, or a geometry of one point."""
    if isinstance(value, Geometry) and isinstance(value.shape, Point):
        return value.shape.x, value.shape.y
    if isinstance(value, list) and len(value) == 2 and all(_finite(item) for item in value):
        return value[0], value[1]
    raise EarthError(f"{where}: Invalid GeoJSON geometry: a position must be two finite numbers; found {value!r}.")


def _finite(value: Value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _pairs(value: Value, where: str) -> list[Pair]:
    if isinstance(value, Geometry) and isinstance(value.shape, (LineString, LinearRing)):
        return [(x, y) for x, y in value.shape.coords]
    if isinstance(value, list) and value and all(_finite(item) for item in value) and len(value) % 2 == 0:
        return list(zip(value[::2], value[1::2], strict=True))
    if isinstance(value, list):
        return [_pair(item, where) for item in value]
    raise EarthError(f"{where}: Invalid GeoJSON geometry: expected a list of positions; found {value!r}.")


def _is_flat(value: Value) -> bool:
    """Whether a list holds positions, and not rings of them."""
    first = value[0] if isinstance(value, list) and value else None
    if isinstance(first, Geometry):
        return isinstance(first.shape, Point)
    return _finite(first) or (isinstance(first, list) and bool(first) and _finite(first[0]))


def _rings(value: Value, where: str) -> list[list[Pair]]:
    parts = [value] if _is_flat(value) else value
    rings = [_pairs(ring, where) for ring in parts]
    for ring in rings:
        if 0 < len(ring) < 3:
            raise EarthError(f"{where}: LinearRing requires at least 3 points; found {len(ring)}.")
    return [ring for ring in rings if ring]


def _polygon(value: Value, where: str) -> Polygon:
    rings = _rings(value, where)
    return Polygon(rings[0], rings[1:]) if rings else Polygon()


def _make_checked(where: str, make: Callable[[], BaseGeometry]) -> BaseGeometry:
    try:
        return make()
    except (ShapelyError, ValueError, TypeError) as error:
        raise EarthError(f"{where}: Invalid GeoJSON geometry: {error}.") from error


def _geometry(
    shape: BaseGeometry, projection: Projection | None, geodesic: bool | None, even_odd: bool = True
) -> Geometry:
    """Edges are geodesics unless it is said otherwise; in a projected CRS that is straight lines."""
    target = projection or WGS84
    curved = target.pyproj.is_geographic if geodesic is None else geodesic
    return Geometry(shape, curved, target, even_odd)


@algorithm("GeometryConstructors.Point")
def point(coordinates: list[float], projection: Projection | None) -> Geometry:
    return _geometry(Point(_pair(coordinates, "GeometryConstructors.Point")), projection, None)


@algorithm("GeometryConstructors.MultiPoint")
def multi_point(coordinates: list[Any], projection: Projection | None) -> Geometry:
    return _geometry(MultiPoint(_pairs(coordinates, "GeometryConstructors.MultiPoint")), projection, None)


def _register_line(kind: type[LineString]) -> None:
    where = f"GeometryConstructors.{kind.__name__}"

    def make(
        coordinates: list[Any], projection: Projection | None, geodesic: bool | None, _margin: ErrorMargin | None
    ) -> Geometry:
        return _geometry(_make_checked(where, lambda: kind(_pairs(coordinates, where))), projection, geodesic)

    algorithm(where)(make)


_register_line(LineString)
_register_line(LinearRing)


@algorithm("GeometryConstructors.MultiLineString")
def multi_line_string(
    coordinates: list[Any], projection: Projection | None, geodesic: bool | None, _margin: ErrorMargin | None
) -> Geometry:
    where = "GeometryConstructors.MultiLineString"
    lines = [coordinates] if _is_flat(coordinates) else coordinates
    shape = _make_checked(where, lambda: MultiLineString([_pairs(line, where) for line in lines]))
    return _geometry(shape, projection, geodesic)


@algorithm("GeometryConstructors.Polygon")
def polygon(
    coordinates: list[Any],
    projection: Projection | None,
    geodesic: bool | None,
    _margin: ErrorMargin | None,
    even_odd: bool,
) -> Geometry:
    where = "GeometryConstructors.Polygon"
    return _geometry(_make_checked(where, lambda: _polygon(coordinates, where)), projection, geodesic, even_odd)


@algorithm("GeometryConstructors.MultiPolygon")
def multi_polygon(
    coordinates: list[Any],
    projection: Projection | None,
    geodesic: bool | None,
    _margin: ErrorMargin | None,
    even_odd: bool,
) -> Geometry:
    where = "GeometryConstructors.MultiPolygon"

    def make() -> BaseGeometry:
        return MultiPolygon([_part(part, where) for part in coordinates])

    return _geometry(_make_checked(where, make), projection, geodesic, even_odd)


def _part(value: Value, where: str) -> Polygon:
    if isinstance(value, Geometry) and isinstance(value.shape, Polygon):
        return value.shape
    return _polygon(value, where)


@algorithm("GeometryConstructors.Rectangle")
def rectangle_(
    coordinates: list[Any], projection: Projection | None, geodesic: bool | None, even_odd: bool
) -> Geometry:
    where = "GeometryConstructors.Rectangle"
    corners = _pairs(coordinates, where)
    if len(corners) != 2:
        raise EarthError(f"{where}: Need the low and the high corner; found {len(corners)} positions.")
    (west, south), (east, north) = corners
    return _geometry(rectangle(west, south, east, north), projection, geodesic, even_odd)


@algorithm("GeometryConstructors.BBox")
def b_box(west: float, south: float, east: float, north: float) -> Geometry:
    where = "GeometryConstructors.BBox"
    low, high = max(south, -90.0), min(north, 90.0)
    if not low <= high:
        raise EarthError(f"{where}: Latitudes must be in order and within -90 to 90; found {south} and {north}.")
    if not (math.isfinite(west) and math.isfinite(east)):
        raise EarthError(f"{where}: Longitudes must be finite; found {west} and {east}.")
    if east - west >= 360:
        return Geometry(rectangle(-180, low, 180, high), geodesic=False)
    west = (west + 180) % 360 - 180
    east = (east + 180) % 360 - 180
    # A box across the antimeridian reaches beyond 180 degrees of longitude.
    return Geometry(rectangle(west, low, east if east > west else east + 360, high), geodesic=False)


@algorithm("GeometryConstructors.MultiGeometry")
def multi_geometry(
    geometries: list[Geometry], projection: Projection | None, geodesic: bool | None, _margin: ErrorMargin | None
) -> Geometry:
    shapes = [geometry.shape for geometry in geometries]
    kinds = {shape.geom_type for shape in shapes}
    collect = {"Point": MultiPoint, "LineString": MultiLineString, "Polygon": MultiPolygon}
    make = collect[kinds.pop()] if len(kinds) == 1 and kinds <= collect.keys() else GeometryCollection
    first = geometries[0] if geometries else None
    inherited = projection or (first.projection if first else None)
    edges = next((part.geodesic for part in geometries if part.has_edges), None) if geodesic is None else geodesic
    return _geometry(_make_checked("GeometryConstructors.MultiGeometry", lambda: make(shapes)), inherited, edges)
