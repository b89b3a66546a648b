"""Filters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..geometry.geodesy import area
from ..geometry.geometry import Geometry
from ..values.dates import Date
from ..values.feature import Element, geometry_of, get_property
from ..values.filter import SHORTER, And, Binary, Filter, Not, Operand, Or, Range, Unary, comparable, scalar
from ..values.filter_tests import TESTS, is_type, metres_apart, near
from ..values.filter_text import parse_filter

if TYPE_CHECKING:
    from ..geometry.error_margin import ErrorMargin
    from ..value import Value

Test = Callable[[Any, Any], bool]


def _binary(
    name: str, test: Test, left_field: str | None, right_value: Value, right_field: str | None, left_value: Value
) -> Binary:  # fmt: skip
    """A filter of two operands, each of which is a field or a value."""
    left, right = Operand(left_field, left_value), Operand(right_field, right_value)
    for side, operand in (("left", left), ("right", right)):
        if operand.field is not None and operand.value is not None:
            raise EarthError(f"Filter.{name}: Only one of '{side}Field' and '{side}Value' may be specified.")
    if left.field is None and right.field is None:
        raise EarthError(f"Filter.{name}: At least one of 'leftField' and 'rightField' must be specified.")
    return Binary(name, left, right, test)


def _register(name: str, test: Test) -> None:
    def make(
        left_field: str | None, right_value: Value, right_field: str | None, left_value: Value, *_margin: ErrorMargin
    ) -> Filter:
        return _binary(name, test, left_field, right_value, right_field, left_value)

    algorithm(*(f"Filter.{spelling}" for spelling in (name, SHORTER.get(name)) if spelling))(make)


for _name, _test in TESTS.items():
    _register(_name, _test)


@algorithm("Filter.hasType")
def has_type(left_field: str | None, right_value: Value, right_field: str | None, left_value: Value) -> Filter:
    return _binary("hasType", is_type, left_field, right_value, right_field, left_value)


@algorithm("Filter.maxDifference")
def max_difference(
    difference: float, left_field: str | None, right_value: Value, right_field: str | None, left_value: Value
) -> Filter:
    def test(left: Value, right: Value) -> bool:
        numbers = comparable(left, right) and not isinstance(left, str)
        return numbers and abs(left - right) <= difference

    condition = _binary("maxDifference", test, left_field, right_value, right_field, left_value)
    return replace(condition, distance=lambda left, right: abs(left - right))


@algorithm("Filter.withinDistance")
def within_distance(
    distance: float,
    left_field: str | None,
    right_value: Value,
    right_field: str | None,
    left_value: Value,
    _margin: ErrorMargin,
) -> Filter:
    condition = _binary("withinDistance", near(distance), left_field, right_value, right_field, left_value)
    return replace(condition, distance=metres_apart)


@algorithm("Filter.and")
def and_(filters: list[Filter]) -> Filter:
    return And(tuple(filters))


@algorithm("Filter.or")
def or_(filters: list[Filter]) -> Filter:
    return Or(tuple(filters))


@algorithm("Filter.not")
def not_(condition: Filter) -> Filter:
    return Not(condition)


@algorithm("Filter.expression")
def expression(text: str) -> Filter:
    return parse_filter(text)


@algorithm("Filter.always")
def always() -> Filter:
    return And(())


@algorithm("Filter.never")
def never() -> Filter:
    return Or(())


@algorithm("Filter.notNull")
def not_null(names: list[str]) -> Filter:
    return Unary(lambda element: all(get_property(element, name) is not None for name in names))


@algorithm("Filter.hasGeometry")
def has_geometry() -> Filter:
    return Unary(lambda element: _has_geometry(geometry_of(element)))


def _has_geometry(geometry: Geometry | None) -> bool:
    return geometry is not None and not geometry.shape.is_empty


@algorithm("Filter.rangeContains")
def range_contains(field: str, low: Value, high: Value) -> Filter:
    return Range(field, scalar(low), scalar(high))


@algorithm("Filter.area")
def area_between(low: float, high: float, _margin: ErrorMargin | None, selector: str | None) -> Filter:
    def test(element: Element) -> bool:
        geometry = geometry_of(element) if selector in {None, ".geo"} else get_property(element, str(selector))
        return isinstance(geometry, Geometry) and low <= area(geometry) <= high

    return Unary(test)


_CALENDAR: dict[str, Callable[[Date], int]] = {
    "year": lambda date: date.local().year,
    "month": lambda date: date.local().month,
    "hour": lambda date: date.local().hour,
    "minute": lambda date: date.local().minute,
    "day_of_year": lambda date: date.local().timetuple().tm_yday,
    "day_of_month": lambda date: date.local().day,
    "day_of_week": lambda date: date.local().isoweekday(),
}


@algorithm("Filter.calendarRange")
def calendar_range(start: int, end: int | None, field: str) -> Filter:
    read = _CALENDAR.get(field)
    if read is None:
        raise EarthError(f"Filter.calendarRange: Unknown field '{field}'; the fields are {', '.join(_CALENDAR)}.")
    last = start if end is None else end

    def test(element: Element) -> bool:
        millis = scalar(get_property(element, "system:time_start"))
        if not isinstance(millis, (int, float)):
            return False
        value = read(Date(millis))
        return start <= value <= last if start <= last else value >= start or value <= last

    return Unary(test)


@algorithm("Filter.dayOfYear")
def day_of_year(start: int, end: int) -> Filter:
    return calendar_range(start, end, "day_of_year")
