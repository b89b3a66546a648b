"""Rewriting of expression graphs: from the graph of a collection to the graph of one of its images.

An image collection is a graph. Item *i* of ``map(f)(filter(load(ID)))`` is ``f(load(ID/i))``: the request for an item
names that image alone, and the service does not look at the others. Where a graph can not be rewritten exactly, the
service is asked to find the image by its system:index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .stored import stored_image
from .system_properties import INDEX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .graph import Graph, Node

NARROWING = {"Collection.filter", "Collection.limit", "Collection.distinct"}
"""Algorithms that select or order images and leave each as it is (the client library encodes ``sort`` as a limit with a
key)."""
MERGES = {"ImageCollection.merge", "Collection.merge"}
"""Algorithms that put the images of two collections one after the other."""


def item_of(graph: Graph, collection: Node, index: str, position: int | None, version: int | None = None) -> Node:
    """One image of a collection, as a node that names it alone where that is exact.

    Parameters
    ----------
    index : str
        Its system:index.
    position : int, optional
        Its position in the collection, where several images have the same index.
    version : int, optional
        The version of the stored image that it is, or is computed from.
    """
    exact = _exact_item(graph, collection, index, version)
    if exact is not None:
        return exact
    if position is not None:
        listed = graph.call("Collection.toList", collection=collection, count=1, offset=position)
        return graph.call("List.get", list=listed, index=0)
    has_index = graph.call("Filter.equals", leftField=INDEX, rightValue=index)
    return graph.call(
        "Collection.first", collection=graph.call("Collection.filter", collection=collection, filter=has_index)
    )


def _exact_item(graph: Graph, collection: Node, index: str, version: int | None) -> Node | None:
    name, arguments = graph.invocation(collection)
    if name == "ImageCollection.load" and set(arguments) == {"id"}:
        asset = graph.constant(arguments["id"])
        return graph.call("Image.load", id=f"{asset}/{index}", version=version) if isinstance(asset, str) else None
    if name == "ImageCollection.fromImages":
        return _exact_listed(graph, arguments["images"], index)
    if name in NARROWING:
        return _exact_item(graph, arguments["collection"], index, version)
    if name in MERGES:
        return _exact_merged(graph, arguments, index, version)
    if name == "Collection.map":
        function = arguments["baseAlgorithm"]
        # A function that sets the index hides which image its result was computed from; one that only reads it does
        # not.
        if "functionDefinitionValue" not in graph.resolve(function) or graph.mentions(function, INDEX):
            return None
        inner = _exact_item(graph, arguments["collection"], index, version)
        return None if inner is None else graph.apply(function, inner)
    return None


def _exact_listed(graph: Graph, images: Node, index: str) -> Node | None:
    """The one image with this index of a list that is written out, if all of the list are stored images."""
    listed = graph.resolve(images).get("arrayValue", {}).get("values", [])
    stored = [stored_image(graph, image) for image in listed]
    matches = [node for node, image in zip(listed, stored, strict=True) if image is not None and image.index == index]
    return matches[0] if len(matches) == 1 and None not in stored else None


def _exact_merged(graph: Graph, arguments: Mapping[str, Node], index: str, version: int | None) -> Node | None:
    """The image of one side of a merge, which puts "1_" or "2_" before its index; functions mapped later see that."""
    side, _, rest = index.partition("_")
    inner = _exact_item(graph, arguments[f"collection{side}"], rest, version) if side in ("1", "2") else None
    return None if inner is None else graph.call("Element.set", object=inner, key=INDEX, value=index)
