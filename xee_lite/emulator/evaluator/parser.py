"""Reading expression graphs: from JSON to nodes that refer to each other directly.

All that can be said about a graph without evaluating it is said here: wrong shapes, unknown keys and cycles become
errors with status 400, and every node learns which function arguments it depends on.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import EarthError
from ..values.text import plain
from .trampoline import Steps, run

if TYPE_CHECKING:
    from ..value import Value


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A node of the graph.

    Attributes
    ----------
    free : frozenset of str
        Names of the enclosing functions' arguments that the value depends on.
    """

    free: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Constant(Node):
    """A literal."""

    value: Any


@dataclass(frozen=True, slots=True, eq=False)
class Items(Node):
    """A list of nodes."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Entries(Node):
    """A dictionary of nodes."""

    entries: Mapping[str, Node]


@dataclass(frozen=True, slots=True, eq=False)
class Argument(Node):
    """An argument of an enclosing function."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Definition(Node):
    """A function: the names of its arguments, and its body."""

    names: tuple[str, ...]
    body: Node


@dataclass(frozen=True, slots=True, eq=False)
class Invocation(Node):
    """A call of an algorithm by its name, or of a function that another node gives."""

    function: str | Node
    arguments: Mapping[str, Node]


def parse(expression: Value) -> Node:
    """Read an expression.

    Parameters
    ----------
    expression : dict
        ``{"result": key, "values": {key: ValueNode}}``.

    Returns
    -------
    Node
        The node of the result.

    Raises
    ------
    EarthError
        If the graph has a wrong shape, an unknown key, a cycle, or an argument that no function binds.
    """
    if not isinstance(expression, Mapping) or not isinstance(expression.get("values"), Mapping):
        raise EarthError("Invalid expression: expected an object with 'result' and 'values'.")
    result = run(_Reader(expression["values"]).keyed(expression.get("result"), "result"))
    if result.free:
        raise EarthError(f"Invalid expression: no function binds the argument '{min(result.free)}'.")
    node: Node = result
    return node


class _Reader:
    """Reads the nodes of one graph, each keyed node once."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self._nodes: dict[str, Node] = {}
        self._open: set[str] = set()

    def keyed(self, key: Value, where: str) -> Steps:
        """The node of a key."""
        if not isinstance(key, str) or key not in self._values:
            raise EarthError(f"Invalid expression: '{where}' refers to {key!r}, which is not a key of 'values'.")
        if key in self._open:
            raise EarthError(f"Invalid expression: the value {key!r} depends on itself.")
        if key not in self._nodes:
            self._open.add(key)
            self._nodes[key] = yield self.node(self._values[key])
            self._open.remove(key)
        return self._nodes[key]

    def node(self, value: Value) -> Steps:
        """The node that a ValueNode describes."""
        kinds = [kind for kind in _KINDS if isinstance(value, Mapping) and kind in value]
        if value == {}:
            raise EarthError("ValueNode is empty")  # seen from the service
        if len(kinds) != 1:
            found = sorted(value) if isinstance(value, Mapping) else type(value).__name__
            raise EarthError(f"Invalid expression: a value must have one of {', '.join(_KINDS)}; found {found}.")
        kind = kinds[0]
        if kind in _LEAVES:
            return _LEAVES[kind](value[kind])
        return (yield _BRANCHES[kind](self, value[kind]))

    def array(self, value: Value) -> Steps:
        items: list[Node] = []
        for item in _member(value, "values", list, "arrayValue", []):
            node = yield self.node(item)
            items.append(node)
        return Items(_free(items), tuple(items))

    def dictionary(self, value: Value) -> Steps:
        entries = {}
        for key, item in _member(value, "values", Mapping, "dictionaryValue", {}).items():
            entries[key] = yield self.node(item)
        return Entries(_free(entries.values()), entries)

    def reference(self, value: Value) -> Steps:
        return (yield self.keyed(value, "valueReference"))

    def definition(self, value: Value) -> Steps:
        names = _member(value, "argumentNames", list, "functionDefinitionValue", [])
        if not all(isinstance(name, str) for name in names):
            raise EarthError("Invalid expression: 'argumentNames' must be a list of names.")
        body = yield self.keyed(value.get("body"), "body")
        return Definition(body.free - frozenset(names), tuple(names), body)

    def invocation(self, value: Value) -> Steps:
        given = _member(value, "arguments", Mapping, "functionInvocationValue", {})
        if bool(value.get("functionName")) == bool(value.get("functionReference")):
            raise EarthError("Invalid expression: an invocation has either 'functionName' or 'functionReference'.")
        function = value.get("functionName")
        if value.get("functionReference"):
            function = yield self.keyed(value["functionReference"], "functionReference")
        elif not isinstance(function, str):
            raise EarthError(f"Invalid expression: 'functionName' is {function!r}, not a name.")
        arguments = {}
        for key, item in given.items():
            arguments[key] = yield self.node(item)
        callee = [function] if isinstance(function, Node) else []
        return Invocation(_free([*callee, *arguments.values()]), function, arguments)


def _constant(value: Value) -> Node:
    return Constant(frozenset(), plain(value))


def _integer(value: Value) -> Node:
    try:
        return Constant(frozenset(), int(value))
    except (TypeError, ValueError) as error:
        raise EarthError(f"Invalid expression: 'integerValue' is {value!r}, not an integer.") from error


def _octets(value: Value) -> Node:
    try:
        return Constant(frozenset(), base64.b64decode(value, validate=True))
    except (TypeError, ValueError) as error:
        raise EarthError("Invalid expression: 'bytesValue' is not base64.") from error


def _argument(value: Value) -> Node:
    if not isinstance(value, str):
        raise EarthError(f"Invalid expression: 'argumentReference' is {value!r}, not a name.")
    return Argument(frozenset([value]), value)


_LEAVES: dict[str, Callable[[Value], Node]] = {
    "constantValue": _constant,
    "integerValue": _integer,
    "bytesValue": _octets,
    "argumentReference": _argument,
}
_BRANCHES: dict[str, Callable[[_Reader, Value], Steps]] = {
    "arrayValue": _Reader.array,
    "dictionaryValue": _Reader.dictionary,
    "functionDefinitionValue": _Reader.definition,
    "functionInvocationValue": _Reader.invocation,
    "valueReference": _Reader.reference,
}
_KINDS = (*_LEAVES, *_BRANCHES)


def _member(value: Value, name: str, kind: type, where: str, default: Value) -> Value:
    member = value.get(name) if isinstance(value, Mapping) else 0
    if member is None:
        return default
    if not isinstance(member, kind):
        raise EarthError(f"Invalid expression: '{name}' of a {where} has the wrong type.")
    return member


def _free(nodes: Value) -> frozenset[str]:
    return frozenset().union(*(node.free for node in nodes))
