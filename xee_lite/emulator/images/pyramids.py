"""Levels of reduced resolution above a stored band's own pixels, computed on demand.

Each level has half the columns and rows of the one below it, rounded up, and begins at the same corner; each of its
pixels is made of the 2 x 2 below it by the band's policy. There are levels until the whole image fits within 256 x 256
pixels (the service's guide to scale). Policies, and what they do to masks, are those of the service's reference for
PyramidingPolicy: values weigh by their masks, and the mask is the mean of the masks; SAMPLE takes both of the upper
left pixel.

Not documented, so chosen here: integers are rounded at each level, halves to even; of values that are equally frequent
MODE takes the least; pixels of the last row and column, which have less below them, are made of what there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..geometry.coordinates import are_apart
from ..request_limits import check_time
from . import extents
from .image import Pixels, everywhere
from .levels import compute_by_level
from .sampling import Compute, Read, Size, make_stored_compute

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..types import Floats, Projection
    from .image import Mask, Sampler, Values

TILE = 256
"""Pixels a side, in which the coarsest level fits."""

BLOCK = 2**22
"""Native pixels that are read and halved at once."""


def level_count(dimensions: Size) -> int:
    """How many levels lie above the pixels of an image."""
    return ((max(*dimensions, 1) - 1) // TILE).bit_length()


def make_pyramid_compute(
    read: Read, projection: Projection, dimensions: Size, dtype: npt.DTypeLike, policy: str
) -> Compute:
    """Make the ``compute`` of a band that keeps levels, from a raster that is read by windows.

    Parameters
    ----------
    read, projection, dimensions, dtype
        As for `sampling.stored`.
    policy : str
        One of `POLICIES`.
    """
    pyramid = Pyramid(read, dimensions, policy)
    width, height = dimensions
    levels = [
        make_stored_compute(
            partial(pyramid.read_level, level),
            extents.coarsen_projection(projection, 2**level),
            (_halve(width, level), _halve(height, level)),
            dtype,
        )
        for level in range(level_count(dimensions) + 1)
    ]

    def compute(sampler: Sampler) -> Pixels:
        if are_apart(sampler.grid, projection, dimensions):
            return Pixels.nothing(sampler.shape, dtype)
        return compute_by_level(sampler, projection, len(levels) - 1, lambda part, level: levels[level](part))

    return compute


@dataclass(frozen=True, slots=True)
class Pyramid:
    """The levels of one raster."""

    read: Read
    dimensions: Size
    policy: str

    def read_level(self, level: int, row0: int, row1: int, col0: int, col1: int) -> tuple[Values, Mask | None]:
        """Pixels of a level in a half-open window of that level, from native pixels that are read in blocks."""
        if level == 0:
            return self.read(row0, row1, col0, col1)
        check_time()
        height, width = row1 - row0, col1 - col0
        if height * width > max(BLOCK >> 2 * level, 1):
            row, col = row0 + height // 2, col0 + width // 2
            if height >= width:
                return _join(
                    self.read_level(level, row0, row, col0, col1), self.read_level(level, row, row1, col0, col1), 0
                )
            return _join(
                self.read_level(level, row0, row1, col0, col), self.read_level(level, row0, row1, col, col1), 1
            )
        across, down = (_halve(size, level - 1) for size in self.dimensions)
        below = self.read_level(level - 1, 2 * row0, min(2 * row1, down), 2 * col0, min(2 * col1, across))
        return halve(*below, self.policy)


def halve(values: Values, mask: Mask | None, policy: str) -> tuple[Values, Mask | None]:
    """Make one pixel of each 2 x 2.

    Parameters
    ----------
    values : ndarray, shape (height, width)
        Its first pixel is the upper left of the first 2 x 2; sides may be odd.
    mask : ndarray of float32, shape (height, width), optional
        None is all valid.
    policy : str
        One of `POLICIES`.

    Returns
    -------
    values : ndarray, shape (ceil(height / 2), ceil(width / 2))
        In the dtype that was given.
    mask : ndarray of float32, same shape, optional
    """
    if policy == "SAMPLE":
        return values[::2, ::2], None if mask is None else mask[::2, ::2]
    there = _quads(np.ones(values.shape))
    weights = there if mask is None else _quads(mask.astype(np.float64))
    made = _AGGREGATES[policy](_quads(values), weights)
    if values.dtype.kind in "biu" and made.dtype.kind == "f":
        made = np.rint(made)
    share = None if mask is None else (weights.sum(axis=0) / there.sum(axis=0)).astype(np.float32)
    return made.astype(values.dtype, copy=False), share


def _mean(values: Values, weights: Floats) -> Values:
    """Of quarters, so that the largest numbers do not overflow."""
    total = (weights * np.where(weights > 0, values * 0.25, 0.0)).sum(axis=0)
    sums = weights.sum(axis=0)
    quarter: Values = np.divide(total, sums, out=np.zeros_like(total), where=sums > 0)
    return 4 * quarter


def _mode(values: Values, weights: Floats) -> Values:
    values, weights = _order(values, weights)
    missing = values != values  # noqa: PLR0124 - NaN, which equals itself here
    scores = [
        np.where((values == one) | (missing & none), weights, 0).sum(axis=0)
        for one, none in zip(values, missing, strict=True)
    ]
    return _pick(values, np.argmax(scores, axis=0))


def _median(values: Values, weights: Floats) -> Values:
    values, weights = _order(values, weights)
    below = np.cumsum(weights, axis=0)
    middle = below[-1] / 2
    lower, upper = (_pick(values, np.argmax(passed, axis=0)) for passed in (below >= middle, below > middle))
    middling: Values = lower * 0.5 + upper * 0.5
    return middling


def _least(values: Values, weights: Floats) -> Values:
    minimum: Values = np.minimum.reduce(_valid(values, weights))
    return minimum


def _greatest(values: Values, weights: Floats) -> Values:
    maximum: Values = np.maximum.reduce(_valid(values, weights))
    return maximum


_AGGREGATES: dict[str, Callable[[Values, Floats], Values]] = {
    "MEAN": _mean,
    "MODE": _mode,
    "MIN": _least,
    "MAX": _greatest,
    "MEDIAN": _median,
}
"""By policy, what makes values out of four, shaped (4, height, width), and of as many weights."""

POLICIES = ("SAMPLE", *_AGGREGATES)
"""Pyramiding policies, by the service's names."""


