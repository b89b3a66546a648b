"""Pixels of a folder's files: rasterio reads the same files on its own."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import rasterio
import rasterio.warp
from affine import Affine
from rasterio.windows import Window

from tests.emulator.serving import asking
from xee_lite import emulator
from xee_lite.emulator.catalogue.folder import folder_contents

if TYPE_CHECKING:
    from pathlib import Path

    from tests.emulator.serving import Ask

OWN = "/v1/projects/xee-lite/assets"


def fetch(ask: Ask, asset: str, transform: Affine, shape: tuple[int, int], crs: str | None = None) -> Any:
    names = ("scaleX", "shearX", "translateX", "shearY", "scaleY", "translateY")
    grid: dict[str, Any] = {
        "dimensions": {"width": shape[1], "height": shape[0]},
        "affineTransform": dict(zip(names, transform[:6], strict=True)),
    }
    if crs:
        grid["crsCode"] = crs
    reply = ask("POST", f"{OWN}/{asset}:getPixels", {"fileFormat": "NPY", "grid": grid})
    assert reply.status == 200, reply.body
    return np.load(io.BytesIO(reply.body))


@pytest.mark.parametrize("name", ["dem.tif", "photo.tif", "rotated.tiff", "series/d2.tif"])
def test_the_native_grid_and_windows_of_it(ask: Ask, rasters: Path, name: str) -> None:
    asset = name.rpartition(".")[0]
    with rasterio.open(rasters / name) as dataset:
        for window in (Window(0, 0, dataset.width, dataset.height), Window(7, 11, 13, 17), Window(0, 5, 1, 1)):
            got = fetch(ask, asset, dataset.window_transform(window), (window.height, window.width))
            for number, band in enumerate(got.dtype.names, start=1):
                truth = dataset.read(number, window=window, masked=True)
                assert got[band].dtype == truth.dtype
                np.testing.assert_array_equal(got[band], truth.filled(0))


def test_a_window_that_reaches_out(ask: Ask, rasters: Path) -> None:
    with rasterio.open(rasters / "dem.tif") as dataset:
        window = Window(-5, -7, 220, 140)
        truth = dataset.read(1, window=window, boundless=True, masked=True, fill_value=-999).filled(0)
        got = fetch(ask, "dem", dataset.window_transform(window), (140, 220))
    np.testing.assert_array_equal(got["elevation"], truth)


def test_another_crs_is_gdals_nearest_neighbour(ask: Ask, rasters: Path) -> None:
    """GDAL transforms the pixel centres, and samples there.

    (Its warper would do both, but it approximates the transform to an eighth of a pixel.)
    """
    transform, shape = Affine(900, 0, 580000, 0, -900, 4990000), (150, 200)
    col, row = np.meshgrid(np.arange(shape[1]) + 0.5, np.arange(shape[0]) + 0.5)
    x, y = transform.a * col + transform.c, transform.e * row + transform.f
    degrees = rasterio.warp.transform("EPSG:32631", "EPSG:4326", x.ravel(), y.ravel())
    with rasterio.open(rasters / "dem.tif") as dataset:
        samples = dataset.sample(zip(*degrees, strict=True), masked=True)
        truth = np.array([sample.filled(0)[0] for sample in samples]).reshape(shape)
    got = fetch(ask, "dem", transform, shape, "EPSG:32631")["elevation"]
    assert 0.5 < (truth != 0).mean() < 0.95
    np.testing.assert_array_equal(got, truth)


def test_what_an_asset_says_of_its_file(ask: Ask, rasters: Path) -> None:
    asset = ask("GET", f"{OWN}/dem").json
    (band,) = asset["bands"]
    assert band["id"] == "elevation"
    assert band["dataType"] == {"precision": "INT", "range": {"min": -32768, "max": 32767}}
    assert band["grid"]["crsCode"] == "EPSG:4326"
    assert band["grid"]["dimensions"] == {"width": 200, "height": 120}
    assert int(asset["sizeBytes"]) == (rasters / "dem.tif").stat().st_size
    rotated = ask("GET", f"{OWN}/rotated").json["bands"][0]["grid"]
    with rasterio.open(rasters / "rotated.tiff") as dataset:
        assert rotated["crsWkt"] == dataset.crs.to_wkt()
        assert rotated["affineTransform"]["shearX"] == dataset.transform.b
        assert rotated["affineTransform"]["translateY"] == dataset.transform.f


def test_an_alpha_band_is_a_mask_and_no_band(ask: Ask, rasters: Path) -> None:
    with rasterio.open(rasters / "photo.tif") as dataset:
        got = fetch(ask, "photo", dataset.transform, dataset.shape)
        assert got.dtype.names == ("b1", "b2", "b3")
        np.testing.assert_array_equal(got["b2"], np.where(dataset.read(4) == 0, 0, dataset.read(2)))


def test_stac_items_give_properties_and_names(ask: Ask) -> None:
    collection = ask("GET", f"{OWN}/series").json
    assert collection["type"] == "IMAGE_COLLECTION"
    asset = ask("GET", f"{OWN}/series/d2").json
    assert asset["startTime"] == "2020-01-02T00:00:00Z"
    assert asset["properties"] == {"cloud": 20, "platform": "s1", "ok": True}
    assert [band["id"] for band in asset["bands"]] == ["warm", "cold"]


def test_a_span_of_time(tmp_path: Path, rasters: Path) -> None:
    (tmp_path / "dem.tif").write_bytes((rasters / "dem.tif").read_bytes())
    item = json.loads((rasters / "series" / "d1.json").read_text())
    item["properties"] = {
        "datetime": None,
        "start_datetime": "2020-02-01T00:00:00Z",
        "end_datetime": "2020-03-01T00:00:00Z",
    }
    item["assets"] = {}
    (tmp_path / "dem.json").write_text(json.dumps(item))
    image = folder_contents(tmp_path, "p").loaders["projects/p/assets/dem"]()
    assert image.properties["system:time_start"] == 1580515200000
    assert image.properties["system:time_end"] == 1583020800000


def test_json_that_is_no_item_is_left_alone(tmp_path: Path, rasters: Path) -> None:
    (tmp_path / "dem.tif").write_bytes((rasters / "dem.tif").read_bytes())
    (tmp_path / "dem.json").write_text('["anything"]')
    assert "system:time_start" not in folder_contents(tmp_path, "p").loaders["projects/p/assets/dem"]().properties


@pytest.mark.parametrize("text", ['{"stac_version": "1.0.0"}', "{"])
def test_a_broken_item_is_named(tmp_path: Path, rasters: Path, text: str) -> None:
    (tmp_path / "dem.tif").write_bytes((rasters / "dem.tif").read_bytes())
    (tmp_path / "dem.json").write_text(text)
    with emulator.start(data=tmp_path) as earth:
        reply = asking(earth.url)("GET", f"{OWN}/dem")
    assert reply.status == 400
    assert "'dem.json' is not a sound STAC Item" in reply.message


def test_links_that_lead_out_are_not_followed(tmp_path: Path, rasters: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "inside.tif").write_bytes((rasters / "dem.tif").read_bytes())
    (data / "outside.tif").symlink_to(rasters / "dem.tif")
    (data / "series").symlink_to(rasters / "series")
    (data / "again.tif").symlink_to(data / "inside.tif")
    (data / "inside.json").symlink_to(rasters / "series" / "d1.json")
    found = folder_contents(data, "p").loaders
    assert sorted(found) == ["projects/p/assets/again", "projects/p/assets/inside"]
    assert "platform" not in found["projects/p/assets/inside"]().properties


def test_a_file_that_only_looks_like_a_geotiff_is_not_opened(tmp_path: Path, rasters: Path) -> None:
    """A virtual raster can name any file of the machine."""
    virtual = f"""<VRTDataset rasterXSize="200" rasterYSize="120"><SRS>EPSG:4326</SRS>
    <GeoTransform>4, 0.01, 0, 45, 0, -0.01</GeoTransform><VRTRasterBand dataType="Int16" band="1"><SimpleSource>
    <SourceFilename>{rasters / "dem.tif"}</SourceFilename><SourceBand>1</SourceBand></SimpleSource>
    </VRTRasterBand></VRTDataset>"""
    (tmp_path / "sly.tif").write_text(virtual)
    with rasterio.open(tmp_path / "sly.tif") as dataset:  # GDAL itself would follow it
        assert dataset.read(1).any()
    with emulator.start(data=tmp_path) as earth:
        ask = asking(earth.url)
        for reply in (ask("GET", f"{OWN}/sly"), ask("POST", f"{OWN}/sly:getPixels", {"fileFormat": "NPY"})):
            assert reply.status == 400
            assert str(tmp_path) not in reply.message


def test_64_bit_integers_are_served_as_doubles(tmp_path: Path) -> None:
    values = np.arange(6, dtype="int64").reshape(2, 3) * 10**6
    with rasterio.open(
        tmp_path / "long.tif", "w", driver="GTiff", count=1, height=2, width=3, dtype="int64", crs="EPSG:4326",
        transform=Affine(1, 0, 0, 0, -1, 2),
    ) as dataset:  # fmt: skip
        dataset.write(values, 1)
    with emulator.start(data=tmp_path) as earth:
        got = fetch(asking(earth.url), "long", Affine(1, 0, 0, 0, -1, 2), (2, 3))
    assert got["b1"].dtype == "<f8"
    np.testing.assert_array_equal(got["b1"], values)


def test_a_file_without_a_crs_says_so(tmp_path: Path) -> None:
    with rasterio.open(
        tmp_path / "bare.tif", "w", driver="GTiff", count=1, height=2, width=3, dtype="uint8",
        transform=Affine(1, 0, 0, 0, -1, 2),
    ) as dataset:  # fmt: skip
        dataset.write(np.ones((1, 2, 3), "uint8"))
    with emulator.start(data=tmp_path) as earth:
        assert "has no CRS" in asking(earth.url)("GET", f"{OWN}/bare").message


def test_folders_inside_of_folders(tmp_path: Path, rasters: Path) -> None:
    for place in ("a/b/c", "a/d"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "x.tif").write_bytes((rasters / "dem.tif").read_bytes())
    with emulator.start(data=tmp_path) as earth:
        ask = asking(earth.url)
        assert ask("GET", f"{OWN}/a").json["type"] == "FOLDER"
        types = {entry["id"]: entry["type"] for entry in ask("GET", f"{OWN}/a:listAssets").json["assets"]}
        assert types == {
            "projects/xee-lite/assets/a/b": "FOLDER",
            "projects/xee-lite/assets/a/d": "IMAGE_COLLECTION",
        }
        assert ask("GET", f"{OWN}/a/b/c/x").json["type"] == "IMAGE"
