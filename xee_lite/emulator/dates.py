"""Dates and date ranges."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .errors import EarthError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECONDS: dict[str, float] = {
    "second": 1e3,
    "minute": 6e4,
    "hour": 3.6e6,
    "day": 8.64e7,
    "week": 6.048e8,
    "month": 365.2425 * 8.64e7 / 12,
    "year": 365.2425 * 8.64e7,
}
"""Lengths of the units that the service names; a month and a year are the Gregorian averages."""

_ISO = re.compile(
    r"(-?\d{4,})(?:-(\d{1,2})(?:-(\d{1,2}))?)?"
    r"(?:T(\d{1,2})(?::?(\d{2})(?::?(\d{2})(?:[.,](\d+))?)?)?)?\s*(Z|[+-]\d{2}:?(?:\d{2})?)?",
)


@dataclass(frozen=True, slots=True, order=True)
class Date:
    """An instant.

    Attributes
    ----------
    millis : float
        Milliseconds of Unix time.
    """

    millis: float

    def local(self, zone: tzinfo = UTC) -> datetime:
        """The calendar's reading of the instant, to the microsecond."""
        try:
            return (EPOCH + timedelta(milliseconds=self.millis)).astimezone(zone)
        except OverflowError as error:
            raise EarthError(f"Date: {self.millis} ms lies outside of the years 1 to 9999.") from error

    @classmethod
    def at(cls, moment: datetime) -> Date:
        """The instant of an aware datetime."""
        return cls(plain_millis((moment - EPOCH) / timedelta(milliseconds=1)))


@dataclass(frozen=True, slots=True)
class DateRange:
    """A half-open range of time, [start, end) in milliseconds; infinite where it is unbounded."""

    start: float
    end: float

    @classmethod
    def instant(cls, date: Date) -> DateRange:
        """The range that holds one instant: as long as the clock's tick, a millisecond."""
        return cls(date.millis, date.millis + 1)

    @property
    def empty(self) -> bool:
        """Whether no instant lies in it."""
        return self.end <= self.start

    def contains(self, millis: float) -> bool:
        """Whether an instant lies in it."""
        return self.start <= millis < self.end


def plain_millis(millis: float) -> float:
    """Milliseconds as an integer where there is no fraction."""
    return int(millis) if float(millis).is_integer() else millis


def zone_of(name: str | None) -> tzinfo:
    """The time zone of a name (``America/Los_Angeles``); UTC with none.

    Raises
    ------
    EarthError
        If the zone is not known.
    """
    if name is None:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise EarthError(f"Date: The time zone '{name}' is not recognized.") from error


def parse_iso(text: str, zone: str | None = None) -> Date:
    """Read an ISO 8601 date: ``2020``, ``2020-06``, ``2020-06-01``, ``2020-06-01T12:30:00.5Z``.

    Parameters
    ----------
    text : str
        What the date is written as.
    zone : str, optional
        Time zone of a text that names none.

    Raises
    ------
    EarthError
        If it is not a date.
    """
    match = _ISO.fullmatch(text.strip())
    if match is None:
        raise EarthError(f"Date: Bad date/time '{text}'.")
    year, month, day, hour, minute, second = (int(part) if part else None for part in match.groups()[:6])
    offset = match[8]
    try:
        moment = datetime(
            year or 0,
            1 if month is None else month,
            1 if day is None else day,
            hour or 0,
            minute or 0,
            second or 0,
            int((match[7] or "0")[:6].ljust(6, "0")),
            tzinfo=zone_of(zone) if offset is None else _offset(offset),
        )
    except ValueError as error:
        raise EarthError(f"Date: Bad date/time '{text}'.") from error
    return Date.at(moment)


def _offset(text: str) -> tzinfo:
    return datetime.strptime(text.replace(":", "").ljust(5, "0") if text != "Z" else "+0000", "%z").tzinfo or UTC
