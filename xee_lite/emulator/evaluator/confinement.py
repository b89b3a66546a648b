"""Whether a mapped function keeps the bands of each image and its mask within that of the image, or its properties.

What such a function makes of images that lie elsewhere is missing here, so a composite can skip it. That is
read from the function's graph: every step on the way from the argument works pixel by pixel and keeps masked what is
masked, and nothing but the argument's pixels and properties differs from image to image.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..values.stored import SITES
from .parser import Argument, Constant, Invocation, Node
from .trampoline import run

if TYPE_CHECKING:
    from .parser import Definition
    from .trampoline import Steps

_CASTS = (
    "byte",
    "double",
    "float",
    "int",
    "int16",
    "int32",
    "int64",
    "int8",
    "long",
    "short",
    "uint16",
    "uint32",
    "uint8",
)
_VALUE = (
    *("abs", "acos", "asin", "atan", "bitCount", "bitwiseNot", "bitwise_not", "cbrt", "ceil", "cos", "cosh", "exp"),
    *("floor", "log", "log10", "not", "round", "signum", "sin", "sinh", "sqrt", "tan", "tanh"),
    *_CASTS,
    *(f"to{name[0].upper()}{name[1:]}" for name in _CASTS),
)
_BINARY = (
    *("add", "and", "atan2", "bitwiseAnd", "bitwiseOr", "bitwiseXor", "bitwise_and", "bitwise_or", "bitwise_xor"),
    *("divide", "eq", "gt", "gte", "hypot", "leftShift", "left_shift", "lt", "lte", "max", "min", "mod", "multiply"),
    *("neq", "or", "pow", "rightShift", "right_shift", "subtract"),
)
_EITHER = frozenset(f"Image.{name}" for name in _BINARY)
"""Algorithms on two images, whose result is masked where either is."""
_INPUT = ("clamp", "clip", "normalizedDifference", "regexpRename", "rename", "select", "unitScale", "where")
_IMAGE = ("cast", "remap", "selfMask", "slice")
_MAIN = {
    **{f"Image.{name}": "value" for name in _VALUE},
    **{f"Image.{name}": "input" for name in _INPUT},
    **{f"Image.{name}": "image" for name in _IMAGE},
}
"""Of algorithms whose result is masked where this argument is, and which others make no other bands of."""
_BARE = {
    "Image.updateMask": "image",
    "Image.copyProperties": "destination",
    "Element.copyProperties": "destination",
    "Element.set": "object",
    "Element.setMulti": "object",
}
"""Of those whose other arguments have no say in the bands, so that they may be whatever they are."""


_KEEPING = {
    **{f"Image.{name}": "value" for name in (*_CASTS, *(f"to{name[0].upper()}{name[1:]}" for name in _CASTS))},
    **{f"Image.{name}": "input" for name in ("regexpRename", "rename", "select", "unmask")},
    **{f"Image.{name}": "image" for name in ("cast", "selfMask", "slice", "updateMask")},
    "Image.addBands": "dstImg",
    "Element.set": "object",
}
"""Algorithms whose result has all properties of this argument."""


def keeps_properties(function: Definition) -> bool:
    """Whether a function leaves images all properties by which they are scanned for; False where that is not plain."""
    node: Node = function.body
    while isinstance(node, Invocation) and isinstance(node.function, str) and node.function in _KEEPING:
        if node.function == "Element.set":
            key = node.arguments.get("key")
            if not (isinstance(key, Constant) and isinstance(key.value, str) and _is_free(key.value)):
                return False
        main = node.arguments.get(_KEEPING[node.function])
        if main is None:
            return False
        node = main
    return len(function.names) == 1 and isinstance(node, Argument) and node.name == function.names[0]


def _is_free(name: str) -> bool:
    """Whether no scan of a collection looks at a property."""
    return not name.startswith("system:") and name not in SITES


def is_confined(function: Definition) -> bool:
    """Whether a function is such a one; False where that is not plain."""
    confined: bool = len(function.names) == 1 and run(_Reader(function.names[0]).follows(function.body))
    return confined


class _Reader:
    """Finds the nodes that are images confined to the argument of a name, each once."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._known: dict[Node, bool] = {}

    def follows(self, node: Node) -> Steps:
        if node not in self._known:
            self._known[node] = yield self._decide(node)
        return self._known[node]

    def _decide(self, node: Node) -> Steps:
        match node:
            case Argument(name=found):
                return found == self._name
            case Invocation(function=str() as called, arguments=arguments) if _BARE.get(called) in arguments:
                return (yield self.follows(arguments[_BARE[called]]))
            case Invocation(function=called, arguments=arguments):
                own = set()
                for key, one in arguments.items():
                    if (yield self.follows(one)):
                        own.add(key)
                alien = any(self._name in one.free for key, one in arguments.items() if key not in own)
                return not alien and _is_masked(called, own)
        return False


def _is_masked(called: str | Node, confined: set[str]) -> bool:
    """Whether an algorithm's result is missing wherever the confined ones among its arguments are."""
    match called:
        case Invocation(function="Image.parseExpression", arguments={"expression": Constant(value=str() as text)}):
            return _mentions(text, confined)
        case Node():
            return False
    if called == "Image.addBands":
        return confined >= {"dstImg", "srcImg"}
    if called in _EITHER:
        return bool(confined & {"image1", "image2"})
    return _MAIN.get(called) in confined


def _mentions(expression: str, names: set[str]) -> bool:
    """Whether an expression has one of the variables, and no choice that could leave it out."""
    unquoted = re.sub(r"'[^']*'|\"[^\"]*\"", "", expression)
    return "?" not in unquoted and not names.isdisjoint(re.findall(r"[A-Za-z_]\w*", unquoted))
