"""Reducers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..reducers import (
    correlations,
    covariances,
    disaggregation,
    geometric_medians,
    histograms,
    records,
    reduce,
    regressions,
    statistics,
    trends,
)

if TYPE_CHECKING:
    from ..images.image import Image
    from ..reducers.reduce import Reducer

PLAIN: dict[str, Reducer] = {
    "count": statistics.COUNT,
    "countEvery": statistics.COUNT,
    "countDistinct": statistics.COUNT_DISTINCT,
    "countDistinctNonNull": statistics.COUNT_DISTINCT,
    "sum": statistics.SUM,
    "mean": statistics.MEAN,
    "product": statistics.PRODUCT,
    "stdDev": statistics.STD_DEV,
    "variance": statistics.VARIANCE,
    "sampleStdDev": statistics.SAMPLE_STD_DEV,
    "sampleVariance": statistics.SAMPLE_VARIANCE,
    "skew": statistics.SKEW,
    "kurtosis": statistics.KURTOSIS,
    "minMax": statistics.MIN_MAX,
    "allNonZero": statistics.ALL,
    "and": statistics.ALL,
    "anyNonZero": statistics.ANY,
    "or": statistics.ANY,
    "first": statistics.FIRST,
    "firstNonNull": statistics.FIRST,
    "last": statistics.LAST,
    "lastNonNull": statistics.LAST,
    "circularMean": statistics.CIRCULAR_MEAN,
    "circularVariance": statistics.CIRCULAR_VARIANCE,
    "circularStddev": statistics.CIRCULAR_STD_DEV,
    "countRuns": statistics.COUNT_RUNS,
    "pearsonsCorrelation": correlations.pearsons_correlation(),
    "spearmansCorrelation": correlations.spearmans_correlation(),
    "covariance": covariances.COVARIANCE,
    "centeredCovariance": covariances.CENTERED_COVARIANCE,
    "sensSlope": trends.sens_slope(),
    "bitwiseAnd": statistics.BITWISE_AND,
    "bitwiseOr": statistics.BITWISE_OR,
    "frequencyHistogram": records.FREQUENCY_HISTOGRAM,
    "linearFit": records.LINEAR_FIT,
}
"""Reducers without parameters. No reducer here counts nulls, so that first and firstNonNull, for one, are the same."""


def _register(name: str, reducer: Reducer) -> None:
    algorithm(f"Reducer.{name}")(lambda: reducer)


for _name, _reducer in PLAIN.items():
    _register(_name, _reducer)


@algorithm("Reducer.min")
def min_(inputs: int) -> Reducer:
    return statistics.MIN if inputs == 1 else records.extreme("min", inputs)


@algorithm("Reducer.max")
def max_(inputs: int) -> Reducer:
    return statistics.MAX if inputs == 1 else records.extreme("max", inputs)


@algorithm("Reducer.median")
def median(_max_buckets: int | None, _min_bucket_width: float | None, _max_raw: int | None) -> Reducer:
    """Always exact: the histogram that the service falls back to for many inputs is not needed here."""
    return statistics.MEDIAN


@algorithm("Reducer.mode")
def mode(_max_buckets: int | None, _min_bucket_width: float | None, _max_raw: int | None) -> Reducer:
    return statistics.MODE


@algorithm("Reducer.percentile")
def percentile(
    percentiles: list[float],
    names: list[str] | None,
    _max_buckets: int | None,
    _min_bucket_width: float | None,
    _max_raw: int | None,
) -> Reducer:
    return statistics.percentile(percentiles, names)


@algorithm("Reducer.intervalMean")
def interval_mean(
    low: float, high: float, _max_buckets: int | None, _min_bucket_width: float | None, _max_raw: int | None
) -> Reducer:
    if not 0 <= low <= high <= 100:
        raise EarthError(f"Reducer.intervalMean: Need 0 <= minPercentile <= maxPercentile <= 100; found {low}, {high}.")
    return statistics.interval_mean(low, high)


@algorithm("Reducer.histogram")
def histogram(max_buckets: int | None, min_width: float | None, _max_raw: int | None) -> Reducer:
    return histograms.full_histogram(max_buckets, min_width)


@algorithm("Reducer.autoHistogram")
def auto_histogram(max_buckets: int | None, min_width: float | None, _max_raw: int | None, cumulative: bool) -> Reducer:
    return histograms.automatic_histogram(max_buckets, min_width, cumulative=cumulative)


@algorithm("Reducer.fixedHistogram")
def fixed_histogram(low: float, high: float, steps: int, cumulative: bool) -> Reducer:
    return histograms.fixed_histogram(low, high, steps, cumulative=cumulative)


@algorithm("Reducer.fixed2DHistogram")
def fixed_2d_histogram(x_min: float, x_max: float, x_steps: int, y_min: float, y_max: float, y_steps: int) -> Reducer:
    return histograms.fixed_histogram_2d((x_min, x_max, x_steps), (y_min, y_max, y_steps))


@algorithm("Reducer.geometricMedian")
def geometric_median(num_x: int, _eta: float, _initial_step_size: float) -> Reducer:
    """Found to the last digits, whatever ``eta`` allows: the service's solver stops within it."""
    return geometric_medians.geometric_median(num_x)


