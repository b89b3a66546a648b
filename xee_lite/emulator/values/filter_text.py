"""Filters as text: ``CLOUD_COVER < 20 && (SPACECRAFT_ID == 'LANDSAT_8' || !(WRS_ROW > 28))``.

The operators are those that the description of ``Filter.expression`` lists. Operands are properties by name, numbers
and quoted texts; what else the service understands is not known.
"""

from __future__ import annotations

import re
from collections import deque
from typing import NoReturn

from ..errors import EarthError
from .filter import And, Binary, Filter, Not, Operand, Or
from .filter_tests import TESTS

_TOKEN = re.compile(
    r"\s*(?:(?P<number>-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[A-Za-z_][\w:.]*)"
    r"|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<sign>&&|\|\||[=!<>]=|[<>!()]))"
)
_COMPARISONS = {
    "==": "equals",
    "!=": "notEquals",
    "<": "lessThan",
    "<=": "lessThanOrEquals",
    ">": "greaterThan",
    ">=": "greaterThanOrEquals",
}
_DEEPEST = 100
"""Brackets within each other, and denials of denials."""


def parse_filter(text: str) -> Filter:
    """The filter that a text describes.

    Raises
    ------
    EarthError
        If the text is no such expression.
    """
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: deque[tuple[str, str]] = deque()
        position, end = 0, len(text.rstrip())
        while position < end:
            found = _TOKEN.match(text, position)
            if found is None:
                self._fail(f"'{text[position:].strip()[:20]}' is not understood")
            self._tokens.append((str(found.lastgroup), found[str(found.lastgroup)]))
            position = found.end()
        self._depth = 0

    def whole(self) -> Filter:
        found = self._any()
        if self._tokens:
            self._fail(f"'{self._tokens[0][1][:20]}' comes after its end")
        return found

    def _any(self) -> Filter:
        parts = [self._all()]
        while self._takes("||"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _all(self) -> Filter:
        parts = [self._one()]
        while self._takes("&&"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _one(self) -> Filter:
        self._depth += 1
        if self._depth > _DEEPEST:
            self._fail(f"it is nested deeper than {_DEEPEST}")
        if self._takes("!"):
            found: Filter = Not(self._one())
        elif self._takes("("):
            found = self._any()
            if not self._takes(")"):
                self._fail("a bracket is not closed")
        else:
            found = self._comparison()
        self._depth -= 1
        return found

    def _comparison(self) -> Filter:
        left = self._operand()
        kind, sign = self._tokens.popleft() if self._tokens else ("", "")
        if kind != "sign" or sign not in _COMPARISONS:
            self._fail(f"a comparison is missing{f' before {sign[:20]!r}' if sign else ' at its end'}")
        right = self._operand()
        if left.field is None and right.field is None:
            self._fail("a comparison has no property")
        name = _COMPARISONS[sign]
        return Binary(name, left, right, TESTS[name])

    def _operand(self) -> Operand:
        kind, token = self._tokens.popleft() if self._tokens else ("", "")
        if kind == "name":
            return Operand(token)
        if kind == "text":
            return Operand(None, token[1:-1])
        if kind == "number":
            whole = token.lstrip("-").isdigit() and len(token) < 19
            return Operand(None, int(token) if whole else float(token))
        return self._fail(f"a property or a value is missing{f' before {token[:20]!r}' if token else ' at its end'}")

    def _takes(self, sign: str) -> bool:
        if not self._tokens or self._tokens[0] != ("sign", sign):
            return False
        self._tokens.popleft()
        return True

    def _fail(self, why: str) -> NoReturn:
        raise EarthError(f"Filter.expression: Cannot parse '{self._text[:100]}': {why}.")
