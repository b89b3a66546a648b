"""The times of a service: a step for each time that its rasters begin at, which is their mosaic at that time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from ..items import Items, datetimes
from .catalogue import Filter, boxes, raster_ids, rows_of, time_of
from .selection import Steps

if TYPE_CHECKING:
    from ..grids.reprojection import Bounds
    from .service import Service
    from .session import Session


def steps_of(session: Session, service: Service, region: Bounds | None) -> tuple[Items, Steps]:
    """The steps in the order of time, and how they are asked for.

    Parameters
    ----------
    session : Session
    service : Service
    region : (west, south, east, north), optional
        Degrees: only the times of rasters that touch it.

    Raises
    ------
    InputError
        If the service, or all of its rasters there, have no time.
    """
    service.require("Catalog", "rasters='time'")
    if service.time_field is None:
        raise InputError(f"{service.url} has no time: leave out rasters='time'.")
    filters = [Filter()] if region is None else boxes(region)
    ids = sorted({one for chosen in filters for one in raster_ids(session, service, chosen)})
    rows = rows_of(session, service, ids, fields=(service.time_field,))
    times = sorted({time for row in rows if (time := time_of(row, service.time_field)) is not None})
    if not times:
        where = " that touches the region" if region is not None else ""
        raise InputError(f"{service.url} has no raster with a time{where}: pass another region, or rasters='mosaic'.")
    stamps = datetimes(times)
    names = np.datetime_as_string(stamps, unit="ms").tolist()
    count = len(times)
    return Items(names, stamps, list(range(count)), {}, [()] * count, [None] * count), Steps(tuple(times))
