"""What the samples of the reference print, or say in words, of images, pixel types, projections and terrain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import pytest

from tests.emulator.published.agreement import Sample, agree, cases

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Info

SCENE = "COPERNICUS/S2_SR/20210103T185040_20210103T190316_T10SEG"
REFLECTANCES = ["B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B9", "B11", "B12"]
IDENTITY = [1, 0, 0, 0, 1, 0]
LAMBERT = (
    'PROJCS["NTF (Paris) / Lambert zone II",GEOGCS["NTF (Paris)",DATUM["Nouvelle Triangulation Francaise (Paris)",'
    'SPHEROID["Clarke 1880 (IGN)",6378249.2,293.4660212936269,AUTHORITY["EPSG","7011"]],AUTHORITY["EPSG","6807"]],'
    'PRIMEM["Paris",2.5969213,AUTHORITY["EPSG","8903"]],UNIT["grade",0.015707963267948967],'
    'AXIS["Geodetic longitude",EAST],AXIS["Geodetic latitude",NORTH],AUTHORITY["EPSG","4807"]],'
    'PROJECTION["Lambert_Conformal_Conic_1SP",AUTHORITY["EPSG","9801"]],PARAMETER["central_meridian",0.0],'
    'PARAMETER["latitude_of_origin",52.0],PARAMETER["scale_factor",0.99987742],PARAMETER["false_easting",600000.0],'
    'PARAMETER["false_northing",2200000.0],UNIT["m",1.0],AXIS["Easting",EAST],AXIS["Northing",NORTH],'
    'AUTHORITY["EPSG","27572"]]'
)


def constant(value: float, name: str = "constant", precision: str = "int") -> dict[str, Any]:
    """A band of a constant image, as getInfo tells it."""
    type_ = {"type": "PixelType", "precision": precision, "min": value, "max": value}
    return {"id": name, "data_type": type_, "crs": "EPSG:4326", "crs_transform": IDENTITY}


def bands(*found: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Image", "bands": list(found)}


def pixel(image: Any, band: str = "constant") -> Any:
    return image.sample(ee.Geometry.Point(0, 0), 1).aggregate_first(band)


def names(*selectors: Any) -> Any:
    return ee.Image(SCENE).select(*selectors).bandNames()


def two_squares() -> Any:
    """Rectangles that the reference says to hold 36 pixels of 10 m each."""
    corners = [
        (-122.50620929, 37.76502806, -122.50552264, 37.76556663),
        (-122.50530270, 37.76565568, -122.50460533, 37.76619425),
    ]
    return ee.FeatureCollection(
        [ee.Feature(ee.Geometry.Rectangle(*corner), {"id": number}) for number, corner in enumerate(corners)]
    )


def pixels_of_squares() -> Any:
    taken = ee.Image(SCENE).select("B4").sampleRegions(collection=two_squares(), scale=10)
    return taken.aggregate_histogram("id")


def heights_of(**how: Any) -> Any:
    """A sample of the pixels of a small polygon."""
    ring = [[-110.006, 40.002], [-110.006, 39.999], [-109.995, 39.999], [-109.995, 40.002]]
    return ee.Image("CGIAR/SRTM90_V4").sample(region=ee.Geometry.Polygon([ring], None, False), **how)


def cover() -> Any:
    return ee.Image(ee.ImageCollection("ESA/WorldCover/v200").first())


SAMPLES: dict[str, list[Sample]] = {
    "Constants": [
        (ee.Image, bands(constant(0))),
        (lambda: ee.Image.constant(1), bands(constant(1))),
        (lambda: ee.Image(2), bands(constant(2))),
        (
            lambda: ee.Image.constant([-1.2, 4]),
            bands(constant(-1.2, "constant_0", "double"), constant(4, "constant_1")),
        ),
        (
            lambda: ee.Image([0xFF, 0x88, 0x00]),
            bands(constant(255), constant(136, "constant_1"), constant(0, "constant_2")),
        ),
    ],
    "Logic": [
        (lambda: pixel(ee.Image(3)), 3),
        (lambda: pixel(ee.Image(3).Not()), 0),
        (lambda: pixel(ee.Image(3).Not().Not()), 1),
    ],
    "Bands": [
        (lambda: names("B11"), ["B11"]),
        (lambda: names(10), ["B11"]),
        (lambda: names(["B11", "B8", "B3"]), ["B11", "B8", "B3"]),
        (lambda: names("B11", "B8", "B3"), ["B11", "B8", "B3"]),
        (lambda: names(10, "B8", 2), ["B11", "B8", "B3"]),
        (lambda: names(["B11", "B8", "B3"], ["SWIR1", "NIR", "Green"]), ["SWIR1", "NIR", "Green"]),
        (lambda: names("QA.."), ["QA10", "QA20", "QA60"]),
        (lambda: names("B.*"), REFLECTANCES),
        (lambda: names("B..?"), REFLECTANCES),
        (lambda: names("B[6-8]"), ["B6", "B7", "B8"]),
        (lambda: names("B[1-9][1-2]"), ["B11", "B12"]),
        (lambda: names("B.*|QA.*"), [*REFLECTANCES, "QA10", "QA20", "QA60"]),
        (lambda: ee.Image(SCENE).select(0, 1).rename(["x", "y"]).bandNames(), ["x", "y"]),
        (lambda: ee.Image(SCENE).select(0, 1).rename("x", "y").bandNames(), ["x", "y"]),
        (lambda: cover().remap([10], [1], 0, "Map").bandNames(), ["remapped"]),
        (lambda: cover().remap([10], [1], 0, "Map").propertyNames().contains("Map_class_values"), True),
        (lambda: ee.Image(SCENE).normalizedDifference(["B8", "B4"]).bandNames(), ["nd"]),
    ],
    "Masks": [
        (lambda: pixel(ee.Image(7).updateMask(0.65).mask()), 0.65),
        (lambda: pixel(ee.Image(7).updateMask(1.65).mask()), 1),
        (lambda: pixel(ee.Image(7).updateMask(0).unmask(32767)), 32767),
        (lambda: pixel(ee.Image(7).updateMask(0).unmask()), 0),
        (lambda: pixel(ee.Image(7).updateMask(0).unmask(sameFootprint=False)), 0),
        (lambda: pixel(ee.Image(7).updateMask(0).unmask(ee.Image(9))), 9),
        (lambda: pixel(ee.Image(7).updateMask(0).mask()), 0),
        (lambda: ee.Image(7).selfMask().bandNames(), ["constant"]),
    ],
    "Arithmetic": [
        (lambda: pixel(ee.Image(5).pow(3)), 125),
        (lambda: pixel(ee.Image(7).mod(ee.Image(4))), 3),
        (lambda: pixel(ee.Image().expression("c = sqrt(pow(a, 2) + pow(b, 2))", {"a": 5, "b": ee.Image(12)}), "c"), 13),
        (lambda: pixel(ee.Image([3, 4]).expression("(b(1) - b(0)) / (b(1) + b(0))"), "constant_1"), 1 / 7),
        (lambda: pixel(ee.Image().expression("(x.a - x.b) / x.b", {"x": ee.Image([6, 4]).rename("a", "b")}), "a"), 0.5),
    ],
    "Samples": [
        (pixels_of_squares, {"0": 36, "1": 36}),
        (lambda: heights_of(geometries=True).first().geometry().type(), "Point"),
        (
            lambda: (
                heights_of(geometries=True)
                .first()
                .geometry()
                .coordinates()
                .map(lambda degrees: ee.Number(degrees).format("%.2f"))
            ),
            ["-110.01", "40.00"],
        ),
        (lambda: heights_of().first().propertyNames().contains("elevation"), True),
    ],
    "Clips": [
        (lambda: ee.Image(SCENE).clip(two_squares().geometry()).bandNames().equals(names(".*")), True),
        (lambda: ee.Image(SCENE).clip(two_squares().geometry()).get("MGRS_TILE"), "10SEG"),
        (lambda: ee.Image(SCENE).clipToCollection(two_squares()).get("MGRS_TILE"), "10SEG"),
        (lambda: ee.Image(SCENE).clipToBoundsAndScale(two_squares().geometry(), 20, 10).get("MGRS_TILE"), "10SEG"),
    ],
    "Projections": [
        (lambda: ee.Image.pixelArea().projection(), {"type": "Projection", "crs": "EPSG:4326", "transform": IDENTITY}),
        (lambda: ee.Projection("EPSG:3857"), {"type": "Projection", "crs": "EPSG:3857", "transform": IDENTITY}),
        (lambda: ee.Projection("EPSG:4326"), {"type": "Projection", "crs": "EPSG:4326", "transform": IDENTITY}),
        (lambda: ee.Projection(LAMBERT), {"type": "Projection", "crs": "EPSG:27572", "transform": IDENTITY}),
        (
            lambda: (
                ee.ImageCollection([ee.Image("CGIAR/SRTM90_V4"), ee.Image("NASA/NASADEM_HGT/001").select([0])])
                .mean()
                .projection()
            ),
            {"type": "Projection", "crs": "EPSG:4326", "transform": IDENTITY},
        ),
    ],
    "Pixel types": [
        (lambda: ee.PixelType("int", 0, 1), {"type": "PixelType", "precision": "int", "min": 0, "max": 1}),
        (lambda: ee.PixelType("float"), {"type": "PixelType", "precision": "float"}),
        (lambda: ee.PixelType("double", None, None, 0), {"type": "PixelType", "precision": "double"}),
        (lambda: ee.PixelType("double", None, None, 1), {"type": "PixelType", "precision": "double", "dimensions": 1}),
        (
            lambda: ee.PixelType("double", None, None, 10),
            {"type": "PixelType", "precision": "double", "dimensions": 10},
        ),
        (lambda: ee.PixelType("double", 1, 2, 0), {"type": "PixelType", "precision": "double", "min": 1, "max": 2}),
        (lambda: ee.PixelType("double", -4, -3, 0), {"type": "PixelType", "precision": "double", "min": -4, "max": -3}),
    ],
    "Terrain": [
        (
            lambda: ee.Terrain.products(ee.Image("CGIAR/SRTM90_V4")).bandNames(),
            ["elevation", "slope", "aspect", "hillshade"],
        ),
    ],
}


@pytest.mark.parametrize(("sample", "expected"), cases(SAMPLES))
def test_a_sample_prints_what_the_reference_says(sample: Callable[[], Any], expected: Any, info: Info) -> None:
    found = info(sample())
    assert agree(found, expected), found
