"""The interpreter of expression graphs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .. import request_limits
from ..errors import EarthError
from ..values.function import Function
from .call import call
from .confinement import is_confined, keeps_properties
from .context import Context
from .parser import Argument, Constant, Definition, Entries, Invocation, Items, Node, parse
from .trampoline import Steps, run
from .truth import truth

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..catalogue.assets import Catalogue
    from ..profiling import Profile
    from ..value import Value


def evaluate(expression: Value, catalogue: Catalogue, profiles: Mapping[str, Profile] | None = None) -> Value:
    """Evaluate an expression graph.

    Parameters
    ----------
    expression : dict
        ``{"result": key, "values": {key: ValueNode}}``, as clients send it.
    catalogue : Catalogue
        Where ``Image.load`` and its kin find their assets.
    profiles : mapping of str to Profile, optional
        Those of earlier requests, by their ids.

    Returns
    -------
    object
        JSON values as Python's own; images, collections, features, ... as this package's values. Images and
        collections are lazy: sampling or iterating them may raise EarthError later.

    Raises
    ------
    EarthError
        If the graph is malformed, an algorithm is not there, or a computation fails or takes too long.
    """
    request_limits.start()
    try:
        return run(_Interpreter(Context(catalogue, profiles or {})).steps(parse(expression), _Frame()))
    except RecursionError as error:
        raise EarthError("The expression is nested too deeply to be evaluated.") from error


@dataclass(slots=True)
class _Frame:
    """The arguments of one function call, and the values that depend on them."""

    bindings: Mapping[str, Any] = field(default_factory=dict)
    outer: _Frame | None = None
    memo: dict[Node, Any] = field(default_factory=dict)

    def home(self, names: frozenset[str]) -> _Frame:
        """The innermost frame that binds one of ``names``: a value that depends on them is the same all over it.

        What does not depend on the arguments of a mapped function is thus computed once for all its elements.
        """
        frame = self
        while frame.outer is not None and names.isdisjoint(frame.bindings):
            frame = frame.outer
        return frame

    def __getitem__(self, name: str) -> Value:
        return self.home(frozenset([name])).bindings[name]


class _Interpreter:
    """Evaluates nodes in frames, without recursion from a node to those that it refers to."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def steps(self, node: Node, frame: _Frame) -> Steps:
        """The value of a node, computed once in the frame that it belongs to."""
        match node:
            case Constant(value=value):
                return value
            case Argument(name=name):
                return frame[name]
        home = frame.home(node.free)
        if node not in home.memo:
            home.memo[node] = yield self._compute(node, home)
        return home.memo[node]

    def _compute(self, node: Node, frame: _Frame) -> Steps:
        match node:
            case Items(items=items):
                values = []
                for item in items:
                    value = yield self.steps(item, frame)
                    values.append(value)
                return values
            case Entries(entries=entries):
                return (yield self._mapping(entries, frame))
            case Definition():
                return self._closure(node, frame)
            case Invocation(function="If"):
                return (yield self._choose(node, frame))
            case Invocation(function=str() as name, arguments=arguments):
                return call(name, (yield self._mapping(arguments, frame)), self._context)
            case Invocation(function=Node() as callee, arguments=arguments):
                function = yield self.steps(callee, frame)
                return _invoke(function, (yield self._mapping(arguments, frame)))
        raise TypeError(f"No rule for {type(node).__name__}.")

    def _mapping(self, nodes: Mapping[str, Node], frame: _Frame) -> Steps:
        values = {}
        for key, node in nodes.items():
            values[key] = yield self.steps(node, frame)
        return values

    def _choose(self, node: Invocation, frame: _Frame) -> Steps:
        """Call ``If`` without the branch that is not chosen, which is never evaluated."""
        condition = node.arguments.get("condition")
        holds = condition is not None and truth((yield self.steps(condition, frame)))
        rest = {name: one for name, one in node.arguments.items() if name != ("falseCase" if holds else "trueCase")}
        return call("If", (yield self._mapping(rest, frame)), self._context)

    def _closure(self, node: Definition, frame: _Frame) -> Function:
        def apply(arguments: Mapping[str, Value]) -> Value:
            return run(self.steps(node.body, _Frame(arguments, frame)))

        return Function(node.names, apply, is_confined(node), keeps_properties(node))


def _invoke(function: Value, arguments: Mapping[str, Value]) -> Value:
    if not isinstance(function, Function):
        raise EarthError("Invalid expression: 'functionReference' refers to a value that is not a function.")
    return function.invoke(arguments)
