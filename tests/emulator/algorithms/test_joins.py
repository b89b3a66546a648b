"""Joins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import pytest

from xee_lite.emulator.errors import EarthError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Info


def left() -> ee.FeatureCollection:
    return ee.FeatureCollection([ee.Feature(None, {"k": k, "n": n}) for k, n in [("a", 1), ("b", 5), ("c", 9)]])


def right() -> ee.FeatureCollection:
    rows = [("a", 2), ("b", 6), ("b", 4), ("d", 100)]
    return ee.FeatureCollection([ee.Feature(None, {"k": k, "m": m}) for k, m in rows])


def same() -> ee.Filter:
    return ee.Filter.equals(leftField="k", rightField="k")


def test_simple_and_inverted(info: Info) -> None:
    assert info(ee.Join.simple().apply(left(), right(), same()).aggregate_array("k")) == ["a", "b"]
    assert info(ee.Join.inverted().apply(left(), right(), same()).aggregate_array("k")) == ["c"]


def saved(info: Info, join: ee.Join, key: str = "match") -> Any:
    found = join.apply(left(), right(), same())
    return [feature["properties"].get(key) for feature in info(found)["features"]]


def test_saving_the_first(info: Info) -> None:
    assert [match["properties"]["m"] for match in saved(info, ee.Join.saveFirst("match"))] == [2, 6]
    assert [match["properties"]["m"] for match in saved(info, ee.Join.saveFirst("match", "m"))] == [2, 4]
    descending = ee.Join.saveFirst("match", "m", False)
    assert [match["properties"]["m"] for match in saved(info, descending)] == [2, 6]
    assert saved(info, ee.Join.saveFirst("match", outer=True))[2] is None


def test_saving_all(info: Info) -> None:
    found = saved(info, ee.Join.saveAll("match", ordering="m"))
    assert [[match["properties"]["m"] for match in matches] for matches in found] == [[2], [4, 6]]


def test_saving_the_best_by_the_measure(info: Info) -> None:
    near = ee.Filter.maxDifference(difference=3, leftField="n", rightField="m")
    joined = ee.Join.saveBest("best", "apart").apply(left(), right(), near)
    best = [feature["properties"]["best"]["properties"] for feature in info(joined)["features"]]
    assert [(match["m"], match["apart"]) for match in best] == [(2, 1), (6, 1), (6, 3)]


def test_inner(info: Info) -> None:
    joined = ee.Join.inner("l", "r").apply(left(), right(), same())
    pairs = joined.map(lambda pair: ee.Feature(None, {"m": ee.Feature(pair.get("r")).get("m"), "id": pair.id()}))
    assert info(pairs.reduceColumns(ee.Reducer.toList(2), ["id", "m"])) == {
        "list": [["0_0", 2], ["1_1", 6], ["1_2", 4]]
    }


def test_images_pair_by_their_index(info: Info) -> None:
    days = ee.ImageCollection("TEST/WEEK")
    clouds = days.filterDate("1970-01-03", "1970-01-05").map(lambda image: image.set("p", 7))
    index = ee.Filter.equals(leftField="system:index", rightField="system:index")
    joined = ee.ImageCollection(ee.Join.saveFirst("clouds").apply(days, clouds, index))
    assert info(
        joined.map(lambda image: image.set("p", ee.Image(image.get("clouds")).get("p"))).aggregate_array("p")
    ) == [7, 7]
    assert info(joined)["type"] == "ImageCollection"


def test_any_condition_may_join(info: Info) -> None:
    below = ee.Filter.And(
        ee.Filter.lessThan(leftField="n", rightField="m"), ee.Filter.notEquals(leftField="k", rightField="k")
    )
    joined = ee.Join.saveAll("more").apply(left(), right(), below)
    counts = [len(feature["properties"]["more"]) for feature in info(joined)["features"]]
    assert counts == [3, 1, 1]


def test_places_pair_within_a_distance(info: Info) -> None:
    points = ee.FeatureCollection([ee.Feature(ee.Geometry.Point([x, 0])) for x in (0, 1, 5)])
    near = ee.Filter.withinDistance(120_000, ".geo", None, ".geo")
    joined = ee.Join.saveAll("near", measureKey="metres").apply(points, points, near)
    sizes = [len(feature["properties"]["near"]) for feature in info(joined)["features"]]
    assert sizes == [2, 2, 1]
    metres = info(joined)["features"][0]["properties"]["near"][1]["properties"]["metres"]
    assert metres == pytest.approx(111_319.49, abs=0.01)


def test_what_is_no_join_is_refused(info: Info) -> None:
    node = ee.ComputedObject(
        ee.ApiFunction.lookup("Join.apply"),
        {"join": 5, "primary": left(), "secondary": right(), "condition": same()},
    )
    with pytest.raises(EarthError, match=r"Join\.apply, argument 'join': Invalid type"):
        info(node)


def test_an_endless_collection_is_asked_for_its_index(info: Callable[[Any], Any], catalogue: Any) -> None:
    """The stored collection of a scene a day has no end: to look at all of it would take forever."""
    primary = ee.ImageCollection("TEST/WEEK").limit(2)
    condition = ee.Filter.equals(leftField="system:index", rightField="system:index")
    joined = ee.Join.saveFirst("match").apply(primary, ee.ImageCollection("TEST/WEEK"), condition)
    assert info(joined.size()) == 2
    assert {query.index for query in catalogue.week.queries} == {None, "000000", "000001"}
