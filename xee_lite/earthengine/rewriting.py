"""Rewriting of expression graphs: from the graph of a collection to the graph of one of its images.

An image collection is a graph. Item *i* of ``map(f)(filter(load(ID)))`` is ``f(load(ID/i))``: the request of an item
names that image alone, and the service looks at no other. What can not be rewritten exactly is asked for by its
system:index, which the service then searches for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .stored import INDEX, stored_image

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .graph import Graph, Node

_NARROWING = {"Collection.filter", "Collection.limit", "Collection.distinct"}
"""What chooses or orders images and leaves each as it is (``sort`` is a limit with a key)."""
_MERGES = {"ImageCollection.merge", "Collection.merge"}


def item_of(graph: Graph, collection: Node, index: str, position: int | None, version: int | None = None) -> Node:
    """One image of a collection, as a node that names it alone where that is exact.

    Parameters
    ----------
    index : str
        Its system:index.
    position : int, optional
        Its position in the collection, where the index is not the only one of its name.
    version : int, optional
        The version of the image of a stored collection that it is, or is made from.
    """
    exact = _exact_item(graph, collection, index, version)
    if exact is not None:
        return exact
    if position is not None:
        listed = graph.call("Collection.toList", collection=collection, count=1, offset=position)
        return graph.call("List.get", list=listed, index=0)
    chosen = graph.call(
        "Collection.filter",
        collection=collection,
        filter=graph.call("Filter.equals", leftField=INDEX, rightValue=index),
    )
    return graph.call("Collection.first", collection=chosen)


def _exact_item(graph: Graph, collection: Node, index: str, version: int | None) -> Node | None:
    name, arguments = graph.invocation(collection)
    if name == "ImageCollection.load" and set(arguments) == {"id"}:
        asset = graph.constant(arguments["id"])
        return graph.call("Image.load", id=f"{asset}/{index}", version=version) if isinstance(asset, str) else None
    if name == "ImageCollection.fromImages":
        return _exact_listed(graph, arguments["images"], index)
    if name in _NARROWING:
        return _exact_item(graph, arguments["collection"], index, version)
    if name in _MERGES:
        return _exact_merged(graph, arguments, index, version)
    if name == "Collection.map":
        function = arguments["baseAlgorithm"]
        # A function may give its image another index, which no longer says what it was made from; one that only reads
        # the index does not.
        if "functionDefinitionValue" not in graph.resolve(function) or graph.mentions(function, INDEX):
            return None
        inner = _exact_item(graph, arguments["collection"], index, version)
        return None if inner is None else graph.apply(function, inner)
    return None


def _exact_listed(graph: Graph, images: Node, index: str) -> Node | None:
    """The one image of a written-out list that has this index, if all are stored ones and no other has it."""
    listed = graph.resolve(images).get("arrayValue", {}).get("values", [])
    stored = [stored_image(graph, image) for image in listed]
    found = [image for image, known in zip(listed, stored, strict=True) if known is not None and known.index == index]
    return found[0] if len(found) == 1 and None not in stored else None


def _exact_merged(graph: Graph, arguments: Mapping[str, Node], index: str, version: int | None) -> Node | None:
    """Merging puts "1_" or "2_" before the index; functions mapped later see that longer one."""
    side, _, rest = index.partition("_")
    inner = _exact_item(graph, arguments[f"collection{side}"], rest, version) if side in ("1", "2") else None
    return None if inner is None else graph.call("Element.set", object=inner, key=INDEX, value=index)
