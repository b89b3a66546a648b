"""How fast pixels come into NumPy, against the floor of the loopback device and against Xee, interleaved in one run."""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING, Any, ClassVar

import ee
import numpy as np
import xarray as xr

import xee_lite
from xee_lite.earthengine.transport import process_transport

from ._floor import Loopback, Recorder
from ._service import CRS, SIZES, SMALL, STACK, TRANSFORM, Service, Size

if TYPE_CHECKING:
    from collections.abc import Callable

THREADS = 4
Seconds = dict[str, list[float]]


class Race:
    """One collection, read by everybody over the same service with the same number of threads.

    Each reads in requests of its own size, and Xee as it does by default. Datasets are open before the clock runs, and
    the service has answered every request once.

    Parameters
    ----------
    dtype : str
    size : Size
    threads : int
    **options
        Of opening with xee_lite.
    """

    def __init__(self, dtype: str, size: Size, threads: int = THREADS, **options: object) -> None:
        self.values = size.images * size.side**2 * np.dtype(dtype).itemsize
        self._service = Service(size, dtype)
        self._options = xee_lite.set_options(max_concurrent_requests=threads)
        recorder = Recorder(process_transport().expecting(2**30).request)
        self._service.initialize(recorder)
        source: Any = STACK
        collection: Any = ee.ImageCollection(STACK)
        ours = xr.open_dataset(source, engine="xee_lite", cache=False, **options)["v"]
        read = ours.values
        wanted = np.where(read == ours.attrs["_FillValue"], np.nan, read) if "_FillValue" in ours.attrs else read
        floor = Loopback(self._service.url, list(recorder.requests), threads)
        self._service.initialize()
        theirs = xr.open_dataset(
            collection,
            engine="ee",
            crs=CRS,
            crs_transform=TRANSFORM,
            shape_2d=(size.side, size.side),
            executor_kwargs={"max_workers": threads},
            cache=False,
        )["v"]
        # Also the untimed pass of Xee, which knows all masks; a number that stands for missing hides some pixels more.
        known = np.isfinite(wanted)
        np.testing.assert_array_equal(theirs.values[known], wanted[known])
        self.runners: dict[str, Callable[[], object]] = {
            "bytes": floor.bytes,
            "arrays": floor.arrays,
            "xee_lite": lambda: ours.values,
            "xee": lambda: theirs.values,
        }

    def run(self, rounds: int, *names: str, clock: Callable[[], float] = time.perf_counter) -> Seconds:
        """Let the runners of these names, or all, run one after the other, so often; returns all their seconds."""
        seconds: Seconds = {name: [] for name in names or self.runners}
        for _ in range(rounds):
            for name, taken in seconds.items():
                began = clock()
                self.runners[name]()
                taken.append(clock() - began)
        return seconds

    def stop(self) -> None:
        """End the service, and go back to the options from before."""
        self._options.__exit__(None, None, None)
        self._service.stop()


def speed_ratio(seconds: Seconds, runner: str, other: str) -> float:
    """How many times as fast as another one a runner is: the median over the rounds."""
    return median(theirs / ours for ours, theirs in zip(seconds[runner], seconds[other], strict=True))


class Read:
    """About a third of the pixels is missing and becomes NaN."""

    params: ClassVar[list[list[str]]] = [list(SIZES), ["uint16"] if SMALL else ["uint8", "uint16", "float32"]]
    param_names: ClassVar[list[str]] = ["size", "dtype"]
    rounds: ClassVar[int] = 1 if SMALL else 9
    timeout: ClassVar[int] = 300

    def setup(self, size: str, dtype: str) -> None:
        """Start the service and make it prepare all replies."""
        self.race = Race(dtype, SIZES[size])

    def teardown(self, size: str, dtype: str) -> None:  # noqa: ARG002 - asv passes them
        """End the service."""
        self.race.stop()

    def time_xee_lite(self, size: str, dtype: str) -> object:  # noqa: ARG002 - asv passes them
        """The read itself."""
        return self.race.runners["xee_lite"]()

    def track_times_xee(self, size: str, dtype: str) -> float:  # noqa: ARG002 - asv passes them
        """How many times as fast as Xee."""
        return speed_ratio(self.race.run(self.rounds, "xee_lite", "xee"), "xee_lite", "xee")

    def track_share_of_floor(self, size: str, dtype: str) -> float:  # noqa: ARG002 - asv passes them
        """Which part of the speed of plain ``http.client`` and NumPy over the same requests."""
        return speed_ratio(self.race.run(self.rounds, "xee_lite", "arrays"), "xee_lite", "arrays")
