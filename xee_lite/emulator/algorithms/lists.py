"""Lists."""

from __future__ import annotations

import math
import secrets
import sys
from functools import reduce as fold
from random import Random
from typing import TYPE_CHECKING, Any

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..geometry.geometry import Geometry
from ..images.image import Image
from ..request_limits import check_memory, spend
from ..values.array import Array
from ..values.collection import Collection
from ..values.equality import are_equal, find_index, identity
from ..values.feature import Element, Feature
from ..values.ordering import sort_key
from ..values.text import plain, text_of

if TYPE_CHECKING:
    from ..reducers.reduce import Reducer
    from ..value import Value
    from ..values.filter import Filter
    from ..values.function import Function

List = list[Any]

LIMIT = 1_000_000
"""Elements of the longest list that is generated: memory is the only limit that the service documents."""


def position(values: List, index: int, where: str) -> int:
    """A valid position from an index that may count backwards."""
    found = index + len(values) if index < 0 else index
    if not 0 <= found < len(values):
        raise EarthError(
            f"{where}: List index must be between 0 and {len(values) - 1}, or -1 and {-len(values)}. Found {index}."
        )
    return found


def _check_type(value: Value, types: tuple[type, ...], expected: str, where: str) -> Value:
    if isinstance(value, types) and not isinstance(value, bool):
        return value
    raise EarthError(f"{where}: The value is not a {expected}: {text_of(value)}.")


@algorithm("List.get")
def get(values: List, index: int) -> Value:
    return values[position(values, index, "List.get")]


@algorithm("List.getNumber")
def get_number(values: List, index: int) -> Value:
    where = "List.getNumber"
    return _check_type(values[position(values, index, where)], (int, float), "Number", where)


@algorithm("List.getString")
def get_string(values: List, index: int) -> Value:
    where = "List.getString"
    return _check_type(values[position(values, index, where)], (str,), "String", where)


@algorithm("List.getArray")
def get_array(values: List, index: int) -> Value:
    where = "List.getArray"
    return _check_type(values[position(values, index, where)], (Array,), "Array", where)


@algorithm("List.getGeometry")
def get_geometry(values: List, index: int) -> Value:
    where = "List.getGeometry"
    return _check_type(values[position(values, index, where)], (Geometry,), "Geometry", where)


@algorithm("List.add")
def add(values: List, element: Value) -> List:
    return [*values, element]


@algorithm("List.cat")
def cat(values: List, other: List) -> List:
    return values + other


@algorithm("List.contains")
def contains(values: List, element: Value) -> bool:
    return find_index(values, element) >= 0


@algorithm("List.containsAll")
def contains_all(values: List, other: List) -> bool:
    return {identity(value) for value in other} <= {identity(value) for value in values}


@algorithm("List.distinct")
def distinct(values: List) -> List:
    seen: dict[Any, Any] = {}
    for value in values:
        seen.setdefault(identity(value), value)
    return list(seen.values())


@algorithm("List.equals")
def equals(values: List, other: List) -> bool:
    return are_equal(values, other)


@algorithm("List.filter")
def filter_(values: List, condition: Filter) -> List:
    return [value for value in values if condition.passes(_as_element(value))]


def _as_element(value: Value) -> Element:
    if isinstance(value, (Image, Feature, Collection)):
        return value
    return Feature(None, {"item": value})


@algorithm("List.flatten")
def flatten(values: List) -> List:
    flat: List = []
    for value in values:
        if isinstance(value, list):
            part = flatten(value)
            spend(len(part))
            flat.extend(part)
        else:
            flat.append(value)
    return flat


@algorithm("List.frequency")
def frequency(values: List, element: Value) -> int:
    return sum(are_equal(value, element) for value in values)


@algorithm("List.indexOf")
def index(values: List, element: Value) -> int:
    return find_index(values, element)


def _sublists(values: List, target: List) -> List:
    size = len(target)
    return [i for i in range(len(values) - size + 1) if are_equal(values[i : i + size], target)]


@algorithm("List.indexOfSublist")
def index_of_sublist(values: List, target: List) -> int:
    return next(iter(_sublists(values, target)), -1)


@algorithm("List.lastIndexOfSubList")
def last_index_of_sublist(values: List, target: List) -> int:
    return next(reversed(_sublists(values, target)), -1)


@algorithm("List.insert")
def insert(values: List, index: int, element: Value) -> List:
    at = index + len(values) if index < 0 else index
    if not 0 <= at <= len(values):
        raise EarthError(f"List.insert: List index must be between 0 and {len(values)}. Found {index}.")
    return [*values[:at], element, *values[at:]]


@algorithm("List.iterate")
def iterate(values: List, function: Function, first: Value) -> Value:
    return fold(lambda state, value: function(value, state), values, first)


@algorithm("List.join")
def join(values: List, separator: str) -> str:
    texts = [text_of(value) for value in values]
    check_memory(sum(map(sys.getsizeof, texts)) + len(texts) * sys.getsizeof(separator))
    return separator.join(texts)


@algorithm("List.length", "List.size")
def size(values: List) -> int:
    return len(values)


