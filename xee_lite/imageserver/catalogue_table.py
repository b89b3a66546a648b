"""The catalogue of a service as a table: a row for each raster, with its footprint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..errors import InputError, brief
from ..grids.region import check_bbox
from ..grids.user_values import floats_of
from .address import service_url
from .catalogue import Filter, filters_of, raster_ids, rows_of
from .esri_geometry import envelope_of, geojson_of, polygon_of
from .raster_properties import BINARY, DATE
from .service import service_of
from .session import Session

if TYPE_CHECKING:
    from .catalogue import CatalogueRow
    from .service import Service

_DEGREES = 4326
"""The EPSG code of longitude and latitude."""


def query(
    url: str,
    where: str | None = None,
    *,
    geometry: object = None,
    time: object = None,
) -> pd.DataFrame:
    """List the rasters of an image service.

    Overviews that the server made are left out where its catalogue has the field "Category", unless ``where`` is about
    that field.

    Parameters
    ----------
    url : str
        ``https://host/.../ImageServer`` of a service with the capability Catalog.
    where : str, optional
        SQL about the fields, such as ``"CloudCover < 0.1"``.
    geometry : (west, south, east, north) or geometry, optional
        Rasters that touch it: in degrees, or in the CRS that a geometry names.
    time : datetime or (begin, end), optional
        Rasters whose time is that, or lies between; None for an open end.

    Returns
    -------
    geopandas.GeoDataFrame, or pandas.DataFrame where GeoPandas is not installed
        A row for each id: all fields, dates as times, and the footprint in EPSG:4326 (GeoJSON without GeoPandas).

    Raises
    ------
    InputError
        If the service has no catalogue.
    RequestError
        When it did not answer.

    Examples
    --------
    >>> from xee_lite import imageserver
    >>> url = "https://example.org/arcgis/rest/services/Orthos/ImageServer"
    >>> imageserver.query(url, where="Year = 2019", geometry=(7.0, 46.0, 7.1, 46.1))  # doctest: +SKIP
    """
    if where is not None and not isinstance(where, str):
        raise InputError(f"where={brief(where)} is no SQL: pass text, such as 'Year = 2019'.")
    session = Session(service_url(url))
    filters = _filters(where or "", geometry, time)
    service = service_of(session.url, session.json())
    ids = raster_ids(session, service, filters)
    return _table(service, rows_of(session, service, ids, outlines_in=_DEGREES))


def _filters(where: str, geometry: object, time: object) -> list[Filter]:
    span = None if time is None else _span(time)
    if geometry is None:
        return filters_of(None, where=where, time=span)
    if floats_of(geometry, 4) is not None:
        return filters_of(check_bbox(geometry), where=where, time=span)
    try:
        shape, kind = polygon_of(geometry), "esriGeometryPolygon"
    except InputError:  # it has no area
        shape, kind = envelope_of(geometry), "esriGeometryEnvelope"
    reference = shape.get("spatialReference")
    code = reference.get("wkid", reference) if isinstance(reference, dict) else None
    return [Filter(where, shape, kind, code, span)]


def _span(time: object) -> tuple[int | None, int | None]:
    """Begin and end in milliseconds since 1970; a single time is both."""
    ends: Any = time if isinstance(time, tuple | list) else (time, time)
    if len(ends) != 2 or all(end is None for end in ends):
        raise InputError(f"time={brief(time)}: pass a time, or (begin, end) with None for an open end.")
    begin, end = (_milliseconds(end, time) for end in ends)
    return begin, end


def _milliseconds(value: Any, given: object) -> int | None:  # noqa: ANN401 - whatever pandas takes for a time
    if value is None:
        return None
    try:
        stamp = pd.Timestamp(value)
        stamp = stamp.tz_convert("UTC").tz_localize(None) if stamp.tzinfo else stamp
        return int(np.datetime64(stamp, "ms").astype(np.int64))
    except (ValueError, TypeError, OverflowError) as error:
        raise InputError(f"time={brief(given)} has no time in it that pandas knows.") from error


def _table(service: Service, rows: list[CatalogueRow]) -> pd.DataFrame:
    names = [name for name in service.fields if name != service.id_field]
    names = names or sorted({name for row in rows for name in row.attributes})
    columns: dict[str, Any] = {}
    for name in names:
        values = [row.attributes.get(name) for row in rows]
        if service.fields.get(name) == DATE:
            columns[name] = pd.to_datetime(pd.Series(values, dtype="Int64"), unit="ms").to_numpy()
        elif service.fields.get(name) not in BINARY:
            columns[name] = values
    index = pd.Index([row.id for row in rows], name=service.id_field)
    table = pd.DataFrame(columns, index=index)
    outlines = [None if row.outline is None else geojson_of(row.outline) for row in rows]
    try:
        import geopandas  # type: ignore[import-not-found, unused-ignore] # noqa: PLC0415 - an extra
        from shapely.geometry import shape  # noqa: PLC0415 - an extra
    except ImportError:
        return table.assign(geometry=outlines)
    shapes = [None if outline is None else shape(outline) for outline in outlines]
    geometries = geopandas.GeoSeries(shapes, index=index)
    with_shapes: pd.DataFrame = geopandas.GeoDataFrame(table, geometry=geometries, crs=_DEGREES)
    return with_shapes
