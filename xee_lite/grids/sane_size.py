"""Sizes of grids that can hardly be meant: a scale that was meant in degrees, and more pixels than the Earth has."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..errors import InputError
from .crs import parse_crs, spell_crs
from .grid import METRES_PER_DEGREE, nominal_scale

if TYPE_CHECKING:
    from .grid import Grid
    from .reprojection import Bounds

MOST_PIXELS = 2**40
"""Pixels that a grid from ``scale`` or in another CRS may have; chosen: a TiB for each band of bytes. The whole Earth
in degrees has 9e11 of 30 m. The source's own pixels, and those of ``shape``, ``grid`` and ``like``, are not limited."""

_FINER = 10
"""How many times finer than the source's pixels a scale has to be to count as meant in degrees; chosen. A grid that is
refused has each of the source's pixels 100 times, and more than 222 000 pixels along a side: two degrees or more, in
pixels of as many metres as were meant in degrees."""

_FINEST = 1.0
"""Metres below which a scale counts as meant in degrees where the size of the source's pixels is not known; chosen."""

_MOST_TURNS = 2
"""How many times around the Earth a grid of longitudes may run; chosen: no region does so more than once."""


def check_scale(crs: str, scale: float, bounds: Bounds, lattice: Grid | None) -> None:
    """Refuse a scale that was meant in degrees, such as ``scale=0.25`` for a quarter of a degree.

    It counts as meant in degrees if the CRS is geographic, the region is at least two such pixels wide or high when the
    number is taken as degrees, and as metres it is 10 times finer than the source's own pixels, or less than a metre
    where these are not known.

    Parameters
    ----------
    crs : str
    scale : float
        As passed.
    bounds : (left, bottom, right, top)
        Of the region, in the units of the CRS.
    lattice : Grid, optional
        Any part of the source's own lattice.

    Raises
    ------
    InputError
        With the number of metres that was probably meant.
    """
    if not parse_crs(crs).is_geographic:
        return
    left, bottom, right, top = bounds
    least = _FINEST if lattice is None else nominal_scale(lattice) / _FINER
    if scale < least and 2 * scale <= max(right - left, top - bottom):
        raise InputError(
            f"scale={scale:.6g} is in metres, {_times_finer(scale, lattice)}: for pixels of {scale:.6g} degrees pass "
            f"scale={scale * METRES_PER_DEGREE:.10g}, and if metres are meant, shape= or transform=."
        )


def _times_finer(scale: float, lattice: Grid | None) -> str:
    if lattice is None:
        return f"{scale / METRES_PER_DEGREE:.3g} degrees"
    return (
        f"{nominal_scale(lattice) / scale:.3g} times finer than the source's pixels of {nominal_scale(lattice):.4g} m"
    )


def check_size(lattice: Grid, bounds: Bounds) -> None:
    """Refuse a part of a lattice with more than 2**40 pixels.

    Raises
    ------
    InputError
        If a region of these bounds has more, or is endless.
    """
    left, bottom, right, top = bounds
    if not all(map(math.isfinite, bounds)):
        raise InputError(f"The region has no bounds in {spell_crs(lattice.crs)}: pass a smaller one, or another crs.")
    inverse = ~lattice.lattice
    corners = [inverse @ corner for corner in ((left, bottom), (left, top), (right, bottom), (right, top))]
    width, height = (max(numbers) - min(numbers) for numbers in zip(*corners, strict=True))
    if width * height > MOST_PIXELS:
        raise InputError(
            f"The grid would have {height:.3g} x {width:.3g} pixels of {nominal_scale(lattice):.4g} m: pass a coarser "
            "scale or a smaller region, or shape=(height, width) if so many are meant."
        )


def check_extent(grid: Grid) -> None:
    """Refuse a grid that runs more than twice around the Earth, or whose pixels float64 can not tell apart.

    Raises
    ------
    InputError
        If longitudes run more than twice around, or a pixel is smaller than the rounding of its coordinates.
    """
    left, bottom, right, top = grid.bounds
    numbers = (max(abs(left), abs(right)), grid.lattice.a), (max(abs(bottom), abs(top)), grid.lattice.e)
    if not all(map(math.isfinite, grid.bounds)) or (
        grid.is_rectilinear and any(abs(step) < 4 * math.ulp(farthest) for farthest, step in numbers)
    ):
        raise InputError(
            f"The grid has pixels of {tuple(grid.transform)[:6]}, which float64 can not tell apart: pass larger ones, "
            "in the units of its CRS."
        )
    if grid.pyproj_crs.is_geographic and not right - left <= _MOST_TURNS * 360:
        raise InputError(
            f"The grid spans {right - left:.6g} degrees of longitude, more than twice around the Earth: pass fewer or "
            "smaller pixels, in degrees."
        )
