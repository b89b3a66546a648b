"""The engine from end to end, on the real Earth Engine with ``--live``, on the local one without.

Nothing here knows a pixel's value, since the local service invents them: each test compares two ways to the same
pixels, or what was read with what the service says about it. Regions are small: docs/live-tests.md has the cost.
"""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import ee
import numpy as np
import pytest
import rasterio
import xarray as xr
from affine import Affine
from pyproj import Transformer

import xee_lite

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("service")

PLACE = (3.05, 43.55, 3.08, 43.58)
SRTM = "USGS/SRTMGL1_003"
MONTH = ("2023-06-01", "2023-07-01")


def opened(source: Any, **options: Any) -> xr.Dataset:
    return xr.open_dataset(source, engine="xee_lite", **{"bbox": PLACE, **options})


def scenes() -> Any:
    return ee.ImageCollection("COPERNICUS/S2_SR_HARMONIZED").filterBounds(ee.Geometry.BBox(*PLACE)).filterDate(*MONTH)


def test_stored_and_computed_pixels_agree() -> None:
    stored = opened(SRTM, nodata=0, pin=False, mask_and_scale=False)["elevation"]
    exact = opened(SRTM, mask_and_scale=False)["elevation"]
    valid = exact != exact.attrs["_FillValue"]
    assert stored.dtype == "i2"
    np.testing.assert_array_equal(stored.where(valid, 0), exact.where(valid, 0))


def test_a_collection_of_many_types_opens_and_reads() -> None:
    dataset = opened(scenes(), bands=["B4", "SCL"], chunks={})
    assert dataset.sizes["time"] > 3
    assert dataset.indexes["time"].is_monotonic_increasing
    loaded = dataset.isel(time=slice(0, 3)).compute()
    assert loaded["B4"].notnull().any()
    assert set(np.unique(loaded["SCL"].values[~np.isnan(loaded["SCL"].values)])) <= set(range(12))


@pytest.mark.parametrize(
    ("asset", "band", "options"),
    [
        (SRTM, "elevation", {"crs": "EPSG:4326"}),
        (SRTM, "elevation", {"crs": "EPSG:2154", "scale": 90}),
        ("MODIS/061/MOD13Q1/2023_06_10", "NDVI", {"crs": "SR-ORG:6974"}),
    ],
    ids=["its own pixels", "a national grid", "sinusoidal"],
)
def test_pixels_lie_where_get_region_says(asset: str, band: str, options: dict[str, Any]) -> None:
    dataset = opened(asset, mask_and_scale=False, **options)
    transform = transform_of(dataset)
    collection = ee.ImageCollection([ee.Image(asset)])
    corner = ee.Geometry.Rectangle([3.06, 43.56, 3.065, 43.565], None, False)
    header, *rows = collection.getRegion(corner, None, options["crs"], list(transform)[:6]).getInfo()
    to_grid = Transformer.from_crs("EPSG:4326", dataset["spatial_ref"].attrs["crs_wkt"], always_xy=True)
    for row in rows:
        x, y = to_grid.transform(row[header.index("longitude")], row[header.index("latitude")])
        column, line = (int(np.floor(number)) for number in ~transform @ (x, y))
        assert row[header.index(band)] == dataset[band].values[line, column]
    assert len(rows) > 3


def transform_of(dataset: xr.Dataset) -> Affine:
    """The transform that the dataset tells GDAL."""
    return Affine.from_gdal(*map(float, dataset["spatial_ref"].attrs["GeoTransform"].split()))


def test_the_average_is_that_of_the_native_pixels() -> None:
    fine = opened(SRTM)["elevation"]
    native = transform_of(opened(SRTM))
    grid: dict[str, Any] = {"crs": "EPSG:4326", "transform": tuple(native @ Affine.scale(4))[:6], "shape": (16, 16)}
    coarse = xr.open_dataset(SRTM, engine="xee_lite", resampling="mean", **grid)["elevation"]
    blocks = fine.values[:64, :64].reshape(16, 4, 16, 4)
    expected = np.nanmean(blocks, axis=(1, 3))
    np.testing.assert_allclose(coarse.values, expected, rtol=0, atol=1e-3)


