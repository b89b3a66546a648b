"""Histogram reducers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import EarthError
from ..types import PixelType
from ..values.array import Array
from .batches import reduce_in_batches
from .reduce import Column, Columns, Reducer
from .statistics import dense

Values = npt.NDArray[Any]
Axis = tuple[float, float, int]
"""Least and greatest edge of the buckets, and how many there are."""

if TYPE_CHECKING:
    from collections.abc import Callable

    from .batches import Flags, Found

MAX_BUCKETS = 2**20
"""Of any histogram: this emulator's own limit."""

BUCKETS = 256
"""Buckets of an automatic histogram by default; the service's own is not documented."""


def fixed_histogram(low: float, high: float, steps: int, *, cumulative: bool) -> Reducer:
    """A reducer whose output is an array of rows: the lower edge of a bucket, and the weight of the values in it."""
    where = "Reducer.fixedHistogram"
    _check_axis(low, high, steps, where)

    def table(values: Values, weights: Values) -> Array:
        index, within = _find_bins(values, low, high, steps)
        return _rows(_edges(low, high, steps), np.bincount(index[within], weights[within], steps), cumulative)

    return _reducer(table)


def fixed_histogram_2d(xs: Axis, ys: Axis) -> Reducer:
    """A reducer of pairs: how many fall into each bucket, shaped (x, y), and the lower edges of the buckets.

    Which of the axes comes first is not documented.
    """
    for name, (low, high, steps) in (("x", xs), ("y", ys)):
        _check_axis(low, high, steps, "Reducer.fixed2DHistogram", name)
    if xs[2] * ys[2] > MAX_BUCKETS:
        raise EarthError(
            f"Reducer.fixed2DHistogram: There are {xs[2] * ys[2]} buckets; at most {MAX_BUCKETS} are made."
        )

    def statistic(points: Values, valid: Values) -> list[Found]:
        buckets, counted = zip(
            *(_find_bins(values, *axis) for values, axis in zip(points, (xs, ys), strict=True)), strict=True
        )
        within = valid & counted[0] & counted[1]
        pixels = valid.shape[1]
        flat = (np.arange(pixels) * xs[2] + buckets[0]) * ys[2] + buckets[1]
        counts = np.bincount(flat[within], minlength=pixels * xs[2] * ys[2]).reshape(pixels, xs[2], ys[2])
        edges = [np.broadcast_to(_edges(*axis), (pixels, axis[2])) for axis in (xs, ys)]
        known: Flags = np.logical_or.reduce(valid)
        return [(counts, known), *((one, known) for one in edges)]

    types = [PixelType("int", 0, 2**31 - 1, 2), PixelType("double", dimensions=1), PixelType("double", dimensions=1)]
    outputs = ("histogram", "xAxis", "yAxis")
    return reduce_in_batches(
        2, outputs, statistic, types, where="Reducer.fixed2DHistogram", cost=lambda n: n + xs[2] * ys[2]
    )


def automatic_histogram(max_buckets: int | None, min_width: float | None, *, cumulative: bool) -> Reducer:
    """As `fixed_histogram`, with the buckets of `full_histogram`."""
    check(max_buckets, min_width, "Reducer.autoHistogram")

    def table(values: Values, weights: Values) -> Array:
        first, width, index = _buckets(values, max_buckets, min_width)
        counts = np.bincount(index, weights)
        return _rows(first + width * np.arange(len(counts)), counts, cumulative)

    return _reducer(table)


def full_histogram(max_buckets: int | None, min_width: float | None) -> Reducer:
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


def _check_axis(low: float, high: float, steps: int, where: str, name: str = "") -> None:
    def argument(own: str) -> str:
        return f"{name}{own.title()}" if name else own

    if not 0 < steps <= MAX_BUCKETS:
        raise EarthError(f"{where}: '{argument('steps')}' must be between 1 and {MAX_BUCKETS}, got {steps}.")
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise EarthError(f"{where}: '{argument('min')}' must be less than '{argument('max')}', got {low} and {high}.")


def _find_bins(values: Values, low: float, high: float, steps: int) -> tuple[Values, Values]:
    """The bucket of each value, and whether it lies in any."""
    within = (values >= low) & (values < high)
    indices = np.where(within, (values - low) / ((high - low) / steps), 0).astype(np.int64)
    return np.minimum(indices, steps - 1), within


def _edges(low: float, high: float, steps: int) -> Values:
    return low + (high - low) / steps * np.arange(steps)


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
    max_count = max(2 ** math.ceil(math.log2(max_buckets or BUCKETS)), 2)
    low, high = float(values.min()), float(values.max())
    # Below this, neighbouring doubles fall into one bucket anyway.
    finest = max(abs(low), abs(high), 1e-300) * 2.0**-40
    exponent = math.ceil(math.log2(max((high - low) / max_count, min_width or 0.0, finest)))
    while math.floor(high / 2.0**exponent) - math.floor(low / 2.0**exponent) + 1 > max_count:
        exponent += 1
    width = 2.0**exponent
    first = math.floor(low / width)
    index = np.floor(values / width).astype(np.int64) - first
    return first * width, width, index


def _rows(edges: Values, counts: Values, cumulative: bool) -> Array:
    return Array(np.stack([edges, np.cumsum(counts) if cumulative else counts], axis=1).astype(np.float64))
