"""Collections: lazy, exact, and in the service's words where they fail."""

from __future__ import annotations

from typing import Any

import ee
import pytest

from tests.emulator.evaluating import DAY, Info
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.values.stored import Query


def daily() -> ee.ImageCollection:
    return ee.ImageCollection("TEST/DAILY")


def week() -> ee.ImageCollection:
    return ee.ImageCollection("TEST/WEEK")


def points(count: int = 5) -> ee.FeatureCollection:
    return ee.FeatureCollection([ee.Feature(ee.Geometry.Point([i, 0]), {"n": i, "odd": i % 2}) for i in range(count)])


def indices(collection: Any) -> Any:
    return collection.aggregate_array("system:index")


def test_an_endless_collection_costs_only_what_is_looked_at(info: Info, catalogue: Any) -> None:
    assert info(daily().first().get("system:index")) == "000000"
    assert info(indices(daily().limit(3))) == ["000000", "000001", "000002"]
    assert info(daily().toList(2, 5).map(lambda image: ee.Image(image).get("system:index"))) == ["000005", "000006"]
    assert info(daily().map(lambda image: image.set("x", 1)).first().get("x")) == 1
    assert catalogue.daily.made <= 1 + 3 + 7 + 1


def test_a_filter_on_dates_reaches_the_catalogue(info: Info, catalogue: Any) -> None:
    assert info(daily().filterDate("1970-01-11", "1970-01-14").size()) == 3
    assert catalogue.daily.queries == [Query(10 * DAY, 13 * DAY)]
    assert catalogue.daily.made == 3


def test_chained_filters_reach_the_catalogue_together(info: Info, catalogue: Any) -> None:
    box = ee.Geometry.Rectangle([10.5, 0.25, 12.5, 0.75])
    chosen = daily().filterDate("1970-01-01", "1970-01-31").filterBounds(box).filter(ee.Filter.gt("CLOUDS", 50))
    assert info(indices(chosen)) == ["000010"]
    (query,) = catalogue.daily.queries
    assert (query.start, query.end) == (0, 30 * DAY)
    assert query.bounds.shape.bounds == (10.5, 0.25, 12.5, 0.75)


def test_every_candidate_is_tested_exactly(info: Info) -> None:
    """The fake catalogue ignores bounds and indices: the filter itself must not."""
    assert info(indices(week().filterBounds(ee.Geometry.Point([2.5, 0.5])))) == ["000002"]
    assert info(indices(week().filter(ee.Filter.eq("system:index", "000004")))) == ["000004"]


def test_a_span_without_end_is_no_span(info: Info, catalogue: Any) -> None:
    always = ee.Filter.dateRangeContains(leftValue=ee.DateRange.unbounded(), rightField="system:time_start")
    assert info(week().filter(always).size()) == 7
    assert catalogue.week.queries == [Query()]


def test_a_filter_behind_a_map_does_not_reach_the_catalogue(info: Info, catalogue: Any) -> None:
    shifted = week().map(lambda image: image.set("system:time_start", image.date().advance(1, "year").millis()))
    assert info(shifted.filterDate("1971-01-01", "1971-01-03").size()) == 2
    assert catalogue.week.queries == [Query()]


def test_elements_are_computed_once_however_often_one_looks(info: Info, catalogue: Any) -> None:
    collection = week().map(lambda image: image.set("x", 1))
    assert info(ee.List([collection.size(), collection.first().get("x"), collection.aggregate_sum("x")])) == [7, 1, 7]
    assert catalogue.week.made == 7


def test_more_elements_than_are_remembered_are_still_all_there(info: Info, catalogue: Any) -> None:
    long = daily().filterDate(0, 6000 * DAY)
    assert info(long.size()) == 6000
    assert catalogue.daily.made == 6000
    assert info(ee.List([long.size(), long.aggregate_count("CLOUDS")])) == [6000, 6000]
    assert info(long.aggregate_array("system:index").get(-1)) == "005999"


