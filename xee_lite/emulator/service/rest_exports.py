"""Exports: the requests that start operations."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import shapely

from ..errors import EarthError, NotImplementedHereError
from ..evaluator.describe import describe
from ..geometry.geometry import Geometry
from . import payload
from .destinations import Drafts
from .export_image import FileOptions, check_types, write_files, write_geo_tiff
from .export_options import Policies, asset_destination, file_options
from .export_patches import PatchOptions, write_patches
from .feature_json import collection_json, feature_of
from .image_grid import complete_grid
from .operations import Operation
from .pixel_request import parse_grid
from .rest_pixels import Sheet, required_expression, required_image
from .rest_tables import parse_selectors, required_collection
from .table_formats import table_format

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..images.image import Image
    from ..values.collection import Collection
    from .call import Call
    from .payload import Json
    from .state import ServiceState

_SHARED = frozenset(
    {"expression", "description", "fileExportOptions", "assetExportOptions", "priority", "requestId", "workloadTag"}
)
_IMAGE_FIELDS = _SHARED | {"maxPixels", "grid", "maxWorkers"}
_TABLE_FIELDS = _SHARED | {"selectors", "maxVertices", "maxErrorMeters", "maxWorkers"}
_MAX_PIXELS = 1e8
"""Pixels of an export that does not say how many there may be (guide to exporting images)."""
_PRIORITY = 100
_ELSEWHERE = {"featureViewExportOptions": "feature views", "bigqueryExportOptions": "BigQuery"}
"""Destinations of tables that this emulator has not."""


def export_image(state: ServiceState, call: Call) -> Json:
    """Answer ``image:export``: the request is checked at once, the computation may fail later."""
    body = call.body(*_IMAGE_FIELDS)
    required_expression(body)
    max_pixels = payload.parse_wrapped(body.get("maxPixels"), "maxPixels", _MAX_PIXELS)
    spec = parse_grid(payload.given_message(body, "grid"))

    def sheet() -> tuple[Image, Sheet]:
        image = required_image(state.catalogue, body)
        if not image.bands:
            raise EarthError("The image has no bands, so there is nothing to export.")
        grid = complete_grid(spec, image.bands[0], limited=False)
        pixels = grid.width * grid.height
        if pixels > max_pixels:
            raise EarthError(
                f"Export too large: specified {pixels} pixels (max: {math.floor(max_pixels)}). "
                "Specify higher maxPixels value if you intend to export a large area."
            )
        return image, Sheet(list(image.bands), grid)

    make = _image_to_asset if body.get("assetExportOptions") else _image_to_file
    return _submit(state, call.project, "EXPORT_IMAGE", body, make(state, body, sheet))


def export_table(state: ServiceState, call: Call) -> Json:
    """Answer ``table:export``."""
    body = call.body()
    for field, what in _ELSEWHERE.items():
        if field in body:
            raise NotImplementedHereError(f"This emulator does not export tables to {what}.", 400, "UNIMPLEMENTED")
    payload.message(body, "", _TABLE_FIELDS)
    required_expression(body)
    make = _table_to_asset if body.get("assetExportOptions") else _table_to_file
    return _submit(state, call.project, "EXPORT_FEATURES", body, make(state, body))


def _submit(state: ServiceState, project: str, kind: str, body: Json, job: Callable[[Operation], list[str]]) -> Json:
    priority = int(payload.parse_wrapped(body.get("priority"), "priority", _PRIORITY))
    if not 0 <= priority <= 9999:
        raise EarthError(f"The priority must be from 0 to 9999; found {priority}.")

    def make(name: str) -> Operation:
        return Operation(name, kind, _description(body), priority, job)

    return state.operations.submit(project, payload.text(payload.given(body, "requestId", ""), "requestId"), make)


def _image_to_file(
    state: ServiceState, body: Json, sheet: Callable[[], tuple[Image, Sheet]]
) -> Callable[[Operation], list[str]]:
    destination, options = file_options(body)
    base = state.destinations.file(destination, _description(body))

    def job(operation: Operation) -> list[str]:
        image, planned = sheet()
        with Drafts(base) as drafts:
            if isinstance(options, PatchOptions):
                write_patches(drafts, planned, options, operation.advance)
            else:
                check_types(planned.bands)
                tags = {name: str(describe(image.properties.get(name))) for name in options.tags or {}}
                write_files(drafts, planned, replace(options, tags=tags), operation.advance)
        return drafts.uris

    return job


def _image_to_asset(
    state: ServiceState, body: Json, sheet: Callable[[], tuple[Image, Sheet]]
) -> Callable[[Operation], list[str]]:
    options = payload.message(body["assetExportOptions"], "assetExportOptions")
    policies = Policies(options)
    name, overwrite = asset_destination(options)
    state.workspace.draft(name, ".tif", overwrite=overwrite)

    def job(operation: Operation) -> list[str]:
        image, planned = sheet()
        sidecar = {
            "properties": _plain(image.properties),
            "types": [band.type.dtype.name for band in planned.bands],
            "size": planned.grid.width * planned.grid.height * sum(band.type.dtype.itemsize for band in planned.bands),
            "pyramidingPolicy": policies.of(band.name for band in planned.bands),
        }
        draft = state.workspace.draft(name, ".tif", overwrite=overwrite)
        try:
            write_geo_tiff(draft, planned, FileOptions(masks=True), operation.advance)
            state.workspace.publish(draft, name, sidecar, overwrite=overwrite)
        finally:
            draft.unlink(missing_ok=True)
        return [name]

    return job


def _table_to_file(state: ServiceState, body: Json) -> Callable[[Operation], list[str]]:
    options = payload.message(
        body.get("fileExportOptions", {}),
        "fileExportOptions",
        frozenset({"fileFormat", "driveDestination", "cloudStorageDestination"}),
    )
    table = table_format(payload.given(options, "fileFormat", "CSV"))
    selectors = parse_selectors(body)
    base = state.destinations.file(options, _description(body))

    def job(operation: Operation) -> list[str]:
        parts = table.parts(_features(state, body), selectors)
        operation.advance(0.5)
        with Drafts(base) as drafts:
            for suffix, content in parts.items():
                drafts(suffix).write_bytes(content)
        return drafts.uris

    return job


def _table_to_asset(state: ServiceState, body: Json) -> Callable[[Operation], list[str]]:
    name, overwrite = asset_destination(payload.message(body["assetExportOptions"], "assetExportOptions"))
    state.workspace.draft(name, ".geojson", overwrite=overwrite)

    def job(operation: Operation) -> list[str]:
        table = _features(state, body)
        content = collection_json(table, parse_selectors(body))
        operation.advance(0.5)
        draft = state.workspace.draft(name, ".geojson", overwrite=overwrite)
        draft.write_bytes(content)
        state.workspace.publish(draft, name, {"properties": _plain(table.properties)}, overwrite=overwrite)
        return [name]

    return job


def _features(state: ServiceState, body: Json) -> Collection:
    """The table of a request, whose geometries stay whole: those with too many vertices are refused, not cut."""
    table = required_collection(state.catalogue, body)
    max_vertices = payload.parse_wrapped(body.get("maxVertices"), "maxVertices", 0)
    for element in table if max_vertices > 0 else ():
        geometry = feature_of(element).geometry
        if geometry is not None and shapely.get_num_coordinates(geometry.shape) > max_vertices:
            raise NotImplementedHereError(
                f"A geometry has more than {max_vertices:g} vertices, and this emulator does not cut geometries."
            )
    return table


def _description(body: Json) -> str:
    return payload.text(payload.given(body, "description", "export"), "description")[:100]


def _plain(properties: Any) -> Json:  # noqa: ANN401 - a mapping of this package's values
    """Properties that a stored asset can have."""
    kept = {name: describe(value) for name, value in properties.items() if not isinstance(value, Geometry)}
    return {
        name: value for name, value in kept.items() if isinstance(value, (str, int, float)) and name != "system:index"
    }
