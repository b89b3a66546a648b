"""Reducers of the items of aggregates, and of the elements of arrays, against NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ee
import numpy as np
import pytest

from xee_lite.emulator.errors import EarthError

if TYPE_CHECKING:
    from tests.emulator.evaluating import Value


def test_items_of_lists_dictionaries_and_arrays(info: Value) -> None:
    mixed = ee.List([[1, 2], {"a": 3, "b": 4}, ee.Array([[5, 6], [7, 8]]), 9, None])
    assert info(mixed.reduce(ee.Reducer.sum().disaggregate())) == 45
    assert info(mixed.reduce(ee.Reducer.toList().disaggregate())) == list(range(1, 10))
    assert info(ee.List([["a", "b"], ["b"]]).reduce(ee.Reducer.frequencyHistogram().disaggregate())) == {"a": 1, "b": 2}


def test_slices_along_an_axis(info: Value) -> None:
    array = ee.Array([[1, 2, 3], [4, 5, 6]])
    rows = info(ee.List([array]).reduce(ee.Reducer.toList().disaggregate(0)))
    columns = info(ee.List([array]).reduce(ee.Reducer.toList().disaggregate(1)))
    assert rows == [[1, 2, 3], [4, 5, 6]]
    assert columns == [[1, 4], [2, 5], [3, 6]]
    assert info(ee.List([ee.Array([1, 5])]).reduce(ee.Reducer.max().disaggregate(0))) == 5


def test_weights_go_with_the_items(info: Value) -> None:
    features = ee.FeatureCollection([ee.Feature(None, {"v": [1, 3], "w": 1}), ee.Feature(None, {"v": [10], "w": 0.5})])
    found = info(features.reduceColumns(ee.Reducer.mean().disaggregate(), ["v"], ["w"]))
    assert found["mean"] == pytest.approx((1 + 3 + 10 * 0.5) / 2.5)
    pairs = ee.List([[[1, 2], [3, 5]], [[4], [9]]])
    fit = info(pairs.reduce(ee.Reducer.linearFit().disaggregate()))
    assert [fit["scale"], fit["offset"]] == pytest.approx(np.polyfit([1, 2, 4], [3, 5, 9], 1).tolist())


def test_pixels_of_arrays(info: Value) -> None:
    image = ee.Image.constant([1, 2]).toArray()
    region = ee.Geometry.Rectangle([0, 0, 2, 2], "EPSG:4326", False)
    found = image.reduceRegion(ee.Reducer.sum().unweighted().disaggregate(), region, crs="EPSG:4326", scale=111319.49)
    assert info(found) == {"array": 12}
    each = image.reduceRegion(ee.Reducer.sum().unweighted().forEachElement(), region, crs="EPSG:4326", scale=111319.49)
    assert info(each) == {"array": [4, 8]}


def test_each_element(info: Value) -> None:
    values = np.arange(20.0).reshape(5, 2, 2) ** 1.5
    arrays = ee.List([ee.Array(one.tolist()) for one in values])
    np.testing.assert_allclose(info(arrays.reduce(ee.Reducer.sum().forEachElement())), values.sum(axis=0))
    both = info(arrays.reduce(ee.Reducer.minMax().forEachElement()))
    np.testing.assert_allclose(both["min"], values.min(axis=0))
    np.testing.assert_allclose(both["max"], values.max(axis=0))
    assert info(ee.List([]).reduce(ee.Reducer.sum().forEachElement())) is None
    assert info(ee.List([ee.Array([1, 2])]).reduce(ee.Reducer.sampleVariance().forEachElement())) == ["NaN", "NaN"]


def test_weights_of_elements(info: Value) -> None:
    features = [
        ee.Feature(None, {"v": ee.Array([1, 2]), "w": 1}),
        ee.Feature(None, {"v": ee.Array([4, 8]), "w": 3}),
        ee.Feature(None, {"v": ee.Array([9, 9]), "w": 0}),
    ]
    found = ee.FeatureCollection(features).reduceColumns(ee.Reducer.mean().forEachElement(), ["v"], ["w"])
    np.testing.assert_allclose(info(found)["mean"], np.average([[1, 2], [4, 8]], axis=0, weights=[1, 3]))


def test_what_does_not_fit_is_said(value_of: Value) -> None:
    with pytest.raises(EarthError, match=r"must be of one shape; there are \[\(1,\), \(2,\)\]"):
        value_of(ee.List([ee.Array([1]), ee.Array([1, 2])]).reduce(ee.Reducer.sum().forEachElement()))
    with pytest.raises(EarthError, match="The inputs must be arrays"):
        value_of(ee.List([1]).reduce(ee.Reducer.sum().forEachElement()))
    with pytest.raises(EarthError, match="can not be computed for each element"):
        value_of(ee.Reducer.toList().forEachElement())
    with pytest.raises(EarthError, match="has 1 dimensions and no axis 1"):
        value_of(ee.List([ee.Array([1])]).reduce(ee.Reducer.sum().disaggregate(1)))
    with pytest.raises(EarthError, match=r"have \[2, 1\] items"):
        value_of(ee.List([[[1, 2], [3]]]).reduce(ee.Reducer.linearFit().disaggregate()))
