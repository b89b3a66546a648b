"""Reducers over all pairs of records: Sen's slope and Kendall's rank correlation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..errors import EarthError
from ..types import DOUBLE
from .batches import HELD, Found, Statistic, Values, reduce_in_batches

if TYPE_CHECKING:
    from .reduce import Reducer


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
    where = f"Reducer with output '{outputs[0]}'"
    return reduce_in_batches(inputs, outputs, statistic, [DOUBLE] * len(outputs), where=where, cost=_pairs)


def _pairs(records: int) -> int:
    """How many pairs there are, if they fit the memory."""
    pairs = records * (records - 1) // 2
    if pairs > HELD:
        raise EarthError("User memory limit exceeded.")
    return pairs
