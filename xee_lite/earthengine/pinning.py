"""Versions of the stored images of a source: asked for when it is opened, and named when pixels are read.

``Image.load`` takes the version of an asset, its last change in microseconds of Unix time, and the service refuses one
that the asset no longer has. So what is read later is what was opened, or an error.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, cast

import ee

from .graph import Graph, beside_choices

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .graph import Expression, Node

_VERSION = "system:version"
"""A property that stored images have: "version number (ingestion timestamp as microseconds since Unix epoch)", of the
guide to image information (google/earthengine-community, samples/python/guides/images01.py)."""
CARRIED = "xee_lite_version"
"""A property of ours that takes the version through a function of ``map``, whose image may have none."""

_NO_VERSION = 1e17
"""Microseconds, in the year 5138. The service hangs where about so large a version is asked for."""


def version_of(value: object) -> int | None:
    """A version as the service told it; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value) if 0 < value < _NO_VERSION else None


def loads_of(expression: Expression) -> list[str]:
    """The ids of the images that a graph loads by name and without a version, each once.

    What stands in a choice (``ee.Algorithms.If``) is left out, since it need not exist.
    """
    graph = Graph(expression)
    found = [_loaded(graph, node) for node in graph.below(graph.root, beside_choices)]
    return list(dict.fromkeys(asset for asset in found if asset is not None))


def _loaded(graph: Graph, node: Node) -> str | None:
    name, arguments = graph.invocation(node)
    asset = graph.constant(arguments["id"]) if name == "Image.load" and set(arguments) == {"id"} else None
    return asset if isinstance(asset, str) else None


def versions_of(assets: Sequence[str]) -> ee.List:
    """The question for the versions of some images."""
    return ee.List([ee.Image(asset).get(_VERSION) for asset in assets])


def pinned(expression: Expression, versions: Mapping[str, int]) -> Expression:
    """The same graph, with a version in each call that loads one of these images without."""
    graph = Graph(expression)
    copy: Expression = json.loads(json.dumps(expression))
    for node in _objects(copy["values"]):
        asset = _loaded(graph, node) if "functionInvocationValue" in node else None
        if asset is not None and asset in versions:
            node["functionInvocationValue"]["arguments"]["version"] = {"constantValue": versions[asset]}
    return copy


def _objects(tree: object) -> Iterator[Node]:
    """Every JSON object within a graph."""
    waiting = [tree]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part


def with_versions(collection: ee.ImageCollection) -> tuple[ee.ImageCollection, str]:
    """The same images in the same order, and the property in which they have their versions, as far as they have one.

    It is the version of the stored image that `rewriting` finds under an image: through ``map`` it is carried along.
    """
    arguments = cast("dict[str, Any]", collection.args or {})
    name = collection.func.getSignature()["name"] if isinstance(collection.func, ee.ApiFunction) else None
    if name in ("ImageCollection.load", "ImageCollection.fromImages"):
        return collection, _VERSION
    if name in ("Collection.filter", "Collection.limit", "Collection.distinct"):
        inner, found = with_versions(_as_collection(arguments["collection"]))
        return ee.ImageCollection(ee.ComputedObject(collection.func, {**arguments, "collection": inner})), found
    if name in ("ImageCollection.merge", "Collection.merge"):
        parts = {side: with_versions(_as_collection(part)) for side, part in arguments.items()}
        names = {found for _, found in parts.values()}
        merged = ee.ComputedObject(collection.func, {side: part for side, (part, _) in parts.items()})
        return ee.ImageCollection(merged), names.pop() if len(names) == 1 else CARRIED
    if name == "Collection.map":
        return _mapped(collection, arguments)
    return collection, CARRIED


def _as_collection(found: ee.ComputedObject) -> ee.ImageCollection:
    return ee.ImageCollection(found)


def _mapped(collection: ee.ImageCollection, arguments: Mapping[str, Any]) -> tuple[ee.ImageCollection, str]:
    function = arguments["baseAlgorithm"]
    # A function that drops images gives null, on which nothing can be set.
    if not isinstance(function, ee.CustomFunction) or arguments.get("dropNulls"):
        return collection, CARRIED
    inner, found = with_versions(_as_collection(arguments["collection"]))

    def with_version(image: ee.Image) -> ee.Image:
        return ee.Image(function.call(image)).set(CARRIED, image.get(found))

    return inner.map(with_version), CARRIED
