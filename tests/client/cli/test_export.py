"""The command that exports: what it writes is what opens, and it goes on where it was interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
import rasterio
import xarray as xr
from click.testing import CliRunner

from tests.client.cli.running import answer, run
from tests.client.scenes import ID, filled, stack
from xee_lite import emulator, set_options
from xee_lite.cli import cli

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from xee_lite.emulator import Emulator

COMMAND = [sys.executable, "-c", "from xee_lite.cli import main; main()"]


@pytest.fixture(scope="module")
def earth() -> Iterator[Emulator]:
    assets, _ = stack(5)
    with emulator.start(assets=assets, project="test-project") as running:
        yield running


@pytest.fixture
def here(earth: Emulator) -> tuple[str, ...]:
    return "--url", earth.url, "--project", "test-project"


def test_a_zarr_store_has_the_pixels_that_are_served(here: tuple[str, ...], tmp_path: Path) -> None:
    pytest.importorskip("zarr")
    target = tmp_path / "a.zarr"
    found = answer("export", ID, target, *here)
    _, truth = stack(5)
    with xr.open_zarr(target, consolidated=False) as back:
        np.testing.assert_array_equal(back["B1"], filled(truth, "f4"))
    assert (found["paths"], found["failed"], found["reused"]) == ([str(target)], 0, 0)
    assert "exists already" in run("export", ID, target, *here, expect=2).stderr


def test_a_store_grows_by_what_it_lacks(here: tuple[str, ...], tmp_path: Path) -> None:
    pytest.importorskip("zarr")
    target = tmp_path / "a.zarr"
    run("export", ID, target, "--append", "time", "--end", "2020-01-04", *here)
    run("export", ID, target, "--append", "time", "--end", "2020-02-01", *here)
    _, truth = stack(5)
    with xr.open_zarr(target, consolidated=False) as back:
        np.testing.assert_array_equal(back["B1"], filled(truth, "f4"))


def test_geotiffs_have_the_pixels_and_keep_integers(here: tuple[str, ...], tmp_path: Path) -> None:
    said = run("export", ID, tmp_path / "b_{time:%Y%m%d}.tif", "--integers", "--limit", 2, *here).stdout
    _, truth = stack(5)
    for number in range(2):
        path = tmp_path / f"b_2020010{number + 1}.tif"
        assert path.name in said
        with rasterio.open(path) as raster:
            assert raster.dtypes[0] in ("uint16", "int32")
            np.testing.assert_array_equal(raster.read(1, masked=True).filled(-1), truth[number].astype("i4").filled(-1))


def test_netcdf_has_the_pixels_of_the_window(here: tuple[str, ...], tmp_path: Path) -> None:
    pytest.importorskip("h5netcdf")
    run("export", ID, tmp_path / "a.nc", "--start", "2020-01-02", "--limit", 1, *here)
    _, truth = stack(5)
    with xr.open_dataset(tmp_path / "a.nc", engine="h5netcdf") as back:
        np.testing.assert_array_equal(back["B1"], filled(truth[1:2], "f4"))


def test_lines_of_progress_go_to_standard_error(here: tuple[str, ...], tmp_path: Path) -> None:
    done = run("export", ID, tmp_path / "a.tif", "--limit", 1, *here)
    assert "1 of 1 parts" in done.stderr
    assert done.stdout.startswith(str(tmp_path / "a.tif"))
    assert run("export", ID, tmp_path / "b.tif", "--limit", 1, "--json", *here).stderr == ""


@pytest.mark.parametrize(
    ("target", "options", "message"),
    [
        ("a.png", [], "ends in '.png', which says no format: pass a name that ends in .zarr, .tif or .nc"),
        ("a", [], "ends in ''"),
        ("a.tif", ["--append", "time"], "--append adds to a Zarr store"),
        ("a.nc", ["--cog"], "--cog is a kind of GeoTIFF"),
    ],
)
def test_a_target_that_can_not_work_is_wrong_usage(
    target: str, options: list[str], message: str, here: tuple[str, ...], tmp_path: Path
) -> None:
    assert message in run("export", ID, tmp_path / target, *options, *here, expect=2).stderr


def start(*arguments: object, url: str) -> subprocess.Popen[str]:
    command = [*COMMAND, *map(str, arguments), "--url", url, "--project", "test-project"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603 - our own command


def test_an_interrupted_export_says_how_to_go_on_and_does(tmp_path: Path) -> None:
    """Ctrl-C while requests are under way: 130, a sentence, no traceback; the same command ends the same."""
    pytest.importorskip("zarr")
    assets, truth = stack(5)
    arguments = ("export", ID, tmp_path / "a.zarr")
    faults = emulator.parse_faults("latency=30,calls=computePixels")
    with emulator.start(assets=assets, project="test-project", faults=faults) as slow:
        running = start(*arguments, url=slow.url)
        deadline = time.monotonic() + 60
        while not any(request.kind == "computePixels" for request in slow.requests) and time.monotonic() < deadline:
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
        assert running.returncode == 130, said
        assert "Traceback" not in said
        assert "run the same command again to go on" in said
    port = int(slow.url.rpartition(":")[2])
    with emulator.start(assets=assets, project="test-project", port=port) as quick:
        again = start(*arguments, url=quick.url)
        _, said = again.communicate(timeout=60)
        assert again.returncode == 0, said
    with xr.open_zarr(tmp_path / "a.zarr", consolidated=False) as back:
        np.testing.assert_array_equal(back["B1"], filled(truth, "f4"))


def test_a_service_that_fails_is_a_failure(tmp_path: Path) -> None:
    assets, _ = stack(5)
    faults = emulator.parse_faults("500=1,calls=computePixels")
    with emulator.start(assets=assets, project="test-project", faults=faults) as earth, set_options(request_deadline=0):
        here = ("--url", earth.url, "--project", "test-project")
        said = run("export", ID, tmp_path / "a.tif", *here, expect=1).stderr
        assert "run the same command again" in said
        debug = CliRunner().invoke(cli, ["export", ID, str(tmp_path / "a.tif"), "--debug", *here])
        assert (debug.exit_code, "Traceback" in debug.stderr) == (1, True)
        kept = run("export", ID, tmp_path / "b.tif", "--keep-going", *here, expect=1)
        assert "parts failed" in kept.stderr
    port = int(earth.url.rpartition(":")[2])
    with emulator.start(assets=assets, project="test-project", port=port):
        run("export", ID, tmp_path / "b.tif", "--keep-going", *here)


def test_a_reader_who_has_seen_enough_ends_it_quietly(here: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*COMMAND, "info", ID, *here], stdout=writing, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603 - our own command
    os.close(writing)
    assert "Traceback" not in done.stderr
