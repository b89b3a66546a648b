"""Ranges at intervals against Python's calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import ee
import pytest

from xee_lite.emulator.errors import EarthError

if TYPE_CHECKING:
    from tests.emulator.evaluating import Value


def ranges(info: Value, name: str, *arguments: Any) -> dict[str, tuple[datetime, datetime]]:
    found = info(ee.FeatureCollection(ee.ApiFunction.call_(name, *arguments)))["features"]
    times = {one["id"]: one["properties"]["date_range"]["dates"] for one in found}
    assert all(one["geometry"] is None for one in found)
    return {index: (_moment(first), _moment(last)) for index, (first, last) in times.items()}


def _moment(milliseconds: float) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def better(info: Value, *arguments: Any) -> dict[str, tuple[datetime, datetime]]:
    return ranges(info, "BetterDateRangeCollection", *arguments)


def test_months_and_hours(info: Value) -> None:
    months = better(info, "2020-01-15", "2020-05-01", 2, "month")
    assert list(months) == ["202001", "202003"]
    assert months["202003"] == (datetime(2020, 3, 15, tzinfo=UTC), datetime(2020, 5, 15, tzinfo=UTC))
    hours = better(info, "2020-02-28T22:00", "2020-02-29T04:00", 3, "hours")
    assert list(hours) == ["2020022822", "2020022901"]
    weeks = better(info, "2020-01-01", "2020-01-16", 1, "week", False, "'w'dd")
    assert list(weeks) == ["w01", "w08", "w15"]
    assert all(one[1] == other[0] for one, other in pairwise(weeks.values()))
    assert better(info, "2020-01-02", "2020-01-01", 1, "day") == {}


def test_years_begin_anew(info: Value) -> None:
    """Sixteen days at a time, as composites of MODIS: the last of a year is as long, and the next starts on its 1st."""
    found = better(info, "2019-01-01", "2021-01-01", 16, "day", True)
    starts = [start for start, _ in found.values()]
    expected = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(16 * i) for year in (2019, 2020) for i in range(23)]
    assert starts == expected
    assert {end - start for start, end in found.values()} == {timedelta(16)}


def test_the_older_collection(info: Value) -> None:
    milliseconds = [datetime(year, 1, 1, tzinfo=UTC).timestamp() * 1000 for year in (2001, 2004)]
    found = ranges(info, "DateRangeCollection", *milliseconds, 1, "years")
    assert list(found) == ["2001", "2002", "2003"]
    with pytest.raises(EarthError, match="'units' must be 'days' or 'years', got 'hours'"):
        ranges(info, "DateRangeCollection", *milliseconds, 1, "hours")


def test_steps_that_lead_nowhere(info: Value) -> None:
    with pytest.raises(EarthError, match="'delta' must not be 0"):
        better(info, "2020-01-01", "2020-02-01", 0)
    with pytest.raises(EarthError, match="does not implement a negative 'delta'"):
        better(info, "2020-02-01", "2020-01-01", -1)


def test_names_of_old(info: Value) -> None:
    """Algorithms that are others by another name."""
    moved = ee.ApiFunction.call_("ProjectionTransform", ee.Feature(ee.Geometry.Point([3, 0])), "EPSG:32631")
    assert info(ee.Feature(moved).geometry().coordinates()) == pytest.approx([500_000, 0], abs=1e-6)
    assert info(ee.ApiFunction.call_("Proj", "EPSG:32631"))["crs"] == "EPSG:32631"
