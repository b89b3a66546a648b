"""The pixels of a region: which there are at a scale, and how much of each lies in the region."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import box

from ..errors import EarthError
from ..geometry.projecting import make_valid, project, to_pixels
from ..request_limits import check_time
from . import extents
from .coverage import burn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapely.geometry.base import BaseGeometry

    from ..geometry.geometry import Geometry
    from ..types import PixelGrid, Projection

Shares = npt.NDArray[np.float64]

TILE = 512
"""Pixels along a side of the tiles that a region is worked through in."""

LEAST_SHARE = 0.005
"""Pixels of which less lies in the region do not count with weighted reducers (the service's guide to reduceRegion)."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A rectangle of a region's pixels.

    Attributes
    ----------
    grid : PixelGrid
    shares : ndarray of float64, shape (height, width)
        The part of each pixel that lies in the region, 0 to 1; a point or line takes all of the pixels it touches.
    centres : ndarray of bool, shape (height, width)
        Pixels whose centre lies in the region.
    """

    grid: PixelGrid
    shares: Shares
    centres: npt.NDArray[np.bool_]


class Region:
    """A geometry laid over the pixels of a projection.

    Parameters
    ----------
    geometry : Geometry
        Bounded.
    projection : Projection

    Raises
    ------
    EarthError
        If the geometry is unbounded or has no image in the projection.
    """

    def __init__(self, geometry: Geometry, projection: Projection) -> None:
        if geometry.unbounded:
            raise EarthError("The geometry is unbounded: it has too many pixels at any scale.")
        self.projection = projection
        shape = to_pixels(project(geometry, projection.crs), projection)
        if shape.is_empty and not geometry.shape.is_empty:
            raise EarthError(f"The geometry cannot be projected to {projection.crs}.")
        # Without the noise of the transformation, which overlays of shapes do not take well.
        self._shape = make_valid(shapely.transform(shape, lambda points: np.round(points, 9)))
        shapely.prepare(self._shape)

    @cached_property
    def has_area(self) -> bool:
        """Whether pixels can be covered in part."""
        return self._shape.geom_type in {"Polygon", "MultiPolygon"}

    def size(self, enough: float) -> int:
        """Count the pixels; far beyond ``enough`` the count is the region's area, or a line's length."""
        extent = float(self._shape.area if self.has_area else self._shape.length)
        if extent > 2 * enough + TILE * TILE:
            return math.ceil(extent)
        return sum(int((tile.shares >= LEAST_SHARE).sum()) for tile in self.tiles())

    def tiles(self) -> Iterator[Tile]:
        """All pixels, row of tiles by row of tiles; rectangles that miss the region are left out."""
        if self._shape.is_empty:
            return
        left, top, right, bottom = self._shape.bounds
        # A point on the very edge belongs to the pixel right of it and below it.
        first, last = (math.floor(left), math.floor(top)), (math.floor(right) + 1, math.floor(bottom) + 1)
        yield from self._split((*first, *last))

    def _split(self, frame: tuple[int, int, int, int]) -> Iterator[Tile]:
        check_time()
        left, top, right, bottom = frame
        if not self._shape.intersects(box(*frame)):
            return
        if right - left <= TILE and bottom - top <= TILE:
            yield self._tile(frame)
            return
        across = [left, (left + right) // 2, right] if right - left > TILE else [left, right]
        down = [top, (top + bottom) // 2, bottom] if bottom - top > TILE else [top, bottom]
        for upper, lower in itertools.pairwise(down):
            for start, stop in itertools.pairwise(across):
                yield from self._split((start, upper, stop, lower))

    def _tile(self, frame: tuple[int, int, int, int]) -> Tile:
        left, top, right, bottom = frame
        size = bottom - top, right - left
        grid = extents.make_window(self.projection, (left, top), (size[1], size[0]))
        if self._shape.contains(box(*frame)):
            return Tile(grid, np.ones(size), np.ones(size, bool))
        if not self.has_area:
            # Not clip_by_rect, which drops a point that lies on the edge of the frame.
            part = shapely.affinity.translate(shapely.intersection(self._shape, box(*frame)), -left, -top)
            touched = burn(part, size, touched=True)
            return Tile(grid, touched.astype(np.float64), touched)
        part = shapely.affinity.translate(shapely.clip_by_rect(self._shape, *frame), -left, -top)
        centres = burn(part, size, touched=False)
        return Tile(grid, _shares(part, centres), centres)


def _shares(part: BaseGeometry, centres: npt.NDArray[np.bool_]) -> Shares:
    """Covered parts: exact areas for pixels on the outline, all or nothing elsewhere."""
    shares = centres.astype(np.float64)
    if part.is_empty:
        return shares
    rows, cols = np.nonzero(_grown(burn(part.boundary, centres.shape, touched=True)))
    cells = shapely.box(cols, rows, cols + 1, rows + 1)
    shares[rows, cols] = shapely.area(shapely.intersection(cells, part))
    return shares


def _grown(flags: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Flags and their neighbours: GDAL does not burn pixels that a line enters by less than a hundredth."""
    for axis in (0, 1):
        padded = np.pad(flags, [(1, 1) if one == axis else (0, 0) for one in (0, 1)])
        flags = np.logical_or.reduce([np.take(padded, range(k, k + flags.shape[axis]), axis) for k in range(3)])
    return flags
