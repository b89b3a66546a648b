"""The demo's parts: the code that it prints is the code that it runs, and its picture has the pixels of the data."""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from PIL import Image

from xee_lite.cli.demo import _PLACE
from xee_lite.cli.demo_ndvi import code_of, fields, monthly_ndvi
from xee_lite.cli.demo_picture import coloured, draw
from xee_lite.testing import local_earth

PLACE = (3.05, 43.55, 3.06, 43.556)
MONTHS = ("2023-03-01", "2023-10-01")


def test_the_code_that_is_printed_gives_what_the_demo_computes() -> None:
    code = textwrap.dedent(code_of(monthly_ndvi, place=PLACE, months=MONTHS))
    assert len([line for line in code.splitlines() if line.strip()]) == 10
    assert max(map(len, code.splitlines())) <= 120
    with local_earth():
        names: dict[str, object] = {}
        exec(code, names)  # noqa: S102 - our own
        found = names["monthly"]
        assert isinstance(found, xr.Dataset)
        xr.testing.assert_identical(found.load(), monthly_ndvi(PLACE, MONTHS).load())


def test_the_readme_shows_the_same_code() -> None:
    code = textwrap.dedent(code_of(monthly_ndvi, place=_PLACE, months=MONTHS)).strip()
    readme = (Path(__file__).parents[3] / "README.md").read_text("utf-8")
    assert f"```python\n{code}\n```" in readme.replace("\n\n\n", "\n\n")  # of a file, not of a function


@pytest.mark.parametrize("invented", [True, False])
def test_the_files_and_what_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str], *, invented: bool) -> None:
    for name in ("h5netcdf", "zarr", "rioxarray"):
        pytest.importorskip(name)
    with local_earth():
        fields(PLACE, tmp_path, invented=invented)
    said = capsys.readouterr().out
    assert "invented" in said.partition("ndvi.png")[2] or not invented
    assert {"ndvi.nc", "ndvi.zarr", "ndvi.tif", "ndvi.png"} == {path.name for path in tmp_path.iterdir()}


def test_the_picture_has_a_pixel_for_each_of_the_data(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    values = rng.uniform(0, 1, (5, 40, 60)).astype("float32")
    values[2, :10] = np.nan
    data = xr.DataArray(
        values, dims=("time", "y", "x"), coords={"time": np.arange("2023-01", "2023-06", dtype="M8[M]")}
    )
    draw(data.assign_coords(time=data["time"].astype("M8[ns]")), tmp_path / "a.png", "a title")
    with Image.open(tmp_path / "a.png") as opened:
        drawn = np.asarray(opened.convert("RGB"))
    np.testing.assert_array_equal(drawn[24 : 24 + 40, 10 : 10 + 60], coloured(values[0]))
    np.testing.assert_array_equal(drawn[24 : 24 + 40, 150 : 150 + 60], coloured(values[2]))


def test_colours_grow_darker_with_the_index_and_missing_pixels_have_their_own() -> None:
    shades = coloured(np.array([[0.2, 0.3, 0.45, 0.6, 0.75, np.nan]])).astype(int).sum(axis=-1)[0]
    assert (np.diff(shades[:5]) < 0).all()
    assert coloured(np.array([[np.nan]])).tolist() == [[[0xD9, 0xDE, 0xE4]]]
