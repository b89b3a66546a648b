"""What services say about themselves, and which there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.emulator.imageserver.imaging import (
    CRS,
    DAY,
    DEGREES,
    NORTH,
    ONE,
    PIXEL,
    SERIES,
    SHAPE,
    SHIFT,
    START,
    WEST,
    service,
)
from xee_lite.emulator.imageserver.services import service_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.emulator.imageserver.imaging import Service
    from xee_lite import emulator


@pytest.mark.parametrize(
    ("asset", "name"),
    [
        ("projects/p/assets/dem", "dem"),
        ("projects/p/assets/folder/a-b.c", "folder_a_b_c"),
        ("USGS/SRTMGL1_003", "USGS_SRTMGL1_003"),
    ],
)
def test_names(asset: str, name: str) -> None:
    assert service_name(asset) == name


def test_the_grid_is_the_box_around_all_rasters(series: Service) -> None:
    found = series.get().json
    extent = found["extent"]
    assert extent.pop("spatialReference") == {"wkid": CRS, "latestWkid": CRS}
    east = WEST + (2 * SHIFT + SHAPE[1]) * PIXEL
    assert extent == {"xmin": WEST, "ymax": NORTH, "xmax": east, "ymin": NORTH - SHAPE[0] * PIXEL}
    assert (found["pixelSizeX"], found["pixelSizeY"]) == (PIXEL, PIXEL)
    assert (found["bandCount"], found["bandNames"], found["pixelType"]) == (2, ["red", "nir"], "U16")
    assert found["timeInfo"]["timeExtent"] == [START, START + 2 * DAY]
    assert found["serviceSourceType"] == "esriImageServiceSourceTypeMosaicDataset"
    assert "noDataValue" not in found
    assert {"name": "cloud", "type": "esriFieldTypeDouble", "alias": "cloud", "domain": None} in found["fields"]


def test_a_single_image_has_no_catalogue(one: Service, images: emulator.Emulator) -> None:
    found = one.get().json
    assert "fields" not in found
    assert "Catalog" not in found["capabilities"]
    assert one.get("/query").error == (400, "It needs Catalog.")
    assert service(images, DEGREES).get().json["pixelType"] == "F32"


def test_web_mercator_has_both_of_its_ids() -> None:
    from xee_lite.emulator.imageserver.spatial_references import (  # noqa: PLC0415 - only here
        read_spatial_reference,
        spatial_reference_json,
    )

    assert spatial_reference_json("EPSG:3857") == {"wkid": 102100, "latestWkid": 3857}
    assert read_spatial_reference({"wkid": 102100}, "bboxSR") == "EPSG:3857"
    assert read_spatial_reference("102009", "bboxSR") == "ESRI:102009"


def test_html_is_the_default_of_f(one: Service) -> None:
    reply = one.get(f="html")
    assert reply.content_type.startswith("text/html")
    assert reply.body.startswith(b"<!DOCTYPE html>")
    assert one.get(f="pjson").json == one.get().json


def test_what_is_not_there_is_an_envelope_with_status_200(images: emulator.Emulator, one: Service) -> None:
    from dataclasses import replace  # noqa: PLC0415 - only here

    other = replace(one, url=one.url.replace("/one/", "/two/"))
    reply = other.get()
    assert (reply.status, reply.error) == (200, (404, "Service two/ImageServer not found"))
    with pytest.raises(ValueError, match="no asset"):
        images.image_server_url("projects/xee-lite/assets/two")


def test_siblings_say_what_they_are(one: Service) -> None:
    from dataclasses import replace  # noqa: PLC0415 - only here

    maps = replace(one, url=one.url.replace("ImageServer", "MapServer")).get().json
    features = replace(one, url=one.url.replace("ImageServer", "FeatureServer")).get().json
    assert maps["mapName"] == "one"
    assert "pixelSizeX" not in maps
    assert features["layers"][0]["geometryType"] == "esriGeometryPolygon"


def test_the_server_lists_its_services(images: emulator.Emulator, one: Service) -> None:
    from tests.emulator.imageserver.imaging import Service as Asking  # noqa: PLC0415 - only here

    root = Asking(f"{images.url}/arcgis/rest")
    names = {entry["name"] for entry in root.get("/services").json["services"]}
    assert {"one", "folder_series", "USGS_SRTMGL1_003"} <= names
    assert root.get("/info").json["authInfo"] == {"isTokenBasedSecurity": False}
    assert one.get().json["name"] == "one"


def test_a_stand_in_is_a_service(images: emulator.Emulator) -> None:
    found = service(images, "USGS/SRTMGL1_003").get().json
    assert found["pixelType"] == "S16"
    assert found["extent"]["spatialReference"]["wkid"] == 4326


def test_a_huge_collection_is_refused(images: emulator.Emulator) -> None:
    code, details = service(images, "COPERNICUS/S2_SR_HARMONIZED").get().error
    assert code == 500
    assert "more than 2000 images" in details


def test_options_show_in_the_description(serving: Callable[..., Service]) -> None:
    found = (
        serving(
            capabilities="Image, Metadata,TilesOnly",
            max_image_width=256,
            max_download_images=0,
            no_data=-1,
            resampling="Cubic",
        )
        .get()
        .json
    )
    assert found["capabilities"] == "Image,Metadata,TilesOnly"
    assert (found["maxImageWidth"], found["maxDownloadImageCount"]) == (256, 0)
    assert (found["noDataValue"], found["noDataValues"]) == (-1, [-1, -1])
    assert found["defaultResamplingMethod"] == "Cubic"


def test_files_of_the_data_folder_are_services(rasters: Path) -> None:
    from xee_lite import emulator  # noqa: PLC0415 - only here

    with emulator.start(data=rasters) as earth:
        found = service(earth, "projects/xee-lite/assets/dem").get().json
        assert found["bandNames"] == ["elevation"]
        assert (found["extent"]["xmin"], found["extent"]["ymax"]) == (4.0, 45.0)
        rotated = service(earth, "projects/xee-lite/assets/rotated").get().json
        assert "wkt" in rotated["spatialReference"]
        assert rotated["pixelSizeX"] == pytest.approx(100.0, abs=0.1)
        assert len(service(earth, "projects/xee-lite/assets/series").get("/query", where="1=1").json["features"]) == 3


def test_assets_of_one_name(images: emulator.Emulator) -> None:
    assert images.image_server_url(ONE).endswith("/arcgis/rest/services/one/ImageServer")
    assert images.image_server_url(SERIES).endswith("/arcgis/rest/services/folder_series/ImageServer")
