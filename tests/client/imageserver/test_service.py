"""What a service says is made plain, or refused in a sentence: fixtures are trimmed descriptions of public services."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from xee_lite import InputError
from xee_lite.imageserver.missing_pixels import missing_of
from xee_lite.imageserver.service import service_of
from xee_lite.imageserver.spatial_reference import crs_of, reference_of
from xee_lite.stack import Missing

URL = "https://example.org/arcgis/rest/services/Lidar/ImageServer"
ROOT: dict[str, Any] = {
    "currentVersion": 10.91,
    "name": "Lidar",
    "extent": {
        "xmin": 1440000,
        "ymin": 535000,
        "xmax": 1455000,
        "ymax": 550000,
        "spatialReference": {"wkid": 102719, "latestWkid": 2264},
    },
    "pixelSizeX": 10,
    "pixelSizeY": 10,
    "bandCount": 1,
    "bandNames": ["Band_1"],
    "pixelType": "F32",
    "minValues": [515.67],
    "maxValues": [1611.1],
    "fields": [{"name": "OBJECTID", "type": "esriFieldTypeOID"}],
    "capabilities": "Image,Metadata,Catalog,Mensuration",
    "maxImageHeight": 4100,
    "maxImageWidth": 15000,
    "maxDownloadImageCount": 0,
    "rasterFunctionInfos": [{"name": "None"}],
}


def with_(**changes: Any) -> dict[str, Any]:
    return {key: value for key, value in {**ROOT, **changes}.items() if value is not ...}


def test_a_description() -> None:
    service = service_of(URL, ROOT)
    assert service.grid is not None
    assert service.grid.crs == "EPSG:2264"
    assert service.grid.shape == (1500, 1500)
    assert list(service.grid.bounds) == [1440000, 535000, 1455000, 550000]
    assert service.capabilities == frozenset({"image", "metadata", "catalog", "mensuration"})
    assert service.has_plain_rendering
    assert service.max_downloads == 0
    assert service.bands[0].missing == Missing(np.dtype("f4"), float(np.finfo("f4").min))


@pytest.mark.parametrize(("width", "columns"), [(30.0, 30), (29.9999961896, 30), (30.05, 30), (30.11, 31), (30.4, 31)])
def test_pixels_are_counted_as_esri_counts_them(width: float, columns: int) -> None:
    extent = {"xmin": 0, "ymin": 0, "xmax": width, "ymax": 5, "spatialReference": {"wkid": 32631}}
    service = service_of(URL, with_(extent=extent, pixelSizeX=1, pixelSizeY=1))
    assert service.grid is not None
    assert service.grid.shape == (5, columns)
    assert (service.grid.bounds[0], service.grid.bounds[3]) == (0, 5), "the upper left corner stays"


@pytest.mark.parametrize(
    ("dtype", "declared", "wire", "number"),
    [
        ("u1", None, "u2", 256),
        ("i1", None, "i2", 128),
        ("u2", None, "i4", 65536),
        ("i2", None, "i4", 32768),
        ("u4", None, "f8", 2**32),
        ("i4", None, "f8", 2**31),
        ("u1", 0, "u1", 0),
        ("u1", 256, "u2", 256),
        ("u1", 0.5, "u2", 256),
        ("i2", -32768, "i2", -32768),
        ("f4", -9999.0, "f4", -9999.0),
        ("f4", 1e300, "f4", float(np.finfo("f4").min)),
        ("f4", float("nan"), "f4", float(np.finfo("f4").min)),
    ],
)
def test_a_number_for_missing_pixels_that_no_pixel_has(dtype: str, declared: float, wire: str, number: float) -> None:
    assert missing_of(np.dtype(dtype), declared) == Missing(np.dtype(wire), number)


def test_the_number_of_each_band() -> None:
    listed = service_of(URL, with_(pixelType="U8", bandCount=2, bandNames=..., noDataValues=[0, 255], noDataValue=7))
    assert [band.missing and band.missing.number for band in listed.bands] == [0, 255]
    assert [band.name for band in listed.bands] == ["Band_1", "Band_2"]
    single = service_of(URL, with_(pixelType="U8", noDataValue=7))
    assert single.bands[0].missing == Missing(np.dtype("u1"), 7)


def test_less_than_a_byte_has_a_free_number() -> None:
    (band,) = service_of(URL, with_(pixelType="U4")).bands
    assert (band.missing, band.range) == (Missing(np.dtype("u1"), 255), (0, 15))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"pixelType": ...}, "is no image service"),
        ({"pixelType": ..., "layers": []}, "is a map service"),
        ({"pixelType": "C64"}, "no plain numbers"),
        ({"pixelType": 7}, "no plain numbers"),
        ({"bandCount": 0}, "has 0 bands"),
        ({"bandCount": 10**9}, "bands, but from 1"),
        ({"bandCount": "many"}, "has 'many' bands"),
    ],
)
def test_what_is_no_service_of_numbers_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        service_of(URL, with_(**changes))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"extent": {**ROOT["extent"], "spatialReference": {"wkid": 999999}}},
            "wkid 999999, is none that pyproj knows",
        ),
        ({"extent": {**ROOT["extent"], "spatialReference": None}}, "says no spatial reference"),
        ({"extent": {**ROOT["extent"], "xmax": "NaN"}}, "make no grid"),
        ({"extent": {**ROOT["extent"], "xmax": 0}}, "make no grid"),
        ({"pixelSizeX": 0}, "make no grid"),
        ({"pixelSizeX": 1e-9}, "more than can be counted"),
        ({"extent": []}, "says no spatial reference"),
    ],
)
def test_a_service_without_a_grid_says_why(changes: dict[str, Any], said: str) -> None:
    service = service_of(URL, with_(**changes))
    assert service.grid is None
    assert said in service.grid_problem


def test_capabilities_are_read_as_they_are_spelled_and_assumed_where_they_are_not() -> None:
    assert service_of(URL, with_(capabilities=" image , TilesOnly")).capabilities == frozenset({"image", "tilesonly"})
    service_of(URL, with_(capabilities=...)).require("Catalog", "it")
    with pytest.raises(InputError, match="ready-made tiles"):
        service_of(URL, with_(capabilities="TilesOnly")).require("Image", "reading")


@pytest.mark.parametrize(
    ("reference", "crs"),
    [
        ({"wkid": 102100, "latestWkid": 3857}, "EPSG:3857"),
        ({"wkid": 102100}, "EPSG:3857"),
        ({"wkid": 4326}, "EPSG:4326"),
        ({"wkid": 102009}, "ESRI:102009"),
        ({"latestWkid": 999999, "wkid": 32632}, "EPSG:32632"),
    ],
)
def test_spatial_references(reference: dict[str, Any], crs: str) -> None:
    assert crs_of(reference) == crs


def test_a_spatial_reference_as_text_goes_there_and_back() -> None:
    wkt = (
        'PROJCS["local",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
        'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
        'PARAMETER["False_Easting",1234.5],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",7.5],'
        'PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
    )
    crs = crs_of({"wkid": 999999, "wkt": wkt})
    again = reference_of(crs)
    assert isinstance(again, dict)
    assert "1234.5" in again["wkt"]
    assert reference_of("EPSG:32631") == 32631
