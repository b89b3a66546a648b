"""Gradients, per pixel and per metre."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import NotImplementedHereError
from ..types import METRES_PER_DEGREE, parse_crs
from .neighbourhood import read_neighbourhood

if TYPE_CHECKING:
    import numpy.typing as npt

    from ..images.image import Band, Mask, Sampler
    from ..types import PixelGrid

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Changes:
    """Half the differences between the neighbours on both sides, in pixels.

    Attributes
    ----------
    right, down : ndarray of float64, shape (height, width)
        From column to column and from row to row.
    mask : ndarray of float32, same shape
        The least of the pixel and its four neighbours.
    """

    right: Floats
    down: Floats
    mask: Mask


def find_changes(sampler: Sampler, band: Band) -> Changes | None:
    """What lies around each pixel of a sampler's grid; None where there is nothing."""
    source = read_neighbourhood(sampler, band, (1, 1, 1, 1))
    if source.is_nothing:
        return None
    values, mask = source.values.astype(np.float64), source.mask
    with np.errstate(all="ignore"):
        right = (values[1:-1, 2:] - values[1:-1, :-2]) / 2
        down = (values[2:, 1:-1] - values[:-2, 1:-1]) / 2
    needed = mask[1:-1, 1:-1], mask[1:-1, 2:], mask[1:-1, :-2], mask[2:, 1:-1], mask[:-2, 1:-1]
    return Changes(right, down, np.minimum.reduce(needed))


def pixel_size(grid: PixelGrid, where: str) -> tuple[Floats, float]:
    """Metres to the east from a pixel to the next of its row, and to the north to the next of its column.

    In a projected CRS they are those of its plane. On degrees the sphere of the service's scales is taken, with the
    cosine of the latitude; the service's own way is not documented.

    Raises
    ------
    NotImplementedHereError
        If the grid is sheared or turned.
    """
    a, b, _, d, e, _ = grid.transform
    if b or d:
        raise NotImplementedHereError(f"{where}: This emulator has no gradients on grids that are sheared or turned.")
    if not parse_crs(grid.crs).is_geographic:
        metres = grid.projection.metres_per_unit
        return np.full((1, 1), a * metres), e * metres
    _, latitude = grid.centres()
    return a * METRES_PER_DEGREE * np.cos(np.radians(latitude)), e * METRES_PER_DEGREE
