"""The examples of Earth Engine's reference pages on pictures and downloads, run as they are printed there.

The pages are those of `ee.data.getPixels` and `ee.Image.getDownloadURL`. JavaScript is called through its Python twin.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import ee
import numpy as np
import pytest
from ee import oauth
from google.oauth2.credentials import Credentials
from PIL import Image as Picture
from rasterio.io import MemoryFile

from tests.client.scenes import opened
from xee_lite.testing import local_earth

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    Pixels = npt.NDArray[Any]

GET_PIXELS = """
# Region of interest.
coords = [
    -121.58626826832939,
    38.059141484827485,
]
region = ee.Geometry.Point(coords)

# Get a Sentinel-2 image.
image = (ee.ImageCollection('COPERNICUS/S2')
  .filterBounds(region)
  .filterDate('2020-04-01', '2020-09-01')
  .sort('CLOUD_COVERAGE_ASSESSMENT')
  .first())
image_id = image.getInfo()['id']

# Make a projection to discover the scale in degrees.
proj = ee.Projection('EPSG:4326').atScale(10).getInfo()

# Get scales out of the transform.
scale_x = proj['transform'][0]
scale_y = -proj['transform'][4]

# Make a request object.
request = {
    'assetId': image_id,
    'fileFormat': 'PNG',
    'bandIds': ['B4', 'B3', 'B2'],
    'grid': {
        'dimensions': {
            'width': 640,
            'height': 640
        },
        'affineTransform': {
            'scaleX': scale_x,
            'shearX': 0,
            'translateX': coords[0],
            'shearY': 0,
            'scaleY': scale_y,
            'translateY': coords[1]
        },
        'crsCode': proj['crs'],
    },
    'visualizationOptions': {'ranges': [{'min': 0, 'max': 3000}]},
}

image_png = ee.data.getPixels(request)
# Do something with the image...
"""

GET_DOWNLOAD_URL = '''
"""Demonstrates the ee.Image.getDownloadURL method."""

import io
import requests
import ee


ee.Authenticate()
ee.Initialize()

# A Sentinel-2 surface reflectance image.
img = ee.Image('COPERNICUS/S2_SR/20210109T185751_20210109T185931_T10SEG')

# A small region within the image.
region = ee.Geometry.BBox(-122.0859, 37.0436, -122.0626, 37.0586)

# Image chunk as a NumPy structured array.
import numpy
url = img.getDownloadUrl({
    'bands': ['B3', 'B8', 'B11'],
    'region': region,
    'scale': 20,
    'format': 'NPY'
})
response = requests.get(url)
data = numpy.load(io.BytesIO(response.content))
print(data)
print(data.dtype)

# Single-band GeoTIFF files wrapped in a zip file.
url = img.getDownloadUrl({
    'name': 'single_band',
    'bands': ['B3', 'B8', 'B11'],
    'region': region
})
response = requests.get(url)
with open('single_band.zip', 'wb') as fd:
  fd.write(response.content)

# Multi-band GeoTIFF file wrapped in a zip file.
url = img.getDownloadUrl({
    'name': 'multi_band',
    'bands': ['B3', 'B8', 'B11'],
    'region': region,
    'scale': 20,
    'filePerBand': False
})
response = requests.get(url)
with open('multi_band.zip', 'wb') as fd:
  fd.write(response.content)

# Band-specific transformations.
url = img.getDownloadUrl({
    'name': 'custom_single_band',
    'bands': [
        {'id': 'B3', 'scale': 10},
        {'id': 'B8', 'scale': 10},
        {'id': 'B11', 'scale': 20}
    ],
    'region': region
})
response = requests.get(url)
with open('custom_single_band.zip', 'wb') as fd:
  fd.write(response.content)

# Multi-band GeoTIFF file.
url = img.getDownloadUrl({
    'bands': ['B3', 'B8', 'B11'],
    'region': region,
    'scale': 20,
    'format': 'GEO_TIFF'
})
response = requests.get(url)
with open('multi_band.tif', 'wb') as fd:
  fd.write(response.content)
'''

CODE_EDITOR: dict[str, dict[str, Any]] = {
    "Single-band GeoTIFF files wrapped in a zip file": {"name": "single_band", "bands": ["B3", "B8", "B11"]},
    "Multi-band GeoTIFF file wrapped in a zip file": {
        "name": "multi_band",
        "bands": ["B3", "B8", "B11"],
        "scale": 20,
        "filePerBand": False,
    },
    "Band-specific transformations": {
        "name": "custom_single_band",
        "bands": [{"id": "B3", "scale": 10}, {"id": "B8", "scale": 10}, {"id": "B11", "scale": 20}],
    },
    "Multi-band GeoTIFF file": {"bands": ["B3", "B8", "B11"], "scale": 20, "format": "GEO_TIFF"},
}
"""What the JavaScript examples pass, beside the region, by what they print."""

IMAGE = "COPERNICUS/S2_SR/20210109T185751_20210109T185931_T10SEG"
BOX = (-122.0859, 37.0436, -122.0626, 37.0586)
BANDS = ["B3", "B8", "B11"]
TOKEN = "a-token-of-the-tests"  # noqa: S105 - of the local service


class Stored(Credentials):  # type: ignore[misc] # google-auth has no types
    """Credentials that were stored on the machine before, as `ee.Authenticate` finds them."""

    def refresh(self, request: object) -> None:
        """Stay as they are: no server gives new ones here."""


@pytest.fixture(scope="module", autouse=True)
def service() -> Iterator[None]:
    """A service that asks for a token."""
    with local_earth(token=TOKEN):
        yield


@pytest.fixture
def signed_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An account that may use the service, whose address `ee` knows already, and an empty working folder."""
    stored = Stored(TOKEN, scopes=oauth.SCOPES, quota_project_id="xee-lite")
    monkeypatch.setattr(ee.data, "get_persistent_credentials", lambda: stored)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("signed_in")
