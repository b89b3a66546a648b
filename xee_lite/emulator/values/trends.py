"""Reducers that look at all pairs of records: Sen's slope and Kendall's rank correlation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..allowance import check_time
from ..errors import EarthError
from ..pixels.image import Pixels
from ..types import DOUBLE
from .records import rows_of
from .reduce import Columns, Reducer, Stacks

if TYPE_CHECKING:
    from collections.abc import Callable

    Statistic = Callable[[npt.NDArray[np.float64], npt.NDArray[np.bool_]], list["Found"]]

Values = npt.NDArray[np.float64]
Found = tuple[Values, npt.NDArray[np.bool_]]
"""Values of an output, and where there are any."""

HELD = 2**23
"""Pairs of values that are held at once."""


def sens_slope() -> Reducer:
    """The median of the slopes between all pairs of points, and the median of what it leaves of y.

    Pairs with the same x have no slope. The service does not document how it finds its offset.
    """
    return _of_pairs(2, ("slope", "offset"), _sens)


def kendalls_correlation(inputs: int) -> Reducer:
    """Kendall's tau-b; with one input against the order of the records.

    The p-value is null: how the service computes it is not documented.

    Raises
    ------
    EarthError
        If the inputs are neither one nor two.
    """
    if inputs not in {1, 2}:
        raise EarthError(f"Reducer.kendallsCorrelation: 'numInputs' must be 1 or 2, got {inputs}.")
    return _of_pairs(inputs, ("tau", "p-value"), _kendall)


def _sens(points: Values, valid: npt.NDArray[np.bool_]) -> list[Found]:
    x, y = points
    one, other = np.triu_indices(len(x), 1)
    run, rise = x[other] - x[one], y[other] - y[one]
    sloped = valid[one] & valid[other] & (run != 0)
    slope, known = _median(rise / run, sloped)
    offset, _ = _median(y - slope * x, valid & known)
    return [(slope, known), (offset, known)]


def _kendall(points: Values, valid: npt.NDArray[np.bool_]) -> list[Found]:
    x, y = points if len(points) == 2 else (np.arange(points.shape[1], dtype=float)[:, np.newaxis], points[0])
    one, other = np.triu_indices(len(x), 1)
    both = valid[one] & valid[other]
    first, second = np.sign(x[other] - x[one]), np.sign(y[other] - y[one])
    untied = (both & (first != 0)).sum(axis=0) * (both & (second != 0)).sum(axis=0)
    tau = np.where(both, first * second, 0).sum(axis=0) / np.sqrt(untied)
    return [(tau, untied > 0), (np.zeros(tau.shape), np.zeros(tau.shape, bool))]


def _median(values: Values, counted: npt.NDArray[np.bool_]) -> Found:
    """Along axis 0, of those that count."""
    ordered = np.sort(np.where(counted, values, np.inf), axis=0)
    counts = counted.sum(axis=0)
    if not len(values):
        return np.zeros(counts.shape), counts > 0
    low, high = (np.clip(which, 0, len(values) - 1)[np.newaxis] for which in ((counts - 1) // 2, counts // 2))
    middle = (np.take_along_axis(ordered, low, 0)[0] + np.take_along_axis(ordered, high, 0)[0]) / 2
    return np.where(counts > 0, middle, 0), counts > 0


def _of_pairs(inputs: int, outputs: tuple[str, ...], statistic: Statistic) -> Reducer:
    def reduce_columns(columns: Columns, weights: Columns) -> list[Any]:
        rows = rows_of(columns, weights, 0)
        try:
            records = np.array(rows, np.float64).reshape(len(rows), inputs)
        except (TypeError, ValueError) as error:
            raise EarthError(f"Reducer with output '{outputs[0]}': The inputs must be numbers.") from error
        found = _in_parts(records.T[..., np.newaxis], np.isfinite(records).all(axis=1).reshape(-1, 1), statistic)
        return [float(values[0]) if there[0] else None for values, there in found]

    def reduce_stacks(stacks: Stacks, weights: Stacks) -> list[Pixels]:
        shape = stacks[0].shape[1:]
        points = np.array([np.reshape(one, (len(one), -1)) for one in stacks], np.float64)
        valid = np.all([np.reshape(one, (len(one), -1)) > 0 for one in weights], axis=0)
        found = _in_parts(points, valid & np.isfinite(points).all(axis=0), statistic)
        return [Pixels(values.reshape(shape), there.astype(np.float32).reshape(shape)) for values, there in found]

    return Reducer(inputs, outputs, reduce_columns, reduce_stacks, lambda _: [DOUBLE] * len(outputs))


def _in_parts(points: Values, valid: npt.NDArray[np.bool_], statistic: Statistic) -> list[Found]:
    """Of points shaped (input, record, pixel), so many pixels at a time that their pairs fit the memory."""
    records, pixels = valid.shape
    pairs = records * (records - 1) // 2
    if pairs > HELD:
        raise EarthError("User memory limit exceeded.")
    size = max(HELD // max(pairs, 1), 1)
    parts = []
    with np.errstate(all="ignore"):
        for start in range(0, max(pixels, 1), size):
            check_time()
            parts.append(statistic(points[..., start : start + size], valid[:, start : start + size]))
    return [
        (np.concatenate([values for values, _ in part]), np.concatenate([there for _, there in part]))
        for part in zip(*parts, strict=True)
    ]
