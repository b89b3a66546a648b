"""The filter language of listAssets: the part of AIP-160 that clients write.

Comparisons of ``startTime``, ``endTime`` and ``properties.NAME`` with = != < <= > >=, ``intersects("GeoJSON")``,
AND, OR, NOT or -, and parentheses. As AIP-160 has it, OR binds closer than AND.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape

from ..errors import EarthError
from ..geometry.geometry import Geometry
from ..images.image import Image
from ..values.stored import Query
from .asset_json import times

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<op><=|>=|!=|=|<|>)|(?P<mark>[(),])"""
    r"""|(?P<word>[^\s()<>=!,"']+))""",
    re.DOTALL,
)
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MAX_TOKENS = 2000
_MAX_DEPTH = 100

Test = Callable[[Image], bool]


@dataclass(frozen=True, slots=True)
class AssetFilter:
    """A parsed filter.

    Attributes
    ----------
    matches : callable
        ``matches(image) -> bool``.
    query : Query
        What the filter says of times and positions, for a catalogue that can use it; never narrower than ``matches``.
    everything : bool
        Whether there is no filter at all.
    """

    matches: Test
    query: Query
    everything: bool = False


@dataclass(frozen=True, slots=True)
class _Term:
    """A part of a filter: its test, and its hint where all of it must hold."""

    test: Test
    query: Query = Query()  # noqa: RUF009 - frozen


def parse_filter(text: str) -> AssetFilter:
    """Parse a filter; an empty one matches all.

    Raises
    ------
    EarthError
        If it is not of the language.
    """
    if not text.strip():
        return AssetFilter(lambda _image: True, Query(), everything=True)
    parser = _Parser(text)
    term = parser.conjunction()
    if parser.peek():
        raise parser.wrong(f"'{parser.peek()}' was not expected")
    return AssetFilter(term.test, term.query)


class _Parser:
    """Recursive descent over the tokens of a filter."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = self._split(text)
        self._at = 0
        self._depth = 0

    def wrong(self, why: str) -> EarthError:
        return EarthError(f"Invalid filter '{self._text[:200]}': {why}.")

    def _split(self, text: str) -> list[str]:
        tokens, at = [], 0
        end = len(text.rstrip())
        while at < end:
            match = _TOKEN.match(text, at)
            if match is None:
                raise self.wrong(f"'{text[at : at + 20].strip()}' can not be read")
            tokens.append(match[0].strip())
            at = match.end()
        if len(tokens) > _MAX_TOKENS:
            raise self.wrong("it is too long")
        return tokens

    def peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def take(self) -> str:
        token = self.peek()
        if not token:
            raise self.wrong("it ends too early")
        self._at += 1
        return token

    def expect(self, mark: str) -> None:
        if self.take() != mark:
            raise self.wrong(f"'{mark}' was expected")

    def conjunction(self) -> _Term:
        terms = [self.disjunction()]
        while self.peek() and self.peek() != ")":
            if self.peek() == "AND":  # two terms side by side are joined by AND too
                self.take()
            terms.append(self.disjunction())
        tests = [term.test for term in terms]
        return _Term(lambda image: all(test(image) for test in tests), _meet([term.query for term in terms]))

    def disjunction(self) -> _Term:
        terms = [self.factor()]
        while self.peek() == "OR":
            self.take()
            terms.append(self.factor())
        if len(terms) == 1:
            return terms[0]
        tests = [term.test for term in terms]
        return _Term(lambda image: any(test(image) for test in tests))

    def factor(self) -> _Term:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise self.wrong("it is nested too deep")
        term = self._factor()
        self._depth -= 1
        return term

    def _factor(self) -> _Term:
        word = self.take()
        if word in ("NOT", "-"):
            test = self.factor().test
            return _Term(lambda image: not test(image))
        if word.startswith("-"):
            test = self.named(word[1:]).test
            return _Term(lambda image: not test(image))
        if word == "(":
            term = self.conjunction()
            self.expect(")")
            return term
        return self.named(word)

    def named(self, name: str) -> _Term:
        if name == "intersects":
            return self.intersects()
        symbol = self.take()
        if symbol not in _OPERATORS:
            raise self.wrong(f"a comparison was expected after '{name}'")
        literal = self.take()
        if name in ("startTime", "endTime"):
            return self.time(name, symbol, literal)
        if name.startswith("properties.") and len(name) > len("properties."):
            return _Term(_property_test(name.removeprefix("properties."), symbol, literal))
        raise self.wrong(f"'{name}' is not a field; there are startTime, endTime, properties.NAME and intersects(…)")

    def time(self, name: str, symbol: str, literal: str) -> _Term:
        try:
            limit = parse_moment(_unquote(literal))
        except EarthError:
            raise self.wrong(f"{literal} is not an RFC 3339 time") from None
        which = 0 if name == "startTime" else 1
        compare = _OPERATORS[symbol]

        def test(image: Image) -> bool:
            value = times(image)[which]
            return value is not None and bool(compare(value, limit))

        hint = Query()
        if name == "startTime" and symbol in (">", ">="):
            hint = Query(start=limit)
        elif symbol in ("<", "<="):  # what ends before it starts before it
            hint = Query(end=limit + 1)
        return _Term(test, hint)

    def intersects(self) -> _Term:
        self.expect("(")
        literal = _unquote(self.take())
        self.expect(")")
        try:
            outline = _read_geometry(literal)
        except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError):
            raise self.wrong("intersects() takes GeoJSON or WKT in quotation marks") from None

        def test(image: Image) -> bool:
            footprint = image.properties.get("system:footprint")
            if not isinstance(footprint, Geometry):
                return False
            return footprint.unbounded or bool(shapely.intersects(footprint.shape, outline))

        return _Term(test, Query(bounds=Geometry(outline)))


def parse_moment(text: str) -> float:
    """Milliseconds of Unix time of an RFC 3339 time; UTC where it does not tell.

    Raises
    ------
    EarthError
        If it is none.
    """
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=found.tzinfo or UTC).timestamp() * 1000
    except (ValueError, OverflowError):
        raise EarthError(f"'{text[:100]}' is not an RFC 3339 time.") from None


def _read_geometry(literal: str) -> BaseGeometry:
    """GeoJSON, which the client writes with single quotation marks, or WKT."""
    if not literal.lstrip().startswith("{"):
        return shapely.from_wkt(literal)
    parsed = json.loads(literal.replace("'", '"'))
    return shape(parsed["geometry"] if parsed.get("type") == "Feature" else parsed)


def _property_test(name: str, symbol: str, literal: str) -> Test:
    """Compare as numbers where both are, else as text; an image without the property matches only !=."""
    compare = _OPERATORS[symbol]
    expected = _unquote(literal)
    number = _number(expected)

    def test(image: Image) -> bool:
        value = image.properties.get(name)
        if value is None:
            return symbol == "!="
        if isinstance(value, (int, float)) and number is not None:
            return bool(compare(value, number))
        return bool(compare(str(value), expected))

    return test


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _unquote(literal: str) -> str:
    if literal[:1] in ('"', "'"):
        return re.sub(r"\\(.)", r"\1", literal[1:-1])
    return literal


def _meet(queries: list[Query]) -> Query:
    """What all hints say together."""
    starts = [query.start for query in queries if query.start is not None]
    ends = [query.end for query in queries if query.end is not None]
    bounds = [query.bounds for query in queries if query.bounds is not None]
    return Query(max(starts, default=None), min(ends, default=None), bounds[0] if bounds else None)
