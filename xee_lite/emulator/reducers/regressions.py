"""Reducers that fit linear models: by least squares, with a penalty, or without the outliers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..errors import EarthError
from ..types import PixelType
from .batches import Flags, Found, Values, reduce_in_batches
from .reduce import Reducer, check_inputs

Fit = Callable[[Values, Values, Flags], list[Found]]
"""From stacks of matrices, shaped (pixel, record, variable), and which of the records count; the rest are zeros."""

VECTOR, MATRIX = PixelType("double", dimensions=1), PixelType("double", dimensions=2)

TALWAR = 2.795
"""Talwar's tuning constant, in standard deviations of the residuals: 95 % efficient among normal ones (Holland and
Welsch, 1977)."""
NORMAL_MEDIAN = 0.6745
"""Median of the absolute deviations of a normal distribution, in its standard deviations."""
ROUNDS = 50
"""Of reweighting, at most: the outliers usually settle in a few."""


def linear_regression(xs: int, ys: int) -> Reducer:
    """Least squares: the coefficients as an array of (independent, dependent), and the residuals' root mean squares.

    Every record counts alike; whether the service weighs them is not documented.
    """

    def fit(left: Values, right: Values, valid: Flags) -> list[Found]:
        found, full = _solve(left, right)
        known = full & (valid.sum(axis=1) > xs)
        return [(found, known), (_spread(right - left @ found, valid), known)]

    return _regression("linearRegression", xs, ys, fit)


def ridge_regression(xs: int, ys: int, penalty: float) -> Reducer:
    """Least squares with a penalty on the squares of the coefficients, the intercept's excepted.

    The intercept is the first row: programs read it there, though the served description has it last. How the service
    scales the independents before it penalises is not documented: here they stay as they are. Nor is the test behind
    the p-values, which are null here.
    """
    if not penalty >= 0:
        raise EarthError(f"Reducer.ridgeRegression: 'lambda' must not be negative, got {penalty}.")

    def fit(left: Values, right: Values, valid: Flags) -> list[Found]:
        counts = valid.sum(axis=1)
        shares = np.where(valid, 1 / counts[:, np.newaxis], 0)[:, np.newaxis]
        centre, level = shares @ left, shares @ right
        flags = valid[..., np.newaxis]
        # Rows of sqrt(penalty) times the identity, with targets of 0, are what the penalty adds to least squares.
        extra = np.broadcast_to(np.sqrt(penalty) * np.eye(xs), (len(left), xs, xs))
        slopes, full = _solve(
            np.concatenate([np.where(flags, left - centre, 0), extra], axis=1),
            np.concatenate([np.where(flags, right - level, 0), np.zeros((len(left), xs, ys))], axis=1),
        )
        found = np.concatenate([level - centre @ slopes, slopes], axis=1)
        known = full & (counts > xs)
        residuals = right - left @ slopes - found[:, :1]
        nothing = np.zeros((len(left), ys))
        return [(found, known), (_spread(residuals, valid), known), (nothing, np.zeros_like(known))]

    return _regression("ridgeRegression", xs, ys, fit, "p-value")


def robust_linear_regression(xs: int, ys: int, beta: float | None) -> Reducer:
    """Least squares again and again, without the records whose residuals' root mean square is greater than beta.

    Not documented, and so chosen here: the default of beta (Talwar's constant times the deviation of the residuals
    of all records, estimated by their median), and that only records that count are in the root mean squares.
    """
    if beta is not None and not beta >= 0:
        raise EarthError(f"Reducer.robustLinearRegression: 'beta' must not be negative, got {beta}.")

    def fit(left: Values, right: Values, valid: Flags) -> list[Found]:
        kept = valid
        limit: Values | None = None if beta is None else np.full((len(left), 1), float(beta))
        for _ in range(ROUNDS):
            found, full = _solve(left * kept[..., np.newaxis], right * kept[..., np.newaxis])
            misses = np.sqrt(np.square(right - left @ found).mean(axis=-1))
            limit = _default_beta(misses, right, valid) if limit is None else limit
            inliers = valid & (misses <= limit)
            if (inliers == kept).all():
                break
            kept = inliers
        known = full & (kept.sum(axis=1) >= xs)
        return [(found, known), (_spread(right - left @ found, kept), known)]

    return _regression("robustLinearRegression", xs, ys, fit)


def _regression(name: str, xs: int, ys: int, fit: Fit, *further: str) -> Reducer:
    where = f"Reducer.{name}"
    if xs < 1 or ys < 1:
        raise EarthError(f"{where}: 'numX' and 'numY' must be at least 1, got {xs} and {ys}.")
    check_inputs(xs + ys, where)

    def statistic(points: Values, valid: Flags) -> list[Found]:
        if not len(valid):  # a record that does not count stands for none
            points, valid = np.zeros((len(points), 1, valid.shape[1])), np.zeros((1, valid.shape[1]), bool)
        records = np.transpose(points, (2, 1, 0))
        return fit(records[..., :xs], records[..., xs:], valid.T)

    outputs = ("coefficients", "residuals", *further)
    types = [MATRIX, VECTOR, *(VECTOR for _ in further)]
    return reduce_in_batches(xs + ys, outputs, statistic, types, where="Reducer.coefficients")


def _solve(left: Values, right: Values) -> Found:
    """Least squares for a stack of systems; and which of them determine their solution."""
    pixels, records, xs = left.shape
    if records < xs:
        return np.zeros((pixels, xs, right.shape[-1])), np.zeros(pixels, bool)
    u, sizes, v = np.linalg.svd(left, full_matrices=False)
    least = sizes[:, :1] * np.finfo(np.float64).eps * records
    inverse = np.where(sizes > least, 1 / sizes, 0)[..., np.newaxis]
    found = np.swapaxes(v, 1, 2) @ (inverse * (np.swapaxes(u, 1, 2) @ right))
    return found, (sizes > least).all(axis=1)


def _spread(residuals: Values, counted: Flags) -> Values:
    """Root mean squares of the residuals of the records that count, by dependent variable."""
    squares = np.where(counted[..., np.newaxis], np.square(residuals), 0).sum(axis=1)
    found: Values = np.sqrt(squares / counted.sum(axis=1)[:, np.newaxis])
    return found


def _default_beta(misses: Values, right: Values, valid: Flags) -> Values:
    counted = valid | ~valid.any(axis=1, keepdims=True)
    middle = np.nanmedian(np.where(counted, misses, np.nan), axis=1, keepdims=True)
    # Where most records fit exactly, what rounding leaves of them must not make them outliers.
    noise = 1e-12 * np.abs(right).max(axis=(1, 2), initial=0)[:, np.newaxis]
    found: Values = np.maximum(TALWAR / NORMAL_MEDIAN * middle, noise)
    return found
