"""exportImage, and the image of one raster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..scheduling import COMPUTE_SLOTS
from .export_request import read_export
from .image_formats import SUFFIXES, encode_export
from .merging import merge_rasters
from .mosaic_rule import Selection, select_rasters
from .permissions import require

if TYPE_CHECKING:
    from ..service.encode import Encoded
    from .call import ServerCall
    from .state import ImageServerState


def export_image(state: ImageServerState, call: ServerCall) -> dict[str, Any] | Encoded:
    """Answer ``exportImage``: the image itself (``f=image``), or where it is and what it shows."""
    service = state.service(call)
    require(service, state.options, "Image")
    return _export(state, call, select_rasters(service, call.parameters))


def raster_image(state: ImageServerState, call: ServerCall) -> dict[str, Any] | Encoded:
    """Answer ``<id>/image``."""
    service = state.service(call)
    require(service, state.options, "Image")
    return _export(state, call, Selection((service.raster(int(call.path["raster"])),)))


def _export(state: ImageServerState, call: ServerCall, selection: Selection) -> dict[str, Any] | Encoded:
    request = read_export(state.service(call), state.options, call.parameters)
    grid = request.grid
    with COMPUTE_SLOTS.hold(grid.width * grid.height * len(request.bands)):
        pixels = merge_rasters(selection, request, state.options.max_mosaic_images)
        encoded = encode_export(pixels, request)
    if call.parameters.text("f").lower() == "image":
        return encoded
    name = state.outputs.add(encoded, SUFFIXES.get(request.format, request.format))
    return {
        "href": f"{call.root_url}/rest/directories/arcgisoutput/{name}",
        "width": grid.width,
        "height": grid.height,
        "extent": request.extent.to_json(),
        "scale": 0,
    }


def output_file(state: ImageServerState, call: ServerCall) -> Encoded:
    """Answer the link of an export."""
    return state.outputs.find(call.path["name"])
