"""Worker processes share the limits of a service, with nothing set: the emulator counts what is under way."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import dask
import numpy as np
import pytest

import xee_lite
from tests.client import scenes
from tests.client.distributed.clusters import cluster_of, distributed
from xee_lite import emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

    import xarray as xr

    from xee_lite.emulator import Emulator

IMAGES = 6


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with cluster_of(3) as client:
        yield client


@pytest.fixture(scope="module")
def earth() -> Iterator[Emulator]:
    """One for all tests: a worker process talks to one service only."""
    assets, _ = scenes.stack(IMAGES)
    with emulator.start(assets=assets, faults=emulator.parse_faults("latency=0.02,concurrent=5")) as earth:
        earth.initialize()
        yield earth


def many(**more: Any) -> xr.Dataset:
    """A dataset of 96 requests."""
    dataset = scenes.opened(**more)
    return dataset.chunk({"time": 1, "y": 6, "x": 8}) if "chunks" not in more else dataset


def truth() -> Any:
    _, truth = scenes.stack(IMAGES)
    return scenes.filled(truth, "f4")


def pixel_requests(earth: Emulator) -> Counter[int]:
    return Counter(request.status for request in earth.requests if request.kind == "computePixels")


def test_workers_stay_within_one_limit_and_options_travel(client: Any, earth: Emulator) -> None:
    dataset = many()
    with xee_lite.set_options(max_concurrent_requests=5, requests_per_second=1000):
        earth.requests.clear()
        found = dataset.compute()
    np.testing.assert_array_equal(found["B1"], truth())
    assert pixel_requests(earth) == {200: 96}
    assert set(client.run(_open_slots).values()) <= {0, 1, 2, 3, 4, 5}


def _open_slots() -> int:
    """Requests that may run at once in a worker."""
    from xee_lite.distributed.lease import LeasedLimiter  # noqa: PLC0415 - in the worker
    from xee_lite.traffic.gateways import _gateways  # noqa: PLC0415 - in the worker

    limiters = [served.gateway.limiter for served in _gateways.values()]
    return sum(limiter.slots for limiter in limiters if isinstance(limiter, LeasedLimiter))


@pytest.mark.usefixtures("client")
def test_a_refusal_of_one_narrows_all(earth: Emulator) -> None:
    """The service takes 5 at once, of which nobody knows."""
    with xee_lite.set_options(requests_per_second=1000, request_deadline=60):
        dataset = many()
        earth.requests.clear()
        found = dataset.compute()
    np.testing.assert_array_equal(found["B1"], truth())
    statuses = pixel_requests(earth)
    assert statuses[200] == 96
    assert statuses[429] < 48  # each of three processes by itself, four at once, would be refused again and again


def test_a_worker_that_is_killed_gives_its_slots_back_and_one_that_comes_late_takes_part(
    client: Any, earth: Emulator
) -> None:
    """The nanny of the killed one starts another process, which begins with nothing."""
    victim = next(iter(client.run(os.getpid).values()))
    before = set(client.run(os.getpid).values())
    with xee_lite.set_options(max_concurrent_requests=4, requests_per_second=20):
        future = client.compute(many()["B1"])
        earth.requests.clear()
        _until(lambda: len(earth.requests) > 10)
        os.kill(victim, signal.SIGKILL)
        np.testing.assert_array_equal(future.result(timeout=60), truth())
    assert pixel_requests(earth)[429] == 0
    client.wait_for_workers(3, timeout=60)
    after = set(client.run(os.getpid).values())
    assert len(after - before) == 1
    with xee_lite.set_options(max_concurrent_requests=5):
        np.testing.assert_array_equal(many().compute()["B1"], truth())


def test_progress_and_retries_of_all_workers_arrive_at_the_client(client: Any, earth: Emulator) -> None:
    dataset = many()
    events: list[xee_lite.Started | xee_lite.Retried | xee_lite.Done | xee_lite.Split] = []
    stop = xee_lite.subscribe(events.append)
    with xee_lite.set_options(max_concurrent_requests=5, request_deadline=60):
        earth.requests.clear()
        earth.faults.next("computePixels", ["503", "503", "503"])
        dataset.compute()
    stop()
    counts = Counter(type(event).__name__ for event in events if getattr(event.request, "window", ""))
    assert counts == {"Started": 99, "Retried": 3, "Done": 96}
    assert all(event.error is None for event in events if isinstance(event, xee_lite.Done))
    assert set(client.run(_listeners_left).values()) == {0}


def _listeners_left() -> int:
    from xee_lite.traffic import events  # noqa: PLC0415 - in the worker

    return len(events._listeners.functions)


@pytest.mark.usefixtures("client")
def test_what_failed_on_workers_is_missing_and_listed_at_the_client(earth: Emulator) -> None:
    dataset = many(errors="record")
    with xee_lite.set_options(max_concurrent_requests=5, request_deadline=0), xee_lite.failed_reads() as failed:
        earth.faults.next("computePixels", ["503", "503", "503"])
        found = dataset.compute()["B1"].values
    assert len(failed) == 3
    np.testing.assert_array_equal(found, np.where(scenes.lost_pixels(failed, found.shape), np.nan, truth()))


@pytest.mark.usefixtures("client", "earth")
def test_costs_of_all_workers_arrive_at_the_client() -> None:
    dataset = many()
    with xee_lite.set_options(max_concurrent_requests=5), xee_lite.profile() as cost:
        dataset.compute()
    assert cost.total.requests == 96
    assert cost.total.unknown == 0
    assert (cost.total.eecu_seconds or 0) > 0


@pytest.mark.usefixtures("client")
def test_a_failure_names_what_was_asked_and_reaches_the_client(earth: Emulator) -> None:
    dataset = many()
    earth.faults.next("computePixels", ["memory"] * 400)
    try:
        with pytest.raises(xee_lite.TooMuchError, match="bands B1 of items"):
            dataset.isel(time=0).compute()
    finally:
        earth.faults.next("computePixels", [])


@pytest.mark.usefixtures("earth")
def test_a_chunk_is_few_bytes_in_the_graph_and_on_the_wire() -> None:
    """Beyond a part that is sent once."""
    dumps = distributed.protocol.pickle.dumps
    arrays = [many().isel(time=slice(count))["B1"].data for count in (3, 6)]
    few, more = (len(dumps(array)) for array in arrays)
    assert (more - few) / (arrays[1].npartitions - arrays[0].npartitions) < 1000
    (optimized,) = dask.optimize(arrays[1])
    sizes = sorted(len(dumps(task)) for task in dict(optimized.__dask_graph__()).values())
    assert len(sizes) == arrays[1].npartitions + 1
    assert sizes[-2] < 1000
    assert sizes[-1] < 10_000


def _until(done: Any) -> None:
    limit = time.monotonic() + 30
    while not done():
        assert time.monotonic() < limit
        threading.Event().wait(0.01)
