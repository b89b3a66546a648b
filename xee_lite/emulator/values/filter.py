"""Filters, and what they let a scan of a stored collection leave out."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..geometry.geometry import Geometry
from .dates import Date, DateRange
from .feature import GEOMETRY_FIELDS, Element, Feature, get_property
from .stored import SITES, Query

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..value import Value


class Filter(ABC):
    """A condition on one element, or on a pair of them in a join."""

    @abstractmethod
    def passes(self, left: Element, right: Element | None = None) -> bool:
        """Whether an element, or a pair of them, passes."""

    def hint(self) -> Query:
        """What a scan may use to leave out elements that can not pass; says nothing unless it is sure."""
        return Query()

    @property
    def is_its_hint(self) -> bool:
        """Whether what the hint says is all that the filter says, of images that have a time."""
        return False

    def measure(self, left: Element, right: Element) -> float | None:  # noqa: ARG002 - few filters measure
        """How far a pair is apart, for joins; None where the filter measures nothing."""
        return None


def narrow(first: Query, second: Query) -> Query:
    """What passes both queries, or more."""
    starts = [start for start in (first.start, second.start) if start is not None]
    ends = [end for end in (first.end, second.end) if end is not None]
    return Query(
        max(starts, default=None),
        min(ends, default=None),
        first.bounds or second.bounds,
        first.index if first.index is not None else second.index,
        first.valid_in or second.valid_in,
        first.indices if first.indices is not None else second.indices,
        first.equal + second.equal,
    )


@dataclass(frozen=True, slots=True)
class Operand:
    """One side of a comparison: a property of an element, or a value."""

    field: str | None
    value: Any = None

    def of(self, element: Element) -> Value:
        """What the operand is for an element."""
        return self.value if self.field is None else get_property(element, self.field)


SHORTER = {
    "equals": "eq",
    "notEquals": "neq",
    "lessThan": "lt",
    "lessThanOrEquals": "lte",
    "greaterThan": "gt",
    "greaterThanOrEquals": "gte",
}
"""Other names of tests."""


@dataclass(frozen=True, slots=True)
class Binary(Filter):
    """A test of two operands.

    Attributes
    ----------
    name : str
        ``equals``, ``intersects``, ...
    left, right : Operand
        With one field, the filter is about one element. With two, the right one is about the other element of a
        join, or about the same element outside of joins.
    test : callable
        Called with both values; nulls and values of types that do not fit each other are its business.
    distance : callable, optional
        Measures how far two values that pass are apart.
    """

    name: str
    left: Operand
    right: Operand
    test: Callable[[Any, Any], bool]
    distance: Callable[[Any, Any], float] | None = None

    def passes(self, left: Element, right: Element | None = None) -> bool:
        """Whether the operands pass the test."""
        return self.test(*self._values(left, right))

    def measure(self, left: Element, right: Element) -> float | None:
        """How far the operands of a pair that passes are apart."""
        return None if self.distance is None else self.distance(*self._values(left, right))

    @property
    def is_its_hint(self) -> bool:
        """Of a range of dates: both are half open."""
        return self.name == "dateRangeContains" and self.right.field == "system:time_start" and self.hint() != Query()

    def _values(self, left: Element, right: Element | None) -> tuple[Value, Value]:
        return scalar(self.left.of(left)), scalar(self.right.of(left if right is None else right))

    def hint(self) -> Query:
        """Bounds of time from comparisons of system:time_start, areas from intersects, the system:index, and sites."""
        match self:
            case Binary(name="dateRangeContains", left=Operand(None, DateRange() as span), right=Operand(field)):
                return _span_hint(span) if field == "system:time_start" else Query()
            case Binary(name="equals", left=Operand("system:index"), right=Operand(None, str() as index)):
                return Query(index=index)
            case Binary(name="equals", left=Operand(field), right=Operand(None, str() | int() | float() as site)) if (
                field in SITES
            ):
                return Query(equal=((field, site),))
            case Binary(name="listContains", left=Operand(None, list() as known), right=Operand("system:index")):
                return Query(indices=tuple(sorted({index for index in known if isinstance(index, str)})))
            case Binary(left=Operand("system:time_start"), right=Operand(None, value)):
                return _time_hint(self.name, scalar(value))
            case Binary(name="intersects", left=Operand(str() as field), right=Operand(None, value)):
                bounds = value.geometry if isinstance(value, Feature) else value
                return Query(bounds=bounds) if field in GEOMETRY_FIELDS and isinstance(bounds, Geometry) else Query()
        return Query()


@dataclass(frozen=True, slots=True)
class Range(Filter):
    """Whether a property lies between two values, both included."""

    field: str
    low: Any
    high: Any

    def passes(self, left: Element, right: Element | None = None) -> bool:  # noqa: ARG002 - about one element only
        """Whether the property is there and lies in the range."""
        value = scalar(get_property(left, self.field))
        return comparable(value, self.low) and comparable(value, self.high) and self.low <= value <= self.high

    def hint(self) -> Query:
        """Bounds of time, where the property is system:time_start."""
        if self.field == "system:time_start" and comparable(self.low, 0) and comparable(self.high, 0):
            return Query(self.low, self.high + 1)
        return Query()


@dataclass(frozen=True, slots=True)
class Unary(Filter):
    """A test of one element."""

    test: Callable[[Element], bool]

    def passes(self, left: Element, right: Element | None = None) -> bool:  # noqa: ARG002 - about one element only
        """Whether the element passes the test."""
        return self.test(left)


@dataclass(frozen=True, slots=True)
class And(Filter):
    """Passes if all of its filters pass; without filters, always."""

    filters: Sequence[Filter]

    def passes(self, left: Element, right: Element | None = None) -> bool:
        """Whether all pass."""
        return all(part.passes(left, right) for part in self.filters)

    @property
    def is_its_hint(self) -> bool:
        """Whether that is so of all its filters."""
        return all(part.is_its_hint for part in self.filters)

    def hint(self) -> Query:
        """What all the hints leave."""
        query = Query()
        for part in self.filters:
            query = narrow(query, part.hint())
        return query


@dataclass(frozen=True, slots=True)
class Or(Filter):
    """Passes if any of its filters passes."""

    filters: Sequence[Filter]

    def passes(self, left: Element, right: Element | None = None) -> bool:
        """Whether any passes."""
        return any(part.passes(left, right) for part in self.filters)

    def hint(self) -> Query:
        """The span of time that covers all the parts."""
        hints = [part.hint() for part in self.filters]
        if len(hints) == 1:
            return hints[0]
        starts = [hint.start for hint in hints if hint.start is not None]
        ends = [hint.end for hint in hints if hint.end is not None]
        return Query(
            min(starts) if starts and len(starts) == len(hints) else None,
            max(ends) if ends and len(ends) == len(hints) else None,
        )


@dataclass(frozen=True, slots=True)
class Not(Filter):
    """Passes if its filter does not."""

    filter: Filter

    def passes(self, left: Element, right: Element | None = None) -> bool:
        """Whether the filter fails."""
        return not self.filter.passes(left, right)


def scalar(value: Value) -> Value:
    """A value as comparisons see it: dates are milliseconds, booleans numbers."""
    if isinstance(value, Date):
        return value.millis
    return int(value) if isinstance(value, bool) else value


def comparable(left: Value, right: Value) -> bool:
    """Whether two values have an order: two numbers, or two strings."""
    numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
    return numbers or (isinstance(left, str) and isinstance(right, str))


def _span_hint(span: DateRange) -> Query:
    return Query(
        None if math.isinf(span.start) else span.start,
        None if math.isinf(span.end) else span.end,
    )


def _time_hint(name: str, value: Value) -> Query:
    """Of tests that an image without a date fails; notEquals and its kin it passes."""
    if not isinstance(value, (int, float)):
        return Query()
    match name:
        case "equals":
            return Query(value, value + 1)
        case "lessThan":
            return Query(end=value)
        case "greaterThan":
            return Query(start=value)
    return Query()
