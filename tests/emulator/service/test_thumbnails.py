"""Downloads and thumbnails through the official client, whose URLs are fetched by plain HTTP."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import ee
import numpy as np
import pytest
import rasterio
from ee import ee_exception
from PIL import Image as Picture
from rasterio.io import MemoryFile

from tests.emulator.evaluating import OWN

if TYPE_CHECKING:
    from pathlib import Path

    from tests.emulator.serving import Ask

pytestmark = pytest.mark.usefixtures("client")

BOX = [4.2, 44.5, 4.4, 44.6]


def fetch(url: str) -> bytes:
    with urlopen(url, timeout=60) as reply:  # noqa: S310 - loopback
        content: bytes = reply.read()
    return content


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def band(content: bytes, number: int = 1) -> tuple[Any, np.ma.MaskedArray[Any, Any]]:
    with MemoryFile(content) as file, file.open() as dataset:
        return dataset.profile, dataset.read(number, masked=True)


def picture(content: bytes) -> np.ndarray[Any, Any]:
    return np.asarray(Picture.open(io.BytesIO(content)))


def test_a_download_is_a_zip_file_of_one_geo_tiff_a_band() -> None:
    found = members(fetch(ee.Image(f"{OWN}/one").getDownloadURL()))
    assert list(found) == ["one.one.tif", "one.two.tif", "one.three.tif"]
    profile, values = band(found["one.two.tif"])
    assert (profile["dtype"], profile["nodata"]) == ("float32", -np.inf)
    np.testing.assert_array_equal(values.filled(-1), [[-1, -1, -1, 3], [4, 5, 6, 7], [8, 9, 10, 11]])


def test_computed_images_are_called_download() -> None:
    image = ee.Image(f"{OWN}/one").select("one").add(1)
    assert list(members(fetch(image.getDownloadURL()))) == ["download.one.tif"]
    assert list(members(fetch(image.getDownloadURL({"filePerBand": False})))) == ["download.tif"]
    assert list(members(fetch(image.getDownloadURL({"name": "../mine"})))) == [".._mine.one.tif"]


def test_bands_of_a_download_have_their_own_grids() -> None:
    bands = [{"id": "one"}, {"id": "three", "scale": 20}]
    found = members(fetch(ee.Image(f"{OWN}/one").getDownloadURL({"bands": bands})))
    assert band(found["one.one.tif"])[0]["transform"].a == 10
    assert band(found["one.three.tif"])[0]["transform"].a == 20


def test_an_unbounded_image_needs_a_region() -> None:
    for parameters in ({}, {"scale": 30}):
        with pytest.raises(ee.EEException, match="Unable to compute bounds for geometry"):
            ee.Image(1).getDownloadURL(parameters)


def test_a_region_and_a_scale_choose_the_pixels(rasters: Path) -> None:
    image = ee.Image(f"{OWN}/dem")
    degrees = {"region": ee.Geometry.BBox(*BOX), "crs": "EPSG:4326", "crs_transform": [0.01, 0, 4, 0, -0.01, 45]}
    profile, values = band(fetch(image.getDownloadURL({**degrees, "format": "GEO_TIFF"})))
    assert (profile["width"], profile["height"]) == (20, 10)
    with rasterio.open(rasters / "dem.tif") as dataset:
        window = rasterio.windows.from_bounds(*BOX, dataset.transform)
        np.testing.assert_array_equal(values, dataset.read(1, window=window, masked=True))
    table = np.load(io.BytesIO(fetch(image.getDownloadURL({**degrees, "format": "NPY"}))))
    np.testing.assert_array_equal(table["elevation"], values.filled(0))


def test_a_transform_and_a_size_choose_the_pixels() -> None:
    """The way of downloads in tiles: a reprojection, cut to a box of its pixels."""
    tile = {"crs": "EPSG:32631", "crs_transform": [10, 0, 500010, 0, -10, 3999990], "dimensions": [2, 2]}
    image = ee.Image(f"{OWN}/one").select("one")
    profile, values = band(fetch(image.getDownloadURL({**tile, "format": "GEO_TIFF"})))
    assert (profile["width"], profile["height"]) == (2, 2)
    assert tuple(profile["transform"])[:6] == (10, 0, 500010, 0, -10, 3999990)
    np.testing.assert_array_equal(values, [[5, 6], [9, 10]])


def test_a_thumbnail_is_a_picture() -> None:
    image = ee.Image(f"{OWN}/one").select("one")
    url = image.getThumbURL({"dimensions": [8, 6], "format": "png"})
    np.testing.assert_array_equal(picture(fetch(url)), np.arange(12).reshape(3, 4).repeat(2, 0).repeat(2, 1))
    assert Picture.open(io.BytesIO(fetch(image.getThumbURL({"dimensions": 8, "format": "jpg"})))).format == "JPEG"
    assert ee.data.getThumbnail({"image": image, "dimensions": [8, 6], "format": "png"}) == fetch(url)


def test_a_thumbnail_has_512_pixels_unless_told() -> None:
    image = ee.Image(f"{OWN}/dem")
    assert picture(fetch(image.getThumbURL({"format": "png"}))).shape[:2] == (307, 512)
    assert picture(fetch(image.getThumbURL({"format": "png", "dimensions": 100}))).shape[:2] == (60, 100)


def test_the_visualization_of_a_thumbnail(ask: Ask) -> None:
    image = ee.Image(f"{OWN}/one").select("one")
    expression = ee.serializer.encode(image, for_cloud_api=True)
    options = {"ranges": [{"min": 0, "max": 10}], "paletteColors": ["000000", "0000ff"]}
    body = {
        "expression": expression,
        "fileFormat": "PNG",
        "grid": {"affineTransform": {"scaleX": 10, "translateX": 500000, "scaleY": -10, "translateY": 4000000},
                 "dimensions": {"width": 4, "height": 3}},
        "visualizationOptions": options,
    }  # fmt: skip
    name = ask("POST", "/v1/projects/xee-lite/thumbnails", body).json["name"]
    shown = picture(ask("GET", f"/v1/{name}:getPixels").body)
    blue = np.round(np.clip(np.arange(12).reshape(3, 4) / 10, 0, 1) * 255)
    np.testing.assert_allclose(shown[..., 2], blue, atol=1)
    assert not shown[..., :2].any()


def test_limits_are_told_when_a_thumbnail_is_made() -> None:
    wide = ee.Image(f"{OWN}/wide")
    with pytest.raises(ee_exception.EEException, match=r"^Pixel grid dimensions \(40000x40000\) must be less"):
        wide.getDownloadURL({"format": "GEO_TIFF"})
    grid = {"crs": "EPSG:4326", "crs_transform": [1e-3, 0, 0, 0, -1e-3, 40], "dimensions": [10000, 10000]}
    with pytest.raises(
        ee_exception.EEException,
        match=r"^Total request size \(200000000 bytes\) must be less than or equal to 50331648 bytes\.$",
    ):
        wide.getDownloadURL({**grid, "format": "NPY"})
    with pytest.raises(ee_exception.EEException, match=r"^Number of bands \(1025\) must be less than or equal to 1024"):
        ee.Image(f"{OWN}/many").getDownloadURL()


def frames(content: bytes) -> list[np.ndarray[Any, Any]]:
    found = []
    with Picture.open(io.BytesIO(content)) as file:
        for number in range(getattr(file, "n_frames", 1)):
            file.seek(number)
            found.append(np.asarray(file.convert("RGB")))
    return found


def test_a_collection_is_an_animation() -> None:
    collection = ee.ImageCollection(f"{OWN}/folder/small").map(lambda image: image.toUint8())
    url = collection.getVideoThumbURL({"dimensions": [4, 3], "framesPerSecond": 5})
    content = fetch(url)
    with Picture.open(io.BytesIO(content)) as file:
        assert (file.format, file.info["duration"]) == ("GIF", 200)
    assert len(frames(content)) == 3
    for day, frame in enumerate(frames(content)):
        np.testing.assert_array_equal(frame[..., 0], np.arange(12).reshape(3, 4) + 100 * day)


def test_a_collection_is_a_filmstrip() -> None:
    collection = ee.ImageCollection(f"{OWN}/folder/small").map(lambda image: image.toUint8())
    shown = picture(fetch(collection.getFilmstripThumbURL({"dimensions": [4, 3], "format": "png"})))
    np.testing.assert_array_equal(shown[:, :, 0] if shown.ndim == 3 else shown, [
        [*range(row, row + 4)] for start in (0, 100, 200) for row in range(start, start + 12, 4)
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("collection", "body", "message"),
    [
        ("thumbnails", {}, "The request has no 'expression'."),
        ("thumbnails", {"fileFormat": "TIFF"}, "Invalid value at 'file_format'"),
        ("thumbnails", {"filenamePrefix": 3}, "Invalid value at 'filenamePrefix' (TYPE_STRING), 3"),
        ("videoThumbnails", {"fileFormat": "MP4"}, "Animations are written as GIF only."),
        ("videoThumbnails", {"videoOptions": {"framesPerSecond": 0.01}}, "must be from 0.1 to 120"),
        ("filmstripThumbnails", {"orientation": "UP"}, "Invalid value at 'orientation'"),
        ("filmstripThumbnails", {"fileFormat": "NPY"}, "A filmstrip is a picture"),
        ("maps", {"fileFormat": "NPY"}, "Map tiles are pictures"),
    ],
)
def test_what_is_wrong_is_told_at_once(ask: Ask, collection: str, body: dict[str, Any], message: str) -> None:
    reply = ask("POST", f"/v1/projects/xee-lite/{collection}", body)
    assert reply.status == 400
    assert message in reply.message


def test_nothing_is_found_under_other_names(ask: Ask) -> None:
    for path in ("thumbnails/x:getPixels", "maps/x/tiles/0/0/0"):
        reply = ask("GET", f"/v1/projects/xee-lite/{path}")
        assert (reply.status, reply.json["error"]["status"]) == (404, "NOT_FOUND")


def test_no_collection_no_frames(ask: Ask) -> None:
    for node, message in (
        ({"constantValue": 1}, "no image collection"),
        ({"functionInvocationValue": {"functionName": "ImageCollection.fromImages",
                                      "arguments": {"images": {"constantValue": []}}}}, "no frames"),
    ):  # fmt: skip
        body = {"expression": {"result": "0", "values": {"0": node}}}
        assert message in ask("POST", "/v1/projects/p/videoThumbnails", body).message


def test_features_are_shown_in_their_colours() -> None:
    """A square of 2 by 2 of the 8 by 8 pixels, and what shines through: the rest of the picture is clear."""
    square = ee.Feature(ee.Geometry.Rectangle([2, 4, 4, 6], "EPSG:4326", False))
    image = ee.FeatureCollection([square]).style(color="ff8000", width=0, fillColor="ff800080")
    region = ee.Geometry.Rectangle([0, 0, 8, 8], "EPSG:4326", False)
    shown = picture(fetch(image.getThumbURL({"region": region, "dimensions": 8, "crs": "EPSG:4326", "format": "png"})))
    expected = np.zeros((8, 8), np.uint8)
    expected[2:4, 2:4] = 128
    np.testing.assert_array_equal(shown[..., 3], expected)
    assert shown[3, 3].tolist() == [255, 128, 0, 128]
