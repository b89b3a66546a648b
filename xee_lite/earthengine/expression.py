"""Rewriting of expression graphs: from the graph of a collection to the graph of one of its images.

An image collection is a graph. Item *i* of ``map(f)(filter(load(ID)))`` is ``f(load(ID/i))``: the request of an item
names that image alone, and the service looks at no other. What can not be rewritten exactly is asked for by its
system:index, which the service then searches for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Node = dict[str, Any]
Expression = dict[str, Any]

_INDEX = "system:index"
_NARROWING = {"Collection.filter", "Collection.limit", "Collection.distinct"}
"""What chooses or orders images and leaves each as it is (``sort`` is a limit with a key)."""
_MERGES = {"ImageCollection.merge", "Collection.merge"}


class Graph:
    """An expression graph that new nodes are added to.

    Parameters
    ----------
    expression : dict
        {"result": key, "values": {key: node}}; it is not changed.
    """

    def __init__(self, expression: Expression) -> None:
        self._values: dict[str, Node] = dict(expression["values"])
        self.root: Node = {"valueReference": expression["result"]}

    def add(self, node: Node) -> Node:
        """Store a node once, and give a reference to it."""
        if "valueReference" in node:
            return node
        key = f"x{len(self._values)}"
        self._values[key] = node
        return {"valueReference": key}

    def call(self, name: str, **arguments: object) -> Node:
        """Invoke an algorithm; arguments are nodes or plain JSON, None is left out."""
        nodes = {key: as_node(value) for key, value in arguments.items() if value is not None}
        return self.add({"functionInvocationValue": {"functionName": name, "arguments": nodes}})

    def apply(self, function: Node, argument: Node) -> Node:
        """Invoke a function that the user wrote (the argument of a map) on one value."""
        names = self.resolve(function)["functionDefinitionValue"]["argumentNames"]
        reference = self.add(function)["valueReference"]
        return self.add(
            {"functionInvocationValue": {"functionReference": reference, "arguments": {names[0]: argument}}}
        )

    def resolve(self, node: Node) -> Node:
        """Follow references to the node itself."""
        while "valueReference" in node:
            node = self._values[node["valueReference"]]
        return node

    def invocation(self, node: Node) -> tuple[str, Mapping[str, Node]]:
        """Name and arguments of an invocation; an empty name for anything else."""
        call = self.resolve(node).get("functionInvocationValue", {})
        return call.get("functionName", ""), call.get("arguments", {})

    def constant(self, node: Node | None) -> Any:  # noqa: ANN401 - JSON
        """The constant that a node is, else None."""
        return None if node is None else self.resolve(node).get("constantValue")

    def mentions(self, node: Node, text: str) -> bool:
        """Whether a constant anywhere below a node contains a text."""
        return any(text in str(part.get("constantValue", "")) for part in self._below(node))

    def expression(self, node: Node) -> Expression:
        """The graph of one node, with nothing in it that it does not need."""
        result = self.add(node)["valueReference"]
        keep = {result: self._values[result]}
        for part in self._below(node):
            for key in _references(part):
                keep[key] = self._values[key]
        return {"result": result, "values": keep}

    def _below(self, node: Node) -> Iterator[Node]:
        """Every node that a node needs, each shared one once."""
        seen: set[str] = set()
        waiting = [node]
        while waiting:
            part = waiting.pop()
            yield part
            waiting += _inline(part)
            for key in _references(part):
                if key not in seen:
                    seen.add(key)
                    waiting.append(self._values[key])


def as_node(value: object) -> Node:
    """A node for plain JSON; a node stays itself, and a list may hold nodes."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return {"arrayValue": {"values": [as_node(item) for item in value]}}
    return {"constantValue": value}


def item_of(graph: Graph, collection: Node, index: str, position: int | None) -> Node:
    """One image of a collection, as a node that names it alone where that is exact.

    Parameters
    ----------
    index : str
        Its system:index.
    position : int, optional
        Its place in the collection, where the index is not the only one of its name.
    """
    exact = _exact_item(graph, collection, index)
    if exact is not None:
        return exact
    if position is not None:
        listed = graph.call("Collection.toList", collection=collection, count=1, offset=position)
        return graph.call("List.get", list=listed, index=0)
    chosen = graph.call(
        "Collection.filter",
        collection=collection,
        filter=graph.call("Filter.equals", leftField=_INDEX, rightValue=index),
    )
    return graph.call("Collection.first", collection=chosen)


