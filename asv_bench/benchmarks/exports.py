"""A GeoTIFF of an export beside the same pixels read into NumPy, each in a process that does nothing else."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import ClassVar

from ._service import SMALL, STACK, Service, Size

SIZE = Size(3, 64) if SMALL else Size(64, 2048)
"""As float32, 1 GiB."""

_BEFORE = f"""
import sys, time, ee, xarray, rasterio, dask.array
from google.auth.credentials import AnonymousCredentials
import xee_lite
ee.Initialize(AnonymousCredentials(), url=sys.argv[1], project="xee-lite")
xee_lite.set_options(requests_per_second=1e9)
ds = xarray.open_dataset({STACK!r}, engine="xee_lite", cache=False)
ds["v"][:1, :8, :8].values

def status(name):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))

before, began = status("VmRSS"), time.perf_counter()
"""
_WAYS = {
    "numpy": "values = ds['v'].values",
    "to_geotiff": "xee_lite.to_geotiff(ds, sys.argv[2] + '/a.tif')",
    "to_geotiff with overviews": "xee_lite.to_geotiff(ds, sys.argv[2] + '/a.tif', overviews=True)",
    "to_zarr": "xee_lite.to_zarr(ds, sys.argv[2] + '/a.zarr')",
    "ds.to_zarr": "ds.chunk().to_zarr(sys.argv[2] + '/a.zarr', consolidated=False)",
}
_AFTER = """
print(time.perf_counter() - began, status("VmHWM") - before)
"""


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds, and bytes at the peak beyond what was resident before."""

    seconds: float
    bytes: int


class Exports:
    """Images of uint16 with clouds, as float32."""

    params: ClassVar[list[str]] = list(_WAYS)
    param_names: ClassVar[list[str]] = ["way"]
    timeout: ClassVar[int] = 600

    def setup(self, way: str) -> None:  # noqa: ARG002 - asv passes it
        """Start the service."""
        self.service = Service(SIZE)

    def teardown(self, way: str) -> None:  # noqa: ARG002 - as above
        """End the service."""
        self.service.stop()

    def took(self, way: str) -> Took:
        """Write or read in a new interpreter."""
        with TemporaryDirectory() as folder:
            command = [sys.executable, "-c", _BEFORE + _WAYS[way] + _AFTER, self.service.url, folder]
            printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - the interpreter itself
        seconds, peak = printed.split()
        return Took(float(seconds), int(peak))

    def track_seconds(self, way: str) -> float:
        """Seconds."""
        return self.took(way).seconds

    def track_peak(self, way: str) -> int:
        """Bytes."""
        return max(1, self.took(way).bytes)
