"""The catalogue of a service: which rasters there are, what it says about them, and on which grids they lie."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError, WireError, brief
from ..options import OPTIONS
from ..traffic.concurrency import run_all
from .limits import IMAGE_SERVER
from .service import grid_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..grids.grid import Grid
    from ..grids.reprojection import Bounds
    from .service import Service
    from .session import Params, Session

_BATCH = 500
"""Rasters that are asked about at once, however many the service would tell of."""

_MOST_GRIDS = 2000
"""Rasters whose grids are asked for, one request each."""

_DATE = "esriFieldTypeDate"
_NO_COLUMNS = frozenset({"esriFieldTypeGeometry", "esriFieldTypeBlob", "esriFieldTypeRaster", "esriFieldTypeXML"})

PRIMARY = "Category = 1"
"""Of rasters themselves: others are overviews that the server made of them, and copies under way."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rasters are meant.

    Attributes
    ----------
    where : str
        SQL about fields; empty for all.
    geometry : dict, optional
        Esri's JSON of an envelope or polygon that they touch.
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
        """As a query has it."""
        conditions = [f"({self.where})"] if self.where else []
        if "Category" in service.fields and "category" not in self.where.lower():
            conditions.append(PRIMARY)
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


def boxes(region: Bounds) -> list[Filter]:
    """Rasters that touch a region in degrees: one filter, or two for a region across the antimeridian."""
    west, south, east, north = region
    spans = [(west, east)] if east <= 180 else [(west, 180.0), (-180.0, east - 360)]
    return [
        Filter(geometry={"xmin": left, "ymin": south, "xmax": right, "ymax": north}, reference=4326)
        for left, right in spans
    ]


