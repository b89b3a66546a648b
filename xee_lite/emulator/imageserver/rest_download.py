"""download and file: the files of rasters as they are stored, clipped or converted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..service.encode import Encoded
from .downloads import Clip
from .envelope import TOO_MANY_IMAGES, invalid
from .permissions import require
from .raster_files import KINDS
from .shapes import read_geometry

if TYPE_CHECKING:
    from .call import ServerCall
    from .services import ImageService
    from .state import ImageServerState

_OCTETS = "application/octet-stream"


def download(state: ImageServerState, call: ServerCall) -> dict[str, Any]:
    """Answer ``download``: the files of rasters."""
    service = state.service(call)
    _require(service, state)
    ids = call.parameters.integers("rasterIds")
    if ids is None:
        raise invalid("Parameter 'rasterIds' is missing.")
    if len(ids) > state.options.max_download_images:
        raise invalid(TOO_MANY_IMAGES)
    rasters = [service.raster(number) for number in dict.fromkeys(ids)]
    files = state.downloads.list_files(service, rasters, _clip(service, call), call.root_url)
    return {
        "rasterFiles": [
            {"id": file.id, "size": file.path.stat().st_size, "rasterIds": list(file.raster_ids)} for file in files
        ]
    }


def raster_file(state: ImageServerState, call: ServerCall) -> Encoded:
    """Answer ``file``: the bytes of a file that ``download`` listed."""
    service = state.service(call)
    _require(service, state)
    file_id, raster_id = call.parameters.text("id"), call.parameters.integer("rasterId")
    if not file_id or raster_id is None:
        raise invalid("Parameter 'id' or 'rasterId' is missing.")
    return Encoded(state.downloads.find(service, file_id, raster_id).path.read_bytes(), _OCTETS)


def linked_file(state: ImageServerState, call: ServerCall) -> Encoded:
    """Answer the URL of a file whose id is one."""
    link = f"{call.path['folder']}/{call.path['name']}"
    return Encoded(state.downloads.find_link(link).path.read_bytes(), _OCTETS)


def _require(service: ImageService, state: ImageServerState) -> None:
    """A single raster has no catalogue, and can be downloaded all the same, under the id 1."""
    require(service, state.options, *(("Catalog", "Download") if service.mosaic else ("Download",)))


def _clip(service: ImageService, call: ServerCall) -> Clip:
    parameters = call.parameters
    name, _, conversion = parameters.text("format").partition(":")
    if (name and name.strip().upper() not in KINDS) or conversion.lower() not in ("", "conversion"):
        raise invalid("Parameter 'format' is none that there is.")
    text = parameters.text("geometry")
    kind = parameters.text("geometryType", "esriGeometryEnvelope")
    if kind not in ("esriGeometryEnvelope", "esriGeometryPolygon"):
        raise invalid("Parameter 'geometryType' is neither an envelope nor a polygon.")
    shape = read_geometry(text, kind, service.crs) if text else None
    cuts = kind == "esriGeometryPolygon"
    return Clip(shape, cuts, f"{kind}\0{text}", KINDS[name.strip().upper()] if name else None, bool(conversion))
