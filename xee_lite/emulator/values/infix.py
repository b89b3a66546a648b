"""A parser of arithmetic in C's notation, for ``Image.expression`` and ``Number.expression``.

Operators, the tightest first: ``**``; unary ``- + !``; ``* / %``; ``+ -``; ``< <= > >=``; ``== !=``; ``&&``; ``^``
(exclusive or); ``||``; ``? :``. What operands are, and what follows them, is up to the language.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Generic, NoReturn, TypeVar

from ..errors import EarthError

Value = TypeVar("Value")
Evaluate = Callable[[Mapping[str, Any]], Value]
"""From the variables to the value."""

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<sign>\*\*|&&|\|\||[=!<>]=|[-+*/%<>!^?:=.,()\[\]]))",
)

_LEVELS: dict[str, int] = {
    "?": 1,
    "||": 2,
    "^": 3,
    "&&": 4,
    **dict.fromkeys(("==", "!="), 5),
    **dict.fromkeys(("<", "<=", ">", ">="), 6),
    **dict.fromkeys(("+", "-"), 7),
    **dict.fromkeys(("*", "/", "%"), 8),
    "**": 10,
}
_UNARY_LEVEL = 9
_NAMES = {
    "||": "or",
    "&&": "and",
    "==": "eq",
    "!=": "neq",
    "<": "lt",
    "<=": "lte",
    ">": "gt",
    ">=": "gte",
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "%": "mod",
    "**": "pow",
}


class Infix(ABC, Generic[Value]):
    """One text on its way to a function of variables.

    Parameters
    ----------
    text : str
    where : str
        The algorithm, for messages.
    """

    def __init__(self, text: str, where: str) -> None:
        self._text = text
        self._where = where
        self._tokens = self._split()
        self._at = 0

    def whole(self) -> Evaluate[Value]:
        """The whole text.

        Raises
        ------
        EarthError
            If the text is no expression, or names something unknown.
        """
        return self._end(self._expression(0))

    @abstractmethod
    def _constant(self, number: float) -> Value:
        """A number as a value; an int where it is written as one."""

    @abstractmethod
    def _variable(self, name: str) -> Evaluate[Value]:
        """What a name stands for."""

    @abstractmethod
    def _called(self, name: str) -> Evaluate[Value]:
        """A call of a function; the next token is the opening parenthesis."""

    @abstractmethod
    def _parts_of(self, operand: Evaluate[Value]) -> Evaluate[Value]:
        """An operand with what follows it after a dot or in brackets."""

    @abstractmethod
    def _operate(self, name: str, *values: Value) -> Value:
        """What the algorithm of an operator makes of values."""

    @abstractmethod
    def _either(self, condition: Evaluate[Value], yes: Evaluate[Value], no: Evaluate[Value]) -> Evaluate[Value]:
        """One or the other."""

    def _end(self, found: Evaluate[Value]) -> Evaluate[Value]:
        if self._at < len(self._tokens):
            self._fail(f"unexpected '{self._tokens[self._at][1]}'")
        return found

    def _expression(self, level: int) -> Evaluate[Value]:
        left = self._prefix()
        while (sign := self._peek()) in _LEVELS and _LEVELS[sign] > level:
            self._at += 1
            if sign == "?":
                left = self._ternary(left)
            else:
                # ** groups from the right: its right side may hold another one.
                right = self._expression(_LEVELS[sign] - (sign == "**"))
                left = self._infix(sign, left, right)
        return left

    def _ternary(self, condition: Evaluate[Value]) -> Evaluate[Value]:
        yes = self._expression(0)
        self._take(":")
        return self._either(condition, yes, self._expression(0))

    def _prefix(self) -> Evaluate[Value]:
        kind, word = self._next()
        if kind == "number":
            value = self._constant(float(word) if re.search(r"[.eE]", word) else int(word))
            return lambda _: value
        if kind == "name":
            return self._parts_of(self._called(word) if self._peek() == "(" else self._variable(word))
        if word in {"-", "+", "!"}:
            return self._prefixed(word, self._expression(_UNARY_LEVEL))
        if word == "(":
            inner = self._expression(0)
            self._take(")")
            return self._parts_of(inner)
        return self._fail(f"unexpected '{word}'")

    def _infix(self, sign: str, left: Evaluate[Value], right: Evaluate[Value]) -> Evaluate[Value]:
        if sign == "^":
            return lambda given: self._operate("neq", self._truth(left(given)), self._truth(right(given)))
        return lambda given: self._operate(_NAMES[sign], left(given), right(given))

    def _prefixed(self, sign: str, operand: Evaluate[Value]) -> Evaluate[Value]:
        if sign == "+":
            return operand
        if sign == "!":
            return lambda given: self._operate("not", operand(given))
        return lambda given: self._operate("multiply", operand(given), self._constant(-1))

    def _truth(self, value: Value) -> Value:
        return self._operate("neq", value, self._constant(0))

    def _arguments(self) -> list[Evaluate[Value]]:
        """The arguments of a call, with the parentheses around them."""
        self._take("(")
        found: list[Evaluate[Value]] = []
        while self._peek() != ")":
            found.append(self._expression(0))
            if self._peek() != ")":
                self._take(",")
        self._take(")")
        return found

    def _peek(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _next(self) -> tuple[str, str]:
        if self._at == len(self._tokens):
            self._fail("it ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, expected: str) -> None:
        kind, word = self._next()
        if word != expected or kind != "sign":
            self._fail(f"expected '{expected}', found '{word}'")

    def _split(self) -> list[tuple[str, str]]:
        tokens, position, text = [], 0, self._text.rstrip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None or match.lastgroup is None:
                self._fail(f"unexpected character '{text[position:].lstrip()[:1]}'")
            tokens.append((match.lastgroup, match[match.lastgroup]))
            position = match.end()
        return tokens

    def _fail(self, why: str) -> NoReturn:
        raise EarthError(f"{self._where}: Cannot parse '{self._text}': {why}.")
