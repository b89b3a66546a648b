"""Reads that are interrupted, fail in one part, or are awaited: they end at once, and leave no thread."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xarray as xr

from tests.client.scenes import ID, SHAPE, filled, stack
from xee_lite import PermanentError, set_options
from xee_lite.traffic.cancellation import CancelledError, Scope, current_scope, new_scope, pause
from xee_lite.traffic.concurrency import run_all
from xee_lite.traffic.events import subscribe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.client.conftest import Servers
    from tests.client.scenes import Serve

ROOT = Path(__file__).parents[3]
PATIENCE = 20.0


@pytest.fixture(autouse=True)
def no_thread_stays(servers: Servers) -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    servers.close()
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE)
        assert not thread.is_alive(), f"{thread.name} is left"


def test_a_scope_wakes_who_waits_within_it_and_those_who_come_too_late() -> None:
    scope, woken = Scope(), threading.Event()
    with scope.waking(woken.set):
        assert not woken.is_set()
        scope.cancel()
        assert woken.is_set()
    late = threading.Event()
    with scope.waking(late.set):
        assert late.is_set()
    with pytest.raises(CancelledError):
        scope.check()


def test_what_left_a_scope_is_not_woken() -> None:
    scope, woken = Scope(), threading.Event()
    with scope.waking(woken.set):
        pass
    scope.cancel()
    assert not woken.is_set()


def test_an_inner_read_ends_with_the_outer_one_and_not_the_other_way_round() -> None:
    with new_scope() as outer, new_scope() as inner:
        outer.cancel()
        assert inner.cancelled
    with new_scope() as outer, new_scope() as inner:
        inner.cancel()
        assert not outer.cancelled
    assert not current_scope().cancelled


def test_the_first_failure_ends_the_others_and_is_the_one_that_is_raised() -> None:
    def fail() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        run_all([lambda: pause(3600), fail, lambda: pause(3600)], 40)


def test_what_has_not_begun_when_one_fails_never_begins() -> None:
    begun: list[int] = []

    def task(number: int) -> None:
        begun.append(number)
        raise ValueError(f"broken {number}")

    with pytest.raises(ValueError, match="broken"):
        run_all([partial(task, number) for number in range(200)], 2)
    assert len(begun) < 200


def test_a_thread_that_was_just_being_started_is_not_left_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C between the start of a thread and its being noted, which no signal hits on purpose."""
    start, begun = threading.Thread.start, []

    def interrupted(thread: threading.Thread) -> None:
        start(thread)
        begun.append(thread)
        if len(begun) == 3:
            raise KeyboardInterrupt

    def end_after(seconds: float) -> None:
        try:
            pause(3600)
        finally:
            threading.Event().wait(seconds)

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_all([partial(end_after, seconds) for seconds in (0, 0, 0.5, 0, 0)], 40)
    assert len(begun) == 3
    assert not any(thread.is_alive() for thread in begun)


def test_a_failed_request_cancels_the_rest_of_its_read(serve: Serve) -> None:
    assets, _ = stack(60)
    earth = serve(assets=assets)
    array = xr.open_dataset(ID, engine="xee_lite", request_bytes=5 * np.prod(SHAPE).item())["B1"]
    earth.requests.clear()

    def refuse(_: Any) -> None:
        raise PermanentError("no more of this")

    stop = subscribe(refuse)
    try:
        with set_options(max_concurrent_requests=2), pytest.raises(PermanentError):
            array.load()
    finally:
        stop()
    assert len(earth.requests) < 10


def test_an_awaited_read_is_the_same_read(serve: Serve) -> None:
    assets, truth = stack(7)
    serve(assets=assets)
    dataset = xr.open_dataset(ID, engine="xee_lite", request_bytes=5 * np.prod(SHAPE).item())
    loaded = asyncio.run(dataset.isel(time=slice(None, None, 2)).load_async())
    np.testing.assert_array_equal(loaded["B1"].values, filled(truth, "f4")[::2])
    points = {"y": xr.Variable("p", [1, 20, 7]), "x": xr.Variable("p", [30, 0, 5])}
    loaded = asyncio.run(dataset.isel(points).load_async())
    np.testing.assert_array_equal(loaded["B1"].values, filled(truth, "f4")[:, [1, 20, 7], [30, 0, 5]])


def test_reads_are_awaited_side_by_side(serve: Serve) -> None:
    """Twelve reads of one request each wait for each other: none is held back by the number of cores."""
    assets, truth = stack(12)
    serve(assets=assets)
    array = xr.open_dataset(ID, engine="xee_lite", cache=False)["B1"]
    meeting = threading.Barrier(12, timeout=PATIENCE)

    def meet(event: Any) -> None:
        if type(event).__name__ == "Started":
            meeting.wait()

    async def read_all() -> list[xr.DataArray]:
        return await asyncio.gather(*(array[place].load_async() for place in range(12)))

    stop = subscribe(meet)
    try:
        for place, loaded in enumerate(asyncio.run(read_all())):
            np.testing.assert_array_equal(loaded.values, filled(truth[place], "f4"))
    finally:
        stop()


SCRIPT = """
import os, signal, sys, threading
import xarray as xr
from tests.client.scenes import ID, stack
from xee_lite import emulator
from xee_lite.traffic.events import subscribe

assets, _ = stack(30)
faults = emulator.Faults(latency=emulator.Latency(seconds=3600))
earth = emulator.start(assets=assets, faults=faults)
earth.initialize()
array = xr.open_dataset(ID, engine="xee_lite", request_bytes=4000)["B1"]
subscribe(lambda event: os.write(1, b"asking\\n"))
signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite that a shell runs in the background ignores it
try:
    array.isel(time=slice(int(sys.argv[1]))).load()
except KeyboardInterrupt:
    # The local Earth Engine lives in this process too, and has threads of its own.
    left = [thread.name for thread in threading.enumerate() if thread.name.startswith("xee_lite")]
    print("interrupted", left, flush=True)
earth.stop()
"""


@pytest.mark.parametrize("images", [1, 30], ids=["one request", "many at once"])
def test_ctrl_c_ends_a_read_at_once_and_leaves_no_thread(images: int) -> None:
    """The service would answer in an hour."""
    command = [sys.executable, "-c", SCRIPT, str(images)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own script
        assert process.stdout is not None
        # All requests are under way, and no thread is just being started, which Python can not be interrupted in.
        assert [process.stdout.readline() for _ in range(images)] == ["asking\n"] * images
        process.send_signal(signal.SIGINT)
        rest = process.stdout.readlines()
        assert process.wait(PATIENCE) == 0
    assert rest == ["interrupted []\n"]


def test_nothing_is_woken_that_has_ended_meanwhile() -> None:
    """A connection whose request had ended was hung up on in the middle of the next one: HTTP 400, half a request."""
    scope, slow, inside, told = Scope(), threading.Event(), threading.Event(), list[str]()

    def wait() -> None:
        with scope.waking(lambda: told.append("woken")):
            inside.set()
            while not scope.cancelled:
                pause(0.001)
        told.append("left")

    thread = threading.Thread(target=wait)

    def come_late() -> None:
        slow.wait(0.2)

    with scope.waking(come_late):  # by which the canceller comes to the other one late
        thread.start()
        inside.wait(PATIENCE)
        scope.cancel()
    thread.join(PATIENCE)
    assert told == ["woken", "left"]
