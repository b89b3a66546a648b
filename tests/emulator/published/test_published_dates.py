"""What the samples of the reference print of dates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import pytest

from tests.emulator.published.agreement import Sample, agree, cases

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Info


SAMPLES: dict[str, list[Sample]] = {
    "Date": [
        (lambda: ee.Date(0).format(), "1970-01-01T00:00:00"),
        (lambda: ee.Date(60 * 1000).format(), "1970-01-01T00:01:00"),
        (lambda: ee.Date("2020").format(), "2020-01-01T00:00:00"),
        (lambda: ee.Date("2017-6-24").format(), "2017-06-24T00:00:00"),
        (lambda: ee.Date("2017-6-24T00:14:46").format(), "2017-06-24T00:14:46"),
        (lambda: ee.Date("2021-4-30T07:15:31").get("minute"), 15),
        (lambda: ee.Date("2020-01-15").difference("2020-01-01", "days"), 14),
        (lambda: ee.Date("2020-01-01").difference("2020-01-15", "weeks"), -2),
        (lambda: ee.Date("2021-4-30T07:15:31.24").getRelative("year", "month"), 0),
        (lambda: ee.Date("2021-4-30T07:15:31.24").getRelative("day", "month"), 29),
        (lambda: ee.Date.unitRatio("day", "minute"), 1440),
        (lambda: ee.Date.unitRatio("week", "hour"), 168),
        (lambda: ee.Date.parse("YYYY MM dd", "2021 4 30").format("YYYY-MM-dd"), "2021-04-30"),
        (lambda: ee.Date.parse("YYYY-MM-dd", "2021-4-30").format("YYYY-MM-dd"), "2021-04-30"),
        (lambda: ee.Date.parse("YYYY/MM/dd", "2021/4/30").format("YYYY-MM-dd"), "2021-04-30"),
        (lambda: ee.Date.parse("YYYY-MM-dd HH:mm:ss", "2021-4-30 00:00:00").format("YYYY-MM-dd"), "2021-04-30"),
        (lambda: ee.Date.parse("MM/dd/YY", "4/30/21").format("YYYY-MM-dd"), "2021-04-30"),
        (lambda: ee.Date.parse("MMM. dd, YYYY", "Apr. 30, 2021").format("YYYY-MM-dd"), "2021-04-30"),
        (lambda: ee.DateRange("2017-06-24", "2017-07-24").contains(ee.DateRange("2017-06-30", "2017-07-10")), True),
        (lambda: ee.DateRange("2017-07-24", "2017-06-24").isEmpty(), True),
        (
            lambda: ee.DateRange("2017-06-24"),
            {"type": "DateRange", "dates": [1498262400000, 1498262400001]},
        ),
        (lambda: ee.Date("2017-06-24T23:59:59").format(), "2017-06-24T23:59:59"),
        (lambda: ee.Date("2020", "US/Mountain").format(), "2020-01-01T07:00:00"),
        (
            lambda: ee.DateRange(1498262400000, 1500854400000),
            {"type": "DateRange", "dates": [1498262400000, 1500854400000]},
        ),
        (lambda: ee.Date("2021-4-30"), {"type": "Date", "value": 1619740800000}),
    ],
    "Date, time zones": [
        (lambda: ee.Date("2020-08-18").format(None, "GMT"), "2020-08-18T00:00:00"),
        (lambda: ee.Date("2020-08-18").format(None, "Etc/GMT+0"), "2020-08-18T00:00:00"),
        (lambda: ee.Date("2020-08-18").format(None, "Zulu"), "2020-08-18T00:00:00"),
        (lambda: ee.Date("2020-08-18").format(None, "America/Los_Angeles"), "2020-08-17T17:00:00"),
        (lambda: ee.Date("2020-08-18").format(None, "US/Pacific"), "2020-08-17T17:00:00"),
        (lambda: ee.Date("2020-08-18").format(None, "PST8PDT"), "2020-08-17T17:00:00"),
        (lambda: ee.Date("2020-08-18").format(None, "Australia/Tasmania"), "2020-08-18T10:00:00"),
        (lambda: ee.Date("2020-08-18").format(None, "Etc/GMT-10"), "2020-08-18T10:00:00"),
        (lambda: ee.Date("2020-08-18").format(None, "Etc/GMT"), "2020-08-18T00:00:00"),
        (lambda: ee.Date("2020-08-18").format(None, "UTC"), "2020-08-18T00:00:00"),
        (lambda: ee.Date("2020-08-18").format(None, "Etc/GMT+8"), "2020-08-17T16:00:00"),
    ],
}

FORMATS = {
    "YYYY GG": "1975 AD",
    "CC YY": "19 75",
    "xxxx ww": "1975 30",
    "yy DDD": "75 204",
    "MM dd": "07 23",
    "e E": "3 Wed",
    "e EEEEEEEE": "3 Wednesday",
    "a K h": "PM 9 9",
    "a KK hh": "PM 09 09",
    "H k m s S": "21 21 13 59 0",
    "HH kk mm ss SS": "21 21 13 59 00",
    "z": "UTC",
    "zzzz": "Coordinated Universal Time",
    "Z": "+0000",
    "ZZ": "+00:00",
    "ZZZ": "UTC",
    "YY 'yada' MM": "75 yada 07",
    "YY ''MM'' dd": "75 '07' 23",
}
"""Of 1975-07-23T21:13:59."""
FORMATS_IN_PST8PDT = {
    "z": "PDT",
    "zzzz": "Pacific Daylight Time",
    "Z": "-0700",
    "ZZ": "-07:00",
    "ZZZ": "PST8PDT",
}


@pytest.mark.parametrize(("sample", "expected"), cases(SAMPLES))
def test_dates_print_what_the_reference_says(sample: Callable[[], Any], expected: Any, info: Info) -> None:
    found = info(sample())
    assert agree(found, expected), found


@pytest.mark.parametrize(("pattern", "text"), FORMATS.items())
def test_dates_are_written_as_in_the_reference(pattern: str, text: str, info: Info) -> None:
    assert info(ee.Date("1975-07-23T21:13:59").format(pattern)) == text


@pytest.mark.parametrize(("pattern", "text"), FORMATS_IN_PST8PDT.items())
def test_dates_in_a_time_zone_are_written_as_in_the_reference(pattern: str, text: str, info: Info) -> None:
    assert info(ee.Date("1975-07-23T21:13:59").format(pattern, "PST8PDT")) == text
