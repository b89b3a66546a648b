"""Boxes and shapes in a CRS: extents, the geometries of requests, the outlines of rasters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.geometry import LineString, MultiLineString, MultiPoint, Point, Polygon, box

from ..errors import EarthError
from ..geometry.coordinates import apply, transform
from .envelope import invalid
from .parameters import parse_json, split, to_number
from .spatial_references import read_spatial_reference, spatial_reference_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapely.geometry.base import BaseGeometry

    from ..images.image import Band
    from ..types import Floats

_STEPS = 16
"""Parts of each edge of a box or of a raster, so that edges that bend in another CRS are followed."""
MAX_VERTICES = 10_000
"""Vertices of one geometry of a request."""


@dataclass(frozen=True, slots=True)
class Extent:
    """A box in a CRS: the outer edges of pixels."""

    xmin: float
    ymin: float
    xmax: float
    ymax: float
    crs: str

    @property
    def width(self) -> float:
        """In units of the CRS."""
        return self.xmax - self.xmin

    @property
    def height(self) -> float:
        """In units of the CRS."""
        return self.ymax - self.ymin

    @property
    def shape(self) -> Polygon:
        """The box as a polygon."""
        return box(self.xmin, self.ymin, self.xmax, self.ymax)

    def to_json(self) -> dict[str, Any]:
        """As the server says it."""
        return {
            "xmin": self.xmin,
            "ymin": self.ymin,
            "xmax": self.xmax,
            "ymax": self.ymax,
            "spatialReference": spatial_reference_json(self.crs),
        }

    def to(self, crs: str) -> Extent:
        """The box in another CRS that holds this one.

        Raises
        ------
        ServerError
            If it has no place there.
        """
        if crs == self.crs:
            return self
        return Extent(*finite_bounds(project(self.shape, self.crs, crs)), crs)


def finite_bounds(shape: BaseGeometry) -> tuple[float, float, float, float]:
    """The bounds of a shape, which has some."""
    xmin, ymin, xmax, ymax = shape.bounds if not shape.is_empty else (math.nan,) * 4
    if not all(map(math.isfinite, (xmin, ymin, xmax, ymax))):
        raise invalid("The geometry has no place in the spatial reference.")
    return xmin, ymin, xmax, ymax


def project(shape: BaseGeometry, source: str, target: str) -> BaseGeometry:
    """A shape in another CRS, its edges cut into parts first."""
    if source == target:
        return shape
    xmin, ymin, xmax, ymax = finite_bounds(shape)
    piece = max(xmax - xmin, ymax - ymin) / _STEPS
    if piece > 0:
        shape = shapely.segmentize(shape, piece)
    try:
        return shapely.transform(shape, lambda points: _project_points(points, source, target))
    except EarthError as error:
        raise invalid(error.message) from error


def _project_points(points: Floats, source: str, target: str) -> Floats:
    x, y = transform(points[:, 0], points[:, 1], source, target)
    return np.column_stack([x, y])


def read_extent(text: str, crs: str, name: str) -> Extent:
    """An envelope: ``xmin,ymin,xmax,ymax`` or JSON, which may say a CRS of its own.

    A corner may be any of the four: clients send ymin and ymax the other way round.

    Raises
    ------
    ServerError
        If it is none.
    """
    if text.startswith("{"):
        value = parse_json(text, name)
        if not isinstance(value, dict):
            raise invalid(f"Parameter '{name}' is no envelope.")
        return _envelope(value, crs, name)
    parts = split(text, name)
    if len(parts) != 4:
        raise invalid(f"Parameter '{name}' is no envelope.")
    return _box([to_number(part, name) for part in parts], crs)


def _envelope(value: Mapping[str, Any], crs: str, name: str) -> Extent:
    own = read_spatial_reference(value.get("spatialReference"), name)
    return _box([to_number(value.get(key), name) for key in ("xmin", "ymin", "xmax", "ymax")], own or crs)


def _box(numbers: list[float], crs: str) -> Extent:
    x0, y0, x1, y1 = numbers
    return Extent(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1), crs)


def read_geometry(text: str, kind: str, crs: str, own_crs: str | None = None) -> BaseGeometry:
    """The geometry of a request.

    Parameters
    ----------
    text : str
        JSON, or numbers with commas between: of an envelope or a point.
    kind : str
        ``esriGeometryPolygon`` and so on.
    crs : str
        What it is wanted in.
    own_crs : str, optional
        What it is in if its JSON does not say so; None is ``crs``.

    Raises
    ------
    ServerError
        If it is no such geometry.
    """
    source = own_crs or crs
    if kind == "esriGeometryEnvelope":
        return read_extent(text, source, "geometry").to(crs).shape
    if kind == "esriGeometryPoint" and not text.startswith("{"):
        x, y = ([to_number(part, "geometry") for part in split(text, "geometry")] + [math.nan, math.nan])[:2]
        return project(_finite(Point(x, y)), source, crs)
    value = parse_json(text, "geometry")
    if not isinstance(value, dict) or kind not in _READERS:
        raise invalid("Parameter 'geometry' is no geometry of the type that 'geometryType' says.")
    source = read_spatial_reference(value.get("spatialReference"), "geometry") or source
    try:
        shape = _READERS[kind](value)
    except (TypeError, ValueError, KeyError, shapely.errors.GEOSException) as error:
        raise invalid("Parameter 'geometry' is no geometry of the type that 'geometryType' says.") from error
    if shapely.get_num_coordinates(shape) > MAX_VERTICES:
        raise invalid(f"Parameter 'geometry' has more than {MAX_VERTICES} vertices.")
    return project(_finite(shape), source, crs)


def _finite(shape: BaseGeometry) -> BaseGeometry:
    finite_bounds(shape)
    return shape


def _polygon(value: Mapping[str, Any]) -> BaseGeometry:
    """Rings in any order: what an odd number of them holds is inside."""
    rings = [Polygon([vertex[:2] for vertex in ring]).buffer(0) for ring in value["rings"]]
    shape: BaseGeometry = Polygon()
    for ring in rings:
        shape = shape.symmetric_difference(ring)
    return shape


_READERS = {
    "esriGeometryPoint": lambda value: Point(float(value["x"]), float(value["y"])),
    "esriGeometryMultipoint": lambda value: MultiPoint([vertex[:2] for vertex in value["points"]]),
    "esriGeometryPolyline": lambda value: MultiLineString(
        [LineString([vertex[:2] for vertex in path]) for path in value["paths"]]
    ),
    "esriGeometryPolygon": _polygon,
}


def outline(band: Band, crs: str) -> BaseGeometry:
    """The outline of a band's own pixels in a CRS.

    Raises
    ------
    ServerError
        If the band has no bounds.
    """
    if band.dimensions is None:
        raise invalid("The raster has no bounds.")
    (col, row), (width, height) = band.origin, band.dimensions
    corners = [(col, row), (col + width, row), (col + width, row + height), (col, row + height)]
    shape = Polygon([apply(band.projection.transform, float(x), float(y)) for x, y in corners])
    return project(shape, band.projection.crs, crs)
