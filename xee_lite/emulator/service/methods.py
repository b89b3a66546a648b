"""The methods of the API: one table for the discovery document and for the routes.

Written after the published REST reference of version 1, with the names that the official client calls them by.
"""

from __future__ import annotations

from dataclasses import dataclass

_PROJECT = ("^projects/[^/]+$", "projects/{project}")
_CONFIG = ("^projects/[^/]+/config$", "projects/{project}/config")
_ASSET = ("^projects/[^/]+/assets/.*$", "projects/{project}/assets/{asset:path}")
_ASSET_VERB = (_ASSET[0], "{name:path}")  # what a verb follows may be any name: the work says what is wrong with it
_PROJECT_VERB = (_PROJECT[0], "{name:path}")
_OPERATION = ("^projects/[^/]+/operations/[^/]+$", "projects/{project}/operations/{id}")
_LISTING = ("pageSize", "pageToken", "filter", "view")


def _kept(collection: str) -> tuple[str, str]:
    return f"^projects/[^/]+/{collection}/[^/]+$", f"projects/{{project}}/{collection}/{{id}}"


@dataclass(frozen=True, slots=True)
class Method:
    """One method of the API.

    Attributes
    ----------
    id : str
        ``projects.assets.get``: the chain of resources, then the method's own name.
    kind : str
        What the log calls its requests, and the server its work.
    verb : str
        HTTP method.
    resource : (str, str)
        Regular expression that the resource's name must match, and the same as a template of a route.
    suffix : str
        What follows the resource's name in the path.
    parameter : str
        Name of the path parameter, as the client passes it.
    query : tuple of str
        Names of query parameters.
    """

    id: str
    kind: str
    verb: str
    resource: tuple[str, str]
    suffix: str
    parameter: str
    query: tuple[str, ...] = ()

    @property
    def pattern(self) -> str:
        """Regular expression that the path parameter must match."""
        return self.resource[0]

    @property
    def route(self) -> str:
        """Template of the path."""
        return f"/v1/{self.resource[1]}{self.suffix}"

    @property
    def body(self) -> bool:
        """Whether the method takes a body."""
        return self.verb in ("POST", "PATCH")


def _create(collection: str, kind: str) -> Method:
    return Method(f"projects.{collection}.create", kind, "POST", _PROJECT, f"/{collection}", "parent", ("workloadTag",))


def _pixels_of(collection: str) -> Method:
    return Method(
        f"projects.{collection}.getPixels", "getThumbnail", "GET", _kept(collection), ":getPixels", "name", ()
    )


def _missing(name: str, suffix: str) -> Method:
    return Method(f"projects.{name}", "unimplemented", "POST", _PROJECT, suffix, "project")


METHODS = (
    Method("projects.listAssets", "listAssets", "GET", _PROJECT_VERB, ":listAssets", "parent", _LISTING),
    Method("projects.getConfig", "config", "GET", _CONFIG, "", "name"),
    Method("projects.updateConfig", "updateConfig", "PATCH", _CONFIG, "", "name", ("updateMask",)),
    Method("projects.algorithms.list", "algorithms", "GET", _PROJECT, "/algorithms", "project"),
    Method("projects.value.compute", "computeValue", "POST", _PROJECT, "/value:compute", "project"),
    Method("projects.image.computePixels", "computePixels", "POST", _PROJECT, "/image:computePixels", "project"),
    Method("projects.image.export", "exportImage", "POST", _PROJECT, "/image:export", "project"),
    Method("projects.table.export", "exportTable", "POST", _PROJECT, "/table:export", "project"),
    Method("projects.table.computeFeatures", "computeFeatures", "POST", _PROJECT, "/table:computeFeatures", "project"),
    Method(
        "projects.imageCollection.computeImages",
        "computeImages",
        "POST",
        _PROJECT,
        "/imageCollection:computeImages",
        "project",
    ),
    _create("thumbnails", "createThumbnail"),
    _pixels_of("thumbnails"),
    _create("videoThumbnails", "createVideoThumbnail"),
    _pixels_of("videoThumbnails"),
    _create("filmstripThumbnails", "createFilmstripThumbnail"),
    _pixels_of("filmstripThumbnails"),
    _create("maps", "createMap"),
    Method("projects.maps.tiles.get", "getTile", "GET", _kept("maps"), "/tiles/{zoom}/{x}/{y}", "parent"),
    _create("tables", "createTable"),
    Method("projects.tables.getFeatures", "getTable", "GET", _kept("tables"), ":getFeatures", "name"),
    Method("projects.operations.list", "listOperations", "GET", _PROJECT, "/operations", "name", _LISTING[:3]),
    Method("projects.operations.get", "getOperation", "GET", _OPERATION, "", "name"),
    Method("projects.operations.delete", "deleteOperation", "DELETE", _OPERATION, "", "name"),
    Method("projects.operations.cancel", "cancelOperation", "POST", _OPERATION, ":cancel", "name"),
    Method("projects.operations.wait", "waitOperation", "POST", _OPERATION, ":wait", "name"),
    Method("projects.assets.listAssets", "listAssets", "GET", _ASSET_VERB, ":listAssets", "parent", _LISTING),
    Method(
        "projects.assets.listFeatures",
        "listFeatures",
        "GET",
        _ASSET_VERB,
        ":listFeatures",
        "asset",
        ("pageSize", "pageToken", "region", "filter"),
    ),
    Method("projects.assets.getPixels", "getPixels", "POST", _ASSET_VERB, ":getPixels", "name"),
    Method("projects.assets.copy", "copyAsset", "POST", _ASSET_VERB, ":copy", "sourceName"),
    Method("projects.assets.move", "moveAsset", "POST", _ASSET_VERB, ":move", "sourceName"),
    Method("projects.assets.getIamPolicy", "getIamPolicy", "POST", _ASSET_VERB, ":getIamPolicy", "resource"),
    Method("projects.assets.setIamPolicy", "setIamPolicy", "POST", _ASSET_VERB, ":setIamPolicy", "resource"),
    Method(
        "projects.assets.testIamPermissions",
        "testIamPermissions",
        "POST",
        _ASSET_VERB,
        ":testIamPermissions",
        "resource",
    ),
    Method("projects.assets.create", "createAsset", "POST", _PROJECT, "/assets", "parent", ("assetId", "overwrite")),
    Method("projects.assets.get", "getAsset", "GET", _ASSET, "", "name"),
    Method("projects.assets.patch", "updateAsset", "PATCH", _ASSET, "", "name", ("updateMask",)),
    Method("projects.assets.delete", "deleteAsset", "DELETE", _ASSET, "", "name"),
    _missing("image.import", "/image:import"),
    _missing("image.importExternal", "/image:importExternal"),
    _missing("table.import", "/table:import"),
    _missing("video.export", "/video:export"),
    _missing("videoMap.export", "/videoMap:export"),
    _missing("map.export", "/map:export"),
    _missing("classifier.export", "/classifier:export"),
    Method("projects.featureView.create", "unimplemented", "POST", _PROJECT, "/featureView", "parent"),
)
"""In the order of routing: what a verb follows comes before what takes any path."""
