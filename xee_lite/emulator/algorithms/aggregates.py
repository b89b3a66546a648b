"""Aggregates of one property over a collection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..evaluator.registry import algorithm
from ..reducers import records, statistics
from ..values.feature import get_property as property_of

if TYPE_CHECKING:
    from ..reducers.reduce import Reducer
    from ..value import Value
    from ..values.collection import Collection

AGGREGATES: dict[str, Reducer] = {
    "count": statistics.COUNT,
    "count_distinct": statistics.COUNT_DISTINCT,
    "histogram": records.FREQUENCY_HISTOGRAM,
    "max": statistics.MAX,
    "mean": statistics.MEAN,
    "min": statistics.MIN,
    "product": statistics.PRODUCT,
    "sample_sd": statistics.SAMPLE_STD_DEV,
    "sample_var": statistics.SAMPLE_VARIANCE,
    "sum": statistics.SUM,
    "total_sd": statistics.STD_DEV,
    "total_var": statistics.VARIANCE,
}


def _values(elements: Collection, name: str) -> list[Any]:
    """All values that are not null."""
    return [value for element in elements if (value := property_of(element, name)) is not None]


def _single(reducer: Reducer, values: list[Value]) -> Value:
    return reducer.columns([values])[reducer.outputs[0]]


def _register(name: str, reducer: Reducer) -> None:
    algorithm(f"AggregateFeatureCollection.{name}")(
        lambda elements, property_name: _single(reducer, _values(elements, property_name))
    )


for _name, _reducer in AGGREGATES.items():
    _register(_name, _reducer)


@algorithm("AggregateFeatureCollection.array")
def array(elements: Collection, name: str) -> list[Any]:
    return _values(elements, name)


@algorithm("AggregateFeatureCollection.first")
def first(elements: Collection, name: str) -> Value:
    element = next(iter(elements), None)
    return None if element is None else property_of(element, name)


@algorithm("AggregateFeatureCollection.stats")
def stats(elements: Collection, name: str) -> dict[str, Any]:
    values = _values(elements, name)
    total = sum(1 for _ in elements)
    parts = ("max", "mean", "min", "sample_sd", "sample_var", "sum", "total_sd", "total_var")
    return {
        **{part: _single(AGGREGATES[part], values) for part in parts},
        "sum_sq": _single(statistics.SUM, [value * value for value in values]),
        "total_count": total,
        "valid_count": len(values),
        "weight_sum": len(values),
        "weighted_sum": _single(statistics.SUM, values),
    }
