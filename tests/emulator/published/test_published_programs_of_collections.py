"""Whether the programs of the reference on collections and reducers run on stand-ins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import pytest

from tests.emulator.published.drawing import Looking, Program, View, layer, run, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.emulator.evaluating import Value

PROGRAMS: Looking = []


def toa(start: str, end: str, place: tuple[float, float] = (-90.70, 34.71)) -> Any:
    scenes = ee.ImageCollection("LANDSAT/LC08/C02/T1_TOA")
    return scenes.filterBounds(ee.Geometry.Point(place)).filterDate(start, end)


@shown(PROGRAMS, -122.3, 37.4, 10)
def collections() -> Iterator[Any]:
    series = ee.ImageCollection("COPERNICUS/S2_SR")
    yield series.limit(3)
    images = [f"COPERNICUS/S2_SR/202101{day}T185040_202101{day}T190316_T10SEG" for day in ("03", "08")]
    yield ee.ImageCollection(ee.Image(images[0]))
    yield ee.ImageCollection([ee.Image(image) for image in images])
    yield series.first()
    yield series.filterDate("2021-07-01", "2021-07-11").filterBounds(ee.Geometry.Point(-122.196, 41.411))
    peaks = [(-122.196, 41.411), (-121.697, 45.374)]
    points = ee.FeatureCollection([ee.Feature(ee.Geometry.Point(peak)) for peak in peaks])
    yield series.filterDate("2021-07-01", "2021-07-06").filterBounds(points)
    near = series.filterBounds(ee.Geometry.Point(-122.196, 41.411))
    yield near.filterDate("2019-07-01", "2019-07-10").merge(near.filterDate("2021-07-01", "2021-07-10"))
    day = near.filterDate("2020-01-01", "2020-03-02")
    yield day.filterMetadata("CLOUDY_PIXEL_PERCENTAGE", "less_than", 20).size()
    yield day.filter("CLOUDY_PIXEL_PERCENTAGE < 20").size()


@shown(PROGRAMS, -90.70, 34.71, 9)
def scenes() -> Iterator[Any]:
    yield toa("2020", "2021").size()
    yield toa("2020-07", "2020-08")
    yield toa("2020", "2021").filterDate("2020-07-05T06:34:46", "2020-07-05T19:34:46")
    yield toa("2020", "2021").filterDate(1593967014062, 1595349419611)
    yield toa("2020", "2021").filterDate(ee.DateRange("2020-07-01", "2020-07-10"))
    yield toa("2020", "2021").filterDate(ee.Date("2020-07-01"), ee.Date("2020-07-10"))
    summer = toa("2020-07-01", "2020-09-01")
    for ascending in (True, False):
        by_cloud = summer.sort("CLOUD_COVER", ascending)
        yield by_cloud
        yield layer(by_cloud.first(), ["B4", "B3", "B2"], 0.01, 0.25)
    yield summer.select("B[4-5]").toBands()
    yield summer.select("B[4-5]").sort("DATE_ACQUIRED", False).toBands()
    yield toa("2020", "2021").toList(3)
    yield toa("2020", "2021").toList(3, 3)


@shown(PROGRAMS, -122.073, 37.188, 9)
def properties_of_scenes() -> Iterator[Any]:
    found = toa("2018", "2019", (-122.073, 37.188))
    for name in ["array", "count", "count_distinct", "first", "histogram", "min", "max", "mean", "sum", "product"]:
        yield getattr(found, f"aggregate_{name}")("CLOUD_COVER")
    for name in ["sample_sd", "sample_var", "total_sd", "total_var", "stats"]:
        yield getattr(found, f"aggregate_{name}")("CLOUD_COVER")
    for name in ("array", "min", "max"):
        yield getattr(found, f"aggregate_{name}")("LANDSAT_SCENE_ID")


@shown(PROGRAMS, -122.373, 37.448, 9)
def composites() -> Iterator[Any]:
    series = ee.ImageCollection("COPERNICUS/S2_SR").filterDate("2021-07-01", "2021-07-16")
    series = series.filterBounds(ee.Geometry.Point(-122.373, 37.448)).select("B.*|MSK_CLDPRB|SCL")
    bands = ["B11", "B8", "B3"]
    for made in (series.mean(), series.median(), series.min(), series.max()):
        yield layer(made, bands, 0, 4000)
    yield layer(series.sum(), ["MSK_CLDPRB"], 0, 500)
    yield layer(series.product(), ["MSK_CLDPRB"], 0, 1e10)
    yield layer(series.mode(), ["SCL"], 1, 11)
    clear = series.map(lambda image: image.updateMask(image.select("MSK_CLDPRB").lte(10)))
    yield layer(clear.select("B2").count(), None, 1, 5)
    yield layer(clear.mosaic(), bands, 0, 4000)


@shown(PROGRAMS, -103.19, 40.14, 9)
def best_pixels() -> Iterator[Any]:
    series = ee.ImageCollection("COPERNICUS/S2_SR_HARMONIZED").filterBounds(ee.Geometry.Point(-103.19, 40.14))
    series = series.filterDate("2020-07-01", "2020-07-16")
    series = series.map(lambda image: image.addBands(image.select("MSK_CLDPRB").multiply(-1).rename("quality")))
    for band in ("quality", "MSK_CLDPRB"):
        yield layer(series.qualityMosaic(band), ["B4", "B3", "B2"], 0, 4500)


@shown(PROGRAMS, -119.87, 44.76, 6)
def footprints() -> Iterator[Any]:
    found = ee.ImageCollection("LANDSAT/LC08/C02/T1_TOA").filterBounds(ee.Geometry.BBox(-124.0, 43.2, -116.5, 46.3))
    found = found.filterDate("2021-01-01", "2021-02-01")
    yield layer(found.mean(), ["B4", "B3", "B2"], 0.01, 0.25)
    cover = found.reduceToImage(properties=["CLOUD_COVER"], reducer=ee.Reducer.mean())
    yield layer(cover, None, 0, 50)


@shown(PROGRAMS, 10, 46, 6)
def years() -> Iterator[Any]:
    series = ee.ImageCollection("MODIS/061/MOD13A1").filterDate("2017", "2019").select("NDVI")
    series = series.map(lambda image: image.set("year", image.date().get("year")))
    joined = ee.Join.saveAll("all").apply(
        primary=series.distinct("year"),
        secondary=series,
        condition=ee.Filter.equals(leftField="year", rightField="year"),
    )

    def mean(first: Any) -> Any:
        return ee.ImageCollection.fromImages(first.get("all")).mean().copyProperties(first, ["year"])

    yield joined.map(mean)
    yield layer(ee.ImageCollection(joined.map(mean)).first(), None, 0, 9000)


@shown(PROGRAMS, -122.443, 37.753, 9)
def extremes() -> Iterator[Any]:
    both = ee.Reducer.minMax()
    image = ee.Image("MODIS/061/MOD13A1/2021_01_01").select("NDVI")
    place = ee.Geometry.Point([-122.443, 37.753])
    yield image.reduceRegion(reducer=both, geometry=place.buffer(3000).bounds(), scale=1000)
    near = image.reduceNeighborhood(reducer=both, kernel=ee.Kernel.square(3))
    yield near.bandNames()
    yield layer(near, ["NDVI_min"], 0, 9000)
    points = ee.FeatureCollection([ee.Feature(place, {"n": 1}), ee.Feature(place, {"n": 2})])
    yield image.reduceRegions(collection=points.map(lambda one: one.buffer(2000)), reducer=both, scale=1000)
    year = ee.ImageCollection("MODIS/061/MOD13A1").filterDate("2021-01-01", "2021-03-01").select("NDVI").reduce(both)
    yield year.bandNames()
    yield layer(year, ["NDVI_max"], 0, 9000)
    span = ee.ImageCollection("NASA/GPM_L3/IMERG_V07").limit(100).reduceColumns(both, ["system:time_start"])
    yield ee.Date(span.get("min"))


@shown(PROGRAMS, -119.86, 37.74, 10)
def counts() -> Iterator[Any]:
    elevation = ee.Image("CGIAR/SRTM90_V4")
    found = elevation.updateMask(elevation.gt(2000)).reduceRegion(
        reducer=ee.Reducer.count(), geometry=ee.Geometry.Point([-119.86, 37.74]).buffer(5000), scale=90, maxPixels=10**9
    )
    yield found.get("elevation")


@pytest.mark.parametrize(("program", "view"), PROGRAMS, ids=[program.__name__ for program, _ in PROGRAMS])
def test_a_program_of_the_reference_runs(program: Program, view: View, value_of: Value) -> None:
    run(program, view, value_of)
