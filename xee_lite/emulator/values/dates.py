"""Dates and date ranges."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..errors import EarthError

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
    r"(?P<year>\d{4})(?:-(?P<ordinal>\d{3})|-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?)?"
    r"(?:[T ](?P<hour>\d{1,2})(?::?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:[.,](?P<fraction>\d+))?)?)?)?"
    r"(?P<offset>Z|[+-]\d{2}:?(?:\d{2})?)?",
)
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})?")


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
    """The time zone of a name (``America/Los_Angeles``) or an offset (``+05:30``); UTC with none.

    Raises
    ------
    EarthError
        If the zone is not known.
    """
    if name is None:
        return UTC
    if _OFFSET.fullmatch(name):
        return _offset(name)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise EarthError(f"Date: The time zone '{name}' is not recognized.") from error


def parse_iso(text: str, zone: str | None = None) -> Date:
    """Read an ISO 8601 date: ``2020``, ``2020-06``, ``2020-06-01``, ``2020-153``, ``2020-06-01T12:30:00.5Z``.

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
    parts = match.groupdict(default="0")
    fraction = int(parts["fraction"][:6].ljust(6, "0"))
    clock = (int(parts["hour"]), int(parts["minute"]), int(parts["second"]), fraction)
    within = zone_of(zone) if match["offset"] is None else _offset(match["offset"])
    try:
        moment = datetime(int(parts["year"]), int(match["month"] or 1), int(match["day"] or 1), *clock, tzinfo=within)
        if match["ordinal"] is not None:
            moment = moment.replace(month=1, day=1) + timedelta(days=int(match["ordinal"]) - 1)
    except ValueError as error:
        raise EarthError(f"Date: Bad date/time '{text}'.") from error
    if match["ordinal"] is not None and moment.year != int(parts["year"]):
        raise EarthError(f"Date: Bad date/time '{text}'.")
    return Date.at(moment)


def _offset(text: str) -> tzinfo:
    match = _OFFSET.fullmatch(text)
    if match is None:
        return UTC
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    return timezone(timedelta(minutes=-minutes if match[1] == "-" else minutes))
