"""How well waiting is shared: hundreds of requests to a service that takes half a second for each, forty at once.

The local Earth Engine waits so long before it sends a prepared reply, and refuses a forty-first request with 429.
Tiles are small, so that nothing but the waiting counts.
"""

from __future__ import annotations

import math
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, ClassVar

import dask
import ee
import xarray as xr

import xee_lite

from ._service import CRS, SMALL, STACK, TRANSFORM, Service, Size

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 0.02 if SMALL else 0.5
"""From a request to its reply."""
AT_ONCE = 40
REQUESTS = 80 if SMALL else 400
IDEAL = math.ceil(REQUESTS / AT_ONCE) * SECONDS
"""Seconds for all of them, if the service is never left with a free place."""

_SIZE = Size(REQUESTS, 16 if SMALL else 64)
_ONE_IMAGE = _SIZE.side**2 * 5
"""Bytes that the service counts for an image of uint16 and its mask, each with a mask byte of its own."""
_IN_A_CHUNK = REQUESTS // 4


class Distant:
    """One image is one request. Datasets are open, and every reply is prepared, before the clock runs.

    Attributes
    ----------
    runners : mapping of str to callable
        Each reads all images: xee_lite into NumPy, through as many threads of Dask as there may be requests, through
        Dask's default threads in chunks of a hundred requests each; Xee with as many workers and one image at a time.
    """

    def __init__(self) -> None:
        self._service = Service(_SIZE, faults=f"latency={SECONDS},concurrent={AT_ONCE}")
        # Xee is not held to the service's rate; we are, and by default.
        self._options = xee_lite.set_options(requests_per_second=100)
        plain, single = self._ours(chunks=None), self._ours(chunks={})
        several = self._ours(chunks={"time": _IN_A_CHUNK})
        collection: Any = ee.ImageCollection(STACK)
        theirs = xr.open_dataset(
            collection,
            engine="ee",
            crs=CRS,
            crs_transform=TRANSFORM,
            shape_2d=(_SIZE.side, _SIZE.side),
            io_chunks={"index": 1, "width": _SIZE.side, "height": _SIZE.side},
            executor_kwargs={"max_workers": AT_ONCE},
            cache=False,
        )["v"]
        self.runners: dict[str, Callable[[], object]] = {
            "numpy": lambda: plain.values,
            "threads": lambda: self._with_threads(single),
            "chunks": several.compute,
            "xee": lambda: theirs.values,
        }
        # Untimed, so that every reply is prepared, and Dask has loaded what it needs.
        for array in (plain, theirs, single[:1], several[:1]):
            array.compute()

    @staticmethod
    def _ours(chunks: Any) -> xr.DataArray:  # noqa: ANN401 - as xarray has it
        source: Any = STACK
        return xr.open_dataset(source, engine="xee_lite", request_bytes=_ONE_IMAGE, chunks=chunks, cache=False)["v"]

    @staticmethod
    def _with_threads(array: xr.DataArray) -> object:
        with dask.config.set(scheduler="threads", num_workers=AT_ONCE):
            return array.compute()

    def times_ideal(self, name: str) -> float:
        """Let one of them read; how many times the ideal it took."""
        began = time.perf_counter()
        self.runners[name]()
        return (time.perf_counter() - began) / IDEAL

    def stop(self) -> None:
        """End the service, and go back to the options from before."""
        with ExitStack() as stack:
            stack.callback(self._service.stop)
            stack.callback(self._options.__exit__, None, None, None)


class Latency:
    """How many times the ideal."""

    params: ClassVar[list[str]] = ["numpy", "threads", "chunks", "xee"]
    param_names: ClassVar[list[str]] = ["reader"]
    timeout: ClassVar[int] = 300

    def setup(self, name: str) -> None:  # noqa: ARG002 - asv passes it
        """Start the service and make it prepare all replies."""
        self.distant = Distant()

    def teardown(self, name: str) -> None:  # noqa: ARG002 - asv passes it
        """End the service."""
        self.distant.stop()

    def track_times_ideal(self, name: str) -> float:
        """1 where the service never had a free place."""
        return self.distant.times_ideal(name)
