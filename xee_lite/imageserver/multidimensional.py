"""Multidimensional services: variables along dimensions such as time and depth become bands and slices."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import InputError, WireError, brief
from ..items import Item, Items, datetimes
from .selection import Slices

if TYPE_CHECKING:
    from collections.abc import Mapping

_TIME = "StdTime"

_MOST_SLICES = 1_000_000

Value = float | tuple[float, float]
"""A value of a dimension, or the range that one stands for."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """One dimension of a variable.

    Attributes
    ----------
    name : str
    values : tuple of number, or of (number, number)
        Of time in milliseconds since 1970.
    """

    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable.

    Attributes
    ----------
    name : str
    unit, description : str
    dimensions : tuple of Dimension
    """

    name: str
    unit: str
    description: str
    dimensions: tuple[Dimension, ...]


def variables_of(answer: Mapping[str, Any]) -> tuple[Variable, ...]:
    """Read the answer of multidimensionalInfo, which was asked for all values.

    Raises
    ------
    WireError
        If it is none.
    """
    info = answer.get("multidimensionalInfo")
    listed = info.get("variables") if isinstance(info, dict) else None
    if not isinstance(listed, list) or not listed:
        raise WireError("the reply of multidimensionalInfo has no variables")
    return tuple(_variable(one) for one in listed)


def _variable(found: Any) -> Variable:  # noqa: ANN401 - JSON
    name = found.get("name") if isinstance(found, dict) else None
    if not isinstance(name, str) or not name:
        raise WireError(f"the reply of multidimensionalInfo has a variable without a name: {brief(found)}")
    dimensions = tuple(_dimension(name, one) for one in found.get("dimensions") or [])
    return Variable(name, str(found.get("unit") or ""), str(found.get("description") or ""), dimensions)


def _dimension(variable: str, found: Any) -> Dimension:  # noqa: ANN401 - JSON
    name, values = found.get("name"), found.get("values")
    if not isinstance(name, str) or not isinstance(values, list) or not values:
        raise WireError(f"the reply of multidimensionalInfo has no values for a dimension of {variable!r}")
    return Dimension(name, tuple(_value(one) for one in values))


def _value(found: Any) -> Value:  # noqa: ANN401 - JSON
    if isinstance(found, list) and len(found) == 2:
        low, high = _value(found[0]), _value(found[1])
        if not isinstance(low, tuple) and not isinstance(high, tuple):
            return low, high
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise WireError(f"the reply of multidimensionalInfo has a value that is no number: {brief(found)}")
    return found


@dataclass(frozen=True, slots=True)
class Sliced:
    """The items of variables that share their dimensions, and how they are asked for.

    Attributes
    ----------
    items : Items
    selection : Slices
    has_time_alone : bool
        Whether time is the only dimension.
    """

    items: Items
    selection: Slices
    has_time_alone: bool


def slices_of(url: str, variables: tuple[Variable, ...]) -> Sliced:
    """All slices of some variables, in the order of their dimensions.

    Raises
    ------
    InputError
        If the variables have different dimensions, or there are too many slices.
    """
    first = variables[0]
    other = next((one for one in variables if one.dimensions != first.dimensions), None)
    if other is not None:
        raise InputError(
            f"The variables {first.name!r} and {other.name!r} of {url} have different dimensions, or other values in "
            "them: open those that are alike by bands=[...], each group apart."
        )
    names = tuple(dimension.name for dimension in first.dimensions)
    count = 1
    for dimension in first.dimensions:
        count *= len(dimension.values)
    if count > _MOST_SLICES:
        raise InputError(f"{url} has {count} slices, more than the {_MOST_SLICES} that can be listed.")
    values = tuple(itertools.product(*(dimension.values for dimension in first.dimensions)))
    others = [position for position, name in enumerate(names) if name != _TIME]
    times = [_lower(one[names.index(_TIME)]) if _TIME in names else None for one in values]
    stamps = datetimes([None if time is None else int(time) for time in times])
    items = Items.of(
        Item(
            _id(names, one),
            stamp,
            position,
            {names[dimension]: _lower(one[dimension]) for dimension in others},
        )
        for position, (one, stamp) in enumerate(zip(values, stamps, strict=True))
    )
    return Sliced(items, Slices(names, values), names == (_TIME,))


def _lower(value: Value) -> float:
    """What stands for a value: of a range its lower end."""
    return value[0] if isinstance(value, tuple) else value


def _id(names: tuple[str, ...], values: tuple[Value, ...]) -> str:
    spelled = ("..".join(map(repr, value)) if isinstance(value, tuple) else repr(value) for value in values)
    return ",".join(f"{name}={value}" for name, value in zip(names, spelled, strict=True)) or "slice"
