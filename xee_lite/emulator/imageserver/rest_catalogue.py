"""Descriptions of services and rasters, and queries of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import shapely

from .description import describe_raster, describe_service
from .envelope import invalid, unsupported
from .export_request import check_rendering
from .mosaic_rule import read_times
from .parameters import to_integer
from .permissions import require
from .raster import OBJECT_ID
from .shapes import project, read_geometry
from .slices import describe_variables, list_slices
from .spatial_references import read_spatial_reference, spatial_reference_json
from .where import parse_where

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .call import ServerCall
    from .parameters import Parameters
    from .raster import Raster
    from .services import ImageService
    from .state import ImageServerState

_RELATIONS = {"": "intersects", "esrispatialrelintersects": "intersects", "esrispatialrelcontains": "contains",
              "esrispatialrelwithin": "within", "esrispatialrelenvelopeintersects": "intersects"}  # fmt: skip
"""By predicates of shapely: the geometry of the request stands first."""
_NOT_HERE = (
    "multidimensionalDefinition",
    "rasterQuery",
    "outStatistics",
    "groupByFieldsForStatistics",
    "returnDistinctValues",
)
"""Parameters that would change what is found, and are not implemented."""


def describe(state: ImageServerState, call: ServerCall) -> dict[str, Any]:
    """Answer the root of a service, which a rule of rendering would change."""
    check_rendering(call.parameters)
    return describe_service(state.service(call), state.options)


def query(state: ImageServerState, call: ServerCall) -> dict[str, Any]:
    """Answer ``query``: ids, a count, or features."""
    service = state.service(call)
    require(service, state.options, "Catalog")
    parameters = call.parameters
    for name in _NOT_HERE:
        if parameters.text(name).lower() not in ("", "false"):
            raise unsupported(f"the parameter '{name}' of query")
    found = _ordered(service, _find(service, parameters), parameters.text("orderByFields"))
    if parameters.flag("returnCountOnly"):
        return {"count": len(found)}
    if parameters.flag("returnIdsOnly"):
        # Null and not an empty list where there is none (field report); never cut.
        return {"objectIdFieldName": OBJECT_ID, "objectIds": [raster.id for raster in found] or None}
    begin = parameters.integer("resultOffset") or 0
    count = parameters.integer("resultRecordCount")
    if begin < 0 or (count is not None and count < 0):
        raise invalid("Parameters 'resultOffset' and 'resultRecordCount' are not negative.")
    most = min(count or state.options.max_record_count, state.options.max_record_count)
    names = _out_fields(service, parameters.text("outFields"))
    crs = read_spatial_reference(parameters.text("outSR"), "outSR") or service.crs
    shapes = parameters.flag("returnGeometry", default=True)
    page = found[begin : begin + most]
    reply: dict[str, Any] = {
        "objectIdFieldName": OBJECT_ID,
        "spatialReference": spatial_reference_json(crs),
        "geometryType": "esriGeometryPolygon",
        "fields": [field.to_json() for field in service.fields if field.name in names],
        "features": [_feature(raster, names, crs if shapes else None) for raster in page],
    }
    return {**reply, "exceededTransferLimit": True} if begin + most < len(found) else reply


def item(state: ImageServerState, call: ServerCall) -> dict[str, Any]:
    """Answer the root of a raster."""
    service = state.service(call)
    require(service, state.options, "Catalog")
    names = tuple(field.name for field in service.fields)
    return _feature(service.raster(int(call.path["raster"])), names, service.crs)


def item_info(state: ImageServerState, call: ServerCall) -> dict[str, Any]:
    """Answer ``<id>/info``: the raster's own grid."""
    return describe_raster(state.service(call).raster(int(call.path["raster"])), state.options)


def multidimensional_info(state: ImageServerState, call: ServerCall) -> dict[str, Any]:
    """Answer ``multidimensionalInfo``."""
    always = call.parameters.text("returnDimensionValues").lower() == "always"
    return describe_variables(state.service(call), always=always)


def slices(state: ImageServerState, call: ServerCall) -> dict[str, Any]:
    """Answer ``slices``."""
    return {"slices": list_slices(state.service(call))}


def key_properties(state: ImageServerState, call: ServerCall) -> dict[str, Any]:
    """Answer ``keyProperties``: the names of the bands."""
    return {"BandProperties": [{"BandName": name} for name in state.service(call).band_names]}


def _find(service: ImageService, parameters: Parameters) -> list[Raster]:
    rasters: Sequence[Raster] = service.rasters
    ids = parameters.integers("objectIds")
    if ids is not None:
        wanted = set(ids)
        rasters = [raster for raster in rasters if raster.id in wanted]
    test = parse_where(parameters.text("where"), tuple(field.name for field in service.fields))
    times = read_times(parameters)
    found = [raster for raster in rasters if test(raster.attributes)]
    if times is not None:
        found = [raster for raster in found if raster.time is not None and times[0] <= raster.time <= times[1]]
    text, kind = parameters.text("geometry"), parameters.text("geometryType")
    if not text or not kind:  # without a type the geometry is ignored, and nothing says so (field report)
        return found
    source = read_spatial_reference(parameters.text("inSR"), "inSR")
    shape = read_geometry(text, kind, service.crs, source)
    relation = _RELATIONS.get(parameters.text("spatialRel").lower())
    if relation is None:
        raise invalid("Parameter 'spatialRel' is none that there is here.")
    return [raster for raster in found if getattr(shapely, relation)(shape, raster.shape)]


def _ordered(service: ImageService, rasters: list[Raster], text: str) -> list[Raster]:
    """Sort by fields, the last one first; missing values come first."""
    for part in reversed([part.split() for part in text.split(",") if part.strip()]):
        name = next((field.name for field in service.fields if field.name.lower() == part[0].lower()), None)
        if name is None or len(part) > 2 or part[-1].upper() not in ("ASC", "DESC", part[0].upper()):
            raise invalid("Parameter 'orderByFields' names no field.")
        down = len(part) == 2 and part[1].upper() == "DESC"
        mixed = any(isinstance(raster.attributes.get(name), str) for raster in rasters)

        def key(raster: Raster, name: str = name, mixed: bool = mixed) -> tuple[bool, Any]:
            value = raster.attributes.get(name)
            return value is not None, (str(value) if mixed else value or 0)

        rasters.sort(key=key, reverse=down)
    return rasters


def _out_fields(service: ImageService, text: str) -> tuple[str, ...]:
    """Names of fields; without any the id alone (the server's own choice is unknown)."""
    known = {field.name.lower(): field.name for field in service.fields}
    if "*" in text:
        return tuple(known.values())
    names = [name.strip().lower() for name in text.split(",") if name.strip()] or [OBJECT_ID.lower()]
    if any(name not in known for name in names):
        raise invalid("Parameter 'outFields' names no field.")
    return tuple(known[name] for name in names)


def _feature(raster: Raster, names: Sequence[str], crs: str | None) -> dict[str, Any]:
    attributes = raster.attributes
    feature: dict[str, Any] = {"attributes": {name: attributes.get(name) for name in names}}
    if crs is not None:
        shape = project(raster.shape, raster.extent.crs, crs)
        # Outer rings run clockwise.
        rings = [list(map(list, shapely.geometry.polygon.orient(shape, -1).exterior.coords))]
        feature["geometry"] = {"rings": rings, "spatialReference": spatial_reference_json(crs)}
    return feature


def object_ids(text: str, name: str) -> list[int]:
    """A comma list of ids, with spaces or without."""
    return [to_integer(part.strip(), name) for part in text.split(",")]
