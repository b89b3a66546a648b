"""Dictionaries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..geometry.geometry import Geometry
from ..images.image import Image
from ..images.pixelwise import make_constant
from ..values.array import Array
from ..values.pattern import Pattern

if TYPE_CHECKING:
    from ..value import Value
    from ..values.function import Function

Dictionary = dict[str, Any]


@algorithm("Dictionary")
def dictionary(source: Value) -> Dictionary:
    where = "Dictionary"
    if source is None:
        return {}
    if isinstance(source, dict):
        return source
    if isinstance(source, list) and len(source) % 2 == 0 and all(isinstance(key, str) for key in source[::2]):
        return dict(zip(source[::2], source[1::2], strict=True))
    raise EarthError(f"{where}: The input must be a dictionary, or a list of alternating keys and values.")


@algorithm("Dictionary.fromLists")
def from_lists(keys: list[str], values: list[Any]) -> Dictionary:
    if len(keys) != len(values):
        raise EarthError(f"Dictionary.fromLists: There are {len(keys)} keys, but {len(values)} values.")
    return dict(zip(keys, values, strict=True))


@algorithm("Dictionary.combine")
def combine(first: Dictionary, second: Dictionary, overwrite: bool) -> Dictionary:
    merged = {**first, **second} if overwrite else {**second, **first}
    return {key: value for key, value in merged.items() if value is not None}


@algorithm("Dictionary.contains")
def contains(values: Dictionary, key: str) -> bool:
    return key in values


@algorithm("Dictionary.get")
def get(values: Dictionary, key: str, default: Value) -> Value:
    if key not in values and default is not None:
        return default
    return _get(values, key, "Dictionary.get")


def _get(values: Dictionary, key: str, where: str) -> Value:
    if key not in values:
        raise EarthError(f"{where}: Dictionary does not contain key: '{key}'.")
    return values[key]


def _get_typed(values: Dictionary, key: str, expected: str, types: tuple[type, ...]) -> Value:
    where = f"Dictionary.get{expected}"
    value = _get(values, key, where)
    if value is None or (isinstance(value, types) and not isinstance(value, bool)):
        return value
    raise EarthError(f"{where}: The value of '{key}' is not a {expected}.")


@algorithm("Dictionary.getNumber")
def get_number(values: Dictionary, key: str) -> Value:
    return _get_typed(values, key, "Number", (int, float))


@algorithm("Dictionary.getString")
def get_string(values: Dictionary, key: str) -> Value:
    return _get_typed(values, key, "String", (str,))


@algorithm("Dictionary.getArray")
def get_array(values: Dictionary, key: str) -> Value:
    return _get_typed(values, key, "Array", (Array,))


@algorithm("Dictionary.getGeometry")
def get_geometry(values: Dictionary, key: str) -> Value:
    return _get_typed(values, key, "Geometry", (Geometry,))


@algorithm("Dictionary.keys")
def keys(values: Dictionary) -> list[str]:
    return sorted(values)


@algorithm("Dictionary.map")
def map_(values: Dictionary, function: Function) -> Dictionary:
    mapped = {key: function(key, values[key]) for key in sorted(values)}
    return {key: value for key, value in mapped.items() if value is not None}


def _selected(values: Dictionary, selectors: list[str], ignore_missing: bool, where: str) -> list[str]:
    """Keys that are named, or match a selector that is a regular expression, in the order of the selectors."""
    found: dict[str, None] = {}
    for selector in selectors:
        matches = [selector] if selector in values else _matching(values, selector, where)
        if not matches and not ignore_missing:
            raise EarthError(f"{where}: Dictionary does not contain key: '{selector}'.")
        found.update(dict.fromkeys(matches))
    return list(found)


def _matching(values: Dictionary, selector: str, where: str) -> list[str]:
    pattern = Pattern(selector, where)
    return [key for key in sorted(values) if pattern.matches(key)]


@algorithm("Dictionary.remove")
def remove(values: Dictionary, selectors: list[str], ignore_missing: bool) -> Dictionary:
    gone = set(_selected(values, selectors, ignore_missing, "Dictionary.remove"))
    return {key: value for key, value in values.items() if key not in gone}


@algorithm("Dictionary.select")
def select(values: Dictionary, selectors: list[str], ignore_missing: bool) -> Dictionary:
    return {key: values[key] for key in _selected(values, selectors, ignore_missing, "Dictionary.select")}


@algorithm("Dictionary.rename")
def rename(values: Dictionary, old: list[str], new: list[str], overwrite: bool) -> Dictionary:
    where = "Dictionary.rename"
    if len(old) != len(new):
        raise EarthError(f"{where}: 'from' has {len(old)} names, but 'to' has {len(new)}.")
    for key in old:
        _get(values, key, where)
    rest = {key: value for key, value in values.items() if key not in old}
    taken = sorted(rest.keys() & set(new))
    if taken and not overwrite:
        raise EarthError(f"{where}: Dictionary already contains key: '{taken[0]}'.")
    return {**rest, **{name: values[key] for key, name in zip(old, new, strict=True)}}


@algorithm("Dictionary.set")
def set_(values: Dictionary, key: str, value: Value) -> Dictionary:
    return {**values, key: value}


@algorithm("Dictionary.size")
def size(values: Dictionary) -> int:
    return len(values)


@algorithm("Dictionary.values")
def values_(values: Dictionary, names: list[str] | None) -> list[Any]:
    return [_get(values, key, "Dictionary.values") for key in (sorted(values) if names is None else names)]


@algorithm("Dictionary.toArray")
def to_array(values: Dictionary, names: list[str] | None, axis: int) -> Array:
    where = "Dictionary.toArray"
    parts = [_get(values, key, where) for key in (sorted(values) if names is None else names)]
    if not parts:
        raise EarthError(f"{where}: There are no values.")
    arrays = [part if isinstance(part, Array) else Array.of(part) for part in parts]
    lifted = [array.lifted(axis) for array in arrays]
    try:
        return Array(np.concatenate(lifted, axis=axis))
    except ValueError as error:
        raise EarthError(f"{where}: The values can not be joined along axis {axis}.") from error


@algorithm("Dictionary.toImage")
def to_image(values: Dictionary, names: list[str] | None) -> Image:
    where = "Dictionary.toImage"
    chosen = {key: _get(values, key, where) for key in (sorted(values) if names is None else names)}
    for key, value in chosen.items():
        if not isinstance(value, (int, float)):
            raise EarthError(f"{where}: The value of '{key}' is not a number.")
    return Image(tuple(make_constant(value, key) for key, value in chosen.items()))
