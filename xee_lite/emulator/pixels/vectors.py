"""Vectorizing: the segments of a raster as polygons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from rasterio.features import rasterize, shapes
from shapely.geometry import Point, box, shape

from ..geometry.coordinates import unapply
from ..geometry.geometry import Geometry
from ..geometry.projecting import project
from ..images import extents
from ..images.image import Sampler
from ..request_limits import check_memory, check_time
from ..types import WGS84, Projection
from ..values.feature import Feature

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapely.geometry.base import BaseGeometry

    from ..images.image import Band
    from ..images.region import Region
    from ..types import PixelGrid

GEOMETRIES = ("polygon", "bb", "centroid")
"""What may stand for a segment."""

FRAME_BYTES = 30
"""Memory that a pixel of the rectangle around a region takes while it is outlined, about."""


@dataclass(frozen=True, slots=True)
class Outline:
    """How segments are found and drawn.

    Attributes
    ----------
    kind : str
        One of `GEOMETRIES`.
    eight : bool
        Whether pixels that touch in a corner are connected.
    native : bool
        Whether the geometries stay in the pixels' projection.
    """

    kind: str
    eight: bool
    native: bool


@dataclass(frozen=True, slots=True)
class Segment:
    """Connected pixels of one value.

    Attributes
    ----------
    label : int
        The value.
    geometry : Geometry
    columns, weights : list of ndarray, shape (n,)
        Values and masks of its pixels, by band.
    """

    label: int
    geometry: Geometry
    columns: list[npt.NDArray[Any]]
    weights: list[npt.NDArray[Any]]

    def feature(self, properties: dict[str, Any]) -> Feature:
        """The segment as a feature."""
        return Feature(self.geometry, properties)


def make_segments(region: Region, label: Band, bands: Sequence[Band], outline: Outline) -> Iterator[Segment]:
    """The segments of a region's pixels, in the order in which GDAL outlines them.

    The region is read whole, because a segment may run through all of its tiles.
    """
    grid, inside = _frame(region)
    sampler = Sampler(grid)
    pixels = sampler(label)
    valid = inside & (pixels.mask > 0)
    values, codes = np.unique(pixels.values, return_inverse=True)
    codes = codes.reshape(valid.shape).astype(np.int32)
    found = list(shapes(codes, mask=valid, connectivity=8 if outline.eight else 4))
    if not found:
        return
    numbers = rasterize([(one, i) for i, (one, _) in enumerate(found, 1)], valid.shape, dtype="int32").ravel()
    order = np.argsort(numbers, kind="stable")
    bounds = np.searchsorted(numbers[order], np.arange(len(found) + 2))
    others = [sampler(band) for band in bands]
    for number, (drawn, code) in enumerate(found, 1):
        check_time()
        members = order[bounds[number] : bounds[number + 1]]
        yield Segment(
            int(values[int(code)]),
            _draw(shape(drawn), members, grid, outline),
            [one.values.ravel()[members] for one in others],
            [one.mask.ravel()[members] for one in others],
        )


def _frame(region: Region) -> tuple[PixelGrid, npt.NDArray[np.bool_]]:
    """The rectangle around a region's pixels, and which of its pixels have their centre in the region."""
    tiles = [(tile, *_tile_offset(tile.grid, region.projection)) for tile in region.tiles()]
    if not tiles:
        return extents.make_window(region.projection, (0, 0), (1, 1)), np.zeros((1, 1), bool)
    left, top = min(col for _, col, _ in tiles), min(row for _, _, row in tiles)
    right = max(col + tile.grid.width for tile, col, _ in tiles)
    bottom = max(row + tile.grid.height for tile, _, row in tiles)
    check_memory(FRAME_BYTES * (right - left) * (bottom - top))
    inside = np.zeros((bottom - top, right - left), bool)
    for tile, col, row in tiles:
        inside[row - top : row - top + tile.grid.height, col - left : col - left + tile.grid.width] = tile.centres
    return extents.make_window(region.projection, (left, top), (right - left, bottom - top)), inside


def _tile_offset(grid: PixelGrid, projection: Projection) -> tuple[int, int]:
    """Column and row of a grid's first pixel in the lattice of a projection."""
    col, row = unapply(projection.transform, np.array([grid.transform[2]]), np.array([grid.transform[5]]))
    return round(float(col[0])), round(float(row[0]))


def _draw(pixels: BaseGeometry, members: npt.NDArray[Any], grid: PixelGrid, outline: Outline) -> Geometry:
    """A segment's geometry, made in pixels and taken to degrees unless the pixels' own projection is wanted."""
    if outline.kind == "bb":
        pixels = box(*pixels.bounds)
    elif outline.kind == "centroid":
        rows, cols = np.divmod(members, grid.width)
        pixels = Point(float(cols.mean()) + 0.5, float(rows.mean()) + 0.5)
    native = Geometry(pixels, geodesic=False, projection=grid.projection)
    crs = grid.crs if outline.native else WGS84.crs
    return Geometry(project(native, crs), geodesic=False, projection=Projection(crs))
