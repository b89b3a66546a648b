"""Files of a folder that can not be served: they are told of once, and the others are served."""

from __future__ import annotations

import logging
import os
import random
import sqlite3
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.control import GroundControlPoint
from rasterio.enums import ColorInterp

from tests.emulator.evaluating import OWN
from tests.emulator.serving import asking, official_client
from xee_lite import emulator
from xee_lite.emulator.catalogue.folder import folder_contents
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.images.image import Image, Sampler
from xee_lite.emulator.types import PixelGrid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.emulator.serving import Ask

GRID = Affine(10, 0, 5e5, 0, -10, 4e6)
MARS = (
    'GEOGCS["Mars 2000",DATUM["D_Mars_2000",SPHEROID["Mars_2000_IAU_IAG",3396190,169.894447]],'
    'PRIMEM["AIRY-0",0],UNIT["Decimal_Degree",0.0174532925199433]]'
)


def write(path: Path, crs: Any = "EPSG:32631", transform: Affine = GRID, **profile: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = {"count": 1, "height": 8, "width": 8, "dtype": "uint8"}
    with rasterio.open(path, "w", driver="GTiff", crs=crs, transform=transform, **{**shape, **profile}) as dataset:
        dataset.write(np.arange(64 * dataset.count, dtype=dataset.dtypes[0]).reshape(-1, 8, 8))


def write_bad_files(folder: Path) -> dict[str, str]:
    """One of each kind, with what is said of it."""
    write(folder / "no_crs.tif", crs=None)
    write(folder / "rotated.tif", crs=None, transform=GRID @ Affine.rotation(20))
    points = [GroundControlPoint(row, col, 5 + col, 45 - row) for row, col in ((0, 0), (0, 8), (8, 0), (8, 8))]
    write(folder / "points.tif", crs="EPSG:4326", transform=None, gcps=points)
    write(folder / "mars.tif", crs=MARS)
    write(folder / "flat.tif", transform=Affine(0, 0, 5e5, 0, 0, 4e6))
    write(folder / "complex.tif", dtype="complex64")
    (folder / "corrupt.tif").write_bytes(b"II*\0" + bytes(40))
    (folder / "empty.tif").write_bytes(b"")
    write(folder / "item.tif")
    (folder / "item.json").write_text('{"stac_version": "1.0.0"}')
    return {
        "no_crs": "no CRS",
        "rotated": "no CRS",
        "points": "ground control points",
        "mars": "No transformation is known from the CRS 'Mars 2000'",
        "flat": "transform can not be inverted",
        "complex": "pixels are of type complex64",
        "corrupt": "not a sound GeoTIFF",
        "empty": "not a sound GeoTIFF",
        "item": "not a sound STAC Item",
    }


@pytest.fixture
def bad(tmp_path: Path) -> dict[str, str]:
    reasons = write_bad_files(tmp_path / "data")
    write_bad_files(tmp_path / "data" / "series")
    write(tmp_path / "data" / "good.tif")
    write(tmp_path / "data" / "series" / "good.tif")
    return reasons


@pytest.fixture
def folder(tmp_path: Path, bad: dict[str, str]) -> Iterator[emulator.Emulator]:
    assert bad
    with emulator.start(data=tmp_path / "data") as running, official_client(running):
        yield running


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_the_others_are_served(
    folder: emulator.Emulator, bad: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    ask = asking(folder.url)
    with caplog.at_level(logging.WARNING, "xee_lite.emulator"):
        for _ in range(2):
            for view in ("FULL", "BASIC"):
                listed = ask("GET", f"/v1/projects/xee-lite:listAssets?view={view}").json["assets"]
                assert [one["id"] for one in listed] == [f"{OWN}/good", f"{OWN}/series"]
                listed = ask("GET", f"/v1/{OWN}/series:listAssets?view={view}").json["assets"]
                assert [one["id"] for one in listed] == [f"{OWN}/series/good"]
            assert ee.ImageCollection(f"{OWN}/series").aggregate_array("system:index").getInfo() == ["good"]
    assert len(caplog.messages) == 2 * len(bad)
    for name, reason in bad.items():
        assert sum(f"{name}.tif is left out" in message and reason in message for message in caplog.messages) == 2


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_who_asks_for_one_is_told_why(folder: emulator.Emulator, bad: dict[str, str]) -> None:
    ask = asking(folder.url)
    for name, reason in bad.items():
        for asset in (name, f"series/{name}"):
            reply = ask("GET", f"/v1/{OWN}/{asset}")
            assert (reply.status, reason in reply.message) == (400, True), reply.message
        with pytest.raises(ee.EEException, match=reason.split("'")[0]):
            ee.Image(f"{OWN}/{name}").getInfo()


def test_pixels_that_can_not_be_read(tmp_path: Path) -> None:
    """A sound header, and anything behind it: an answer in words for each of many."""
    path, chance = tmp_path / "a.tif", random.Random(0)  # noqa: S311 - no secret
    write(path, count=2, tiled=True, blockxsize=16, blockysize=16, compress="deflate")
    whole = path.read_bytes()
    answers = set()
    for number in range(300):
        content = bytearray(whole[: chance.randrange(len(whole))] if number % 3 == 0 else whole)
        for _ in range(number % 4):
            content[chance.randrange(len(content))] = chance.randrange(256)
        path.write_bytes(content)
        try:
            image = folder_contents(tmp_path, "p").loaders["projects/p/assets/a"]()
            assert isinstance(image, Image)
            for band in image.bands:
                Sampler(PixelGrid("EPSG:32631", GRID[:6], 8, 8))(band)
        except EarthError as error:
            answers.add(error.message.partition(": ")[0])
        else:
            answers.add("pixels")
    assert answers >= {"pixels", "Asset 'projects/p/assets/a' can not be read"}


def test_pipes_are_no_files(tmp_path: Path) -> None:
    """Opening one waits for somebody to write into it."""
    for name in ("a.tif", "b.geojson", "c.gpkg", "series/d.tif"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        os.mkfifo(tmp_path / name)
    write(tmp_path / "good.tif")
    assert list(folder_contents(tmp_path, "p").loaders) == ["projects/p/assets/good"]


def test_tables_that_are_none(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "empty.geojson").write_bytes(b"")
    (tmp_path / "empty.gpkg").write_bytes(b"")
    (tmp_path / "text.geojson").write_text("nothing")
    (tmp_path / "text.gpkg").write_text("nothing")
    (tmp_path / "half.geojson").write_text('{"type": "FeatureCollection", "features": [')
    with sqlite3.connect(tmp_path / "other.gpkg") as database:
        database.execute("CREATE TABLE a (b INTEGER)")
    with emulator.start(data=tmp_path) as running, official_client(running):
        ask = asking(running.url)
        listed = ask("GET", "/v1/projects/xee-lite:listAssets").json["assets"]
        # What begins as a table is one until it is read.
        assert [one["id"] for one in listed] == [f"{OWN}/half", f"{OWN}/other"]
        for name in ("empty", "text", "half", "other"):
            reply = ask("GET", f"/v1/{OWN}/{name}")
            assert (reply.status, "no sound table" in reply.message) == (400, True)
            with pytest.raises(ee.EEException, match="no sound table"):
                ee.FeatureCollection(f"{OWN}/{name}").size().getInfo()
    assert any("empty.geojson is left out" in message for message in caplog.messages)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("nodata", [None, 3])
def test_the_alpha_band_of_a_picture_is_its_mask(tmp_path: Path, dtype: str, nodata: int | None) -> None:
    path, most = tmp_path / "rgba.tif", np.iinfo(dtype).max
    values = np.arange(256, dtype=dtype).reshape(4, 8, 8)
    values[3] = np.where(np.arange(64).reshape(8, 8) % 5 == 0, 0, most)
    values[3, 7, 7] = most // 2
    profile = {"count": 4, "height": 8, "width": 8, "dtype": dtype, "nodata": nodata, "crs": "EPSG:32631"}
    with rasterio.open(path, "w", driver="GTiff", transform=GRID, **profile) as dataset:
        dataset.colorinterp = [ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha]
        dataset.write(values)
    image = folder_contents(tmp_path, "p").loaders["projects/p/assets/rgba"]()
    assert isinstance(image, Image)
    assert image.names == ["b1", "b2", "b3"]
    pixels = Sampler(PixelGrid("EPSG:32631", GRID[:6], 8, 8))(image.bands[0])
    expected = values[3] / most
    if nodata is not None:
        expected = np.where(values[0] == nodata, 0, expected)
    np.testing.assert_allclose(pixels.mask, expected, atol=1 / 255)
    np.testing.assert_array_equal(pixels.values, values[0])


def test_a_grid_of_another_planet(ask: Ask) -> None:
    """In a request: refused in words as well."""
    grid = {"crsWkt": MARS, "affineTransform": {"scaleX": 1, "scaleY": -1}, "dimensions": {"width": 2, "height": 2}}
    reply = ask("POST", f"/v1/{OWN}/dem:getPixels", {"fileFormat": "NPY", "grid": grid})
    assert (reply.status, "No transformation is known" in reply.message) == (400, True)
