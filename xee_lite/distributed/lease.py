"""The limiter of a worker process: it lets as many requests run as the scheduler of its cluster has granted.

Slots are granted several at a time and kept from request to request, so that most requests need no message. A worker
whose scheduler does not answer goes on with its share of the limit, with a warning, instead of waiting for ever.
"""

from __future__ import annotations

import time
import warnings
from collections import deque
from threading import Event, Lock
from typing import TYPE_CHECKING

from ..errors import XeeLiteWarning
from ..traffic.cancellation import current_scope
from .slots import Grant, Report

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from ..traffic.limiters import Limiter, RateLimiter

PATIENCE = 15.0
"""Seconds without an answer of the scheduler, after which a worker goes by its share (chosen: the scheduler's loop may
be busy for some seconds)."""

TICK = 1.0
"""Seconds between reports while there is something to report (chosen, not measured)."""


class LeasedLimiter:
    """The slots that the scheduler has granted, given out first come, first served. Use as a context manager.

    Parameters
    ----------
    send : callable
        Sends a report to the scheduler without waiting; from any thread.
    allowed : callable
        Requests at once and starts per second that the options of this process allow for the whole cluster.
    rate : RateLimiter
        That of the gateway, which is set to the share of this process.
    clock : callable
        Seconds that never run back.
    """

    def __init__(
        self,
        send: Callable[[Report], None],
        allowed: Callable[[], tuple[int, float]],
        rate: RateLimiter,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._send = send
        self._allowed = allowed
        self._rate = rate
        self._clock = clock
        self._lock = Lock()
        self._queue: deque[Event] = deque()
        self._running = 0
        self._slots = 0
        self._heard = 0
        self._cuts = 0
        self._scarce = False
        self._workers = 1
        self._reported: tuple[int, int] = (0, 0)
        """How many requests were wanted and running in the last report."""
        self._succeeded = 0
        self._refused = -1
        self._restart = 0
        self._unanswered_since: float | None = None
        """When the first report went out that asked for more, since the last grant."""
        self._alone = False

    @property
    def slots(self) -> int:
        """Requests that may run at once here."""
        return self._slots

    @property
    def is_alone(self) -> bool:
        """Whether it goes by its share, since the scheduler does not answer."""
        return self._alone

    @property
    def cuts(self) -> int:
        """How often the limit of the cluster was lowered, by the last grant."""
        return self._cuts

    def widen(self) -> None:
        """Count a call that succeeded, for the next report."""
        with self._lock:
            self._succeeded += 1

    def narrow(self, cuts: int) -> None:
        """Report a call that was refused for the quota, so that all workers get less."""
        with self._lock:
            self._refused = max(self._refused, cuts)
        self.report()

    def restart(self, slots: int) -> None:
        """Report that the whole cluster is to go on with so few slots."""
        with self._lock:
            self._restart = slots
        self.report()

    def resize(self, capacity: int) -> None:  # noqa: ARG002 - it is asked for with each report
        """Report that the options have changed: the least number that a worker allows is the limit of the cluster."""
        self.report()

    def receive(self, grant: Grant) -> None:
        """Go by a grant of the scheduler, unless a later one has come before it."""
        with self._lock:
            self._unanswered_since = None
            self._alone = False
            if grant.number <= self._heard:
                return
            is_lower = grant.slots < self._slots or grant.slots < self._running
            self._heard, self._slots, self._cuts = grant.number, grant.slots, grant.cuts
            self._scarce, self._workers = grant.scarce, grant.workers
            if grant.rate != self._rate.rate:
                self._rate.change(grant.rate)
            self._admit()
        if is_lower:  # the scheduler gives the slots to others once this is confirmed
            self.report()

    def go_alone(self, reason: str, workers: int = 1) -> None:
        """Go by a share of the limit, until the scheduler answers again."""
        capacity, rate = self._allowed()
        with self._lock:
            if self._alone:
                return
            self._alone = True
            self._workers = max(workers, self._workers)
            share = self._slots = max(1, capacity // self._workers)
            self._rate.change(rate / self._workers)
            self._admit()
        warnings.warn(
            f"{reason}, so that this worker can not share the limit of {capacity} requests at once with the "
            f"others: it goes on with {share} (of {self._workers} workers, as far as it knows).",
            XeeLiteWarning,
            stacklevel=2,
        )

    def tick(self) -> bool:
        """Report, if this process has or wants slots; returns whether it did."""
        with self._lock:
            busy = bool(self._running or self._queue or self._slots or self._reported != (0, 0)) and not self._alone
        if busy:
            self.report()
        return busy

    def report(self) -> None:
        """Send a report to the scheduler."""
        with self._lock:
            report = self._report()
        self._send(report)

    def __enter__(self) -> None:
        turn = Event()
        with self._lock:
            self._queue.append(turn)
            self._admit()
            wants_more = not turn.is_set() and self._wanted() > self._reported[0]
        if wants_more:
            self.report()
        scope = current_scope()
        try:
            with scope.waking(turn.set):
                while not turn.wait(TICK):
                    self._ask_again(turn)
            scope.check()
        except BaseException:
            # A wait that is interrupted (Ctrl-C) or cancelled must leave nothing in the queue and hold no slot.
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
            excess = self._reported[1] > self._slots
            self._leave()
            spare = self._scarce and self._wanted() < self._slots
        if excess or spare:
            self.report()

    def _leave(self) -> None:
        self._running -= 1
        self._admit()

    def _admit(self) -> None:
        while self._queue and self._running < self._slots:
            self._running += 1
            self._queue.popleft().set()

    def _wanted(self) -> int:
        return min(self._allowed()[0], self._running + len(self._queue))

    def _report(self) -> Report:
        wanted = self._wanted()
        self._reported = wanted, self._running
        succeeded, refused, restart = self._succeeded, self._refused, self._restart
        self._succeeded, self._refused, self._restart = 0, -1, 0
        if self._unanswered_since is None and wanted > self._running:
            self._unanswered_since = self._clock()
        return Report(wanted, self._running, self._heard, succeeded, refused, restart, *self._allowed())

    def _ask_again(self, turn: Event) -> None:
        """Report again for the request that has waited longest, and go alone where nothing is answered."""
        with self._lock:
            if not self._queue or self._queue[0] is not turn:
                return
            since = self._unanswered_since
        if since is not None and self._clock() - since >= PATIENCE:
            self.go_alone(f"The scheduler has not answered for {PATIENCE:.0f} s", self._workers)
        self.report()


def _(limiter: LeasedLimiter) -> Limiter:
    return limiter
