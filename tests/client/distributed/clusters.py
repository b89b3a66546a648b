"""Clusters of worker processes for tests: started by the test, and gone after it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import dask
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

distributed: Any = pytest.importorskip("distributed", reason="needs the extra 'distributed'")

QUICK = {
    "distributed.comm.timeouts.connect": "5s",
    "distributed.scheduler.allowed-failures": 10,
    "distributed.worker.profile.interval": "1s",
    "distributed.admin.tick.limit": "30s",
}
"""Settings of Dask: tests share a machine."""


@contextmanager
def cluster_of(workers: int, threads: int = 4, **more: Any) -> Iterator[Any]:
    """A client of a cluster of so many processes."""
    with dask.config.set(QUICK):
        cluster = distributed.LocalCluster(
            n_workers=workers, threads_per_worker=threads, processes=True, dashboard_address=None, **more
        )
        with cluster, distributed.Client(cluster) as client:
            yield client
