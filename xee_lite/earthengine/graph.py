"""Expression graphs of Earth Engine as plain JSON, and how nodes are added to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Node = dict[str, Any]
"""One value of a graph: {"constantValue": ...}, {"functionInvocationValue": ...}, {"valueReference": key} and so on
(REST reference of ValueNode)."""

Expression = dict[str, Any]
"""A whole graph: {"result": key, "values": {key: node}} (REST reference of Expression)."""


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
        """Invoke a function that the user wrote for ``map`` on one value."""
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
        """The constant that a node is, or the list of constants; None for all that is computed."""
        resolved = {} if node is None else self.resolve(node)
        if "arrayValue" in resolved:
            parts = [self.constant(part) for part in resolved["arrayValue"].get("values", ())]
            return None if None in parts else parts
        return resolved.get("constantValue")

    def mentions(self, node: Node, text: str) -> bool:
        """Whether a text stands anywhere below a node, other than as the name of a property that is only read."""
        return any(text in word for part in self.below(node, _beside_reading) for word in _words(part))

    def expression(self, node: Node) -> Expression:
        """The graph of one node, with nothing in it that it does not need."""
        result = self.add(node)["valueReference"]
        keep: dict[str, Node] = {}
        waiting = [result]
        while waiting:
            key = waiting.pop()
            if key not in keep:
                keep[key] = self._values[key]
                waiting += _all_references(keep[key])
        return {"result": result, "values": keep}

    def below(self, node: Node, inline: Callable[[Node], Iterable[Node]] | None = None) -> Iterator[Node]:
        """Every node that a node needs, each shared one once.

        Parameters
        ----------
        node : dict
        inline : callable, optional
            Which nodes written out inside a node count; by default all.
        """
        seen: set[str] = set()
        waiting = [node]
        while waiting:
            part = waiting.pop()
            yield part
            waiting += (inline or _inline)(part)
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


def function_of(argument: str, body: Node) -> Node:
    """A function of one argument, as ``map`` takes it; within the body it is {"argumentReference": argument}."""
    return {"functionDefinitionValue": {"argumentNames": [argument], "body": body["valueReference"]}}


def beside_choices(node: Node) -> Iterable[Node]:
    """Nodes written out inside a node; none of a choice (``ee.Algorithms.If``), of which the service takes one side."""
    return [] if node.get("functionInvocationValue", {}).get("functionName") == "If" else _inline(node)


def objects_in(tree: object) -> Iterator[dict[str, Any]]:
    """Every JSON object within a graph, at whatever depth."""
    waiting = [tree]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part


def _references(node: Node) -> Iterator[str]:
    """Keys of the shared nodes that a node itself refers to."""
    if "valueReference" in node:
        yield node["valueReference"]
    if "functionDefinitionValue" in node:
        yield node["functionDefinitionValue"]["body"]
    call = node.get("functionInvocationValue", {})
    if "functionReference" in call:
        yield call["functionReference"]


def _all_references(node: Node) -> list[str]:
    """Keys of the shared nodes that a node refers to, itself or in the nodes written out inside it."""
    keys: list[str] = []
    parts = [node]
    for part in parts:
        keys += _references(part)
        parts += _inline(part)
    return keys


def _inline(node: Node) -> Iterable[Node]:
    """Nodes written out inside a node."""
    yield from node.get("functionInvocationValue", {}).get("arguments", {}).values()
    yield from node.get("arrayValue", {}).get("values", ())
    yield from node.get("dictionaryValue", {}).get("values", {}).values()


_READING = {"Element.get", "Element.getArray", "Element.getNumber", "Element.getString"}


def _beside_reading(node: Node) -> Iterable[Node]:
    """As :func:`_inline`, without the names of properties that are read."""
    call = node.get("functionInvocationValue", {})
    if call.get("functionName") not in _READING:
        return _inline(node)
    return [argument for name, argument in call["arguments"].items() if name != "property"]


def _words(node: Node) -> Iterator[str]:
    """The texts of a node itself."""
    yield str(node.get("constantValue", ""))
    yield from node.get("dictionaryValue", {}).get("values", ())