def test_the_example_of_get_pixels() -> None:
    names: dict[str, Any] = {"ee": ee}
    exec(GET_PIXELS, names)  # noqa: S102 - the page's own example
    with Picture.open(io.BytesIO(names["image_png"])) as picture:
        assert (picture.format, picture.size, picture.mode) == ("PNG", (640, 640), "RGB")
        shown = np.asarray(picture)
    raw = {**names["request"], "fileFormat": "NUMPY_NDARRAY"}
    del raw["visualizationOptions"]
    values = ee.data.getPixels(raw)
    stretched = [np.floor(np.clip(values[band] / 3000, 0, 1) * 255 + 0.5) for band in ("B4", "B3", "B2")]
    np.testing.assert_array_equal(shown, np.stack(stretched, axis=-1))
    assert np.ptp(shown) > 20


def test_the_setup_of_both_pages() -> None:
    """Both pages import geemap beside ee, and use nothing of it."""
    core = pytest.importorskip("geemap.core", reason="geemap is an optional peer")
    assert core.Map


def tif(content: bytes) -> tuple[dict[str, Any], Pixels]:
    with MemoryFile(content) as file, file.open() as dataset:
        return dict(dataset.profile), dataset.read()


def zipped(content: bytes) -> dict[str, tuple[dict[str, Any], Pixels]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: tif(archive.read(name)) for name in archive.namelist()}


def truth(profile: dict[str, Any], bands: list[str]) -> Pixels:
    """The pixels of a file's grid, read through computePixels; 0 where masked."""
    shape = profile["height"], profile["width"]
    dataset = opened(IMAGE, crs=str(profile["crs"]), transform=profile["transform"], shape=shape, bands=bands)
    return np.stack([dataset[band].values for band in bands]).astype("u2")


def check_file(found: tuple[dict[str, Any], Pixels], bands: list[str], *, scale: float, clipped: bool = False) -> None:
    """A GeoTIFF of bands at a scale that covers the box, and no more than a pixel beyond on each side."""
    profile, values = found
    assert (profile["dtype"], profile["count"], profile["nodata"]) == ("uint16", len(bands), 0)
    assert (profile["transform"].a, profile["transform"].e) == (scale, -scale)
    assert str(profile["crs"]) == "EPSG:32610"
    expected = truth(profile, bands)
    if clipped:  # to the box of longitudes and latitudes, which lies askew in UTM
        outside = values == 0
        assert 0 < outside.mean() < 0.05
        expected = np.where(outside, 0, expected)
    np.testing.assert_array_equal(values, expected)
    assert values.any()


def check_examples(files: dict[str, bytes]) -> None:
    single = zipped(files["single_band"])
    assert list(single) == ["single_band.B3.tif", "single_band.B8.tif", "single_band.B11.tif"]
    custom = zipped(files["custom_single_band"])
    assert list(custom) == ["custom_single_band.B3.tif", "custom_single_band.B8.tif", "custom_single_band.B11.tif"]
    for band, scale in (("B3", 10), ("B8", 10), ("B11", 20)):
        check_file(single[f"single_band.{band}.tif"], [band], scale=scale, clipped=True)
        check_file(custom[f"custom_single_band.{band}.tif"], [band], scale=scale)
    multi = zipped(files["multi_band"])
    assert list(multi) == ["multi_band.tif"]
    check_file(multi["multi_band.tif"], BANDS, scale=20)
    check_file(tif(files["geo_tiff"]), BANDS, scale=20)


@pytest.mark.usefixtures("signed_in")
def test_the_examples_of_get_download_url(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    with pytest.warns(DeprecationWarning, match=r"Use getDownloadURL\(\)"):  # the page has the old spelling
        exec(GET_DOWNLOAD_URL, names)  # noqa: S102 - the page's own example
    data = names["data"]
    assert data.dtype == [("B3", "<u2"), ("B8", "<u2"), ("B11", "<u2")]
    assert str(data.dtype) in capsys.readouterr().out
    zips = ("single_band", "multi_band", "custom_single_band")
    files = {name: Path(f"{name}.zip").read_bytes() for name in zips}
    files["geo_tiff"] = Path("multi_band.tif").read_bytes()
    check_examples(files)
    profile, values = tif(files["geo_tiff"])
    assert data.shape == (profile["height"], profile["width"])
    for band, plane in zip(BANDS, values, strict=True):
        np.testing.assert_array_equal(data[band], plane)


def test_the_examples_of_the_code_editor() -> None:
    region = ee.Geometry.BBox(*BOX)
    files: dict[str, bytes] = {}
    for parameters in CODE_EDITOR.values():
        url = ee.Image(IMAGE).getDownloadURL({**parameters, "region": region})
        with urlopen(url, timeout=60) as reply:  # noqa: S310 - loopback
            files[parameters.get("name", "geo_tiff")] = reply.read()
    check_examples(files)
