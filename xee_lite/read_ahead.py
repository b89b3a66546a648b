"""Reads that are started before Dask runs their tasks, so that its few threads do not wait for one after the other.

Dask's own schedulers run as many tasks at once as there are cores, while a service answers some forty requests at once.
Dask's callbacks tell when a graph is about to be computed. The first task of that compute that reads an array of this
package, in this process, starts threads that take the graph's ready tasks in Dask's own order, find their reads without
running them, and make these. A task then takes the pixels that are there, or waits for a read that is under way, or
makes its read itself if it has not been started. So nothing is read that no task of the graph reads, and a graph that
is not understood is computed as without this module.
"""

from __future__ import annotations

import os
import threading
from collections import Counter, deque
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, cast

from .joint_reads import in_one_request, read_together
from .noted_reads import Read, noted_reads, read_key
from .options import OPTIONS
from .traffic.cancellation import entered
from .traffic.concurrency import one_by_one, runs_beside_others

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dask._task_spec import GraphNode
    from xarray.core.indexing import ExplicitIndexer

    from .noted_reads import ReadKey
    from .pixel_array import PixelArray, Pixels
    from .traffic.cancellation import Scope
    from .traffic.computes import Compute

    Graph = Mapping[object, GraphNode]

_LOOK_AHEAD = 64
"""Planned reads that are searched for those that share a request; chosen: bands of one window are near in a graph."""


@dataclass(slots=True, eq=False)
class _Started:
    """A read that is under way or done, and that its task has not taken yet."""

    bytes: int
    done: threading.Event = field(default_factory=threading.Event)
    value: Pixels | None = None
    error: BaseException | None = None


