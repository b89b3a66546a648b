"""The command, run as a user runs it: a process of its own."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest
import rasterio
import xarray as xr

COMMAND = [str(Path(sys.executable).with_name("xee-lite"))]


def run(*arguments: str, expect: int = 0) -> str:
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=300, check=False)  # noqa: S603
    assert done.returncode == expect, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout if expect == 0 else done.stderr


def test_the_demo_writes_what_it_says_and_checks(tmp_path: Path) -> None:
    for name in ("h5netcdf", "zarr", "rioxarray"):
        pytest.importorskip(name)
    said = run("demo", "--out", str(tmp_path))
    assert re.search(r"y \d+, x \d+, time 7; at most \d+ requests? for [\d.]+ MiB", said)
    for line in (
        "ndvi.nc: identical",
        "ndvi.zarr: identical",
        "ndvi.tif: identical",
        "elevation.zarr: identical",
        "requests answered",
    ):
        assert line in said
    assert_values_of_the_demo(tmp_path)


def assert_values_of_the_demo(out: Path) -> None:
    """The three files hold the same pixels at the same place, as plants in the north have them."""
    with (
        xr.open_dataset(out / "ndvi.nc") as netcdf,
        xr.open_zarr(out / "ndvi.zarr", consolidated=False) as zarr,
        rasterio.open(out / "ndvi.tif") as tiff,
        rasterio.open(f"netcdf:{out / 'ndvi.nc'}:NDVI") as in_gdal,
    ):
        np.testing.assert_array_equal(netcdf["NDVI"], zarr["NDVI"])
        np.testing.assert_array_equal(netcdf["NDVI"], tiff.read())
        np.testing.assert_array_equal(netcdf["NDVI"], in_gdal.read())
        assert tiff.crs.to_epsg() == in_gdal.crs.to_epsg() == 32631
        assert tiff.transform == in_gdal.transform
        assert tiff.transform.a == 10
        assert netcdf["time"].dt.month.values.tolist() == [3, 4, 5, 6, 7, 8, 9]
        greenest = netcdf["NDVI"].mean(["y", "x"])
        assert greenest.values.argmax() in (3, 4, 5), "summer is the green season in the north"
        assert 0.1 < float(greenest.min()) < float(greenest.max()) < 0.9
    assert (out / "ndvi.png").read_bytes().startswith(b"\x89PNG")


def test_the_emulator_serves_until_it_is_interrupted(tmp_path: Path) -> None:
    serving = subprocess.Popen(  # noqa: S603
        [
            sys.executable,
            "-u",
            *COMMAND,
            "emulator",
            "--port",
            "0",
            "--data",
            str(tmp_path),
            "--faults",
            "503=1,calls=getAsset",
            "--exports",
            str(tmp_path / "exports"),
            "--token",
            "a-token",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert serving.stdout is not None
    found = re.search(r"http://127\.0\.0\.1:\d+", serving.stdout.readline())
    assert found is not None
    with urllib.request.urlopen(f"{found[0]}/$discovery/rest?version=v1", timeout=30) as reply:  # noqa: S310
        assert reply.status == 200
    for path, status in (("assets/x", "503"), ("algorithms", "401")):
        with pytest.raises(urllib.error.HTTPError, match=status):
            urllib.request.urlopen(f"{found[0]}/v1/projects/xee-lite/{path}", timeout=30)  # noqa: S310
    serving.send_signal(signal.SIGINT)
    assert serving.wait(timeout=30) == 0
    printed = serving.stdout.read()
    assert "google.oauth2.credentials.Credentials('a-token')" in printed
    assert "Ended." in printed
    serving.stdout.close()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["emulator", "--data", "/no/such/folder"], 2, "does not exist"),
        (["emulator", "--port", "99999"], 2, "99999"),
        (["emulator", "--faults", "rain=1"], 2, "'rain' is no fault"),
        (["emulator", "--port", "0", "--faults", "503=2"], 2, r"Faults\(rates=\{'503': ...\}\) is 2.0"),
        (["emulator", "--port", "0", "--project", "a/b"], 2, "'a/b' names no project"),
        (["emulator", "--port", "0", "--host", "192.0.2.1"], 1, r"listen at 192\.0\.2\.1, port 0 \(Cannot assign"),
        (["demo", "--out", "/dev/null/x"], 1, "xee-lite: .*Not a directory"),
        (["nonsense"], 2, "No such command"),
    ],
)
def test_mistakes_are_a_sentence(arguments: list[str], code: int, message: str) -> None:
    assert re.search(message, run(*arguments, expect=code))
