"""Types of results: interval arithmetic over pixel types.

The served descriptions say "the union of the input types", which fixes the precision. The range cannot be the union
of ranges: constant(1) + constant(2) is 3, which lies outside [1, 2], and the bytes of a reply follow from the range.
The range is therefore that of the operation's values, as the service's replies show for normalizedDifference
(float, -1 to 1) and for scaled reflectances.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from ..types import BOOLEAN, INT64, PixelType, Precision

if TYPE_CHECKING:
    from collections.abc import Callable

Interval = tuple[float, float] | None
"""Lowest and highest value; None is unbounded."""


def interval(type_: PixelType) -> Interval:
    """The range of a type."""
    return None if type_.min is None or type_.max is None else (type_.min, type_.max)


def make_type(precision: Precision, found: Interval) -> PixelType:
    """A pixel type of a precision and a range; integers stay within 64 bits."""
    if precision == "int":
        low, high = found or (INT64.min or 0, INT64.max or 0)
        return PixelType("int", max(int(low), int(INT64.min or 0)), min(int(high), int(INT64.max or 0)))
    found = None if found is None else (float(found[0]), float(found[1]))
    if found is None or not np.isfinite(found).all():
        return PixelType(precision)
    if precision == "float":
        with np.errstate(over="ignore"):
            found = float(np.float32(found[0])), float(np.float32(found[1]))
    return PixelType(precision, *found)


def corners(operation: Callable[[float, float], float]) -> Callable[[PixelType, PixelType], PixelType]:
    """The type rule of an operation that is monotonic in each argument: its extremes lie at the ranges' ends."""

    def rule(left: PixelType, right: PixelType) -> PixelType:
        first, second = interval(left), interval(right)
        precision = left.union(right).precision
        if first is None or second is None:
            return make_type(precision, None)
        ends = [operation(a, b) for a, b in product(first, second)]
        return make_type(precision, (min(ends), max(ends)))

    return rule


def quotient(left: PixelType, right: PixelType) -> PixelType:
    """Division: integers give floats."""
    precision = left.union(right).precision
    first, second = interval(left), interval(right)
    if first is None or second is None or second[0] <= 0 <= second[1]:
        return make_type("float" if precision == "int" else precision, None)
    ends = [a / b for a, b in product(first, second)]
    return make_type("float" if precision == "int" else precision, (min(ends), max(ends)))


def remainder(left: PixelType, right: PixelType) -> PixelType:
    """What is left is smaller than both, and signed like the dividend."""
    first, second = interval(left), interval(right)
    if first is None or second is None:
        return make_type(left.union(right).precision, None)
    size = max(abs(second[0]), abs(second[1]))
    return make_type(left.union(right).precision, (max(min(first[0], 0), -size), min(max(first[1], 0), size)))


def bits(left: PixelType, right: PixelType) -> PixelType:
    """Bit operators give any pattern of the bits that the inputs have."""
    found = interval(left.union(right))
    if found is None:
        return INT64
    length = max(int(found[0]).bit_length(), int(found[1]).bit_length())
    return make_type("int", (-(2**length) if found[0] < 0 else 0, 2**length - 1))


def shift_range(direction: int) -> Callable[[PixelType, PixelType], PixelType]:
    """The type rule of shifts, to the left (1) or the right (-1)."""

    def rule(left: PixelType, right: PixelType) -> PixelType:
        first, second = interval(left), interval(right)
        if first is None or second is None or not -64 < second[0] <= second[1] < 64:
            return INT64
        ends = [a * 2.0 ** (direction * b) for a, b in product(first, second)]
        return make_type("int", (float(np.floor(min(ends))), float(np.floor(max(ends)))))

    return rule


def complement(value: PixelType) -> PixelType:
    """The smallest signed integer type that can hold the input."""
    low, high = interval(value) or (INT64.min or 0, INT64.max or 0)
    for size in (8, 16, 32):
        if -(2 ** (size - 1)) <= low and high < 2 ** (size - 1):
            return PixelType("int", -(2 ** (size - 1)), 2 ** (size - 1) - 1)
    return INT64


def either(left: PixelType, right: PixelType) -> PixelType:
    """One of the two values."""
    return left.union(right)


def boolean(*_: PixelType) -> PixelType:
    """0 or 1."""
    return BOOLEAN


def floating(*inputs: PixelType) -> PixelType:
    """Any real number, as precise as the inputs."""
    return PixelType("double" if any(one.precision == "double" for one in inputs) else "float")


def within(low: float, high: float) -> Callable[[PixelType], PixelType]:
    """A real number of a range that does not depend on the input."""

    def rule(value: PixelType) -> PixelType:
        return make_type(floating(value).precision, (low, high))

    return rule


def map_range(function: Callable[[float], float]) -> Callable[[PixelType], PixelType]:
    """The type rule of a function that never falls, and keeps integers integers."""

    def rule(value: PixelType) -> PixelType:
        found = interval(value)
        return make_type(value.precision, found and (function(found[0]), function(found[1])))

    return rule


def magnitude(value: PixelType) -> PixelType:
    """The type rule of abs."""
    found = interval(value)
    if found is None:
        return make_type(value.precision, None)
    low = 0 if found[0] <= 0 <= found[1] else min(map(abs, found))
    return make_type(value.precision, (low, max(map(abs, found))))
