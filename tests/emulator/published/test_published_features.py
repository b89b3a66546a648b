"""What the samples of the reference print of features and collections of them.

Many samples read a table of the world's power plants, whose rows are not ours to hold. Their statistics hold of any
table that has the same number of rows, least, greatest, sum and sum of squares; the others are run on a table like it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import ee
import pytest

from tests.emulator.published.agreement import Sample, agree, cases

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Info

ROWS, LEAST, GREATEST = 66, 1.8, 2910
SUM, SUM_OF_SQUARES = 13288.6, 16819846.24
FUELS = ["Wind", "Gas", "Oil", "Coal", "Hydro", "Biomass", "Nuclear"]


def capacities() -> list[float]:
    """Some 66 numbers with the published least, greatest, sum and sum of squares: all but two are one of two values."""
    few, many = 8, ROWS - 2 - 8
    mean = (SUM - LEAST - GREATEST) / (few + many)
    deviation = math.sqrt((SUM_OF_SQUARES - LEAST**2 - GREATEST**2) / (few + many) - mean**2)
    high, low = mean + deviation * math.sqrt(many / few), mean - deviation * math.sqrt(few / many)
    return [LEAST, *[high] * few, *[low] * many, GREATEST]


def plants() -> Any:
    """A table like that of the power plants of Belgium."""
    rows = [
        ee.Feature(
            ee.Geometry.Point([3 + number / 30, 50.5]),
            {"fuel1": FUELS[number % 7], "capacitymw": capacity, "gwh_2013": number, "gwh_2014": 2 * number},
        )
        for number, capacity in enumerate(capacities())
    ]
    return ee.FeatureCollection(rows).set({"provider": "an institute", "description": "plants"})


def dated() -> Any:
    place = ee.Geometry.Point([-119.56, 37.67])
    days = {"2021-06-10": 10, "2021-06-20": 11, "2021-07-10": 19, "2021-07-20": 10}
    return ee.FeatureCollection(
        [ee.Feature(place, {"prop": value, "system:time_start": ee.Date(day)}) for day, value in days.items()]
    )


def trees() -> Any:
    kinds = {"Tree": [1, 2], "NotTree": [3, 4], "nonsense": [5, 6]}
    return ee.FeatureCollection([ee.Feature(ee.Geometry.Point(at), {"isTree": kind}) for kind, at in kinds.items()])


def nested() -> Any:
    return ee.FeatureCollection([trees(), trees().set("a", 1)])


def point(*at: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": list(at)}


def feature(index: int | str, geometry: dict[str, Any] | None, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "id": str(index), "properties": properties}


KEYED = {"type": "FeatureCollection", "columns": {"key": "String", "system:index": "String"}}
AT = [-62.54, -27.32]

SAMPLES: dict[str, list[Sample]] = {
    "Feature": [
        (lambda: ee.Feature(None), {"type": "Feature", "geometry": None, "properties": {}}),
        (lambda: ee.Feature(None, {"id": "yada"}).id(), None),
        (lambda: ee.Feature(None, {"system:index": "abc123"}).id(), "abc123"),
        (
            lambda: ee.Feature(ee.Geometry.Point([0, 0]), {"foo": "bar"}),
            {"type": "Feature", "geometry": point(0, 0), "properties": {"foo": "bar"}},
        ),
        (
            lambda: ee.Feature(ee.Geometry.Point(AT)).set("genus", "a").set({"genus": "b", "species": "c"}),
            {"type": "Feature", "geometry": point(*AT), "properties": {"genus": "b", "species": "c"}},
        ),
    ],
    "FeatureCollection": [
        (
            lambda: ee.FeatureCollection(ee.Geometry.Point(AT)),
            {**KEYED, "columns": {"system:index": "String"}, "features": [feature(0, point(*AT))]},
        ),
        (
            lambda: ee.FeatureCollection(ee.Feature(ee.Geometry.Point(AT), {"key": "val"})),
            {**KEYED, "features": [feature(0, point(*AT), key="val")]},
        ),
        (
            lambda: ee.FeatureCollection(
                [
                    ee.Feature(ee.Geometry.Point(AT), {"key": "val1"}),
                    ee.Feature(ee.Geometry.Point(-69.18, -10.64), {"key": "val2"}),
                ]
            ),
            {**KEYED, "features": [feature(0, point(*AT), key="val1"), feature(1, point(-69.18, -10.64), key="val2")]},
        ),
        (
            lambda: ee.FeatureCollection({**KEYED, "features": [feature(0, point(*AT), key="val1")]}),
            {**KEYED, "features": [feature(0, point(*AT), key="val1")]},
        ),
        (lambda: trees().limit(0).size(), 0),
        (lambda: trees().merge(trees()).aggregate_array("isTree"), ["Tree", "NotTree", "nonsense"] * 2),
        (lambda: trees().remap(["NotTree", "Tree"], [0, 1], "isTree").aggregate_array("isTree"), [1, 0]),
        (
            lambda: trees().union(1),
            {
                "type": "FeatureCollection",
                "columns": {"system:index": "String"},
                "features": [feature("union_result", {"type": "MultiPoint", "coordinates": [[1, 2], [3, 4], [5, 6]]})],
            },
        ),
        (lambda: trees().geometry(), {"type": "MultiPoint", "coordinates": [[1, 2], [3, 4], [5, 6]]}),
    ],
    "FeatureCollection, dates": [
        (lambda: dated().filterDate("2021-07-01", "2021-08-01").aggregate_array("prop"), [19, 10]),
        (
            lambda: dated().filterDate(ee.DateRange("2021-07-01", "2021-08-01")).aggregate_array("prop"),
            [19, 10],
        ),
        (lambda: dated().filterDate(1625875200000, 1626739200001).aggregate_array("prop"), [19, 10]),
        (
            lambda: dated().filterDate(ee.Date("2021-07-01"), ee.Date("2021-08-01")).aggregate_array("prop"),
            [19, 10],
        ),
    ],
    "FeatureCollection, properties": [
        (lambda: ee.FeatureCollection([]).set("a", "one").get("a"), "one"),
        (lambda: ee.FeatureCollection([]).set("a", "one", "b", 3).toDictionary(), {"a": "one", "b": 3}),
        (lambda: ee.FeatureCollection([]).set("a", "one").set("a", "two").toDictionary(), {"a": "two"}),
        (
            lambda: ee.FeatureCollection([]).set({"a": ee.Array([1, 2, 3]), "b": ee.Feature(None)}).toDictionary(),
            {"a": [1, 2, 3], "b": {"type": "Feature", "geometry": None, "properties": {}}},
        ),
        (lambda: plants().get("provider"), "an institute"),
        (lambda: plants().toDictionary(["provider"]), {"provider": "an institute"}),
        (lambda: plants().propertyNames().contains("description"), True),
        (
            lambda: plants().copyProperties(ee.Image(0).set("a", 1, "b", 2), exclude=["b"]).toDictionary(),
            {"provider": "an institute", "description": "plants", "a": 1},
        ),
    ],
    "FeatureCollection, within others": [
        (
            lambda: nested().toList(2),
            [
                {
                    "type": "FeatureCollection",
                    "columns": {"isTree": "String", "system:index": "String"},
                    "properties": p,
                }
                for p in ({"system:index": "0"}, {"a": 1, "system:index": "1"})
            ],
        ),
        (lambda: nested().flatten().aggregate_array("isTree"), ["Tree", "NotTree", "nonsense"] * 2),
    ],
    "FeatureCollection, aggregates": [
        (lambda: plants().size(), 66),
        (lambda: plants().aggregate_count("fuel1"), 66),
        (lambda: plants().aggregate_count_distinct("fuel1"), 7),
        (lambda: plants().aggregate_first("fuel1"), "Wind"),
        (lambda: plants().aggregate_max("capacitymw"), 2910),
        (lambda: plants().aggregate_min("capacitymw"), 1.8),
        (lambda: plants().aggregate_mean("capacitymw"), 201.342424242),
        (lambda: plants().aggregate_sum("capacitymw"), 13288.6),
        (lambda: plants().aggregate_sample_sd("capacitymw"), 466.480889231),
        (lambda: plants().aggregate_sample_var("capacitymw"), 217604.420018647),
        (lambda: plants().aggregate_total_sd("capacitymw"), 462.9334545609107),
        (lambda: plants().aggregate_total_var("capacitymw"), 214307.38335169878),
        (
            lambda: plants().aggregate_stats("capacitymw"),
            {
                "max": 2910,
                "mean": 201.34242424242427,
                "min": 1.8,
                "sample_sd": 466.4808892319684,
                "sample_var": 217604.42001864797,
                "sum": 13288.6,
                "sum_sq": 16819846.24,
                "total_count": 66,
                "total_sd": 462.9334545609107,
                "total_var": 214307.38335169878,
                "valid_count": 66,
                "weight_sum": 66,
                "weighted_sum": 13288.6,
            },
        ),
    ],
    "FeatureCollection, rows": [
        (lambda: plants().sort("capacitymw").first().get("capacitymw"), 1.8),
        (lambda: plants().sort("capacitymw", False).first().get("capacitymw"), 2910),
        (lambda: plants().limit(1, "capacitymw", False).aggregate_array("capacitymw"), [2910]),
        (lambda: plants().limit(5).size(), 5),
        (lambda: plants().toList(5, 5).size(), 5),
        (lambda: plants().distinct("fuel1").size(), 7),
        (lambda: plants().distinct(["fuel1", "gwh_2013"]).size(), 66),
        (lambda: plants().distinct(".geo").size(), 66),
        (lambda: plants().select("fuel1").first().toDictionary(), {"fuel1": "Wind"}),
        (
            lambda: plants().select(["fuel1", "capacitymw"], ["Fuel_1", "Capacity_MW"]).first().toDictionary(),
            {"Fuel_1": "Wind", "Capacity_MW": 1.8},
        ),
        (
            lambda: plants().select(propertySelectors=["fuel1"], retainGeometry=False).first(),
            feature(0, None, fuel1="Wind"),
        ),
        (lambda: plants().makeArray(["gwh_2013", "gwh_2014"], "both").first().get("both"), [0, 0]),
        (
            lambda: (
                plants().map(lambda row: row.set("gw", row.getNumber("capacitymw").divide(1000))).aggregate_max("gw")
            ),
            2.91,
        ),
        (lambda: plants().reduceColumns(ee.Reducer.mean(), ["capacitymw"]), {"mean": 201.342424242}),
        (
            lambda: plants().reduceColumns(ee.Reducer.mean().repeat(2), ["capacitymw", "capacitymw"]),
            {"mean": [201.342424242, 201.342424242]},
        ),
        (
            lambda: plants().reduceColumns(ee.Reducer.mean(), ["gwh_2014"], ["gwh_2013"]),
            {"mean": 2 * sum(n * n for n in range(66)) / sum(range(66))},
        ),
        (
            lambda: ee.FeatureCollection.randomPoints(
                region=ee.Geometry.Rectangle([-113.5, 40, -110.2, 41.9], "EPSG:4326", False),
                points=50,
                seed=0,
                maxError=1,
            ).size(),
            50,
        ),
        (
            lambda: ee.FeatureCollection.randomPoints(ee.Geometry.Rectangle(-119.224, 34.669, -99.536, 50.064)).size(),
            1000,
        ),
    ],
    "ErrorMargin": [
        (lambda: ee.ErrorMargin(0), {"type": "ErrorMargin", "unit": "meters", "value": 0}),
        (lambda: ee.ErrorMargin(1), {"type": "ErrorMargin", "unit": "meters", "value": 1}),
        (lambda: ee.ErrorMargin(-1), {"type": "ErrorMargin", "unit": "meters", "value": 1}),
        (lambda: ee.ErrorMargin(1e8), {"type": "ErrorMargin", "unit": "infinite"}),
        (lambda: ee.ErrorMargin(1e7), {"type": "ErrorMargin", "unit": "meters", "value": 10_000_000}),
        (lambda: ee.ErrorMargin(1, "meters"), {"type": "ErrorMargin", "unit": "meters", "value": 1}),
        (lambda: ee.ErrorMargin(1, "projected"), {"type": "ErrorMargin", "unit": "projected", "value": 1}),
        (lambda: ee.ErrorMargin(1, "infinite"), {"type": "ErrorMargin", "unit": "infinite"}),
    ],
}


@pytest.mark.parametrize(("sample", "expected"), cases(SAMPLES))
def test_a_sample_of_features_prints_what_the_reference_says(
    sample: Callable[[], Any], expected: Any, info: Info
) -> None:
    found = info(sample())
    assert agree(found, expected), found


def test_the_halves_of_a_random_split_are_the_whole(info: Info) -> None:
    split = plants().randomColumn()
    halves = [split.filter("random < 0.3").size(), split.filter("random >= 0.3").size()]
    assert sum(info(ee.List(halves))) == ROWS


def test_sums_run_through_a_collection_step_by_step(info: Info) -> None:
    """The sample of iterate: a list grows, and its first element is only there to start from."""

    def add(row: Any, rows: Any) -> Any:
        before = ee.Feature(ee.List(rows).get(-1)).getNumber("total")
        return ee.List(rows).add(ee.Feature(row).set("total", before.add(ee.Feature(row).getNumber("prop"))))

    first = ee.List([ee.Feature(None, {"total": 0, "first": True})])
    rows = ee.FeatureCollection(ee.List(dated().iterate(add, first))).filter(ee.Filter.notNull(["prop"]))
    assert info(rows.aggregate_array("total")) == [10, 21, 40, 50]


def test_a_park_grows_and_shrinks(info: Info) -> None:
    """The sample of Feature.buffer, with a triangle in the place of the park."""
    park = ee.Feature(ee.Geometry.Polygon([[[34, -3], [35.5, -2.5], [34.5, -1.5]]]), {"name": "park"})
    grown, shrunk = park.buffer(10_000), park.buffer(-10_000)
    assert info(shrunk)["properties"] == info(grown)["properties"] == {"name": "park"}
    area, perimeter = info(park.area()), info(park.perimeter())
    # Steiner's formula outwards; inwards a triangle stays similar, and its incircle shrinks by the distance.
    assert info(grown.area()) == pytest.approx(area + perimeter * 1e4 + math.pi * 1e8, rel=2e-3)
    assert info(shrunk.area()) == pytest.approx(area * (1 - 1e4 * perimeter / (2 * area)) ** 2, rel=2e-3)
