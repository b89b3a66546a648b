"""Dates and date ranges."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..values.calendar import advance, floor, local, relative, unit_of
from ..values.dates import MILLISECONDS, Date, DateRange, parse_iso, zone_of
from ..values.joda import format_date, parse_date

if TYPE_CHECKING:
    from ..value import Value


def _instant(value: Value, zone: str | None, where: str) -> Date:
    if isinstance(value, Date):
        return value
    if isinstance(value, str):
        return parse_iso(value, zone)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Date(value)
    raise EarthError(f"{where}: Expected a number of milliseconds, a string or a Date; found {value!r}.")


@algorithm("Date")
def date(value: Value, zone: str | None) -> Date:
    return _instant(value, zone, "Date")


@algorithm("Date.fromYMD")
def from_ymd(year: int, month: int, day: int, zone: str | None) -> Date:
    try:
        return Date.at(datetime(year, month, day, tzinfo=zone_of(zone)))
    except (ValueError, OverflowError) as error:
        raise EarthError(f"Date.fromYMD: {year}-{month}-{day} is not a date: {error}.") from error


@algorithm("Date.parse")
def parse(pattern: str, text: str, zone: str | None) -> Date:
    return Date.at(parse_date(text, pattern, zone_of(zone)))


@algorithm("Date.millis")
def millis(when: Date) -> float:
    return when.millis


@algorithm("Date.format")
def format_(when: Date, pattern: str | None, zone: str | None) -> str:
    moment = local(when, zone)
    return format_date(moment, "yyyy-MM-dd'T'HH:mm:ss" if pattern is None else pattern)


@algorithm("Date.advance")
def advance_(when: Date, delta: float, unit: str, zone: str | None) -> Date:
    return advance(when, delta, unit_of(unit, "Date.advance"), zone_of(zone))


@algorithm("Date.difference")
def difference(when: Date, start: Date, unit: str) -> float:
    return (when.millis - start.millis) / MILLISECONDS[unit_of(unit, "Date.difference")]


@algorithm("Date.unitRatio")
def unit_ratio(numerator: str, denominator: str) -> float:
    where = "Date.unitRatio"
    return MILLISECONDS[unit_of(numerator, where)] / MILLISECONDS[unit_of(denominator, where)]


@algorithm("Date.get")
def get(when: Date, unit: str, zone: str | None) -> int:
    moment = local(when, zone)
    name = unit_of(unit, "Date.get")
    return moment.isocalendar().week if name == "week" else int(getattr(moment, name))


@algorithm("Date.getRange")
def get_range(when: Date, unit: str, zone: str | None) -> DateRange:
    name = unit_of(unit, "Date.getRange")
    start = floor(when, name, zone_of(zone))
    return DateRange(start.millis, advance(start, 1, name, zone_of(zone)).millis)


@algorithm("Date.getFraction")
def get_fraction(when: Date, unit: str, zone: str | None) -> float:
    span = get_range(when, unit_of(unit, "Date.getFraction"), zone)
    return (when.millis - span.start) / (span.end - span.start)


@algorithm("Date.getRelative")
def get_relative(when: Date, unit: str, within: str, zone: str | None) -> int:
    where = "Date.getRelative"
    return relative(when, unit_of(unit, where), unit_of(within, where), zone_of(zone))


@algorithm("Date.update")
def update(
    when: Date,
    year: int | None,
    month: int | None,
    day: int | None,
    hour: int | None,
    minute: int | None,
    second: float | None,
    zone: str | None,
) -> Date:
    given = {"year": year, "month": month, "day": day, "hour": hour, "minute": minute}
    fields: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    moment = local(when, zone)
    try:
        changed = moment.replace(**fields)
        if second is not None:
            changed = changed.replace(second=0, microsecond=0) + timedelta(seconds=second)
    except (ValueError, OverflowError) as error:
        raise EarthError(f"Date.update: {error}.") from error
    return Date.at(changed)


@algorithm("DateRange")
def date_range(start: Value, end: Value, zone: str | None) -> DateRange:
    """From one date to another; a range by itself, which the client sends for ``filterDate(range)``, stays one."""
    if isinstance(start, DateRange) and end is None:
        return start
    first = _instant(start, zone, "DateRange")
    if end is None:
        return DateRange.instant(first)
    return DateRange(first.millis, _instant(end, zone, "DateRange").millis)


@algorithm("DateRange.unbounded")
def unbounded() -> DateRange:
    return DateRange(-math.inf, math.inf)


@algorithm("DateRange.start")
def start(span: DateRange) -> Date:
    return Date(span.start)


@algorithm("DateRange.end")
def end(span: DateRange) -> Date:
    return Date(span.end)


@algorithm("DateRange.contains")
def contains(span: DateRange, other: Value) -> bool:
    if isinstance(other, DateRange):
        return span.start <= other.start and other.end <= span.end
    return span.contains(_instant(other, None, "DateRange.contains").millis)


@algorithm("DateRange.intersection")
def intersection(span: DateRange, other: DateRange) -> DateRange:
    return DateRange(max(span.start, other.start), min(span.end, other.end))


@algorithm("DateRange.union")
def union(span: DateRange, other: DateRange) -> DateRange:
    return DateRange(min(span.start, other.start), max(span.end, other.end))


@algorithm("DateRange.intersects")
def intersects(span: DateRange, other: DateRange) -> bool:
    return not intersection(span, other).empty


@algorithm("DateRange.isEmpty")
def is_empty(span: DateRange) -> bool:
    return span.empty


@algorithm("DateRange.isUnbounded")
def is_unbounded(span: DateRange) -> bool:
    return math.isinf(span.start) and math.isinf(span.end)
