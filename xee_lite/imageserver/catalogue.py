"""The catalogue of a service: which rasters there are, and what it says about each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from ..errors import InputError, WireError, brief
from ..traffic.concurrency import run_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..grids.reprojection import Bounds
    from .service import Service
    from .session import Params, Session

_BATCH = 500
"""Rasters in one request for attributes, where the service allows more (chosen): footprints can be long."""

_PRIMARY = "Category = 1"
"""The condition for rasters themselves (Esri's domain of the field Category): others are overviews that the server made
of them, and rasters that are being uploaded."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Some of the rasters of a catalogue.

    Attributes
    ----------
    where : str
        SQL about fields; empty for all.
    geometry : dict, optional
        An envelope or polygon that they touch, as JSON of the REST API.
    geometry_type : str
    reference : int or dict, optional
        The spatial reference of the geometry.
    time : (int or None, int or None), optional
        Milliseconds since 1970; None for an open end.
    """

    where: str = ""
    geometry: dict[str, Any] | None = None
    geometry_type: str = "esriGeometryEnvelope"
    reference: int | dict[str, str] | None = None
    time: tuple[int | None, int | None] | None = None

    def params(self, service: Service) -> Params:
        """The parameters of a query.

        Overviews are left out, unless the condition is about their field "Category".
        """
        conditions = [f"({self.where})"] if self.where else []
        if "Category" in service.fields and "category" not in self.where.lower():
            conditions.append(_PRIMARY)
        params: Params = {"where": " AND ".join(conditions) or "1=1"}
        if self.geometry is not None:
            params |= {
                "geometry": self.geometry,
                "geometryType": self.geometry_type,
                "inSR": self.reference,
                "spatialRel": "esriSpatialRelIntersects",
            }
        if self.time is not None:
            params["time"] = ",".join("null" if end is None else str(end) for end in self.time)
        return params


def filters_of(
    region: Bounds | None, *, where: str = "", time: tuple[int | None, int | None] | None = None
) -> list[Filter]:
    """The rasters that touch a region in degrees: one filter, or two for a region across the antimeridian."""
    if region is None:
        return [Filter(where, time=time)]
    west, south, east, north = region
    spans = [(west, east)] if east <= 180 else [(west, 180.0), (-180.0, east - 360)]
    return [
        Filter(where, {"xmin": left, "ymin": south, "xmax": right, "ymax": north}, reference=4326, time=time)
        for left, right in spans
    ]


def raster_ids(session: Session, service: Service, filters: Sequence[Filter]) -> list[int]:
    """The ids of all rasters that pass one of some filters, in their order.

    A service cuts a list of attributes at its maxRecordCount, but not a list of ids.

    Raises
    ------
    InputError
        If the service has no catalogue.
    RequestError
        When it did not answer.
    """
    service.require("Catalog", "its list of rasters")
    ids = set[int]()
    for chosen in filters:
        listed = session.json("query", {**chosen.params(service), "returnIdsOnly": True}).get("objectIds")
        listed = [] if listed is None else listed  # null, where there are none
        if not isinstance(listed, list) or any(not isinstance(one, int) or isinstance(one, bool) for one in listed):
            raise WireError(f"the reply of query has ids that are no whole numbers: {brief(listed)}")
        ids.update(listed)
    return sorted(ids)


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """The entry of one raster in the catalogue.

    Attributes
    ----------
    id : int
    attributes : dict
        By field; dates are milliseconds since 1970.
    outline : dict, optional
        Its footprint, as JSON of the REST API.
    """

    id: int
    attributes: dict[str, Any]
    outline: dict[str, Any] | None = None


def rows_of(
    session: Session,
    service: Service,
    ids: Sequence[int],
    *,
    fields: tuple[str, ...] | None = None,
    outlines_in: int | None = None,
) -> list[CatalogueRow]:
    """The entries of some rasters, in the order of their ids; ids that are not there are left out.

    Parameters
    ----------
    session : Session
    service : Service
    ids : sequence of int
    fields : tuple of str, optional
        None for all.
    outlines_in : int, optional
        The EPSG code of the CRS for footprints; None for none.
    """
    params: Params = {
        "outFields": "*" if fields is None else ",".join(dict.fromkeys((service.id_field, *fields))),
        "returnGeometry": outlines_in is not None,
        "outSR": outlines_in,
    }
    size = min(service.max_records, _BATCH)
    batches = [list(ids[start : start + size]) for start in range(0, len(ids), size)]
    rows: dict[int, CatalogueRow] = {}

    def ask(batch: list[int]) -> None:
        while batch:
            reply = session.json("query", {**params, "objectIds": ",".join(map(str, batch))})
            page = [_row(service, feature) for feature in reply.get("features") or []]
            rows.update({row.id: row for row in page})
            rest = [raster for raster in batch if raster not in rows]
            if not reply.get("exceededTransferLimit") or len(rest) == len(batch):
                return
            batch = rest

    run_all([partial(ask, batch) for batch in batches], session.concurrency)
    return [rows[raster] for raster in ids if raster in rows]


def _row(service: Service, feature: Any) -> CatalogueRow:  # noqa: ANN401 - JSON
    values = feature.get("attributes") if isinstance(feature, dict) else None
    number = values.get(service.id_field) if isinstance(values, dict) else None
    if not isinstance(values, dict) or not isinstance(number, int) or isinstance(number, bool):
        raise WireError(f"the reply of query has a raster without a number in {service.id_field!r}")
    outline = feature.get("geometry")
    return CatalogueRow(number, values, outline if isinstance(outline, dict) else None)


def check_ids(ids: Sequence[int], rows: Sequence[CatalogueRow], service: Service) -> None:
    """Refuse ids of rasters that the catalogue does not have.

    Raises
    ------
    InputError
    """
    known = {row.id for row in rows}
    absent = [raster for raster in ids if raster not in known]
    if absent:
        raise InputError(
            f"rasters={brief(absent[0] if len(absent) == 1 else absent)}: {service.url} has no such raster; "
            "xee_lite.imageserver.query(url) lists those there are."
        )
