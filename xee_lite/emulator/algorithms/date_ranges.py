"""Ranges of time at regular intervals, as features to map over."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from ..errors import EarthError, NotImplementedHereError
from ..evaluator.registry import algorithm
from ..request_limits import check_time
from ..values.calendar import advance, floor, unit_of
from ..values.collection import Collection
from ..values.dates import Date, DateRange
from ..values.feature import Feature
from ..values.joda import format_date

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORMATS = {
    "year": "YYYY",
    "month": "YYYYMM",
    "week": "YYYYMMdd",
    "day": "YYYYMMdd",
    "hour": "YYYYMMddHH",
    "minute": "YYYYMMddHHmm",
    "second": "YYYYMMddHHmmss",
}
"""Of the indices, as ``BetterDateRangeCollection`` is described."""


@algorithm("BetterDateRangeCollection")
def better_date_range_collection(
    start: Date, end: Date, delta: int, unit: str, reset_at_year_boundaries: bool, pattern: str | None
) -> Collection:
    """The last range may reach beyond the end: only its start is before it. The service does not document that."""
    where = "BetterDateRangeCollection"
    if delta < 0:
        raise NotImplementedHereError(f"{where}: This emulator does not implement a negative 'delta'.")
    if delta == 0:
        raise EarthError(f"{where}: 'delta' must not be 0.")
    step = unit_of(unit, where)

    def source() -> Iterator[Feature]:
        first = start
        while first.millis < end.millis:
            check_time()
            last = advance(first, delta, step, UTC)
            index = format_date(first.local(), _FORMATS[step] if pattern is None else pattern)
            span = DateRange(first.millis, last.millis)
            yield Feature(None, {"system:index": index, "date_range": span})
            year = floor(last, "year", UTC)
            first = year if reset_at_year_boundaries and year.millis > first.millis else last

    return Collection(lambda _: source(), "Feature")


@algorithm("DateRangeCollection")
def date_range_collection(
    start_time: float, end_time: float, interval: int, units: str, reset_at_year_boundaries: bool
) -> Collection:
    """The older of the two; its indices are not documented, and here those of the other."""
    if units not in {"days", "years"}:
        raise EarthError(f"DateRangeCollection: 'units' must be 'days' or 'years', got '{units}'.")
    return better_date_range_collection(
        Date(start_time), Date(end_time), interval, units, reset_at_year_boundaries, None
    )