def test_masks_count_as_the_service_counts() -> None:
    water = opened("JRC/GSW1_4/GlobalSurfaceWater", bands=["occurrence"], crs="EPSG:4326")
    region = ee.Geometry.Rectangle(_bounds(water), "EPSG:4326", False)
    counted = (
        ee.Image("JRC/GSW1_4/GlobalSurfaceWater")
        .select("occurrence")
        .reduceRegion(
            ee.Reducer.count(), region, crs="EPSG:4326", crsTransform=list(transform_of(water))[:6], maxPixels=1e7
        )
    )
    assert counted.getInfo()["occurrence"] == int(water["occurrence"].notnull().sum())


def _bounds(dataset: xr.Dataset) -> list[float]:
    """Just within the outer edges of the outermost pixels, so that no pixel beyond them is touched."""
    transform = transform_of(dataset)
    left, top = transform @ (0.01, 0.01)
    right, bottom = transform @ (dataset.sizes["x"] - 0.01, dataset.sizes["y"] - 0.01)
    return [left, bottom, right, top]


def test_a_group_of_a_day_is_the_services_mosaic() -> None:
    grid: dict[str, Any] = {"bands": ["B4"], "scale": 60, "crs": "EPSG:32631", "mask_and_scale": False}
    days = opened(scenes(), groupby="day", **grid)
    first = days["time"].values[0]
    day = scenes().filterDate(str(first)[:10], str(first + np.timedelta64(1, "D"))[:10])
    # xee_lite puts the last image of a day on top, as mosaic() does.
    alone = opened(day.mosaic().setDefaultProjection("EPSG:32631", None, 60), **grid)
    assert days.indexes["time"].is_unique
    np.testing.assert_array_equal(days["B4"].values[0], alone["B4"].values)


def test_hours_are_hours_apart() -> None:
    day = ee.ImageCollection("ECMWF/ERA5_LAND/HOURLY").filterDate("2023-06-01", "2023-06-02")
    dataset = opened(day, bands=["temperature_2m"], bbox=(3, 43, 4, 44))
    assert dataset.sizes["time"] == 24
    assert set(np.diff(dataset["time"].values).astype("timedelta64[m]").astype(int)) == {60}
    assert dataset["temperature_2m"].isel(time=0).notnull().any()


def test_a_download_has_the_pixels_of_the_services_file(tmp_path: Path) -> None:
    options: dict[str, Any] = {"region": PLACE, "scale": 90, "crs": "EPSG:32631"}
    (ours,) = xee_lite.download(SRTM, tmp_path / "ours.tif", **options)
    region = ee.Geometry.Rectangle(list(PLACE), None, False)
    url = ee.Image(SRTM).getDownloadURL({**options, "region": region, "format": "GEO_TIFF"})
    with urlopen(url) as reply:  # noqa: S310 - of the service
        theirs = reply.read()
    if zipfile.is_zipfile(io.BytesIO(theirs)):
        pytest.fail("a GEO_TIFF came as a zip file")
    with rasterio.open(ours) as mine, rasterio.MemoryFile(theirs).open() as other:
        assert mine.transform.almost_equals(other.transform)
        valid = mine.read_masks(1) > 0
        np.testing.assert_array_equal(mine.read(1)[valid], other.read(1)[valid])


def test_a_thumbnail_is_a_picture() -> None:
    picture = xee_lite.thumbnail(SRTM, region=PLACE, dimensions=64, min=0, max=300)
    assert picture.startswith(b"\x89PNG")


def test_a_store_holds_what_was_read(tmp_path: Path) -> None:
    dataset = opened(SRTM, chunks={})
    xee_lite.to_zarr(dataset, tmp_path / "srtm.zarr")
    with xr.open_zarr(tmp_path / "srtm.zarr", consolidated=False) as back:
        xr.testing.assert_equal(back.load(), dataset.load())


def test_the_cost_is_told_and_as_expected() -> None:
    dataset = opened(SRTM, chunks={})
    expected = xee_lite.explain(dataset).cost(sample=1)
    with xee_lite.profile() as cost:
        dataset.load()
    assert cost.total.unknown == 0
    assert cost.total.eecu_seconds is not None
    assert expected.requests == cost.total.requests


def test_what_does_not_exist_is_named() -> None:
    with pytest.raises(xee_lite.XeeLiteError, match="USGS/THERE_IS_NO_SUCH_THING"):
        opened("USGS/THERE_IS_NO_SUCH_THING")
