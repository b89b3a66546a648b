"""The ids of rasters between two times that meet a condition and touch a region, for the options of the command."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ..errors import InputError
from .address import service_url
from .catalogue import filters_of, raster_ids, rows_of
from .raster_properties import time_of, time_order
from .service import service_of
from .session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..grids.reprojection import Bounds


def has_steps(url: str, rasters: object) -> bool:
    """Whether the items of a service are mosaics at times or slices, and not rasters of its catalogue.

    Parameters
    ----------
    url : str
    rasters : object
        The argument of `xarray.open_dataset`.
    """
    if rasters is not None:
        return rasters == "time"
    session = Session(service_url(url))
    return service_of(session.url, session.json()).is_multidimensional


def rasters_between(
    url: str,
    *,
    where: str = "",
    fields: Sequence[str] = (),
    span: tuple[int | None, int | None] = (None, None),
    region: Bounds | None = None,
    limit: int | None = None,
) -> tuple[int, ...]:
    """The ids of rasters, in the order of time.

    Parameters
    ----------
    url : str
    where : str
        SQL about fields; empty for all.
    fields : sequence of str
        The fields that the condition is about: each has to be one of the service.
    span : (int or None, int or None)
        Milliseconds since 1970: rasters that begin at or after the first and before the second.
    region : (west, south, east, north), optional
        Degrees.
    limit : int, optional
        How many of them at most, the first ones.

    Raises
    ------
    InputError
        If there is no such field, the rasters have no time, or none is left.
    """
    session = Session(service_url(url))
    service = service_of(session.url, session.json())
    service.require_fields(fields)
    start, end = span
    timed = start is not None or end is not None
    if timed and service.time_field is None:
        raise InputError(f"The rasters of {service.url} have no time: leave out the dates.")
    ids = raster_ids(session, service, filters_of(region, where=where, time=span if timed else None))
    rows = rows_of(session, service, ids, fields=() if service.time_field is None else (service.time_field,))
    rows.sort(key=partial(time_order, service))
    if timed:  # a query also finds rasters that begin before the span and end in it, or that begin with its end
        rows = [row for row in rows if _is_within(time_of(row, service.time_field), start, end)]
    if not rows[:limit]:
        raise InputError(f"No raster of {service.url} is left: pass other dates, another region or another filter.")
    return tuple(row.id for row in rows[:limit])


def _is_within(time: int | None, start: int | None, end: int | None) -> bool:
    return time is not None and (start is None or time >= start) and (end is None or time < end)
