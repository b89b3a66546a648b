"""Scheduling of computations: a few requests make pixels at a time, and each yields to waiting ones after a while.

If all ran at once, they would evict each other's data from the processor's caches and hold their arrays for as long as
all of them take: forty requests of 32 MiB took twice the time, and 5.9 GB. If each ran to its end, a picture of a
hundred pixels would wait for a composite of a thousand scenes.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGE = 2**20
"""Pixel values from which on a request is a large one."""
SECONDS = (0.1, 0.5)
"""Processor time of a time slice at least, while others wait: of a small request and of a large one. Most requests of
32 MiB end within their first slice, so that few of them hold their arrays at a time."""


class ComputeSlots:
    """Slots for computations, with one queue of small requests and one of large ones, which are served alternately.

    After its time slice a request goes to the end of its queue.

    Parameters
    ----------
    slots : int
        How many compute at once.
    seconds : (float, float)
        How long a time slice lasts at least.
    """

    def __init__(self, slots: int, seconds: tuple[float, float] = SECONDS) -> None:
        self._free = slots
        self._seconds = seconds
        self._queues: tuple[deque[threading.Event], deque[threading.Event]] = (deque(), deque())
        self._large_is_next = False
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        """How many requests are queued."""
        return sum(map(len, self._queues))

    @contextmanager
    def hold(self, values: int = 0) -> Iterator[None]:
        """Wait for a slot to make so many pixel values, and hold it while the block runs, except in `pause`."""
        large = values >= LARGE
        token = _CURRENT.set(_TimeSlice(self, large, self.take(large=large)))
        try:
            yield
        finally:
            _CURRENT.reset(token)
            self.give()

    def take(self, *, large: bool) -> float:
        """Wait for a slot; the end of the time slice, in processor time of the thread."""
        with self._lock:
            called = None if self._free else threading.Event()
            if called is None:
                self._free -= 1
            else:
                self._queues[large].append(called)
        if called is not None:
            called.wait()
        return time.thread_time() + self._seconds[large]

    def give(self) -> None:
        """Hand the slot to the next request in the queues, or leave it free."""
        with self._lock:
            queue = self._queues[self._large_is_next] or self._queues[not self._large_is_next]
            if queue:
                self._large_is_next = queue is self._queues[False]
                queue.popleft().set()
            else:
                self._free += 1


COMPUTE_SLOTS = ComputeSlots(max(2, os.cpu_count() or 1))
"""The slots of this process, whose processors all servers in it share."""


@dataclass(slots=True)
class _TimeSlice:
    """The time slice of the request that the current thread serves."""

    _slots: ComputeSlots
    _large: bool
    _end: float

    def pause(self) -> float:
        if not self._slots.waiting or time.thread_time() < self._end:
            return 0.0
        begun = time.monotonic()
        self._slots.give()
        self._end = self._slots.take(large=self._large)
        return time.monotonic() - begun


_CURRENT: ContextVar[_TimeSlice | None] = ContextVar("time_slice", default=None)


def pause() -> float:
    """Yield to other requests if some wait and the time slice is over; the seconds that it took. Hold no lock here."""
    current = _CURRENT.get()
    return 0.0 if current is None else current.pause()
