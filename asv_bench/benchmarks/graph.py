"""What it costs to make a dataset of very many chunks: the Dask graph, before anything is read."""

from __future__ import annotations

import time
import tracemalloc
from typing import TYPE_CHECKING, Any, ClassVar

import xarray as xr

from ._service import CRS, SMALL, TRANSFORM, Service, count_id

if TYPE_CHECKING:
    from collections.abc import Callable

_IMAGES = 100
_TILE = 256
_BYTES_PER_PIXEL = 5
"""What the service counts for a pixel of uint16 and its mask, each with a mask byte of its own."""


class ManyChunks:
    """A hundred images on a wide grid, and requests so small that there are at least so many chunks."""

    params: ClassVar[list[int]] = [1000] if SMALL else [1000, 100_000, 1_000_000]
    param_names: ClassVar[list[str]] = ["chunks"]

    def setup(self, chunks: int) -> None:
        """Start the service, and open once so that it prepares its answer."""
        self.service = Service()
        self.dataset = self.time_open(chunks)
        assert chunks <= self.dataset["v"].data.npartitions <= 1.05 * chunks

    def teardown(self, chunks: int) -> None:  # noqa: ARG002 - asv passes it
        """End the service."""
        self.service.stop()

    def time_open(self, chunks: int) -> xr.Dataset:
        """Open with Dask: metadata, plan, and one blockwise layer."""
        source: Any = count_id(_IMAGES)
        return xr.open_dataset(
            source,
            engine="xee_lite",
            crs=CRS,
            transform=TRANSFORM,
            shape=(_TILE, _TILE * chunks // _IMAGES),
            request_bytes=_TILE * _TILE * _BYTES_PER_PIXEL,
            chunks={},
        )

    def time_mean_graph(self, chunks: int) -> int:  # noqa: ARG002 - asv passes it
        """The whole graph of a mean over time, every task written out."""
        return len(dict(self.dataset["v"].mean("time").__dask_graph__()))

    def track_bytes_of_open(self, chunks: int) -> int:
        """Memory that an open takes at its peak."""
        return _peak(lambda: self.time_open(chunks))

    def track_bytes_a_task(self, chunks: int) -> float:
        """Memory of the written-out graph of the array, by its number of tasks."""
        array = self.time_open(chunks)["v"]
        peak = _peak(lambda: dict(array.__dask_graph__()))
        return peak / len(array.__dask_graph__())

    def track_microseconds_a_task(self, chunks: int) -> float:
        """To write that graph out."""
        array = self.time_open(chunks)["v"]  # a graph is written out once
        began = time.perf_counter()
        tasks = len(dict(array.__dask_graph__()))
        return 1e6 * (time.perf_counter() - began) / tasks


def _peak(work: Callable[[], object]) -> int:
    """Bytes that some work allocates at its peak."""
    tracemalloc.start()
    try:
        kept = work()
        _, peak = tracemalloc.get_traced_memory()
        del kept
    finally:
        tracemalloc.stop()
    return peak
