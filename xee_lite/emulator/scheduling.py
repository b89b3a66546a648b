"""Scheduling of computations: a few requests compute at a time, and each yields to waiting ones after a while.

If all ran at once, they would evict each other's data from the processor's caches and hold their arrays for as long as
all of them take: forty requests of 32 MiB took twice the time, and 5.9 GB. If each ran to its end, a picture of a
hundred pixels would wait for a composite of a thousand scenes. Who comes new is served before those who have had a
time slice already: a sum waits for no more than the slices that are running, however many long computations there are.
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
NEW_IN_A_ROW = 8
"""New requests that are served before one that goes on, so that those end too while new ones keep coming."""


class _Queues:
    """A queue of small requests and one of large ones, which are served alternately."""

    def __init__(self) -> None:
        self._queues: tuple[deque[threading.Event], deque[threading.Event]] = (deque(), deque())
        self._large_is_next = False

    def __len__(self) -> int:
        return sum(map(len, self._queues))

    def add(self, called: threading.Event, *, large: bool) -> None:
        self._queues[large].append(called)

    def pop(self, *, latest: bool = False) -> threading.Event:
        queue = self._queues[self._large_is_next] or self._queues[not self._large_is_next]
        self._large_is_next = queue is self._queues[False]
        return queue.pop() if latest else queue.popleft()


class ComputeSlots:
    """Slots for computations, with queues of new requests and of those that go on.

    After its time slice a request goes to the end of the queue of its size of those that go on.

    Parameters
    ----------
    slots : int
        How many compute at once.
    seconds : (float, float)
        How long a time slice lasts at least.
    first : float, optional
        How long the first one of a request lasts at least, if that is another time.
    latest : bool
        Whether every second new request that is served is the one that came last: of hundreds that come at once, one
        that comes after them then waits for two of them and not for all.
    """

    def __init__(
        self, slots: int, seconds: tuple[float, float] = SECONDS, first: float | None = None, *, latest: bool = False
    ) -> None:
        self._free = slots
        self._latest = latest
        self._seconds = seconds
        self._first = first
        self._new, self._old = _Queues(), _Queues()
        self._new_in_a_row = 0
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        """How many requests are queued."""
        return len(self._new) + len(self._old)

    @contextmanager
    def hold(self, values: int = 0) -> Iterator[None]:
        """Wait for a slot to make so many pixel values, and hold it while the block runs, except in `pause`.

        Who holds another slot already hands it back for so long.
        """
        outer = _CURRENT.get()
        if outer is not None:
            outer.suspend()
        large = values >= LARGE
        token = _CURRENT.set(_TimeSlice(self, large, self.take(large=large)))
        try:
            yield
        finally:
            _CURRENT.reset(token)
            self.give()
            if outer is not None:
                outer.resume()

    def take(self, *, large: bool, new: bool = True) -> float:
        """Wait for a slot; the end of the time slice, in processor time of the thread."""
        with self._lock:
            called = None if self._free else threading.Event()
            if called is None:
                self._free -= 1
            else:
                (self._new if new else self._old).add(called, large=large)
        if called is not None:
            called.wait()
        slice_ = self._first if new and self._first is not None else self._seconds[large]
        return time.thread_time() + slice_

    def give(self) -> None:
        """Hand the slot to the next request in the queues, or leave it free."""
        with self._lock:
            if self._new and (self._new_in_a_row < NEW_IN_A_ROW or not self._old):
                self._new_in_a_row += 1
                self._new.pop(latest=self._latest and self._new_in_a_row % 2 == 1).set()
            elif self._old:
                self._new_in_a_row = 0
                self._old.pop().set()
            else:
                self._free += 1


COMPUTE_SLOTS = ComputeSlots(max(2, os.cpu_count() or 1))
"""The slots for pixels of this process, whose processors all servers in it share."""

REQUEST_SLOTS = ComputeSlots(4, first=0.005, latest=True)
"""The slots for all else that requests do: more than processors have use for, as a small request waits until one comes
to a pause. Small ones end within their first slice, which tells them from long ones."""


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
        self.suspend()
        self.resume()
        return time.monotonic() - begun

    def suspend(self) -> None:
        """Hand the slot back."""
        self._slots.give()

    def resume(self) -> None:
        """Wait for a slot again, among those that go on."""
        self._end = self._slots.take(large=self._large, new=False)


_CURRENT: ContextVar[_TimeSlice | None] = ContextVar("time_slice", default=None)


def pause() -> float:
    """Yield to other requests if some wait and the time slice is over; the seconds that it took. Hold no lock here."""
    current = _CURRENT.get()
    return 0.0 if current is None else current.pause()
