"""Fields of the catalogue as times and properties of rasters."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .catalogue import CatalogueRow
    from .service import Service

DATE = "esriFieldTypeDate"
"""Fields with milliseconds since 1970."""

BINARY = frozenset({"esriFieldTypeGeometry", "esriFieldTypeBlob", "esriFieldTypeRaster"})
"""Fields whose values are no texts, numbers or times."""

_XML = "esriFieldTypeXML"


def time_of(row: CatalogueRow, name: str | None) -> int | None:
    """Milliseconds since 1970; None where the raster has no time."""
    value = None if name is None else row.attributes.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value)


def time_order(service: Service, row: CatalogueRow) -> tuple[bool, int, int]:
    """The key of a sort by time, rasters without one last."""
    time = time_of(row, service.time_field)
    return time is None, time or 0, row.id


def property_values(service: Service, rows: Sequence[CatalogueRow], names: Sequence[str]) -> dict[str, list[Any]]:
    """The values of fields by their names: dates as times, and None for values that are no text or number.

    Raises
    ------
    InputError
        If there is no such field.
    """
    service.require_fields(names, "properties=")
    return {name: [_plain(row.attributes.get(name), service.fields[name]) for row in rows] for name in names}


def all_properties(service: Service) -> tuple[str, ...]:
    """The fields that become coordinates where all are asked for."""
    return tuple(name for name, kind in service.fields.items() if kind not in BINARY and kind != _XML)


def _plain(value: Any, kind: str) -> Any:  # noqa: ANN401 - a value of any field
    if value is None or not isinstance(value, str | int | float):
        return None
    if kind == DATE and isinstance(value, int | float):
        return np.datetime64(int(value), "ms").astype("datetime64[ns]")
    return value
