"""The times of a service: an item for each time at which a raster begins, the mosaic of all rasters at that time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from ..items import Item, Items, datetimes
from .catalogue import filters_of, raster_ids, rows_of
from .raster_properties import time_of
from .selection import Steps

if TYPE_CHECKING:
    from ..grids.reprojection import Bounds
    from .service import Service
    from .session import Session


def steps_of(session: Session, service: Service, region: Bounds | None) -> tuple[Items, Steps]:
    """The items in the order of time, and the selection by which requests name them.

    Parameters
    ----------
    session : Session
    service : Service
    region : (west, south, east, north), optional
        Degrees: only the times of rasters that touch it.

    Raises
    ------
    InputError
        If the service has no time, or none of its rasters there has.
    """
    service.require("Catalog", "rasters='time'")
    if service.time_field is None:
        raise InputError(f"{service.url} has no time: leave out rasters='time'.")
    ids = raster_ids(session, service, filters_of(region))
    rows = rows_of(session, service, ids, fields=(service.time_field,))
    times = sorted({time for row in rows if (time := time_of(row, service.time_field)) is not None})
    if not times:
        where = " that touches the region" if region is not None else ""
        raise InputError(f"{service.url} has no raster with a time{where}: pass another region, or rasters='mosaic'.")
    stamps = datetimes(times)
    ids_of_steps = np.datetime_as_string(stamps, unit="ms").tolist()
    items = Items.of(Item(*step) for step in zip(ids_of_steps, stamps, range(len(times)), strict=True))
    return items, Steps(tuple(times))
