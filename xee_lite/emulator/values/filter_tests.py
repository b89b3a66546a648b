"""The comparisons that binary filters make between their two operands.

Whatever is missing or of a type that does not fit fails a test. The tests that the service describes as "passes
unless" (notEquals, lessThanOrEquals, greaterThanOrEquals) are the negations of others, and then pass.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..geometry.geodesy import contains, distance, intersects
from ..geometry.geometry import Geometry
from ..images.image import Image
from .dates import DateRange
from .equality import are_equal, find_index
from .feature import Element, Feature, geometry_of
from .filter import comparable, scalar
from .type_names import type_name

if TYPE_CHECKING:
    from ..value import Value

Test = Callable[[Any, Any], bool]


def _order(test: Test) -> Test:
    return lambda left, right: comparable(left, right) and test(left, right)


def _strings(test: Callable[[str, str], bool]) -> Test:
    return lambda left, right: isinstance(left, str) and isinstance(right, str) and test(left, right)


def _shape(value: Value) -> Geometry | None:
    found = geometry_of(value) if isinstance(value, Element) else value
    usable = isinstance(found, Geometry) and (found.unbounded or not found.shape.is_empty)
    return found if usable else None


def _geometries(test: Callable[[Geometry, Geometry], bool]) -> Test:
    def both(left: Value, right: Value) -> bool:
        one, two = _shape(left), _shape(right)
        return one is not None and two is not None and test(one, two)

    return both


def metres_apart(left: Value, right: Value) -> float:
    """The distance of two geometries that are both there."""
    one, two = _shape(left), _shape(right)
    return math.inf if one is None or two is None else distance(one, two)


def near(metres: float) -> Test:
    """A test of whether two geometries lie within a distance of each other."""
    return lambda left, right: metres_apart(left, right) <= metres


def is_type(value: Value, name: Value) -> bool:
    """Whether a value has the named type, or one that counts as such."""
    names = {type_name(value).partition("<")[0]}
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        names |= {"Number", "Float"}
    if isinstance(value, Geometry):
        names.add(value.shape.geom_type)
    if isinstance(value, (Image, Feature)):
        names.add("Element")
    return value is not None and name in {*names, "Object"}


def _in_date_range(span: Value, when: Value) -> bool:
    return isinstance(span, DateRange) and isinstance(when, (int, float)) and span.contains(when)


def _holds(values: Value, value: Value) -> bool:
    return isinstance(values, list) and find_index([scalar(item) for item in values], value) >= 0


TESTS: dict[str, Test] = {
    "equals": lambda left, right: left is not None and are_equal(left, right),
    "notEquals": lambda left, right: not are_equal(left, right),
    "lessThan": _order(lambda left, right: left < right),
    "lessThanOrEquals": lambda left, right: not (comparable(left, right) and left > right),
    "greaterThan": _order(lambda left, right: left > right),
    "greaterThanOrEquals": lambda left, right: not (comparable(left, right) and left < right),
    "stringStartsWith": _strings(str.startswith),
    "stringEndsWith": _strings(str.endswith),
    "stringContains": _strings(str.__contains__),
    "listContains": _holds,
    # The served text of inList is that of listContains; the client and its users pass the list on the right.
    "inList": lambda left, right: _holds(right, left),
    "dateRangeContains": _in_date_range,
    "intersects": _geometries(intersects),
    "disjoint": _geometries(lambda left, right: not intersects(left, right)),
    "contains": _geometries(contains),
    "isContained": _geometries(lambda left, right: contains(right, left)),
}
"""By the filter's name, without ``Filter.``."""
