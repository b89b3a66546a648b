"""What bites in scripts, asked over HTTP by the official client: types, masks, projections, regions, joins, errors.

Each expectation follows from a sentence of the service's documentation and arithmetic on pixels that are numbered in
rows: 0 to 49 in the first, 50 to 99 in the second.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest

from tests.emulator.evaluating import DAY
from tests.emulator.serving import official_client
from xee_lite import emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from xee_lite.emulator.images.image import Image

LEFT, TOP, PIXEL = 510000, 4900020, 30
"""Multiples of the pixel, so that a scale alone gives the image's own grid."""


@pytest.fixture(scope="module", autouse=True)
def earth() -> Iterator[None]:
    numbers = np.arange(2000, dtype="uint16").reshape(40, 50)
    transform = [PIXEL, 0, LEFT, 0, -PIXEL, TOP]
    kinds = {"u8": np.uint8(5), "i16": np.int16(-300), "f4": np.float32(0.5), "f8": np.float64(0.1)}
    days = [
        emulator.memory_image(
            {"v": numbers + np.uint16(day), "w": numbers},
            crs="EPSG:32631",
            transform=transform,
            properties={"system:time_start": day * DAY, "day": day},
        )
        for day in range(3)
    ]
    assets: dict[str, Image | emulator.MemoryCollection] = {
        "X/numbers": emulator.memory_image({"v": numbers}, crs="EPSG:32631", transform=transform),
        "X/kinds": emulator.memory_image(
            {name: np.full((4, 4), value) for name, value in kinds.items()}, crs="EPSG:32631", transform=transform
        ),
        "X/degrees": emulator.memory_image(
            {"b": np.zeros((9, 9), "uint8")}, crs="EPSG:4326", transform=[0.1, 0, 0, 0, -0.1, 1]
        ),
        "X/days": emulator.memory_collection(days),
    }
    with emulator.start(assets=assets) as running, official_client(running):
        yield


def numbers() -> Any:
    return ee.Image("X/numbers")


def days() -> Any:
    return ee.ImageCollection("X/days")


def kind(name: str) -> Any:
    return ee.Image("X/kinds").select(name)


def box(width: float, height: float = PIXEL) -> Any:
    """A rectangle of metres at the upper left corner."""
    metres = ee.Projection("EPSG:32631")
    return ee.Geometry.Rectangle([LEFT, TOP - height, LEFT + width, TOP], metres, False)


def type_of(image: Any) -> Any:
    return image.bandTypes().values().get(0)


def precision_of(image: Any) -> Any:
    return ee.PixelType(type_of(image)).precision()


def value_at(image: Any, x: float = 3, y: float = 44) -> Any:
    """The only band's value at a place."""
    return image.reduceRegion("first", ee.Geometry.Point(x, y), 10).values().get(0)


def over(width: float, reducer: Any, image: Any = None) -> Any:
    return (image or numbers()).reduceRegion(reducer, box(width), PIXEL).values().get(0)


def whole(low: float, high: float) -> dict[str, Any]:
    return {"type": "PixelType", "precision": "int", "min": low, "max": high}


def pixels(image: Any, size: int = PIXEL, shift: float = 0) -> list[list[float]]:
    """Two by two pixels at the upper left corner."""
    affine = {"scaleX": size, "scaleY": -size, "translateX": LEFT + shift, "translateY": TOP - shift}
    grid = {"dimensions": {"width": 2, "height": 2}, "affineTransform": affine, "crsCode": "EPSG:32631"}
    table = np.load(io.BytesIO(ee.data.computePixels({"expression": image, "fileFormat": "NPY", "grid": grid})))
    values: list[list[float]] = table[table.dtype.names[0]].tolist()
    return values


LEFTS = [{"k": 1, "a": 10}, {"k": 2, "a": 20}, {"k": 3, "a": 30}]
RIGHTS = [{"k": 1, "b": "x"}, {"k": 1, "b": "y"}, {"k": 3, "b": "z"}]
SAME = {"leftField": "k", "rightField": "k"}


