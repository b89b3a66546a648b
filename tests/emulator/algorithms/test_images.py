"""Bands: constants, selection, names, and what images say of themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest

from xee_lite.emulator.catalogue.memory import memory_image
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.types import DOUBLE, UINT8, PixelGrid, PixelType, Projection

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Sampled, Value
    from xee_lite.emulator.images.image import Image


GRID = PixelGrid("EPSG:32631", (10.0, 0.0, 400_000.0, 0.0, -10.0, 4_600_000.0), 3, 2)
A = np.arange(6, dtype=np.uint8).reshape(2, 3)


class Assets:
    def find(self, asset_id: str) -> Image | None:
        bands = {name: A + shift for shift, name in enumerate(["B1", "B2", "B8", "B8A", "QA"])}
        image = memory_image(bands, crs=GRID.crs, transform=GRID.transform, properties={"p": 3, "system:time_start": 5})
        return image if asset_id == "T/s" else None


@pytest.fixture
def catalogue() -> Assets:
    return Assets()


def test_a_missing_asset_is_named(value_of: Value) -> None:
    text = r"Image\.load: Image asset 'T/x' not found \(does not exist or caller does not have access\)\."
    with pytest.raises(EarthError, match=text):
        value_of(ee.Image("T/x"))
    with pytest.raises(EarthError, match="not found at version 12"):
        value_of(ee.Image("T/s", 12))


def test_constants(value_of: Value) -> None:
    image = value_of(ee.Image.constant([5, 2.5]))
    assert {band.name: band.type for band in image.bands} == {
        "constant_0": PixelType("int", 5, 5),
        "constant_1": PixelType("double", 2.5, 2.5),
    }
    assert value_of(ee.Image([1, 2, 3])).names == ["constant", "constant_1", "constant_2"]
    assert value_of(ee.Image(7)).bands[0].projection == Projection("EPSG:4326")


@pytest.mark.parametrize(
    ("selectors", "names"),
    [
        (["B2"], ["B2"]),
        (["B8.*"], ["B8", "B8A"]),
        (["B8"], ["B8"]),
        ([0, 4], ["B1", "QA"]),
        (["B[12]", "QA"], ["B1", "B2", "QA"]),
        (["B1", "B1"], ["B1", "B1_1"]),
    ],
)
def test_select(value_of: Value, selectors: list[Any], names: list[str]) -> None:
    assert value_of(ee.Image("T/s").select(selectors)).names == names


def test_select_renames_and_keeps_what_the_image_is(value_of: Value) -> None:
    image = value_of(ee.Image("T/s").select(["QA", 0], ["q", "one"]))
    assert image.names == ["q", "one"]
    assert image.properties["p"] == 3
    assert image.version is not None


def test_select_says_which_bands_there_are(value_of: Value) -> None:
    text = r"Image\.select: Band pattern 'VV' did not match any bands\. Available bands: \[B1, B2, B8, B8A, QA\]"
    with pytest.raises(EarthError, match=text):
        value_of(ee.Image("T/s").select("VV"))
    text = r"Image\.select: Band pattern 'B2' was applied to an Image with no bands\."
    with pytest.raises(EarthError, match=text):
        value_of(ee.ImageCollection([]).mosaic().select("B2"))


@pytest.mark.parametrize(
    ("image", "text"),
    [
        (lambda: ee.Image("T/s").select(9), "Band index 9 is out of range; the image has 5 bands"),
        (lambda: ee.Image("T/s").select("B("), r"Invalid regular expression 'B\('"),
        (lambda: ee.Image("T/s").rename(["a"]), r"number of names \(1\) must match the number of bands \(5\)"),
        (lambda: ee.Image("T/s").select([0, 1], ["a", "a"]), "must be unique"),
        (
            lambda: ee.Image("T/s").addBands(ee.Image(1), ["x"]),
            r"^Image\.addBands: Cannot add band 'x' because it doesn't appear in srcImg\.$",
        ),
    ],
)
def test_bad_names_are_named(value_of: Value, image: Callable[[], Any], text: str) -> None:
    with pytest.raises(EarthError, match=text):
        value_of(image())


def test_add_bands_suffixes_or_overwrites(pixels: Sampled) -> None:
    image, other = ee.Image("T/s").select(0), ee.Image(9).rename("B1")
    found = pixels(image.addBands(other).addBands(other), GRID)
    assert list(found) == ["B1", "B1_1", "B1_2"]
    assert found["B1_1"][0, 0] == 9
    assert pixels(image.addBands(other, overwrite=True), GRID)["B1"][0, 0] == 9


def test_cat_and_slice(value_of: Value) -> None:
    image = ee.Image.cat([ee.Image("T/s").slice(1, 3), ee.Image("T/s").slice(-1), 5])
    assert value_of(image).names == ["B2", "B8", "QA", "constant"]
    assert value_of(image).properties["p"] == 3


def test_regexp_rename(value_of: Value) -> None:
    image = ee.Image("T/s").regexpRename("B(\\d)", "band$1_")
    assert value_of(image).names == ["band1_", "band2_", "band8_", "band8_A", "QA"]


def test_metadata(value_of: Value, pixels: Sampled) -> None:
    image = ee.Image("T/s")
    assert value_of(image.bandNames()) == ["B1", "B2", "B8", "B8A", "QA"]
    assert value_of(image.bandTypes())["B1"] == UINT8
    assert value_of(image.date()).millis == 5
    assert pixels(image.metadata("p"), GRID)["p"][1, 2] == 3
    assert value_of(image.metadata("p")).bands[0].type == DOUBLE
    with pytest.raises(EarthError, match="no property 'system:time_start'"):
        value_of(ee.Image(1).date())


def test_the_place_of_a_result_is_that_of_the_operand_that_has_one(value_of: Value) -> None:
    for image in (ee.Image("T/s").select(0).add(1), ee.Image(1).add(ee.Image("T/s").select(0))):
        band = value_of(image).bands[0]
        assert band.projection == GRID.projection
        assert band.dimensions == (3, 2)


def test_link_collection_adds_the_partner_s_bands_and_properties(value_of: Value, pixels: Sampled) -> None:
    image = ee.Image("T/s").select("B1").set("system:index", "one")
    scores = ee.ImageCollection(
        [
            ee.Image(day).rename("score").set({"system:index": index, "day": day})
            for index, day in (("no", 1), ("one", 2))
        ]
    )
    linked = image.linkCollection(scores, ["score"], "day")
    found = pixels(linked, GRID)
    assert list(found) == ["B1", "score"]
    assert found["score"][0, 0] == 2
    assert value_of(linked.get("day")) == 2
    alone = image.set("system:index", "none").linkCollection(scores, ["score"], "day")
    assert np.ma.getmaskarray(pixels(alone, GRID)["score"]).all()
    assert value_of(alone.get("day")) is None


def test_combine_joins_by_index(value_of: Value) -> None:
    def collection(name: str, *indices: str) -> Any:
        return ee.ImageCollection([ee.Image(1).rename(name).set("system:index", index) for index in indices])

    combined = value_of(collection("a", "x", "y").combine(collection("b", "y", "z")))
    assert [image.names for image in combined] == [["a", "b"]]


def test_cast_of_a_collection_fills_what_is_missing(value_of: Value) -> None:
    images = ee.ImageCollection([ee.Image(1).rename("a"), ee.Image(2).rename("b")])
    cast = value_of(images.cast({"a": "byte", "b": "float"}, ["a", "b"]))
    assert [image.names for image in cast] == [["a", "b"]] * 2
    with pytest.raises(EarthError, match="no type for band 'b'"):
        list(value_of(images.cast({"a": "byte"}, ["a"])))


def test_a_long_chain_of_operations_needs_no_deep_recursion(pixels: Sampled) -> None:
    total = ee.List.sequence(1, 1000).iterate(
        lambda number, image: ee.Image(image).add(ee.Image.constant(ee.Number(number))), ee.Image(0)
    )
    assert pixels(ee.Image(total), GRID)["constant"][0, 0] == 500_500


def test_pixel_types(value_of: Value) -> None:
    assert value_of(ee.PixelType("int", -20, -10)) == PixelType("int", -20, -10)
    assert value_of(ee.PixelType("double", None, 2.3)) == DOUBLE
    assert value_of(ee.PixelType.uint8().maxValue()) == 255
    with pytest.raises(EarthError, match="Unknown precision 'complex'"):
        value_of(ee.PixelType("complex"))
