"""The table of a collection's images: their index, time and properties, asked for in pages."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any, Literal

import ee
import numpy as np

from ..errors import InputError, WireError, brief
from ..items import Items, datetimes

_LEADING = ("system:index", "system:time_start")
_SYSTEM = "system:"

PAGE = 20_000
"""Images of one page: a megabyte of JSON, and more than most collections have.

Whether the service limits such a list is not documented (its messages name 5000 elements for collections that are
printed whole, and time for whatever takes long).
"""

_NO_NUMBERS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
"""How JSON from Earth Engine spells what JSON has no number for."""

_LAST = 2**53
"""Milliseconds before and after 1970 that JSON's numbers hold: 285 000 years."""

Properties = tuple[str, ...] | Literal["all"]
Rows = list[list[Any]]


def columns_of(collection: ee.ImageCollection, properties: Properties) -> ee.List:
    """The columns of the table: index, time, and the properties; "all" are those of the first image."""
    if properties != "all":
        return ee.List([*_LEADING, *properties])
    names = collection.first().propertyNames().filter(ee.Filter.stringStartsWith("item", _SYSTEM).Not()).sort()
    return ee.List(list(_LEADING)).cat(names)


def rows_of(collection: ee.ImageCollection, columns: ee.List) -> ee.List:
    """The rows of all images. Any column but the first may be absent: an image without a time keeps its row."""
    return collection.reduceColumns(
        ee.Reducer.toList(columns.size(), columns.size().subtract(1)), columns
    ).get("list")  # fmt: skip


def page_of(collection: ee.ImageCollection, start: int) -> ee.ImageCollection:
    """The images of the page that starts at a position."""
    return collection.limit(PAGE) if start == 0 else ee.ImageCollection(collection.toList(PAGE, start))


def items_of(names: list[str], rows: Rows, *, source: str, strict: bool) -> Items:
    """Items in the order of time, those without one last; images of one time keep the order of the collection.

    Parameters
    ----------
    names : list of str
        Of the columns.
    rows : list of list
        In the order of the collection.
    source : str
        What the collection is called, for messages.
    strict : bool
        Whether a time that no calendar has is refused; else it counts as missing.

    Raises
    ------
    InputError
        If it is strict, and an image has such a time.
    """
    if any(len(row) != len(names) for row in rows):
        raise WireError(f"a table of images has rows that are not as long as its {len(names)} columns")
    index, time, *columns = ([row[column] for row in rows] for column in range(len(names)))
    ids = [str(name) for name in index]
    seen = Counter(ids)
    positions = [position if seen[name] > 1 else None for position, name in enumerate(ids)]
    properties = {name: _dates(_numbers(values)) for name, values in zip(names[2:], columns, strict=True)}
    times = [milliseconds_of(value) for value in time]
    for image, value, found in zip(ids, time, times, strict=True) if strict else ():
        if found is None and value is not None:
            raise InputError(
                f"system:time_start of image {image!r} of {source} is {brief(value)}, which is no time in milliseconds "
                "since 1970: set it with collection.map(lambda image: image.set('system:time_start', ...)), or pass "
                "dim='id' or decode_times=False."
            )
    items = Items(ids, datetimes(times), positions, properties, [()] * len(ids))
    return items.take(np.argsort(items.times, kind="stable"))


def _numbers(values: list[Any]) -> list[Any]:
    """The values of a property, with numbers for the texts that stand for what JSON has no number for.

    Only where other values are numbers: an image may have a text "NaN" for a property too.
    """
    if not any(isinstance(value, (int, float)) for value in values):
        return values
    spelled = [_NO_NUMBERS.get(value, value) if isinstance(value, str) else value for value in values]
    return spelled if all(value is None or isinstance(value, (int, float)) for value in spelled) else values


def milliseconds_of(value: object) -> int | None:
    """Milliseconds of Unix time, UTC, from a number or an ``ee.Date``; None where it is neither, or in no calendar."""
    if isinstance(value, dict) and value.get("type") == "Date":
        value = value.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    whole = round(value)
    return whole if abs(whole) <= _LAST else None


def _dates(values: list[Any]) -> list[Any]:
    """The values of a property, as times where all that are there are an ``ee.Date``."""
    present = [value for value in values if value is not None]
    if not present or not all(isinstance(value, dict) and value.get("type") == "Date" for value in present):
        return values
    times = datetimes([milliseconds_of(value) for value in values])
    return [None if np.isnat(time) else time for time in times]