def test_too_many_elements_for_a_reply(info: Info) -> None:
    assert len(info(daily().limit(5000))["features"]) == 5000
    with pytest.raises(EarthError, match=r"^Collection query aborted after accumulating over 5000 elements\.$"):
        info(daily().limit(5001))


def test_missing_assets_in_the_services_words(info: Info) -> None:
    text = "not found (does not exist or caller does not have access)."
    with pytest.raises(EarthError) as caught:
        info(ee.ImageCollection("NO/SUCH").size())
    assert caught.value.message == f"ImageCollection.load: ImageCollection asset 'NO/SUCH' {text}"
    with pytest.raises(EarthError, match=r"^ImageCollection\.load: ImageCollection asset 'TEST' not found"):
        info(ee.ImageCollection("TEST").size())
    with pytest.raises(EarthError, match=r"^ImageCollection\.load: .*'TEST/DAILY' not found at version 5\.$"):
        info(ee.ComputedObject(ee.ApiFunction.lookup("ImageCollection.load"), {"id": "TEST/DAILY", "version": 5}))
    with pytest.raises(EarthError, match=r"^Collection\.loadTable: Collection asset 'NO/SUCH' not found"):
        info(ee.FeatureCollection("NO/SUCH").size())


def test_the_first_of_nothing_is_null(info: Info) -> None:
    assert info(week().filterDate("1980", "1981").first()) is None


def test_what_a_null_then_does_is_said_in_the_services_words(info: Info) -> None:
    empty = week().filterDate("1980", "1981")
    with pytest.raises(EarthError, match=r"^Image\.select: Parameter 'input' is required and may not be null\.$"):
        info(empty.first().select("B1"))


def test_sorting(info: Info) -> None:
    clouds = [(day * 37) % 100 for day in range(7)]
    assert info(week().sort("CLOUDS").aggregate_array("CLOUDS")) == sorted(clouds)
    assert info(week().sort("CLOUDS", False).aggregate_array("CLOUDS")) == sorted(clouds, reverse=True)
    assert info(indices(points().sort("odd", False))) == ["1", "3", "0", "2", "4"]


def test_elements_without_the_key_come_last(info: Info) -> None:
    mixed = ee.FeatureCollection([ee.Feature(None, {"a": 2}), ee.Feature(None, {}), ee.Feature(None, {"a": 1})])
    assert info(indices(mixed.sort("a"))) == ["2", "0", "1"]
    assert info(indices(mixed.sort("a", False))) == ["0", "2", "1"]


def test_mapping_keeps_the_index_unless_another_is_set(info: Info) -> None:
    assert info(indices(points(2).map(lambda feature: ee.Feature(None, {"a": feature.get("n")})))) == ["0", "1"]
    renamed = points(2).map(lambda feature: feature.set("system:index", ee.String("p").cat(feature.id())))
    assert info(indices(renamed)) == ["p0", "p1"]


def test_mapping_may_drop_nulls(info: Info) -> None:
    odd = points().map(lambda feature: ee.Algorithms.If(feature.get("odd"), feature, None), True)
    assert info(odd.aggregate_array("n")) == [1, 3]


def test_an_empty_collection_stays_one_of_images(info: Info) -> None:
    none = (
        week().filterDate("2200-01-01", "2200-01-02").map(lambda image: image.addBands(1)).filter(ee.Filter.gt("n", 1))
    )
    assert info(none)["type"] == "ImageCollection"
    assert info(none.merge(none).merge(week()).size()) == info(week().size())


def test_mapping_to_something_else_is_refused(info: Info) -> None:
    with pytest.raises(EarthError, match=r"A mapped algorithm must return a Feature or Image\.$"):
        info(points().map(lambda feature: ee.Algorithms.If(feature.get("odd"), feature, None)))


def test_an_error_in_a_map_names_the_element(info: Info) -> None:
    broken = points().map(lambda feature: feature.set("x", ee.Number(feature.get("none")).add(1)))
    expected = "Error in map(ID=0):\nNumber.add: Parameter 'left' is required and may not be null."
    with pytest.raises(EarthError) as caught:
        info(broken)
    assert caught.value.message == expected
    with pytest.raises(EarthError) as caught:
        info(broken.size())
    assert caught.value.message == f"Collection.size: {expected}"


