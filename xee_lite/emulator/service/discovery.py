"""The discovery document: which methods there are, for the client library that builds itself from it.

Written here after the published REST reference of version 1, with the methods that this server serves. Bodies and
replies are left untyped (``any``): the client checks only that a method takes a body and gives one back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_PROJECT = "^projects/[^/]+$"
_ASSET = "^projects/[^/]+/assets/.*$"
_CONFIG = "^projects/[^/]+/config$"
_ANY = {"type": "any"}
_STRING = {"type": "string", "location": "query"}
_LISTING: dict[str, dict[str, str]] = {
    "pageSize": {"type": "integer", "format": "int32", "location": "query"},
    "pageToken": _STRING,
    "filter": _STRING,
    "view": _STRING,
}


@dataclass(frozen=True, slots=True)
class Method:
    """One method of the API.

    Attributes
    ----------
    id : str
        ``projects.assets.get``: the chain of resources, then the method's own name.
    verb : str
        HTTP method.
    suffix : str
        What follows the resource's name in the path.
    parameter : str
        Name of the path parameter.
    pattern : str
        Regular expression that the parameter must match.
    query : tuple of str
        Names of query parameters.
    """

    id: str
    verb: str
    suffix: str
    parameter: str
    pattern: str
    query: tuple[str, ...] = ()

    @property
    def body(self) -> bool:
        """Whether the method takes a body."""
        return self.verb == "POST"


METHODS = (
    Method("projects.listAssets", "GET", ":listAssets", "parent", _PROJECT, tuple(_LISTING)),
    Method("projects.getConfig", "GET", "", "name", _CONFIG),
    Method("projects.algorithms.list", "GET", "/algorithms", "project", _PROJECT),
    Method("projects.value.compute", "POST", "/value:compute", "project", _PROJECT),
    Method("projects.image.computePixels", "POST", "/image:computePixels", "project", _PROJECT),
    Method("projects.assets.get", "GET", "", "name", _ASSET),
    Method("projects.assets.listAssets", "GET", ":listAssets", "parent", _ASSET, tuple(_LISTING)),
    Method("projects.assets.getPixels", "POST", ":getPixels", "name", _ASSET),
)


def document(root_url: str) -> dict[str, Any]:
    """Write the discovery document of a server.

    Parameters
    ----------
    root_url : str
        Where the server is reached, with the closing slash: ``http://127.0.0.1:8080/``.
    """
    resources: dict[str, Any] = {}
    for method in METHODS:
        *chain, name = method.id.split(".")
        node: dict[str, Any] = {"resources": resources}
        for part in chain:
            node = node.setdefault("resources", {}).setdefault(part, {})
        node.setdefault("methods", {})[name] = _describe(method)
    return {
        "kind": "discovery#restDescription",
        "discoveryVersion": "v1",
        "id": "earthengine:v1",
        "name": "earthengine",
        "canonicalName": "Earth Engine",
        "title": "Earth Engine, locally",
        "version": "v1",
        "version_module": True,
        "protocol": "rest",
        "rootUrl": root_url,
        "servicePath": "",
        "baseUrl": root_url,
        "basePath": "",
        "batchPath": "batch",
        "fullyEncodeReservedExpansion": True,
        "parameters": {
            "alt": {**_STRING, "default": "json", "enum": ["json", "media", "proto"]},
            "fields": _STRING,
            "key": _STRING,
            "prettyPrint": {"type": "boolean", "default": "true", "location": "query"},
        },
        "schemas": {
            "Listing": {"id": "Listing", "type": "object", "properties": {"nextPageToken": {"type": "string"}}}
        },
        "resources": resources,
    }


def _describe(method: Method) -> dict[str, Any]:
    path_parameter = {"type": "string", "location": "path", "required": True, "pattern": method.pattern}
    entry: dict[str, Any] = {
        "id": f"earthengine.{method.id}",
        "httpMethod": method.verb,
        "path": f"v1/{{+{method.parameter}}}{method.suffix}",
        "parameters": {method.parameter: path_parameter, **{name: _LISTING[name] for name in method.query}},
        "parameterOrder": [method.parameter],
        # The client offers `list…_next` only where the reply names a nextPageToken.
        "response": {"$ref": "Listing"} if method.query else _ANY,
    }
    if method.body:
        entry["request"] = _ANY
    return entry
