"""Dates, against Python's datetime and zoneinfo."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import ee
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.evaluator.registry import REGISTRY
from xee_lite.emulator.values.dates import Date, parse_iso

if TYPE_CHECKING:
    from tests.emulator.evaluating import Info

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
instants = st.integers(-(2**41), 2**42).map(lambda millis: EPOCH + timedelta(milliseconds=millis))


def millis(*parts: int, zone: str = "UTC") -> float:
    return datetime(*parts, tzinfo=ZoneInfo(zone)).timestamp() * 1000  # type: ignore[arg-type,misc]


@given(instants)
def test_any_iso_text_is_read(moment: datetime) -> None:
    expected = (moment - EPOCH) / timedelta(milliseconds=1)
    assert parse_iso(moment.isoformat()).millis == expected
    assert parse_iso(moment.isoformat().replace("+00:00", "Z")).millis == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020", (2020, 1, 1)),
        ("2020-06", (2020, 6, 1)),
        ("2020-6-3", (2020, 6, 3)),
        ("1996-001", (1996, 1, 1)),
        ("2020-366", (2020, 12, 31)),
        ("1996-01-01T08:00", (1996, 1, 1, 8)),
        ("1996-01-01 08:30:15", (1996, 1, 1, 8, 30, 15)),
        ("2020-01-01T02:00+02:00", (2020, 1, 1)),
    ],
)
def test_short_texts_are_read(info: Info, text: str, expected: tuple[int, ...]) -> None:
    assert info(ee.Date(text)) == {"type": "Date", "value": millis(*expected)}


@pytest.mark.parametrize(
    "text", ["", "x", "2020-13-01", "2020-02-30", "2019-366", "20-01-01", "2020-01-01T25:00", "2020-"]
)
def test_texts_that_are_no_dates_are_refused(info: Info, text: str) -> None:
    with pytest.raises(EarthError, match=rf"^Date: Bad date/time '{text}'\.$"):
        info(ee.Date(text))


def test_a_zone_moves_a_text_that_names_none(info: Info) -> None:
    assert info(ee.Date("2020-07-01", "America/Los_Angeles").millis()) == millis(2020, 7, 1, zone="America/Los_Angeles")
    assert info(ee.Date("2020-07-01", "+05:30").millis()) == millis(2020, 6, 30, 18, 30)
    with pytest.raises(EarthError, match="The time zone 'Mars/Olympus' is not recognized"):
        info(ee.Date("2020-07-01", "Mars/Olympus"))


@pytest.mark.parametrize(
    ("delta", "unit", "expected"),
    [
        (1, "month", (2020, 2, 29)),
        (-11, "month", (2019, 2, 28)),
        (1, "year", (2021, 1, 31)),
        (2, "weeks", (2020, 2, 14)),
        (1, "day", (2020, 2, 1)),
        (36, "hour", (2020, 2, 1, 12)),
        (-90, "minute", (2020, 1, 30, 22, 30)),
        (61, "second", (2020, 1, 31, 0, 1, 1)),
        (0.5, "day", (2020, 1, 31, 12)),
    ],
)
def test_advancing(info: Info, delta: float, unit: str, expected: tuple[int, ...]) -> None:
    assert info(ee.Date("2020-01-31").advance(delta, unit).millis()) == millis(*expected)


def test_days_keep_the_local_time_across_the_change_of_clocks(info: Info) -> None:
    zone = "Europe/Berlin"
    start = ee.Date("2020-03-28T12:00", zone)
    assert info(start.advance(1, "day", zone).difference(start, "hour")) == 23
    assert info(start.advance(24, "hour", zone).difference(start, "hour")) == 24


@given(instants, st.integers(-600, 600))
def test_months_there_and_back_only_shorten_the_day(moment: datetime, months: int) -> None:
    date = Date.at(moment)
    there = REGISTRY["Date.advance"](date, months, "month", None)
    back = REGISTRY["Date.advance"](there, -months, "month", None).local()
    assert (back.year, back.month) == (moment.year, moment.month)
    assert back.day <= moment.day
    assert there.local().time() == moment.time()


def test_differences_use_average_lengths(info: Info) -> None:
    start, end = ee.Date("2020-01-01"), ee.Date("2021-01-01")
    assert info(end.difference(start, "day")) == 366
    assert info(end.difference(start, "year")) == pytest.approx(366 / 365.2425)
    assert info(end.difference(start, "month")) == pytest.approx(366 / 365.2425 * 12)
    assert info(ee.Date.unitRatio("day", "minute")) == 1440


def test_an_unknown_unit_is_named(info: Info) -> None:
    with pytest.raises(EarthError, match=r"Date\.advance: Unrecognized unit 'fortnight'"):
        info(ee.Date("2020-01-01").advance(1, "fortnight"))


def test_parts(info: Info) -> None:
    date = ee.Date("2020-12-31T23:59:58")
    parts = ["year", "month", "week", "day", "hour", "minute", "second"]
    assert info(ee.List([date.get(part) for part in parts])) == [2020, 12, 53, 31, 23, 59, 58]
    assert info(date.get("day", "Asia/Tokyo")) == 1
    assert info(date.getRelative("day", "year")) == 365
    assert info(date.getRelative("month", "year")) == 11
    assert info(date.getRelative("hour", "month")) == 30 * 24 + 23
    assert info(ee.Date("2020-01-01T06:00").getFraction("day")) == 0.25


@pytest.mark.parametrize(
    ("unit", "start", "end"),
    [
        ("year", (2013, 1, 1), (2014, 1, 1)),
        ("month", (2013, 3, 1), (2013, 4, 1)),
        ("week", (2013, 3, 11), (2013, 3, 18)),
        ("day", (2013, 3, 15), (2013, 3, 16)),
        ("hour", (2013, 3, 15, 7), (2013, 3, 15, 8)),
    ],
)
def test_ranges(info: Info, unit: str, start: tuple[int, ...], end: tuple[int, ...]) -> None:
    span = ee.Date("2013-03-15T07:30").getRange(unit)
    assert info(span) == {"type": "DateRange", "dates": [millis(*start), millis(*end)]}


def test_updating(info: Info) -> None:
    date = ee.Date("2020-02-03T04:05:06")
    assert info(date.update(2021, None, 7, None, None, 30.5).millis()) == millis(2021, 2, 7, 4, 5, 30) + 500
    with pytest.raises(EarthError, match=r"Date\.update"):
        info(date.update(None, 2, 30))


def test_making_from_parts(info: Info) -> None:
    assert info(ee.Date.fromYMD(2020, 2, 29).millis()) == millis(2020, 2, 29)
    with pytest.raises(EarthError, match=r"Date\.fromYMD: 2021-2-29 is not a date"):
        info(ee.Date.fromYMD(2021, 2, 29))


PATTERNS = {
    "YYYY-MM-dd": "%Y-%m-%d",
    "yyyyMMdd'T'HHmmss": "%Y%m%dT%H%M%S",
    "D": "%-j",
    "DDD": "%j",
    "EEE, dd MMM yyyy": "%a, %d %b %Y",
    "EEEE d MMMM yy": "%A %-d %B %y",
    "hh:mm a": "%I:%M %p",
    "HH:mm:ss.SSS": "%H:%M:%S.%f",
    "xxxx-'W'ww-e": "%G-W%V-%u",
    "yyyy 'o''clock' HH": "%Y o'clock %H",
    "Z": "%z",
}


@given(instants)
def test_formats_agree_with_strftime(moment: datetime) -> None:
    for joda, strftime in PATTERNS.items():
        expected = moment.strftime(strftime)
        if strftime.endswith("%f"):
            expected = expected[:-3]
        assert REGISTRY["Date.format"](Date.at(moment), joda, None) == expected


def test_the_default_format_is_iso(info: Info) -> None:
    assert info(ee.Date("2020-01-02T03:04:05").format()) == "2020-01-02T03:04:05"
    assert info(ee.Date("2020-01-02").format(None, "Asia/Tokyo")) == "2020-01-02T09:00:00"


def test_an_unknown_letter_and_an_open_quote_are_refused(info: Info) -> None:
    with pytest.raises(EarthError, match="Illegal pattern component: qq"):
        info(ee.Date(0).format("qq"))
    with pytest.raises(EarthError, match="a quote is not closed"):
        info(ee.Date(0).format("yyyy'"))


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("yyyyMMdd", "20200229", (2020, 2, 29)),
        ("dd.MM.yyyy HH:mm", "05.06.2021 07:08", (2021, 6, 5, 7, 8)),
        ("yyyy-D", "2020-60", (2020, 2, 29)),
        ("d MMM yyyy", "3 Mar 2020", (2020, 3, 3)),
        ("MMMM yyyy", "May 2020", (2020, 5, 1)),
        ("yyyy-MM-dd hh a", "2020-01-01 12 AM", (2020, 1, 1)),
        ("yyyy-MM-dd hh a", "2020-01-01 01 PM", (2020, 1, 1, 13)),
        ("yyyy-MM-dd'T'HH:mm:ssZ", "2020-01-01T00:00:00+01:00", (2019, 12, 31, 23)),
    ],
)
def test_parsing(info: Info, pattern: str, text: str, expected: tuple[int, ...]) -> None:
    assert info(ee.Date.parse(pattern, text).millis()) == millis(*expected)


@given(instants)
def test_what_is_written_can_be_read_back(moment: datetime) -> None:
    pattern = "yyyy-MM-dd HH:mm:ss.SSS"
    text = REGISTRY["Date.format"](Date.at(moment), pattern, None)
    assert REGISTRY["Date.parse"](pattern, text, None) == Date.at(moment)


def test_text_of_another_form_is_refused(info: Info) -> None:
    with pytest.raises(EarthError, match=r"Date\.parse: Invalid format: \"2020\" does not have the form \"yyyyMM\""):
        info(ee.Date.parse("yyyyMM", "2020"))
    with pytest.raises(EarthError, match=r"Date\.parse: \"202013\" is not a date"):
        info(ee.Date.parse("yyyyMM", "202013"))


def test_date_ranges(info: Info) -> None:
    january = ee.DateRange("2020-01-01", "2020-02-01")
    winter = ee.DateRange("2019-12-01", "2020-03-01")
    later = ee.DateRange("2020-02-01", "2020-02-02")
    assert info(january.contains("2020-01-31")) is True
    assert info(january.contains(ee.Date("2020-02-01"))) is False
    assert info(winter.contains(january)) is True
    assert info(january.intersects(later)) is False
    assert info(january.intersection(later).isEmpty()) is True
    assert info(january.union(later).end().millis()) == millis(2020, 2, 2)
    assert info(january.start()) == {"type": "Date", "value": millis(2020, 1, 1)}
    assert info(ee.ApiFunction.call_("DateRange", january)) == info(january)
    assert info(ee.DateRange.unbounded().isUnbounded()) is True
    assert info(ee.DateRange("2020-01-01").end().millis()) == millis(2020, 1, 1) + 1


def test_dates_out_of_the_calendar_are_refused(info: Info) -> None:
    with pytest.raises(EarthError, match="outside of the years 1 to 9999"):
        info(ee.Date(1e18).get("year"))
    with pytest.raises(EarthError, match="out of the years 1 to 9999"):
        info(ee.Date("2020-01-01").advance(9000, "year"))
