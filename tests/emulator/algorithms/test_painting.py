"""Features as pixels, against rectangles that lie on the edges of pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest

from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.types import PixelGrid

if TYPE_CHECKING:
    from tests.emulator.evaluating import Sampled, Value

GRID = PixelGrid("EPSG:4326", (1.0, 0.0, 0.0, 0.0, -1.0, 10.0), 12, 10)


def box(left: float, top: float, right: float, bottom: float, **properties: Any) -> Any:
    """A rectangle given in columns and rows of the grid."""
    corners = [[left, 10 - top], [left, 10 - bottom], [right, 10 - bottom], [right, 10 - top]]
    return ee.Feature(ee.Geometry.Polygon([corners], None, False), properties)


def two() -> list[Any]:
    return [box(1, 1, 6, 4, n=5, m=2.5), box(4, 2, 9, 8, n=7, m=1)]


def test_the_last_feature_is_on_top(pixels: Sampled) -> None:
    found = pixels(ee.Image(0).byte().paint(ee.FeatureCollection(two()), "n"), GRID)["constant"]
    expected = np.zeros((10, 12))
    expected[1:4, 1:6] = 5
    expected[2:8, 4:9] = 7
    np.testing.assert_array_equal(found, expected)


def test_what_is_painted_is_valid(pixels: Sampled, value_of: Value) -> None:
    image = ee.Image().byte().paint(ee.FeatureCollection(two()[:1]), 3)
    found = pixels(image, GRID)["constant"]
    valid = np.zeros((10, 12), bool)
    valid[1:4, 1:6] = True
    np.testing.assert_array_equal(~np.ma.getmaskarray(found), valid)
    assert np.unique(found.compressed()).tolist() == [3]
    assert value_of(image).bands[0].type.max == 255


def test_an_outline_is_as_wide_as_asked_for(pixels: Sampled) -> None:
    features = ee.FeatureCollection([box(2.5, 2.5, 9.5, 7.5)])
    thin = pixels(ee.Image(0).byte().paint(features, 1, 1), GRID)["constant"]
    expected = np.zeros((10, 12))
    expected[2:8, 2:10] = 1
    expected[3:7, 3:9] = 0
    np.testing.assert_array_equal(thin, expected)
    wide = pixels(ee.Image(0).byte().paint(features, 1, 3), GRID)["constant"]
    assert wide[1, 5] == 1
    assert wide[3, 5] == 1
    assert wide[4, 5] == 0
    assert wide[0, 5] == 0


def test_the_colour_must_be_a_number(pixels: Sampled) -> None:
    with pytest.raises(EarthError, match="'color' must be a number or a numeric property"):
        pixels(ee.Image(0).paint(ee.FeatureCollection(two()), "missing"), GRID)
    with pytest.raises(EarthError, match="The width must be between"):
        pixels(ee.Image(0).paint(ee.FeatureCollection(two()), 1, -2), GRID)


def test_overlapping_features_are_reduced(pixels: Sampled) -> None:
    features = ee.FeatureCollection([*two(), box(0, 0, 12, 10)])
    found = pixels(features.reduceToImage(["m"], ee.Reducer.sum()), GRID)["sum"]
    expected = np.zeros((10, 12))
    expected[1:4, 1:6] += 2.5
    expected[2:8, 4:9] += 1
    np.testing.assert_array_equal(found.filled(0), expected)
    np.testing.assert_array_equal(np.ma.getmaskarray(found), expected == 0)
    first = pixels(features.reduceToImage(["n", "m"], ee.Reducer.max(2)), GRID)
    assert list(first) == ["max", "max1"]
    assert (first["max"][3, 4], first["max1"][3, 4]) == (7, 1)
    with pytest.raises(EarthError, match="needs 1 inputs, but 2"):
        pixels(features.reduceToImage(["n", "m"], ee.Reducer.sum()), GRID)
