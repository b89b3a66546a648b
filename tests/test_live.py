"""The same engine on the real Earth Engine.

Needs ``--live``, credentials (``earthengine authenticate``), and a Cloud project in EARTHENGINE_PROJECT. What the local
Earth Engine can only assume is checked here: types on the wire, masks, and that both kinds of request agree.
"""

from __future__ import annotations

import os
from typing import Any

import ee
import numpy as np
import pytest
import xarray as xr

pytestmark = pytest.mark.live

PLACE = (3.05, 43.55, 3.08, 43.58)


@pytest.fixture(scope="module", autouse=True)
def _initialised() -> None:
    ee.Initialize(project=os.environ["EARTHENGINE_PROJECT"], url="https://earthengine-highvolume.googleapis.com")


def test_stored_and_computed_pixels_agree() -> None:
    options: dict[str, Any] = {"engine": "xee_lite", "bbox": PLACE, "mask_and_scale": False}
    stored = xr.open_dataset("USGS/SRTMGL1_003", nodata=0, **options)["elevation"]
    exact = xr.open_dataset("USGS/SRTMGL1_003", **options)["elevation"]
    valid = exact != exact.attrs["_FillValue"]
    assert stored.dtype == "i2"
    np.testing.assert_array_equal(stored.where(valid, 0), exact.where(valid, 0))


def test_a_collection_of_many_types_opens_and_reads() -> None:
    scenes = (
        ee.ImageCollection("COPERNICUS/S2_SR_HARMONIZED")
        .filterBounds(ee.Geometry.BBox(*PLACE))
        .filterDate("2023-06-01", "2023-07-01")
    )
    dataset = xr.open_dataset(scenes, engine="xee_lite", bbox=PLACE, bands=["B4", "SCL"], chunks={})
    assert dataset.sizes["time"] > 3
    loaded = dataset.compute()
    assert loaded["B4"].notnull().any()
    assert set(np.unique(loaded["SCL"].values[~np.isnan(loaded["SCL"].values)])) <= set(range(12))


def test_pixels_lie_where_get_region_says() -> None:
    dataset = xr.open_dataset("USGS/SRTMGL1_003", engine="xee_lite", bbox=PLACE).isel(y=slice(0, 3), x=slice(0, 3))
    for row in range(3):
        point = ee.Geometry.Point([float(dataset["x"][1]), float(dataset["y"][row])])
        rows = ee.ImageCollection([ee.Image("USGS/SRTMGL1_003")]).getRegion(point, 30).getInfo()
        assert rows[1][rows[0].index("elevation")] == dataset["elevation"].values[row, 1]
