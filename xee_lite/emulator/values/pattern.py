"""Regular expressions as the service takes them.

Not by Python's ``re``: an expression such as ``(a|a)+$`` keeps it busy for years, and everything else in the process
waiting.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import regex

from ..errors import EarthError

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        for name, characters in CLASSES.items():
            expression = expression.replace(f"[:{name}:]", characters)
        try:
            self._compiled = regex.compile(expression, regex.IGNORECASE if ignore_case else 0)
        except regex.error as error:
            raise EarthError(f"{where}: Invalid regular expression '{expression}': {error}.") from error

    def matches(self, text: str) -> bool:
        """Whether all of a text matches."""
        with _in_time():
            return self._compiled.fullmatch(text, timeout=SECONDS, concurrent=True) is not None

    def find(self, text: str, *, max_count: int | None = None) -> list[Match]:
        """The first matches, or all."""
        with _in_time():
            found = islice(self._compiled.finditer(text, timeout=SECONDS, concurrent=True), max_count)
            return [Match(one.start(), one.end(), one.group(), one.groups(default="")) for one in found]

    def replaced(self, text: str, replacement: str, *, every: bool, where: str) -> str:
        """The text with something else in the place of its first match, or of every one; ``$1`` is a group."""
        template = regex.sub(r"\$(\d)", r"\\g<\1>", replacement.replace("\\", "\\\\"))
        try:
            with _in_time():
                count = 0 if every else 1
                return str(self._compiled.sub(template, text, count, timeout=SECONDS, concurrent=True))
        except (regex.error, IndexError) as error:
            raise EarthError(f"{where}: Invalid replacement '{replacement}': {error}.") from error


@contextmanager
def _in_time() -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise EarthError("Computation timed out.") from error
