"""Each extra and each dependency group in an environment of its own: its job works with what it declares."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.client.scenes import ID, stack
from tests.environments import PYPROJECT, build_wheel, make_environment, run_in
from xee_lite import emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xee_lite.emulator import Emulator

ROOT = Path(__file__).parents[1]

OPEN = """
import sys
import ee
import numpy as np
import xarray as xr
from google.auth.credentials import AnonymousCredentials

ee.Initialize(AnonymousCredentials(), url=sys.argv[1], project="test-project")
dataset = xr.open_dataset(sys.argv[2], engine="xee_lite", chunks={})
"""

JOBS = {
    "emulator": """
import ee
import xarray as xr
from xee_lite import emulator

with emulator.start() as earth:
    earth.initialize()
    dem = xr.open_dataset("USGS/SRTMGL1_003", engine="xee_lite", bbox=(3.0, 43.5, 3.01, 43.51)).load()
    assert dem["elevation"].notnull().any()
    ee.Image("USGS/SRTMGL1_003").getInfo()
""",
    "io": OPEN
    + """
dataset.to_netcdf("a.nc")
xr.testing.assert_equal(xr.open_dataset("a.nc"), dataset.load())
for zarr_format in (2, 3):
    dataset.to_zarr(f"{zarr_format}.zarr", zarr_format=zarr_format, consolidated=False)
    xr.testing.assert_equal(xr.open_zarr(f"{zarr_format}.zarr", consolidated=False).load(), dataset)
import rioxarray
dataset["B1"].rio.to_raster("a.tif")
with rioxarray.open_rasterio("a.tif", masked=True) as back:
    np.testing.assert_array_equal(back.values, dataset["B1"].values)
""",
    "geo": OPEN
    + """
import geopandas as gpd
import xee_lite

x, y = dataset.x.values[:3], dataset.y.values[:3]
crs = dataset.spatial_ref.attrs["crs_wkt"]
frame = gpd.GeoDataFrame({"name": list("abc")}, geometry=gpd.points_from_xy(x, y), crs=crs)
frame.to_file("points.gpkg")
frame.to_parquet("points.parquet")
for file in ("points.gpkg", "points.parquet"):
    found = xee_lite.sample(sys.argv[2], file)["B1"]
    np.testing.assert_array_equal(found.T, dataset["B1"].values[:, range(3), range(3)])
means = xee_lite.reduce(dataset, frame.set_geometry(frame.buffer(20)))
assert means["B1"].dims == ("feature", "time")
""",
    "cli": """
import sys
import click
import rich_click
from xee_lite.cli import cli

sys.argv = ["xee-lite", "info", sys.argv[2], "--url", sys.argv[1], "--project", "test-project"]
cli()
""",
    "demo": OPEN
    + """
import rioxarray
from pathlib import Path
from xee_lite.cli.demo_picture import draw
draw(dataset["B1"], Path("a.png"), "a title")
dataset.to_netcdf("demo.nc")
from xee_lite import emulator
""",
    "ml": OPEN
    + """
from xee_lite import ml
from xee_lite.ml.torch import PatchLoader
ds = dataset.isel(time=0)
(batch,) = PatchLoader(ml.PatchReader(ds, ml.grid_patches(ds, 16)), 8)
assert batch["image"].shape[1:] == (1, 16, 16)
""",
    "distributed": OPEN
    + """
from distributed import Client

with Client(processes=False, dashboard_address=None):
    assert dataset.compute()["B1"].notnull().any()
""",
    "beam": OPEN
    + """
import apache_beam
from xee_lite.distributed.beam import write_zarr

plain = xr.open_dataset(sys.argv[2], engine="xee_lite")
with apache_beam.Pipeline("DirectRunner") as pipeline:
    pipeline | write_zarr(plain, "beam.zarr")
xr.testing.assert_equal(xr.open_zarr("beam.zarr").load(), plain.load())
""",
    "spark": OPEN + "import pyarrow, pyspark.sql\nfrom xee_lite.distributed.spark import table, write_zarr\n",
    "cubed": """
import ee
import xarray as xr
import sys
from google.auth.credentials import AnonymousCredentials

ee.Initialize(AnonymousCredentials(), url=sys.argv[1], project="test-project")
dataset = xr.open_dataset(sys.argv[2], engine="xee_lite", chunks={}, chunked_array_type="cubed")
assert dataset["B1"].mean().compute() != 0
""",
    "imageserver": """
import sys
import xarray as xr
url = f"{sys.argv[1]}/arcgis/rest/services/stack/ImageServer"
tiff, lerc = (xr.open_dataset(url, engine="xee_lite", transport=transport).load() for transport in ("tiff", "lerc"))
xr.testing.assert_equal(tiff, lerc)
""",
}
"""A small job for each extra."""

GROUP_JOBS = {
    "bench": OPEN
    + """
import asv
import xee
xr.open_dataset(sys.argv[2], engine="ee", crs="EPSG:4326", crs_transform=(0.01, 0, 1, 0, -0.01, 42), shape_2d=(9, 9))
from xee_lite import emulator
""",
    "interop-official": "import ee, hypothesis, pytest\nfrom xee_lite import emulator\n",
    "interop-eedai": "import rasterio, pytest\n",
    "interop-xee": "import pytest, xee\n",
    "interop-geedim": "import geedim, pytest\n",
    "interop-geemap": "import geemap, pytest\n",
    "interop-eerepr": "import eerepr, pytest\n",
    "interop-arcgis": "import arcgis.raster, cryptography, pytest\n",
    "interop": "import eerepr, geedim, geemap, pytest, xee\n",
    "test": "import cf_xarray, distributed, hypothesis, icechunk, netCDF4, odc.geo.xr, pytest, xdist\n",
    "docs": "import mkdocs, mkdocstrings\n",
    "lint": "import mypy, numpydoc.validate, ruff\n",
    "coverage": "import coverage\n",
    "dev": "import coverage, mkdocs, mypy, pre_commit, xdist\n",
}
"""And for each group."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def earth() -> Iterator[Emulator]:
    assets, _ = stack(3)
    with emulator.start(assets=assets, project="test-project") as running:
        yield running


def test_each_extra_and_each_group_has_a_job() -> None:
    assert sorted(JOBS) == sorted(PYPROJECT["project"]["optional-dependencies"])
    assert sorted(GROUP_JOBS) == sorted(PYPROJECT["dependency-groups"])


@pytest.mark.parametrize("extra", JOBS)
def test_an_extra_brings_what_its_job_needs(extra: str, wheel: Path, earth: Emulator, tmp_path: Path) -> None:
    do_job(JOBS[extra], earth, tmp_path / "packages", wheel, [extra])


@pytest.mark.parametrize("group", GROUP_JOBS)
def test_a_group_brings_what_its_job_needs(group: str, wheel: Path, earth: Emulator, tmp_path: Path) -> None:
    do_job(GROUP_JOBS[group], earth, tmp_path / "packages", wheel, [], group)


def do_job(job: str, earth: Emulator, folder: Path, wheel: Path, extras: list[str], group: str | None = None) -> None:
    try:
        environment = make_environment(folder, wheel, extras, group)
    except metadata.PackageNotFoundError as error:
        pytest.skip(f"{error.name} is not installed here")
    done = run_in(environment, "-c", job, earth.url, ID)
    assert done.returncode == 0, done.stderr
