"""Reducers that fit and correlate."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import EarthError
from .array import Array
from .records import rows_of
from .reduce import Columns, Reducer, check_inputs
from .special import beta_share

if TYPE_CHECKING:
    from collections.abc import Callable

Values = npt.NDArray[np.float64]


def linear_regression(xs: int, ys: int) -> Reducer:
    """Least squares: the coefficients as an array of (independent, dependent), and the residuals' root mean squares.

    Every record counts alike; whether the service weighs them is not documented.
    """
    where = "Reducer.linearRegression"
    if xs < 1 or ys < 1:
        raise EarthError(f"{where}: 'numX' and 'numY' must be at least 1, got {xs} and {ys}.")
    check_inputs(xs + ys, where)

    def fit(records: Values) -> list[Any]:
        if len(records) <= xs:
            return [None, None]
        left, right = records[:, :xs], records[:, xs:]
        found, _, rank, _ = np.linalg.lstsq(left, right)
        if rank < xs:
            return [None, None]
        residuals = np.sqrt(np.square(right - left @ found).mean(axis=0))
        return [Array(found), Array(residuals)]

    return _of_records(xs + ys, ("coefficients", "residuals"), fit)


def pearsons_correlation() -> Reducer:
    """Pearson's correlation, and the probability of one as large by chance (two-sided, Student's t)."""

    def correlate(records: Values) -> list[Any]:
        return _correlation(records[:, 0], records[:, 1]) if len(records) else [None, None]

    return _of_records(2, ("correlation", "p-value"), correlate)


def spearmans_correlation() -> Reducer:
    """Pearson's correlation of the ranks, equal values having the mean of theirs."""

    def correlate(records: Values) -> list[Any]:
        return _correlation(_ranks(records[:, 0]), _ranks(records[:, 1])) if len(records) else [None, None]

    return _of_records(2, ("correlation", "p-value"), correlate)


def _of_records(inputs: int, outputs: tuple[str, ...], function: Callable[[Values], list[Any]]) -> Reducer:
    def reduce_columns(columns: Columns, weights: Columns) -> list[Any]:
        rows = rows_of(columns, weights, 0)
        try:
            records = np.array(rows, np.float64).reshape(len(rows), inputs)
        except (TypeError, ValueError) as error:
            raise EarthError(f"Reducer.{outputs[0]}: The inputs must be numbers.") from error
        return function(records[np.isfinite(records).all(axis=1)])

    return Reducer(inputs, outputs, reduce_columns, None, lambda _: [])


def _correlation(x: Values, y: Values) -> list[Any]:
    dx, dy = x - x.mean(), y - y.mean()
    spread = math.sqrt(float(dx @ dx) * float(dy @ dy))
    if not spread:
        return [None, None]
    found = max(-1.0, min(1.0, float(dx @ dy) / spread))
    freedom = len(x) - 2
    if freedom < 1:
        return [found, None]
    # Of Student's t = r sqrt(f / (1 - r²)) the two tails are the share of a beta distribution below 1 - r².
    return [found, beta_share(1 - found * found, freedom / 2, 0.5)]


def _ranks(values: Values) -> Values:
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    means: Values = last - (counts - 1) / 2
    return means[which]
