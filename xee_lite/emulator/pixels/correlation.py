"""Cross-correlation of the neighbourhood of a pixel with another image."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..images.image import Band, Pixels, Sampler
from ..request_limits import check_time
from ..types import DOUBLE
from .neighbourhood import read_neighbourhood
from .outputs import make_output_bands

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

NAMES = ("deltaX", "deltaY", "distance", "correlationCoeff")
"""The first and the last are seen in programs and in the service's release notes; that of the distance is not known."""


@dataclass(frozen=True, slots=True)
class Search:
    """Where to look, and at how much.

    Attributes
    ----------
    gap : int
        Columns and rows to the farthest pixel that is compared.
    window : int
        Columns and rows that are compared; of an even number one more lies to the left and above.
    masked : float
        Share of pixels that may be masked in either window.
    """

    gap: int
    window: int
    masked: float

    @property
    def before(self) -> int:
        """Pixels of the window to the left and above."""
        return self.window // 2

    @property
    def after(self) -> int:
        """Pixels of the window to the right and below."""
        return self.window - 1 - self.before


def correlate(first: Sequence[Band], second: Sequence[Band], search: Search) -> list[Band]:
    """The way to the best correlated pixel, in columns and rows, its length, and the correlation.

    Pearson's coefficient is taken over the pixels of the window in all bands. Windows that do not vary have none: it
    counts as 0. Of equals the nearest is taken. The service documents neither these, nor the units of the distances.
    """
    offsets = sorted(
        ((col, row) for row in range(-search.gap, search.gap + 1) for col in range(-search.gap, search.gap + 1)),
        key=lambda offset: (math.hypot(*offset), offset[1], offset[0]),
    )

    def found(sampler: Sampler) -> dict[str, Pixels]:
        height, width = sampler.shape
        wide = height + search.window - 1, width + search.window - 1
        near, far = (search.before, search.after), (search.before + search.gap, search.after + search.gap)
        ours = _stack(sampler, first, near)
        theirs = _stack(sampler, second, far)
        best = np.full(sampler.shape, -np.inf)
        which = np.zeros(sampler.shape, np.int64)
        usable = np.ones(sampler.shape, bool)
        for number, (col, row) in enumerate(offsets):
            check_time()
            top, left = search.gap + row, search.gap + col
            shifted = np.s_[..., top : top + wide[0], left : left + wide[1]]
            both = ours[1] & theirs[1][shifted]
            missing = search.window**2 - _sums(both.astype(np.float64), search.window)
            usable &= missing <= search.masked * search.window**2
            coefficient = _pearson(ours[0], theirs[0][shifted], both, search.window)
            better = coefficient > best
            best, which = np.where(better, coefficient, best), np.where(better, number, which)
        ways = np.array(offsets, np.float64)[which]
        values = [ways[..., 0], ways[..., 1], np.hypot(ways[..., 0], ways[..., 1]), best]
        mask = usable.astype(np.float32)
        return {name: Pixels(one, mask) for name, one in zip(NAMES, values, strict=True)}

    return make_output_bands(first[0], NAMES, dict.fromkeys(NAMES, DOUBLE), found)


def _stack(sampler: Sampler, bands: Sequence[Band], margins: tuple[int, int]) -> tuple[Floats, Flags]:
    before, after = margins
    pixels = [read_neighbourhood(sampler, band, (before, before, after, after)) for band in bands]
    valid = np.logical_and.reduce([one.mask > 0 for one in pixels])
    return np.stack([np.where(valid, one.values, 0).astype(np.float64) for one in pixels]), valid


def _pearson(ours: Floats, theirs: Floats, both: Flags, window: int) -> Floats:
    """Correlation coefficients of windows, each over the pixels that both have."""
    count = len(ours) * _sums(both.astype(np.float64), window)
    one, other = np.where(both, ours, 0), np.where(both, theirs, 0)
    products = ((one, None), (other, None), (one, one), (other, other), (one, other))
    x, y, xx, yy, xy = (
        _sums((left if right is None else left * right).sum(axis=0), window) for left, right in products
    )
    spread = (count * xx - x * x) * (count * yy - y * y)
    root = np.sqrt(np.maximum(spread, 0))
    found = np.divide(count * xy - x * y, root, out=np.zeros_like(root), where=root > 0)
    return np.clip(found, -1, 1)


def _sums(values: Floats, window: int) -> Floats:
    """The sums of all windows: added up one by one, so that what lies around them does not matter."""
    for axis in (0, 1):
        length = values.shape[axis] - window + 1
        values = np.add.reduce([values.take(range(at, at + length), axis) for at in range(window)])
    return values
