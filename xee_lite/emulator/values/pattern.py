"""Regular expressions as the service takes them.

Not by Python's ``re``: an expression such as ``(a|a)+$`` keeps it busy for years, and everything else in the process
waiting.
"""

from __future__ import annotations

import math
import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import regex

from ..errors import EarthError
from ..request_limits import check_time, spend

if TYPE_CHECKING:
    from collections.abc import Iterator

LENGTH = 10_000
"""Characters that an expression may have; the service's own limit is not known."""
UNROLLED = 100_000
"""Characters that it may have with its counted repetitions written out, which is how the compiler keeps them: as many
take a second, and 30 MB. The service's own limit is not known."""
_TOKEN = re.compile(
    r"\\.|\(\?#[^)]*\)|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]"
    r"|(?P<open>\()|(?P<close>\))|\{(?P<least>\d+)(?:,\d*)?\}|.",
    re.DOTALL,
)
_VERBOSE = re.compile(r"\(\?[A-Za-z0-9]*x")
_MATCH_BYTES = 400
"""Memory of one `Match` and its texts, about."""
SECONDS = 5.0
"""That one expression may take on one text; the service's own limit is not known."""
CLASSES = {
    "alnum": "A-Za-z0-9",
    "alpha": "A-Za-z",
    "blank": r"\t ",
    "digit": "0-9",
    "lower": "a-z",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": "A-Za-z0-9_",
    "xdigit": "A-Fa-f0-9",
}
"""Names of POSIX inside of brackets, ``[[:space:]]``, which mean ASCII alone."""


@dataclass(frozen=True, slots=True)
class Match:
    """A position where an expression matches.

    Attributes
    ----------
    start, end : int
    text : str
    groups : tuple of str
        Empty where a group has no part in it.
    """

    start: int
    end: int
    text: str
    groups: tuple[str, ...]


class Pattern:
    """A regular expression.

    Parameters
    ----------
    expression : str
    where : str
        The algorithm, for errors.
    ignore_case : bool

    Raises
    ------
    EarthError
        If the expression is not valid; when it is applied, if that takes too long.
    """

    def __init__(self, expression: str, where: str, *, ignore_case: bool = False) -> None:
        _check_size(expression)
        for name, characters in CLASSES.items():
            expression = expression.replace(f"[:{name}:]", characters)
        try:
            self._compiled = regex.compile(expression, regex.IGNORECASE if ignore_case else 0)
        except (regex.error, RecursionError, OverflowError) as error:
            raise EarthError(f"{where}: Invalid regular expression '{expression[:200]}': {error}.") from error

    def matches(self, text: str) -> bool:
        """Whether all of a text matches."""
        with _in_time():
            return self._compiled.fullmatch(text, timeout=SECONDS, concurrent=True) is not None

    def find(self, text: str, *, max_count: int | None = None) -> list[Match]:
        """The first matches, or all."""
        with _in_time():
            found = islice(self._compiled.finditer(text, timeout=SECONDS, concurrent=True), max_count)
            return [_match(one) for one in found]

    def replaced(self, text: str, replacement: str, *, every: bool, where: str) -> str:
        """The text with something else in the place of its first match, or of every one; ``$1`` is a group."""
        template = regex.sub(r"\$(\d)", r"\\g<\1>", replacement.replace("\\", "\\\\"))

        def expanded(match: regex.Match[str]) -> str:
            part = str(match.expand(template))
            spend(1, sys.getsizeof(part))
            return part

        try:
            with _in_time():
                count = 0 if every else 1
                return str(self._compiled.sub(expanded, text, count, timeout=SECONDS, concurrent=True))
        except (regex.error, IndexError) as error:
            raise EarthError(f"{where}: Invalid replacement '{replacement}': {error}.") from error


def _match(found: regex.Match[str]) -> Match:
    spend(1, _MATCH_BYTES)
    check_time()
    return Match(found.start(), found.end(), found.group(), found.groups(default=""))


def _check_size(expression: str) -> None:
    """Refuse what would take the compiler too much time and memory.

    Raises
    ------
    EarthError
        In the service's words.
    """
    if len(expression) > LENGTH or _unrolled(expression) > UNROLLED:
        raise EarthError("User memory limit exceeded.")


def _unrolled(expression: str) -> int:
    """Characters of an expression with its counted repetitions written out: the least that each may match."""
    if _VERBOSE.search(expression):  # comments may hold brackets of any kind: count as if all were nested
        return len(expression) * math.prod(int(count) or 1 for count in re.findall(r"\{(\d+)", expression))
    groups, last = [0], 0
    for token in _TOKEN.finditer(expression):
        if token["open"]:
            groups.append(0)
            last = 0
        elif token["close"] and len(groups) > 1:
            last = groups.pop()
            groups[-1] += last
        elif token["least"]:
            more = last * max(int(token["least"]) - 1, 0)
            last += more
            groups[-1] += more
        else:
            last = 1
            groups[-1] += 1
        if groups[-1] > UNROLLED:
            break
    return sum(groups)


@contextmanager
def _in_time() -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise EarthError("Computation timed out.") from error