@algorithm("List.map")
def map_(values: List, function: Function, drop_nulls: bool) -> List:
    mapped = [function(value) for value in values]
    return [value for value in mapped if value is not None] if drop_nulls else mapped


@algorithm("List.reduce")
def reduce(values: List, reducer: Reducer) -> Value:
    if reducer.inputs == 1:
        columns = [values]
    elif all(isinstance(value, list) and len(value) == reducer.inputs for value in values):
        columns = [[value[i] for value in values] for i in range(reducer.inputs)]
    else:
        raise EarthError(f"List.reduce: Each element must be a list of the reducer's {reducer.inputs} inputs.")
    result = reducer.columns(columns)
    return result if len(result) > 1 else next(iter(result.values()))


@algorithm("List.remove")
def remove(values: List, element: Value) -> List:
    at = find_index(values, element)
    return values if at < 0 else values[:at] + values[at + 1 :]


@algorithm("List.removeAll")
def remove_all(values: List, other: List) -> List:
    gone = {identity(value) for value in other}
    return [value for value in values if identity(value) not in gone]


@algorithm("List.repeat")
def repeat(value: Value, count: int) -> List:
    if not 0 <= count <= LIMIT:
        raise EarthError(f"List.repeat: The count must be between 0 and {LIMIT}; found {count}.")
    return [value] * count


@algorithm("List.replace")
def replace(values: List, old: Value, new: Value) -> List:
    at = find_index(values, old)
    return values if at < 0 else [*values[:at], new, *values[at + 1 :]]


@algorithm("List.replaceAll")
def replace_all(values: List, old: Value, new: Value) -> List:
    return [new if are_equal(value, old) else value for value in values]


@algorithm("List.reverse")
def reverse(values: List) -> List:
    return values[::-1]


@algorithm("List.rotate")
def rotate(values: List, distance: int) -> List:
    """Positive distances move elements towards the end; the direction is Java's Collections.rotate."""
    shift = -distance % len(values) if values else 0
    return values[shift:] + values[:shift]


@algorithm("List.set")
def set_(values: List, index: int, element: Value) -> List:
    at = position(values, index, "List.set")
    return [*values[:at], element, *values[at + 1 :]]


@algorithm("List.shuffle")
def shuffle(values: List, seed: Value) -> List:
    """The permutation of a seed is the same each time, but not the service's: its generator is unknown."""
    shuffled = list(values)
    Random(secrets.token_hex() if seed is False else text_of(seed)).shuffle(shuffled)  # noqa: S311 - no secret
    return shuffled


@algorithm("List.slice")
def slice_(values: List, start: int, end: int | None, step: int | None) -> List:
    if step is not None and step < 1:
        raise EarthError(f"List.slice: The step must be at least 1; found {step}.")
    return values[start:end:step]


@algorithm("List.sort")
def sort(values: List, keys: List | None) -> List:
    if keys is None:
        return sorted(values, key=sort_key)
    if len(keys) != len(values):
        raise EarthError(f"List.sort: The list has {len(values)} elements, but there are {len(keys)} keys.")
    order = sorted(range(len(values)), key=lambda i: sort_key(keys[i]))
    return [values[i] for i in order]


@algorithm("List.splice")
def splice(values: List, start: int, count: int, other: List | None) -> List:
    at = max(start + len(values), 0) if start < 0 else min(start, len(values))
    return values[:at] + (other or []) + values[at + max(count, 0) :]


@algorithm("List.swap")
def swap(values: List, first: int, second: int) -> List:
    one, two = position(values, first, "List.swap"), position(values, second, "List.swap")
    swapped = list(values)
    swapped[one], swapped[two] = swapped[two], swapped[one]
    return swapped


@algorithm("List.unzip")
def unzip(values: List) -> List:
    if not all(isinstance(value, list) for value in values):
        raise EarthError("List.unzip: Every element must be a list.")
    return [list(column) for column in zip(*values, strict=False)]


@algorithm("List.zip")
def zip_(values: List, other: List) -> List:
    return [list(pair) for pair in zip(values, other, strict=False)]


@algorithm("List.sequence")
def sequence(start: float, end: float | None, step: float, count: int | None) -> List:
    where = "List.sequence"
    if not all(math.isfinite(number) for number in (start, step, 0 if end is None else end)):
        raise EarthError(f"{where}: The start, the end and the step must be finite; found {start}, {end}, {step}.")
    if count is None:
        if end is None:
            raise EarthError(f"{where}: At least one of 'end' and 'count' must be specified.")
        if step == 0:
            raise EarthError(f"{where}: The step must not be 0.")
        # Steps such as 0.1 miss the end by rounding: allow a billionth of a step.
        steps = min(max((end - start) / step, -1), LIMIT)
        count = math.floor(steps + 1e-9) + 1
    elif end is not None:
        step = plain((end - start) / (count - 1)) if count > 1 else 0
    if not 0 <= count <= LIMIT:
        raise EarthError(f"{where}: The count must be between 0 and {LIMIT}; found {count}.")
    return [start + i * step for i in range(count)]
