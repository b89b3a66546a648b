"""download and file: rasters as files that GDAL opens."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.emulator.imageserver.imaging import (
    NORTH,
    ONE,
    PIXEL,
    SERIES,
    SHAPE,
    WEST,
    Service,
    rasterio_read,
    scene,
    service,
)
from xee_lite import emulator

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

INSIDE = f"{WEST + 95},{NORTH - 200},{WEST + 300},{NORTH - 52}"
"""Of the first scene: columns 9 to 29, rows 5 to 19."""


def files(asking: Service, **parameters: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = asking.get("/download", **parameters).json["rasterFiles"]
    return found


def fetch(asking: Service, found: list[dict[str, Any]], folder: Path) -> list[Path]:
    """Save files under the last part of their ids; the image is the one that is named as the others begin."""
    paths = []
    for number, file in enumerate(found):
        reply = asking.get("/file", id=file["id"], rasterId=file["rasterIds"][0])
        assert len(reply.body) == file["size"]
        name = file["id"].replace("\\", "/").rpartition("/")[2]
        paths.append(folder / (name if "." in name else f"{number}.bin"))
        paths[-1].write_bytes(reply.body)
    return paths


@pytest.mark.parametrize("number", [1, 2])
def test_a_raster_is_several_files_that_belong_together(series: Service, tmp_path: Path, number: int) -> None:
    found = files(series, rasterIds=number)
    paths = fetch(series, found, tmp_path)
    assert {path.name for path in paths} == {
        f"i{number - 1}{end}" for end in (".tif", ".tfw", ".tif.aux.xml", ".tif.msk", ".tif.ovr")
    }
    assert all(file["id"].startswith(".\\data\\folder_series\\") for file in found)
    image = next(path for path in paths if path.suffix == ".tif")
    pixels, profile = rasterio_read(image)
    for band in (0, 1):
        truth = scene(number - 1, band)
        np.testing.assert_array_equal(pixels[band].mask, truth.mask)
        np.testing.assert_array_equal(pixels[band].filled(0), truth.filled(0))
    assert profile["transform"][:6] == (PIXEL, 0, WEST + (number - 1) * 200, 0, -PIXEL, NORTH)
    lines = image.with_suffix(".tfw").read_text().split()
    assert list(map(float, lines)) == [PIXEL, 0, 0, -PIXEL, WEST + (number - 1) * 200 + 5, NORTH - 5]


def test_a_clipped_raster(series: Service, tmp_path: Path) -> None:
    found = files(series, rasterIds="1", geometry=INSIDE, format="TIFF")
    image = next(path for path in fetch(series, found, tmp_path) if path.suffix == ".tif")
    pixels, profile = rasterio_read(image)
    np.testing.assert_array_equal(pixels[0].filled(0), scene(0, 0)[5:20, 9:30].filled(0))
    assert profile["transform"][:6] == (PIXEL, 0, WEST + 90, 0, -PIXEL, NORTH - 50)


def test_a_polygon_masks_what_is_outside(series: Service, tmp_path: Path) -> None:
    ring = [[WEST, NORTH], [WEST + 302, NORTH], [WEST, NORTH - 302], [WEST, NORTH]]
    found = files(series, rasterIds=1, geometry={"rings": [ring]}, geometryType="esriGeometryPolygon")
    image = next(path for path in fetch(series, found, tmp_path) if path.suffix == ".tif")
    pixels, _ = rasterio_read(image)
    row, col = np.mgrid[:31, :31]
    outside = row + col + 1 > 30  # their centres lie beyond the slanting edge
    truth = scene(0, 0)[:31, :31]
    np.testing.assert_array_equal(pixels[0].mask, truth.mask | outside)
    np.testing.assert_array_equal(pixels[0].filled(0)[~outside], truth.filled(0)[~outside])


def test_a_format_counts_only_where_the_raster_is_clipped_or_converted(series: Service, tmp_path: Path) -> None:
    everything = f"{WEST - 1000},{NORTH - 1000},{WEST + 2000},{NORTH + 1000}"
    for parameters, suffix in (
        ({"format": "PNG", "geometry": everything}, ".tif"),
        ({"format": "PNG"}, ".tif"),
        ({"format": "PNG:Conversion"}, ".png"),
        ({"format": "PNG", "geometry": INSIDE}, ".png"),
        ({"format": "Imagine Image:Conversion"}, ".img"),
        ({"format": "BIL:Conversion"}, ".bil"),
        ({"format": "GIF:Conversion"}, ".tif"),  # two bands of 16 bits are no GIF
    ):
        folder = tmp_path / "".join(filter(str.isalnum, str(parameters)))[:40]
        folder.mkdir()
        paths = fetch(series, files(series, rasterIds=1, **parameters), folder)
        image = next(path for path in paths if path.suffix == suffix)
        pixels, _ = rasterio_read(image)
        truth = scene(0, 1) if pixels.shape[1:] == SHAPE else scene(0, 1)[5:20, 9:30]
        np.testing.assert_array_equal(pixels[1].filled(0), truth.filled(0), err_msg=str(parameters))


def test_rasters_that_the_geometry_misses_are_left_out(series: Service) -> None:
    assert {tuple(file["rasterIds"]) for file in files(series, rasterIds="1,2,3", geometry=INSIDE)} == {(1,), (2,)}


@pytest.mark.parametrize("kind", ["path", "name", "url", "handle"])
def test_shapes_of_ids(serving: Callable[..., Service], tmp_path: Path, kind: str) -> None:
    asking = serving(file_ids=kind)
    found = files(asking, rasterIds="1,2")
    assert len(fetch(asking, found, tmp_path)) == 10
    one = found[0]["id"]
    assert {"path": one.startswith(".\\"), "url": one.startswith("http://"), "handle": one[1:].isdigit()}.get(
        kind, "." in one
    )
    if kind == "url":  # which may be fetched directly
        reply = asking.send("GET", one[one.index("/arcgis") :], None)
        assert len(reply.body) == found[0]["size"]


def test_a_file_of_several_rasters(serving: Callable[..., Service]) -> None:
    """The overview shares the files of the first raster here."""
    found = files(serving(overviews=True), rasterIds="1,2,4")
    assert [1, 4] in [file["rasterIds"] for file in found]
    assert len(found) == 10


def test_limits(serving: Callable[..., Service]) -> None:
    asking = serving(max_download_images=2, max_download_megabytes=0.02)
    assert asking.get("/download", rasterIds="1,2,3").error == (
        400,
        "The requested number of download images exceeds the limit.",
    )
    assert asking.get("/download", rasterIds="1,2").error == (400, "The requested download size exceeds the limit.")


def test_what_is_not_allowed_or_not_there(serving: Callable[..., Service], series: Service) -> None:
    assert serving(capabilities="Image,Catalog").get("/download", rasterIds=1).error == (400, "It needs Download.")
    assert series.get("/download").error[1] == "Parameter 'rasterIds' is missing."
    assert series.get("/download", rasterIds=99).error == (400, "There is no raster 99.")
    assert series.get("/download", rasterIds=1, format="DOC").error[0] == 400
    file_id = files(series, rasterIds=1)[0]["id"]
    assert series.get("/file", id=file_id).error[0] == 400
    assert series.get("/file", id=file_id, rasterId=2).error == (400, "The file is not found.")


@pytest.mark.parametrize(
    "file_id", ["/etc/passwd", "..\\..\\x", "../../etc/passwd", ".\\data\\..\\..\\x", "file:///etc/passwd", "\0"]
)
def test_nothing_but_what_was_listed_is_served(series: Service, file_id: str) -> None:
    assert series.get("/file", id=file_id, rasterId=1).error[0] == 400


def test_data_that_is_registered_and_not_copied(serving: Callable[..., Service], tmp_path: Path) -> None:
    asking = serving(registered_data=True)
    reply = asking.get("/file", id=files(asking, rasterIds=1)[0]["id"], rasterId=1)
    assert (reply.status, reply.error) == (400, (400, "Bad Request"))
    assert fetch(asking, files(asking, rasterIds=1, format="TIFF:Conversion"), tmp_path)


def test_a_single_raster_has_the_id_1(one: Service, tmp_path: Path) -> None:
    paths = fetch(one, files(one, rasterIds=1), tmp_path)
    pixels, _ = rasterio_read(next(path for path in paths if path.suffix == ".tif"))
    np.testing.assert_array_equal(pixels[0].filled(0), scene(0, 0).filled(0))


def test_a_file_of_the_data_folder_comes_as_it_is(rasters: Path) -> None:
    with emulator.start(data=rasters) as earth:
        asking = service(earth, "projects/xee-lite/assets/dem")
        found = files(asking, rasterIds=1)
        assert asking.get("/file", id=found[0]["id"], rasterId=1).body == (rasters / "dem.tif").read_bytes()
        many = service(earth, "projects/xee-lite/assets/series")
        (file,) = files(many, rasterIds=2)
        assert many.get("/file", id=file["id"], rasterId=2).body == (rasters / "series" / "d2.tif").read_bytes()


def test_what_was_written_is_removed_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile  # noqa: PLC0415 - only here

    from tests.emulator.imageserver.imaging import assets  # noqa: PLC0415 - only here

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with emulator.start(assets=assets()) as earth:
        files(service(earth, SERIES), rasterIds=1)
        files(service(earth, ONE), rasterIds=1)
        assert list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("fault", ["short", "truncated", "wrong-magic"])
def test_faults_of_files(images: emulator.Emulator, series: Service, fault: str) -> None:
    file = next(file for file in files(series, rasterIds=1) if file["id"].endswith(".tif"))
    whole = series.get("/file", id=file["id"], rasterId=1).body
    images.faults.next("ImageServer/file", [fault])
    try:
        body = series.get("/file", id=file["id"], rasterId=1).body
    except http.client.IncompleteRead as error:
        body = error.partial
    assert body != whole
    assert series.get("/file", id=file["id"], rasterId=1).body == whole
