"""Geometries in other coordinate systems, with points put onto their edges so that these keep their course."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Geod
from shapely.affinity import affine_transform
from shapely.errors import GEOSException
from shapely.geometry import Polygon, box

from ..errors import EarthError
from ..types import METRES_PER_DEGREE, Projection, parse_crs
from .coordinates import transform, unapply

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapely.geometry.base import BaseGeometry

    from .geometry import Geometry

Points = npt.NDArray[np.float64]

_GEOD = Geod(ellps="sphere")
"""Edges are "the shortest path on the surface of a sphere" (the service's guide to geodesic and planar geometries)."""
PIECE = 2000.0
"""Metres between the points put onto a long geodesic edge: it then lies within 0.1 m of the true one (the height of an
arc of length L on a sphere is L * L / 8R)."""
PIECES = 400
"""At most, on one edge."""
FARTHEST = 2.0**51
"""Pixels from the origin of a raster: beyond that, numbers are too coarse to tell the parts of a pixel apart."""


def project(geometry: Geometry, crs: str) -> BaseGeometry:
    """A geometry's shape in another CRS, with points put onto its edges so that they keep their course.

    Raises
    ------
    EarthError
        If the edges have no course, as those of a ring of a single point.
    """
    try:
        return _project(geometry, crs)
    except GEOSException as error:
        raise EarthError(f"A {geometry.type} can not be projected to {crs}: {error}.") from error


def bounds_in_pixels(geometry: Geometry, projection: Projection) -> tuple[float, float, float, float]:
    """Bounding box of a geometry in a raster's pixels: first column, first row, last column, last row."""
    points = shapely.get_coordinates(project(geometry, projection.crs))
    if not len(points):
        return math.nan, math.nan, math.nan, math.nan
    with np.errstate(all="ignore"):
        cols, rows = unapply(projection.transform, points[:, 0], points[:, 1])
    return float(cols.min()), float(rows.min()), float(cols.max()), float(rows.max())


def to_pixels(shape: BaseGeometry, projection: Projection) -> BaseGeometry:
    """A shape in the coordinates of a CRS, in pixel positions of a raster in that CRS; empty if that cannot be."""
    with np.errstate(all="ignore"):
        points = shapely.get_coordinates(shape)
        pixels = np.column_stack(unapply(projection.transform, points[:, 0], points[:, 1]))
    return make_valid(shapely.set_coordinates(shape, pixels)) if (np.abs(pixels) < FARTHEST).all() else Polygon()


def make_valid(shape: BaseGeometry) -> BaseGeometry:
    """A valid shape: of a polygon that crosses itself what an odd number of turns encloses, of a mixture its areas.

    Polygons that overlap each other are one.

    Raises
    ------
    EarthError
        If its coordinates are so large, or so close together, that there is none.
    """
    try:
        return _solid(shape)
    except GEOSException as error:
        raise EarthError(f"A {shape.geom_type} has no inside: {error}.") from error


def _solid(shape: BaseGeometry) -> BaseGeometry:
    if not shape.is_valid and shape.geom_type == "MultiPolygon":
        return shapely.union_all([_solid(part) for part in shape.geoms])
    if not shape.is_valid:
        shape = shapely.make_valid(shape)
    if shape.geom_type != "GeometryCollection":
        return shape
    areas = [part for part in shapely.get_parts(shape) if part.geom_type in {"Polygon", "MultiPolygon"}]
    return shapely.union_all(areas) if areas else shape


def scale_to_units(geometry: Geometry) -> BaseGeometry:
    """A geometry's shape in the units of its CRS, where its projection counts pixels too."""
    a, b, c, d, e, f = geometry.projection.transform
    shape = geometry.shape
    return shape if (a, b, c, d, e, f) == (1, 0, 0, 0, 1, 0) else affine_transform(shape, [a, b, d, e, c, f])


@lru_cache(maxsize=256)
def _project(geometry: Geometry, crs: str) -> BaseGeometry:
    start = geometry.projection
    shape = scale_to_units(geometry)
    same = parse_crs(start.crs).equals(parse_crs(crs), ignore_axis_order=True)
    curved = geometry.geodesic and parse_crs(start.crs).is_geographic
    if same and not curved:
        return shape if geometry.even_odd else _left_inside(shape)
    dense = _along(shape, curved, start)
    if not geometry.even_odd and parse_crs(start.crs).is_geographic:
        dense = _left_inside(dense)
    if same:
        return dense
    return shapely.transform(
        dense, lambda points: np.column_stack(transform(points[:, 0], points[:, 1], start.crs, crs))
    )


def _left_inside(shape: BaseGeometry) -> BaseGeometry:
    """What lies to the left of polygons' edges, in degrees: of a shell that runs clockwise, all that is around it.

    The service's guide to geometric operations calls this the left-inside rule.
    """
    if shape.geom_type == "MultiPolygon":
        return shapely.union_all([_left_inside(part) for part in shape.geoms])
    return shapely.difference(box(-180, -90, 180, 90), make_valid(shape)) if runs_clockwise(shape) else shape


def runs_clockwise(shape: BaseGeometry) -> bool:
    """Whether a shape is a polygon whose shell has its inside on the right."""
    return shape.geom_type == "Polygon" and not shape.is_empty and not shape.exterior.is_ccw


def _along(shape: BaseGeometry, curved: bool, projection: Projection) -> BaseGeometry:
    """A shape with points put onto its edges."""
    if shape.geom_type in {"Point", "MultiPoint"}:
        return shape
    if curved:
        return rebuild_lines(shape, _geodesic)
    return densify(shape, PIECE / projection.metres_per_unit, PIECES)


def densify(shape: BaseGeometry, piece: float, pieces: int) -> BaseGeometry:
    """A shape with points put onto its straight edges: at every so many units, but at most so many from end to end.

    Raises
    ------
    EarthError
        If its coordinates are not finite: GEOS would put points onto such edges until the process dies.
    """
    if shape.is_empty:
        return shape
    left, bottom, right, top = shape.bounds
    longest = max(right - left, top - bottom)
    if not (np.isfinite(shapely.get_coordinates(shape)).all() and math.isfinite(longest)):
        raise EarthError(f"The coordinates of a {shape.geom_type} are not finite in the projection.")
    return _segmentize(shape, max(piece, longest / pieces) or 1.0)


def _segmentize(shape: BaseGeometry, length: float) -> BaseGeometry:
    """Part by part: GEOS 3.14 takes the process down where one of several parts is empty."""
    if shape.geom_type in {"Point", "MultiPoint"}:
        return shape
    if hasattr(shape, "geoms"):
        return type(shape)([_segmentize(part, length) for part in shape.geoms if not part.is_empty])
    return shapely.segmentize(shape, length)


def rebuild_lines(shape: BaseGeometry, line: Callable[[Points], Points]) -> BaseGeometry:
    """A shape of which each line and each ring has been made anew from its points, shaped (n, 2)."""
    if shape.is_empty or shape.geom_type in {"Point", "MultiPoint"}:
        return shape
    if shape.geom_type in {"LineString", "LinearRing"}:
        return type(shape)(line(shapely.get_coordinates(shape)))
    if shape.geom_type == "Polygon":
        rings = [line(shapely.get_coordinates(ring)) for ring in (shape.exterior, *shape.interiors)]
        return Polygon(rings[0], rings[1:])
    return type(shape)([rebuild_lines(part, line) for part in shape.geoms])


def _geodesic(points: Points) -> Points:
    """Points of a line with others on the geodesics between them; meridians are straight as they are."""
    pieces: list[Points] = []
    for (x0, y0), (x1, y1) in pairwise(points):
        pieces.append(np.array([[x0, y0]]))
        metres = float(np.hypot(x1 - x0, y1 - y0)) * METRES_PER_DEGREE
        between = min(int(metres / PIECE), PIECES)
        if x0 != x1 and between:
            found = _GEOD.inv_intermediate(x0, y0, x1, y1, between, return_back_azimuth=False)
            lons = np.asarray(found.lons)
            # Longitudes come back within -180 to 180; they go on from where the edge began.
            lons += 360 * np.round((np.linspace(x0, x1, between + 2)[1:-1] - lons) / 360)
            pieces.append(np.column_stack([lons, found.lats]))
    pieces.append(points[-1:])
    return np.concatenate(pieces)
