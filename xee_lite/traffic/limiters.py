"""Limiters of requests: how many run at once, and how many start within a second."""

from __future__ import annotations

from collections import deque
from threading import Event, Lock
from typing import TYPE_CHECKING, Protocol

from .cancellation import current_scope

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


class Limiter(Protocol):
    """A context manager around each attempt, which is entered when the attempt may be sent.

    `AdaptiveLimiter` is the one of a process; a cluster may hand in one that counts over all of its workers.
    """

    @property
    def cuts(self) -> int:
        """How often the limit was lowered; a call notes it at its start, for `narrow`."""
        ...

    def widen(self) -> None:
        """Note that a call succeeded, so that more may run at once."""
        ...

    def narrow(self, cuts: int) -> None:
        """Note that a call was refused for the quota, which had started after so many cuts."""
        ...

    def restart(self, slots: int) -> None:
        """Go on with so few at once, as after refusals; successful calls raise it again."""
        ...

    def resize(self, capacity: int) -> None:
        """Change how many may run at once at most."""
        ...

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...


class AdaptiveLimiter:
    """A number of slots, given out first come, first served.

    A ``threading.Semaphore`` wakes any of the waiting threads, so that one among many may wait for ever, and it can not
    change its size.

    How many slots are open follows the service, as TCP's congestion control does: one more after as many successful
    calls as there are slots (additive increase), half as many after a refusal (multiplicative decrease).

    Parameters
    ----------
    capacity : int
        Slots at most.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._open = float(capacity)
        self._cuts = 0
        self._taken = 0
        self._queue: deque[Event] = deque()
        self._lock = Lock()

    @property
    def capacity(self) -> int:
        """Slots at most."""
        return self._capacity

    @property
    def open(self) -> int:
        """Slots that are given out now."""
        return int(self._open)

    @property
    def cuts(self) -> int:
        """How often their number was lowered; a call notes it at its start, for `narrow`."""
        return self._cuts

    def resize(self, capacity: int) -> None:
        """Change the number of slots; calls that run beyond it go on."""
        with self._lock:
            self._capacity = capacity
            self._open = float(capacity)
            self._admit()

    def widen(self) -> None:
        """Note that a call succeeded, which opens a part of a slot more."""
        with self._lock:
            self._open = min(float(self._capacity), self._open + 1 / self._open)
            self._admit()

    def narrow(self, cuts: int) -> None:
        """Halve the slots after a refusal, once for all calls that started before the last cut."""
        with self._lock:
            if cuts == self._cuts:
                self._cuts += 1
                self._open = max(1.0, self._open / 2)

    def restart(self, slots: int) -> None:
        """Go on with so few slots open; successful calls open more."""
        with self._lock:
            self._cuts += 1
            self._open = min(self._open, float(slots))

    def __enter__(self) -> None:
        turn = Event()
        with self._lock:
            self._queue.append(turn)
            self._admit()
        scope = current_scope()
        try:
            with scope.waking(turn.set):
                turn.wait()
            scope.check()
        except BaseException:
            # A wait that was interrupted (Ctrl-C) or cancelled must not stay in the queue, or keep its slot.
            with self._lock:
                if turn in self._queue:
                    self._queue.remove(turn)
                else:
                    self._leave()
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
        while self._queue and self._taken < int(self._open):
            self._taken += 1
            self._queue.popleft().set()


class RateLimiter:
    """At most `rate` starts within any one second; all of them may be at once.

    Parameters
    ----------
    rate : float
        Starts per second; 0.5 is one every two seconds.
    clock : callable
        Seconds, as ``time.monotonic`` gives them.
    """

    def __init__(self, rate: float, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._starts: deque[float] = deque()
        self.change(rate)

    def change(self, rate: float) -> None:
        """Change the rate; starts of the past count for the new one."""
        with self._lock:
            self.rate = rate
            self._starts = deque(self._starts, maxlen=max(1, int(rate)))

    def reserve(self) -> float:
        """Reserve the next start; gives the seconds until then."""
        with self._lock:
            now = self._clock()
            burst = max(1, int(self.rate))
            start = max(now, self._starts[0] + burst / self.rate) if len(self._starts) == burst else now
            self._starts.append(start)
            return start - now
