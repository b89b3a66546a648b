"""The commands that take values at points and within polygons, as tables and as datasets."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from tests.client.cli.running import answer, run
from tests.client.scenes import ID, TRANSFORM, filled, stack
from xee_lite import emulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from xee_lite.emulator import Emulator

gpd = pytest.importorskip("geopandas")
shapely = pytest.importorskip("shapely")

CELLS = [(2, 3), (10, 20), (22, 30)]
"""Row and column of the pixels in whose centres the points lie."""


@pytest.fixture(scope="module")
def earth() -> Iterator[Emulator]:
    assets, _ = stack(5)
    with emulator.start(assets=assets, project="test-project") as running:
        yield running


@pytest.fixture
def here(earth: Emulator) -> tuple[str, ...]:
    return "--url", earth.url, "--project", "test-project"


@pytest.fixture
def points(tmp_path: Path) -> Path:
    size, _, west, _, _, north = TRANSFORM
    centres = [shapely.Point(west + (col + 0.5) * size, north - (row + 0.5) * size) for row, col in CELLS]
    frame = gpd.GeoDataFrame({"station": ["a", "b", "c"]}, geometry=centres, crs="EPSG:32631")
    path = tmp_path / "stations.gpkg"
    frame.to_file(path, layer="stations")
    return path


def truth_at_points() -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """(point, time), read off the array that is served."""
    _, truth = stack(5)
    rows, columns = zip(*CELLS, strict=True)
    return np.asarray(filled(truth, "f8")[:, rows, columns].T)


def as_array(table: pd.DataFrame) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.asarray(table["B1"], dtype=np.float64).reshape(3, 5)


@pytest.mark.parametrize("suffix", ["", ".csv", ".parquet", ".nc", ".zarr"])
def test_values_at_points_are_those_that_are_served(
    suffix: str, points: Path, here: tuple[str, ...], tmp_path: Path
) -> None:
    out = tmp_path / f"values{suffix}"
    done = run("sample", ID, f"{points}:stations", *(["--out", out] if suffix else []), *here)
    if suffix in (".nc", ".zarr"):
        engine = {".nc": "h5netcdf", ".zarr": "zarr"}[suffix]
        options: dict[str, Any] = {} if suffix == ".nc" else {"consolidated": False}
        with xr.open_dataset(out, engine=engine, **options) as back:
            np.testing.assert_array_equal(back["B1"].transpose("point", "time"), truth_at_points())
            assert back["station"].to_numpy().tolist() == ["a", "b", "c"]
        return
    table = pd.read_parquet(out) if suffix == ".parquet" else pd.read_csv(out if suffix else io.StringIO(done.stdout))
    np.testing.assert_array_equal(as_array(table), truth_at_points())
    assert table["station"].tolist() == np.repeat(["a", "b", "c"], 5).tolist()
    assert "spatial_ref" not in table


def test_rows_as_json_have_null_for_what_is_missing(points: Path, here: tuple[str, ...]) -> None:
    found = json.loads(run("sample", ID, points, "--json", *here).stdout)["rows"]
    expected = [None if np.isnan(value) else value for value in truth_at_points().ravel()]
    assert [row["B1"] for row in found] == expected
    assert None in expected
    assert found[1]["time"] == "2020-01-02T00:00:00.000Z"


def test_a_limit_counts_images_where_the_points_are(points: Path, here: tuple[str, ...]) -> None:
    table = pd.read_csv(io.StringIO(run("sample", ID, points, "--start", "2020-01-02", "--limit", 2, *here).stdout))
    np.testing.assert_array_equal(table["B1"].to_numpy().reshape(3, 2), truth_at_points()[:, 1:3])


def test_points_outside_are_counted_in_a_warning(points: Path, here: tuple[str, ...], tmp_path: Path) -> None:
    near = gpd.read_file(points).to_crs("EPSG:4326").geometry.iloc[1]
    (tmp_path / "far.csv").write_text(f"name,lon,lat\nx,{near.x},{near.y}\ny,50,10\n")
    done = run("sample", f"{ID}/i0", tmp_path / "far.csv", *here)
    assert "xee-lite: warning: 1 of 2 points" in done.stderr
    table = pd.read_csv(io.StringIO(done.stdout))
    assert table["name"].tolist() == ["x", "y"]
    np.testing.assert_array_equal(table["B1"], [truth_at_points()[1, 0], np.nan])


def test_polygons_are_reduced_as_numpy_does(here: tuple[str, ...], tmp_path: Path) -> None:
    """A polygon along edges of pixels, so that each counts wholly or not at all."""
    size, _, west, _, _, north = TRANSFORM
    box = shapely.box(west + 4 * size, north - 9 * size, west + 12 * size, north - 3 * size)
    path = tmp_path / "field.geojson"
    gpd.GeoDataFrame({"field": [7]}, geometry=[box], crs="EPSG:32631").to_file(path, driver="GeoJSON", RFC7946="NO")
    table = pd.read_csv(io.StringIO(run("reduce", ID, path, "--reducer", "max", "--bands", "B1", *here).stdout))
    _, truth = stack(5)
    np.testing.assert_allclose(table["B1"], filled(truth[:, 3:9, 4:12].max(axis=(1, 2)), "f8"))
    assert table["field"].tolist() == [7] * 5
    assert answer("reduce", ID, path, "--out", tmp_path / "a.nc", *here)["sizes"] == {"feature": 1, "time": 5}


@pytest.mark.parametrize(
    ("command", "options", "message"),
    [
        ("sample", ["--out", "a.xlsx"], "pass a name that ends in .csv, .parquet, .nc or .zarr"),
        ("sample", ["--method", "cubic"], "'cubic' is not one of 'nearest', 'bilinear'"),
        ("reduce", [], "Point"),
        ("reduce", ["--out", "a"], "ends in ''"),
    ],
)
def test_mistakes_are_a_sentence(
    command: str, options: list[str], message: str, points: Path, here: tuple[str, ...]
) -> None:
    assert message in run(command, ID, points, *options, *here, expect=2).stderr


def test_a_store_that_exists_is_not_touched(points: Path, here: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "a.zarr").mkdir()
    assert "exists already" in run("sample", ID, points, "--out", tmp_path / "a.zarr", *here, expect=2).stderr
