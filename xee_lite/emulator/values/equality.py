"""Equality of values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..geometry.geometry import Geometry
from .array import Array

if TYPE_CHECKING:
    from ..value import Value


def are_equal(left: Value, right: Value) -> bool:
    """Whether two values are equal: numbers by value, lists and dictionaries by their parts, booleans apart."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(are_equal(one, two) for one, two in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(are_equal(left[key], right[key]) for key in left)
    if isinstance(left, Array) and isinstance(right, Array):
        return bool(np.array_equal(left.values, right.values))
    if isinstance(left, Geometry) and isinstance(right, Geometry):
        return left.projection == right.projection and bool(left.shape.equals(right.shape))
    return bool(left == right)


def find_index(values: list[Value], value: Value) -> int:
    """Position of the first equal value, or -1."""
    return next((i for i, other in enumerate(values) if are_equal(other, value)), -1)


def identity(value: Value) -> Value:
    """A hashable stand-in, the same for equal values, so that many can be compared in linear time."""
    if isinstance(value, bool):
        return (bool, value)
    if isinstance(value, list):
        return (list, *(identity(item) for item in value))
    if isinstance(value, dict):
        return (dict, *((key, identity(value[key])) for key in sorted(value)))
    if isinstance(value, Array):
        return (Array, value.values.shape, value.values.tobytes())
    if isinstance(value, Geometry):
        return (Geometry, value.projection, value.shape.normalize().wkb)
    return value
