"""Groups of images that become one step in time: the passes of a day, the scenes of an orbit."""

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

SEPARATOR = ","
"""Between the ids of a group."""

_SPANS = ("day", "solar_day", "month", "season", "year")
_SEASONS = ("DJF", "MAM", "JJA", "SON")
_SECONDS_PER_DEGREE = 86400 / 360
"""The sun takes a day around the globe."""


def property_of(groupby: GroupBy | None) -> tuple[str, ...]:
    """The property that a grouping needs to know, if it is by one."""
    return (groupby,) if isinstance(groupby, str) and groupby not in _SPANS else ()


def grouped(items: Sequence[Item], groupby: GroupBy, longitude: float) -> Items:
    """Put the items of each group into one.

    Parameters
    ----------
    items : sequence of Item
        In the order of time.
    groupby : "day", "solar_day", "month", "season", "year", property, or callable
        A solar day is one at the longitude, all others are in UTC. A season is three months, of which December begins
        the one of the next year. What has no time, or lacks the property, stays alone.
    longitude : float
        Degrees east of the place that is read.

    Returns
    -------
    Items
        In the order of their earliest image. A group has the ids of its images, and shows the last of them on top.

    Raises
    ------
    InputError
        If it is none of these, gives no item a key, or a function gives one that can not be compared.
    """
    if not callable(groupby) and not isinstance(groupby, str):
        raise InputError(
            f"groupby={brief(groupby)} makes no groups: pass {', '.join(map(repr, _SPANS))}, a property or a function."
        )
    key = _key(groupby, longitude)
    keys = [_called(key, item) for item in items]
    if all(found is None for found in keys):
        raise InputError(
            f"groupby={brief(groupby)} makes no group: it gives none of the {len(items)} images a key; pass a property "
            "that they have, or a function that returns text, a number or a tuple."
        )
    groups: dict[Hashable, list[Item]] = {}
    for number, (item, found) in enumerate(zip(items, keys, strict=True)):
        try:
            groups.setdefault(("alone", number) if found is None else ("group", found), []).append(item)
        except TypeError as error:
            raise InputError(
                f"groupby= gave {brief(found)} for image {item.id!r}, which is no key: return text, a number or a "
                "tuple."
            ) from error
    return Items.of(_group(members) for members in groups.values())


def _group(members: list[Item]) -> Item:
    if len(members) == 1:
        return members[0]
    first = members[0]
    ids = SEPARATOR.join(member.id for member in members)
    return Item(ids, first.time, None, first.properties, tuple(members))


def _key(groupby: GroupBy, longitude: float) -> Callable[[Item], Hashable]:
    if not isinstance(groupby, str):
        return groupby
    if groupby not in _SPANS:
        return lambda item: _hashable(item.properties.get(groupby))
    shift = np.timedelta64(round(longitude * _SECONDS_PER_DEGREE) if groupby == "solar_day" else 0, "s")
    return lambda item: None if np.isnat(item.time) else _span(groupby, item.time + shift)


def _span(name: str, time: np.datetime64) -> str:
    """The span of time in which a time lies, such as "2020-01-31", "2020-01", "2020-DJF" and "2020"."""
    if name == "month":
        return str(time.astype("datetime64[M]"))
    if name == "year":
        return str(time.astype("datetime64[Y]"))
    if name == "season":
        months = int(time.astype("datetime64[M]").astype(np.int64)) + 1  # December begins the winter of the next year
        return f"{1970 + months // 12}-{_SEASONS[months % 12 // 3]}"
    return str(time.astype("datetime64[D]"))


def _hashable(value: object) -> Hashable:
    """The value of a property as a key: lists and dictionaries as the text that they are in JSON."""
    return value if isinstance(value, Hashable) else json.dumps(value, sort_keys=True)


def _called(key: Callable[[Item], Hashable], item: Item) -> Hashable:
    try:
        return key(item)
    except Exception as error:
        raise InputError(
            f"groupby= failed for image {item.id!r} ({type(error).__name__}: {brief(str(error))}): pass a function of "
            "an xee_lite.items.Item that returns text, a number or a tuple."
        ) from error
