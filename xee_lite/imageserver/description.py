"""From the URL of a service and what of it is opened to bands and items: the mosaic, its times, slices or rasters."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ..errors import InputError, brief
from ..items import Item, Items, datetimes
from ..stack import Band, Stack
from .address import service_url
from .catalogue import check_ids, filters_of, raster_ids, rows_of
from .multidimensional import slices_of, variables_of
from .raster_grids import check_common, grids_of, groups_of
from .raster_properties import all_properties, property_values, time_of, time_order
from .selection import Mosaic, Rasters
from .service import service_of
from .session import Session
from .source import ImageServerSource
from .steps import steps_of

if TYPE_CHECKING:
    from ..grids.grid import Grid
    from ..source import Query
    from .catalogue import CatalogueRow
    from .service import Service
    from .source import Transport

_TRANSPORTS: dict[str, Transport] = {"tiff": "tiff", "lerc": "lerc", "download": "download"}
"""exportImage in two formats, and Download Rasters."""


def describe(url: object, query: Query) -> ImageServerSource:
    """Ask a service about itself.

    Raises
    ------
    InputError
        If it can not be opened as the query has it; the message says what to pass.
    RequestError
        When the service did not answer.
    """
    transport = _TRANSPORTS.get(query.transport or "tiff")
    if transport is None:
        known = ", ".join(map(repr, _TRANSPORTS))
        raise InputError(f"transport={brief(query.transport)} is unknown: pass one of {known}.")
    session = Session(service_url(url))
    service = service_of(session.url, session.json())
    if transport == "download":
        service.require("Download", "transport='download'")
    else:
        service.require("Image", "reading its pixels")
    if query.rasters in (None, "mosaic", "time") and transport == "download":
        if query.rasters is not None:
            raise InputError(
                "transport='download' brings the original files, not a mosaic that the service makes of them: pass "
                "rasters='catalog' or ids."
            )
        query = replace(query, rasters="catalog")
    if query.rasters == "time":
        return _steps(session, service, query, transport)
    if query.rasters not in (None, "mosaic"):
        return _rasters(session, service, query, transport)
    if service.is_multidimensional and query.rasters is None:
        return _slices(session, service, query, transport)
    return _mosaic(session, service, query, transport)


def _mosaic(session: Session, service: Service, query: Query, transport: Transport) -> ImageServerSource:
    """One image of all rasters."""
    _check_grid(service, service.grid, query)
    _check_no_properties(service, query)
    item = Item(service.name)
    stack = Stack(service.url, service.bands, Items.of([item]), service.attrs, is_image=True, id_name="service")
    return ImageServerSource(session, service, stack, Mosaic(), transport)


def _steps(session: Session, service: Service, query: Query, transport: Transport) -> ImageServerSource:
    """An item for each time of the rasters: their mosaic at that time."""
    _check_grid(service, service.grid, query)
    _check_no_properties(service, query)
    items, selection = steps_of(session, service, query.region)
    stack = Stack(service.url, service.bands, items, service.attrs, id_name="time of the step")
    return ImageServerSource(session, service, stack, selection, transport)


def _check_no_properties(service: Service, query: Query) -> None:
    if query.properties and query.properties != "all":
        raise InputError(
            f"The mosaic of {service.url} has no properties {brief(query.properties)}: its rasters have, which "
            "rasters='catalog' opens one by one."
        )


def _slices(session: Session, service: Service, query: Query, transport: Transport) -> ImageServerSource:
    """A band for each variable, and an item for each slice."""
    _check_grid(service, service.grid, query)
    variables = variables_of(session)
    names = [variable.name for variable in variables]
    if query.bands is not None:
        unknown = next((name for name in query.bands if name not in names), None)
        if unknown is not None:
            raise InputError(f"bands={brief(unknown)} is no variable of {service.url}: it has {', '.join(names)}.")
        variables = tuple(variable for variable in variables if variable.name in query.bands)
    sliced = slices_of(service.url, variables)
    known = sliced.items.properties
    asked = () if query.properties == "all" else query.properties
    unknown = next((name for name in asked if name not in known), None)
    if unknown is not None:
        raise InputError(
            f"The slices of {service.url} have no property {brief(unknown)}: they have {', '.join(known) or 'none'}."
        )
    first = service.bands[0]
    bands = tuple(Band(variable.name, first.dtype, grid=service.grid, missing=first.missing) for variable in variables)
    units = {f"units_of_{variable.name}": variable.unit for variable in variables if variable.unit}
    attrs = {**service.attrs, **units}
    dim = "time" if sliced.has_time_alone else "id"
    stack = Stack(service.url, bands, sliced.items, attrs, id_name="slice", dim=dim)
    return ImageServerSource(session, service, stack, sliced.selection, transport)


def _rasters(session: Session, service: Service, query: Query, transport: Transport) -> ImageServerSource:
    """An item for each raster of the catalogue, or for each of some ids, in the order of time."""
    service.require("Catalog", "rasters=")
    if isinstance(query.rasters, tuple):
        ids = list(query.rasters)
    else:
        ids = raster_ids(session, service, filters_of(query.region))
        if not ids:
            where = " that touches the region" if query.region is not None else ""
            raise InputError(
                f"{service.url} has no raster{where}: pass another bbox= or geometry=, or rasters='mosaic'."
            )
    names = all_properties(service) if query.properties == "all" else query.properties
    needed = [name for name in (*names, service.time_field) if name is not None]
    rows = rows_of(session, service, ids, fields=tuple(needed))
    if isinstance(query.rasters, tuple):
        check_ids(ids, rows, service)
    else:
        rows.sort(key=partial(time_order, service))
    ids = [row.id for row in rows]
    if query.has_grid and transport != "download":
        return _source_of(session, service, query, transport, rows, None)
    groups = groups_of(ids, grids_of(session, ids))
    if not query.apart:
        check_common(groups)
    by_id = {row.id: row for row in rows}
    parts = tuple(
        _source_of(session, service, query, transport, [by_id[raster] for raster in group.ids], group.grid)
        for group in groups
    )
    return replace(parts[0], parts=parts if len(parts) > 1 else ())


def _source_of(
    session: Session, service: Service, query: Query, transport: Transport, rows: list[CatalogueRow], grid: Grid | None
) -> ImageServerSource:
    """The source of rasters that share a grid, or of any rasters where the user passes a grid."""
    names = all_properties(service) if query.properties == "all" else query.properties
    values = property_values(service, rows, names)
    times = datetimes([time_of(row, service.time_field) for row in rows])
    items = Items.of(
        Item(str(row.id), times[position], row.id, {name: values[name][position] for name in names})
        for position, row in enumerate(rows)
    )
    bands = tuple(replace(band, grid=grid) for band in service.bands)
    if transport == "download":  # files have masks
        bands = tuple(replace(band, missing=None) for band in bands)
    stack = Stack(service.url, bands, items, service.attrs, id_name=f"{service.id_field} of the raster", dim="id")
    return ImageServerSource(session, service, stack, Rasters(), transport)


def _check_grid(service: Service, grid: Grid | None, query: Query) -> None:
    if grid is None and not query.has_grid:
        raise InputError(
            f"{service.grid_problem}. Pass the grid, as by crs=, scale= and bbox=, or like=: the service then "
            "resamples to it."
        )
