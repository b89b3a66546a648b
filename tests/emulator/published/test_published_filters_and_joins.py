"""What the samples of the reference, and those of the guide to joins, say of filters and joins.

The samples filter tables and images whose rows are not ours to hold, and compare two properties of each row. The rows
here are of our own; what passes is plain to see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import pytest

from tests.emulator.evaluating import DAY, Info
from tests.emulator.published.agreement import Sample, agree, cases

if TYPE_CHECKING:
    from collections.abc import Callable

COVERS = {"p": (5, 5), "q": (30, 10), "r": (12, 20), "s": (25, 26), "t": (0, None)}
"""Plots, and how much of each is covered by two kinds of herbs."""


def plots() -> Any:
    rows = [
        ee.Feature(None, {"plot": name, "site": name in "pq", "left": left, "right": right})
        for name, (left, right) in COVERS.items()
    ]
    return ee.FeatureCollection(rows)


def passing(condition: Any) -> Any:
    return plots().filter(condition).aggregate_array("plot")


def of_both(name: str, **arguments: Any) -> Callable[[], Any]:
    return lambda: passing(getattr(ee.Filter, name)(leftField="left", rightField="right", **arguments))


def months() -> Any:
    """A row for the first of each month from 2019 to 2022."""
    dates = [f"{year}-{month:02d}-01" for year in range(2019, 2023) for month in range(1, 13)]
    return ee.FeatureCollection([ee.Feature(None, {"system:time_start": ee.Date(date).millis()}) for date in dates])


def shapes() -> Any:
    rows = [
        (ee.Geometry.Rectangle([0, 0, 1, 1]), {"x": 0}),
        (ee.Geometry.Rectangle(0, 0, 3, 3), {"x": "foo"}),
        (ee.Geometry.Point(0, 0), {}),
    ]
    return ee.FeatureCollection([ee.Feature(*row) for row in rows])


def mountains() -> Any:
    places = {"Shasta": [-122.196, 41.411], "Hood": [-121.697, 45.374]}
    return ee.FeatureCollection([ee.Feature(ee.Geometry.Point(at), {"name": name}) for name, at in places.items()])


def left() -> Any:
    return ee.FeatureCollection(
        [ee.Feature(None, {"foo": n, "label": label}) for n, label in zip((0, 1, 1, 2), "abcd", strict=True)]
    )


def right() -> Any:
    return ee.FeatureCollection(
        [ee.Feature(None, {"bar": n, "label": label}) for n, label in zip((1, 1, 2, 3), "efgh", strict=True)]
    )


def pairs(joined: Any) -> Any:
    """Which labels an inner join has paired."""
    sides = ("primary", "secondary")
    return joined.map(
        lambda pair: pair.set("pair", ee.List([ee.Feature(pair.get(side)).get("label") for side in sides]).join(""))
    ).aggregate_array("pair")


def matching() -> Any:
    return ee.Filter.equals(leftField="foo", rightField="bar")


def plants() -> Any:
    """Some places at longitudes of 0, 1, 2 and 10 degrees on the equator."""
    return ee.FeatureCollection([ee.Feature(ee.Geometry.Point([lon, 0]), {"lon": lon}) for lon in (0, 1, 2, 10)])


def states() -> Any:
    boxes = {"west": ee.Geometry.BBox(-1, -1, 1.5, 1), "east": ee.Geometry.BBox(1.5, -1, 3, 1)}
    return ee.FeatureCollection([ee.Feature(box, {"name": name}) for name, box in boxes.items()])


def close(**arguments: Any) -> Any:
    return ee.Filter.withinDistance(leftField=".geo", rightField=".geo", maxError=10, **arguments)


def scenes(*days: float) -> Any:
    return ee.FeatureCollection([ee.Feature(None, {"system:time_start": day * DAY, "day": day}) for day in days])


def soon() -> Any:
    return ee.Filter.maxDifference(difference=2 * DAY, leftField="system:time_start", rightField="system:time_start")


SAMPLES: dict[str, list[Sample]] = {
    "Filter, two properties": [
        (of_both("equals"), ["p"]),
        (of_both("notEquals"), ["q", "r", "s", "t"]),
        (of_both("lessThan"), ["r", "s"]),
        (of_both("greaterThan"), ["q"]),
        # These pass unless the contrary holds, which says nothing of what is not there.
        (of_both("lessThanOrEquals"), ["p", "r", "s", "t"]),
        (of_both("greaterThanOrEquals"), ["p", "q", "t"]),
        (of_both("maxDifference", difference=10), ["p", "r", "s"]),
        (lambda: passing(ee.Filter.greaterThan(leftField="left", rightValue=20)), ["q", "s"]),
        (lambda: passing(ee.Filter.greaterThan(leftValue=20, rightField="left")), ["p", "r", "t"]),
        (lambda: passing('plot == "q"'), ["q"]),
        (lambda: passing("left < 6"), ["p", "t"]),
    ],
    "Filter, calendar": [
        (lambda: months().filter(ee.Filter.calendarRange(6, 8, "month")).size(), 12),
        (lambda: months().filter(ee.Filter.calendarRange(12, 2, "month")).size(), 12),
        (lambda: months().filter(ee.Filter.calendarRange(2020, 2021, "year")).size(), 24),
        (lambda: ee.Date("2000-06-01").getRelative("day", "year"), 152),
        (lambda: ee.Date("2000-06-15").getRelative("day", "year"), 166),
        (
            lambda: (
                months()
                .filter(
                    ee.Filter.calendarRange(
                        ee.Date("2000-06-01").getRelative("day", "year"),
                        ee.Date("2000-06-15").getRelative("day", "year"),
                        "day_of_year",
                    )
                )
                .size()
            ),
            4,
        ),
    ],
    "Filter, places": [
        (lambda: mountains().filter(ee.Filter.bounds(ee.Geometry.Point(-122.196, 41.411))).size(), 1),
        (lambda: mountains().filter(ee.Filter.bounds(mountains())).size(), 2),
        (lambda: plants().filterBounds(states().geometry()).size(), 3),
    ],
    "Filter, types": [
        (lambda: shapes().filter(ee.Filter.hasType(".geo", "Point")).size(), 1),
        (lambda: shapes().filter(ee.Filter.hasType(".geo", "Polygon")).aggregate_array("x"), [0, "foo"]),
        (lambda: shapes().filter(ee.Filter.hasType("x", "Number")).aggregate_array("x"), [0]),
        (lambda: shapes().filter(ee.Filter.hasType("x", "String")).aggregate_array("x"), ["foo"]),
    ],
    "Filter, printed": [
        (lambda: ee.Filter.eq("foo", "bar"), {"type": "Filter.eq", "rightValue": "bar", "leftField": "foo"}),
    ],
    "Join": [
        (
            lambda: pairs(ee.Join.inner("primary", "secondary").apply(left(), right(), matching())),
            ["be", "bf", "ce", "cf", "dg"],
        ),
        (lambda: pairs(ee.Join.inner().apply(left(), right(), matching())), ["be", "bf", "ce", "cf", "dg"]),
        (lambda: ee.Join.simple().apply(left(), right(), matching()).aggregate_array("label"), ["b", "c", "d"]),
        (lambda: ee.Join.inverted().apply(left(), right(), matching()).aggregate_array("label"), ["a"]),
        (
            lambda: (
                ee.Join.saveAll("plots")
                .apply(plots().distinct("site"), plots(), same_site())
                .map(count("plots"))
                .aggregate_array("count")
            ),
            [2, 3],
        ),
    ],
    "Join, in time": [
        (
            lambda: (
                ee.Join.saveAll(matchesKey="near", ordering="day", ascending=True)
                .apply(scenes(10, 50), scenes(13, 12, 9, 7), soon())
                .map(
                    lambda scene: scene.set(
                        "days", ee.FeatureCollection(ee.List(scene.get("near"))).aggregate_array("day")
                    )
                )
                .first()
                .get("days")
            ),
            [9, 12],
        ),
        (
            lambda: ee.Feature(
                ee.Join.saveBest(matchKey="best", measureKey="apart")
                .apply(scenes(10), scenes(12, 9), soon())
                .first()
                .get("best")
            ).toDictionary(["day", "apart"]),
            {"day": 9, "apart": DAY},
        ),
    ],
    "Join, in space": [
        (
            lambda: ee.List(
                ee.Join.saveAll(matchesKey="points", measureKey="distance")
                .apply(plants().filter("lon == 0"), plants(), close(distance=150_000))
                .first()
                .get("points")
            ).map(lambda found: ee.Feature(found).get("distance")),
            [0, pytest.approx(111_319.49, rel=1e-6)],
        ),
        (
            lambda: (
                ee.Join.saveAll(matchesKey="plants")
                .apply(states(), plants(), ee.Filter.intersects(leftField=".geo", rightField=".geo", maxError=10))
                .map(count("plants"))
                .aggregate_array("count")
            ),
            [2, 1],
        ),
    ],
}


def same_site() -> Any:
    return ee.Filter.equals(leftField="site", rightField="site")


def count(name: str) -> Callable[[Any], Any]:
    return lambda row: row.set("count", ee.List(row.get(name)).size())


@pytest.mark.parametrize(("sample", "expected"), cases(SAMPLES))
def test_a_sample_of_filters_and_joins_says_what_the_reference_says(
    sample: Callable[[], Any], expected: Any, info: Info
) -> None:
    found = info(sample())
    assert agree(found, expected), found
