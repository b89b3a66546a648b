"""Whether the programs of the reference on images run on stand-ins, where only the service has the pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import pytest

from tests.emulator.published.drawing import Looking, Program, View, layer, run, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.emulator.evaluating import Value

PROGRAMS: Looking = []


def sentinel() -> Any:
    return ee.Image("COPERNICUS/S2_SR/20210103T185040_20210103T190316_T10SEG")


def landsat() -> Any:
    return ee.Image("LANDSAT/LC08/C02/T1_L2/LC08_044034_20210508")


def heights() -> Any:
    return ee.Image("NASA/NASADEM_HGT/001")


TRUE_COLOUR = ["B4", "B3", "B2"], 0, 2700


@shown(PROGRAMS, -122.276, 37.456, 12)
def arithmetic() -> Iterator[Any]:
    one, other = sentinel().select("B11"), sentinel().select("B12")
    yield layer(one.add(other), None, 100, 6000)
    yield layer(one.subtract(other), None, 0, 1500)
    yield layer(one.multiply(other), None, 1.9e5, 9.4e6)
    yield layer(one.divide(other), None, 0, 3)
    yield layer(one.mod(other), None, 0, 1500)
    yield layer(one.pow(3), None, 0, 2e10)


@shown(PROGRAMS, -122.36, 37.47, 10)
def more_bands() -> Iterator[Any]:
    image = sentinel()
    yield image
    image = image.addBands(srcImg=image.select("B.*").divide(10000), overwrite=True)
    image = image.addBands(image.normalizedDifference(["B8", "B4"]).rename("NDVI"))
    wet = image.normalizedDifference(["B3", "B8"]).rename("NDWI")
    burnt = image.normalizedDifference(["B8", "B12"]).rename("NBR")
    yield image.addBands(ee.Image([wet, burnt]))


@shown(PROGRAMS, 0, 0, 2)
def another_projection() -> Iterator[Any]:
    robinson = ee.Projection(
        'PROJCS["World_Robinson",GEOGCS["GCS_WGS_1984",DATUM["WGS_1984",SPHEROID["WGS_1984",6378137,298.257223563]],'
        'PRIMEM["Greenwich",0],UNIT["Degree",0.017453292519943295]],PROJECTION["Robinson"],UNIT["Meter",1]]'
    )
    yield layer(ee.Image(1), palette="grey")
    yield layer(heights().select("elevation").changeProj(robinson.scale(0.9, 0.9), "EPSG:3857"), None, 0, 3000)


@shown(PROGRAMS, -121.5, 38.4, 3)
def clips() -> Iterator[Any]:
    box = ee.Geometry.BBox(-121.55, 39.01, -120.57, 39.38)
    ring = ee.Geometry.LinearRing([[-121.19, 38.10], [-120.53, 38.54], [-120.22, 37.83], [-121.19, 38.10]])
    yield heights().clip(box)
    for geometry in (box, ring, sentinel().geometry()):
        yield layer(heights().clip(geometry), "elevation", 0, 1500)
    highest = heights().select("elevation").reduceRegion(reducer=ee.Reducer.max(), geometry=box.centroid(1).buffer(900))
    yield highest.get("elevation")
    lands = ee.FeatureCollection("TIGER/2018/States").filterBounds(ee.Geometry.Point(-122.754, 38.606).buffer(2e4))
    yield layer(heights().clipToCollection(lands), "elevation", 0, 1500)


@shown(PROGRAMS, -122.0, 46.7, 3)
def coarse_clips() -> Iterator[Any]:
    wide, tall = ee.Geometry.BBox(-123.55, 46.61, -122.57, 46.98), ee.Geometry.BBox(-120.79, 46.58, -120.16, 46.81)
    yield heights().clipToBoundsAndScale(geometry=wide, width=20, height=10)
    yield layer(heights().clipToBoundsAndScale(geometry=wide, width=20, height=10), "elevation", 0, 2000)
    yield layer(heights().clipToBoundsAndScale(geometry=tall, maxDimension=5), "elevation", 0, 2000)
    yield layer(heights().clipToBoundsAndScale(geometry=tall, scale=1e4), "elevation", 0, 2000)
    both = ee.Algorithms.GeometryConstructors.MultiGeometry([wide, tall])
    yield layer(heights().clipToBoundsAndScale(geometry=both, width=20, height=10), "elevation", 0, 2000)
    line = ee.Geometry.LinearRing([[-123.19, 46.51], [-123.37, 46.35], [-123.01, 46.32], [-123.19, 46.51]])
    yield layer(heights().clipToBoundsAndScale(geometry=line, width=10, height=5), "elevation", 0, 2000)


@shown(PROGRAMS, 102, 15, 4)
def a_clip_by_countries() -> Iterator[Any]:
    lands = ee.FeatureCollection("FAO/GAUL/2015/level0").filter('ADM0_NAME == "Thailand"')
    clipped = heights().clipToCollection(lands)
    yield clipped
    yield layer(clipped, "elevation", 0, 2500, palette=["green", "yellow", "brown"])


@shown(PROGRAMS, -95.68, 46.46, 9)
def distances() -> Iterator[Any]:
    cover = ee.ImageCollection("GOOGLE/DYNAMICWORLD/V1").filterBounds(ee.Geometry.Point(-95.68, 46.46))
    water = ee.Image(cover.filterDate("2021-07-20", "2021-08-01").first()).select("label").eq(0)
    for kernel in (ee.Kernel.euclidean, ee.Kernel.manhattan, ee.Kernel.chebyshev):
        yield layer(water.distance(kernel(10_000, "meters")), None, 0, 10_000)
    yield layer(water.mask(water), palette="blue")


@shown(PROGRAMS, -122.14, 37.38, 11)
def expressions() -> Iterator[Any]:
    image = landsat()
    near, red = image.select("SR_B5"), image.select("SR_B4")
    yield layer(image.expression("(b(4) - b(3)) / (b(4) + b(3))").rename("NDVI"), None, 0, 0.5)
    named = '(b("SR_B5") - b("SR_B4")) / (b("SR_B5") + b("SR_B4"))'
    yield layer(image.expression(named).rename("NDVI"), None, 0, 0.5)
    variables = ee.Image().expression("(near - red) / (near + red)", {"near": near, "red": red})
    yield layer(variables.rename("NDVI"), None, 0, 0.5)
    dotted = ee.Image().expression("(img.SR_B5 - img.SR_B4) / (img.SR_B5 + img.SR_B4)", {"img": image})
    yield layer(dotted.rename("NDVI"), None, 0, 0.5)
    legs = {"a": ee.Image(5), "b": image.select("SR_B2")}
    yield layer(ee.Image().expression("c = sqrt(pow(a, 2) + pow(b, 2))", legs), None, 5000, 20000)


@shown(PROGRAMS, -122.148, 37.377, 11)
def a_normalized_difference() -> Iterator[Any]:
    yield layer(landsat().normalizedDifference(["SR_B5", "SR_B4"]), None, 0, 0.5)


@shown(PROGRAMS, 0, 0, 1)
def land_and_sea() -> Iterator[Any]:
    yield layer(heights().select("elevation").gt(0.0), palette=["cadetblue", "lightgray"])
    yield layer(ee.Image.pixelLonLat().select("longitude").add(180).divide(6).int(), None, 0, 60)


@shown(PROGRAMS, -122.36, 37.47, 10)
def masks() -> Iterator[Any]:
    image = sentinel()
    yield image.mask()
    yield layer(image.select("B1").mask())
    land = image.select("B11").gt(100)
    yield land
    yield land.selfMask()
    yield layer(land.selfMask(), palette=["gold"])
    yield layer(image.updateMask(land), *TRUE_COLOUR, gamma=1.3)
    visible = image.select(["B4", "B3", "B2"])
    yield layer(visible.updateMask(visible.gt(200)), *TRUE_COLOUR, gamma=1.3)
    yield layer(image.updateMask(land.add(0.65)), *TRUE_COLOUR, gamma=1.3)
    masked = image.updateMask(land)
    yield layer(masked.unmask(32767), *TRUE_COLOUR)
    yield layer(masked.unmask(), *TRUE_COLOUR)
    yield layer(masked.unmask(sameFootprint=False), *TRUE_COLOUR)
    tiles = ee.ImageCollection("COPERNICUS/S2_SR").filterBounds(ee.Geometry.Point(-122.36, 37.47))
    fill = ee.Image(tiles.filterDate("2020-06-10", "2020-06-20").first())
    yield masked.unmask(fill)
    yield layer(masked.unmask(fill), *TRUE_COLOUR)


@shown(PROGRAMS, -105.8, 39.0, 7)
def high_areas() -> Iterator[Any]:
    areas, elevation = ee.Image.pixelArea(), heights().select("elevation")
    yield areas.projection()
    high = areas.updateMask(elevation.gt(1))
    region = ee.Geometry.Point(-105.8, 39.0).buffer(2000)
    yield layer(high.clip(region), palette="yellow")
    total = high.reduceRegion(
        reducer=ee.Reducer.sum(),
        geometry=ee.FeatureCollection([ee.Feature(region)]),
        crs=elevation.projection(),
        crsTransform=[1 / 3600, 0, -180, 0, -1 / 3600, 60],
        maxPixels=1e8,
    )
    yield total.getNumber("area").divide(1e6)


@shown(PROGRAMS, 10.0, 46.0, 9)
def classes() -> Iterator[Any]:
    cover = ee.ImageCollection("ESA/WorldCover/v200").first()
    old, new = [10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100], [1, 2, 2, 2, 3, 2, 4, 5, 6, 6, 2]
    found = ee.Image(cover).remap(old, new, defaultValue=0, bandName="Map")
    yield found
    yield layer(found, None, 1, 6, palette=["darkgreen", "lightgreen", "red", "white", "blue", "cyan"])


@shown(PROGRAMS, -123.457, 47.815, 11)
def slopes() -> Iterator[Any]:
    elevation = heights().select("elevation")
    yield layer(ee.Terrain.slope(elevation), None, 0, 89.99)
    yield layer(ee.Terrain.aspect(elevation), None, 0, 359.99)
    yield ee.Terrain.products(elevation).bandNames()
    yield layer(ee.Terrain.products(elevation).select("hillshade"), None, 0, 255)
    tiles = ee.ImageCollection("COPERNICUS/DEM/GLO30").filterBounds(ee.Geometry.Point(-123.457, 47.815))
    mosaic = tiles.select("DEM").mosaic().setDefaultProjection(tiles.first().select("DEM").projection())
    yield layer(ee.Terrain.hillshade(mosaic), None, 150, 255)


@shown(PROGRAMS, -123.457, 47.815, 11)
def forced_projections() -> Iterator[Any]:
    fine, coarse = heights().select("elevation"), ee.Image("CGIAR/SRTM90_V4").select("elevation")
    mean = ee.ImageCollection([fine, coarse]).mean()
    yield mean.projection()
    yield layer(mean, None, 500, 2500)
    yield layer(ee.Terrain.slope(mean), None, 0, 0.3)
    yield layer(ee.Terrain.slope(mean.reproject(crs="EPSG:4326", scale=30)), None, 0, 45)
    yield mean.reproject(fine.projection()).projection()
    yield layer(ee.Terrain.slope(mean.reproject(fine.projection())), None, 0, 45)
    yield layer(ee.Terrain.slope(mean.setDefaultProjection(fine.projection())), None, 0, 45)


@shown(PROGRAMS, -122.08, 37.22, 9)
def statistics_of_regions() -> Iterator[Any]:
    image = landsat().select(["SR_B6", "SR_B5", "SR_B3"])
    place = ee.Geometry.Point(-122.08, 37.22)
    both = ee.Reducer.mean().combine(reducer2=ee.Reducer.stdDev(), sharedInputs=True)
    places = ee.FeatureCollection([ee.Feature(place.buffer(500), {"n": 1}), ee.Feature(place.buffer(300), {"n": 2})])
    for reducer in (ee.Reducer.median(), both):
        yield image.reduceRegion(reducer=reducer, geometry=place.buffer(500), scale=30, crs="EPSG:3310")
        yield image.reduceRegions(collection=places, reducer=reducer, scale=30, crs="EPSG:3310")


@shown(PROGRAMS, -110, 40, 16)
def samples() -> Iterator[Any]:
    ring = [[-110.006, 40.002], [-110.006, 39.999], [-109.995, 39.999], [-109.995, 40.002]]
    found = ee.Image("CGIAR/SRTM90_V4").sample(region=ee.Geometry.Polygon([ring], None, False), geometries=True)
    yield found.first()
    sized = found.map(lambda one: one.set("size", one.getNumber("elevation").unitScale(1620, 1650).multiply(15)))
    yield sized.aggregate_array("size")


@shown(PROGRAMS, -115.32053, 36.182016, 18)
def segments() -> Iterator[Any]:
    photographs = ee.ImageCollection("USDA/NAIP/DOQQ").filterBounds(ee.Geometry.Point(-115.32053, 36.182016))
    image = ee.Image(photographs.filterDate("2017", "2020").first())
    found = ee.Algorithms.Image.Segmentation.SNIC(image=image, size=30, compactness=0.1, connectivity=8)
    # Not drawn: segments take seconds.
    yield found.select(["R_mean", "G_mean", "B_mean"]).bandNames()
    yield found.randomVisualizer().bandNames()


@pytest.mark.parametrize(("program", "view"), PROGRAMS, ids=[program.__name__ for program, _ in PROGRAMS])
def test_a_program_of_the_reference_runs(program: Program, view: View, value_of: Value) -> None:
    run(program, view, value_of)
