"""Which rasters of a catalogue lie between two times, meet a condition and touch a region: the first of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ..errors import InputError, brief
from .address import service_url
from .catalogue import Filter, boxes, order_of, raster_ids, rows_of, time_of
from .service import service_of
from .session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..grids.reprojection import Bounds


def has_steps(url: str, rasters: object) -> bool:
    """Whether a service opens with steps of mosaics, such as slices, and not with rasters of its catalogue.

    Parameters
    ----------
    url : str
    rasters : object
        As `xarray.open_dataset` takes it.
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
        That the condition is about, each of which has to be there.
    span : (int or None, int or None)
        Milliseconds since 1970: rasters that begin at or after the first and before the second.
    region : (west, south, east, north), optional
        Degrees.
    limit : int, optional
        At most so many.

    Raises
    ------
    InputError
        If there is no such field, the rasters have no time, or none is left.
    """
    session = Session(service_url(url))
    service = service_of(session.url, session.json())
    unknown = next((name for name in fields if name not in service.fields), None)
    if unknown is not None:
        known = ", ".join(service.fields) or "none that it tells"
        raise InputError(f"{brief(unknown)} is no field of {service.url}: it has {known}.")
    start, end = span
    timed = start is not None or end is not None
    if timed and service.time_field is None:
        raise InputError(f"The rasters of {service.url} have no time: leave out the dates.")
    places = [Filter()] if region is None else boxes(region)
    time = span if timed else None
    filters = [Filter(where, one.geometry, one.geometry_type, one.reference, time) for one in places]
    ids = sorted({one for chosen in filters for one in raster_ids(session, service, chosen)})
    rows = rows_of(session, service, ids, fields=() if service.time_field is None else (service.time_field,))
    rows.sort(key=partial(order_of, service))
    # A query finds whatever holds at some time of the span: what began before it too, and what begins with its end.
    found = [
        row.id
        for row in rows
        if not timed or _is_within(time_of(row, service.time_field), start, end)
    ][:limit]  # fmt: skip
    if not found:
        raise InputError(f"No raster of {service.url} is left: pass other dates, another region or another filter.")
    return tuple(found)


def _is_within(time: int | None, start: int | None, end: int | None) -> bool:
    return time is not None and (start is None or time >= start) and (end is None or time < end)
