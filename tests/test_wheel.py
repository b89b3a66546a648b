"""The package as it is installed: from a wheel, without the extras, against a server in another environment."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.client.scenes import ID, stack
from tests.environments import build_wheel, make_environment, run_in
from xee_lite import emulator

ROOT = Path(__file__).parents[1]

CLIENT = """
import sys
import ee
import xarray as xr
from google.auth.credentials import AnonymousCredentials

ee.Initialize(AnonymousCredentials(), url=sys.argv[1], project="test-project")
dataset = xr.open_dataset(sys.argv[2], engine="xee_lite", chunks={}, mask_and_scale=False, nodata=0)
print(int(dataset["B1"].astype("i8").sum()))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel and its required dependencies, without any extra."""
    return make_environment(tmp_path_factory.mktemp("bare") / "packages", wheel)


def test_the_client_works_without_the_packages_of_the_emulator(bare: Path) -> None:
    assets, arrays = stack(3)
    with emulator.start(assets=assets, project="test-project") as earth:
        done = run_in(bare, "-c", CLIENT, earth.url, ID)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == np.ma.filled(arrays, 0).astype("i8").sum()


def test_what_the_emulator_needs_is_not_there_and_is_named(bare: Path) -> None:
    for module in ("starlette", "uvicorn", "rasterio", "shapely"):
        assert run_in(bare, "-c", f"import {module}").returncode == 1
    done = run_in(bare, "-m", "xee_lite.emulator")
    assert done.returncode == 1
    assert "pip install 'xee_lite[emulator]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_wheel_ships_types_and_the_readme_of_the_emulator(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {"xee_lite/py.typed", "xee_lite/emulator/README.md"} <= set(names)
    assert not [name for name in names if name.startswith(("tests/", "asv_bench/", "ci/", "docs/"))]
