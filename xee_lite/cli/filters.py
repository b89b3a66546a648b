"""The text of ``--filter``: comparisons of properties with values, joined by ``and``.

For example ``CLOUDY_PIXEL_PERCENTAGE < 20 and MGRS_TILE == 31TEJ``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import InputError

_TOKEN = re.compile(
    r"""
    \s* (?:
        (?P<operator> <= | >= | == | != | < | > | = )
      | (?P<quoted> "[^"]*" | '[^']*' )
      | (?P<unclosed> ["'] )
      | (?P<word> [^\s<>=!"']+ )
      | (?P<stray> \S )
    )
    """,
    re.VERBOSE,
)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_NAME = re.compile(r"[A-Za-z_][\w:.-]*")
"""Names of properties: with a colon as in ``system:time_start``, with dots and hyphens as some datasets have them."""

OPERATORS = ("<", "<=", ">", ">=", "==", "!=")


@dataclass(frozen=True, slots=True)
class Comparison:
    """A property of an image compared with a value.

    Attributes
    ----------
    name : str
        The name of the property.
    operator : str
        One of `OPERATORS`.
    value : int, float or str
    """

    name: str
    operator: str
    value: float | str


@dataclass(frozen=True, slots=True)
class _Token:
    """A part of a filter: what kind it is, its text, and where it begins."""

    kind: str
    text: str
    start: int

    def __str__(self) -> str:
        return f"found {self.text}" if self.text else "it ends here"


def parse_filter(text: str) -> tuple[Comparison, ...]:
    """Parse a filter.

    Parameters
    ----------
    text : str
        ``NAME OPERATOR VALUE [and NAME OPERATOR VALUE]...``. A value is a number, or text, which needs quotes where it
        has spaces or reads as a number.

    Returns
    -------
    tuple of Comparison
        An image has to meet all of them.

    Raises
    ------
    InputError
        If it does not parse; the message repeats the filter, with a caret below the place.

    Examples
    --------
    >>> from xee_lite.cli.filters import parse_filter
    >>> parse_filter("CLOUDY_PIXEL_PERCENTAGE < 20")
    (Comparison(name='CLOUDY_PIXEL_PERCENTAGE', operator='<', value=20),)
    """
    text = " ".join(text.splitlines())
    tokens = _tokens(text)
    comparisons: list[Comparison] = []
    while True:
        name, operator, value, following = tokens[:4]
        if name.kind != "word" or not _NAME.fullmatch(name.text):
            raise _wrong(text, name, "the name of a property is expected")
        if operator.text not in OPERATORS:
            raise _wrong(text, operator, f"one of {' '.join(OPERATORS)} is expected")
        if value.kind not in ("word", "quoted"):
            raise _wrong(text, value, "a number or a text is expected")
        comparisons.append(Comparison(name.text, operator.text, _value(value)))
        if following.kind == "end":
            return tuple(comparisons)
        if following.kind != "word" or following.text.lower() != "and":
            raise _wrong(text, following, "'and' or the end is expected; a text with spaces needs quotes")
        tokens = tokens[4:]


def _tokens(text: str) -> list[_Token]:
    """The parts of a filter, followed by so many ends that four parts can always be taken."""
    tokens = [
        _Token(match.lastgroup or "", match[match.lastgroup or 0], match.start(match.lastgroup or 0))
        for match in _TOKEN.finditer(text)
    ]
    return [*tokens, *[_Token("end", "", len(text))] * 4]


def _value(token: _Token) -> float | str:
    if token.kind == "quoted":
        return token.text[1:-1]
    if not _NUMBER.fullmatch(token.text):
        return token.text
    try:
        return int(token.text)
    except ValueError:
        return float(token.text)


def _wrong(text: str, token: _Token, expected: str) -> InputError:
    if token.kind == "unclosed":
        expected = "this quote is not closed"
    # Tabs and other control characters would move the caret.
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return InputError(f"--filter does not parse: {expected}, but {token}.\n  {shown}\n  {' ' * token.start}^")
