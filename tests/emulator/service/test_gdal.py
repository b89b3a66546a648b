"""GDAL's own Earth Engine driver, written in C++ by others, reads what the emulator serves."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from xee_lite import emulator

READ = """
import sys, numpy, rasterio
asset, encoding, out = sys.argv[1:]
with rasterio.open(f"EEDAI:{asset}", PIXEL_ENCODING=encoding) as dataset:
    data = [dataset.read(number).astype(float) for number in dataset.indexes]
    names, epsg, transform = dataset.descriptions, dataset.crs.to_epsg(), dataset.transform[:6]
    numpy.savez(out, data=data, crs=epsg, transform=transform, names=names)
"""


def read(earth: emulator.Emulator, asset: str, encoding: str, folder: Path) -> dict[str, Any]:
    """Read in a process of its own: the driver takes its address from the environment when it starts."""
    out = folder / "read.npz"
    environment = {**os.environ, "EEDA_URL": f"{earth.url}/v1/", "EEDA_BEARER": "anything"}
    command = [sys.executable, "-c", READ, asset, encoding, str(out)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert done.returncode == 0, done.stderr
    with np.load(out) as arrays:
        return dict(arrays)


@pytest.mark.parametrize("encoding", ["NPY", "GEO_TIFF"])
def test_an_image_of_mixed_types(earth: emulator.Emulator, tmp_path: Path, encoding: str) -> None:
    got = read(earth, "projects/xee-lite/assets/one", encoding, tmp_path)
    assert got["names"].tolist() == ["one", "two", "three"]
    assert got["crs"] == 32631
    assert got["transform"].tolist() == [10, 0, 500000, 0, -10, 4000000]
    np.testing.assert_array_equal(got["data"][0], np.arange(12).reshape(3, 4))
    np.testing.assert_array_equal(got["data"][2], np.arange(12).reshape(3, 4)[::-1] - 5)


@pytest.mark.parametrize("encoding", ["PNG", "NPY"])
def test_a_file_of_bytes(earth: emulator.Emulator, tmp_path: Path, rasters: Path, encoding: str) -> None:
    import rasterio  # noqa: PLC0415 - only here

    got = read(earth, "projects/xee-lite/assets/photo", encoding, tmp_path)
    with rasterio.open(rasters / "photo.tif") as dataset:
        seen = dataset.read(4) > 0
        for number in (1, 2, 3):
            truth = dataset.read(number)
            np.testing.assert_array_equal(got["data"][number - 1][seen], truth[seen])


def test_a_public_stand_in(earth: emulator.Emulator, tmp_path: Path) -> None:
    got = read(earth, "projects/earthengine-public/assets/ECMWF/ERA5/MONTHLY/202001", "NPY", tmp_path)
    assert got["data"].shape == (9, 721, 1440)
    assert 180 < got["data"][0].min() < got["data"][0].max() < 330