def test_images_become_features_and_features_images(info: Info) -> None:
    features = week().map(lambda image: ee.Feature(image.geometry(), {"clouds": image.get("CLOUDS")}))
    found = info(features.limit(1))
    assert found["type"] == "FeatureCollection"
    assert found["features"][0]["properties"] == {"clouds": 0}
    images = ee.ImageCollection(points(2).map(lambda feature: ee.Image("TEST/DAILY/000003").set("n", feature.get("n"))))
    assert info(images.limit(2))["type"] == "ImageCollection"
    assert info(images.aggregate_array("n")) == [0, 1]


def test_features_are_no_images(info: Info) -> None:
    with pytest.raises(EarthError, match=r"Expected type: ImageCollection.\nActual type: FeatureCollection"):
        info(ee.ImageCollection(points()).mosaic())


def test_iterating(info: Info) -> None:
    total = points().iterate(lambda feature, state: ee.Number(feature.get("n")).add(state), 0)
    assert info(total) == 10


def test_merging_prefixes_the_indices(info: Info) -> None:
    merged = points(2).merge(points(1)).merge(points(1))
    assert info(indices(merged)) == ["1_1_0", "1_1_1", "1_2_0", "2_0"]
    assert info(indices(week().limit(1).merge(week().limit(1)))) == ["1_000000", "2_000000"]


def test_a_filter_on_the_index_of_a_merged_collection(info: Info) -> None:
    merged = week().merge(week()).filter(ee.Filter.eq("system:index", "2_000003"))
    assert info(indices(merged)) == ["2_000003"]


def test_flattening(info: Info) -> None:
    nested = ee.FeatureCollection([points(1), points(2)])
    assert info(indices(nested.flatten())) == ["0_0", "1_0", "1_1"]
    with pytest.raises(EarthError, match="Every element must be a collection"):
        info(points().flatten())


def test_distinct(info: Info) -> None:
    assert info(indices(points().distinct("odd"))) == ["0", "1"]
    assert info(points().merge(points()).distinct([".geo", "n"]).size()) == 5


def test_remapping(info: Info) -> None:
    assert info(points().remap([0, 3], [10, 13], "n").aggregate_array("n")) == [10, 13]
    with pytest.raises(EarthError, match="lookupIn has 1 values, but lookupOut has 2"):
        info(points().remap([0], [1, 2], "n"))


def test_columns(info: Info) -> None:
    made = ee.FeatureCollection(
        ee.ComputedObject(
            ee.ApiFunction.lookup("Collection.fromColumns"),
            {"columns": [[1, 2], ["a", "b"]], "propertyNames": ["n", "s"]},
        )
    )
    assert info(made.reduceColumns(ee.Reducer.toList(2), ["s", "n"])) == {"list": [["a", 1], ["b", 2]]}


def test_reducing_columns_leaves_out_records_with_nulls(info: Info) -> None:
    values = [{"a": 1, "b": 1}, {"a": 2}, {"b": 3}, {"a": 4, "b": 5}]
    mixed = ee.FeatureCollection([ee.Feature(None, value) for value in values])
    assert info(mixed.reduceColumns(ee.Reducer.toList().repeat(2), ["a", "b"])) == {"list": [[1, 4], [1, 5]]}
    assert info(mixed.reduceColumns(ee.Reducer.toList(2, 1), ["a", "b"])) == {"list": [[1, 1], [2, None], [4, 5]]}
    assert info(mixed.reduceColumns(ee.Reducer.mean(), ["a"])) == {"mean": 7 / 3}


def test_reducing_columns_with_weights(info: Info) -> None:
    assert info(points(3).reduceColumns(ee.Reducer.mean(), ["n"], ["odd"])) == {"mean": 1}
    assert info(points(4).reduceColumns(ee.Reducer.mean(), ["n"], ["n"])) == {"mean": 14 / 6}


