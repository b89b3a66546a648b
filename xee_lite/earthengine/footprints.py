"""The images of a collection that touch a region: a filter of the service, put where it is cheapest.

The service answers a filter of a stored collection from an index; of a mapped one it has to compute each image first.
So the filter is put below functions that leave an image where it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import ee

from .graph import Graph
from .rewriting import MERGES, NARROWING
from .stored import stored_image
from .system_properties import FOOTPRINT

if TYPE_CHECKING:
    from ..grids.reprojection import Bounds
    from .graph import Node

_UNARY = (
    "abs", "acos", "asin", "atan", "byte", "cbrt", "ceil", "cos", "cosh", "digamma", "double", "exp", "float", "floor",
    "gamma", "int", "int16", "int32", "int64", "int8", "log", "log10", "not", "round", "signum", "sin", "sinh", "sqrt",
    "tan", "tanh", "toByte", "toDouble", "toFloat", "toInt", "toInt16", "toInt32", "toInt64", "toInt8", "toLong",
    "toShort", "toUint16", "toUint32", "toUint8", "uint16", "uint32", "uint8",
)  # fmt: skip
_BINARY = (
    "add", "and", "atan2", "bitwiseAnd", "bitwiseOr", "bitwiseXor", "divide", "eq", "gt", "gte", "hypot", "leftShift",
    "lt", "lte", "max", "min", "mod", "multiply", "neq", "or", "pow", "rightShift", "subtract",
)  # fmt: skip
_SUBJECTS: dict[str, tuple[str, ...]] = {
    **{f"Image.{name}": ("value",) for name in _UNARY},
    # Valid only where both images are: the result lies within either.
    **{f"Image.{name}": ("image1", "image2") for name in _BINARY},
    "Element.copyProperties": ("destination",),
    "Element.set": ("object",),
    "Image.addBands": ("dstImg",),
    "Image.cast": ("image",),
    "Image.clamp": ("input",),
    "Image.copyProperties": ("destination",),
    "Image.linkCollection": ("input",),
    "Image.mask": ("image",),
    "Image.normalizedDifference": ("input",),
    "Image.remap": ("image",),
    "Image.rename": ("input",),
    "Image.resample": ("image",),
    "Image.select": ("input",),
    "Image.unitScale": ("input",),
    "Image.updateMask": ("image",),
    "Image.where": ("input",),
}
"""Algorithms whose result lies where one of these arguments does, by the service's descriptions of them (``ee.Image``
in its API reference)."""


def touching(collection: ee.ImageCollection, region: Bounds) -> ee.ImageCollection:
    """The images that touch a region, and those without a footprint, in their order.

    Parameters
    ----------
    collection : ee.ImageCollection
    region : (west, south, east, north)
        Degrees, east beyond 180 where it crosses the antimeridian; its edges are meridians and parallels.
    """
    graph = Graph(ee.serializer.encode(collection, for_cloud_api=True))
    depth, node = _innermost(graph)
    # A rectangle with an east less than its west crosses the antimeridian (reference of GeometryConstructors.BBox).
    west, south, east, north = region
    box = ee.Geometry.BBox(west, south, east if east - west >= 360 else (east + 180) % 360 - 180, north)
    near = ee.Filter.bounds(box)
    if not _has_footprints(graph, node):
        # Whether Filter.bounds lets an image without a footprint pass is not documented.
        near = ee.Filter.Or(near, ee.Filter.notNull([FOOTPRINT]).Not())
    return _filtered(collection, depth, near)


def _innermost(graph: Graph) -> tuple[int, Node]:
    """How many calls below the root the filter may be put, and the collection that it then filters."""
    node, depth = graph.root, 0
    while True:
        name, arguments = graph.invocation(node)
        # A limit without a number is a sort: what it gives may be filtered before as well as after.
        narrows = name == "Collection.filter" or (name == "Collection.limit" and "limit" not in arguments)
        if not narrows and not (name == "Collection.map" and _stays(graph, arguments["baseAlgorithm"])):
            return depth, node
        node, depth = arguments["collection"], depth + 1


def _stays(graph: Graph, function: Node) -> bool:
    """Whether the result of a mapped function lies where its argument does."""
    definition = graph.resolve(function).get("functionDefinitionValue")
    if definition is None:
        return False
    waiting: list[Node] = [{"valueReference": definition["body"]}]
    while waiting:
        node = graph.resolve(waiting.pop())
        if node.get("argumentReference") == definition["argumentNames"][0]:
            return True
        name, arguments = graph.invocation(node)
        waiting += [arguments[subject] for subject in _SUBJECTS.get(name, ()) if subject in arguments]
    return False


def _has_footprints(graph: Graph, collection: Node) -> bool:
    """Whether all images are stored ones: each of these has a footprint."""
    name, arguments = graph.invocation(collection)
    if name == "ImageCollection.load":
        return True
    if name == "ImageCollection.fromImages":
        listed = graph.resolve(arguments["images"]).get("arrayValue", {}).get("values", [])
        return all(stored_image(graph, image) is not None for image in listed)
    if name in NARROWING:
        return _has_footprints(graph, arguments["collection"])
    if name in MERGES:
        return all(_has_footprints(graph, part) for part in arguments.values())
    return False


def _filtered(collection: ee.ComputedObject, depth: int, condition: ee.Filter) -> ee.ImageCollection:
    """The collection with a filter put so many calls below its root."""
    if depth == 0:
        return ee.ImageCollection(collection).filter(condition)
    arguments = cast("dict[str, Any]", collection.args)
    inner = _filtered(arguments["collection"], depth - 1, condition)
    return ee.ImageCollection(ee.ComputedObject(collection.func, {**arguments, "collection": inner}))
