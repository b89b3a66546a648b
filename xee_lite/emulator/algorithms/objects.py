"""Values of any type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import EarthError
from ..evaluator.describe import describe
from ..evaluator.registry import algorithm
from ..evaluator.truth import truth
from ..geometry.error_margin import ErrorMargin
from ..values.equality import are_equal
from ..values.type_names import type_name

if TYPE_CHECKING:
    from ..value import Value


@algorithm("ObjectType")
def object_type(value: Value) -> str:
    return type_name(value).partition("<")[0]


@algorithm("IsEqual")
def is_equal(left: Value, right: Value) -> bool:
    return are_equal(left, right)


@algorithm("If")
def if_(condition: Value, true_case: Value, false_case: Value) -> Value:
    """Of a graph, the case that is not chosen has not been evaluated, and is null here."""
    return true_case if truth(condition) else false_case


@algorithm("Describe")
def describe_(value: Value) -> Value:
    return describe(value)


@algorithm("ErrorMargin")
def error_margin(value: float | None, unit: str) -> ErrorMargin:
    if unit not in {"meters", "projected", "infinite"}:
        raise EarthError(f"ErrorMargin: The unit must be 'meters', 'projected' or 'infinite'; found '{unit}'.")
    return ErrorMargin(value, unit)
