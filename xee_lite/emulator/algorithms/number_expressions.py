"""Expressions over numbers.

Operands are numbers, variables, what dictionaries among them hold (``point.x``), the constants ``Math.PI`` and
``Math.E``, and the functions of Number by name (``add(x, y)``). For the operators see `values.infix`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import EarthError
from ..evaluator.registry import REGISTRY, algorithm, signatures
from ..evaluator.truth import truth
from ..values.infix import Evaluate, Infix

if TYPE_CHECKING:
    from ..value import Value

_WHERE = "Number.expression"
_MATH = {"PI": math.pi, "E": math.e, "pi": math.pi, "e": math.e}
_CONSTANTS = {"Math": _MATH, "math": _MATH}


@algorithm("Number.expression")
def expression(text: str, vars_: dict[str, Value] | None) -> float:
    return _number(_Parser(text, _WHERE).whole()({**_CONSTANTS, **(vars_ or {})}))


class _Parser(Infix[Any]):
    def _constant(self, number: float) -> float:
        return number

    def _variable(self, name: str) -> Evaluate[Any]:
        return lambda given: _element(given, name)

    def _called(self, name: str) -> Evaluate[Any]:
        arguments = self._arguments()
        signature = signatures().get(f"Number.{name}")
        types = [argument.type for argument in signature.arguments] if signature is not None else [""]
        if len(types) != len(arguments) or not {"Number", "Float"}.issuperset(types):
            self._fail(f"unknown function '{name}' of {len(arguments)} arguments")
        return lambda given: self._operate(name, *(argument(given) for argument in arguments))

    def _parts_of(self, operand: Evaluate[Any]) -> Evaluate[Any]:
        while self._peek() == ".":
            self._take(".")
            kind, word = self._next()
            if kind != "name":
                self._fail(f"expected a name after '.', found '{word}'")
            operand = _part(operand, word)
        return operand

    def _operate(self, name: str, *values: Value) -> float:
        function = REGISTRY.get(f"Number.{name}")
        if function is None:
            self._fail(f"this emulator does not implement the function '{name}'")
        found: float = function(*map(_number, values))
        return found

    def _either(self, condition: Evaluate[Any], yes: Evaluate[Any], no: Evaluate[Any]) -> Evaluate[Any]:
        return lambda given: (yes if truth(_number(condition(given))) else no)(given)


def _part(operand: Evaluate[Any], name: str) -> Evaluate[Any]:
    return lambda given: _element(operand(given), name)


def _element(holder: Value, name: str) -> Value:
    if not isinstance(holder, Mapping) or name not in holder:
        names = ", ".join(sorted(holder.keys() - _CONSTANTS.keys())) if isinstance(holder, Mapping) else ""
        raise EarthError(f"{_WHERE}: There is no '{name}'; pass it among the variables ({names}).")
    return holder[name]


def _number(value: Value) -> float:
    if isinstance(value, bool):
        return int(value)
    if not isinstance(value, (int, float)):
        raise EarthError(f"{_WHERE}: A value of the expression is no number.")
    return value
