"""Geometry values: a shape, its projection, and whether its edges are geodesics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shapely.geometry import GeometryCollection, box, mapping

from ..types import WGS84, Projection

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from ..value import Value


@dataclass(frozen=True, slots=True)
class Geometry:
    """A shape in a coordinate system.

    Attributes
    ----------
    shape : shapely geometry
        Coordinates in ``projection`` (degrees, longitude first, in the default).
    geodesic : bool
        Whether edges are geodesics or straight lines of the projection.
    projection : Projection
    even_odd : bool
    unbounded : bool
        The footprint of constants and composites: everywhere.
    """

    shape: BaseGeometry
    geodesic: bool = True
    projection: Projection = WGS84
    even_odd: bool = True
    unbounded: bool = False

    @property
    def type(self) -> str:
        """The GeoJSON type."""
        return str(self.shape.geom_type)

    @property
    def has_edges(self) -> bool:
        """Whether there are edges at all, which points have not."""
        return self.type not in {"Point", "MultiPoint"}

    def to_json(self) -> dict[str, Any]:
        """GeoJSON as getInfo gives it: what deviates from geodesic edges in EPSG:4326 is said."""
        planar = self.has_edges and not self.geodesic
        out = {**({"geodesic": False} if planar else {}), **_shape_json(self.shape)}
        if self.projection.crs != "EPSG:4326":
            out["crs"] = {"type": "name", "properties": {"name": self.projection.crs}}
        if not self.even_odd:
            out["evenOdd"] = False
        return out


EVERYWHERE = Geometry(box(-180, -90, 180, 90), geodesic=False, unbounded=True)
"""The geometry of constants and composites."""

NOWHERE = Geometry(GeometryCollection())
"""The geometry of what has none."""


def _shape_json(shape: BaseGeometry) -> dict[str, Any]:
    if isinstance(shape, GeometryCollection):
        return {"type": "GeometryCollection", "geometries": [_shape_json(part) for part in shape.geoms]}
    return {"type": shape.geom_type, "coordinates": _lists(mapping(shape)["coordinates"])}


def _lists(value: Value) -> Value:
    if isinstance(value, (tuple, list)):
        return [_lists(item) for item in value]
    return value
