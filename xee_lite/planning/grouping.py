"""Groups of images that become one time step, such as the scenes of a day or of an orbit."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError, brief
from ..items import Item, Items

if TYPE_CHECKING:
    from collections.abc import Sequence

GroupBy = str | Callable[[Item], Hashable]
"""A word for a span of time, the name of a property, or a function of an item."""

_SPANS = ("day", "solar_day", "month", "season", "year")
_SEASONS = ("DJF", "MAM", "JJA", "SON")
_SECONDS_PER_DEGREE = 86400 / 360
"""Solar time is a day later all around the globe."""


def property_of(groupby: GroupBy | None) -> tuple[str, ...]:
    """The name of the property that a grouping is by, if it is by one."""
    return (groupby,) if isinstance(groupby, str) and groupby not in _SPANS else ()


def grouped(items: Sequence[Item], groupby: GroupBy, longitude: float) -> Items:
    """Make one item of the items of each group.

    Parameters
    ----------
    items : sequence of Item
        In the order of time.
    groupby : "day", "solar_day", "month", "season", "year", property, or callable
        A solar day is one at the longitude; all other times are in UTC. A season is three months, and December belongs
        to the winter of the next year. An item without a time, or without the property, is not grouped.
    longitude : float
        Degrees east of the grid that is read.

    Returns
    -------
    Items
        In the order of their earliest image. A group has the ids of its images, and shows the last of them on top.

    Raises
    ------
    InputError
        If it is none of these, gives no item a key, or a function gives one that is not hashable.
    """
    if not callable(groupby) and not isinstance(groupby, str):
        raise InputError(
            f"groupby={brief(groupby)} makes no groups: pass {', '.join(map(repr, _SPANS))}, a property or a function."
        )
    key = _key(groupby, longitude)
    keys = [_called(key, item) for item in items]
    if all(group is None for group in keys):
        raise InputError(
            f"groupby={brief(groupby)} makes no group: it gives none of the {len(items)} images a key; pass a property "
            "that they have, or a function that returns text, a number or a tuple."
        )
    groups: dict[Hashable, list[Item]] = {}
    for number, (item, group) in enumerate(zip(items, keys, strict=True)):
        try:
            groups.setdefault(("alone", number) if group is None else ("group", group), []).append(item)
        except TypeError as error:
            raise InputError(
                f"groupby= gave {brief(group)} for image {item.id!r}, which is no key: return text, a number or a "
                "tuple."
            ) from error
    return Items.of(_group(members) for members in groups.values())


def _group(members: list[Item]) -> Item:
    first = members[0]
    if len(members) == 1:
        return first
    ids = ",".join(member.id for member in members)
    return Item(ids, first.time, None, first.properties, tuple(members))


def _key(groupby: GroupBy, longitude: float) -> Callable[[Item], Hashable]:
    if not isinstance(groupby, str):
        return groupby
    if groupby not in _SPANS:
        return lambda item: _hashable(item.properties.get(groupby))
    shift = np.timedelta64(round(longitude * _SECONDS_PER_DEGREE) if groupby == "solar_day" else 0, "s")
    return lambda item: None if np.isnat(item.time) else _span(groupby, item.time + shift)


def _span(name: str, time: np.datetime64) -> str:
    """The name of the span in which a time lies, such as "2020-01-31", "2020-01", "2020-DJF" or "2020"."""
    if name == "month":
        return str(time.astype("datetime64[M]"))
    if name == "year":
        return str(time.astype("datetime64[Y]"))
    if name == "season":
        # One month later, so that December is in the winter of the next year.
        months = int(time.astype("datetime64[M]").astype(np.int64)) + 1
        return f"{1970 + months // 12}-{_SEASONS[months % 12 // 3]}"
    return str(time.astype("datetime64[D]"))


def _hashable(value: object) -> Hashable:
    """The value of a property as a key: lists and dictionaries as the text that they are in JSON."""
    return value if isinstance(value, Hashable) else json.dumps(value, sort_keys=True)


def _called(key: Callable[[Item], Hashable], item: Item) -> Hashable:
    """The key of an item, by a function that may be the user's."""
    try:
        return key(item)
    except Exception as error:
        raise InputError(
            f"groupby= failed for image {item.id!r} ({type(error).__name__}: {brief(str(error))}): pass a function of "
            "an xee_lite.items.Item that returns text, a number or a tuple."
        ) from error
