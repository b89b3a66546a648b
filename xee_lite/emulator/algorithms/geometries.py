"""Operations on geometries, and the same operations on the geometries of features."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import shapely

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..geometry import geodesy
from ..geometry.error_margin import ErrorMargin
from ..geometry.geometry import NOWHERE, Geometry
from ..geometry.overlays import combine_geometries
from ..types import Projection
from ..values.feature import Element, Feature, geometry_of, set_properties

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..value import Value

Margin = ErrorMargin | None
Proj = Projection | None


def _of(element: Element) -> Geometry:
    return geometry_of(element) or NOWHERE


def _move(element: Element, geometry: Geometry) -> Element:
    if isinstance(element, Feature):
        return Feature(geometry, element.properties)
    changed: Element = set_properties(element, {**element.properties, "system:footprint": geometry})
    return changed


def _measure(name: str, function: Callable[..., Any]) -> None:
    """Register a function of one geometry that gives a number."""
    algorithm(f"Geometry.{name}")(lambda geometry, _margin, proj: function(geometry, proj))
    algorithm(f"Feature.{name}")(lambda element, _margin, proj: function(_of(element), proj))


def change(name: str, function: Callable[..., Geometry], *features: str) -> None:
    """Register a function of one geometry and further arguments that gives a geometry, of features by more names."""
    algorithm(f"Geometry.{name}")(function)
    algorithm(f"Feature.{name}", *features)(lambda element, *rest: _move(element, function(_of(element), *rest)))


def _relate(name: str, function: Callable[..., Any]) -> None:
    """Register a function of two geometries and further arguments that gives no geometry."""
    algorithm(f"Geometry.{name}")(function)
    algorithm(f"Feature.{name}")(lambda left, right, *rest: function(_of(left), _of(right), *rest))


def _overlay(name: str, operation: Callable[..., Any]) -> None:
    """Register a function of two geometries that gives a third; of features, the left one's properties stay."""

    def function(left: Geometry, right: Geometry, margin: Margin, proj: Proj) -> Geometry:
        if operation is shapely.intersection and (left.unbounded or right.unbounded):
            return right if left.unbounded else left
        return combine_geometries([left, right], operation, margin, proj)

    algorithm(f"Geometry.{name}")(function)
    algorithm(f"Feature.{name}")(
        lambda left, right, margin, proj: _move(left, function(_of(left), _of(right), margin, proj))
    )


def _changed(geometry: Geometry, operation: Callable[..., Any], margin: Margin, proj: Proj) -> Geometry:
    return combine_geometries([geometry], operation, margin, proj)


def _dissolved(geometry: Geometry, margin: Margin, proj: Proj) -> Geometry:
    """One geometry by itself stays as it is."""
    single = not hasattr(geometry.shape, "geoms")
    return geometry if single else _changed(geometry, shapely.union_all, margin, proj)


for _name, _measured in {"area": geodesy.area, "length": geodesy.length, "perimeter": geodesy.perimeter}.items():
    _measure(_name, _measured)

for _name, _operation in {
    "intersection": shapely.intersection,
    "union": shapely.union,
    "difference": shapely.difference,
    "symmetricDifference": shapely.symmetric_difference,
}.items():
    _overlay(_name, _operation)

change("bounds", lambda geometry, _margin, proj: geodesy.bounds(geometry, proj))
change("centroid", lambda geometry, _margin, proj: geodesy.centroid(geometry, proj))
change("buffer", geodesy.buffer)
change("convexHull", lambda geometry, margin, proj: _changed(geometry, shapely.convex_hull, margin, proj))
change("dissolve", _dissolved)
change("simplify", lambda geometry, margin, _proj: geodesy.simplify(geometry, margin.value or 0))
change(
    "transform",
    lambda geometry, proj, _margin, geodesic: geodesy.in_projection(geometry, proj, geodesic),
    "ProjectionTransform",
)

_relate("intersects", lambda left, right, _margin, _proj: geodesy.intersects(left, right))
_relate("disjoint", lambda left, right, _margin, _proj: not geodesy.intersects(left, right))
_relate("contains", lambda left, right, _margin, _proj: geodesy.contains(left, right))
_relate("containedIn", lambda left, right, _margin, _proj: geodesy.contains(right, left))
# What the service gives for the unit sphere is not known: distances are those on the ellipsoid.
_relate("distance", lambda left, right, _margin, proj, _spherical: geodesy.distance(left, right, proj))
_relate(
    "withinDistance",
    lambda left, right, distance, _margin, proj: geodesy.distance(left, right, proj) <= distance,
)
_relate("closestPoint", lambda left, right, _margin, _proj: _closest(left, right).get("right"))
_relate("closestPoints", lambda left, right, _margin, _proj: _closest(left, right))


def _closest(left: Geometry, right: Geometry) -> dict[str, Geometry]:
    points = geodesy.closest(left, right)
    return {} if points is None else dict(zip(("left", "right"), map(Geometry, points), strict=True))


@algorithm("Geometry.coordinates")
def coordinates(geometry: Geometry) -> Value:
    if geometry.type == "GeometryCollection":
        raise EarthError("Geometry.coordinates: A GeometryCollection has no coordinates of its own.")
    return geometry.to_json()["coordinates"]


@algorithm("Geometry.edgesAreGeodesics", "Geometry.geodesic")
def geodesic(geometry: Geometry) -> bool:
    return geometry.geodesic


@algorithm("Geometry.geometries")
def geometries(geometry: Geometry) -> list[Geometry]:
    if not hasattr(geometry.shape, "geoms"):
        return [geometry]
    return [replace(geometry, shape=part) for part in geometry.shape.geoms]


@algorithm("Geometry.isUnbounded")
def is_unbounded(geometry: Geometry) -> bool:
    return geometry.unbounded


@algorithm("Geometry.projection")
def projection(geometry: Geometry) -> Projection:
    return geometry.projection


@algorithm("Geometry.type")
def type_(geometry: Geometry) -> str:
    return geometry.type
