"""Esri's own client for Python on the local Image Server: the ImageryLayer of ``arcgis`` reads and downloads."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import rasterio

from tests.interop.scenes import ALIGNED, ALIGNED_TRANSFORM, SCENES, SHAPE, truth
from tests.interop.tls_portal import tls_portal

pytest.importorskip("arcgis", reason="pip install -e . --group interop-arcgis")

pytestmark = pytest.mark.filterwarnings("ignore:Unverified HTTPS request")  # the certificate is signed by itself

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from xee_lite.emulator import Emulator

WEST, NORTH, PIXEL = ALIGNED_TRANSFORM[2], ALIGNED_TRANSFORM[5], ALIGNED_TRANSFORM[0]
Layer = Any


@pytest.fixture(scope="module")
def layer(earth: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Layer]]:
    """An asset as the client's layer; it insists on TLS and on a portal."""
    from arcgis.gis import GIS  # noqa: PLC0415 - takes seconds
    from arcgis.raster import ImageryLayer  # noqa: PLC0415 - as above

    with warnings.catch_warnings(), tls_portal(earth.url, tmp_path_factory.mktemp("tls")) as base:
        warnings.simplefilter("ignore")
        gis = GIS(f"{base}/portal", verify_cert=False)
        yield lambda asset: ImageryLayer(earth.image_server_url(asset).replace(earth.url, base), gis)


def box(layer: Layer) -> dict[str, Any]:
    """One scene, from the upper left corner of the service."""
    extent = dict(layer.extent)
    west, north = extent["xmin"], extent["ymax"]
    return {**extent, "xmax": west + SHAPE[1] * PIXEL, "ymin": north - SHAPE[0] * PIXEL}


def lock(number: int) -> dict[str, Any]:
    return {"mosaicMethod": "esriMosaicLockRaster", "lockRasterIds": [number]}


def test_what_the_service_says(layer: Callable[[str], Layer]) -> None:
    found = layer(ALIGNED)
    assert (found.properties.bandCount, found.properties.pixelType) == (2, "U16")
    assert (found.extent["xmin"], found.extent["ymax"]) == (WEST, NORTH)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_pixels_as_tiff(layer: Callable[[str], Layer], tmp_path: Path, number: int) -> None:
    scenes = layer(SCENES)
    saved = scenes.export_image(
        bbox=box(scenes),
        size=[SHAPE[1], SHAPE[0]],
        export_format="tiff",
        f="image",
        save_folder=str(tmp_path),
        save_file="x.tif",
        no_data=0,
        interpolation="RSP_NearestNeighbor",
        adjust_aspect_ratio=False,
        mosaic_rule=lock(number),
    )
    with rasterio.open(saved) as file:
        for band, name in enumerate(("red", "nir"), start=1):
            np.testing.assert_array_equal(file.read(band), np.ma.filled(truth(number - 1, name), 0))


def test_pixels_as_lerc(layer: Callable[[str], Layer], tmp_path: Path) -> None:
    import lerc  # noqa: PLC0415 - comes with the client

    scenes = layer(SCENES)
    saved = scenes.export_image(
        bbox=box(scenes),
        size=[SHAPE[1], SHAPE[0]],
        export_format="lerc",
        lerc_version=2,
        f="image",
        save_folder=str(tmp_path),
        save_file="x.lerc",
        interpolation="RSP_NearestNeighbor",
        adjust_aspect_ratio=False,
        mosaic_rule=lock(1),
    )
    code, values, mask = lerc.decode(Path(saved).read_bytes())
    assert code == 0
    for band, name in enumerate(("red", "nir")):
        expected = truth(0, name)
        np.testing.assert_array_equal(~mask[band], np.ma.getmaskarray(expected))
        np.testing.assert_array_equal(np.where(mask[band], values[band], 0), expected.filled(0))


def test_the_extent_that_json_tells(layer: Callable[[str], Layer]) -> None:
    aligned = layer(ALIGNED)
    found = aligned.export_image(bbox=box(aligned), size=[100, 100], f="json", export_format="tiff")
    extent = found["extent"]
    width, height = extent["xmax"] - extent["xmin"], extent["ymax"] - extent["ymin"]
    assert width == height == SHAPE[1] * PIXEL  # it grew, since pixels are square by default


def test_the_catalogue(layer: Callable[[str], Layer]) -> None:
    scenes = layer(SCENES)
    features = scenes.query(where="Category=1", out_fields="*", return_geometry=True).features
    assert [feature.attributes["OBJECTID"] for feature in features] == [1, 2, 3]
    assert [feature.attributes["cloud"] for feature in features] == [0, 1, 2]
    assert scenes.query(where="cloud > 0", return_count_only=True) == 2
    assert scenes.query(where="1=1", return_ids_only=True)["objectIds"] == [1, 2, 3]


def test_files(layer: Callable[[str], Layer], tmp_path: Path) -> None:
    """On Linux the client saves files under the whole of their ids, backslashes included."""
    scenes = layer(SCENES)
    info = scenes.get_download_info(raster_ids="2")
    assert sum(file["size"] for file in info["rasterFiles"]) > 0
    saved = [Path(path) for path in scenes.get_raster_file(info, out_folder=str(tmp_path))]
    sizes = {file["id"]: file["size"] for file in info["rasterFiles"]}
    assert {path.name: path.stat().st_size for path in saved} == sizes
    folder = tmp_path / "renamed"
    folder.mkdir()
    for path in saved:
        path.rename(folder / path.name.rpartition("\\")[2])
    (image,) = folder.glob("*.tif")
    with rasterio.open(image) as file:
        found = file.read(1, masked=True)
    np.testing.assert_array_equal(found.mask, truth(1, "red").mask)
    np.testing.assert_array_equal(found.filled(0), truth(1, "red").filled(0))


def test_converted_files(layer: Callable[[str], Layer]) -> None:
    info = layer(SCENES).get_download_info(raster_ids="1", out_format="PNG:Conversion")
    assert any(file["id"].endswith(".png") for file in info["rasterFiles"])


def test_samples(layer: Callable[[str], Layer]) -> None:
    aligned = layer(ALIGNED)
    row, col = 7, 11
    point = {
        "x": WEST + (col + 0.5) * PIXEL,
        "y": NORTH - (row + 0.5) * PIXEL,
        "spatialReference": aligned.extent["spatialReference"],
    }
    (sample,) = aligned.get_samples(geometry=point, geometry_type="esriGeometryPoint")
    texts = [truth(1, band)[row, col] for band in ("red", "nir")]
    assert sample["value"] == " ".join("NoData" if text is np.ma.masked else str(text) for text in texts)
