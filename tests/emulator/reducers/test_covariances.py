"""Covariances of arrays against NumPy's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest

from xee_lite.emulator.catalogue.memory import memory_image
from xee_lite.emulator.errors import EarthError

if TYPE_CHECKING:
    from tests.emulator.evaluating import Value
    from xee_lite.emulator.images.image import Image


BANDS = np.random.default_rng(5).normal(100, 20, (3, 4, 5))
VALID = np.ones((4, 5), bool)
VALID[1, 2] = False
REGION = [0, 0, 5, 4]


class Assets:
    def find(self, asset_id: str) -> Image | None:
        bands = {f"b{i}": np.ma.MaskedArray(band, ~VALID) for i, band in enumerate(BANDS)}
        image = memory_image(dict(bands), crs="EPSG:4326", transform=(1.0, 0.0, 0.0, 0.0, -1.0, 4.0))
        return image if asset_id == "T/bands" else None


@pytest.fixture
def catalogue() -> Assets:
    return Assets()


def reduced(image: Any, reducer: Any) -> Any:
    region = ee.Geometry.Rectangle(REGION, "EPSG:4326", False)
    return image.reduceRegion(reducer, region, crs="EPSG:4326", crsTransform=[1, 0, 0, 0, -1, 4])


def test_the_matrix_of_an_images_bands(info: Value) -> None:
    image = ee.Image("T/bands").toArray()
    expected = np.cov(BANDS[:, VALID], ddof=0)
    np.testing.assert_allclose(info(reduced(image, ee.Reducer.covariance()).get("array")), expected)
    centred = image.subtract(ee.Image(ee.Array(BANDS[:, VALID].mean(axis=1).tolist())))
    np.testing.assert_allclose(info(reduced(centred, ee.Reducer.centeredCovariance()).get("array")), expected)


def test_lists_by_hand(info: Value) -> None:
    arrays = ee.List([ee.Array([1, 2]), ee.Array([3, 8])])
    # Deviations of (-1, -3) and (1, 3). The mean products of the data: (1 + 9) / 2, (2 + 24) / 2 and (4 + 64) / 2.
    assert info(arrays.reduce(ee.Reducer.covariance())) == [[1, 3], [3, 9]]
    assert info(arrays.reduce(ee.Reducer.centeredCovariance())) == [[5, 13], [13, 34]]
    assert info(ee.List([]).reduce(ee.Reducer.covariance())) is None


def test_what_is_no_vector(value_of: Value) -> None:
    with pytest.raises(EarthError, match=r"of one length; there are \[1, 2\]"):
        value_of(ee.List([ee.Array([1]), ee.Array([1, 2])]).reduce(ee.Reducer.covariance()))
    with pytest.raises(EarthError, match=r"Reducer\.covariance: The inputs must be arrays of one dimension"):
        value_of(ee.List([1, 2]).reduce(ee.Reducer.covariance()))
    with pytest.raises(EarthError, match="Band 'b0' holds numbers"):
        value_of(reduced(ee.Image("T/bands"), ee.Reducer.covariance()))
    with pytest.raises(EarthError, match="Band 'array' holds arrays of 1 dimensions"):
        value_of(reduced(ee.Image("T/bands").toArray(), ee.Reducer.mean()))
