"""From the pixels of one grid to the pixels of another, by way of the coordinates of pixel centres."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt
from pyproj import Transformer

from ..types import parse_crs

if TYPE_CHECKING:
    from ..types import PixelGrid, Projection, Transform

Floats = npt.NDArray[np.float64]
Place = TypeVar("Place", float, Floats)


def positions(grid: PixelGrid, projection: Projection) -> tuple[Floats, Floats]:
    """Where the pixel centres of a grid lie in a raster: columns and rows, with fractions, from its first corner.

    Shaped (1, width) and (height, 1) where the grids are parallel, both (height, width) otherwise. Not finite where
    coordinates cannot be transformed.
    """
    return unapply(projection.transform, *transform(*grid.centres(), grid.crs, projection.crs))


def transform(x: Floats, y: Floats, source: str, target: str) -> tuple[Floats, Floats]:
    """Transform coordinates, easting or longitude first; arrays are broadcast only where the CRSs differ."""
    transformer = _transformer(source, target)
    if transformer is None:
        return x, y
    x, y = np.broadcast_arrays(x, y)
    moved = transformer.transform(x, y, errcheck=False)
    return np.asarray(moved[0], np.float64), np.asarray(moved[1], np.float64)


def apply(affine: Transform, col: Place, row: Place) -> tuple[Place, Place]:
    """Pixel positions to coordinates."""
    a, b, c, d, e, f = affine
    return a * col + c if b == 0 else a * col + b * row + c, e * row + f if d == 0 else d * col + e * row + f


def unapply(affine: Transform, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Coordinates to pixel positions."""
    a, b, c, d, e, f = affine
    if b == 0 and d == 0:
        return (x - c) / a, (y - f) / e
    area = a * e - b * d
    return (e * (x - c) - b * (y - f)) / area, (a * (y - f) - d * (x - c)) / area


def apart(grid: PixelGrid, projection: Projection, dimensions: tuple[int, int]) -> bool:
    """Whether a grid certainly misses a raster, told from a lattice of its points.

    A mosaic of thousands of scenes asks this of each: a lattice costs microseconds where all centres cost seconds.
    """
    steps = 16
    col, row = np.meshgrid(np.linspace(0, grid.width, steps + 1), np.linspace(0, grid.height, steps + 1))
    x, y = transform(*apply(grid.transform, col, row), grid.crs, projection.crs)
    for position, size in zip(unapply(projection.transform, x, y), dimensions, strict=True):
        if not np.isfinite(position).all():
            return False
        # Between two lattice points a transformation stays within one step of them.
        step = max(float(np.abs(np.diff(position, axis=axis)).max()) for axis in (0, 1))
        if position.min() - step > size or position.max() + step < 0:
            return True
    return False


@lru_cache(maxsize=256)
def _transformer(source: str, target: str) -> Transformer | None:
    """None where the two are the same."""
    if source == target:
        return None
    start, end = parse_crs(source), parse_crs(target)
    if start.equals(end, ignore_axis_order=True):
        return None
    return Transformer.from_crs(start, end, always_xy=True)
