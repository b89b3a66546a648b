"""Which level of a pyramid a request reads: the one whose scale is the closest that is no coarser (guide to scale).

The service does not tell how it takes the scale of pixels in another CRS. Here it is that of the output pixel at its
place, the root of its area, so that it depends neither on what else is asked for nor on the CRS's own metres.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..geometry.coordinates import compute_areas
from . import extents
from .image import Pixels, Sampler

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..types import Projection

Levels = npt.NDArray[np.int64]

SNAP = 1e-6
"""Part of a level's scale by which a request may miss it and still read it: rounding errors do not decide."""


def compute_by_level(
    sampler: Sampler, projection: Projection, max_level: int, compute: Callable[[Sampler, int], Pixels]
) -> Pixels:
    """Compute each pixel of a grid from the level that suits it.

    Parameters
    ----------
    sampler : Sampler
    projection : Projection
        Of the native pixels, level 0.
    max_level : int
        The coarsest level.
    compute : callable
        ``compute(sampler, level) -> Pixels`` on a part of the grid.
    """
    if max_level == 0:
        return compute(sampler, 0)
    levels = sampler.share(("levels", projection, max_level), lambda: choose_levels(sampler, projection, max_level))
    first, last = int(levels.min()), int(levels.max())
    if first == last:
        return compute(sampler, first)
    parts = [_part(sampler, levels == level, level, compute) for level in range(first, last + 1)]
    found = [part for part in parts if part is not None]
    values, mask = np.zeros(sampler.shape, found[0][2].values.dtype), np.zeros(sampler.shape, np.float32)
    for window, here, pixels in found:
        values[window][here] = pixels.values[here]
        mask[window][here] = pixels.mask[here]
    return Pixels(values, mask)


def choose_levels(sampler: Sampler, projection: Projection, max_level: int) -> Levels:
    """The level of each pixel of a grid, shaped (1, 1) where it is the same for all; 0 where there is no scale."""
    a, b, _, d, e, _ = projection.transform
    area = sampler.share(("areas", projection.crs), lambda: compute_areas(sampler.grid, projection.crs)) / abs(
        a * e - b * d
    )
    ratio = np.sqrt(np.where(np.isfinite(area), area, 1.0)) * (1 + SNAP)
    return np.clip(np.floor(np.log2(np.maximum(ratio, 1.0))), 0, max_level).astype(np.int64)


def _part(
    sampler: Sampler, here: npt.NDArray[np.bool_], level: int, compute: Callable[[Sampler, int], Pixels]
) -> tuple[tuple[slice, slice], npt.NDArray[np.bool_], Pixels] | None:
    """The rectangle around the pixels of one level, which of them these are, and what there is."""
    rows, cols = np.flatnonzero(here.any(axis=1)), np.flatnonzero(here.any(axis=0))
    if not rows.size:
        return None
    window = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(cols[0]), int(cols[-1]) + 1)
    here = here[window]
    grid = extents.make_window(
        sampler.grid.projection, (window[1].start, window[0].start), (here.shape[1], here.shape[0])
    )
    return window, here, compute(sampler.at(grid), level)
