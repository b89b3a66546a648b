"""Coordinates: between pixels and CRSs, and between the pixels of two grids."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt
from pyproj import Transformer
from pyproj.exceptions import ProjError

from ..errors import EarthError
from ..types import parse_crs
from .patches import LEAST, NODES, Patch

if TYPE_CHECKING:
    from ..types import Floats, PixelGrid, Projection, Transform

Number = TypeVar("Number", float, npt.NDArray[np.float64])


def find_positions(grid: PixelGrid, projection: Projection) -> tuple[Floats, Floats]:
    """Where the pixel centres of a grid lie in a raster: columns and rows, with fractions, from its first corner.

    Shaped (1, width) and (height, 1) where the grids are parallel, both (height, width) otherwise. Not finite where
    coordinates cannot be transformed.
    """
    return unapply(projection.transform, *transform(*grid.centres(), grid.crs, projection.crs))


def compute_areas(grid: PixelGrid, crs: str) -> Floats:
    """The area in a CRS, in its squared units, of each pixel of a grid: of the quadrangle of its corners.

    Shaped (1, 1) where the CRSs are the same, (height, width) otherwise. Not finite where corners cannot be
    transformed.
    """
    a, b, c, d, e, f = grid.transform
    if _transformer(grid.crs, crs) is None:
        return np.full((1, 1), abs(a * e - b * d))
    shifted = (a, b, c - (a + b) / 2, d, e, f - (d + e) / 2)
    corners = replace(grid, transform=shifted, width=grid.width + 1, height=grid.height + 1)
    with np.errstate(invalid="ignore"):
        x, y = transform(*corners.centres(), grid.crs, crs, smooth=True)
        falling, rising = x[1:, 1:] - x[:-1, :-1], x[1:, :-1] - x[:-1, 1:]
        if parse_crs(crs).is_geographic:  # a pixel across the antimeridian is as wide as others
            falling, rising = (np.remainder(east + 180, 360) - 180 for east in (falling, rising))
        twice: Floats = falling * (y[1:, :-1] - y[:-1, 1:]) - rising * (y[1:, 1:] - y[:-1, :-1])
    return np.abs(twice) / 2


def transform(x: Floats, y: Floats, source: str, target: str, *, smooth: bool = False) -> tuple[Floats, Floats]:
    """Transform coordinates, easting or longitude first; arrays are broadcast only where the CRSs differ.

    With ``smooth``, those of a grid may come with other last bits than each by itself, many times faster.
    """
    transformer = _transformer(source, target)
    if transformer is None:
        return x, y
    if smooth and x.shape[0] == 1 == y.shape[1]:
        return _follow(x[0], y[:, 0], transformer)
    return _move(x, y, transformer)


def _move(x: Floats, y: Floats, transformer: Transformer) -> tuple[Floats, Floats]:
    x, y = np.broadcast_arrays(x, y)
    moved = transformer.transform(x, y, errcheck=False)
    return np.asarray(moved[0], np.float64), np.asarray(moved[1], np.float64)


def _follow(x: Floats, y: Floats, transformer: Transformer) -> tuple[Floats, Floats]:
    """Transform a grid of columns and rows: as a patch if it is smooth, else each half of it, else each point."""
    if x.size * y.size < LEAST or min(x.size, y.size) < NODES:
        return _move(x[np.newaxis], y[:, np.newaxis], transformer)
    found = Patch(y, x).follow(lambda rows, cols: _move(x[cols], y[rows], transformer))
    if found is not None:
        return found[0], found[1]
    if y.size >= x.size:
        halves = [_follow(x, part, transformer) for part in np.array_split(y, 2)]
    else:
        halves = [_follow(part, y, transformer) for part in np.array_split(x, 2)]
    axis = 0 if y.size >= x.size else 1
    return np.concatenate([half[0] for half in halves], axis), np.concatenate([half[1] for half in halves], axis)


def apply(affine: Transform, col: Number, row: Number) -> tuple[Number, Number]:
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


def reach(grid: PixelGrid, projection: Projection) -> tuple[float, float, float, float] | None:
    """Bounds that certainly hold a grid, in pixels of a raster: left, top, right and bottom; None if there are none.

    They are estimated from a lattice of its points: a mosaic of thousands of scenes needs them of each, and a lattice
    takes microseconds where all centres take seconds.
    """
    steps = 16
    col, row = np.meshgrid(np.linspace(0, grid.width, steps + 1), np.linspace(0, grid.height, steps + 1))
    x, y = transform(*apply(grid.transform, col, row), grid.crs, projection.crs)
    lows, highs = [], []
    for position in unapply(projection.transform, x, y):
        if not np.isfinite(position).all():
            return None
        # Between two lattice points a transformation stays within one step of them.
        step = max(float(np.abs(np.diff(position, axis=axis)).max()) for axis in (0, 1))
        lows.append(float(position.min()) - step)
        highs.append(float(position.max()) + step)
    return lows[0], lows[1], highs[0], highs[1]


def are_apart(grid: PixelGrid, projection: Projection, dimensions: tuple[int, int]) -> bool:
    """Whether a grid certainly misses a raster."""
    found = reach(grid, projection)
    if found is None:
        return False
    left, top, right, bottom = found
    return left > dimensions[0] or right < 0 or top > dimensions[1] or bottom < 0


@lru_cache(maxsize=256)
def _transformer(source: str, target: str) -> Transformer | None:
    """None where the two are the same."""
    if source == target:
        return None
    start, end = parse_crs(source), parse_crs(target)
    if start.equals(end, ignore_axis_order=True):
        return None
    try:
        return Transformer.from_crs(start, end, always_xy=True)
    except ProjError as error:  # of another planet, or of no place on any
        raise EarthError(f"No transformation is known from the CRS '{start.name}' to '{end.name}'.") from error
