"""The memory of a read beyond its result, in a process that does nothing else.

The high-water mark of the process (the kernel's ``VmHWM``, which sees every allocation of every library), less what was
resident before the read, less the result. Linux only.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import xarray as xr

from xee_lite import explain

from ._service import CRS, SMALL, STACK, TRANSFORM, Service, Size

SIZE = Size(3, 64) if SMALL else Size(24, 2048)
"""As float32, 403 MB."""
AT_ONCE = 4
"""Requests, and workers of Xee."""

_OPENED = {
    "xee_lite": f"""
import xee_lite
xee_lite.set_options(max_concurrent_requests={AT_ONCE}, requests_per_second=1e9)
array = xarray.open_dataset({STACK!r}, engine="xee_lite", request_bytes=sys.argv[2], cache=False)["v"]
""",
    "xee": f"""
array = xarray.open_dataset(
    ee.ImageCollection({STACK!r}), engine="ee", crs={CRS!r}, crs_transform={TRANSFORM!r},
    shape_2d=({SIZE.side}, {SIZE.side}), executor_kwargs={{"max_workers": {AT_ONCE}}}, cache=False,
)["v"]
""",
}
_BEFORE = """
import sys, ee, xarray
from google.auth.credentials import AnonymousCredentials
ee.Initialize(AnonymousCredentials(), url=sys.argv[1], project="xee-lite")
"""
_MEASURED = """
def status(name):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))

array[:1, :8, :8].values  # what a first read loads is not the read's
before = status("VmRSS")
values = array.values
print(values.nbytes, status("VmHWM") - before - values.nbytes)
"""


@dataclass(frozen=True, slots=True)
class Peak:
    """What a read took.

    Attributes
    ----------
    result : int
        Bytes of the array that it gave.
    beyond : int
        Bytes besides, at the peak.
    """

    result: int
    beyond: int


class PeakOfRead:
    """Images of uint16 with clouds, into NumPy, through as many threads as requests may be under way."""

    params: ClassVar[list[str]] = list(_OPENED)
    param_names: ClassVar[list[str]] = ["reader"]
    timeout: ClassVar[int] = 300

    def setup(self, reader: str) -> None:  # noqa: ARG002 - asv passes it
        """Start the service."""
        self.service = Service(SIZE)

    def teardown(self, reader: str) -> None:  # noqa: ARG002 - as above
        """End the service."""
        self.service.stop()

    def peak(self, reader: str, request_bytes: str = "32MiB") -> Peak:
        """Read in a new interpreter."""
        code = _BEFORE + _OPENED[reader] + _MEASURED
        command = [sys.executable, "-c", code, self.service.url, request_bytes]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - the interpreter itself
        return Peak(*map(int, printed.split()))

    def track_beyond_result(self, reader: str) -> int:
        """Bytes."""
        return max(1, self.peak(reader).beyond)


def in_flight(request_bytes: str = "32MiB") -> tuple[int, int]:
    """Bytes of the replies that may be under way at once: as the service counts them, and as they travel."""
    source: Any = STACK
    pixels = xr.open_dataset(source, engine="xee_lite", request_bytes=request_bytes)["v"]
    counted = AT_ONCE * explain(pixels).largest
    # Counted are the value, the mask, and a byte for the mask of each; the latter do not travel.
    return counted, counted * (np.dtype("u2").itemsize + 1) // 5
