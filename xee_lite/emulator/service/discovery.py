"""The discovery document: which methods there are, for the client library that builds itself from it.

It lists the methods that this server routes. Bodies and replies are left untyped (``any``): the client checks only that
a method takes a body and gives one back.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .methods import METHODS

if TYPE_CHECKING:
    from .method import Method

_ANY = {"type": "any"}
_STRING = {"type": "string", "location": "query"}
_TYPES: dict[str, dict[str, str]] = {"pageSize": {"type": "integer", "format": "int32", "location": "query"}}
"""Query parameters that are no strings."""


def make_document(root_url: str) -> dict[str, Any]:
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
    names = [method.parameter, *re.findall(r"{(\w+)}", method.suffix)]
    parameters: dict[str, Any] = {name: {"type": "string", "location": "path", "required": True} for name in names}
    parameters[method.parameter]["pattern"] = method.pattern
    entry: dict[str, Any] = {
        "id": f"earthengine.{method.id}",
        "httpMethod": method.verb,
        "path": f"v1/{{+{method.parameter}}}{method.suffix}",
        "parameters": {**parameters, **{name: _TYPES.get(name, _STRING) for name in method.query}},
        "parameterOrder": names,
        # The client offers `list…_next` only where the reply names a nextPageToken.
        "response": {"$ref": "Listing"} if "pageToken" in method.query else _ANY,
    }
    if method.body:
        entry["request"] = _ANY
    return entry
