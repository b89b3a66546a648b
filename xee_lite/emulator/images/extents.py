"""The rectangle of pixels that a band has within its projection's grid."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from shapely.geometry import Polygon

from ..geometry.coordinates import apply
from ..geometry.geometry import Geometry
from ..geometry.projecting import bounds_in_pixels
from ..geometry.raster_footprint import raster_footprint
from ..types import PixelGrid, Projection

if TYPE_CHECKING:
    from .image import Band

Rectangle = tuple[tuple[int, int], tuple[int, int] | None]
"""First pixel (column, row) and size (width, height); no size is no bounds."""

SLACK = 1e-6
"""Pixels by which a bound may miss a pixel's edge and still lie on it."""


def find_outline(band: Band) -> Geometry | None:
    """Where a band can be valid; None is everywhere."""
    if band.footprint is not None:
        return None if band.footprint.unbounded else band.footprint
    if band.dimensions is None:
        return None
    (col, row), (width, height) = band.origin, band.dimensions
    corners = [(col, row), (col + width, row), (col + width, row + height), (col, row + height)]
    shape = Polygon([apply(band.projection.transform, x, y) for x, y in corners])
    return Geometry(shape, geodesic=False, projection=Projection(band.projection.crs))


def find_outline_in_degrees(band: Band) -> Geometry | None:
    """Where a band can be valid, as its images tell users; None is everywhere."""
    if band.footprint is not None or band.dimensions is None:
        return band.footprint
    return raster_footprint(shift_projection(band.projection, *band.origin), band.dimensions)


def clip_rectangle(band: Band, geometry: Geometry) -> Rectangle:
    """What remains of a band's pixels within a geometry's bounding box."""
    found = find_covering_rectangle(geometry, band.projection)
    if found is None:
        return band.origin, band.dimensions
    (left, top), (width, height) = found
    right, bottom = left + width, top + height
    if band.dimensions is not None:
        left, top = max(left, band.origin[0]), max(top, band.origin[1])
        right = min(right, band.origin[0] + band.dimensions[0])
        bottom = min(bottom, band.origin[1] + band.dimensions[1])
    return (left, top), (max(right - left, 0), max(bottom - top, 0))


def find_covering_rectangle(
    geometry: Geometry, projection: Projection
) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """The smallest rectangle of pixels that holds a geometry; None if it has no image in the CRS."""
    bounds = bounds_in_pixels(geometry, projection)
    if not all(map(math.isfinite, bounds)):
        return None
    left, top, right, bottom = bounds
    first = math.floor(left + SLACK), math.floor(top + SLACK)
    return first, (max(math.ceil(right - SLACK) - first[0], 1), max(math.ceil(bottom - SLACK) - first[1], 1))


def shift_projection(projection: Projection, col: float, row: float) -> Projection:
    """The projection whose first pixel is another one of the same lattice."""
    a, b, c, d, e, f = projection.transform
    return replace(projection, transform=(a, b, a * col + b * row + c, d, e, d * col + e * row + f))


def coarsen_projection(projection: Projection, factor: float) -> Projection:
    """The projection whose pixels are so many times as wide and high, from the same corner."""
    a, b, c, d, e, f = projection.transform
    return replace(projection, transform=(a * factor, b * factor, c, d * factor, e * factor, f))


def make_window(projection: Projection, first: tuple[int, int], size: tuple[int, int]) -> PixelGrid:
    """A rectangle of a projection's pixels as a grid."""
    return PixelGrid(projection.crs, shift_projection(projection, *first).transform, *size)


def assign_projection(band: Band, projection: Projection) -> Band:
    """A band that says it lies on another projection's grid; its pixels and its extent on Earth stay.

    Its levels are those of its own grid: what interpolates on the other one reads it at that one's scale.
    """
    valid_area = find_outline(band)
    found = None if valid_area is None else find_covering_rectangle(valid_area, projection)
    origin, dimensions = ((0, 0), None) if found is None else found
    return replace(band, projection=projection, footprint=valid_area, origin=origin, dimensions=dimensions, levels=0)
