"""Calendar arithmetic: units of time of variable length."""

from __future__ import annotations

import calendar
from datetime import datetime, timedelta, tzinfo

from ..errors import EarthError
from .dates import MILLISECONDS, Date, zone_of

_PARTS = ("year", "month", "day", "hour", "minute", "second")


def unit_of(name: str, where: str) -> str:
    """The unit that a name means; plurals are understood.

    Raises
    ------
    EarthError
        If it is none of the units.
    """
    unit = name.lower().removesuffix("s")
    if unit not in MILLISECONDS:
        raise EarthError(f"{where}: Unrecognized unit '{name}'; the units are {', '.join(reversed(MILLISECONDS))}.")
    return unit


def local(when: Date, zone: str | None) -> datetime:
    """The calendar's reading of an instant in a named zone."""
    return when.local(zone_of(zone))


def advance(when: Date, delta: float, unit: str, zone: tzinfo) -> Date:
    """Add units to an instant.

    Months and years keep the day of the month where the month is long enough, days and weeks keep the local time
    of the day; a fraction of any unit counts by the unit's average length.
    """
    try:
        whole = int(delta)
        fraction = (delta - whole) * MILLISECONDS[unit]
        moved = _advance(when, whole, unit, zone)
    except (OverflowError, ValueError) as error:
        raise EarthError(f"Date.advance: {delta} {unit}s lead out of the years 1 to 9999.") from error
    return Date(moved.millis + fraction) if fraction else moved


def _advance(when: Date, whole: int, unit: str, zone: tzinfo) -> Date:
    if unit not in {"year", "month", "week", "day"}:
        return Date(when.millis + whole * int(MILLISECONDS[unit]))
    moment = when.local(zone)
    if unit in {"week", "day"}:
        moved = moment.replace(tzinfo=None) + timedelta(days=whole * (7 if unit == "week" else 1))
        return Date.at(moved.replace(tzinfo=zone))
    months = moment.year * 12 + moment.month - 1 + whole * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return Date.at(moment.replace(year=year, month=month + 1, day=day))


def floor(when: Date, unit: str, zone: tzinfo) -> Date:
    """The start of the unit that an instant lies in; weeks start on Monday."""
    moment = when.local(zone)
    kept = _PARTS.index("day" if unit == "week" else unit)
    first = {"month": 1, "day": 1, "hour": 0, "minute": 0, "second": 0}
    start = moment.replace(microsecond=0, **{name: first[name] for name in _PARTS[kept + 1 :]})  # type: ignore[arg-type]
    if unit == "week":
        start = (start.replace(tzinfo=None) - timedelta(days=start.weekday())).replace(tzinfo=zone)
    return Date.at(start)


def relative(when: Date, unit: str, within: str, zone: tzinfo) -> int:
    """How many whole units have passed since the start of the larger unit."""
    start = floor(when, within, zone)
    if unit == "month":
        now, then = when.local(zone), start.local(zone)
        return (now.year - then.year) * 12 + now.month - then.month
    if unit in {"day", "week"}:
        days = (when.local(zone).date() - start.local(zone).date()).days
        return days if unit == "day" else days // 7
    return int((when.millis - start.millis) // MILLISECONDS[unit])
