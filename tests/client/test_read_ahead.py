"""Reads ahead of Dask's tasks: what the graph reads and nothing else, each part once, and right whatever happens."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dask
import dask.array as da
import numpy as np
import pytest
import xarray as xr
from affine import Affine
from dask.callbacks import Callback

from tests.client.memory_source import LIMITS, MemoryArray, MemoryReader
from xee_lite import Grid, TransientError, set_options
from xee_lite.read_ahead import ReadAhead
from xee_lite.traffic import computes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from xee_lite.reader import ReadRequest

ROOT = Path(__file__).parents[2]
GRID = Grid("EPSG:32631", Affine(10, 0, 500_000, 0, -10, 5_000_000), (37, 23))
ITEMS = 12


def array() -> MemoryArray:
    values = np.arange(ITEMS * 2 * 37 * 23, dtype=np.float32).reshape(ITEMS, 2, 37, 23)
    values[values % 7 == 3] = np.nan
    return MemoryArray(values, GRID)


def opened(source: MemoryArray, **options: Any) -> xr.Dataset:
    return xr.open_dataset(source, engine="xee_lite", chunks={}, **options)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    yield
    assert not computes._active
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("xee_lite_ahead")]


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Notes of each read whether it was there, or under way, when its task came; replies take some time."""
    found: list[bool] = []
    take, copy = ReadAhead.take, MemoryReader._copy

    def late(self: MemoryReader, *request: Any) -> None:
        time.sleep(0.005)
        copy(self, *request)

    monkeypatch.setattr(MemoryReader, "_copy", late)

    def noting(self: ReadAhead, *read: Any) -> Any:
        taken = take(self, *read)
        found.append(taken is not None)
        return taken

    monkeypatch.setattr(ReadAhead, "take", noting)
    return found


def distinct(asked: list[ReadRequest]) -> set[tuple[Any, ...]]:
    return {(request.items, request.bands, request.window) for request in asked}


COMPUTES: dict[str, Callable[[xr.Dataset], Any]] = {
    "all": lambda ds: ds.compute(),
    "one": lambda ds: ds.a.compute(),
    "mean": lambda ds: ds.a.mean("time").compute(),
    "index": lambda ds: ((ds.a - ds.b) / (ds.a + ds.b)).max("time").compute(),
    "part": lambda ds: ds.b[3:7, ::2, 5:20].compute(),
    "scattered": lambda ds: ds.b.isel(time=[0, 9], y=[36, 2, 2]).compute(),
    "points": lambda ds: ds.a.isel(
        y=xr.DataArray([1, 36, 20], dims="p"), x=xr.DataArray([22, 0, 3], dims="p")
    ).compute(),
    "twice": lambda ds: xr.concat([ds.a, ds.a], "again").sum("again").compute(),
    "rechunked": lambda ds: ds.a.chunk(time=-1, y=5).median("time").compute(),
    "layers": lambda ds: sum((ds.a + number for number in range(15)), ds.b).mean().compute(),
}


@pytest.mark.parametrize("fuse", [True, False])
@pytest.mark.parametrize("name", COMPUTES)
def test_the_same_values_by_the_same_requests(name: str, fuse: bool, ahead: list[bool]) -> None:
    compute = COMPUTES[name]
    with dask.config.set({"scheduler": "threads", "num_workers": 2, "optimization.fuse.active": fuse}):
        before, after = array(), array()
        with set_options(read_ahead_bytes=0):
            expected = compute(opened(before))
        assert not any(ahead)
        xr.testing.assert_identical(compute(opened(after)), expected)
    assert distinct(after.asked) == distinct(before.asked)
    assert len(after.asked) == len(before.asked), "nothing is read twice, and nothing that no task reads"
    assert any(ahead) or len(after.asked) < 12


def test_a_graph_as_it_was_built_is_read_ahead_too(ahead: list[bool]) -> None:
    source = array()
    dataset = opened(source)
    with dask.config.set(scheduler="threads", num_workers=2):
        mean, greatest = dask.compute(dataset.a.mean(), dataset.b.max(), optimize_graph=False)
    assert mean == dataset.a.mean()
    assert greatest == dataset.b.max()
    assert sum(ahead) > 10


