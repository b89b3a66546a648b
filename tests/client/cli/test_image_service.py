"""Commands that get the URL of an image service where they take an asset id, and the commands of the service itself."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import ee
import numpy as np
import pandas as pd
import pytest
import rasterio
import requests
import xarray as xr
from click.testing import CliRunner

from tests.client.cli.running import answer, run
from tests.client.imageserver.services import SHAPE, assets, bands_of, floats
from tests.client.scenes import ID
from xee_lite import emulator
from xee_lite.cli import cli
from xee_lite.emulator.imageserver.options import ImageServerOptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from xee_lite.emulator import Emulator


@pytest.fixture(scope="module")
def earth() -> Iterator[Emulator]:
    with emulator.start(assets=assets(), project="test-project") as running:
        yield running


@pytest.fixture
def url(earth: Emulator) -> Iterator[str]:
    """Of the service of three images; no command has a session with Earth Engine for it."""
    yield earth.image_server_url(ID)
    assert not ee.data.is_initialized()


def test_info_says_what_a_service_is(url: str) -> None:
    found = answer("info", url)
    assert (found["type"], found["count"], found["start"]) == ("image service", 3, "2020-01-01T00:00:00.000")
    assert [(band["name"], band["type"], band["width"]) for band in found["bands"]] == [
        ("a", "uint8", SHAPE[1]),
        ("b", "uint8", SHAPE[1]),
    ]
    assert "catalog" in found["capabilities"]
    assert answer("imageserver", "info", url) == found
    assert answer("info", url, "--bbox", 50, 10, 51, 11, "--bands", "b")["count"] == 0
    said = run("info", url).stdout
    for part in ("an image service", "3 rasters, 2020-01-01 to 2020-01-03", "uint8", "EPSG:32631", "OBJECTID"):
        assert part in said


def test_info_lists_the_variables_of_a_multidimensional_service() -> None:
    options = ImageServerOptions(multidimensional=True)
    with emulator.start(assets=assets(), image_server=options) as earth:
        url = earth.image_server_url(ID)
        found = answer("info", url)
        assert [variable["name"] for variable in found["variables"]] == ["a", "b"]
        assert "variable a along StdTime (3)" in run("info", url).stdout
        planned = answer("plan", url, "--start", "2020-01-02", "--limit", 1)
        assert planned["sizes"] == {"time": 1, "y": SHAPE[0], "x": SHAPE[1]}
        assert "--filter compares fields" in run("plan", url, "--filter", "Name == i0", expect=2).stderr
        assert "No step of" in run("plan", url, "--start", "2030", expect=2).stderr


def test_plan_counts_what_is_then_asked_for(url: str) -> None:
    found = answer("plan", url, "--rasters", "catalog")
    assert found["sizes"] == {"id": 3, "y": SHAPE[0], "x": SHAPE[1]}
    assert found["bands"] == ["a", "b"]
    assert answer("plan", url)["requests"] >= 1


@pytest.mark.parametrize(
    ("options", "days"),
    [
        (["--rasters", "2"], [1]),
        (["--rasters", "catalog"], [0, 1, 2]),
        (["--start", "2020-01-02"], [1, 2]),
        (["--start", "2020-01-02", "--end", "2020-01-03"], [1]),
        (["--end", "2020-01-03", "--transport", "lerc"], [0, 1]),
        (["--filter", "Name == i1"], [1]),
        (["--filter", "Name != i1 and OBJECTID < 3"], [0]),
        (["--limit", "2"], [0, 1]),
    ],
)
def test_an_export_has_the_pixels_of_the_rasters_that_are_left(
    options: list[str], days: list[int], url: str, tmp_path: Path
) -> None:
    pytest.importorskip("h5netcdf")
    run("export", url, tmp_path / "a.nc", *options)
    with xr.open_dataset(tmp_path / "a.nc", engine="h5netcdf") as back:
        assert back["id"].to_numpy().tolist() == [str(day + 1) for day in days]
        for band in ("a", "b"):
            truth = np.stack([floats(bands_of(day)[band], "f4") for day in days])
            np.testing.assert_array_equal(back[band].transpose("id", "y", "x"), truth)


def test_a_mosaic_is_written_as_a_geotiff(url: str, tmp_path: Path) -> None:
    run("export", url, tmp_path / "a.tif", "--integers", "--bands", "b")
    truth = bands_of(0)["b"]
    for day in (1, 2):  # the first raster lies on top
        truth = np.ma.array(
            np.where(truth.mask, bands_of(day)["b"].data, truth.data), mask=truth.mask & bands_of(day)["b"].mask
        )
    with rasterio.open(tmp_path / "a.tif") as raster:
        np.testing.assert_array_equal(raster.read(1, masked=True).filled(0), truth.filled(0))


def test_values_at_points_are_those_that_are_served(url: str, tmp_path: Path) -> None:
    catalog = xr.open_dataset(url, engine="xee_lite", rasters="catalog")
    cells = [(2, 3), (30, 40)]
    centres = [(float(catalog.x[column]), float(catalog.y[row])) for row, column in cells]
    shapes = pytest.importorskip("shapely")
    gpd = pytest.importorskip("geopandas")
    frame = gpd.GeoDataFrame({"name": ["p", "q"]}, geometry=[shapes.Point(one) for one in centres], crs="EPSG:32631")
    frame.to_file(tmp_path / "points.gpkg")
    done = run("sample", url, tmp_path / "points.gpkg", "--start", "2020-01-02", "--bands", "a")
    table = pd.read_csv(io.StringIO(done.stdout))
    truth = [floats(bands_of(day)["a"], "f4")[cell] for cell in cells for day in (1, 2)]
    np.testing.assert_array_equal(table["a"], truth)


def test_query_lists_the_rasters(url: str, tmp_path: Path) -> None:
    found = answer("imageserver", "query", url, "--where", "Name <> 'i1'")["rasters"]
    assert [row["OBJECTID"] for row in found] == [1, 3]
    assert found[0]["geometry"]["type"] == "Polygon"
    table = pd.read_csv(io.StringIO(run("imageserver", "query", url, "--start", "2020-01-02").stdout))
    assert table["Name"].tolist() == ["i1", "i2"]
    assert answer("imageserver", "query", url, "--bbox", 50, 10, 51, 11)["rasters"] == []
    gpd = pytest.importorskip("geopandas")
    for suffix in ("gpkg", "geojson"):
        assert "3 rasters" in run("imageserver", "query", url, "--out", tmp_path / f"a.{suffix}").stdout
        assert gpd.read_file(tmp_path / f"a.{suffix}")["Name"].tolist() == ["i0", "i1", "i2"]


def test_download_brings_the_files(url: str, tmp_path: Path) -> None:
    found = answer("imageserver", "download", url, tmp_path / "files", "--where", "Name = 'i2'")["rasters"]
    assert [one["id"] for one in found] == [3]
    with rasterio.open(found[0]["images"][0]) as raster:
        truth = bands_of(2)["a"]
        np.testing.assert_array_equal(raster.read(1)[~np.ma.getmaskarray(truth)], truth.compressed())
    cut = run(
        "imageserver", "download", url, tmp_path / "cut", "--rasters", "1,2", "--cut", "envelope", "--bbox", 1.8, 41.54,
        1.805, 41.545,
    ).stdout.splitlines()  # fmt: skip
    assert len(cut) == 2
    with rasterio.open(cut[0]) as raster:
        assert raster.width < SHAPE[1]


def test_a_token_comes_from_the_environment_and_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    options = ImageServerOptions(users={"ann": "secret"})
    with emulator.start(assets=assets(), image_server=options) as earth:
        url = earth.image_server_url(ID)
        token = token_of(url)
        assert "sign_in" in run("info", url, expect=1).stderr
        monkeypatch.setenv("ARCGIS_TOKEN", token)
        assert answer("info", url, "--token-env", "ARCGIS_TOKEN")["count"] == 3
        assert len(answer("imageserver", "query", url, "--token-env", "ARCGIS_TOKEN")["rasters"]) == 3
        monkeypatch.setenv("ARCGIS_TOKEN", token + "x")
        for debug in ((), ("--debug",)):
            said = CliRunner().invoke(cli, ["info", url, "--token-env", "ARCGIS_TOKEN", *debug])
            assert said.exit_code == 1
            assert token not in said.output
        assert token not in run("info", url, "--token-env", token, expect=2).stderr


def token_of(url: str) -> str:
    form = {"username": "ann", "password": "secret", "client": "requestip", "f": "json"}
    place = url.partition("/rest/")[0]
    return str(requests.post(f"{place}/tokens/generateToken", data=form, timeout=10).json()["token"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["plan", "{url}", "--project", "p"], "is a service of its own: leave out --project"),
        (["plan", "{url}", "--emulator"], "leave out --emulator"),
        (["plan", "{url}", "--rasters", "all"], "neither mosaic, catalog, time nor ids"),
        (["plan", "{url}", "--rasters", "mosaic", "--limit", "1"], "pass one or the other"),
        (["plan", "{url}", "--filter", "Clouds < 3"], "'Clouds' is no field"),
        (["plan", "{url}", "--start", "2030"], "No raster of"),
        (["plan", "{url}", "--transport", "ftp"], "transport='ftp' is unknown"),
        (["plan", "{url}", "--rasters", "9"], "has no such raster"),
        (["plan", "X/Y", "--rasters", "1", "--emulator"], "--rasters is for the URL of an image service"),
        (["info", "{url}", "--filter", "Name == i0"], "info of an image service has no use for --filter"),
        (["thumbnail", "{url}", "a.png", "--start", "2020"], "thumbnail has no use for --start"),
        (["download", "{url}", "a.tif"], "'xee-lite imageserver download'"),
        (["reduce", "{url}", "a.gpkg"], "'xee-lite export'"),
        (["info", "{map}"], "is a MapServer"),
        (["imageserver", "info", "X/Y"], "is no URL of an image service"),
        (["imageserver", "query", "{url}", "--out", "a.txt"], "ends in '.txt'"),
        (["imageserver", "query", "{url}", "--start", "2021", "--end", "2020"], "is not before"),
        (["imageserver", "download", "{url}", "x"], "Which rasters?"),
        (["imageserver", "download", "{url}", "x", "--rasters", "a"], "names no rasters"),
        (["imageserver", "download", "{url}", "x", "--rasters", "1", "--where", "1=1"], "leave out what finds them"),
        (["imageserver", "download", "{url}", "x", "--rasters", "1", "--cut", "polygon"], "no shape to cut to"),
        (["imageserver", "download", "{url}", "x", "--where", "Name = 'no'"], "No raster of"),
    ],
)
def test_mistakes_are_a_sentence(arguments: list[str], message: str, url: str) -> None:
    given = [part.format(url=url, map=url.replace("ImageServer", "MapServer")) for part in arguments]
    assert message in run(*given, expect=2).stderr


def test_a_thumbnail_is_a_picture_of_the_mosaic(url: str, tmp_path: Path) -> None:
    found = answer("thumbnail", url, tmp_path / "a.png", "--bands", "a", "--dimensions", "83x57")
    assert (found["width"], found["height"]) == (83, 57)
