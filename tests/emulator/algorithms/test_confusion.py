"""Confusion matrices against counts by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ee
import numpy as np
import pytest

from xee_lite.emulator.errors import EarthError

if TYPE_CHECKING:
    from tests.emulator.evaluating import Value

COUNTS = [
    [32, 0, 0, 0, 1, 0],
    [0, 5, 0, 0, 1, 0],
    [0, 0, 1, 3, 0, 0],
    [0, 1, 4, 26, 8, 0],
    [0, 0, 0, 7, 15, 0],
    [0, 0, 0, 1, 0, 5],
]


def test_a_matrix_and_its_classes(info: Value) -> None:
    matrix = ee.ConfusionMatrix(ee.Array(COUNTS))
    assert info(matrix) == info(matrix.array()) == COUNTS
    assert info(matrix.order()) == [0, 1, 2, 3, 4, 5]
    named = ee.ConfusionMatrix(ee.Array(COUNTS), [11, 22, 42, 52, 71, 81])
    assert info(named.order()) == [11, 22, 42, 52, 71, 81]


def test_accuracies(info: Value) -> None:
    matrix = ee.ConfusionMatrix(ee.Array(COUNTS))
    correct, total = 32 + 5 + 1 + 26 + 15 + 5, 110
    assert info(matrix.accuracy()) == pytest.approx(correct / total)
    assert info(matrix.producersAccuracy()) == [
        pytest.approx([x]) for x in (32 / 33, 5 / 6, 1 / 4, 2 / 3, 15 / 22, 5 / 6)
    ]
    (consumers,) = info(matrix.consumersAccuracy())
    assert consumers == pytest.approx([1, 5 / 6, 1 / 5, 26 / 37, 15 / 25, 1])
    chance = (33 * 32 + 6 * 6 + 4 * 5 + 39 * 37 + 22 * 25 + 6 * 5) / total**2
    assert info(matrix.kappa()) == pytest.approx((correct / total - chance) / (1 - chance))
    assert info(matrix.fscore())[1] == pytest.approx(5 / 6)
    precision, recall = 1 / 5, 1 / 4
    assert info(matrix.fscore(2))[2] == pytest.approx(5 * precision * recall / (4 * precision + recall))


def test_errors_are_counted_from_a_collection(info: Value) -> None:
    pairs = [(0, 0), (0, 1), (1, 1), (2, 1), (2, 2), (1, 1)]
    features = ee.FeatureCollection([ee.Feature(None, {"a": a, "p": p}) for a, p in pairs])
    assert info(features.errorMatrix("a", "p")) == [[1, 1, 0], [0, 2, 0], [0, 1, 1]]
    assert info(features.errorMatrix("a", "p", [2, 1])) == [[1, 1], [0, 2]]


def test_what_is_no_matrix(info: Value) -> None:
    with pytest.raises(EarthError, match="square matrix"):
        info(ee.ConfusionMatrix(ee.Array([[1, 2]])))
    with pytest.raises(EarthError, match="must name 2 classes"):
        info(ee.ConfusionMatrix(ee.Array([[1, 2], [3, 4]]), [1]))


def test_random_points_fill_a_region_evenly(info: Value) -> None:
    region = ee.Geometry.Polygon([[[0, 0], [60, 0], [60, 60], [0, 60]]], None, False)
    found = info(ee.FeatureCollection.randomPoints(region, 2000, 3))
    places = np.array([feature["geometry"]["coordinates"] for feature in found["features"]])
    assert places.shape == (2000, 2)
    # On a sphere half of the area up to 60 degrees lies below asin(sin(60) / 2).
    middle = np.degrees(np.arcsin(np.sin(np.radians(60)) / 2))
    assert abs((places[:, 1] < middle).mean() - 0.5) < 0.05
    assert abs((places[:, 0] < 30).mean() - 0.5) < 0.05
    assert info(ee.FeatureCollection.randomPoints(region, 2000, 3)) == found
    assert info(ee.FeatureCollection.randomPoints(region, 5, 4)) != info(
        ee.FeatureCollection.randomPoints(region, 5, 3)
    )


def test_properties_become_arrays(info: Value) -> None:
    features = ee.FeatureCollection([ee.Feature(None, {"a": 1, "b": 2}), ee.Feature(None, {"a": 1, "b": "x"})])
    found = info(features.makeArray(["b", "a"]))["features"]
    assert [feature["properties"]["array"] for feature in found] == [[2, 1]]