def test_no_more_bytes_are_ahead_than_the_option_says(monkeypatch: pytest.MonkeyPatch) -> None:
    levels: list[int] = []
    next_read = ReadAhead._next

    def watched(self: ReadAhead) -> Any:
        found = next_read(self)
        levels.append(self._bytes)
        return found

    monkeypatch.setattr(ReadAhead, "_next", watched)
    dataset = opened(array())
    with dask.config.set(scheduler="threads", num_workers=2), set_options(read_ahead_bytes=30_000):
        np.testing.assert_array_equal(dataset.a.compute(), array().values[:, 0])
    assert max(levels) <= 30_000
    assert len(levels) > LIMITS.concurrent_requests


def test_one_read_that_is_larger_than_the_option_is_made_alone() -> None:
    dataset = opened(array())
    with dask.config.set(scheduler="threads", num_workers=2), set_options(read_ahead_bytes=1):
        np.testing.assert_array_equal(dataset.a.compute(), array().values[:, 0])


def test_an_error_ends_the_compute_and_the_next_one_works() -> None:
    source = array()
    dataset = opened(source)
    source.stumbles.extend([TransientError("gone")] * 1000)
    with dask.config.set(scheduler="threads", num_workers=2), pytest.raises(TransientError, match="gone"):
        dataset.a.compute()
    source.stumbles.clear()
    np.testing.assert_array_equal(dataset.a.compute(), source.values[:, 0])


def test_a_callback_that_raises_ends_the_compute() -> None:
    class Raising(Callback):  # type: ignore[misc] # Dask's, of which mypy sees nothing
        def _posttask(self, *_: object) -> None:
            raise ZeroDivisionError

    dataset = opened(array())
    with pytest.raises(ZeroDivisionError), Raising():
        dataset.a.compute()
    np.testing.assert_array_equal(dataset.b.compute(), array().values[:, 1])


def test_two_computes_at_once() -> None:
    dataset = opened(array())

    def compute(band: str) -> Any:
        return dataset[band].compute(scheduler="threads", num_workers=2).values

    for _ in range(10):
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(compute, "abab"))
        np.testing.assert_array_equal(found, np.stack([array().values[:, number] for number in (0, 1, 0, 1)]))


def test_a_compute_inside_a_compute() -> None:
    dataset = opened(array())

    def inner(block: Any) -> Any:
        return block + dataset.b[:1].mean().compute(scheduler="synchronous").values

    outer = dataset.a.copy(data=da.map_blocks(inner, dataset.a.data, dtype="f4"))
    expected = array().values[:, 0] + np.nanmean(array().values[:1, 1], dtype="f4")
    np.testing.assert_allclose(outer.compute(scheduler="threads", num_workers=2), expected, rtol=1e-6)


def test_other_graphs_and_schedulers_are_left_alone(ahead: list[bool]) -> None:
    dataset = opened(array())
    assert da.ones(100, chunks=10).sum().compute() == 100
    np.testing.assert_array_equal(dataset.a.compute(scheduler="synchronous"), array().values[:, 0])
    assert any(ahead), "one thread waits as well"
    ahead.clear()
    np.testing.assert_array_equal(dataset.a[:2].compute(scheduler="processes", num_workers=1), array().values[:2, 0])
    assert not ahead, "the tasks ran elsewhere"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
def test_a_child_that_is_forked_in_the_middle_reads_for_itself() -> None:
    dataset, codes = opened(array()), []

    def fork(block: Any) -> Any:
        child = os.fork()
        if child == 0:
            right = np.array_equal(dataset.b[0].compute(scheduler="synchronous"), array().values[0, 1], equal_nan=True)
            os._exit(0 if right else 1)
        codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        return block

    forked = dataset.a[:1].copy(
        data=da.map_blocks(fork, dataset.a.data[:1], dtype="f4", meta=np.empty((0, 0, 0), "f4"))
    )
    np.testing.assert_array_equal(forked.compute(scheduler="threads", num_workers=2), array().values[:1, 0])
    assert codes
    assert set(codes) == {0}


INTERRUPTED = """
import os, signal, threading
import dask
from tests.client.test_read_ahead import array, opened
from tests.client.memory_source import MemoryReader

def slow(self, request, out):
    from xee_lite.traffic.cancellation import pause
    pause(3600)

MemoryReader._copy = slow
dataset = opened(array())
threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    dataset.a.compute(scheduler="threads", num_workers=2)
except KeyboardInterrupt:
    print("interrupted", sum(thread.name.startswith("xee_lite_ahead") for thread in threading.enumerate()))
"""


def test_ctrl_c_ends_what_was_started_ahead() -> None:
    command = [sys.executable, "-c", INTERRUPTED]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 - the interpreter itself
    assert done.stdout == "interrupted 0\n", done.stderr
