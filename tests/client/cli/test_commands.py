"""The commands that tell: info, plan, search; and the options that all of them share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import ee
import numpy as np
import pytest
import rasterio
from google.auth.credentials import AnonymousCredentials

import xee_lite
from tests.client.cli.running import answer, run
from tests.client.scenes import ID, opened, stack
from xee_lite import emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy.typing as npt
    import xarray as xr

    from xee_lite.emulator import Emulator

S2 = "COPERNICUS/S2_SR_HARMONIZED"
PLACE = ("--bbox", 3.05, 43.55, 3.25, 43.70)
JUNE = ("--start", "2023-06-01", "--end", "2023-07-01")


@pytest.fixture(scope="module")
def earth() -> Iterator[Emulator]:
    assets, _ = stack(5)
    with emulator.start(assets=assets, project="test-project") as running:
        yield running


@pytest.fixture
def here(earth: Emulator) -> Iterator[tuple[str, ...]]:
    """The options that name the server."""
    yield "--url", earth.url, "--project", "test-project"
    assert not ee.data.is_initialized()


def test_info_says_what_a_collection_is(here: tuple[str, ...]) -> None:
    found = answer("info", S2, *PLACE, *JUNE, "--bands", "B4,SCL", *here)
    with_ee = opened_collection(earth_url=here[1])
    assert found["type"] == "image collection"
    assert found["count"] == with_ee.sizes["time"]
    assert [found["start"], found["end"]] == [
        f"{time}Z" for time in np.sort(with_ee.time.values.astype("M8[ms]"))[[0, -1]]
    ]
    red, scene = found["bands"]
    assert (red["name"], red["type"], red["scale"], red["crs"]) == ("B4", "uint16", 10, "EPSG:32631")
    assert (scene["name"], scene["type"], scene["scale"], scene["width"]) == ("SCL", "uint8", 20, 5490)
    said = run("info", S2, *PLACE, *JUNE, "--bands", "B4", *here).stdout
    for part in ("Sentinel-2", f"{found['count']} images", "2023-06-", "B4", "uint16", "10 m", "EPSG:32631"):
        assert part in said


def opened_collection(earth_url: str) -> xr.Dataset:
    ee.Initialize(AnonymousCredentials(), url=earth_url, project="test-project")
    try:
        collection = ee.ImageCollection(S2).filterDate("2023-06-01", "2023-07-01")
        return opened(collection, bbox=(3.05, 43.55, 3.25, 43.70), bands=["B4"], properties="CLOUDY_PIXEL_PERCENTAGE")
    finally:
        ee.Reset()


def test_info_says_what_an_image_is(here: tuple[str, ...]) -> None:
    found = answer("info", "USGS/SRTMGL1_003", *here)
    assert (found["type"], found["count"]) == ("image", 1)
    assert (found["start"], found["end"]) == ("2000-02-11T00:00:00.000Z", "2000-02-22T00:00:00.000Z")
    assert found["bands"][0]["range"] == [-32768, 32767]
    assert "an image" in run("info", "USGS/SRTMGL1_003", *here).stdout


def test_info_counts_what_is_too_many_to_look_at(here: tuple[str, ...]) -> None:
    found = answer("info", S2, *here)
    assert found["count"] > 1_000_000
    assert found["dates_are_declared"]
    assert found["start"].startswith("2017")
    assert "as it says of itself" in run("info", S2, *here).stdout


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        (["--filter", "CLOUDY_PIXEL_PERCENTAGE < 40"], lambda clouds: clouds < 40),
        (
            ["--filter", "CLOUDY_PIXEL_PERCENTAGE >= 40 and CLOUDY_PIXEL_PERCENTAGE != 1000"],
            lambda clouds: clouds >= 40,
        ),
        (["--filter", "MGRS_TILE == 31TEJ and CLOUDY_PIXEL_PERCENTAGE > 1e1"], lambda clouds: clouds > 10),
        (["--limit", 3], lambda clouds: np.arange(len(clouds)) < 3),
    ],
)
def test_images_are_filtered_as_their_properties_say(
    options: list[object], kept: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.bool_]], here: tuple[str, ...]
) -> None:
    """The truth is what the properties of all images say, compared here."""
    everything = opened_collection(here[1])
    in_tile = np.char.endswith(everything["id"].values.astype(str), "T31TEJ")
    clouds = everything["CLOUDY_PIXEL_PERCENTAGE"].values
    passing = kept(clouds) & (in_tile if "MGRS_TILE" in str(options) else True)
    assert 0 < passing.sum() < len(clouds)
    assert answer("info", S2, *PLACE, *JUNE, *options, *here)["count"] == passing.sum()


@pytest.mark.parametrize(
    ("options", "positions"),
    [
        (["--start", "2020-01-03"], [2, 3, 4]),
        (["--end", "2020-01-03"], [0, 1]),
        (["--start", "2020-01-02", "--end", "2020-01-04T00:00:00Z"], [1, 2]),
        (["--start", "2020-01-02T00:00:00+01:00", "--end", "2020-01-02T00:00:01"], [1]),
        (["--start", "2020", "--end", "2020-02"], [0, 1, 2, 3, 4]),
    ],
)
def test_dates_are_a_half_open_range(options: list[str], positions: list[int], here: tuple[str, ...]) -> None:
    found = answer("info", ID, *options, *here)
    assert found["count"] == len(positions)
    assert found["start"] == f"2020-01-{positions[0] + 1:02}T00:00:00.000Z"
    assert found["end"] == f"2020-01-{positions[-1] + 1:02}T00:00:00.000Z"


def test_plan_counts_what_is_then_asked_for(here: tuple[str, ...], tmp_path: Path) -> None:
    options = ("--bands", "B1", "--start", "2020-01-02", "--limit", 2, "--nodata", 0, "--request-bytes", "2KiB")
    found = answer("plan", ID, *options, *here, "--csv", tmp_path / "plan.csv")
    assert found["sizes"] == {"time": 2, "y": 23, "x": 31}
    assert found["bands"] == ["B1"]
    assert found["requests"] == len((tmp_path / "plan.csv").read_text().splitlines()) - 1
    assert f"{found['requests']} requests" in run("plan", ID, *options, *here).stdout


def test_a_grid_is_taken_from_a_raster(here: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "like.tif"
    transform = rasterio.transform.from_origin(399960, 4600020, 60, 60)
    with rasterio.open(
        path, "w", driver="GTiff", height=5, width=7, count=1, dtype="uint8", crs="EPSG:32631", transform=transform
    ):
        pass
    assert answer("plan", ID, "--like", path, *here)["sizes"] == {"time": 5, "y": 5, "x": 7}


def test_a_region_is_taken_from_a_file_in_its_own_crs(here: tuple[str, ...], tmp_path: Path) -> None:
    gpd = pytest.importorskip("geopandas")
    shapely = pytest.importorskip("shapely")
    box = shapely.box(399945 + 60, 4600035 - 150, 399945 + 180, 4600035 - 30)
    gpd.GeoDataFrame(geometry=[box], crs="EPSG:32631").to_file(tmp_path / "area.gpkg", layer="parcel")
    found = answer("plan", ID, "--aoi", f"{tmp_path / 'area.gpkg'}:parcel", *here)
    assert found["sizes"] == {"time": 5, "y": 4, "x": 4}
    assert answer("info", ID, "--aoi", f"{tmp_path / 'area.gpkg'}:parcel", *here)["count"] == 5


def test_search_finds_what_is_listed(here: tuple[str, ...]) -> None:
    found = answer("search", "Sentinel", "HARMONIZED", *here)["assets"]
    assert {asset["id"] for asset in found} == {"COPERNICUS/S2_HARMONIZED", S2}
    assert [asset["id"] for asset in answer("search", "test-project", *here)["assets"]] == [ID]
    below = answer("search", "t1", "--below", "LANDSAT/LC08", *here)["assets"]
    assert below
    assert all(asset["id"].startswith("LANDSAT/LC08/") for asset in below)
    assert "None of" in run("search", "no-such-word", *here).stdout


def test_search_in_a_folder_that_is_not_there_fails(here: tuple[str, ...]) -> None:
    assert "does not exist" in run("search", "x", "--below", "NO/SUCH", *here, expect=1).stderr


def test_json_is_alone_on_standard_output(here: tuple[str, ...]) -> None:
    for arguments in (["info", ID], ["plan", ID], ["search", "stack"]):
        assert isinstance(json.loads(run(*arguments, "--json", *here).stdout), dict)


def test_the_version_is_the_packages() -> None:
    assert xee_lite.__version__ in run("--version").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["info", "X/Y"], 2, "neither an image collection"),
        (["info", ID, "--bands", "B9"], 2, "'B9' is not a band"),
        (["info", ID, "--bands", "B1,,B2"], 2, "empty name"),
        (["info", ID, "--scale", "10"], 2, "info has no use for --scale"),
        (["info", ID, "--start", "yesterday"], 2, "'yesterday' is no date: pass one such as 2023"),
        (["info", ID, "--start", "2020-02-01", "--end", "2020-01-01"], 2, "is not before"),
        (["info", ID, "--start", "2030-01-01"], 2, "No image of"),
        (["info", ID, "--bbox", "0", "0", "1", "1", "--aoi", "x"], 2, "does not exist"),
        (["plan", ID, "--bbox", "0", "0", "1"], 2, "is not a valid float"),
        (["plan", ID, "--nodata", "none"], 2, "neither a number nor 'exact'"),
        (["plan", ID, "--limit", "0"], 2, "0 is not in the range"),
        (["plan", ID, "--resampling", "sharp"], 2, "resampling='sharp' is unknown"),
        (["plan", ID, "--like", "/no/such.tif"], 2, "does not exist"),
        (["plan", ID, "--filter", "CLOUD = 20"], 2, "\n  CLOUD = 20\n        ^\n"),
    ],
)
def test_mistakes_are_a_sentence(arguments: list[str], code: int, message: str, here: tuple[str, ...]) -> None:
    assert message in run(*arguments, *here, expect=code).stderr
