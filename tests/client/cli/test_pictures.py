"""The commands that write one image: download, and thumbnail."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest
import rasterio
from PIL import Image

from tests.client.cli.running import answer, run
from tests.client.scenes import ID, stack
from xee_lite import emulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from xee_lite.emulator import Emulator


@pytest.fixture(scope="module")
def earth() -> Iterator[Emulator]:
    assets, _ = stack(5)
    with emulator.start(assets=assets, project="test-project") as running:
        yield running


@pytest.fixture
def here(earth: Emulator) -> tuple[str, ...]:
    return "--url", earth.url, "--project", "test-project"


def assert_pixels(path: str, number: int) -> None:
    _, truth = stack(5)
    with rasterio.open(path) as raster:
        assert raster.descriptions == ("B1",)
        found, expected = raster.read(1, masked=True), truth[number]
        np.testing.assert_array_equal(np.ma.getmaskarray(found), np.ma.getmaskarray(expected))
        np.testing.assert_array_equal(found.compressed(), expected.compressed())


@pytest.mark.parametrize(
    ("asset", "options"),
    [(f"{ID}/i2", []), (ID, ["--start", "2020-01-03", "--limit", "1"]), (ID, ["--filter", "system:index == i2"])],
)
def test_a_download_has_the_pixels_of_the_image(
    asset: str, options: list[str], here: tuple[str, ...], tmp_path: Path
) -> None:
    (path,) = answer("download", asset, tmp_path / "a.tif", *options, *here)["paths"]
    assert_pixels(path, 2)
    assert run("download", asset, tmp_path / "b.tif", *options, *here).stdout.strip() == str(tmp_path / "b.tif")


@pytest.mark.parametrize("name", ["a.tif", "a.npy", "a.zip"])
def test_progress_of_a_download_goes_to_standard_error(name: str, here: tuple[str, ...], tmp_path: Path) -> None:
    done = run("download", f"{ID}/i1", tmp_path / name, *here)
    assert "1 of 1 parts" in done.stderr
    assert done.stdout.strip() == str(tmp_path / name)
    assert run("download", f"{ID}/i1", tmp_path / f"json_{name}", "--json", *here).stderr == ""


def test_the_suffix_says_the_format(here: tuple[str, ...], tmp_path: Path) -> None:
    run("download", f"{ID}/i1", tmp_path / "a.zip", "--name", "one", *here)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.namelist() == ["one.B1.tif"]
    assert_pixels(f"/vsizip/{tmp_path}/a.zip/one.B1.tif", 1)
    run("download", f"{ID}/i1", tmp_path / "a.npy", *here)
    _, truth = stack(5)
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy")["B1"], truth[1].filled(0))


def test_a_download_takes_the_grid_of_a_raster(here: tuple[str, ...], tmp_path: Path) -> None:
    run("download", f"{ID}/i3", tmp_path / "a.tif", *here)
    run("download", f"{ID}/i3", tmp_path / "b.tif", "--like", tmp_path / "a.tif", *here)
    assert_pixels(str(tmp_path / "b.tif"), 3)
    with rasterio.open(tmp_path / "a.tif") as one, rasterio.open(tmp_path / "b.tif") as other:
        assert (one.transform, one.crs, one.shape) == (other.transform, other.crs, other.shape)


@pytest.mark.parametrize(("suffix", "kind"), [("png", "PNG"), ("jpg", "JPEG")])
def test_a_thumbnail_is_a_picture_of_that_size(suffix: str, kind: str, here: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    found = answer("thumbnail", f"{ID}/i0", path, "--dimensions", "62x46", "--min", 0, "--max", 65535, *here)
    with Image.open(io.BytesIO(path.read_bytes())) as picture:
        assert (picture.format, picture.size) == (kind, (62, 46)) == (kind, (found["width"], found["height"]))
    assert "62 x 46 pixels" in run("thumbnail", f"{ID}/i0", path, "--dimensions", "62x46", *here).stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["download", ID, "a.tif"], "leave several images (i0, i1 and maybe more)"),
        (["download", ID, "a.tif", "--start", "2030"], "leave no image"),
        (["download", f"{ID}/i0", "a.jp2"], "pass a name that ends in .tif, .zip or .npy"),
        (["download", f"{ID}/i0", "a.tif", "--nodata", "0"], "download has no use for --nodata"),
        (["thumbnail", f"{ID}/i0", "a.gif"], "pass a name that ends in .png or .jpg"),
        (["thumbnail", f"{ID}/i0", "a.png", "--scale", "3"], "thumbnail has no use for --scale"),
        (["thumbnail", f"{ID}/i0", "a.png", "--dimensions", "big"], "'big' is no size"),
        (["thumbnail", f"{ID}/i0", "a.png", "--min", "1,b"], "neither a number nor"),
    ],
)
def test_mistakes_are_a_sentence(arguments: list[str], message: str, here: tuple[str, ...]) -> None:
    assert message in run(*arguments, *here, expect=2).stderr
