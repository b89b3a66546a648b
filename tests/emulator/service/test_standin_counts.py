"""How many scenes there are, counted without making them, against those that are made."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xee_lite.emulator.catalogue.assets import Query
from xee_lite.emulator.catalogue.standin import StandIns

DAY = 86_400_000
STAND_INS = StandIns()
ASSETS: dict[str, Any] = {
    name: STAND_INS.find(name)
    for name in ("COPERNICUS/S2_SR_HARMONIZED", "LANDSAT/LC08/C02/T1_L2", "LANDSAT/LT05/C02/T1_L2", "COPERNICUS/S1_GRD")
}


@pytest.mark.parametrize("name", ASSETS)
@settings(max_examples=8)
@given(day=st.integers(0, 2000), start=st.integers(0, DAY), length=st.integers(0, 600_000))
def test_as_many_are_counted_as_are_there(name: str, day: int, start: int, length: int) -> None:
    asset = ASSETS[name]
    begin = asset.dataset.start + day * DAY + start
    query = Query(begin, begin + length)
    assert asset.count(query) == sum(1 for _ in asset.images(query))


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