def test_reducing_columns_with_another_number_of_selectors_is_refused(info: Info) -> None:
    with pytest.raises(EarthError, match=r"Collection\.reduceColumns: Need 2 selectors for the reducer, got 1"):
        info(points().reduceColumns(ee.Reducer.linearFit(), ["n"]))


def test_the_metadata_call_of_xee(info: Info) -> None:
    """One round trip asks for the size, the first image, and the ids with their times."""
    collection = week()
    found = info(
        ee.List(
            [
                collection.size(),
                collection.first().toDictionary(),
                collection.first(),
                collection.reduceColumns(ee.Reducer.toList().repeat(2), ["system:id", "system:time_start"]).get("list"),
            ]
        )
    )
    assert found[0] == 7
    assert found[1] == {"CLOUDS": 0}
    assert found[2]["bands"][0]["crs"] == "EPSG:4326"
    assert found[3] == [[f"TEST/DAILY/00000{day}" for day in range(7)], [day * DAY for day in range(7)]]


def test_aggregates(info: Info) -> None:
    collection = points(4)
    asked = {
        "count": collection.aggregate_count("n"),
        "count_distinct": collection.aggregate_count_distinct("odd"),
        "first": collection.aggregate_first("n"),
        "histogram": collection.aggregate_histogram("odd"),
        "max": collection.aggregate_max("n"),
        "mean": collection.aggregate_mean("n"),
        "min": collection.aggregate_min("n"),
        "product": collection.filter(ee.Filter.gt("n", 0)).aggregate_product("n"),
        "sum": collection.aggregate_sum("n"),
        "total_var": collection.aggregate_total_var("n"),
        "sample_var": collection.aggregate_sample_var("n"),
        "none": collection.aggregate_count("nothing"),
        "null": collection.aggregate_mean("nothing"),
    }
    assert info(ee.Dictionary(asked)) == {
        "count": 4,
        "count_distinct": 2,
        "first": 0,
        "histogram": {"0": 2, "1": 2},
        "max": 3,
        "mean": 1.5,
        "min": 0,
        "product": 6,
        "sum": 6,
        "total_var": 1.25,
        "sample_var": 5 / 3,
        "none": 0,
        "null": None,
    }


def test_statistics_in_one(info: Info) -> None:
    found = info(points(4).aggregate_stats("n"))
    assert found["total_count"] == found["valid_count"] == 4
    assert found["sum_sq"] == 14
    assert found["total_sd"] == pytest.approx(1.25**0.5)
    assert found["sample_sd"] == pytest.approx((5 / 3) ** 0.5)


def test_random_columns_repeat_themselves(info: Info) -> None:
    first = info(points(50).randomColumn().aggregate_array("random"))
    assert first == info(points(50).randomColumn().aggregate_array("random"))
    assert first != info(points(50).randomColumn("random", 7).aggregate_array("random"))
    assert all(0 <= value < 1 for value in first)
    assert len(set(first)) == 50


def test_places(info: Info) -> None:
    assert info(points(3).geometry()) == {"type": "MultiPoint", "coordinates": [[0, 0], [1, 0], [2, 0]]}
    assert info(week().geometry().bounds())["coordinates"] == [[[0, 0], [7, 0], [7, 1], [0, 1], [0, 0]]]
    assert info(points(3).union().first())["id"] == "union_result"


@pytest.mark.parametrize("count", [-1, -5])
def test_negative_counts_are_refused(info: Info, count: int) -> None:
    with pytest.raises(EarthError, match="must not be negative"):
        info(week().limit(count).size())
    with pytest.raises(
        EarthError, match=rf"^Collection\.toList: The value of 'count' must be positive\. Got: {count}\."
    ):
        info(week().toList(count))


def test_combining_images_of_the_same_index(info: Info) -> None:
    second = week().filterDate("1970-01-02", "1970-01-04")
    combined = ee.ImageCollection(week().combine(second))
    assert info(indices(combined)) == ["000001", "000002"]
    assert info(combined.first().bandNames()) == ["B1", "B1_1"]
    assert info(ee.ImageCollection(week().combine(second, True)).first().bandNames()) == ["B1"]
