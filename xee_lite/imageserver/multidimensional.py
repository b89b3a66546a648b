"""Multidimensional services: their variables become bands, and the values of their dimensions become slices."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import InputError, WireError, brief
from ..items import Item, Items, datetimes
from .selection import Slices

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .session import Session

_TIME = "StdTime"
"""Esri's name of the dimension of time."""

_MAX_SLICES = 1_000_000
"""Items of a dataset (chosen): each has an id of some 40 characters."""

Value = float | tuple[float, float]
"""A value of a dimension; a pair is a range (``hasRanges``)."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """One dimension of a variable.

    Attributes
    ----------
    name : str
    values : tuple of number, or of (number, number)
        For StdTime milliseconds since 1970.
    """

    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of a service.

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


def variables_of(session: Session) -> tuple[Variable, ...]:
    """Ask a service for its variables, with all values of their dimensions."""
    return parse_variables(session.json("multidimensionalInfo", {"returnDimensionValues": "always"}))


def parse_variables(reply: Mapping[str, Any]) -> tuple[Variable, ...]:
    """The variables in a reply of multidimensionalInfo.

    Raises
    ------
    WireError
        If it is no such reply.
    """
    info = reply.get("multidimensionalInfo")
    listed = info.get("variables") if isinstance(info, dict) else None
    if not isinstance(listed, list) or not listed:
        raise WireError("the reply of multidimensionalInfo has no variables")
    return tuple(_variable(entry) for entry in listed)


def _variable(entry: Any) -> Variable:  # noqa: ANN401 - JSON
    name = entry.get("name") if isinstance(entry, dict) else None
    if not isinstance(name, str) or not name:
        raise WireError(f"the reply of multidimensionalInfo has a variable without a name: {brief(entry)}")
    dimensions = tuple(_dimension(name, dimension) for dimension in entry.get("dimensions") or [])
    return Variable(name, str(entry.get("unit") or ""), str(entry.get("description") or ""), dimensions)


def _dimension(variable: str, entry: Any) -> Dimension:  # noqa: ANN401 - JSON
    name, values = entry.get("name"), entry.get("values")
    if not isinstance(name, str) or not isinstance(values, list) or not values:
        raise WireError(f"the reply of multidimensionalInfo has no values for a dimension of {variable!r}")
    return Dimension(name, tuple(_value(value) for value in values))


def _value(value: Any) -> Value:  # noqa: ANN401 - JSON
    if isinstance(value, list) and len(value) == 2:
        return _number(value[0]), _number(value[1])
    return _number(value)


def _number(value: Any) -> float:  # noqa: ANN401 - JSON
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WireError(f"the reply of multidimensionalInfo has a value that is no number: {brief(value)}")
    return value


@dataclass(frozen=True, slots=True)
class Sliced:
    """The slices of variables that share their dimensions.

    Attributes
    ----------
    items : Items
    selection : Slices
        By which requests name them.
    has_time_alone : bool
        Whether time is the only dimension.
    """

    items: Items
    selection: Slices
    has_time_alone: bool


def slices_of(url: str, variables: tuple[Variable, ...]) -> Sliced:
    """All slices of some variables, the last dimension running fastest.

    Raises
    ------
    InputError
        If the variables have different dimensions, or there are too many slices.
    """
    first = variables[0]
    other = next((variable for variable in variables if variable.dimensions != first.dimensions), None)
    if other is not None:
        raise InputError(
            f"The variables {first.name!r} and {other.name!r} of {url} have different dimensions, or other values in "
            "them: open those that are alike by bands=[...], each group apart."
        )
    names = tuple(dimension.name for dimension in first.dimensions)
    count = math.prod(len(dimension.values) for dimension in first.dimensions)
    if count > _MAX_SLICES:
        raise InputError(f"{url} has {count} slices, more than the {_MAX_SLICES} that can be listed.")
    slices = tuple(itertools.product(*(dimension.values for dimension in first.dimensions)))
    coordinates = [dict(zip(names, map(_lower, values), strict=True)) for values in slices]
    times = datetimes([int(values[_TIME]) if _TIME in values else None for values in coordinates])
    items = Items.of(
        Item(_id(names, slices[position]), times[position], position, _without_time(values))
        for position, values in enumerate(coordinates)
    )
    return Sliced(items, Slices(names, slices), names == (_TIME,))


def _lower(value: Value) -> float:
    """A value as a coordinate: of a range its lower end."""
    return value[0] if isinstance(value, tuple) else value


def _without_time(values: dict[str, float]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != _TIME}


def _id(names: tuple[str, ...], values: tuple[Value, ...]) -> str:
    """The id of a slice, such as "StdTime=1704067200000,StdZ=-30..-10"."""
    spelled = ("..".join(map(repr, value)) if isinstance(value, tuple) else repr(value) for value in values)
    return ",".join(f"{name}={value}" for name, value in zip(names, spelled, strict=True)) or "slice"
