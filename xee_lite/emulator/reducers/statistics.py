"""The elementary reducers.

Numbers are reduced by NumPy along axis 0: a column is a stack of one pixel. Where a statistic also makes sense of
strings and other values, a second function reduces plain lists.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import EarthError
from ..images.image import Pixels
from ..request_limits import check_time
from ..types import BOOLEAN, DOUBLE, UINT32, PixelType
from ..values.dates import Date
from ..values.equality import identity
from ..values.ordering import sort_key
from .reduce import Column, Columns, Reducer, Stacks

if TYPE_CHECKING:
    from ..value import Value

Values = npt.NDArray[Any]
Result = Any
"""An array, or a NumPy scalar where one column was reduced."""
Statistic = Callable[[Values, Values], Result]
"""``(values, weights)`` of shape (n, ...) to values of shape (...); what comes of weights of 0 alone is ignored."""

Objects = Callable[[list[Any], list[float]], Any]
"""``(values, weights)`` without nulls to one value."""


def elementary(
    output: str,
    statistic: Statistic,
    *,
    type_: PixelType | None = DOUBLE,
    objects: Objects | None = None,
    empty: float | None = None,
    weighted: bool = False,
) -> Reducer:
    """A reducer of one input with one numeric output.

    Parameters
    ----------
    output : str
        Name of the output.
    statistic : callable
        Reduces arrays.
    type_ : PixelType, optional
        Type of the result's pixels; None is the type of the input.
    objects : callable, optional
        Reduces a column that does not hold numbers alone.
    empty : float, optional
        Value of an empty column.
    weighted : bool
        Whether weights count.
    """

    def quiet(values: Values, weights: Values) -> Result:
        with np.errstate(invalid="ignore", divide="ignore"):
            return statistic(values, weights)

    def reduce_columns(columns: Columns, weights: Columns) -> list[Any]:
        column, weight = dense(columns[0], weights[0])
        if len(column) == 0:
            return [empty]
        if isinstance(column, np.ndarray):
            value = quiet(column, weight).item()
            return [None if value != value else value]  # noqa: PLR0124 - a NaN: the statistic is not defined
        if objects is None:
            raise EarthError(f"Reducer.{output}: The inputs must be numbers; found {column[0]!r}.")
        return [objects(column, list(weight))]

    def reduce_stacks(stacks: Stacks, weights: Stacks) -> list[Pixels]:
        valid = (weights[0] > 0).any(axis=0)
        if not len(stacks[0]):
            return [Pixels(np.zeros(valid.shape), np.zeros(valid.shape, np.float32))]
        values = quiet(stacks[0], weights[0])
        defined = valid & ~np.isnan(values)
        return [Pixels(np.where(defined, values, 0), np.asarray(defined, np.float32))]

    return Reducer(
        1,
        (output,),
        reduce_columns,
        reduce_stacks,
        lambda types: [types[0] if type_ is None else type_],
        weighted=weighted,
    )


def dense(column: Column, weights: Column) -> tuple[Any, Values]:
    """A column without its nulls and weightless values: an array if it holds numbers alone, else a list."""
    shares = np.asarray(weights, dtype=np.float64)
    if isinstance(column, np.ndarray):
        kept = shares > 0
        return column[kept], shares[kept]
    pairs = [
        (_scalar(value), share) for value, share in zip(column, shares, strict=True) if value is not None and share > 0
    ]
    values = [value for value, _ in pairs]
    kept_shares = np.array([share for _, share in pairs], dtype=np.float64)
    if values and all(isinstance(value, (bool, int, float)) for value in values):
        integral = all(isinstance(value, int) and abs(value) < 2**63 for value in values)
        return np.asarray(values, dtype=np.int64 if integral else np.float64), kept_shares
    return values, kept_shares


def _scalar(value: Value) -> Value:
    return value.millis if isinstance(value, Date) else value


def _mask(values: Values, weights: Values, fill: float) -> Values:
    """Values with those of no weight replaced, in a dtype that holds the replacement."""
    if values.dtype.kind in "iu" and np.isinf(fill):
        info = np.iinfo(values.dtype)
        return np.where(weights > 0, values, info.max if fill > 0 else info.min)
    return np.where(weights > 0, values, fill)


def _mean(values: Values, weights: Values) -> Result:
    return _sum(values, weights) / weights.sum(axis=0)


def _sum(values: Values, weights: Values) -> Result:
    return (np.where(weights > 0, values, 0) * weights).sum(axis=0)


def _plain_sum(values: Values, weights: Values) -> Result:
    """Sum in the integers where all is integer, so that a column of integers has an integer sum."""
    if values.dtype.kind in "biu" and bool(np.all((weights == 0) | (weights == 1))):
        return np.where(weights > 0, values, 0).sum(axis=0, dtype=np.int64)
    return _sum(values, weights)


def _variance(values: Values, weights: Values) -> Result:
    return _sum(np.square(values - _mean(values, weights)), weights) / weights.sum(axis=0)


def _sample_variance(values: Values, weights: Values) -> Result:
    total = weights.sum(axis=0)
    return _variance(values, weights) * total / (total - 1)


def _moment(order: int) -> Statistic:
    def moment(values: Values, weights: Values) -> Result:
        centred = values - _mean(values, weights)
        central = _sum(centred**order, weights) / weights.sum(axis=0)
        return central / _variance(values, weights) ** (order / 2) - (3 if order == 4 else 0)

    return moment


def percentile_of(percent: float) -> Statistic:
    """The percentile with linear interpolation between the two nearest ranks; weights only take values out.

    The service's way of interpolating, and of weighting, is unknown.
    """

    def statistic(values: Values, weights: Values) -> Result:
        ordered = np.sort(_mask(values.astype(np.float64), weights, np.inf), axis=0)
        count = (weights > 0).sum(axis=0)
        rank = np.maximum(count - 1, 0) * (percent / 100)
        low = np.floor(rank).astype(np.intp)
        high = np.ceil(rank).astype(np.intp)
        below = np.take_along_axis(ordered, low[np.newaxis], axis=0)[0]
        above = np.take_along_axis(ordered, high[np.newaxis], axis=0)[0]
        return np.where(low == high, below, below + (rank - low) * (above - below))

    return statistic


def _pick(first: bool) -> Statistic:
    def statistic(values: Values, weights: Values) -> Result:
        valid = weights > 0
        index = valid.argmax(axis=0) if first else len(valid) - 1 - valid[::-1].argmax(axis=0)
        return np.take_along_axis(values, np.asarray(index)[np.newaxis], axis=0)[0]

    return statistic


def _mode(values: Values, weights: Values) -> Result:
    """The value of the greatest weight; of several, the smallest."""
    if values.ndim == 1:
        candidates, which = np.unique(values[weights > 0], return_inverse=True)
        return np.asarray(candidates[np.bincount(which, weights[weights > 0]).argmax()])
    shares = np.stack([_share(values, weights, row) for row in values])
    best = np.where(weights > 0, shares, 0).max(axis=0)
    return _mask(values, np.where(shares >= best, weights, 0), np.inf).min(axis=0)


def _share(values: Values, weights: Values, row: Values) -> Values:
    check_time()
    found: Values = np.where(values == row, weights, 0).sum(axis=0)
    return found


def _distinct(values: Values, weights: Values) -> Result:
    ordered = np.sort(_mask(values.astype(np.float64), weights, np.inf), axis=0)
    count = (weights > 0).sum(axis=0)
    fresh = np.concatenate([np.ones_like(ordered[:1], bool), ordered[1:] != ordered[:-1]])
    rank = np.arange(len(values)).reshape(-1, *([1] * (values.ndim - 1)))
    return (fresh & (rank < count)).sum(axis=0)


def _resultant(values: Values, weights: Values) -> Result:
    """The mean of the unit vectors at angles in radians, as complex numbers, seen from the first of them.

    Equal angles then have a mean of exactly 1, which rounding must not make less: there is a root of it.
    """
    turned = np.where(weights > 0, values - _pick(first=True)(values, weights), 0.0)
    return (np.exp(1j * turned) * weights).sum(axis=0) / weights.sum(axis=0)


def _direction(values: Values, weights: Values) -> Result:
    return np.angle(_resultant(values, weights) * np.exp(1j * _pick(first=True)(values, weights)))


def _runs(values: Values, weights: Values) -> Result:
    """How often a value differs from the one before it, nulls being skipped; the first counts too."""
    count, known = np.zeros(values.shape[1:], np.int64), np.zeros(values.shape[1:], bool)
    last = np.zeros_like(values[0])
    for row, weight in zip(values, weights, strict=True):
        valid = weight > 0
        count = count + (valid & (~known | (row != last)))
        last, known = np.where(valid, row, last), known | valid
    return count


def _bitwise(ufunc: np.ufunc, neutral: int) -> Statistic:
    return lambda values, weights: ufunc.reduce(np.where(weights > 0, values.astype(np.int64), neutral), axis=0)


def _heaviest(values: list[Value], weights: list[float]) -> Value:
    shares: dict[Any, float] = {}
    for value, weight in zip(values, weights, strict=True):
        shares[identity(value)] = shares.get(identity(value), 0) + weight
    best = max(shares.values())
    return min((value for value in values if shares[identity(value)] == best), key=sort_key)


COUNT = elementary(
    "count", lambda _, weights: (weights > 0).sum(axis=0), type_=UINT32, objects=lambda v, _: len(v), empty=0
)
SUM = elementary("sum", _plain_sum, empty=0, weighted=True)
MEAN = elementary("mean", _mean, weighted=True)
PRODUCT = elementary("product", lambda values, weights: np.where(weights > 0, values, 1).prod(axis=0))
VARIANCE = elementary("variance", _variance, weighted=True)
STD_DEV = elementary("stdDev", lambda values, weights: np.sqrt(_variance(values, weights)), weighted=True)
SAMPLE_VARIANCE = elementary("variance", _sample_variance, weighted=True)
SAMPLE_STD_DEV = elementary("stdDev", lambda values, weights: np.sqrt(_sample_variance(values, weights)), weighted=True)
SKEW = elementary("skew", _moment(3), weighted=True)
KURTOSIS = elementary("kurtosis", _moment(4), weighted=True)
MEDIAN = elementary("median", percentile_of(50))
MIN = elementary(
    "min",
    lambda v, w: _mask(v, w, np.inf).min(axis=0),
    type_=None,
    objects=lambda values, _: min(values, key=sort_key),
)
MAX = elementary(
    "max",
    lambda v, w: _mask(v, w, -np.inf).max(axis=0),
    type_=None,
    objects=lambda values, _: max(values, key=sort_key),
)
MODE = elementary("mode", _mode, type_=None, objects=_heaviest, weighted=True)
FIRST = elementary("first", _pick(first=True), type_=None, objects=lambda values, _: values[0])
LAST = elementary("last", _pick(first=False), type_=None, objects=lambda values, _: values[-1])
ALL = elementary("all", lambda v, w: np.where(w > 0, v != 0, True).all(axis=0).astype(np.uint8), type_=BOOLEAN)
ANY = elementary("any", lambda v, w: np.where(w > 0, v != 0, False).any(axis=0).astype(np.uint8), type_=BOOLEAN)
COUNT_DISTINCT = elementary(
    "count", _distinct, type_=UINT32, objects=lambda values, _: len(set(map(identity, values))), empty=0
)
CIRCULAR_MEAN = elementary("circularMean", _direction, weighted=True)
CIRCULAR_VARIANCE = elementary("circularVariance", lambda v, w: 1 - np.abs(_resultant(v, w)), weighted=True)
CIRCULAR_STD_DEV = elementary(
    "circularStdDev", lambda v, w: np.sqrt(-2 * np.log(np.minimum(np.abs(_resultant(v, w)), 1))), weighted=True
)
COUNT_RUNS = elementary("count", _runs, type_=UINT32, empty=0)
BITWISE_AND = elementary("bitwiseAnd", _bitwise(np.bitwise_and, -1), type_=None)
BITWISE_OR = elementary("bitwiseOr", _bitwise(np.bitwise_or, 0), type_=None)


def percentile(percents: Sequence[float], names: Sequence[str] | None) -> Reducer:
    """A reducer with one output for each percentile."""
    outputs = tuple(names) if names else tuple(f"p{percent:g}" for percent in percents)
    if len(outputs) != len(percents) or not percents:
        raise EarthError(
            f"Reducer.percentile: Need a name for each of {len(percents)} percentiles, got {len(outputs)}."
        )
    if not all(0 <= percent <= 100 for percent in percents):
        raise EarthError(f"Reducer.percentile: Percentiles must lie between 0 and 100; found {list(percents)}.")
    return parallel([elementary(name, percentile_of(p)) for name, p in zip(outputs, percents, strict=True)])


def interval_mean(low: float, high: float) -> Reducer:
    """A reducer that takes the mean of the values between two percentiles, both included."""

    def statistic(values: Values, weights: Values) -> Result:
        within = (values >= percentile_of(low)(values, weights)) & (values <= percentile_of(high)(values, weights))
        return _mean(values, np.where(within, weights, 0))

    return elementary("mean", statistic)


def parallel(reducers: Sequence[Reducer]) -> Reducer:
    """Reducers of one input each, side by side on the same input."""

    def reduce_stacks(stacks: Stacks, weights: Stacks) -> list[Pixels]:
        return [pixels for reducer in reducers for pixels in reducer.stack(stacks, weights).values()]

    return Reducer(
        1,
        tuple(name for reducer in reducers for name in reducer.outputs),
        lambda columns, weights: [v for reducer in reducers for v in reducer.columns(columns, weights).values()],
        reduce_stacks,
        lambda types: [type_ for reducer in reducers for type_ in reducer.pixel_types(types)],
        weighted=any(reducer.weighted for reducer in reducers),
    )


MIN_MAX = parallel([MIN, MAX])
