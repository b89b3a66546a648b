"""Groups of images that become one step in time: the passes of a day, the scenes of an orbit."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from ..items import Item, Items

if TYPE_CHECKING:
    from collections.abc import Sequence

GroupBy = str | Callable[[Item], Hashable]
"""``"day"``, ``"solar_day"``, the name of a property, or a function of an item."""

SEPARATOR = ","
"""Between the ids of a group."""

_DAYS = ("day", "solar_day")
_SECONDS_PER_DEGREE = 86400 / 360
"""The sun takes a day around the globe."""


def property_of(groupby: GroupBy | None) -> tuple[str, ...]:
    """The property that a grouping needs to know, if it is by one."""
    return (groupby,) if isinstance(groupby, str) and groupby not in _DAYS else ()


def grouped(items: Sequence[Item], groupby: GroupBy, longitude: float) -> Items:
    """Put the items of each group into one.

    Parameters
    ----------
    items : sequence of Item
        In the order of time.
    groupby : "day", "solar_day", property, or callable
        A day is one of UTC; a solar day one at the longitude. What has no time, or lacks the property, stays alone.
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
        raise InputError(f"groupby={groupby!r} makes no groups: pass 'day', 'solar_day', a property or a function.")
    key = _key(groupby, longitude)
    keys = [key(item) for item in items]
    if all(found is None for found in keys):
        raise InputError(
            f"groupby={groupby!r} makes no group: it gives none of the {len(items)} images a key; pass a property that "
            "they have, or a function that returns text, a number or a tuple."
        )
    groups: dict[Hashable, list[Item]] = {}
    for number, (item, found) in enumerate(zip(items, keys, strict=True)):
        try:
            groups.setdefault(("alone", number) if found is None else ("group", found), []).append(item)
        except TypeError as error:
            raise InputError(
                f"groupby= gave {found!r} for image {item.id!r}, which is no key: return text, a number or a tuple."
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
    if groupby in _DAYS:
        shift = np.timedelta64(round(longitude * _SECONDS_PER_DEGREE) if groupby == "solar_day" else 0, "s")
        return lambda item: None if np.isnat(item.time) else str((item.time + shift).astype("datetime64[D]"))
    return lambda item: item.properties.get(groupby)
