"""The table of a collection's images: their index, time and properties, asked for in pages."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any, Literal

import ee
import numpy as np

from ..errors import WireError
from ..items import Items

_LEADING = ("system:index", "system:time_start")
_SYSTEM = "system:"

PAGE = 20_000
"""Images of one page: a megabyte of JSON, and more than most collections have.

Whether the service limits such a list is not documented (its messages name 5000 elements for collections that are
printed whole, and time for whatever takes long).
"""

_NO_NUMBERS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
"""How JSON from Earth Engine spells what JSON has no number for."""

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


def items_of(names: list[str], rows: Rows) -> Items:
    """Items in the order of time, those without one last; images of one time keep the order of the collection.

    Parameters
    ----------
    names : list of str
        Of the columns.
    rows : list of list
        In the order of the collection.
    """
    if any(len(row) != len(names) for row in rows):
        raise WireError(f"a table of images has rows that are not as long as its {len(names)} columns")
    index, time, *columns = ([row[column] for row in rows] for column in range(len(names)))
    ids = [str(name) for name in index]
    seen = Counter(ids)
    positions = [position if seen[name] > 1 else None for position, name in enumerate(ids)]
    properties = {name: _numbers(values) for name, values in zip(names[2:], columns, strict=True)}
    items = Items(ids, times_of(time), positions, properties, [()] * len(ids))
    return items.take(np.argsort(items.times, kind="stable"))


def _numbers(values: list[Any]) -> list[Any]:
    """The values of a property, with numbers for the texts that stand for what JSON has no number for.

    Only where other values are numbers: an image may have a text "NaN" for a property too.
    """
    if not any(isinstance(value, (int, float)) for value in values):
        return values
    spelled = [_NO_NUMBERS.get(value, value) if isinstance(value, str) else value for value in values]
    return spelled if all(value is None or isinstance(value, (int, float)) for value in spelled) else values


def times_of(milliseconds: list[float | None]) -> np.ndarray[Any, np.dtype[np.datetime64]]:
    """system:time_start (milliseconds of Unix time, UTC) in nanoseconds, as NetCDF and Zarr give it back."""
    absent = np.iinfo(np.int64).min  # NaT, as NumPy stores it
    whole = [absent if time is None else round(time) * 1_000_000 for time in milliseconds]
    return np.array(whole, dtype=np.int64).view("datetime64[ns]")
