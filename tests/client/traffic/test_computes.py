"""Reads of Dask's threads end with the compute that asked, and with no other."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dask
import numpy as np
import pytest
import xarray as xr
from dask.callbacks import Callback

from tests.client.scenes import ID, filled, stack
from xee_lite import set_options
from xee_lite.traffic import computes
from xee_lite.traffic.cancellation import CancelledError, pause
from xee_lite.traffic.computes import ending_with_compute, watch_computes
from xee_lite.traffic.concurrency import run_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.client.scenes import Serve

pytestmark = pytest.mark.filterwarnings("ignore:The specified chunks separate")
ROOT = Path(__file__).parents[3]
PATIENCE = 30.0

SCRIPT = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
import dask, numpy as np, xarray as xr
import xee_lite
from tests.client.scenes import ID, filled, stack
from xee_lite import emulator

assets, truth = stack(8)
earth = emulator.start(assets=assets, faults=emulator.Faults(retry_after=600))
earth.initialize()
data = xr.open_dataset(ID, engine="xee_lite", chunks={"time": 1})["B1"]
workers = 3 if sys.argv[1] != "sync" else 1
config = {"pool": ThreadPoolExecutor(workers)} if sys.argv[1] == "pool" else {"scheduler": sys.argv[1]}
earth.faults.next("computePixels", ["429"] * workers)
stop = xee_lite.subscribe(lambda event: os.write(1, b"asleep\\n") if isinstance(event, xee_lite.Retried) else None)
with dask.config.set(num_workers=workers, **config):
    try:
        data.compute()
    except KeyboardInterrupt:
        print("interrupted", flush=True)
    np.testing.assert_array_equal(data.compute().values, filled(truth, "f4"))
    print("and read", flush=True)
earth.stop()
"""


@pytest.mark.parametrize("scheduler", ["threads", "sync", "pool"])
def test_ctrl_c_in_an_outage_ends_the_retries(scheduler: str) -> None:
    """They went on for up to fifteen minutes, and the next compute and the end of the process waited behind them."""
    command = [sys.executable, "-c", SCRIPT, scheduler]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own script
        assert process.stdout is not None
        for _ in range(3 if scheduler != "sync" else 1):
            assert process.stdout.readline() == "asleep\n"
        process.send_signal(signal.SIGINT)
        try:
            rest, _ = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    assert rest == "interrupted\nand read\n"
    assert process.returncode == 0


@pytest.fixture(autouse=True)
def _watching() -> Iterator[None]:
    watch_computes()
    yield
    assert not computes._active


def sleeping(begun: threading.Barrier, ended: list[str], name: str) -> Callable[[], None]:
    """A task that waits as a request does."""

    def wait() -> None:
        begun.wait(PATIENCE)
        try:
            pause(PATIENCE)
            ended.append(f"{name} slept")
        except CancelledError:
            ended.append(f"{name} was cancelled")
            raise

    return wait


def test_a_compute_that_fails_ends_its_reads() -> None:
    begun, ended = threading.Barrier(3), list[str]()  # a read that has not begun never says that it was cancelled

    def fail() -> None:
        begun.wait(PATIENCE)
        raise ValueError("broken")

    tasks = [dask.delayed(run_all)([sleeping(begun, ended, "it")] * 2, 4), dask.delayed(fail)()]
    with pytest.raises(ValueError, match="broken"):
        dask.compute(*tasks, scheduler="threads", num_workers=3)
    deadline = time.monotonic() + PATIENCE
    while len(ended) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert ended == ["it was cancelled"] * 2


@pytest.mark.parametrize("plain", [False, True], ids=["Dask's threads", "a pool of the user's"])
def test_a_compute_that_fails_ends_no_read_of_another(plain: bool) -> None:
    """Not one in another thread that began while the first ran, and set Dask's callbacks aside."""
    begun, ended, go_on = threading.Event(), list[str](), threading.Event()

    def fail() -> None:
        begun.wait(PATIENCE)
        raise ValueError("broken")

    def wait() -> None:
        begun.set()
        try:
            pause(1.0)
            ended.append("slept")
        except CancelledError:
            ended.append("cancelled")

    def other() -> None:
        go_on.wait(PATIENCE)
        pools = {"pool": ThreadPoolExecutor(2)} if plain else {}
        dask.compute(dask.delayed(run_all)([wait, wait], 4), scheduler="threads", **pools)

    def slow() -> None:
        go_on.set()
        fail()

    thread = threading.Thread(target=other)
    thread.start()
    with pytest.raises(ValueError, match="broken"):
        dask.compute(dask.delayed(slow)(), scheduler="threads", num_workers=2)
    thread.join(PATIENCE)
    assert ended == ["slept", "slept"]


def test_a_plain_read_beside_a_compute_is_none_of_its_own() -> None:
    begun, go_on, ended = threading.Event(), threading.Event(), list[str]()

    def fail() -> None:
        begun.wait(PATIENCE)
        go_on.set()
        raise ValueError("broken")

    def compute() -> None:
        with pytest.raises(ValueError, match="broken"):
            dask.compute(dask.delayed(fail)(), scheduler="threads", num_workers=1)

    def wait() -> None:
        begun.set()
        go_on.wait(PATIENCE)
        pause(0.5)
        ended.append("slept")

    thread = threading.Thread(target=compute)
    thread.start()
    while not computes._active:
        time.sleep(0.01)
    run_all([wait], 1)
    thread.join(PATIENCE)
    assert ended == ["slept"]


def test_a_task_that_is_late_for_its_compute_does_not_begin() -> None:
    """One that ran when the compute ended, and only then comes to its read."""
    ended, result = threading.Event(), list[object]()

    def late() -> None:
        ended.wait(PATIENCE)
        try:
            run_all([lambda: result.append("read")], 1)
        except CancelledError as error:
            result.append(error)

    def fail() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        dask.compute(dask.delayed(late)(), dask.delayed(fail)(), scheduler="threads", num_workers=3)
    ended.set()
    deadline = time.monotonic() + PATIENCE
    while not result and time.monotonic() < deadline:
        time.sleep(0.01)
    assert isinstance(result[0], CancelledError)


def test_nested_computes_and_those_of_threads_leave_nothing_behind(serve: Serve) -> None:
    assets, truth = stack(6)
    serve(assets=assets)
    data = xr.open_dataset(ID, engine="xee_lite", chunks={"time": 1})["B1"]

    def nested(at: int) -> Any:
        return data[at].compute(scheduler="sync").values

    heard: list[str] = []
    with Callback(start=lambda _: heard.append("start"), finish=lambda *_: heard.append("finish")):
        arrays = dask.compute(*[dask.delayed(nested)(at) for at in range(6)], scheduler="threads", num_workers=3)
    np.testing.assert_array_equal(np.stack(arrays), filled(truth, "f4"))
    assert heard == ["start", "finish"], "callbacks of the user's are heard as before"
    with ThreadPoolExecutor(4) as pool:
        for array in pool.map(lambda _: data.compute(scheduler="threads").values, range(4)):
            np.testing.assert_array_equal(array, filled(truth, "f4"))
    with ending_with_compute(), set_options(request_deadline=5):
        np.testing.assert_array_equal(data.values, filled(truth, "f4"))
