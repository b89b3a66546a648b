"""Date patterns in the notation of Joda-Time, the commonly used letters of it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from ..errors import EarthError
from .zones import zone_name

if TYPE_CHECKING:
    from collections.abc import Callable

QUOTE = "'"
_TOKEN = re.compile(r"''|'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+")

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_NUMBERS: dict[str, Callable[[datetime], int]] = {
    "y": lambda moment: moment.year,
    "Y": lambda moment: moment.year,
    "x": lambda moment: moment.isocalendar().year,
    "M": lambda moment: moment.month,
    "d": lambda moment: moment.day,
    "D": lambda moment: moment.timetuple().tm_yday,
    "w": lambda moment: moment.isocalendar().week,
    "e": lambda moment: moment.isoweekday(),
    "H": lambda moment: moment.hour,
    "k": lambda moment: moment.hour or 24,
    "K": lambda moment: moment.hour % 12,
    "h": lambda moment: moment.hour % 12 or 12,
    "m": lambda moment: moment.minute,
    "s": lambda moment: moment.second,
    "C": lambda moment: moment.year // 100,
}


def tokens(pattern: str) -> list[str]:
    """The runs of letters, quoted texts and other characters that a pattern consists of."""
    found = [match.group() for match in _TOKEN.finditer(pattern)]
    if "".join(found) != pattern:
        raise EarthError(f"Date: Invalid date format '{pattern}': a quote is not closed.")
    return found


def literal(token: str) -> str | None:
    """The text that a token stands for by itself; None for a run of letters."""
    if token == QUOTE * 2:
        return QUOTE
    if token.startswith("'"):
        return token[1:-1].replace("''", "'")
    return None if token[0].isascii() and token[0].isalpha() else token


def format_date(moment: datetime, pattern: str) -> str:
    """Write a date by a pattern.

    Raises
    ------
    EarthError
        If a letter of the pattern is not known.
    """
    return "".join(_write(moment, token) for token in tokens(pattern))


def _write(moment: datetime, token: str) -> str:
    text = literal(token)
    if text is not None:
        return text
    letter, width = token[0], len(token)
    if letter == "M" and width >= 3:
        return MONTHS[moment.month - 1][: None if width > 3 else 3]
    if letter in "yYx" and width == 2:
        return f"{_NUMBERS[letter](moment) % 100:02d}"
    if letter in _NUMBERS:
        return f"{_NUMBERS[letter](moment):0{width}d}"
    if letter in _TEXTS:
        return _TEXTS[letter](moment, width)
    raise EarthError(f"Date: Illegal pattern component: {token}.")


def _offset(moment: datetime, width: int) -> str:
    if width > 2:
        return str(moment.tzinfo)
    minutes = int((moment.utcoffset() or timedelta(0)).total_seconds() // 60)
    sign = "-" if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    return f"{sign}{hours:02d}{':' if width == 2 else ''}{rest:02d}"


_TEXTS: dict[str, Callable[[datetime, int], str]] = {
    "S": lambda moment, width: f"{moment.microsecond:06d}".ljust(width, "0")[:width],
    "E": lambda moment, width: DAYS[moment.weekday()][: None if width > 3 else 3],
    "a": lambda moment, _: "AM" if moment.hour < 12 else "PM",
    "G": lambda *_: "AD",
    "Z": _offset,
    "z": lambda moment, width: zone_name(moment) if width > 3 else moment.tzname() or "UTC",
}

_READ: dict[str, str] = {
    "y": "year", "Y": "year", "M": "month", "d": "day", "D": "ordinal", "E": "name",
    "H": "hour", "k": "hour24", "h": "hour12", "K": "hour12", "a": "half",
    "m": "minute", "s": "second", "S": "fraction", "Z": "offset",
}  # fmt: skip
_SHAPES = {"half": "AM|PM|am|pm", "offset": r"Z|[+-]\d\d:?\d\d", "name": "[A-Za-z]+"}


def parse_date(text: str, pattern: str, zone: tzinfo) -> datetime:
    """Read a date by a pattern; what the pattern leaves out is that of the first of January 1970, 0:00.

    Raises
    ------
    EarthError
        If the text does not have that form.
    """
    found = tokens(pattern)
    match = re.fullmatch(
        "".join(_expression(*pair, pattern) for pair in zip(found, [*found[1:], "-"], strict=False)), text
    )
    if match is None:
        raise EarthError(f'Date.parse: Invalid format: "{text}" does not have the form "{pattern}".')
    part = match.groupdict()
    try:
        return _assemble(part, zone)
    except ValueError as error:
        raise EarthError(f'Date.parse: "{text}" is not a date: {error}.') from error


def _expression(token: str, following: str, pattern: str) -> str:
    """A number has its width where another one follows, and else any number of digits."""
    text = literal(token)
    if text is not None:
        return re.escape(text)
    name = _READ.get(token[0])
    if name is None:
        raise EarthError(f"Date.parse: Illegal pattern component: {token} in '{pattern}'.")
    width = len(token)
    if name == "month" and width >= 3:
        return "(?P<month_name>" + "|".join(month if width > 3 else month[:3] for month in MONTHS) + ")"
    if name in _SHAPES:
        return f"(?P<{name}>{_SHAPES[name]})"
    name = "short_year" if name == "year" and width == 2 else name
    digits = rf"\d{{{width}}}" if literal(following) is None else r"\d+"
    return f"(?P<{name}>{digits})"


def _assemble(part: dict[str, str | None], zone: tzinfo) -> datetime:
    year = int(part.get("year") or part.get("short_year") or 1970)
    if len(part.get("short_year") or "") == 2:
        year += 2000 if year < 50 else 1900  # unlike Joda's pivot, which moves with the present year
    hour = int(part.get("hour") or part.get("hour24") or part.get("hour12") or 0) % 24
    if part.get("half"):
        hour = hour % 12 + (12 if (part["half"] or "").upper() == "PM" else 0)
    if part.get("offset"):
        zone = datetime.strptime((part["offset"] or "").replace(":", "").replace("Z", "+0000"), "%z").tzinfo or zone
    moment = datetime(
        year,
        _month(part),
        int(part.get("day") or 1),
        hour,
        int(part.get("minute") or 0),
        int(part.get("second") or 0),
        int((part.get("fraction") or "0")[:6].ljust(6, "0")),
        tzinfo=zone,
    )
    return moment + timedelta(days=int(part["ordinal"] or 1) - 1) if "ordinal" in part else moment


def _month(part: dict[str, str | None]) -> int:
    name = part.get("month_name")
    if name:
        return next(i for i, month in enumerate(MONTHS, start=1) if month.startswith(name))
    return int(part.get("month") or 1)
