"""Colours against colorsys and arithmetic by hand."""

from __future__ import annotations

import colorsys
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest

from xee_lite.emulator.catalogue.memory import memory_image
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.types import PixelGrid

if TYPE_CHECKING:
    from tests.emulator.evaluating import Sampled, Value
    from xee_lite.emulator.images.image import Image


RNG = np.random.default_rng(8)
SIZE = (5, 6)
GRID = PixelGrid("EPSG:4326", (1.0, 0.0, 10.0, 0.0, -1.0, 6.0), 6, 5)
RED, GREEN, BLUE = RNG.integers(0, 5, (3, *SIZE)) / 4
VALUES = RNG.integers(0, 101, SIZE).astype(np.uint8)
VALID = RNG.random(SIZE) > 0.3


class Assets:
    def find(self, asset_id: str) -> Image:
        bands: dict[str, Any] = {"r": RED, "g": GREEN, "b": BLUE}
        if asset_id == "T/v":
            bands = {"v": np.ma.MaskedArray(VALUES, ~VALID)}
        return memory_image(bands, crs=GRID.crs, transform=GRID.transform)


@pytest.fixture
def catalogue() -> Assets:
    return Assets()


def nearest(found: Any, exact: Any) -> None:
    """Halves may go either way: which of them there are is up to rounding errors."""
    assert np.abs(found.compressed() - exact[VALID]).max() <= 0.5 + 1e-9


def test_hue_saturation_and_value_there_and_back(pixels: Sampled) -> None:
    image = ee.Image("T/rgb")
    found = pixels(image.rgbToHsv(), GRID)
    assert list(found) == ["hue", "saturation", "value"]
    for at in np.ndindex(SIZE):
        expected = colorsys.rgb_to_hsv(RED[at], GREEN[at], BLUE[at])
        np.testing.assert_allclose([one[at] for one in found.values()], expected, atol=1e-6)
    back = pixels(image.rgbToHsv().hsvToRgb(), GRID)
    assert list(back) == ["red", "green", "blue"]
    np.testing.assert_allclose(back["green"], GREEN, atol=1e-6)
    with pytest.raises(EarthError, match="three bands"):
        pixels(ee.Image("T/v").rgbToHsv(), GRID)


def test_a_stretch_makes_bytes(pixels: Sampled, value_of: Value) -> None:
    image = ee.Image("T/v")
    found = pixels(image.visualize(min=20, max=70), GRID)
    assert list(found) == ["vis-gray"]
    nearest(found["vis-gray"], np.clip((VALUES - 20.0) / 50, 0, 1) * 255)
    np.testing.assert_array_equal(np.ma.getmaskarray(found["vis-gray"]), ~VALID)
    assert (value_of(image.visualize()).bands[0].type.min, value_of(image.visualize()).bands[0].type.max) == (0, 255)
    bright = pixels(image.visualize(max=100, gamma=2, forceRgbOutput=True), GRID)
    assert list(bright) == ["vis-red", "vis-green", "vis-blue"]
    nearest(bright["vis-blue"], 255 * np.sqrt(VALUES / 100))


def test_a_palette_is_interpolated(pixels: Sampled) -> None:
    found = pixels(ee.Image("T/v").visualize(min=0, max=100, palette=["black", "#ff8000", "FFFFFF"]), GRID)
    stops = [0, 50, 100]
    for name, heights in {"red": [0, 255, 255], "green": [0, 128, 255], "blue": [0, 0, 255]}.items():
        nearest(found[f"vis-{name}"], np.interp(VALUES, stops, heights))


def test_bands_gains_and_two_bands(pixels: Sampled) -> None:
    found = pixels(ee.Image("T/rgb").visualize(bands=["b", "r"], gain=[100, 200], bias=[5, 0]), GRID)
    np.testing.assert_array_equal(found["vis-red"], BLUE * 100 + 5)
    np.testing.assert_array_equal(found["vis-green"], RED * 200)
    assert not found["vis-blue"].any()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min": 0, "gain": 2}, "not both"),
        ({"bands": ["r", "g"], "palette": ["red"]}, "single band"),
        ({"bands": ["r"], "palette": ["nocolour"]}, "is not a colour"),
        ({"min": [0, 1]}, "one for each of 3 bands"),
        ({"max": "much"}, "must be a number"),
    ],
)
def test_what_can_not_be_shown(value_of: Value, options: dict[str, Any], message: str) -> None:
    with pytest.raises(EarthError, match=message):
        value_of(ee.Image("T/rgb").visualize(**options))


def test_the_upper_image_hides_the_lower_as_far_as_it_is_opaque(pixels: Sampled, value_of: Value) -> None:
    lower, upper = ee.Image(100), ee.Image("T/v")
    found = pixels(lower.blend(upper), GRID)["constant"]
    np.testing.assert_array_equal(found, np.where(VALID, VALUES, 100))
    half = lower.blend(upper.updateMask(0.25))
    mixed = np.floor(VALUES * 0.25 + 75 + 0.5)
    np.testing.assert_array_equal(pixels(half, GRID)["constant"], np.where(VALID, mixed, 100))
    seen = pixels(lower.updateMask(0.5).blend(upper.updateMask(0.5)).mask(), GRID)["constant"]
    np.testing.assert_allclose(seen, np.where(VALID, 0.75, 0.5))
    assert [band.name for band in value_of(ee.Image([1, 2, 3]).blend(upper)).bands] == [
        "constant",
        "constant_1",
        "constant_2",
    ]


def test_each_value_has_one_colour_of_its_own(pixels: Sampled, info: Value) -> None:
    image = ee.Image("T/v").randomVisualizer()
    found = pixels(image, GRID)
    assert list(found) == ["viz-red", "viz-green", "viz-blue", "v"]
    colours = {
        (int(value), tuple(int(found[name][at]) for name in list(found)[:3]))
        for at, value in np.ndenumerate(VALUES)
        if VALID[at]
    }
    values = np.unique(VALUES[VALID]).size
    assert len(colours) == len({colour for _, colour in colours}) == values
    np.testing.assert_array_equal(np.ma.getmaskarray(found["viz-green"]), ~VALID)
    assert info(image)["bands"][0]["data_type"] == {"type": "PixelType", "precision": "int", "min": 0, "max": 255}
