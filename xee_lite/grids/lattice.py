"""Lattices: pixels without bounds, from which a region cuts its grid."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from affine import Affine

from ..errors import InputError
from .grid import Grid, Window, metres_per_unit, nominal_scale
from .region import spell_bounds

if TYPE_CHECKING:
    from .reprojection import Bounds


def lattice_of(crs: str, scale: float | None, own: Grid | None) -> Grid:
    """The lattice that is meant by a CRS and a scale, as a grid of one pixel.

    In the source's own CRS it starts at the source's own corner, so that pixels of its own size are not resampled;
    elsewhere at multiples of the pixel size, as in Earth Engine (its guide on exporting images).

    Parameters
    ----------
    crs : str
    scale : float, optional
        Metres along the side of a pixel; by default the source's own.
    own : Grid, optional
        Any part of the source's own lattice.
    """
    if own is None:
        return _square(crs, scale or 1.0)
    own_scale = nominal_scale(own)
    if crs != own.crs:
        return _square(crs, own_scale if scale is None else scale)
    if scale is None or is_scale_of(scale, own):
        return own.window(Window(0, 0, 1, 1))
    return Grid(crs, own.transform @ Affine.scale(scale / own_scale), (1, 1))


def is_scale_of(scale: float, grid: Grid) -> bool:
    """Whether metres are the size of a grid's pixels, but for rounding."""
    return math.isclose(scale, nominal_scale(grid), rel_tol=1e-9)


def projection_lattice(crs: str, transform: Affine) -> Grid:
    """The lattice of a projection, as a grid of one pixel, with north up.

    A projection need not say the order of rows: that of a composite in degrees has rows that go north. The lattice has
    the same pixels with rows that go south.

    Parameters
    ----------
    crs : str
    transform : affine.Affine
        From (column, row) to CRS coordinates.
    """
    a, b, c, d, e, f = tuple(transform)[:6]
    if b == d == 0:
        transform = Affine(abs(a), 0, c, 0, -abs(e), f)
    return Grid(crs, transform, (1, 1))


def fit_shape(crs: str, bounds: Bounds, shape: object) -> Grid:
    """A grid of exactly this shape over exactly these bounds, north up.

    Raises
    ------
    InputError
        If it is no shape, or the bounds have no area.
    """
    left, bottom, right, top = bounds
    probe = Grid(crs, Affine.identity(), shape)  # type: ignore[arg-type] # checks the shape
    if not (right > left and top > bottom):
        raise InputError(f"shape= over a region without area, {spell_bounds(bounds)}: pass scale= instead.")
    size = (right - left) / probe.width, (top - bottom) / probe.height
    return Grid(crs, Affine(size[0], 0, left, 0, -size[1], top), probe.shape)


def _square(crs: str, scale: float) -> Grid:
    size = scale / metres_per_unit(crs)
    return Grid(crs, Affine(size, 0, 0, 0, -size, 0), (1, 1))
