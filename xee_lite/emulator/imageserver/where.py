"""Where clauses: the part of SQL that clients of a catalogue of rasters send."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from .envelope import ServerError

Row = Mapping[str, Any]
Test = Callable[[Row], bool]
Operand = Callable[[Row], Any]
_TOKEN = re.compile(
    r"\s*(?:(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<text>'(?:[^']|'')*')"
    r"|(?P<name>\"[^\"]+\"|[A-Za-z_]\w*)"
    r"|(?P<sign><>|!=|<=|>=|[=<>(),]))",
    re.ASCII,
)
MAX_LENGTH = 20_000
MAX_DEPTH = 50
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def parse_where(text: str, names: tuple[str, ...]) -> Test:
    """A clause as a test of rows.

    Parameters
    ----------
    text : str
        Comparisons of fields, numbers and texts; AND, OR, NOT, IN, BETWEEN, LIKE, IS NULL, ``timestamp '...'``.
        Empty is true of all.
    names : tuple of str
        Fields that there are.

    Raises
    ------
    ServerError
        If it can not be read.
    """
    if not text.strip():
        return lambda _row: True
    return _Parser(text, names).parse()


def _refuse(reason: str) -> ServerError:
    """The server's own text for a wrong clause depends on its database."""
    return ServerError(details=f"'where' clause is invalid: {reason}.")


class _Parser:
    def __init__(self, text: str, names: tuple[str, ...]) -> None:
        self._tokens = _split(text)
        self._names = {name.lower(): name for name in names}
        self._next = 0
        self._depth = 0

    def parse(self) -> Test:
        test = self._either()
        if self._next < len(self._tokens):
            raise _refuse(f"it does not end before {self._tokens[self._next][1][:50]!r}")
        return test

    def _peek(self) -> str:
        """The next token as a keyword or a sign; empty for values and at the end."""
        kind, text = self._tokens[self._next] if self._next < len(self._tokens) else ("", "")
        return text.upper() if kind in ("name", "sign") else ""

    def _accept(self, *words: str) -> bool:
        if self._peek() in words:
            self._next += 1
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._accept(word):
            raise _refuse(f"{word} is missing")

    def _either(self) -> Test:
        tests = [self._all()]
        while self._accept("OR"):
            tests.append(self._all())
        return lambda row: any(test(row) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._accept("AND"):
            tests.append(self._one())
        return lambda row: all(test(row) for test in tests)

    def _one(self) -> Test:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _refuse("it is nested too deeply")
        if self._accept("NOT"):
            test = _negate(self._one())
        elif self._accept("("):
            test = self._either()
            self._expect(")")
        else:
            test = self._comparison()
        self._depth -= 1
        return test

    def _comparison(self) -> Test:
        left = self._operand()
        if self._accept("IS"):
            absent = not self._accept("NOT")
            self._expect("NULL")
            return lambda row: (left(row) is None) == absent
        negated = self._accept("NOT")
        test = self._range_or_sign(left)
        return _negate(test) if negated else test

    def _range_or_sign(self, left: Operand) -> Test:
        if self._accept("IN"):
            self._expect("(")
            operands = [self._operand()]
            while self._accept(","):
                operands.append(self._operand())
            self._expect(")")
            return lambda row: any(_compare("=", left(row), one(row)) for one in operands)
        if self._accept("BETWEEN"):
            low = self._operand()
            self._expect("AND")
            high = self._operand()
            return lambda row: _compare(">=", left(row), low(row)) and _compare("<=", left(row), high(row))
        if self._accept("LIKE"):
            pattern = self._operand()
            return lambda row: _like(left(row), pattern(row))
        sign = self._peek()
        if sign not in _COMPARISONS:
            raise _refuse("a comparison is missing")
        self._next += 1
        right = self._operand()
        return lambda row: _compare(sign, left(row), right(row))

    def _operand(self) -> Operand:
        if self._next >= len(self._tokens):
            raise _refuse("it ends too early")
        kind, text = self._tokens[self._next]
        self._next += 1
        if kind == "number":
            number = float(text)
            return lambda _row: number
        if kind == "text":
            value = text[1:-1].replace("''", "'")
            return lambda _row: value
        if kind == "name" and text.upper() in ("TIMESTAMP", "DATE"):
            time = self._time()
            return lambda _row: time
        name = self._names.get(text.strip('"').lower()) if kind == "name" else None
        if name is None:
            raise _refuse(f"{text[:50]!r} is no field")
        return lambda row: row.get(name)

    def _time(self) -> float:
        """Milliseconds of Unix time of the text that follows."""
        kind, text = self._tokens[self._next] if self._next < len(self._tokens) else ("", "")
        self._next += 1
        if kind != "text":
            raise _refuse(f"{text[:50]!r} is no time")
        try:
            return datetime.fromisoformat(text[1:-1]).replace(tzinfo=UTC).timestamp() * 1000
        except (ValueError, OverflowError):
            raise _refuse(f"{text[:50]!r} is no time") from None


def _split(text: str) -> list[tuple[str, str]]:
    if len(text) > MAX_LENGTH:
        raise _refuse("it is too long")
    tokens, end = [], 0
    text = text.rstrip()
    while end < len(text):
        match = _TOKEN.match(text, end)
        if match is None or match.lastgroup is None:
            raise _refuse(f"{text[end : end + 20]!r} can not be read")
        tokens.append((match.lastgroup, match[match.lastgroup]))
        end = match.end()
    return tokens


def _negate(test: Test) -> Test:
    return lambda row: not test(row)


def _compare(sign: str, left: object, right: object) -> bool:
    """Nothing is true of a missing value; a number and a text are equal where they are spelled alike."""
    if left is None or right is None:
        return False
    if isinstance(left, str) != isinstance(right, str):
        try:
            left, right = float(left), float(right)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return sign in ("<>", "!=")
    return _COMPARISONS[sign](left, right)


def _like(value: object, pattern: object) -> bool:
    """Whether a text matches a pattern of % and _: backtracking to the last % alone, so that it takes no long time."""
    if not isinstance(value, str) or not isinstance(pattern, str):
        return False
    at = place = 0
    star, mark = -1, 0
    while at < len(value):
        if place < len(pattern) and pattern[place] == "%":
            star, mark = place, at
            place += 1
        elif place < len(pattern) and pattern[place] in ("_", value[at]):
            at, place = at + 1, place + 1
        elif star >= 0:
            mark += 1
            at, place = mark, star + 1
        else:
            return False
    return all(letter == "%" for letter in pattern[place:])