class ReadAhead:
    """The reads of one compute: planned in the order of its tasks, and made by threads before the tasks need them.

    Parameters
    ----------
    scope : Scope
        Is cancelled when the compute is over.
    graph : mapping of key to GraphNode
        As Dask computes it.
    ready : list of keys
        Its tasks that run, and those that wait for no other, in the order in which Dask runs them.
    values : mapping of key to object
        Values of the nodes of the graph that are data.
    """

    def __init__(self, scope: Scope, graph: Graph, ready: list[object], values: Mapping[object, object]) -> None:
        self._scope = scope
        self._threads: list[threading.Thread] = []
        # What is planned, under a lock that no thread waits for while it holds the other one.
        self._planning = threading.Lock()
        self._reads = self._planned(graph, ready, values)
        self._upcoming: deque[Read] = deque()
        # What was started, and the reads that tasks make themselves although they may be planned later.
        self._state = threading.Condition()
        self._started: dict[ReadKey, deque[_Started]] = {}
        self._bytes = 0
        self._left_to_tasks: Counter[ReadKey] = Counter()
        self._over = False

    def read(self, pixels: PixelArray, key: ExplicitIndexer) -> Pixels:
        """Read a part of an array for a task, or take it where it was read ahead.

        A task that makes its read itself makes those with it that share its request.

        Raises
        ------
        Exception
            What the read raised, also one that was started ahead.
        """
        started = self.take(pixels, key)
        if started is None:
            claimed = self._claim(Read(pixels, key))
            self._start(pixels)
            if not isinstance(claimed, _Started):
                return self._make(claimed)
            started = claimed
        started.done.wait()
        with self._state:
            self._bytes -= started.bytes
            self._state.notify_all()
        if started.error is not None:
            raise started.error
        return cast("Pixels", started.value)

    def take(self, pixels: PixelArray, key: ExplicitIndexer) -> _Started | None:
        """The read that was started ahead for a task; None where there is none."""
        with self._state:
            return self._taken(read_key(pixels, key))

    def _taken(self, name: ReadKey) -> _Started | None:
        waiting = self._started.get(name)
        return waiting.popleft() if waiting else None

    def _claim(self, own: Read) -> _Started | list[tuple[Read, _Started]]:
        """The reads that a task makes: its own, and those that share its request, as far as there is room for them.

        Or its read, where that was started since `take`.
        """
        name = read_key(own.pixels, own.key)
        with self._planning:
            self._look_ahead()
            planned = next((read for read in self._upcoming if read_key(read.pixels, read.key) == name), None)
            if planned is not None:
                self._upcoming.remove(planned)
            else:
                with self._state:
                    if (found := self._taken(name)) is not None:
                        return found
                    self._left_to_tasks[name] += 1  # it may be planned later, and is then not made again
            claimed = [(own, _Started(0))]
            for read in in_one_request(own, self._upcoming)[1:] if OPTIONS.read_ahead_bytes else ():
                begun = self._begin(read, wait=False)
                if begun is None:
                    break
                self._upcoming.remove(read)
                claimed.append((read, begun))
        return claimed

    def _make(self, reads: list[tuple[Read, _Started]]) -> Pixels:
        """Make reads that share a request; gives the pixels of the first one."""
        try:
            found = read_together([read for read, _ in reads])
        except BaseException as error:
            for _, started in reads:
                started.error = error
            raise
        else:
            for read, started in reads:
                started.value = found[read_key(read.pixels, read.key)]
            return cast("Pixels", reads[0][1].value)
        finally:
            for _, started in reads:
                started.done.set()

    def finish(self) -> None:
        """Wait until no thread is left: the compute is over, and its scope cancels the reads that are under way."""
        with self._state:
            self._over = True
            self._state.notify_all()
        for thread in self._threads:
            thread.join()

    def _start(self, pixels: PixelArray) -> None:
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
            while reads := self._next():
                with suppress(BaseException):  # the tasks that take these reads raise it
                    self._make(reads)

    def _next(self) -> list[tuple[Read, _Started]]:
        """The next planned read that no task makes, with those that share its request; empty when there is none."""
        while True:
            with self._planning:
                self._look_ahead()
                if not self._upcoming:
                    return []
                first = self._upcoming.popleft()
                group = in_one_request(first, self._upcoming)
                for read in group[1:]:
                    self._upcoming.remove(read)
            # Outside the lock: tasks go on planning for themselves while there is no room.
            reads = [(read, started) for read in group if (started := self._begin(read, wait=True)) is not None]
            if reads or self._over:
                return reads

    def _look_ahead(self) -> None:
        """Plan the next few reads."""
        self._upcoming.extend(islice(self._reads, _LOOK_AHEAD - len(self._upcoming)))

    def _begin(self, read: Read, *, wait: bool) -> _Started | None:
        """Note that a read begins; None if there is no room, its task makes it, or the compute is over."""
        name, size = read_key(read.pixels, read.key), read.pixels.bytes_of(read.key)
        with self._state:
            while not self._over and self._bytes and self._bytes + size > OPTIONS.read_ahead_bytes:
                if not wait:
                    return None
                self._state.wait()
            if self._over:
                return None
            if self._left_to_tasks[name]:
                self._left_to_tasks[name] -= 1
                return None
            started = _Started(size)
            self._bytes += size
            self._started.setdefault(name, deque()).append(started)
        return started

    def _planned(self, graph: Graph, ready: list[object], values: Mapping[object, object]) -> Iterator[Read]:
        """The reads of the ready tasks, found one task at a time."""
        from .graph_reads import reads_of  # noqa: PLC0415 - which imports Dask

        for key in ready:
            try:
                reads = [noted_reads(*read) for read in reads_of(graph[key], values.__getitem__)]
            except Exception:  # noqa: BLE001, S112 - a task that is not understood reads for itself
                continue
            yield from chain.from_iterable(reads)


_running: dict[Compute, ReadAhead] = {}
_lock = threading.Lock()


def read_ahead_of(compute: Compute) -> ReadAhead:
    """The reads of a compute, which begin to be made ahead with the first read of one of its tasks."""
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
