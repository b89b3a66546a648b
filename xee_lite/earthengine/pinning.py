"""Versions of the stored images of a source: asked for when it is opened, and named when pixels are read.

``Image.load`` takes the version of an asset, its last change in microseconds of Unix time, and the service refuses one
that the asset no longer has. So a later read gets the pixels that were there at opening, or an error.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, cast

import ee

from .graph import Graph, beside_choices, objects_in
from .rewriting import MERGES, NARROWING
from .system_properties import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .graph import Expression, Node

CARRIED = "xee_lite_version"
"""A property of our own that carries the version through the functions of ``map``, whose results may lack it."""

_MAX_VERSION = 1e17
"""Microseconds: the year 5138. The code of datensee, a public program, reports that the service hangs for 25 to 90 s
when it is asked for a larger version."""


def version_of(value: object) -> int | None:
    """The version that a property holds; None for anything that is no version."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value) if 0 < value < _MAX_VERSION else None


def loads_of(expression: Expression) -> list[str]:
    """The ids of the images that a graph loads by name and without a version, each once.

    The sides of a choice (``ee.Algorithms.If``) are left out, since an image there need not exist.
    """
    graph = Graph(expression)
    assets = [_loaded(graph, node) for node in graph.below(graph.root, beside_choices)]
    return list(dict.fromkeys(asset for asset in assets if asset is not None))


def _loaded(graph: Graph, node: Node) -> str | None:
    """The id of the image that a node loads without a version; None for any other node."""
    name, arguments = graph.invocation(node)
    asset = graph.constant(arguments["id"]) if name == "Image.load" and set(arguments) == {"id"} else None
    return asset if isinstance(asset, str) else None


def versions_of(assets: Sequence[str]) -> ee.List:
    """The versions of some images, as an expression."""
    return ee.List([ee.Image(asset).get(VERSION) for asset in assets])


def pinned(expression: Expression, versions: Mapping[str, int]) -> Expression:
    """The same graph, with a version in each call that loads one of these images without."""
    graph = Graph(expression)
    copy: Expression = json.loads(json.dumps(expression))
    for node in objects_in(copy["values"]):
        asset = _loaded(graph, node) if "functionInvocationValue" in node else None
        if asset is not None and asset in versions:
            node["functionInvocationValue"]["arguments"]["version"] = {"constantValue": versions[asset]}
    return copy


def with_versions(collection: ee.ImageCollection) -> tuple[ee.ImageCollection, str]:
    """The same images in the same order, and the name of the property that holds their versions, where they have one.

    The version is that of the stored image that :func:`.rewriting.item_of` loads: ``map`` carries it along.
    """
    arguments = cast("dict[str, Any]", collection.args or {})
    name = collection.func.getSignature()["name"] if isinstance(collection.func, ee.ApiFunction) else None
    if name in ("ImageCollection.load", "ImageCollection.fromImages"):
        return collection, VERSION
    if name in NARROWING:
        inner, key = with_versions(ee.ImageCollection(arguments["collection"]))
        return ee.ImageCollection(ee.ComputedObject(collection.func, {**arguments, "collection": inner})), key
    if name in MERGES:
        parts = {side: with_versions(ee.ImageCollection(part)) for side, part in arguments.items()}
        keys = {key for _, key in parts.values()}
        merged = ee.ComputedObject(collection.func, {side: part for side, (part, _) in parts.items()})
        return ee.ImageCollection(merged), keys.pop() if len(keys) == 1 else CARRIED
    if name == "Collection.map":
        return _mapped(collection, arguments)
    return collection, CARRIED


def _mapped(collection: ee.ImageCollection, arguments: Mapping[str, Any]) -> tuple[ee.ImageCollection, str]:
    function = arguments["baseAlgorithm"]
    # With dropNulls the function may give null, on which no property can be set.
    if not isinstance(function, ee.CustomFunction) or arguments.get("dropNulls"):
        return collection, CARRIED
    inner, key = with_versions(ee.ImageCollection(arguments["collection"]))

    def with_version(image: ee.Image) -> ee.Image:
        return ee.Image(function.call(image)).set(CARRIED, image.get(key))

    return inner.map(with_version), CARRIED