@algorithm("Reducer.linearRegression")
def linear_regression(num_x: int, num_y: int) -> Reducer:
    return regressions.linear_regression(num_x, num_y)


@algorithm("Reducer.ridgeRegression")
def ridge_regression(num_x: int, num_y: int, lambda_: float) -> Reducer:
    return regressions.ridge_regression(num_x, num_y, lambda_)


@algorithm("Reducer.robustLinearRegression")
def robust_linear_regression(num_x: int, num_y: int, beta: float | None) -> Reducer:
    return regressions.robust_linear_regression(num_x, num_y, beta)


@algorithm("Reducer.kendallsCorrelation")
def kendalls_correlation(num_inputs: int) -> Reducer:
    return trends.kendalls_correlation(num_inputs)


@algorithm("Reducer.toList")
def to_list(size: int | None, optional: int) -> Reducer:
    return records.to_list(size, optional)


@algorithm("Reducer.toCollection")
def to_collection(names: list[str], optional: int) -> Reducer:
    return records.to_collection(names, optional)


@algorithm("Reducer.combine")
def combine(first: Reducer, second: Reducer, prefix: str, shared: bool) -> Reducer:
    return reduce.combine(first, second, prefix, shared=shared)


@algorithm("Reducer.forEach")
def for_each(reducer: Reducer, names: list[str]) -> Reducer:
    return reduce.for_each(reducer, names)


@algorithm("Reducer.forEachElement")
def for_each_element(reducer: Reducer) -> Reducer:
    return disaggregation.for_each_element(reducer)


@algorithm("Reducer.disaggregate")
def disaggregate(reducer: Reducer, axis: int | None) -> Reducer:
    return disaggregation.disaggregate(reducer, axis)


@algorithm("Reducer.forEachBand")
def for_each_band(reducer: Reducer, image: Image) -> Reducer:
    return reduce.for_each(reducer, image.names)


@algorithm("Reducer.getOutputs")
def get_outputs(reducer: Reducer) -> list[str]:
    return list(reducer.outputs)


@algorithm("Reducer.group")
def group(reducer: Reducer, field: int, name: str) -> Reducer:
    return reduce.group(reducer, field, name)


@algorithm("Reducer.repeat")
def repeat(reducer: Reducer, count: int) -> Reducer:
    return reduce.repeat(reducer, count)


@algorithm("Reducer.setOutputs")
def set_outputs(reducer: Reducer, names: list[Any]) -> Reducer:
    return reduce.set_outputs(reducer, names)


@algorithm("Reducer.splitWeights")
def split_weights(reducer: Reducer) -> Reducer:
    return reduce.split_weights(reducer)


@algorithm("Reducer.unweighted")
def unweighted(reducer: Reducer) -> Reducer:
    return reduce.unweighted(reducer)
