"""Computation by fixed cells of the pixel plane, for algorithms whose results depend on where they start.

What is computed of a whole block at once, as floods and clusters are, depends on where the block ends. The service has
its tiles for it, and lets some algorithms reach beyond them. Here the plane is cut into square cells that begin where
the CRS does, so that a pixel is the same in all requests on one grid.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ..errors import EarthError
from ..images import extents
from ..images.image import Pixels
from ..request_limits import check_time
from .neighbourhood import MAX_PIXELS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..images.image import Sampler
    from ..types import PixelGrid

Corner = tuple[int, int]
"""Column and row of a cell among the cells."""

SIDE = 256
"""Pixels of a cell by default: those of the service's map tiles."""


def compute_by_cell(
    sampler: Sampler, side: int, margin: int, compute: Callable[[Sampler, Corner], Mapping[str, Pixels]]
) -> dict[str, Pixels]:
    """Put the pixels of a sampler's grid together from those of its cells.

    Parameters
    ----------
    sampler : Sampler
    side : int
        Pixels of a cell, each way.
    margin : int
        Pixels around a cell that are looked at, too.
    compute : callable
        ``compute(sampler, corner)``: from a sampler on a cell and its margin to pixels of shape (side, side) by name.

    Raises
    ------
    EarthError
        If a cell is too large.
    """
    if (side + 2 * margin) ** 2 > MAX_PIXELS:
        raise EarthError("User memory limit exceeded.")
    left, top = cell_origin(sampler.grid)
    height, width = sampler.shape
    found: dict[str, Pixels] = {}
    for row in range(top // side, -((-top - height) // side)):
        for col in range(left // side, -((-left - width) // side)):
            check_time()
            x, y = col * side - left, row * side - top
            size = side + 2 * margin
            grid = extents.make_window(sampler.grid.projection, (x - margin, y - margin), (size, size))
            across, down = slice(max(x, 0), min(x + side, width)), slice(max(y, 0), min(y + side, height))
            for name, part in compute(sampler.at(grid), (col, row)).items():
                if name not in found:
                    found[name] = Pixels(
                        np.zeros(sampler.shape, part.values.dtype), np.zeros(sampler.shape, np.float32)
                    )
                inner = slice(down.start - y, down.stop - y), slice(across.start - x, across.stop - x)
                found[name].values[down, across] = part.values[inner]
                found[name].mask[down, across] = part.mask[inner]
    return found


def cell_origin(grid: PixelGrid) -> tuple[int, int]:
    """Column and row of a grid's first pixel, counted from where its CRS begins."""
    a, b, c, d, e, f = grid.transform
    area = a * e - b * d
    # Thirds, because grids may be halves of a pixel off, and rounding errors must not decide.
    return math.floor((e * c - b * f) / area + 1 / 3), math.floor((a * f - d * c) / area + 1 / 3)
