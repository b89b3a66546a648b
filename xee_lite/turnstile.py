"""Turns: how many at once, and how many a second."""

from __future__ import annotations

from collections import deque
from threading import Event, Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


class Slots:
    """A number of places, given out first come, first served.

    A ``threading.Semaphore`` would do but for two things: it wakes whom it likes, so that one thread may wait for
    ever among many, and it can not change its size. Use as a context manager.

    Parameters
    ----------
    capacity : int
        Places.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._taken = 0
        self._queue: deque[Event] = deque()
        self._lock = Lock()

    @property
    def capacity(self) -> int:
        """Places there are."""
        return self._capacity

    def resize(self, capacity: int) -> None:
        """Change the number of places; who holds one that no longer exists keeps it until leaving."""
        with self._lock:
            self._capacity = capacity
            self._admit()

    def __enter__(self) -> None:
        turn = Event()
        with self._lock:
            self._queue.append(turn)
            self._admit()
        try:
            turn.wait()
        except BaseException:
            # An interrupted wait (Ctrl-C) leaves no ghost in the queue, nor takes a place along.
            with self._lock:
                if turn.is_set():
                    self._leave()
                else:
                    self._queue.remove(turn)
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._lock:
            self._leave()

    def _leave(self) -> None:
        self._taken -= 1
        self._admit()

    def _admit(self) -> None:
        while self._queue and self._taken < self._capacity:
            self._taken += 1
            self._queue.popleft().set()


class Pace:
    """At most `rate` starts within any one second, and as many of them at once as may be.

    Parameters
    ----------
    rate : float
        Starts per second; 0.5 is one every two seconds.
    clock : callable
        Seconds that never run back.
    """

    def __init__(self, rate: float, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._starts: deque[float] = deque()
        self.change(rate)

    def change(self, rate: float) -> None:
        """Go on at another rate."""
        with self._lock:
            self.rate = rate
            self._starts = deque(self._starts, maxlen=max(1, int(rate)))

    def reserve(self) -> float:
        """Take the next start there is; returns how many seconds from now that is."""
        with self._lock:
            now = self._clock()
            burst = max(1, int(self.rate))
            start = max(now, self._starts[0] + burst / self.rate) if len(self._starts) == burst else now
            self._starts.append(start)
            return start - now
