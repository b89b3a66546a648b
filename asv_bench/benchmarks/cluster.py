"""Dask clusters: how much faster more workers read, whether they stay within one limit, and what travels to them.

The local Earth Engine waits half a second before each prepared reply, and answers a request beyond its quota with 429.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

import dask
import distributed
import xarray as xr
from distributed.protocol.pickle import dumps

import xee_lite
from xee_lite.distributed import forecast

from ._service import SMALL, STACK, Service, Size

if TYPE_CHECKING:
    from xee_lite import Done, Retried, Split, Started

SECONDS = 0.02 if SMALL else 0.5
"""From a request to its reply."""
QUOTA = 40
"""Requests at once that the service takes."""
THREADS = 10
"""Of a worker: requests at once that it makes, since each task makes one."""
_SIZE = Size(40 if SMALL else 400, 16)
_ONE_IMAGE = _SIZE.side**2 * 5


class Cluster:
    """Worker processes that read a collection of small images, one a request."""

    params: ClassVar[list[int]] = [1] if SMALL else [1, 4]
    param_names: ClassVar[list[str]] = ["workers"]
    timeout: ClassVar[int] = 600

    def setup(self, workers: int) -> None:
        """Start the service and the workers, and read once so that all is loaded and every reply prepared."""
        self.service = Service(_SIZE, faults=f"latency={SECONDS},concurrent={QUOTA}")
        self.options = xee_lite.set_options(requests_per_second=1000)
        self.cluster = distributed.LocalCluster(
            n_workers=workers, threads_per_worker=THREADS, processes=True, dashboard_address=None
        )
        self.client = distributed.Client(self.cluster)
        source: Any = STACK
        opened = xr.open_dataset(source, engine="xee_lite", request_bytes=_ONE_IMAGE, chunks={}, cache=False)
        self.array = opened["v"]
        self.array.mean().compute()

    def teardown(self, workers: int) -> None:  # noqa: ARG002 - asv passes it
        """End them all."""
        self.client.close()
        self.cluster.close()
        self.options.__exit__(None, None, None)
        self.service.stop()

    def track_requests_a_second(self, workers: int) -> float:  # noqa: ARG002 - asv passes it
        """Read all images, and keep none of them."""
        return _SIZE.images / self._seconds()

    def track_times_forecast(self, workers: int) -> float:
        """How many times as long it takes as the simulation says."""
        expected = forecast(_SIZE.images, seconds=SECONDS, concurrency=min(QUOTA, THREADS * workers), rate=1000)
        return self._seconds() / expected.seconds

    def track_graph_bytes_a_chunk(self, workers: int) -> float:  # noqa: ARG002 - asv passes it
        """Of what the client sends, beyond a part that is sent once: the difference between all chunks and half."""
        source: Any = STACK
        array = xr.open_dataset(source, engine="xee_lite", request_bytes=_ONE_IMAGE, cache=False)["v"]
        half, whole = (array[:images].chunk(time=1) for images in (_SIZE.images // 2, _SIZE.images))
        return (len(dumps(whole.data)) - len(dumps(half.data))) / (_SIZE.images - _SIZE.images // 2)

    def track_wire_bytes_a_task(self, workers: int) -> float:  # noqa: ARG002 - asv passes it
        """Of a task as the scheduler sends it to a worker."""
        (optimized,) = dask.optimize(self.array.data)
        return statistics.median(len(dumps(task)) for task in dict(optimized.__dask_graph__()).values())

    def track_answered_share(self, workers: int) -> float:  # noqa: ARG002 - asv passes it
        """Attempts that are answered, of all: 1 where the limit holds, below where 429 comes back."""
        counts: Counter[str] = Counter()

        def count(event: Started | Retried | Done | Split) -> None:
            counts[type(event).__name__] += 1

        stop = xee_lite.subscribe(count)
        self.array.mean().compute()
        stop()
        return counts["Done"] / counts["Started"]

    def _seconds(self) -> float:
        began = time.perf_counter()
        self.array.mean().compute()
        return time.perf_counter() - began
