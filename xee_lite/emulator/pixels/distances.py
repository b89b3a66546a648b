"""Distances to the nearest pixel that is not zero."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..errors import EarthError
from ..images.image import Band, Pixels, Sampler, everywhere
from ..request_limits import check_time
from ..types import DOUBLE
from .neighbourhood import read_neighbourhood, weights_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..values.kernel import Kernel

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Metric = Callable[[Floats, Floats], Floats]
"""From distances along the columns and along the rows to one."""

METRICS: dict[str, Metric] = {
    "squared_euclidean": lambda x, y: x * x + y * y,
    "euclidean": np.hypot,
    "manhattan": np.add,
    "chebyshev": np.maximum,
}


def transform_distances(band: Band, reach: int, metric: str) -> Band:
    """The distance to the nearest target of a band, at most so many columns and rows away, whatever the mask.

    Where there is none the distance is the least that a target further away can have. (The service's description says
    that there are values within the neighbourhood; programs that use it expect large ones beyond.)
    """
    measure = METRICS[metric]
    beyond = measure(np.float64(reach + 1), np.float64(0))  # type: ignore[arg-type]

    def compute(sampler: Sampler) -> Pixels:
        found = nearest_pixels(_targets(read_neighbourhood(sampler, band, (reach,) * 4)), reach, measure)
        return Pixels(np.where(np.isinf(found), beyond, found), everywhere(sampler.shape))

    return band.derived(compute, name="distance", type_=DOUBLE)


def lower_parabolas(band: Band, reach: int) -> Band:
    """The upper hull of inverted parabolas of unit curvature, with the valid values as their tops; 0 below zero.

    A parabola reaches as far as the root of its height, and at most so many columns and rows.
    """

    def compute(sampler: Sampler) -> Pixels:
        source = read_neighbourhood(sampler, band, (reach,) * 4)
        tops = np.where(source.mask > 0, source.values, 0).astype(np.float64)
        highest = min(tops.max(initial=0), float(reach * reach))
        steps = range(-math.isqrt(math.floor(highest)), math.isqrt(math.floor(highest)) + 1)
        for axis in (0, 1):
            length = tops.shape[axis] - 2 * reach
            parts = (tops.take(range(reach + step, reach + step + length), axis) - step * step for step in steps)
            tops = _highest(parts, sampler.shape if axis else (length, tops.shape[1]))
        return Pixels(tops, everywhere(sampler.shape))

    return band.derived(compute, type_=DOUBLE)


def within_kernel(band: Band, kernel: Kernel, *, skip_masked: bool) -> Band:
    """The distance to the nearest target under a kernel of distances; masked where there is none."""
    measure = METRICS[kernel.kind]

    def compute(sampler: Sampler) -> Pixels:
        weights = weights_at(sampler, kernel)
        reach = weights.margins[0]
        # The weight one pixel away is the length of a pixel in the kernel's units.
        unit = float(weights.values[weights.centre[1], weights.centre[0] + 1]) if reach else 1.0
        found = nearest_pixels(_targets(read_neighbourhood(sampler, band, weights.margins)), reach, measure) * unit
        known = np.isfinite(found)
        mask = known.astype(np.float32)
        if skip_masked:
            mask = np.where(known, sampler(band).mask, np.float32(0))
        return Pixels(np.where(known, found, 0), mask)

    return band.derived(compute, type_=DOUBLE)


def nearest_pixels(targets: Flags, reach: int, metric: Metric) -> Floats:
    """Distances in pixels, infinite where no target is near.

    Parameters
    ----------
    targets : ndarray of bool, shape (height + 2 reach, width + 2 reach)
    reach : int
        Columns and rows.
    metric : callable

    Returns
    -------
    ndarray of float64, shape (height, width)
    """
    # All metrics grow with the distance along the column: the nearest target of each column is enough.
    down = _along_columns(targets)[reach : targets.shape[0] - reach]
    down = np.where(down > reach, np.inf, down)
    width = targets.shape[1] - 2 * reach
    found = np.full((down.shape[0], width), np.inf)
    if not np.isfinite(down).any():
        return found
    for step in range(reach + 1):
        check_time()
        across = np.float64(step)
        if found.size and metric(across, np.float64(0)) >= found.max():  # type: ignore[arg-type]
            break
        left, right = down[:, reach - step : reach - step + width], down[:, reach + step : reach + step + width]
        np.minimum(found, metric(np.full_like(found, across), np.minimum(left, right)), out=found)
    return found


def directional_distances(source: Sequence[Band], label: Band, angle: float, reach: int) -> list[Band]:
    """For each zero of a band the distance to the first target in a direction, and other bands' values there.

    The angle counts from the direction of the columns against the clock, as users of the service turn azimuths into
    it. How the service steps through the pixels, and what it gives at a target itself, is not documented: here a line
    of whole pixels is followed, and targets are masked.
    """
    radians = math.radians(angle)
    longest = max(abs(math.cos(radians)), abs(math.sin(radians)))
    steps = [
        (round(step * math.cos(radians) / longest), -round(step * math.sin(radians) / longest))
        for step in range(1, reach + 1)
    ]
    steps = [step for step in steps if math.hypot(*step) <= reach]
    cols, rows = [col for col, _ in steps] or [0], [row for _, row in steps] or [0]
    margins = max(-min(cols), 0), max(-min(rows), 0), max(*cols, 0), max(*rows, 0)
    token = object()

    def found(sampler: Sampler) -> npt.NDArray[np.int64]:
        """The number of the step that meets a target; -1 where none does."""
        targets = _targets(read_neighbourhood(sampler, label, margins))
        which = np.full(sampler.shape, -1, np.int64)
        for number, (col, row) in enumerate(steps):
            top, left = margins[1] + row, margins[0] + col
            hit = targets[top : top + sampler.shape[0], left : left + sampler.shape[1]] & (which < 0)
            which[hit] = number
        own = targets[margins[1] : margins[1] + sampler.shape[0], margins[0] : margins[0] + sampler.shape[1]]
        which[own] = -1
        return which

    def distance(sampler: Sampler) -> Pixels:
        which = sampler.share(token, lambda: found(sampler))
        lengths = np.array([*(math.hypot(*step) for step in steps), 0.0])
        return Pixels(lengths[which], (which >= 0).astype(np.float32))

    def carried(band: Band) -> Band:
        def compute(sampler: Sampler) -> Pixels:
            which = sampler.share(token, lambda: found(sampler))
            there = read_neighbourhood(sampler, band, margins)
            row, col = np.indices(sampler.shape)
            offsets = np.array([*steps, (0, 0)])[which]
            at = row + margins[1] + offsets[..., 1], col + margins[0] + offsets[..., 0]
            return Pixels(there.values[at], np.where(which >= 0, there.mask[at], np.float32(0)))

        return band.derived(compute)

    return [label.derived(distance, name="distance", type_=DOUBLE), *map(carried, source)]


def check_reach(reach: int, where: str) -> None:
    """Refuse a neighbourhood that is none."""
    if not 0 < reach <= 10_000:
        raise EarthError(f"{where}: The neighborhood must be between 1 and 10000 pixels, got {reach}.")


def _targets(pixels: Pixels) -> Flags:
    found: Flags = (pixels.values != 0) & (pixels.mask > 0)
    return found


def _highest(parts: Iterable[Floats], shape: tuple[int, int]) -> Floats:
    found = np.zeros(shape)
    for part in parts:
        check_time()
        np.maximum(found, part, out=found)
    return found


def _along_columns(targets: Flags) -> Floats:
    """The distance to the nearest target of the same column; infinite without one."""
    rows = np.arange(targets.shape[0], dtype=np.float64)[:, np.newaxis]
    above = np.maximum.accumulate(np.where(targets, rows, -np.inf), axis=0)
    below = np.minimum.accumulate(np.where(targets, rows, np.inf)[::-1], axis=0)[::-1]
    return np.minimum(rows - above, below - rows)