def table(rows: list[dict[str, Any]]) -> Any:
    return ee.FeatureCollection([ee.Feature(None, row) for row in rows])


def joined(join: Any, condition: Any = None) -> Any:
    return ee.FeatureCollection(join.apply(table(LEFTS), table(RIGHTS), condition or ee.Filter.equals(**SAME)))


def match(feature: Any) -> Any:
    return ee.Feature(feature).set("b", ee.Feature(feature.get("m")).get("b"))


ANSWERS: dict[str, tuple[Callable[[], Any], Any]] = {
    # Types
    "a comparison is 0 or 1": (lambda: type_of(numbers().gt(5)), whole(0, 1)),
    "a whole constant has its own range": (lambda: type_of(ee.Image(5)), whole(5, 5)),
    "a mask is a fraction": (lambda: type_of(numbers().mask()), whole(0, 1) | {"precision": "float"}),
    "float and int are float": (lambda: precision_of(kind("f4").add(1)), "float"),
    "double and float are double": (lambda: precision_of(kind("f8").add(kind("f4"))), "double"),
    "where takes the larger type": (lambda: type_of(kind("u8").where(1, kind("i16"))), whole(-32768, 32767)),
    "unmask widens the range": (lambda: type_of(kind("u8").unmask(-1)), whole(-1, 255)),
    "unmask keeps float": (lambda: precision_of(kind("f4").unmask(2147483647)), "float"),
    # Masks and arithmetic
    "nothing by nothing is 0": (lambda: value_at(ee.Image(7).divide(0)), 0),
    "a remainder has the dividend's sign": (lambda: value_at(ee.Image(-7).mod(3)), -1),
    "a normalised difference": (lambda: value_at(ee.Image([3, 1]).normalizedDifference()), 0.5),
    "of something negative there is none": (lambda: value_at(ee.Image([-1, 1]).normalizedDifference()), None),
    "the smaller mask stays": (
        lambda: value_at(ee.Image(1).updateMask(0.5).add(ee.Image(1).updateMask(0.25)).mask()),
        0.25,
    ),
    "what was masked shows as 0": (lambda: over(PIXEL, "max", numbers().add(7).updateMask(0).mask(1)), 7),
    "or as what is nearest to 0": (lambda: value_at(ee.Image(9).updateMask(0).mask(1)), 9),
    # Projections
    "composites are in degrees": (
        lambda: days().mean().projection(),
        {"type": "Projection", "crs": "EPSG:4326", "transform": [1, 0, 0, 0, 1, 0]},
    ),
    "composites have no end": (lambda: days().mean().geometry().isUnbounded(), True),
    "an operation keeps the left grid": (lambda: numbers().add(ee.Image("X/degrees")).projection().crs(), "EPSG:32631"),
    "a constant yields to a grid": (lambda: ee.Image(1).add(numbers()).projection().crs(), "EPSG:32631"),
    "bands keep their grid": (lambda: days().toBands().projection().crs(), "EPSG:32631"),
    "bands are named by index": (lambda: days().toBands().bandNames().slice(0, 2), ["0_v", "0_w"]),
    "operations drop properties": (lambda: days().first().add(1).get("day"), None),
    "a selection keeps them": (lambda: days().first().select("v").get("day"), 0),
    # Regions
    "half a pixel weighs half": (lambda: over(1.5 * PIXEL, "sum"), 0.5),
    "a mean is weighted": (lambda: over(1.5 * PIXEL, "mean"), 0.5 / 1.5),
    "masks are weights too": (lambda: over(2 * PIXEL, "sum", numbers().updateMask(0.5)), 0.5),
    "less than half without weights": (lambda: over(1.4 * PIXEL, ee.Reducer.sum().unweighted()), 0),
    "more than half without weights": (lambda: over(1.6 * PIXEL, ee.Reducer.sum().unweighted()), 1),
    "a count has no weights": (lambda: over(1.4 * PIXEL, "count"), 1),
    "a mean of nothing": (lambda: over(PIXEL, "mean", numbers().updateMask(0)), None),
    "a count of nothing": (lambda: over(PIXEL, "count", numbers().updateMask(0)), 0),
    "several outputs have names": (
        lambda: numbers().reduceRegion(ee.Reducer.minMax(), box(3 * PIXEL), PIXEL),
        {"v_min": 0, "v_max": 2},
    ),
    "of one band, features have plain names": (
        lambda: numbers().reduceRegions(table([]).merge(ee.Feature(box(3 * PIXEL))), "mean", PIXEL).first().get("mean"),
        1,
    ),
    # Joins
    "inner": (
        lambda: joined(ee.Join.inner()).map(lambda pair: ee.Feature(pair.get("secondary"))).aggregate_array("b"),
        ["x", "y", "z"],
    ),
    "simple": (lambda: joined(ee.Join.simple()).aggregate_array("a"), [10, 30]),
    "inverted": (lambda: joined(ee.Join.inverted()).aggregate_array("a"), [20]),
    "first": (lambda: joined(ee.Join.saveFirst("m")).map(match).aggregate_array("b"), ["x", "z"]),
    "best": (
        lambda: joined(ee.Join.saveBest("m", "d"), ee.Filter.maxDifference(1, **SAME)).map(match).aggregate_array("b"),
        ["x", "x", "z"],
    ),
    "all": (
        lambda: (
            joined(ee.Join.saveAll("m"))
            .map(lambda feature: feature.set("n", ee.List(feature.get("m")).size()))
            .aggregate_array("n")
        ),
        [2, 1],
    ),
    "linked bands": (
        lambda: days().first().select("v").linkCollection(days().select(["w"], ["l"]), ["l"]).bandNames(),
        ["v", "l"],
    ),
    "combined bands": (lambda: days().select("v").combine(days().select("w")).first().bandNames(), ["v", "w"]),
    # Functions
    "a mapped list": (lambda: ee.List([1, 2]).map(lambda number: ee.Number(number).add(1)), [2, 3]),
    "what a function drops": (
        lambda: table(LEFTS).map(lambda f: ee.Algorithms.If(ee.Number(f.get("a")).gt(10), f, None), True).size(),
        2,
    ),
    "iteration": (lambda: ee.List([1, 2, 3]).iterate(lambda number, last: ee.Number(number).add(last), 0), 6),
    "only one case is computed": (lambda: ee.Algorithms.If(True, 1, ee.Image("nothing").bandNames()), 1),
    "emptiness is false": (lambda: ee.Algorithms.If([], "true", "false"), "false"),
    "a list of 0 is true": (lambda: ee.Algorithms.If([0], "true", "false"), "true"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answers(name: str) -> None:
    asked, expected = ANSWERS[name]
    found = asked().getInfo()
    assert found == (pytest.approx(expected, rel=1e-6) if isinstance(expected, float) else expected)


MEANS = [[(0 + 1 + 50 + 51) / 4, (2 + 3 + 52 + 53) / 4], [(100 + 101 + 150 + 151) / 4, (102 + 103 + 152 + 153) / 4]]
PIXELS: dict[str, tuple[Callable[[], list[list[float]]], list[list[float]]]] = {
    "its own": (lambda: pixels(numbers()), [[0, 1], [50, 51]]),
    "the nearest": (lambda: pixels(numbers(), size=3 * PIXEL), [[51, 54], [201, 204]]),
    "means of four": (lambda: pixels(numbers().reduceResolution("mean"), size=2 * PIXEL), MEANS),
    "between the centres": (
        lambda: pixels(numbers().toFloat().resample("bilinear"), shift=PIXEL / 2),
        [[25.5, 26.5], [75.5, 76.5]],
    ),
    "beyond the image": (lambda: pixels(numbers().add(1), shift=-PIXEL), [[0, 0], [0, 1]]),
    "filled within the image": (lambda: pixels(numbers().updateMask(0).unmask(9), shift=-PIXEL), [[0, 0], [0, 9]]),
    "filled everywhere": (lambda: pixels(numbers().updateMask(0).unmask(9, False), shift=-PIXEL), [[9, 9], [9, 9]]),
    "the last on top": (lambda: pixels(days().select("v").mosaic()), [[2, 3], [52, 53]]),
    "the mean of all": (lambda: pixels(days().select("v").mean()), [[1, 2], [51, 52]]),
    "a composite on a grid": (
        lambda: pixels(
            days().select("v").mean().setDefaultProjection(numbers().projection()).reduceResolution("mean"),
            size=2 * PIXEL,
        ),
        [[mean + 1 for mean in row] for row in MEANS],
    ),
}


@pytest.mark.parametrize("name", PIXELS)
def test_pixels(name: str) -> None:
    asked, expected = PIXELS[name]
    np.testing.assert_allclose(asked(), expected, rtol=1e-6)


TOO_MANY = (
    "Image.reduceRegion: Too many pixels in the region. Found 2000, but maxPixels allows only 1000. "
    "Ensure that you are not aggregating at a higher resolution than you intended; "
    "that is a frequent cause of this error. If not, then you may set the 'maxPixels' argument to a limit suitable for "
    "your computation; set 'bestEffort' to true to aggregate at whatever scale results in 'maxPixels' total pixels; "
    "or both."
)
ERRORS: dict[str, Callable[[], Any]] = {
    "Image.load: Image asset 'X/Y' not found (does not exist or caller does not have access).": lambda: ee.Image("X/Y"),
    "ImageCollection.load: ImageCollection asset 'X/Y' not found (does not exist or caller does not have access).": (
        lambda: ee.ImageCollection("X/Y").size()
    ),
    "Image.select: Band pattern 'u' did not match any bands. Available bands: [v]": lambda: numbers().select("u"),
    "Image.select: Band pattern 'v' was applied to an Image with no bands.": (
        lambda: days().filterDate("2020", "2021").mean().select("v")
    ),
    "Error in map(ID=0):\nImage.select: Band pattern 'u' did not match any bands.": (
        lambda: days().map(lambda image: image.select("u"))
    ),
    "Image.select: Parameter 'input' is required and may not be null.": (
        lambda: days().filterDate("2020", "2021").first().select("v")
    ),
    "Image.reduceRegion: Provide 'geometry' parameter when aggregating over an unbounded image.": (
        lambda: ee.Image(1).reduceRegion("mean")
    ),
    "Image.reduceRegion: The default WGS84 projection is invalid for aggregations. "
    "Specify a scale or crs & crs_transform.": (lambda: ee.Image(1).reduceRegion("mean", ee.Geometry.Point(0, 0))),
    "Image.projection: The bands of the specified image contain different projections. "
    "Use Image.select to pick a single band.": lambda: numbers().addBands(ee.Image("X/degrees")).projection(),
    TOO_MANY: (lambda: numbers().reduceRegion("mean", box(50 * PIXEL, 40 * PIXEL), PIXEL, maxPixels=1000)),
    "ReduceRegion.AggregationContainer: Valid tileScales are 0.1 to 16.": (
        lambda: numbers().reduceRegion("mean", box(PIXEL), PIXEL, tileScale=17)
    ),
    "Dictionary.get: Dictionary does not contain key: 'b'.": lambda: ee.Dictionary({"a": 1}).get("b"),
    "Collection.map: A mapped algorithm must return a Feature or Image.": (
        lambda: table(LEFTS).map(lambda feature: ee.Algorithms.If(False, feature, None))
    ),
}


@pytest.mark.parametrize("message", ERRORS)
def test_errors(message: str) -> None:
    with pytest.raises(ee.EEException, match=f"^{re.escape(message)}"):
        ERRORS[message]().getInfo()


def test_best_effort_takes_larger_pixels() -> None:
    region = box(50 * PIXEL, 40 * PIXEL)
    found = numbers().reduceRegion("count", region, PIXEL, maxPixels=1000, bestEffort=True).getInfo()["v"]
    assert 250 <= found <= 1000
