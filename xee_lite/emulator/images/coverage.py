"""Which pixels of a grid lie in a geometry, or within the bounds of a band."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely
from rasterio.features import rasterize
from shapely.geometry import box

from ..geometry.coordinates import transform
from ..geometry.projecting import project, to_pixels
from .image import Mask, everywhere
from .sampling import TIE, locate

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from ..geometry.geometry import Geometry
    from ..types import PixelGrid
    from .image import Band, Sampler


def footprint_mask(sampler: Sampler, band: Band) -> Mask:
    """Which pixel centres of a sampler's grid lie in a band's footprint."""
    mask = everywhere(sampler.shape)
    if band.footprint is not None:
        mask = geometry_mask(sampler, band.footprint)
    if band.dimensions is not None:
        mask = np.minimum(mask, rectangle_mask(sampler, band))
    return mask


def rectangle_mask(sampler: Sampler, band: Band) -> Mask:
    """Which pixel centres lie in the rectangle of a band's pixels."""

    def make() -> Mask:
        x, y = (np.floor(position + TIE) for position in locate(sampler, band.projection))
        (left, top), (width, height) = band.origin, band.dimensions or (0, 0)
        hit = (x >= left) & (x < left + width) & (y >= top) & (y < top + height)
        return hit.astype(np.float32)

    return sampler.share(("within", band.projection, band.origin, band.dimensions), make)


def geometry_mask(sampler: Sampler, geometry: Geometry) -> Mask:
    """Which pixel centres of a sampler's grid lie in a geometry."""
    if geometry.unbounded:
        return everywhere(sampler.shape)
    return sampler.share(("inside", geometry), lambda: _centres(geometry, sampler.grid))


def _centres(geometry: Geometry, grid: PixelGrid) -> Mask:
    """Pixel centres in a shape, by scan conversion; point by point where the shape has no image in the grid's CRS."""
    shape = project(geometry, grid.crs)
    size = grid.height, grid.width
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        return _contains(geometry, grid)
    pixels = to_pixels(shape, grid.projection)
    frame = box(0, 0, grid.width, grid.height)
    if not pixels.intersects(frame):
        return everywhere(size, 0.0)
    if pixels.contains(frame):
        return everywhere(size)
    if pixels.geom_type in {"Point", "MultiPoint", "LineString", "MultiLineString"}:
        # A point or a line holds no centre: it takes the pixels that it touches.
        return burn(pixels, size, touched=True).astype(np.float32)
    return burn(pixels, size, touched=False).astype(np.float32)


def burn(pixels: BaseGeometry, size: tuple[int, int], *, touched: bool) -> npt.NDArray[np.bool_]:
    """The pixels of a grid of (height, width) whose centres lie in a shape, or that it touches."""
    if pixels.is_empty:
        return np.zeros(size, bool)
    burnt: npt.NDArray[np.uint8] = rasterize([pixels], size, default_value=1, all_touched=touched, dtype="uint8")
    return burnt.view(bool)


def _contains(geometry: Geometry, grid: PixelGrid) -> Mask:
    x, y = transform(*grid.centres(), grid.crs, geometry.projection.crs)
    shape = project(geometry, geometry.projection.crs)
    shapely.prepare(shape)
    x, y = np.broadcast_arrays(x, y)
    return np.asarray(shapely.contains_xy(shape, x, y), np.float32)
