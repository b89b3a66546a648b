"""GDAL's own driver for Earth Engine images, EEDAI, through rasterio: grids, windows, overviews, encodings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ee
import numpy as np
import pytest
import rasterio
import xarray as xr
from affine import Affine
from rasterio.windows import Window

from tests.interop.scenes import CRS, GRIDS, SCENES, SHAPE, same, truth

if TYPE_CHECKING:
    from xee_lite.emulator import Emulator

SCENE = f"EEDAI:{SCENES}/i2"
ERA5 = "projects/earthengine-public/assets/ECMWF/ERA5/MONTHLY/202001"


@pytest.fixture(autouse=True)
def address(earth: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EEDA_URL", f"{earth.url}/v1/")
    monkeypatch.setenv("EEDA_BEARER", "none")


def test_the_grid_and_the_names() -> None:
    ours = xr.open_dataset(f"{SCENES}/i2", engine="xee_lite")
    with rasterio.open(SCENE) as file:
        assert (file.crs.to_string(), file.shape, file.transform) == (CRS, SHAPE, Affine(*GRIDS["native"][1]))
        assert file.transform == Affine.from_gdal(*map(float, ours.spatial_ref.attrs["GeoTransform"].split()))
        assert file.descriptions == tuple(ours.data_vars)
        assert file.dtypes == ("uint16", "uint16")
        assert file.tags()["cloud"] == "2"


@pytest.mark.parametrize("encoding", ["NPY", "GEO_TIFF"])
def test_pixels_whole_and_in_windows(encoding: str) -> None:
    with rasterio.open(SCENE, PIXEL_ENCODING=encoding) as file:
        for number, band in enumerate(("red", "nir"), start=1):
            expected = np.ma.filled(truth(2, band), 0)
            same(file.read(number), expected)
            same(file.read(number, window=Window(11, 7, 20, 30)), expected[7:37, 11:31])


def test_one_band_as_a_dataset_of_its_own() -> None:
    with rasterio.open(f"{SCENE}:nir", PIXEL_ENCODING="NPY") as file:
        assert file.count == 1
        same(file.read(1), np.ma.filled(truth(2, "nir"), 0))


def test_a_public_dataset() -> None:
    ours = xr.open_dataset("ECMWF/ERA5/MONTHLY/202001", engine="xee_lite", nodata=0, mask_and_scale=False)
    with rasterio.open(f"EEDAI:{ERA5}", PIXEL_ENCODING="NPY") as file:
        assert file.descriptions == tuple(ours.data_vars)
        name = "mean_2m_air_temperature"
        window = Window(300, 100, 200, 150)
        found = file.read(file.descriptions.index(name) + 1, window=window)
        same(
            found, ours[name].isel({ours[name].dims[-2]: slice(100, 250), ours[name].dims[-1]: slice(300, 500)}).values
        )


def test_bands_of_unlike_grids_are_subdatasets() -> None:
    """A Sentinel-2 scene has pixels of 10, 20 and 60 m."""
    scenes = ee.ImageCollection("COPERNICUS/S2_SR_HARMONIZED").filterDate("2022-05-01", "2022-05-10")
    image = scenes.filterBounds(ee.Geometry.Point(10, 46)).first()
    name = f"EEDAI:projects/earthengine-public/assets/{image.get('system:id').getInfo()}"
    with rasterio.open(name) as file:
        parts = file.subdatasets
    assert len(parts) >= 3
    with rasterio.open(f"{name}:B8", PIXEL_ENCODING="NPY") as file:
        assert (file.shape, file.res) == ((10980, 10980), (10, 10))
        ours = xr.open_dataset(image.select("B8"), engine="xee_lite", nodata=0, mask_and_scale=False)["B8"]
        same(file.read(1, window=Window(5000, 6000, 64, 32)), ours[6000:6032, 5000:5064].values)


def test_what_is_not_there_is_an_error() -> None:
    with pytest.raises(rasterio.errors.RasterioIOError, match="does not exist"):
        rasterio.open(f"EEDAI:{SCENES}/i9")
