"""The unmodified official client against a running emulator."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
import rasterio
from ee import ee_exception
from rasterio.io import MemoryFile

from tests.emulator.evaluating import OWN

if TYPE_CHECKING:
    from pathlib import Path

    from xee_lite import emulator

pytestmark = pytest.mark.usefixtures("client")

GRID = {
    "dimensions": {"width": 64, "height": 48},
    "crsCode": "EPSG:32631",
    "affineTransform": {"scaleX": 100, "scaleY": -100, "translateX": 640000, "translateY": 4870000},
}


@pytest.fixture
def collection() -> Any:
    place = ee.Geometry.Point(4.9, 43.9)
    return ee.ImageCollection("COPERNICUS/S2_SR_HARMONIZED").filterDate("2020-04-01", "2020-05-01").filterBounds(place)


def test_initialising_asks_for_the_document_and_the_algorithms(earth: emulator.Emulator) -> None:
    earth.requests.clear()
    ee.Reset()
    earth.initialize()
    ee.data.setMaxRetries(0)
    assert earth.requests.counts() == {"discovery": 2, "algorithms": 1}


def test_values(earth: emulator.Emulator) -> None:
    earth.requests.clear()
    assert ee.Number(1).add(2).getInfo() == 3
    (request,) = earth.requests.of("computeValue")
    assert request.path == "/v1/projects/xee-lite/value:compute"
    assert request.body["expression"]["result"] == "0"


def test_a_collection_is_filtered(collection: Any) -> None:
    assert collection.size().getInfo() == 6
    indices = collection.aggregate_array("system:index").getInfo()
    assert indices == sorted(indices)
    clear = collection.filter(ee.Filter.lt("CLOUDY_PIXEL_PERCENTAGE", 20)).aggregate_array("CLOUDY_PIXEL_PERCENTAGE")
    clouds = collection.aggregate_array("CLOUDY_PIXEL_PERCENTAGE").getInfo()
    assert clear.getInfo() == [value for value in clouds if value < 20]


def test_an_image_in_the_shape_of_get_info(collection: Any) -> None:
    info = collection.first().getInfo()
    assert info["type"] == "Image"
    assert info["id"] == f"COPERNICUS/S2_SR_HARMONIZED/{info['properties']['system:index']}"
    band = info["bands"][1]
    assert band["id"] == "B2"
    assert band["data_type"] == {"type": "PixelType", "precision": "int", "min": 0, "max": 65535}
    assert band["dimensions"] == [10980, 10980]
    assert band["crs"] == "EPSG:32631"
    assert band["crs_transform"] == [10, 0, 600000, 0, -10, 4900020]


def test_compute_pixels_into_an_array(collection: Any) -> None:
    image = collection.filter(ee.Filter.eq("NODATA_PIXEL_PERCENTAGE", 0)).first()
    table = ee.data.computePixels(
        {"expression": image.select(["B4", "SCL"]), "fileFormat": "NUMPY_NDARRAY", "grid": GRID}
    )
    assert table.dtype == [("B4", "<u2"), ("SCL", "|u1")]
    assert table.shape == (48, 64)
    doubled = ee.data.computePixels(
        {"expression": image.select("B4").multiply(2), "fileFormat": "NUMPY_NDARRAY", "grid": GRID}
    )
    np.testing.assert_array_equal(doubled["B4"], table["B4"].astype("i8") * 2)


def test_compute_pixels_and_get_pixels_agree() -> None:
    asset = "UCSB-CHG/CHIRPS/DAILY/20200101"
    grid = {"dimensions": {"width": 9, "height": 7}, "affineTransform": {"scaleX": 0.05, "scaleY": -0.05}}
    for file_format in ("NPY", "GEO_TIFF", "PNG"):
        request = {"fileFormat": file_format, "grid": grid}
        got = ee.data.getPixels({"assetId": asset, **request})
        computed = ee.data.computePixels({"expression": ee.Image(asset), **request})
        assert got == computed


def test_geo_tiff_from_the_client(rasters: Path) -> None:
    content = ee.data.computePixels({"expression": ee.Image(f"{OWN}/dem"), "fileFormat": "GEO_TIFF"})
    with MemoryFile(content) as file, file.open() as served, rasterio.open(rasters / "dem.tif") as dataset:
        assert served.crs == dataset.crs
        assert served.transform == dataset.transform
        np.testing.assert_array_equal(served.read(1, masked=True).filled(0), dataset.read(1, masked=True).filled(0))


def test_a_folder_is_a_collection() -> None:
    series = ee.ImageCollection(f"{OWN}/series")
    assert series.size().getInfo() == 3
    assert series.aggregate_array("cloud").getInfo() == [10, 20, 30]
    assert series.filterDate("2020-01-02", "2020-01-03").aggregate_array("system:index").getInfo() == ["d2"]
    assert series.first().bandNames().getInfo() == ["warm", "cold"]


def test_listing() -> None:
    assets = ee.data.listAssets(f"{OWN}/")["assets"]
    assert {"dem", "series", "one"} <= {asset["id"].rpartition("/")[2] for asset in assets}
    assert len(ee.data.listAssets({"parent": f"{OWN}/series"})["assets"]) == 3
    page = ee.data.listAssets({"parent": f"{OWN}/series", "pageSize": 2})
    assert len(page["assets"]) == 2
    assert page["nextPageToken"]
    assert ee.data.listBuckets()["assets"] == assets


def test_listing_images_with_a_filter(earth: emulator.Emulator) -> None:
    found = ee.data.listImages(
        {
            "parent": "COPERNICUS/S2_SR_HARMONIZED",
            "startTime": "2020-04-01T00:00:00Z",
            "endTime": "2020-05-01T00:00:00Z",
            "region": {"type": "Point", "coordinates": [4.9, 43.9]},
            "properties": ["CLOUDY_PIXEL_PERCENTAGE < 50"],
        }
    )["images"]
    assert found
    assert all(image["properties"]["CLOUDY_PIXEL_PERCENTAGE"] < 50 for image in found)
    earth.requests.clear()
    ring = [[4 + 0.001 * step, 43.0] for step in range(900)] + [[4.5, 44.0], [4.0, 43.0]]
    long_one = {"parent": "COPERNICUS/S2_SR_HARMONIZED", "pageSize": 1, "startTime": "2020-04-01T00:00:00Z"}
    ee.data.listImages({**long_one, "region": {"type": "Polygon", "coordinates": [ring]}})
    (request,) = earth.requests  # its URI was too long, so that it came as a POST
    assert (request.method, request.kind, request.status) == ("GET", "listAssets", 200)
    assert len(request.query["filter"]) > 2048


def test_assets() -> None:
    assert ee.data.getAsset("USGS/SRTMGL1_003")["type"] == "IMAGE"
    assert ee.data.getInfo("no/such/asset") is None
    with pytest.raises(ee_exception.EEException, match=r"Asset 'projects/.*/no/such/asset' does not exist"):
        ee.data.getAsset("no/such/asset")
    missing = r"Image\.load: Image asset 'no/such' not found \(does not exist or caller does not have access\)\."
    with pytest.raises(ee_exception.EEException, match=missing):
        ee.Image("no/such").getInfo()


def test_limits_reach_the_user_in_the_services_words() -> None:
    grid = {**GRID, "dimensions": {"width": 4096, "height": 4096}}
    image = ee.Image.constant([1.5, 2.5]).toDouble()
    with pytest.raises(
        ee_exception.EEException,
        match=r"^Total request size \(301989888 bytes\) must be less than or equal to 50331648 bytes\.$",
    ):
        ee.data.computePixels({"expression": image, "fileFormat": "NPY", "grid": grid})


def test_an_algorithm_that_is_not_there_is_named() -> None:
    with pytest.raises(ee_exception.EEException, match=r"Image\.medialAxis"):
        ee.data.computePixels({"expression": ee.Image(1).medialAxis(), "fileFormat": "NPY", "grid": GRID})


def test_numpy_bytes_are_the_format_of_the_service() -> None:
    content = ee.data.getPixels({"assetId": f"{OWN}/one", "fileFormat": "NPY", "bandIds": ["three"]})
    assert content[:6] == b"\x93NUMPY"
    assert np.load(io.BytesIO(content)).dtype == [("three", "<i2")]


def test_the_projects_configuration() -> None:
    assert ee.data.getProjectConfig() == {"name": "projects/xee-lite/config"}
