"""Reads that are started before Dask gets to their tasks, so that its few threads do not wait for one after the other.

Dask's own schedulers run as many tasks at once as there are cores, while a service answers some forty requests at once.
When a graph is about to be computed, Dask tells its callbacks so. The first task of that compute that reads one of our
arrays, in this process, starts threads that take the graph's ready tasks in Dask's own order, find their reads without
running them, and make these. A task then takes what is there, or waits for what is under way; what has not been started
it reads itself. So nothing is read that no task of the graph reads, and a graph that is not understood is computed as
ever.
"""

from __future__ import annotations

import os
import threading
from collections import Counter, deque
from contextlib import suppress
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np

from .options import OPTIONS
from .traffic.cancellation import entered
from .traffic.concurrency import one_by_one, runs_beside_others

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dask._task_spec import GraphNode
    from xarray.core.indexing import ExplicitIndexer

    from .planning.limits import Limits
    from .traffic.cancellation import Scope
    from .traffic.computes import Compute

    Pixels = np.ndarray[Any, np.dtype[np.generic]]
    Graph = Mapping[object, GraphNode]
    ReadKey = tuple[object, ...]


class Readable(Protocol):
    """An array that can be read ahead."""

    @property
    def limits(self) -> Limits:
        """Of its service."""
        ...

    def read(self, key: ExplicitIndexer) -> Pixels:
        """Read a part now."""
        ...

    def bytes_of(self, key: ExplicitIndexer) -> int:
        """Bytes of memory that this takes."""
        ...

    def in_one_request(self, first: Read, others: Iterable[Read]) -> list[Read]:
        """A read and those of some others, as the same part of other bands, that fit into one request with it."""
        ...

    def read_with(self, reads: list[Read]) -> list[Pixels]:
        """Make reads that fit into one request."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """A part of an array that a task will ask for."""

    pixels: Readable
    key: ExplicitIndexer


_noted: ContextVar[list[Read] | None] = ContextVar("noted", default=None)


def is_noted(pixels: Readable, key: ExplicitIndexer) -> bool:
    """Whether a read is only looked for, and has been noted instead."""
    noted = _noted.get()
    if noted is not None:
        noted.append(Read(pixels, key))
    return noted is not None


def noted_reads(array: Any, index: tuple[Any, ...]) -> list[Read]:  # noqa: ANN401 - whatever stands in a graph
    """What indexing an array reads of arrays of ours; nothing is read."""
    noted: list[Read] = []
    token = _noted.set(noted)
    try:
        np.asarray(array[tuple(part for part in index if part is not None)])
    finally:
        _noted.reset(token)
    return noted


_LOOK_AHEAD = 64
"""Reads among which those are looked for that share a request: bands of one window stand close together in a graph."""


@dataclass(slots=True, eq=False)
class _Ahead:
    """A read that was started ahead of its task."""

    bytes: int
    done: threading.Event = field(default_factory=threading.Event)
    value: Pixels | None = None
    error: BaseException | None = None


class ReadAhead:
    """The reads of one compute.

    Parameters
    ----------
    scope : Scope
        That is cancelled when the compute is over.
    graph : mapping of key to GraphNode
        As Dask computes it.
    ready : list of keys
        Its tasks that run, and those that wait for no other, in the order in which Dask runs them.
    values : mapping of key to object
        Of the nodes that are data.
    """

    def __init__(self, scope: Scope, graph: Graph, ready: list[object], values: Mapping[object, object]) -> None:
        self._reads = self._planned(graph, ready, values)
        self._upcoming: deque[Read] = deque()
        self._planning = threading.Lock()
        self._state = threading.Condition()
        self._ahead: dict[ReadKey, deque[_Ahead]] = {}
        self._bytes = 0
        self._own: Counter[ReadKey] = Counter()
        self._scope = scope
        self._over = False
        self._threads: list[threading.Thread] = []

    def read(self, pixels: Readable, key: ExplicitIndexer) -> Pixels:
        """Read a part of an array for a task, or take it where it was read ahead.

        A task that reads itself takes along what shares its request.

        Raises
        ------
        Exception
            What the read raised, also one that was started ahead.
        """
        ahead = self.take(pixels, key)
        if ahead is None:
            started = self._claim(Read(pixels, key))
            self._start(pixels)
            if not isinstance(started, _Ahead):
                return self._make(started)
            ahead = started
        ahead.done.wait()
        with self._state:
            self._bytes -= ahead.bytes
            self._state.notify_all()
        if ahead.error is not None:
            raise ahead.error
        return cast("Pixels", ahead.value)

    def take(self, pixels: Readable, key: ExplicitIndexer) -> _Ahead | None:
        """The read that was started ahead for a task; None where there is none."""
        with self._state:
            waiting = self._ahead.get(read_key(pixels, key))
            return waiting.popleft() if waiting else None

    def _claim(self, own: Read) -> _Ahead | list[tuple[Read, _Ahead]]:
        """What a task makes itself: its read, and those that share its request, as far as there is room for them.

        Or the read that was started ahead meanwhile.
        """
        name = read_key(own.pixels, own.key)
        with self._planning:
            self._look_ahead()
            planned = next((read for read in self._upcoming if read_key(read.pixels, read.key) == name), None)
            if planned is not None:
                self._upcoming.remove(planned)
            else:
                with self._state:
                    waiting = self._ahead.get(name)
                    if waiting:
                        return waiting.popleft()
                    self._own[name] += 1  # it may be planned later, and is then not made again
            started = [(own, _Ahead(0))]
            for read in own.pixels.in_one_request(own, self._upcoming)[1:] if OPTIONS.read_ahead_bytes else ():
                ahead = self._begin(read, wait=False)
                if ahead is None:
                    break
                self._upcoming.remove(read)
                started.append((read, ahead))
        return started

    def _make(self, started: list[tuple[Read, _Ahead]]) -> Pixels:
        """Make reads that share a request; gives the pixels of the first one."""
        reads = [read for read, _ in started]
        try:
            values = reads[0].pixels.read_with(reads)
        except BaseException as error:
            for _, ahead in started:
                ahead.error = error
            raise
        else:
            for (_, ahead), value in zip(started, values, strict=True):
                ahead.value = value
            return values[0]
        finally:
            for _, ahead in started:
                ahead.done.set()

    def finish(self) -> None:
        """The compute is over, and what is under way is cancelled with it: wait until no thread is left."""
        with self._state:
            self._over = True
            self._state.notify_all()
        for thread in self._threads:
            thread.join()

    def _start(self, pixels: Readable) -> None:
        """Start the threads when the first task reads, which tells that the tasks run in this process."""
        with self._state:
            if self._threads or self._over or not OPTIONS.read_ahead_bytes or runs_beside_others():
                return
            count = OPTIONS.concurrency(pixels.limits.concurrent_requests)
            self._threads = [
                threading.Thread(target=copy_context().run, args=(self._work,), name=f"xee_lite_ahead_{n}", daemon=True)
                for n in range(count)
            ]
            for thread in self._threads:
                thread.start()

    def _work(self) -> None:
        with entered(self._scope), one_by_one():
            while started := self._next():
                with suppress(BaseException):  # which the tasks raise that take them
                    self._make(started)

    def _next(self) -> list[tuple[Read, _Ahead]]:
        """The next read that no task makes itself, with those that share its request; empty when there is none."""
        while True:
            with self._planning:
                self._look_ahead()
                if not self._upcoming:
                    return []
                first = self._upcoming.popleft()
                group = first.pixels.in_one_request(first, self._upcoming)
                for read in group[1:]:
                    self._upcoming.remove(read)
            # There may be no room for a while, in which tasks go on planning for themselves.
            started = [(read, ahead) for read in group if (ahead := self._begin(read, wait=True)) is not None]
            if started or self._over:
                return started

    def _look_ahead(self) -> None:
        """Find the next few reads."""
        self._upcoming.extend(islice(self._reads, _LOOK_AHEAD - len(self._upcoming)))

    def _begin(self, read: Read, *, wait: bool) -> _Ahead | None:
        """Note that a read begins once there is room; None if there is none, its task makes it, or all is over."""
        name, size = read_key(read.pixels, read.key), read.pixels.bytes_of(read.key)
        with self._state:
            while not self._over and self._bytes and self._bytes + size > OPTIONS.read_ahead_bytes:
                if not wait:
                    return None
                self._state.wait()
            if self._over:
                return None
            if self._own[name]:
                self._own[name] -= 1
                return None
            ahead = _Ahead(size)
            self._bytes += size
            self._ahead.setdefault(name, deque()).append(ahead)
        return ahead

    def _planned(self, graph: Graph, ready: list[object], values: Mapping[object, object]) -> Iterator[Read]:
        from .graph_reads import reads_of  # noqa: PLC0415 - which imports Dask

        for key in ready:
            try:
                found = [noted_reads(*read) for read in reads_of(graph[key], values.__getitem__)]
            except Exception:  # noqa: BLE001, S112 - a task that is not understood reads for itself
                continue
            yield from chain.from_iterable(found)


def read_key(pixels: Readable, key: ExplicitIndexer) -> ReadKey:
    """An array itself and what an index is made of, such that only reads of the same pixels are equal."""
    return pixels, *map(_hashable, key.tuple)


def _hashable(part: Any) -> object:  # noqa: ANN401 - whatever NumPy indexes by
    if isinstance(part, slice):
        return part.start, part.stop, part.step
    if not isinstance(part, np.ndarray):
        return part
    return part.shape, part.dtype.str, blake2b(part.tobytes()).digest()  # the indices themselves are not kept


_running: dict[Compute, ReadAhead] = {}
_lock = threading.Lock()


def read_ahead_of(compute: Compute) -> ReadAhead:
    """What is read ahead for a compute, from the first read of one of its tasks on."""
    with _lock:
        found = _running.get(compute)
        if found is None:
            state = compute.state
            tasks = [*state.get("running", ()), *reversed(state.get("ready", ()))]
            found = _running[compute] = ReadAhead(compute, compute.graph, tasks, state.get("cache", {}))
            compute.at_end(partial(_finish, compute))
    return found


def _finish(compute: Compute) -> None:
    with _lock:
        found = _running.pop(compute, None)
    if found is not None:
        found.finish()


def _renew() -> None:
    """A forked child has none of its parent's threads, and runs none of its parent's computes."""
    global _lock, _running
    _lock, _running = threading.Lock(), {}


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
