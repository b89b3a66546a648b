"""The table of a collection's images: their index, time and properties, asked for in pages."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any, Literal

import ee
import numpy as np

from ..errors import InputError, WireError, brief
from ..items import Items, datetimes
from .pinning import version_of
from .system_properties import INDEX, SYSTEM, TIME_START

PAGE = 20_000
"""Images of one page (chosen, not measured): a megabyte of JSON, and more images than most collections have.

Whether the service limits such a list is not documented. Its guides name 5000 elements for collections that are printed
whole, and five minutes for any request.
"""

_NON_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
"""How the JSON mapping of protocol buffers, and so the service, spells numbers that JSON does not have."""

_MAX_MILLISECONDS = 2**53
"""Before and after 1970, 285 000 years: larger whole numbers are not exact in JSON, whose numbers are doubles."""

Properties = tuple[str, ...] | Literal["all"]
"""Names of properties of images, or all that the first image has."""
Rows = list[list[Any]]
"""A row for each image, a value for each column."""


def columns_of(collection: ee.ImageCollection, properties: Properties, version: str) -> ee.List:
    """The columns of the table: index, time, version and properties.

    Parameters
    ----------
    collection : ee.ImageCollection
    properties : tuple of str, or "all"
        All are those of the first image, other than the service's own.
    version : str
        The property that holds the versions of the images.
    """
    leading = [INDEX, TIME_START, version]
    if properties != "all":
        return ee.List([*leading, *properties])
    names = collection.first().propertyNames().filter(ee.Filter.stringStartsWith("item", SYSTEM).Not()).sort()
    return ee.List(leading).cat(names)


def rows_of(collection: ee.ImageCollection, columns: ee.List) -> ee.List:
    """The rows of all images. Any column but the first may be null: an image without a time keeps its row."""
    return collection.reduceColumns(
        ee.Reducer.toList(columns.size(), columns.size().subtract(1)), columns
    ).get("list")  # fmt: skip


def page_of(collection: ee.ImageCollection, start: int) -> ee.ImageCollection:
    """The images of the page that starts at a position."""
    return collection.limit(PAGE) if start == 0 else ee.ImageCollection(collection.toList(PAGE, start))


def items_of(names: list[str], rows: Rows, *, source: str, strict: bool) -> Items:
    """The items of a stack, in the order of time, those without one last; the sort is stable.

    Parameters
    ----------
    names : list of str
        The columns: index, time, version, properties.
    rows : list of list
        In the order of the collection.
    source : str
        What the collection is called, for messages.
    strict : bool
        Whether a time that is no date is an error; else it counts as missing.

    Raises
    ------
    InputError
        If strict, and the time of an image is no date.
    WireError
        If a row is not as long as the columns are many.
    """
    if any(len(row) != len(names) for row in rows):
        raise WireError(f"a table of images has rows that are not as long as its {len(names)} columns")
    indices, starts, versions, *columns = ([row[column] for row in rows] for column in range(len(names)))
    ids = [str(index) for index in indices]
    counts = Counter(ids)
    positions = [position if counts[name] > 1 else None for position, name in enumerate(ids)]
    properties = {name: _dates(_numbers(values)) for name, values in zip(names[3:], columns, strict=True)}
    times = [milliseconds_of(value) for value in starts]
    for image, value, milliseconds in zip(ids, starts, times, strict=True) if strict else ():
        if milliseconds is None and value is not None:
            raise InputError(
                f"system:time_start of image {image!r} of {source} is {brief(value)}, which is no time in milliseconds "
                "since 1970: set it with collection.map(lambda image: image.set('system:time_start', ...)), or pass "
                "dim='id' or decode_times=False."
            )
    items = Items(ids, datetimes(times), positions, properties, [()] * len(ids), [*map(version_of, versions)])
    return items.take(np.argsort(items.times, kind="stable"))


def _numbers(values: list[Any]) -> list[Any]:
    """The values of a property, with NaN and infinities for the texts that JSON has instead.

    Only where all values then are numbers: a property may hold the text "NaN" among other texts.
    """
    if not any(isinstance(value, (int, float)) for value in values):
        return values
    numbers = [_NON_FINITE.get(value, value) if isinstance(value, str) else value for value in values]
    return numbers if all(value is None or isinstance(value, (int, float)) for value in numbers) else values


def milliseconds_of(value: object) -> int | None:
    """Milliseconds of Unix time, UTC, from a number or an ``ee.Date``; None where it is neither, or too large."""
    if isinstance(value, dict) and value.get("type") == "Date":
        value = value.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    whole = round(value)
    return whole if abs(whole) <= _MAX_MILLISECONDS else None


def _dates(values: list[Any]) -> list[Any]:
    """The values of a property, as times where each is an ``ee.Date`` or missing."""
    present = [value for value in values if value is not None]
    if not present or not all(isinstance(value, dict) and value.get("type") == "Date" for value in present):
        return values
    times = datetimes([milliseconds_of(value) for value in values])
    return [None if np.isnat(time) else time for time in times]