def check_policy(policy: object) -> str:
    """The name of a policy.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if policy not in POLICIES:
        raise ValueError(f"There is no pyramiding policy {policy!r}; pass one of {', '.join(POLICIES)}.")
    return str(policy)


def _halve(size: int, times: int) -> int:
    return -(-size >> times)


def _quads(array: npt.NDArray[np.generic]) -> Values:
    """The four pixels of each 2 x 2, row by row, shaped (4, height, width); zeros where a side is odd."""
    height, width = array.shape
    even = np.pad(array, ((0, height % 2), (0, width % 2))) if height % 2 or width % 2 else array
    return np.stack([even[row::2, col::2] for row in (0, 1) for col in (0, 1)])


def _order(values: Values, weights: Floats) -> tuple[Values, Floats]:
    order = np.argsort(values, axis=0, kind="stable")
    return np.take_along_axis(values, order, axis=0), np.take_along_axis(weights, order, axis=0)


def _pick(values: Values, index: npt.NDArray[np.intp]) -> Values:
    picked: Values = np.take_along_axis(values, index[np.newaxis], axis=0)[0]
    return picked


def _valid(values: Values, weights: Floats) -> Values:
    """The values, with the first valid one in place of those without weight."""
    return np.where(weights > 0, values, _pick(values, np.argmax(weights > 0, axis=0)))


def _join(
    first: tuple[Values, Mask | None], second: tuple[Values, Mask | None], axis: int
) -> tuple[Values, Mask | None]:
    values = np.concatenate([first[0], second[0]], axis)
    if first[1] is None and second[1] is None:
        return values, None
    masks = [everywhere(part.shape) if mask is None else mask for part, mask in (first, second)]
    return values, np.concatenate(masks, axis)
