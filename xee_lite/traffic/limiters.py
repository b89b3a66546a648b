"""How many requests run at once, and how many start in a second."""

from __future__ import annotations

from collections import deque
from threading import Event, Lock
from typing import TYPE_CHECKING, Protocol

from .cancellation import current_scope

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


class Limiter(Protocol):
    """What a gateway asks before each attempt: a context manager that is entered when the attempt may go out.

    `AdaptiveLimiter` is the one of a process; a cluster may hand in one that counts over all of its workers.
    """

    @property
    def cuts(self) -> int:
        """How often the limit was lowered: what a call remembers from its start, see `narrow`."""
        ...

    def widen(self) -> None:
        """A call succeeded."""
        ...

    def narrow(self, cuts: int) -> None:
        """A call was refused for the quota that had started after so many cuts."""
        ...

    def restart(self, slots: int) -> None:
        """Go on with so few, as after refusals: it is known without one that the service gives less now."""
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

    A ``threading.Semaphore`` would do but for two things: it wakes whom it likes, so that one thread may wait for
    ever among many, and it can not change its size. Use as a context manager.

    How many slots are open follows the service, as TCP follows a network: one more after as many successful calls as
    there are slots (additive increase), half as many after a refusal (multiplicative decrease).

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
        """How often their number was halved: what a call remembers from its start, see `narrow`."""
        return self._cuts

    def resize(self, capacity: int) -> None:
        """Change the number of slots; who holds one that no longer exists keeps it until leaving."""
        with self._lock:
            self._capacity = capacity
            self._open = float(capacity)
            self._admit()

    def widen(self) -> None:
        """A call succeeded."""
        with self._lock:
            self._open = min(float(self._capacity), self._open + 1 / self._open)
            self._admit()

    def narrow(self, cuts: int) -> None:
        """A call was refused that started after so many cuts; one from before the last cut does not count again."""
        with self._lock:
            if cuts == self._cuts:
                self._cuts += 1
                self._open = max(1.0, self._open / 2)

    def restart(self, slots: int) -> None:
        """Go on with so few open; successful calls open more."""
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
            # A wait that is interrupted (Ctrl-C) or cancelled leaves nothing in the queue and holds no slot.
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
