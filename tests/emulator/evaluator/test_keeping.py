"""Mapped functions that leave images their properties: what follows them scans no more than what precedes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import pytest

from tests.emulator.conftest import SERIES_START
from tests.emulator.evaluating import DAY
from xee_lite.emulator.evaluator import confinement

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.conftest import FakeCatalogue
    from tests.emulator.evaluating import Value

KEEPING: dict[str, Callable[[Any], Any]] = {
    "select": lambda image: image.select("B1"),
    "several steps": lambda image: image.select(0).rename("x").toFloat().unmask(0),
    "more bands": lambda image: image.addBands(image.multiply(2).rename("y")),
    "a mask": lambda image: image.updateMask(image.gt(3)).selfMask(),
    "another property": lambda image: image.set("month", image.date().get("month")),
    "a cast": lambda image: image.cast({"B1": "float"}).slice(0, 1).regexpRename("B", "C"),
}
OTHERS: dict[str, Callable[[Any], Any]] = {
    "another time": lambda image: image.set("system:time_start", SERIES_START + 3 * DAY),
    "another index": lambda image: image.set("system:index", "x"),
    "a name that is computed": lambda image: image.set(ee.String("system:").cat("time_start"), SERIES_START + 3 * DAY),
    "several properties": lambda image: image.set({"system:time_start": SERIES_START + 3 * DAY}),
    "no properties": lambda image: ee.Image(1).addBands(image),
    "its product": lambda image: image.multiply(2).set("system:time_start", SERIES_START + 3 * DAY),
}
WEEK = SERIES_START, SERIES_START + 7 * DAY


@pytest.mark.parametrize("name", KEEPING)
def test_the_order_does_not_matter(name: str, value_of: Value, catalogue: FakeCatalogue) -> None:
    days = ee.ImageCollection("TEST/DAILY")
    made = []
    for ordered in (days.filterDate(*WEEK).map(KEEPING[name]), days.map(KEEPING[name]).filterDate(*WEEK)):
        catalogue.daily.made = 0
        listed = value_of(ordered.aggregate_array("system:time_start"))
        assert listed == [SERIES_START + day * DAY for day in range(7)]
        made.append(catalogue.daily.made)
    assert made[0] == made[1]


@pytest.mark.parametrize("name", OTHERS)
def test_a_filter_sees_what_a_function_made(name: str, value_of: Value) -> None:
    """Of images that lie outside of the span before the function, too."""
    days = ee.ImageCollection("TEST/DAILY").filterDate(SERIES_START + 8 * DAY, SERIES_START + 10 * DAY)
    found = value_of(days.map(OTHERS[name]).filterDate(*WEEK).size())
    assert found == (2 if "index" not in name and name != "no properties" else 0)


@pytest.mark.parametrize("algorithm", sorted(confinement._KEEPING))
def test_each_of_them_leaves_the_properties(algorithm: str, value_of: Value) -> None:
    image = ee.Image("TEST/DAILY/000003")
    more: dict[str, Any] = {
        "Image.addBands": {"srcImg": ee.Image(1)},
        "Image.cast": {"bandTypes": {"B1": "float"}},
        "Image.regexpRename": {"regex": "B", "replacement": "C"},
        "Image.rename": {"names": ["x"]},
        "Image.select": {"bandSelectors": ["B1"]},
        "Image.slice": {"start": 0},
        "Image.updateMask": {"mask": ee.Image(1)},
        "Element.set": {"key": "a", "value": 1},
    }
    made = value_of(ee.Image(ee.apifunction.ApiFunction.apply_(
        algorithm, {confinement._KEEPING[algorithm]: image, **more.get(algorithm, {})}
    )))  # fmt: skip
    stored = dict(value_of(image).properties)
    assert {name: made.properties[name] for name in stored} == stored


def test_places_and_orbits_after_a_select(value_of: Value, catalogue: FakeCatalogue) -> None:
    point = ee.Geometry.Point([10.5, 0.5])
    days = ee.ImageCollection("TEST/WEEK").select("B1").filterBounds(ee.Geometry.Point([3.5, 0.5]))
    assert value_of(days.aggregate_array("system:index")) == ["000003"]
    assert catalogue.week.queries[-1].bounds is not None
    assert value_of(ee.ImageCollection("TEST/WEEK").select("B1").filterBounds(point).size()) == 0
