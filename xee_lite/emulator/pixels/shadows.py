"""Shadows of terrain."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ..images.image import Band, Pixels, Sampler
from ..request_limits import check_time
from ..types import BOOLEAN
from .gradients import pixel_size
from .neighbourhood import read_neighbourhood

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def find_lit(band: Band, azimuth: float, zenith: float, reach: int) -> Band:
    """1 where the sun is seen, 0 where a height within so many pixels towards it is above the ray to the sun.

    From step to step along the longer axis the ray passes between two pixels, between whose heights is interpolated.
    The rays are parallel on the grid, as on a Mercator's, and as long as the pixels that they begin in tell; on degrees
    these are the lengths that slopes have, too. The service documents none of it.

    Parameters
    ----------
    band : Band
        Metres.
    azimuth, zenith : float
        Degrees, of the sun: from the north by the east, and from straight above.
    reach : int
    """

    def compute(sampler: Sampler) -> Pixels:
        across, down = pixel_size(sampler.grid, "Terrain.hillShadow")
        col, row = _direction(sampler, azimuth)
        margins = tuple(math.ceil(max(side * reach, 0)) for side in (-col, -row, col, row))
        left, top, right, bottom = margins
        source = read_neighbourhood(sampler, band, (left + 1, top + 1, right + 1, bottom + 1))
        if source.is_nothing:
            return Pixels.nothing(sampler.shape, BOOLEAN.storage)
        heights = np.where(source.mask > 0, source.values, -np.inf).astype(np.float64)
        rise = np.hypot(across * col, down * row) * _climb(zenith)
        height, width = sampler.shape
        own = heights[top + 1 : top + 1 + height, left + 1 : left + 1 + width]
        known = np.isfinite(own)
        dark = np.zeros(sampler.shape, bool)
        highest = heights.max(initial=-np.inf)
        for step, ray in enumerate(_along(heights, (left + 1, top + 1), (col, row), sampler.shape, reach), 1):
            check_time()
            above = np.where(known, own, 0) + rise * step
            dark |= known & (ray > above)
            if not (known & (above < highest)).any():
                break
        return Pixels((~dark).astype(BOOLEAN.storage), sampler(band).mask)

    return band.derived(compute, name="shadow", type_=BOOLEAN)


def _direction(sampler: Sampler, azimuth: float) -> tuple[float, float]:
    """Columns and rows of a step towards the sun, the longer of them one."""
    a, _, _, _, e, _ = sampler.grid.transform
    col, row = math.sin(math.radians(azimuth)) / a, math.cos(math.radians(azimuth)) / e
    longest = max(abs(col), abs(row))
    # A sine of a whole turn is not quite zero, and must not look at a further column.
    return round(col / longest, 12), round(row / longest, 12)


def _climb(zenith: float) -> float:
    """Metres by which the ray rises in one of the plane."""
    if zenith <= 0:
        return math.inf
    return math.cos(math.radians(zenith)) / math.sin(math.radians(zenith))


def _along(
    heights: Floats, first: tuple[int, int], way: tuple[float, float], shape: tuple[int, int], reach: int
) -> Iterator[Floats]:
    """The heights that the rays from all pixels pass in each step."""

    def moved(col: int, row: int) -> Floats:
        left, top = first[0] + col, first[1] + row
        return heights[top : top + shape[0], left : left + shape[1]]

    for step in range(1, reach + 1):
        col, row = way[0] * step, way[1] * step
        near, share = (math.floor(col), math.floor(row)), max(col - math.floor(col), row - math.floor(row))
        if share == 0:
            yield moved(*near)
            continue
        far = (near[0] + 1, near[1]) if col != near[0] else (near[0], near[1] + 1)
        yield (1 - share) * moved(*near) + share * moved(*far)