def raster_ids(session: Session, service: Service, chosen: Filter) -> list[int]:
    """The ids of all rasters of a filter: the list of ids is not cut, as that of attributes is.

    Raises
    ------
    InputError
        If the service has no catalogue.
    RequestError
        When it did not answer.
    """
    service.require("Catalog", "its list of rasters")
    found = session.json("query", {**chosen.params(service), "returnIdsOnly": True}).get("objectIds")
    if found is None:  # what servers say for none
        return []
    if not isinstance(found, list) or not all(isinstance(one, int) and not isinstance(one, bool) for one in found):
        raise WireError(f"the reply of query has ids that are no whole numbers: {brief(found)}")
    return sorted(set(found))


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """What the catalogue says about one raster.

    Attributes
    ----------
    id : int
    attributes : dict
        By field; dates are milliseconds since 1970.
    outline : dict, optional
        Esri's JSON of its footprint.
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
    """What the catalogue says about rasters, in the order of the ids; those that it does not have are left out.

    Parameters
    ----------
    session : Session
    service : Service
    ids : sequence of int
    fields : tuple of str, optional
        None for all.
    outlines_in : int, optional
        The number of the CRS in which footprints are wanted.
    """
    params: Params = {
        "outFields": "*" if fields is None else ",".join(dict.fromkeys((service.id_field, *fields))),
        "returnGeometry": outlines_in is not None,
        "outSR": outlines_in,
    }
    size = min(service.max_records, _BATCH)
    batches = [list(ids[start : start + size]) for start in range(0, len(ids), size)]
    found: dict[int, CatalogueRow] = {}

    def ask(batch: list[int]) -> None:
        while batch:
            answer = session.json("query", {**params, "objectIds": ",".join(map(str, batch))})
            rows = [_row(service, feature) for feature in answer.get("features") or []]
            found.update({row.id: row for row in rows})
            left = [one for one in batch if one not in found]
            if not answer.get("exceededTransferLimit") or len(left) == len(batch):
                return
            batch = left

    run_all([partial(ask, batch) for batch in batches], OPTIONS.concurrency(IMAGE_SERVER.concurrent_requests))
    return [found[one] for one in ids if one in found]


def _row(service: Service, feature: Any) -> CatalogueRow:  # noqa: ANN401 - JSON
    values = feature.get("attributes") if isinstance(feature, dict) else None
    number = values.get(service.id_field) if isinstance(values, dict) else None
    if not isinstance(values, dict) or not isinstance(number, int) or isinstance(number, bool):
        raise WireError(f"the reply of query has a raster without a number in {service.id_field!r}")
    outline = feature.get("geometry")
    return CatalogueRow(number, values, outline if isinstance(outline, dict) else None)


def missing_ids(wanted: Sequence[int], rows: Sequence[CatalogueRow], service: Service) -> None:
    """Refuse ids of rasters that are not there.

    Raises
    ------
    InputError
    """
    there = {row.id for row in rows}
    absent = [one for one in wanted if one not in there]
    if absent:
        raise InputError(
            f"rasters={brief(absent[0] if len(absent) == 1 else absent)}: {service.url} has no such raster; "
            "xee_lite.imageserver.query(url) lists those there are."
        )


@dataclass(frozen=True, slots=True)
class RasterGroup:
    """Rasters that have pixels of one lattice.

    Attributes
    ----------
    grid : Grid
        Around all of them.
    ids : list of int
    """

    grid: Grid
    ids: list[int]


def groups_of(ids: Sequence[int], grids: Sequence[Grid]) -> list[RasterGroup]:
    """Rasters by their lattices, in the order in which these come first."""
    groups: list[tuple[Grid, list[int], list[Bounds]]] = []
    for number, grid in zip(ids, grids, strict=True):
        group = next((one for one in groups if one[0].crs == grid.crs and _congruent(one[0], grid)), None)
        if group is None:
            group = (grid, [], [])
            groups.append(group)
        group[1].append(number)
        group[2].append(grid.bounds)
    found = []
    for first, members, bounds in groups:
        left, bottom, right, top = zip(*bounds, strict=True)
        found.append(RasterGroup(first.covering(min(left), min(bottom), max(right), max(top)), members))
    return found


def check_common(groups: Sequence[RasterGroup]) -> None:
    """Refuse rasters whose grids differ.

    Raises
    ------
    InputError
        If there is more than one group.
    """
    if len(groups) > 1:
        one, other = groups[:2]
        raise InputError(
            f"Rasters {one.ids[0]} and {other.ids[0]} have different grids, {_spelled(one.grid)} and "
            f"{_spelled(other.grid)}: open them by xr.open_datatree, with a group for each of the {len(groups)} grids, "
            "or some of them by rasters=[...], or say the grid, as by crs=, scale= and bbox=, or like=, to which each "
            "is then resampled."
        )


def grids_of(session: Session, ids: Sequence[int]) -> list[Grid]:
    """Ask each raster for its own grid, in the order of the ids.

    Raises
    ------
    InputError
        If there are too many.
    """
    if len(ids) > _MOST_GRIDS:
        raise InputError(
            f"{len(ids)} rasters have a grid each, which takes a request each: pass bbox= or geometry=, or at most "
            f"{_MOST_GRIDS} of their ids as rasters=, or say the grid, as by crs=, scale= and bbox=."
        )
    found: list[Grid | None] = [None] * len(ids)

    def ask(position: int) -> None:
        number = ids[position]
        info = session.json(f"{number}/info")
        try:
            size_x, size_y = info.get("pixelSizeX"), info.get("pixelSizeY")
            found[position] = grid_of(info.get("extent"), size_x, size_y, info.get("spatialReference"))
        except InputError as error:
            raise InputError(f"Raster {number} of {session.url} can not be placed: {error}") from error

    run_all([partial(ask, position) for position in range(len(ids))], _at_once())
    return [grid for grid in found if grid is not None]


def _at_once() -> int:
    return OPTIONS.concurrency(IMAGE_SERVER.concurrent_requests)


def _congruent(one: Grid, other: Grid) -> bool:
    """Whether pixels of both are pixels of one lattice, within a thousandth of a pixel over the whole of both."""
    shift = ~one.transform @ other.transform
    corners = [(0, 0), (other.width, other.height)]
    for column, row in corners:
        x, y = shift @ (column, row)
        if max(abs(x - column - round(shift.c)), abs(y - row - round(shift.f))) > 1e-3:
            return False
    return math.isclose(shift.a, 1, rel_tol=1e-6) and math.isclose(shift.e, 1, rel_tol=1e-6)


def _spelled(grid: Grid) -> str:
    a, _, c, _, e, f = tuple(grid.transform)[:6]
    return f"({grid.crs}, pixels of {a:.10g} x {-e:.10g} from {c:.10g}, {f:.10g})"


def time_of(row: CatalogueRow, name: str | None) -> int | None:
    """Milliseconds since 1970; None where the raster has no time."""
    value = None if name is None else row.attributes.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value)


def order_of(service: Service, row: CatalogueRow) -> tuple[bool, int, int]:
    """By time, those without one last."""
    time = time_of(row, service.time_field)
    return time is None, time or 0, row.id


def property_values(service: Service, rows: Sequence[CatalogueRow], names: Sequence[str]) -> dict[str, list[Any]]:
    """Fields as properties of items: dates as times, and what is no plain value left out.

    Raises
    ------
    InputError
        If there is no such field.
    """
    for name in names:
        if name not in service.fields:
            known = ", ".join(service.fields) or "none that it tells"
            raise InputError(f"properties={brief(name)} is no field of {service.url}: it has {known}.")
    return {name: [_plain(row.attributes.get(name), service.fields[name]) for row in rows] for name in names}


def all_properties(service: Service) -> tuple[str, ...]:
    """The fields that become coordinates where all are asked for."""
    return tuple(name for name, kind in service.fields.items() if kind not in _NO_COLUMNS)


def _plain(value: Any, kind: str) -> Any:  # noqa: ANN401 - a value of any field
    if value is None or not isinstance(value, str | int | float):
        return None
    if kind == _DATE and isinstance(value, int | float):
        return np.datetime64(int(value), "ms").astype("datetime64[ns]")
    return value
