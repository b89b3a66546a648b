"""Reads as people call them, with nothing set: how many times the ideal they take, beside Xee as it is documented.

The local Earth Engine answers each request after a latency, accepts forty at once, and sends prepared replies. Tiles
are small, so that nothing but the waiting counts. The ideal is that of our own requests, forty at once and a hundred a
second.
"""

from __future__ import annotations

import math
import shutil
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import ee
import xarray as xr

import xee_lite

from ._service import CRS, SMALL, STACK, TRANSFORM, Service, Size

if TYPE_CHECKING:
    from collections.abc import Callable

AT_ONCE = 40
RATE = 100
LATENCIES = (0.02,) if SMALL else (0.1, 0.5)
"""Seconds from a request to its reply."""
SERIES = Size(10 if SMALL else 200, 16 if SMALL else 64, bands=2)
"""Images of two bands, of which each request of the series carries one band of one image."""
STACKED = Size(1, 16 if SMALL else 256, bands=10)
"""One image of ten bands."""
CALLS = ("load ten bands", "compute", "mean", "index of two bands", "to_zarr")


class Called:
    """Both engines, and each call as it is written in a notebook.

    Parameters
    ----------
    latency : float
        Seconds.
    call : str
        One of `CALLS`.

    Attributes
    ----------
    ideal : float
        Seconds that the requests of our own call take, forty at once and a hundred a second.
    """

    def __init__(self, latency: float, call: str) -> None:
        self._size = STACKED if call == "load ten bands" else SERIES
        self._service = Service(self._size, faults=f"latency={latency},concurrent={AT_ONCE}")
        self._folder = tempfile.mkdtemp()
        self._call = self._calls()[call]
        bands = self._size.bands if call in ("load ten bands", "index of two bands", "to_zarr") else 1
        requests = 1 if call == "load ten bands" else bands * self._size.images
        whole_seconds = (requests - 1) // RATE  # before the last hundred or fewer may start
        last = requests - RATE * whole_seconds
        self.ideal = max(math.ceil(requests / AT_ONCE) * latency, whole_seconds + math.ceil(last / AT_ONCE) * latency)
        for engine in ("xee_lite", "ee"):
            self.seconds(engine)  # untimed, so that every reply is prepared

    def _calls(self) -> dict[str, Callable[[xr.Dataset], object]]:
        return {
            "load ten bands": lambda ds: ds.load(),
            "compute": lambda ds: ds["v0"].compute(),
            "mean": lambda ds: ds["v0"].mean("time").compute(),
            "index of two bands": lambda ds: ((ds["v0"] - ds["v1"]) / (ds["v0"] + ds["v1"])).mean("time").compute(),
            "to_zarr": lambda ds: ds.drop_vars("id", errors="ignore").drop_encoding().to_zarr(
                Path(self._folder) / "store.zarr", mode="w", consolidated=False
            ),
        }  # fmt: skip

    def _opened(self, engine: str) -> xr.Dataset:
        chunks = None if self._size is STACKED else {}
        if engine == "xee_lite":
            # A request of one band of one image, as large ones are by default.
            request = None if self._size is STACKED else self._size.side**2 * 5
            return xr.open_dataset(STACK, engine="xee_lite", chunks=chunks, request_bytes=request)
        collection: Any = ee.ImageCollection(STACK)
        return xr.open_dataset(
            collection,
            engine="ee",
            crs=CRS,
            crs_transform=TRANSFORM,
            shape_2d=(self._size.side, self._size.side),
            io_chunks={"index": 1, "width": self._size.side, "height": self._size.side},
            chunks=chunks,
        )

    def seconds(self, engine: str) -> float:
        """Let one of them make the call, on a dataset that is open."""
        dataset = self._opened(engine)
        time.sleep(0 if SMALL else 1)  # what was asked in the second before counts against the rate
        began = time.perf_counter()
        self._call(dataset)
        return time.perf_counter() - began

    def stop(self) -> None:
        """End the service, and remove what was written."""
        with ExitStack() as stack:
            stack.callback(self._service.stop)
            stack.callback(shutil.rmtree, self._folder, ignore_errors=True)


class AsCalled:
    """How many times the ideal."""

    params: ClassVar[list[list[Any]]] = [list(CALLS), list(LATENCIES), ["xee_lite", "ee"]]
    param_names: ClassVar[list[str]] = ["call", "latency", "engine"]
    timeout: ClassVar[int] = 600

    def setup(self, call: str, latency: float, engine: str) -> None:  # noqa: ARG002 - asv passes all
        """Start the service and make it prepare all replies."""
        self.called = Called(latency, call)
        self.options = xee_lite.set_options(requests_per_second=RATE)

    def teardown(self, *_: object) -> None:
        """End the service."""
        self.options.__exit__(None, None, None)
        self.called.stop()

    def track_times_ideal(self, call: str, latency: float, engine: str) -> float:  # noqa: ARG002 - asv passes all
        """1 where the service never had a free slot."""
        return self.called.seconds(engine) / self.called.ideal
