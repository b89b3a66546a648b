"""The methods of the API: one table for the discovery document and for the routes, a row for each method.

Written after the published REST reference of version 1, with the names that the official client calls them by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import EarthError
from . import (
    rest_asset_changes,
    rest_assets,
    rest_exports,
    rest_maps,
    rest_operations,
    rest_pixels,
    rest_projects,
    rest_tables,
    rest_thumbnails,
    rest_values,
)
from .method import Method

if TYPE_CHECKING:
    from .call import Call, Result
    from .method import Handler
    from .state import ServiceState

_PROJECT = ("^projects/[^/]+$", "projects/{project}")
_CONFIG = ("^projects/[^/]+/config$", "projects/{project}/config")
_ASSET = ("^projects/[^/]+/assets/.*$", "projects/{project}/assets/{asset:path}")
_ASSET_VERB = (_ASSET[0], "{name:path}")  # what a verb follows may be any name: the handler says what is wrong with it
_PROJECT_VERB = (_PROJECT[0], "{name:path}")
_OPERATION = ("^projects/[^/]+/operations/[^/]+$", "projects/{project}/operations/{id}")
_LISTING = ("pageSize", "pageToken", "filter", "view")


def _stored(collection: str) -> tuple[str, str]:
    return f"^projects/[^/]+/{collection}/[^/]+$", f"projects/{{project}}/{collection}/{{id}}"


def _project(name: str, kind: str, verb: str, suffix: str, handler: Handler) -> Method:
    return Method(f"projects.{name}", kind, verb, _PROJECT, suffix, "project", handler)


def _config(name: str, kind: str, verb: str, handler: Handler, *query: str) -> Method:
    return Method(f"projects.{name}", kind, verb, _CONFIG, "", "name", handler, query)


def _create(collection: str, kind: str, handler: Handler, *query: str) -> Method:
    return Method(f"projects.{collection}.create", kind, "POST", _PROJECT, f"/{collection}", "parent", handler, query)


def _fetch(name: str, kind: str, suffix: str, parameter: str, handler: Handler) -> Method:
    return Method(f"projects.{name}", kind, "GET", _stored(name.split(".", maxsplit=1)[0]), suffix, parameter, handler)


def _operation(name: str, verb: str, suffix: str, handler: Handler) -> Method:
    return Method(f"projects.operations.{name}", f"{name}Operation", verb, _OPERATION, suffix, "name", handler)


def _asset(name: str, kind: str, verb: str, handler: Handler, *query: str) -> Method:
    return Method(f"projects.assets.{name}", kind, verb, _ASSET, "", "name", handler, query)


def _asset_verb(name: str, kind: str, verb: str, parameter: str, handler: Handler, *query: str) -> Method:
    return Method(f"projects.assets.{name}", kind, verb, _ASSET_VERB, f":{name}", parameter, handler, query)


def _missing(name: str, suffix: str, parameter: str = "project") -> Method:
    return Method(f"projects.{name}", "unimplemented", "POST", _PROJECT, suffix, parameter, _refuse)


def _refuse(_state: ServiceState, call: Call) -> Result:
    """Refuse what the service has and this server has not: with a code that clients do not try again."""
    raise EarthError(f"This emulator does not implement {call.method}.", 400, "UNIMPLEMENTED")


METHODS = (
    Method(
        "projects.listAssets",
        "listAssets",
        "GET",
        _PROJECT_VERB,
        ":listAssets",
        "parent",
        rest_assets.list_assets,
        _LISTING,
    ),
    _config("getConfig", "config", "GET", rest_projects.get_config),
    _config("updateConfig", "updateConfig", "PATCH", rest_projects.update_config, "updateMask"),
    _project("algorithms.list", "algorithms", "GET", "/algorithms", rest_projects.list_algorithms),
    _project("value.compute", "computeValue", "POST", "/value:compute", rest_values.compute_value),
    _project("image.computePixels", "computePixels", "POST", "/image:computePixels", rest_pixels.compute_pixels),
    _project("image.export", "exportImage", "POST", "/image:export", rest_exports.export_image),
    _project("table.export", "exportTable", "POST", "/table:export", rest_exports.export_table),
    _project(
        "table.computeFeatures", "computeFeatures", "POST", "/table:computeFeatures", rest_tables.compute_features
    ),
    _project(
        "imageCollection.computeImages",
        "computeImages",
        "POST",
        "/imageCollection:computeImages",
        rest_tables.compute_images,
    ),
    _create("thumbnails", "createThumbnail", rest_thumbnails.create_thumbnail, "workloadTag"),
    _fetch("thumbnails.getPixels", "getThumbnail", ":getPixels", "name", rest_thumbnails.get_thumbnail),
    _create("videoThumbnails", "createVideoThumbnail", rest_thumbnails.create_video_thumbnail, "workloadTag"),
    _fetch("videoThumbnails.getPixels", "getThumbnail", ":getPixels", "name", rest_thumbnails.get_thumbnail),
    _create(
        "filmstripThumbnails", "createFilmstripThumbnail", rest_thumbnails.create_filmstrip_thumbnail, "workloadTag"
    ),
    _fetch("filmstripThumbnails.getPixels", "getThumbnail", ":getPixels", "name", rest_thumbnails.get_thumbnail),
    _create("maps", "createMap", rest_maps.create_map, "workloadTag"),
    _fetch("maps.tiles.get", "getTile", "/tiles/{zoom}/{x}/{y}", "parent", rest_maps.get_tile),
    _create("tables", "createTable", rest_tables.create_table, "workloadTag"),
    _fetch("tables.getFeatures", "getTable", ":getFeatures", "name", rest_tables.get_table),
    Method(
        "projects.operations.list",
        "listOperations",
        "GET",
        _PROJECT,
        "/operations",
        "name",
        rest_operations.list_operations,
        _LISTING[:3],
    ),
    _operation("get", "GET", "", rest_operations.get_operation),
    _operation("delete", "DELETE", "", rest_operations.delete_operation),
    _operation("cancel", "POST", ":cancel", rest_operations.cancel_operation),
    _operation("wait", "POST", ":wait", rest_operations.wait_operation),
    _asset_verb("listAssets", "listAssets", "GET", "parent", rest_assets.list_assets, *_LISTING),
    _asset_verb(
        "listFeatures",
        "listFeatures",
        "GET",
        "asset",
        rest_tables.list_features,
        "pageSize",
        "pageToken",
        "region",
        "filter",
    ),
    _asset_verb("getPixels", "getPixels", "POST", "name", rest_pixels.get_pixels),
    _asset_verb("copy", "copyAsset", "POST", "sourceName", rest_asset_changes.copy_asset),
    _asset_verb("move", "moveAsset", "POST", "sourceName", rest_asset_changes.move_asset),
    _asset_verb("getIamPolicy", "getIamPolicy", "POST", "resource", rest_asset_changes.get_policy),
    _asset_verb("setIamPolicy", "setIamPolicy", "POST", "resource", rest_asset_changes.set_policy),
    _asset_verb("testIamPermissions", "testIamPermissions", "POST", "resource", rest_asset_changes.test_permissions),
    _create("assets", "createAsset", rest_asset_changes.create_asset, "assetId", "overwrite"),
    _asset("get", "getAsset", "GET", rest_assets.get_asset),
    _asset("patch", "updateAsset", "PATCH", rest_asset_changes.update_asset, "updateMask"),
    _asset("delete", "deleteAsset", "DELETE", rest_asset_changes.delete_asset),
    _missing("image.import", "/image:import"),
    _missing("image.importExternal", "/image:importExternal"),
    _missing("table.import", "/table:import"),
    _missing("video.export", "/video:export"),
    _missing("videoMap.export", "/videoMap:export"),
    _missing("map.export", "/map:export"),
    _missing("classifier.export", "/classifier:export"),
    _missing("featureView.create", "/featureView", "parent"),
)
"""In the order of routing: what a verb follows comes before what takes any path."""