def stored_id(graph: Graph, image: Node) -> str | None:
    """The asset id of a node that is a stored image as it is stored, at most with some of its bands selected."""
    name, arguments = graph.invocation(image)
    if name == "Image.load" and set(arguments) == {"id"}:
        asset = graph.constant(arguments["id"])
        return asset if isinstance(asset, str) else None
    if name == "Image.select" and "newNames" not in arguments:
        return stored_id(graph, arguments["input"])
    selected = _selecting_function(graph, image)
    return None if selected is None else stored_id(graph, selected)


def _exact_item(graph: Graph, collection: Node, index: str) -> Node | None:
    name, arguments = graph.invocation(collection)
    if name == "ImageCollection.load" and set(arguments) == {"id"}:
        asset = graph.constant(arguments["id"])
        return graph.call("Image.load", id=f"{asset}/{index}") if isinstance(asset, str) else None
    if name == "ImageCollection.fromImages":
        return _exact_listed(graph, arguments["images"], index)
    if name in _NARROWING:
        return _exact_item(graph, arguments["collection"], index)
    if name in _MERGES:
        return _exact_merged(graph, arguments, index)
    if name == "Collection.map":
        function = arguments["baseAlgorithm"]
        # A function that touches the index may give its image another one, which no longer says what it was made from.
        if "functionDefinitionValue" not in graph.resolve(function) or graph.mentions(function, _INDEX):
            return None
        inner = _exact_item(graph, arguments["collection"], index)
        return None if inner is None else graph.apply(function, inner)
    return None


def _exact_listed(graph: Graph, images: Node, index: str) -> Node | None:
    """The one image of a written-out list that is stored under this index, if there is one and no other."""
    listed = graph.resolve(images).get("arrayValue", {}).get("values", [])
    assets = [stored_id(graph, image) for image in listed]
    found = [image for image, asset in zip(listed, assets, strict=True) if asset and asset.split("/")[-1] == index]
    return found[0] if len(found) == 1 and None not in assets else None


def _exact_merged(graph: Graph, arguments: Mapping[str, Node], index: str) -> Node | None:
    """Merging puts "1_" or "2_" before the index; functions mapped later see that longer one."""
    side, _, rest = index.partition("_")
    inner = _exact_item(graph, arguments[f"collection{side}"], rest) if side in ("1", "2") else None
    return None if inner is None else graph.call("Element.set", object=inner, key=_INDEX, value=index)


def _selecting_function(graph: Graph, image: Node) -> Node | None:
    """The argument of an applied function whose body only selects bands by name."""
    call = graph.resolve(image).get("functionInvocationValue", {})
    if "functionReference" not in call:
        return None
    definition = graph.resolve({"valueReference": call["functionReference"]})["functionDefinitionValue"]
    name, arguments = graph.invocation({"valueReference": definition["body"]})
    parameter = definition["argumentNames"][0]
    if name != "Image.select" or "newNames" in arguments:
        return None
    if graph.resolve(arguments["input"]).get("argumentReference") != parameter:
        return None
    argument: Node = call["arguments"][parameter]
    return argument


def _references(node: Node) -> Iterator[str]:
    """Keys of the shared nodes that a node names itself."""
    if "valueReference" in node:
        yield node["valueReference"]
    if "functionDefinitionValue" in node:
        yield node["functionDefinitionValue"]["body"]
    call = node.get("functionInvocationValue", {})
    if "functionReference" in call:
        yield call["functionReference"]


def _inline(node: Node) -> Iterable[Node]:
    """Nodes written out inside a node."""
    yield from node.get("functionInvocationValue", {}).get("arguments", {}).values()
    yield from node.get("arrayValue", {}).get("values", ())
    yield from node.get("dictionaryValue", {}).get("values", {}).values()
