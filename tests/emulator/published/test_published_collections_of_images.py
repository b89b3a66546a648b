"""What the samples of the reference print, or say in words, of collections of images and of reducers on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest

from tests.emulator.evaluating import DAY, Info
from tests.emulator.published.agreement import Sample, agree, cases
from xee_lite.emulator.catalogue.memory import MemoryCollection, memory_collection, memory_image
from xee_lite.emulator.catalogue.standin import StandIns

if TYPE_CHECKING:
    from collections.abc import Callable

DAYS = "T/days"
COVER = [40.0, 10.0, 30.0, 10.0]
"""A property of four images, one a day."""


class Assets:
    """The stand-ins, and four images a day apart whose pixels are known."""

    def __init__(self) -> None:
        self._others = StandIns()

    def find(self, asset_id: str) -> Any:
        return days() if asset_id == DAYS else self._others.find(asset_id)


def days() -> MemoryCollection:
    images = []
    for day, cover in enumerate(COVER):
        values: dict[str, Any] = {"a": np.full((2, 2), day, np.uint8), "q": np.full((2, 2), cover, np.float32)}
        properties = {"system:index": f"d{day}", "system:time_start": day * DAY, "cover": cover, "name": f"n{day}"}
        images.append(memory_image(values, crs="EPSG:4326", transform=(1, 0, -1, 0, -1, 1), properties=properties))
    return memory_collection(images)


def series() -> Any:
    return ee.ImageCollection(DAYS)


def known(*values: float | None) -> Any:
    """Constant images, those without a value masked."""
    images = [ee.Image(0).updateMask(0) if value is None else ee.Image(value) for value in values]
    return ee.ImageCollection(images)


def pixel(image: Any, band: str = "constant") -> Any:
    return image.sample(ee.Geometry.Point(0.5, 0.5), 1).aggregate_first(band)


def told() -> Any:
    """A collection without images that has properties."""
    named = ee.ImageCollection([]).set({"project": "biomass", "number": 3, "plots": ee.Array([7, 11, 20])})
    return named.set("year", 2018, "colours", "false")


def bytes_of(*masked: bool) -> Any:
    images = [ee.Image(number).byte().rename("b1") for number in range(len(masked))]
    return ee.ImageCollection([one.updateMask(0) if gone else one for one, gone in zip(images, masked, strict=True)])


def listed() -> Any:
    """Images in a property, of which nothing tells that they are images."""
    return ee.Feature(None, {"all": [ee.Image(0), ee.Image(1), ee.Image(2)]}).get("all")


def rows_of(geometry: Any) -> Any:
    scenes = ee.ImageCollection("LANDSAT/LC08/C02/T1_TOA").filterBounds(ee.Geometry.Point(-90.70, 34.71))
    return scenes.filterDate("2020-07-01", "2020-10-01").select("B[2-4]").getRegion(geometry, 30)


def two_pixels() -> Any:
    """A box that the reference says to meet two pixels of 30 m."""
    return rows_of(ee.Geometry.BBox(-90.496353, 34.851971, -90.495749, 34.852197))


def scene_count() -> Any:
    scenes = ee.ImageCollection("LANDSAT/LC08/C02/T1_TOA").filterBounds(ee.Geometry.Point(-90.70, 34.71))
    return scenes.filterDate("2020-07-01", "2020-10-01").size()


def covers(name: str) -> Any:
    return getattr(series(), f"aggregate_{name}")("cover")


NAMES = ["id", "longitude", "latitude", "time", "B2", "B3", "B4"]
EMPTY = {"type": "ImageCollection", "bands": [], "features": []}

SAMPLES: dict[str, list[Sample]] = {
    "Made": [
        (lambda: ee.ImageCollection([]), EMPTY),
        (lambda: ee.ImageCollection.fromImages([ee.Image(0), ee.Image(1)]).size(), 2),
        (lambda: ee.Algorithms.ObjectType(ee.ImageCollection.fromImages(listed())), "ImageCollection"),
        (lambda: ee.ImageCollection.fromImages(listed()).aggregate_array("system:index"), ["0", "1", "2"]),
        (lambda: ee.Algorithms.ObjectType(ee.ImageCollection(listed())), "List"),
        (lambda: ee.ImageCollection(ee.Image(1)).size(), 1),
        (lambda: series().merge(series()).size(), 8),
    ],
    "Properties": [
        (
            told,
            {
                **EMPTY,
                "properties": {
                    "project": "biomass",
                    "number": 3,
                    "plots": [7, 11, 20],
                    "year": 2018,
                    "colours": "false",
                },
            },
        ),
        (lambda: told().toDictionary().size(), 5),
        (lambda: told().get("number"), 3),
        (lambda: told().getString("project"), "biomass"),
        (lambda: told().getNumber("year"), 2018),
        (lambda: told().getArray("plots"), [7, 11, 20]),
    ],
    "Chosen": [
        (lambda: series().filterDate("1970-01-02", "1970-01-04").size(), 2),
        (lambda: series().filterDate(DAY, 2 * DAY + 1).size(), 2),
        (lambda: series().filterDate(ee.Date(DAY), ee.Date(3 * DAY)).size(), 2),
        (lambda: series().filterDate(ee.DateRange("1970-01-02", "1970-01-04")).size(), 2),
        (lambda: series().filterMetadata("cover", "less_than", 30).size(), 2),
        (lambda: series().filter("cover < 30").size(), 2),
        (lambda: series().filter("cover == 50").size(), 0),
        (lambda: series().sort("cover").aggregate_array("name"), ["n1", "n3", "n2", "n0"]),
        (lambda: series().sort("cover", False).first().get("name"), "n0"),
        (lambda: ee.List(series().toList(2, 1)).map(lambda image: ee.Image(image).get("name")), ["n1", "n2"]),
        (lambda: series().select(["q", "a"], ["x", "y"]).first().bandNames(), ["x", "y"]),
        (lambda: series().select("a").toBands().bandNames(), ["d0_a", "d1_a", "d2_a", "d3_a"]),
        (
            lambda: series().select("a").sort("system:time_start", False).toBands().bandNames(),
            ["d3_a", "d2_a", "d1_a", "d0_a"],
        ),
    ],
    "Aggregates": [
        (lambda: covers("array"), COVER),
        (lambda: covers("count"), 4),
        (lambda: covers("count_distinct"), 3),
        (lambda: covers("first"), 40),
        (lambda: covers("min"), 10),
        (lambda: covers("max"), 40),
        (lambda: covers("mean"), 22.5),
        (lambda: covers("sum"), 90),
        (lambda: covers("product"), 120_000),
        (lambda: covers("sample_var"), 225),
        (lambda: covers("sample_sd"), 15),
        (lambda: covers("total_var"), 168.75),
        (lambda: covers("total_sd"), 12.990381057),
        (lambda: series().aggregate_min("name"), "n0"),
        (lambda: series().aggregate_max("name"), "n3"),
    ],
    "Composites": [
        (lambda: pixel(known(3, 1, 3, 1).mode()), 1),
        (lambda: pixel(known(3, None, 7).count()), 2),
        (lambda: known(None, None).count().sample(ee.Geometry.Point(0, 0), 1).size(), 0),
        (lambda: pixel(known(1, 2, None).mosaic()), 2),
        (lambda: pixel(known(1, 2, 4).product()), 8),
        (lambda: pixel(known(1, 2, 4).sum()), 7),
        (lambda: pixel(series().qualityMosaic("q"), "a"), 0),
        (lambda: pixel(series().map(lambda image: image.multiply(-1)).qualityMosaic("q"), "q"), -10),
        (lambda: pixel(series().reduceToImage(["cover"], ee.Reducer.mean()), "mean"), 22.5),
    ],
    "Arrays": [
        (lambda: pixel(bytes_of(False, False, False).toArrayPerBand(), "b1"), [0, 1, 2]),
        (lambda: pixel(bytes_of(False, True, False).toArrayPerBand().mask(), "b1"), 0),
        (lambda: pixel(bytes_of(False, True, False).toArrayPerBand(0, True), "b1"), [0, 2]),
    ],
    "Regions": [
        (lambda: ee.List(two_pixels()).get(0), NAMES),
        (lambda: ee.Number(ee.List(two_pixels()).size()).subtract(1).divide(scene_count()), 2),
        (
            lambda: (
                ee.Number(ee.List(rows_of(ee.Geometry.MultiPoint([[-90.49, 34.85], [-90.48, 34.84]]))).size())
                .subtract(1)
                .divide(scene_count())
            ),
            2,
        ),
    ],
    "Reducers": [
        (lambda: ee.List([1, 2, 3, 4]).reduce(ee.Reducer.minMax()), {"min": 1, "max": 4}),
        (lambda: ee.Array([[1], [2], [3], [4]]).reduce(ee.Reducer.minMax(), [0], 1), [[1, 4]]),
        (lambda: ee.List([0]).reduce(ee.Reducer.count()), 1),
        (lambda: ee.List([-1]).reduce(ee.Reducer.count()), 1),
        (lambda: series().reduceColumns(ee.Reducer.minMax(), ["system:time_start"]), {"min": 0, "max": 3 * DAY}),
        (lambda: series().select("a").reduce(ee.Reducer.minMax()).bandNames(), ["a_min", "a_max"]),
        (
            lambda: series().first().reduceNeighborhood(ee.Reducer.minMax(), ee.Kernel.square(3)).bandNames(),
            ["a_min", "a_max", "q_min", "q_max"],
        ),
        (
            lambda: series().first().reduceRegion(ee.Reducer.minMax(), ee.Geometry.Point(0.5, 0.5), 1000),
            {"a_min": 0, "a_max": 0, "q_min": 40, "q_max": 40},
        ),
        (lambda: ee.Dictionary(both_of_a_region()).keys(), ["a_mean", "a_stdDev", "q_mean", "q_stdDev"]),
    ],
}


def both_of_a_region() -> Any:
    both = ee.Reducer.mean().combine(reducer2=ee.Reducer.stdDev(), sharedInputs=True)
    return series().first().reduceRegion(both, ee.Geometry.Point(0.5, 0.5), 1000)


@pytest.fixture(scope="module")
def catalogue() -> Assets:
    return Assets()


@pytest.mark.parametrize(("sample", "expected"), cases(SAMPLES))
def test_a_sample_prints_what_the_reference_says(sample: Callable[[], Any], expected: Any, info: Info) -> None:
    found = info(sample())
    assert agree(found, expected), found
