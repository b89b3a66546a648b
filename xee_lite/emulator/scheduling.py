"""Whose turn it is: a few requests make pixels at once, and each lets the others in after a moment.

All at once push each other out of the processor's caches and hold their arrays for as long as all of them take: forty
requests of 32 MiB took twice the time, and 5.9 GB. One after the other would let a picture of a hundred pixels wait for
a composite of a thousand scenes.
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
"""Of a processor's time that a turn lasts at least while others wait, of a small request and of a large one: most of
32 MiB end within their first, so that few of them hold their arrays at a time."""


class Turns:
    """Slots, and two lines in front of them, for small requests and for large ones, which send the next one in turn.

    After its turn a request stands at the end of its line anew.

    Parameters
    ----------
    slots : int
        How many compute at once.
    seconds : (float, float)
        How long a turn lasts at least.
    """

    def __init__(self, slots: int, seconds: tuple[float, float] = SECONDS) -> None:
        self._free = slots
        self._seconds = seconds
        self._lines: tuple[deque[threading.Event], deque[threading.Event]] = (deque(), deque())
        self._large_is_next = False
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        """How many stand in line."""
        return sum(map(len, self._lines))

    @contextmanager
    def taken(self, values: int = 0) -> Iterator[None]:
        """Wait for a slot to make so many pixel values, and keep it while the block runs, but for pauses."""
        large = values >= LARGE
        token = _CURRENT.set(_Turn(self, large, self.take(large=large)))
        try:
            yield
        finally:
            _CURRENT.reset(token)
            self.give()

    def take(self, *, large: bool) -> float:
        """Wait for a slot; the end of the turn, by the thread's time."""
        with self._lock:
            called = None if self._free else threading.Event()
            if called is None:
                self._free -= 1
            else:
                self._lines[large].append(called)
        if called is not None:
            called.wait()
        return time.thread_time() + self._seconds[large]

    def give(self) -> None:
        """Hand the slot to the one whose turn it is, or leave it free."""
        with self._lock:
            line = self._lines[self._large_is_next] or self._lines[not self._large_is_next]
            if line:
                self._large_is_next = line is self._lines[False]
                line.popleft().set()
            else:
                self._free += 1


TURNS = Turns(max(2, os.cpu_count() or 1))
"""Of this process, whose processors all servers in it share."""


@dataclass(slots=True)
class _Turn:
    """The turn of the request that the current thread serves."""

    _turns: Turns
    _large: bool
    _end: float

    def pause(self) -> float:
        if not self._turns.waiting or time.thread_time() < self._end:
            return 0.0
        begun = time.monotonic()
        self._turns.give()
        self._end = self._turns.take(large=self._large)
        return time.monotonic() - begun


_CURRENT: ContextVar[_Turn | None] = ContextVar("turn", default=None)


def pause() -> float:
    """Let others in, if they wait and the turn is over; the seconds that it took. Nobody may hold a lock here."""
    turn = _CURRENT.get()
    return 0.0 if turn is None else turn.pause()
