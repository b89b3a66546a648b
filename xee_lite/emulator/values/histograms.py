"""Reducers that count how often values occur."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import EarthError
from .array import Array
from .reduce import Column, Columns, Reducer
from .statistics import dense

Values = npt.NDArray[Any]

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_BUCKETS = 2**20
"""Of any histogram: this emulator's own limit."""

BUCKETS = 256
"""Of an automatic histogram that is told no number; the service's own is not documented."""


def fixed(low: float, high: float, steps: int, *, cumulative: bool) -> Reducer:
    """A reducer whose output is an array of rows: the lower edge of a bucket, and the weight of the values in it."""
    where = "Reducer.fixedHistogram"
    if not 0 < steps <= MAX_BUCKETS:
        raise EarthError(f"{where}: 'steps' must be between 1 and {MAX_BUCKETS}, got {steps}.")
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise EarthError(f"{where}: 'min' must be less than 'max', got {low} and {high}.")
    width = (high - low) / steps

    def table(values: Values, weights: Values) -> Array:
        within = (values >= low) & (values < high)
        index = np.minimum(((values[within] - low) / width).astype(np.int64), steps - 1)
        return _rows(low + width * np.arange(steps), np.bincount(index, weights[within], steps), cumulative)

    return _reducer(table)


def automatic(max_buckets: int | None, min_width: float | None, *, cumulative: bool) -> Reducer:
    """As `fixed`, with the buckets of `described`."""
    check(max_buckets, min_width, "Reducer.autoHistogram")

    def table(values: Values, weights: Values) -> Array:
        first, width, index = _buckets(values, max_buckets, min_width)
        counts = np.bincount(index, weights)
        return _rows(first + width * np.arange(len(counts)), counts, cumulative)

    return _reducer(table)


def described(max_buckets: int | None, min_width: float | None) -> Reducer:
    """A reducer whose output is a dictionary: the buckets' first edge and width, their weights and their means.

    The width is the least power of two, not below the least that is allowed, with which the buckets are few enough.
    The service documents that widths are powers of two, and not how it chooses one.
    """
    check(max_buckets, min_width, "Reducer.histogram")

    def table(values: Values, weights: Values) -> dict[str, Any]:
        first, width, index = _buckets(values, max_buckets, min_width)
        counts, sums = np.bincount(index, weights), np.bincount(index, weights * values)
        centres = first + width * (np.arange(len(counts)) + 0.5)
        means = np.divide(sums, counts, out=centres, where=counts > 0)
        return {
            "bucketMeans": means.tolist(),
            "bucketMin": first,
            "bucketWidth": width,
            "histogram": counts.tolist(),
        }

    return _reducer(table)


def check(max_buckets: int | None, min_width: float | None, where: str) -> None:
    """Refuse what makes no buckets."""
    if max_buckets is not None and not 0 < max_buckets <= MAX_BUCKETS:
        raise EarthError(f"{where}: 'maxBuckets' must be between 1 and {MAX_BUCKETS}, got {max_buckets}.")
    if min_width is not None and not 0 < min_width < math.inf:
        raise EarthError(f"{where}: 'minBucketWidth' must be positive, got {min_width}.")


def _reducer(table: Callable[[Values, Values], Any]) -> Reducer:
    def reduce_columns(columns: Columns, weights: Columns) -> list[Any]:
        values, shares = _numbers(columns[0], weights[0])
        return [table(values, shares) if len(values) else None]

    return Reducer(1, ("histogram",), reduce_columns, None, lambda _: [], weighted=True)


def _numbers(column: Column, weights: Column) -> tuple[Values, Values]:
    values, shares = dense(column, weights)
    if not isinstance(values, np.ndarray) and values:
        raise EarthError(f"Reducer.histogram: The inputs must be numbers; found {values[0]!r}.")
    numbers = np.asarray(values, np.float64)
    finite = np.isfinite(numbers)
    return numbers[finite], shares[finite]


def _buckets(values: Values, max_buckets: int | None, min_width: float | None) -> tuple[float, float, Values]:
    """First edge and width of the buckets, and the bucket of each value."""
    # Rounded up to a power of 2, as the served description says; an edge at 0 parts negative values from others.
    most = max(2 ** math.ceil(math.log2(max_buckets or BUCKETS)), 2)
    low, high = float(values.min()), float(values.max())
    # Below this, neighbouring doubles fall into one bucket anyway.
    finest = max(abs(low), abs(high), 1e-300) * 2.0**-40
    exponent = math.ceil(math.log2(max((high - low) / most, min_width or 0.0, finest)))
    while math.floor(high / 2.0**exponent) - math.floor(low / 2.0**exponent) + 1 > most:
        exponent += 1
    width = 2.0**exponent
    first = math.floor(low / width)
    index = np.floor(values / width).astype(np.int64) - first
    return first * width, width, index


def _rows(edges: Values, counts: Values, cumulative: bool) -> Array:
    return Array(np.stack([edges, np.cumsum(counts) if cumulative else counts], axis=1).astype(np.float64))
