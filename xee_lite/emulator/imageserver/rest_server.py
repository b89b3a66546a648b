"""What a server says beside its image services: itself, its list of services, and services of other kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .description import VERSION
from .spatial_references import spatial_reference_json

if TYPE_CHECKING:
    from .call import ServerCall
    from .state import ImageServerState


def info(state: ImageServerState, call: ServerCall) -> dict[str, Any]:
    """Answer ``rest/info``: where tokens come from."""
    found: dict[str, Any] = {"currentVersion": VERSION, "fullVersion": f"{VERSION}.0"}
    secured = state.tokens.needed
    where = {"tokenServicesUrl": f"{call.root_url}/tokens/generateToken", "shortLivedTokenValidity": 60}
    return {**found, "authInfo": {"isTokenBasedSecurity": secured, **(where if secured else {})}}


def services(state: ImageServerState, _call: ServerCall) -> dict[str, Any]:
    """Answer the list of services."""
    listed = [{"name": name, "type": "ImageServer"} for name in state.services.ids()]
    return {"currentVersion": VERSION, "folders": [], "services": listed}


def map_server(state: ImageServerState, call: ServerCall) -> dict[str, Any]:
    """Answer the root of a map service of the same name."""
    extent = state.service(call).extent
    return {
        "currentVersion": VERSION,
        "mapName": call.path["service"],
        "capabilities": "Map,Query,Data",
        "layers": [{"id": 0, "name": call.path["service"], "type": "Raster Layer", "parentLayerId": -1}],
        "spatialReference": spatial_reference_json(extent.crs),
        "fullExtent": extent.to_json(),
        "supportedImageFormatTypes": "PNG32,PNG24,PNG,JPG",
    }


def feature_server(state: ImageServerState, call: ServerCall) -> dict[str, Any]:
    """Answer the root of a feature service of the same name."""
    extent = state.service(call).extent
    return {
        "currentVersion": VERSION,
        "capabilities": "Query",
        "layers": [{"id": 0, "name": call.path["service"], "geometryType": "esriGeometryPolygon"}],
        "spatialReference": spatial_reference_json(extent.crs),
        "fullExtent": extent.to_json(),
        "maxRecordCount": state.options.max_record_count,
    }


def generate_token(state: ImageServerState, call: ServerCall) -> dict[str, Any]:
    """Answer ``generateToken``."""
    return state.tokens.generate(call)
