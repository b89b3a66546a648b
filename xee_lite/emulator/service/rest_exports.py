"""Exports: the requests that start operations."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..errors import EarthError
from ..evaluator.describe import describe
from ..values.geometry import Geometry
from . import payload
from .destinations import draft_of
from .export_image import FileOptions, check_types, write_geo_tiff
from .feature_json import collection_json
from .image_grid import complete
from .names import asset_id
from .operations import Operation
from .pixel_request import parse_grid
from .rest_pixels import Sheet, required_expression, required_image
from .rest_tables import required_collection, selectors_of, table_format

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..catalogue.assets import Catalogue
    from ..catalogue.workspace import Workspace
    from ..pixels.image import Image
    from .destinations import Destinations
    from .operations import Operations
    from .payload import Json

_SHARED = frozenset(
    {"expression", "description", "fileExportOptions", "assetExportOptions", "priority", "requestId", "workloadTag"}
)
_IMAGE_FIELDS = _SHARED | {"maxPixels", "grid", "maxWorkers"}
_TABLE_FIELDS = _SHARED | {"selectors", "maxVertices", "maxErrorMeters", "maxWorkers"}
_MAX_PIXELS = 1e8
"""Pixels of an export that does not say how many there may be (guide to exporting images)."""
_PRIORITY = 100
_GEO_TIFF_FIELDS = frozenset(
    {"cloudOptimized", "noData", "skipEmptyFiles", "tileDimensions", "tileSize", "metadataKeys"}
)


@dataclass(frozen=True, slots=True)
class Exports:
    """What exports need: where images come from, where files go, who does the work."""

    catalogue: Catalogue
    workspace: Workspace
    destinations: Destinations
    operations: Operations

    def image(self, project: str, body: Json) -> Json:
        """Answer ``image:export``: the request is checked at once, the computation may fail later."""
        payload.message(body, "", _IMAGE_FIELDS)
        required_expression(body)
        most = _wrapped(body.get("maxPixels"), "maxPixels", _MAX_PIXELS)
        spec = parse_grid(body.get("grid"))

        def sheet() -> tuple[Image, Sheet]:
            image = required_image(self.catalogue, body)
            if not image.bands:
                raise EarthError("The image has no bands, so there is nothing to export.")
            grid = complete(spec, image.bands[0], limited=False)
            pixels = grid.width * grid.height
            if pixels > most:
                raise EarthError(
                    f"Export too large: specified {pixels} pixels (max: {math.floor(most)}). "
                    "Specify higher maxPixels value if you intend to export a large area."
                )
            return image, Sheet(list(image.bands), grid)

        make = self._image_to_asset if "assetExportOptions" in body else self._image_to_file
        return self._submit(project, "EXPORT_IMAGE", body, make(body, sheet))

    def table(self, project: str, body: Json) -> Json:
        """Answer ``table:export``."""
        payload.message(body, "", _TABLE_FIELDS)
        required_expression(body)
        make = self._table_to_asset if "assetExportOptions" in body else self._table_to_file
        return self._submit(project, "EXPORT_FEATURES", body, make(body))

    def _submit(self, project: str, kind: str, body: Json, job: Callable[[Operation], list[str]]) -> Json:
        priority = int(_wrapped(body.get("priority"), "priority", _PRIORITY))
        if not 0 <= priority <= 9999:
            raise EarthError(f"The priority must be from 0 to 9999; found {priority}.")

        def make(name: str) -> Operation:
            return Operation(name, kind, _description(body), priority, job)

        return self.operations.submit(project, payload.text(body.get("requestId", ""), "requestId"), make)

    def _image_to_file(self, body: Json, sheet: Callable[[], tuple[Image, Sheet]]) -> Callable[[Operation], list[str]]:
        options, files = _file_options(body)
        path = self.destinations.file(options, _description(body), ".tif")

        def job(operation: Operation) -> list[str]:
            image, planned = sheet()
            check_types(planned.bands)
            draft = draft_of(path)
            try:
                tags = {name: str(describe(image.properties.get(name))) for name in files.tags or {}}
                write_geo_tiff(draft, planned, replace(files, tags=tags), operation.advance)
                draft.replace(path)
            finally:
                draft.unlink(missing_ok=True)
            return [path.as_uri()]

        return job

    def _image_to_asset(self, body: Json, sheet: Callable[[], tuple[Image, Sheet]]) -> Callable[[Operation], list[str]]:
        name, overwrite = _asset_destination(body)
        self.workspace.draft(name, ".tif", overwrite=overwrite)

        def job(operation: Operation) -> list[str]:
            image, planned = sheet()
            draft = self.workspace.draft(name, ".tif", overwrite=overwrite)
            try:
                write_geo_tiff(draft, planned, FileOptions(masks=True), operation.advance)
                types = [band.type.dtype.name for band in planned.bands]
                sidecar = {"properties": _plain(image.properties), "types": types}
                self.workspace.publish(draft, name, sidecar, overwrite=overwrite)
            finally:
                draft.unlink(missing_ok=True)
            return [name]

        return job

    def _table_to_file(self, body: Json) -> Callable[[Operation], list[str]]:
        options = payload.message(
            body.get("fileExportOptions", {}),
            "fileExportOptions",
            frozenset({"fileFormat", "driveDestination", "cloudStorageDestination"}),
        )
        write, _, suffix = table_format(options.get("fileFormat", "CSV"))
        selectors = selectors_of(body)
        path = self.destinations.file(options, _description(body), suffix)

        def job(operation: Operation) -> list[str]:
            content = write(required_collection(self.catalogue, body), selectors)
            operation.advance(0.5)
            draft = draft_of(path)
            draft.write_bytes(content)
            draft.replace(path)
            return [path.as_uri()]

        return job

    def _table_to_asset(self, body: Json) -> Callable[[Operation], list[str]]:
        name, overwrite = _asset_destination(body)
        self.workspace.draft(name, ".geojson", overwrite=overwrite)

        def job(operation: Operation) -> list[str]:
            table = required_collection(self.catalogue, body)
            content = collection_json(table, None)
            operation.advance(0.5)
            draft = self.workspace.draft(name, ".geojson", overwrite=overwrite)
            draft.write_bytes(content)
            self.workspace.publish(draft, name, {"properties": _plain(table.properties)}, overwrite=overwrite)
            return [name]

        return job


def _description(body: Json) -> str:
    return payload.text(body.get("description", "export"), "description")[:100]


def _asset_destination(body: Json) -> tuple[str, bool]:
    options = payload.message(body["assetExportOptions"], "assetExportOptions")
    where = "assetExportOptions.earthEngineDestination"
    fields = payload.message(options.get("earthEngineDestination"), where, frozenset({"name", "overwrite"}))
    return asset_id(payload.text(fields.get("name", ""), f"{where}.name")), fields.get("overwrite") is True


def _file_options(body: Json) -> tuple[Json, FileOptions]:
    where = "fileExportOptions"
    options = payload.message(
        body.get(where, {}),
        where,
        frozenset({"fileFormat", "driveDestination", "cloudStorageDestination", "geoTiffOptions"}),
    )
    if options.get("fileFormat", "GEO_TIFF") != "GEO_TIFF":
        raise EarthError("Images are exported as GEO_TIFF only.")
    own = payload.message(options.get("geoTiffOptions", {}), f"{where}.geoTiffOptions", _GEO_TIFF_FIELDS)
    no_data = payload.message(own.get("noData", {}), f"{where}.geoTiffOptions.noData", frozenset({"floatValue"}))
    value = no_data.get("floatValue")
    return options, FileOptions(
        no_data=None if value is None else payload.real(value, f"{where}.geoTiffOptions.noData"),
        cloud_optimized=own.get("cloudOptimized") is True,
        tags=dict.fromkeys(payload.texts(own.get("metadataKeys", []), f"{where}.geoTiffOptions.metadataKeys"), ""),
    )


def _wrapped(value: object, where: str, default: float) -> float:
    """A number that may come bare, as text, or as the client sends it, within an object."""
    if isinstance(value, dict):
        value = payload.message(value, where, frozenset({"value"})).get("value")
    return default if value is None else payload.real(value, where)


def _plain(properties: Any) -> Json:  # noqa: ANN401 - a mapping of this package's values
    """Properties that a stored asset can have."""
    kept = {name: describe(value) for name, value in properties.items() if not isinstance(value, Geometry)}
    return {
        name: value for name, value in kept.items() if isinstance(value, (str, int, float)) and name != "system:index"
    }
