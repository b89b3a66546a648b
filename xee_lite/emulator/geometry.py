"""Geometry values: a shape, and how its edges run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shapely.geometry import mapping

from .types import WGS84, Projection

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry


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

    def to_json(self) -> dict[str, Any]:
        """GeoJSON as getInfo gives it."""
        out: dict[str, Any] = dict(mapping(self.shape))
        out["coordinates"] = _lists(out["coordinates"]) if "coordinates" in out else out.get("geometries", [])
        return out


def _lists(value: Any) -> Any:  # noqa: ANN401 - GeoJSON coordinates nest to any depth
    if isinstance(value, (tuple, list)):
        return [_lists(item) for item in value]
    return value
