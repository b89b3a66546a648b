"""The operations of the server: one table for its routes, a row for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import rest_catalogue, rest_download, rest_export, rest_samples, rest_server
from .call import ServerCall
from .state import ImageServerState

if TYPE_CHECKING:
    from ..service.encode import Encoded

Handler = Callable[[ImageServerState, ServerCall], "dict[str, Any] | Encoded"]
"""Answers a request: JSON, or content of another kind."""
_SERVICE = "/rest/services/{service}/ImageServer"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    Attributes
    ----------
    kind : str
        What the log and the faults call its requests.
    path : str
        Template of the path, after ``/arcgis``.
    handler : callable
    open : bool
        Whether it needs no token.
    """

    kind: str
    path: str
    handler: Handler
    open: bool = False


def _of_service(name: str, handler: Handler, path: str = "") -> Operation:
    return Operation(f"ImageServer/{name}", f"{_SERVICE}/{path or name}", handler)


OPERATIONS = (
    Operation("rest/info", "/rest/info", rest_server.info, open=True),
    Operation("rest/services", "/rest/services", rest_server.services),
    Operation("generateToken", "/tokens/generateToken", rest_server.generate_token, open=True),
    Operation("generateToken", "/tokens", rest_server.generate_token, open=True),
    Operation("MapServer", "/rest/services/{service}/MapServer", rest_server.map_server),
    Operation("FeatureServer", "/rest/services/{service}/FeatureServer", rest_server.feature_server),
    # Their names cannot be guessed.
    Operation("output", "/rest/directories/arcgisoutput/{name}", rest_export.output_file, open=True),
    Operation("output", "/rest/directories/arcgisoutput/{folder}/{name}", rest_download.linked_file, open=True),
    Operation("ImageServer", _SERVICE, rest_catalogue.describe),
    _of_service("query", rest_catalogue.query),
    _of_service("exportImage", rest_export.export_image),
    _of_service("getSamples", rest_samples.get_samples),
    _of_service("download", rest_download.download),
    _of_service("file", rest_download.raster_file),
    _of_service("multidimensionalInfo", rest_catalogue.multidimensional_info),
    _of_service("multidimensionalInfo", rest_catalogue.multidimensional_info, "multiDimensionalInfo"),
    _of_service("slices", rest_catalogue.slices),
    _of_service("keyProperties", rest_catalogue.key_properties),
    _of_service("item", rest_catalogue.item, "{raster:int}"),
    _of_service("info", rest_catalogue.item_info, "{raster:int}/info"),
    _of_service("keyProperties", rest_catalogue.key_properties, "{raster:int}/info/keyProperties"),
    _of_service("image", rest_export.raster_image, "{raster:int}/image"),
)
"""In the order of routing."""
