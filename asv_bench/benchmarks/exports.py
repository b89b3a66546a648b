"""The same pixels read into NumPy and exported, by xee_lite, geedim and Xee, each in a process that does nothing else.

Of images of uint16 each writes the type of its defaults: float32 with NaN; geedim and xee_lite with ``nodata=0`` write
uint16 with 0.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import ClassVar

from ._service import CRS, SMALL, STACK, TRANSFORM, Service, Size

SIZE = Size(3, 64) if SMALL else Size(64, 2048)
"""As float32, 1 GiB."""

_BEFORE = f"""
import sys, time, ee, geedim, xarray, xee, rasterio, dask.array
from google.auth.credentials import AnonymousCredentials
import xee_lite
ee.Initialize(AnonymousCredentials(), url=sys.argv[1], project="xee-lite")
xee_lite.set_options(requests_per_second=1e9)
ds = xarray.open_dataset({STACK!r}, engine="xee_lite", cache=False)
ds["v"][:1, :8, :8].values
integers = xarray.open_dataset({STACK!r}, engine="xee_lite", cache=False, mask_and_scale=False, nodata=0)
collection = ee.ImageCollection({STACK!r})
image = collection.toBands()
xee_grid = dict(crs={CRS!r}, crs_transform={TRANSFORM!r}, shape_2d=({SIZE.side}, {SIZE.side}))

def status(name):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))

before, began = status("VmRSS"), time.perf_counter()
"""
_WAYS = {
    "numpy": "values = ds['v'].values",
    "to_geotiff": "xee_lite.to_geotiff(ds, sys.argv[2] + '/a.tif')",
    "to_geotiff with overviews": "xee_lite.to_geotiff(ds, sys.argv[2] + '/a.tif', overviews=True)",
    "to_geotiff, nodata=0": "xee_lite.to_geotiff(integers, sys.argv[2] + '/a.tif')",
    "geedim toGeoTIFF": "image.gd.toGeoTIFF(sys.argv[2] + '/a.tif')",
    "to_zarr": "xee_lite.to_zarr(ds, sys.argv[2] + '/a.zarr')",
    "ds.to_zarr": "ds.chunk().to_zarr(sys.argv[2] + '/a.zarr', consolidated=False)",
    "Xee, ds.to_zarr": (
        "xarray.open_dataset(collection, engine='ee', chunks={}, **xee_grid)"
        ".to_zarr(sys.argv[2] + '/a.zarr', consolidated=False)"
    ),
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
    """Images of uint16 with clouds."""

    params: ClassVar[list[str]] = list(_WAYS)
    param_names: ClassVar[list[str]] = ["way"]
    timeout: ClassVar[int] = 600
    faults: ClassVar[str] = ""
    environment: ClassVar[dict[str, str]] = {}

    def setup(self, way: str) -> None:  # noqa: ARG002 - asv passes it
        """Start the service."""
        self.service = Service(SIZE, faults=self.faults)

    def teardown(self, way: str) -> None:  # noqa: ARG002 - as above
        """End the service."""
        self.service.stop()

    def took(self, way: str) -> Took:
        """Write or read in a new interpreter."""
        with TemporaryDirectory() as folder:
            command = [sys.executable, "-c", _BEFORE + _WAYS[way] + _AFTER, self.service.url, folder]
            environment = {**os.environ, **self.environment}
            done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)  # noqa: S603 - the interpreter itself
        seconds, peak = done.stdout.split()
        return Took(float(seconds), int(peak))

    def track_seconds(self, way: str) -> float:
        """Seconds."""
        return self.took(way).seconds

    def track_peak(self, way: str) -> int:
        """Bytes."""
        return max(1, self.took(way).bytes)


class ExportsOverALine(Exports):
    """The same from a service that sends 12 MB/s to each of eight requests, which is a little less than 1 Gbit/s."""

    params: ClassVar[list[str]] = ["numpy", "to_geotiff", "to_geotiff, nodata=0"]
    faults: ClassVar[str] = "" if SMALL else "latency=0.1,bandwidth=12e6"
    environment: ClassVar[dict[str, str]] = {"XEE_LITE_MAX_CONCURRENT_REQUESTS": "8"}
