"""The footprint of a raster in degrees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.affinity import translate

from .coordinates import apply, transform, unapply
from .geometry import Geometry

if TYPE_CHECKING:
    from ..types import Projection

_POINTS = 9
"""Points along each side, its corners included: they follow how it bends in degrees."""
_TOLERANCE = 1e-6
"""Degrees (a tenth of a metre): points that say no more than this are left out."""
_AROUND = (-179.999, -120.0, -60.0, 0.0, 60.0, 120.0, 179.999)
"""Longitudes all of which only a raster around the globe holds, whose outline would fold at the antimeridian."""


def raster_footprint(projection: Projection, dimensions: tuple[int, int]) -> Geometry:
    """Outline a raster in degrees: a polygon, or two where it crosses the antimeridian.

    Parameters
    ----------
    projection : Projection
    dimensions : (width, height)
    """
    width, height = dimensions
    a, b, c, d, e, f = projection.transform
    if projection.pyproj.is_geographic and not b and not d:
        north, south = (min(90.0, max(-90.0, f + e * row)) for row in (0, height))
        return Geometry(_wrap(shapely.box(c, min(north, south), c + a * width, max(north, south))), geodesic=False)
    step = np.linspace(0, 1, _POINTS)[:-1]
    ones = np.ones_like(step)
    col = width * np.concatenate([step, ones, 1 - step, 0 * ones])
    row = height * np.concatenate([0 * ones, step, ones, 1 - step])
    longitude, latitude = transform(*apply(projection.transform, col, row), projection.crs, "EPSG:4326")
    known = np.isfinite(longitude) & np.isfinite(latitude)
    if not known.any():
        return Geometry(shapely.box(-180, -90, 180, 90), geodesic=False)
    longitude, latitude = longitude[known], latitude[known]
    for pole in (90.0, -90.0):
        if _holds(projection, dimensions, 0.0, pole):
            south, north = min(pole, latitude.min()), max(pole, latitude.max())
            return Geometry(shapely.box(-180, south, 180, north), geodesic=False)
    middle = (latitude.min() + latitude.max()) / 2
    if all(_holds(projection, dimensions, around, middle) for around in _AROUND):
        return Geometry(shapely.box(-180, latitude.min(), 180, latitude.max()), geodesic=False)
    if not projection.pyproj.is_geographic:
        longitude = np.unwrap(longitude, period=360)
    ring = shapely.make_valid(shapely.polygons(np.column_stack([longitude, latitude])))
    return Geometry(_wrap(shapely.simplify(ring, _TOLERANCE)), geodesic=False)


def _holds(projection: Projection, dimensions: tuple[int, int], longitude: float, latitude: float) -> bool:
    """Whether a point lies inside of a projected raster."""
    if projection.pyproj.is_geographic:
        return False
    x, y = transform(np.array([longitude]), np.array([latitude]), "EPSG:4326", projection.crs)
    col, row = unapply(projection.transform, x, y)
    return bool(0 < col[0] < dimensions[0] and 0 < row[0] < dimensions[1])


def _wrap(shape: shapely.Geometry) -> shapely.Geometry:
    """Move what lies beyond ±180 degrees to the other side."""
    west, _, east, _ = shape.bounds
    if west >= -180 and east <= 180:
        return shape
    world = shapely.box(-180, -90, 180, 90)
    parts = [shapely.intersection(translate(shape, shift), world) for shift in (-360, 0, 360)]
    return shapely.union_all([part for part in parts if part.area > 0])
