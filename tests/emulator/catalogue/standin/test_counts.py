"""How many scenes there are, counted without making them, against those that are made."""

from __future__ import annotations

from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator.evaluating import DAY
from tests.examples import examples
from xee_lite.emulator.catalogue.standin import StandIns
from xee_lite.emulator.catalogue.standin.naip import Quarter
from xee_lite.emulator.geometry.geometry import Geometry
from xee_lite.emulator.values.stored import Query

STAND_INS = StandIns()
ASSETS: dict[str, Any] = {
    name: STAND_INS.find(name)
    for name in (
        "COPERNICUS/S2_SR_HARMONIZED",
        "LANDSAT/LC08/C02/T1_L2",
        "LANDSAT/LT05/C02/T1_L2",
        "COPERNICUS/S1_GRD",
        "USDA/NAIP/DOQQ",
    )
}


@pytest.mark.parametrize("name", [name for name in ASSETS if name != "USDA/NAIP/DOQQ"])
@examples(8)
@given(day=st.integers(0, 2000), start=st.integers(0, DAY), length=st.integers(0, 600_000))
def test_as_many_are_counted_as_are_there(name: str, day: int, start: int, length: int) -> None:
    asset = ASSETS[name]
    begin = asset.dataset.start + day * DAY + start
    query = Query(begin, begin + length)
    assert asset.count(query) == sum(1 for _ in asset.images(query))


@examples(3)
@given(latitude=st.integers(25, 48), quad=st.integers(1, 64), year=st.integers(2004, 2021), after=st.integers(0, 1))
def test_photographs_of_a_day_are_counted(latitude: int, quad: int, year: int, after: int) -> None:
    """Whole blocks are photographed on one day, so the query begins at that of a block or a millisecond after."""
    asset = ASSETS["USDA/NAIP/DOQQ"]
    begin = Quarter(latitude, -100, quad, "ne").flown(year).timestamp() * 1000
    query = Query(begin + after, begin + after + 30_000)
    assert asset.count(query) == sum(1 for _ in asset.images(query))


@pytest.mark.parametrize("name", ["COPERNICUS/S1_GRD", "USDA/NAIP/DOQQ"])
def test_a_year_is_counted(name: str) -> None:
    """Month by month, and all at once."""
    asset = ASSETS[name]
    start = asset.dataset.start + 1000.5 * DAY
    months = [asset.count(Query(start + month * 30 * DAY, start + (month + 1) * 30 * DAY)) for month in range(12)]
    assert sum(months) == asset.count(Query(start, start + 360 * DAY)) > 100_000


@pytest.mark.parametrize(
    ("name", "equal", "days"),
    [
        ("COPERNICUS/S2_SR_HARMONIZED", (("MGRS_TILE", "32TPT"),), 30),
        ("COPERNICUS/S2_SR_HARMONIZED", (("MGRS_TILE", "32TPT"), ("SENSING_ORBIT_NUMBER", 1)), 5),
        ("LANDSAT/LC08/C02/T1_L2", (("WRS_PATH", 44.0), ("WRS_ROW", 34)), 32),
        ("COPERNICUS/S1_GRD", (("relativeOrbitNumber_start", 35), ("sliceNumber", 12)), 24),
    ],
)
def test_a_site_has_what_a_search_finds_there(name: str, equal: tuple[tuple[str, Any], ...], days: int) -> None:
    """Without its name, of all the images around it."""
    asset = ASSETS[name]
    start = asset.dataset.start + 500 * DAY
    found = list(asset.images(Query(start, start + days * DAY, equal=equal)))
    bounds = found[0].properties["system:footprint"] if found else Geometry(shapely.Point(11.5, 46.5))
    near = asset.images(Query(start, start + days * DAY, bounds))
    wanted = [image for image in near if all(image.properties[key] == value for key, value in equal)]
    assert [image.id for image in found] == [image.id for image in wanted]
    assert len(found) == (0 if ("SENSING_ORBIT_NUMBER", 1) in equal else {30: 6, 32: 2, 24: 4}[days])


@pytest.mark.parametrize(("name", "least"), [("COPERNICUS/S2_SR_HARMONIZED", 11_000), ("LANDSAT/LC08/C02/T1_L2", 1000)])
def test_days_add_up(name: str, least: int) -> None:
    """And each has its thousands, of the whole Earth."""
    asset = ASSETS[name]
    start = asset.dataset.start + 1000.5 * DAY
    days = [asset.count(Query(start + day * DAY, start + (day + 1) * DAY)) for day in range(20)]
    assert sum(days) == asset.count(Query(start, start + 20 * DAY))
    assert min(days) > least


def test_without_a_time_all_are_counted() -> None:
    asset = ASSETS["LANDSAT/LT05/C02/T1_L2"]
    assert asset.count(Query()) == asset.count(Query(asset.dataset.start, asset.dataset.end))
    assert asset.count(Query(end=asset.dataset.start)) == 0
