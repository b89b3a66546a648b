"""The gateway to a service: one limit, one rate and one layer of retries for all calls of the process.

Every call to a service, of pixels or of metadata, from whichever thread and dataset, passes through the process's
`Gateway` for that service. It waits there for its turn, runs, and runs again while it fails for a transient reason and
time is left. The client library's own retries are off, since two layers of them multiply. While the service refuses
calls for its quota, fewer are let through at once.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, replace
from threading import Event, Lock
from typing import TYPE_CHECKING, TypeVar

from ..errors import (
    DeadlineError,
    PermanentError,
    QuotaError,
    RequestError,
    TooMuchError,
    TransientError,
    TruncatedError,
    WireError,
)
from ..options import OPTIONS
from .cancellation import current_scope, pause
from .events import Done, RequestInfo, Retried, Started, publish
from .failures import Failure, Judge, network_failure
from .outage import OutageWatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from .limiters import Limiter, RateLimiter

T = TypeVar("T")

_FIRST_DELAY = 0.5
"""Seconds within which the first retry starts, chosen; each later one may wait twice as long, `_DOUBLINGS` times."""

_DOUBLINGS = 7
"""Up to 64 s: a rate quota per minute, as Earth Engine's (its guide on usage), has refilled by then."""

_WRONG_REPLIES = 5
"""Attempts at a request whose replies are complete and yet not what was asked for; chosen: some 4 s, in which the
fault of a proxy may pass."""


class Gateway:
    """Lets calls through a few at a time, and repeats them while they fail for a transient reason.

    Thread-safe.

    Parameters
    ----------
    limiter : Limiter
        How many run at once.
    rate : RateLimiter
        How many start in any second.
    clock, sleep, jitter : callables
        Time in seconds; a pause of some seconds that an event may end; a random number from 0 to 1. Tests hand in
        others.
    """

    def __init__(
        self,
        limiter: Limiter,
        rate: RateLimiter,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float, Event], None] = pause,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.limiter = limiter
        self.rate = rate
        self._clock = clock
        self._sleep = sleep
        self._jitter = jitter
        self._outage = OutageWatch()
        self._lock = Lock()
        self._restricted = False

    def call(self, function: Callable[[], T], *, info: RequestInfo, judge: Judge = network_failure) -> T:
        """Run a function that makes one request, in turn and with retries.

        Parameters
        ----------
        function : callable
            Makes the request and checks the reply. May run several times; must not call the gateway itself, since it
            holds one of its slots.
        info : RequestInfo
            What it asks for.
        judge : callable
            From an exception of `function` to a `Failure`, or None for one that is no failure of the service: that is
            raised as it is.

        Returns
        -------
        The function's value.

        Raises
        ------
        QuotaError, DeadlineError
            When a transient failure went on for `set_options(request_deadline=...)` after the first attempt. That
            bounds the retries: an attempt that is under way is ended by its own time-out, and waiting for the first
            turn does not count.
        DailyQuotaError, TooMuchError, PermanentError
            At once, after the one attempt; a wrong reply after five of them. All are raised from the original
            exception.
        CancelledError
            When the scope in which it is called was cancelled.
        """
        began: float | None = None
        attempt = 0
        history = _History()
        while True:
            attempt += 1
            with self.limiter:
                self._pause(self.rate.reserve(), Event())
                cuts = self.limiter.cuts
                began = self._clock() if began is None else began
                publish(Started(info, attempt))
                try:
                    value = function()
                except Exception as error:  # noqa: BLE001 - published, and raised unless it is transient
                    current_scope().check()  # a cancelled call is no failure of the service
                    delay = self._after(error, info, history.judged(error, judge), attempt, began, cuts)
                else:
                    self.limiter.widen()
                    self._outage.worked(self._clock())
                    publish(Done(info, attempt, self._clock() - began, None))
                    return value
            self._back_off(delay)

    def restrict(self, slots: int) -> bool:
        """Go on with few calls at once, since the service says that it allows fewer now; True the first time."""
        with self._lock:
            is_first, self._restricted = not self._restricted, True
        if is_first:
            self.limiter.restart(slots)
        return is_first

    def _after(
        self, original: Exception, info: RequestInfo, failure: Failure | None, attempt: int, began: float, cuts: int
    ) -> _Delay:
        """The wait before the next attempt; raises the error where there is no next one."""
        now = self._clock()
        if failure is None:
            publish(Done(info, attempt, now - began, original))
            raise original
        kind, message = failure.kind, failure.message
        if kind is QuotaError:
            self.limiter.narrow(cuts)
        # Full jitter, so that calls that failed together are not repeated together, after what the service asks for.
        chosen = self._jitter() * longest_delay(attempt)
        asked = max(0.0, failure.retry_after)
        again = failure.passes
        if again and now + asked + chosen >= began + OPTIONS.request_deadline:
            again = False
            # A request that is too much stays so after the deadline, and is made in halves.
            kind = kind if issubclass(kind, QuotaError | TooMuchError) else DeadlineError
            message = f"{message.rstrip('. ')} (given up {now - began:.0f} s after the first attempt)"
        elif again and not issubclass(kind, QuotaError):
            kind = TransientError
        error = kind(
            message,
            asset=info.asset,
            items=info.items,
            bands=info.bands,
            window=info.window,
            attempts=attempt,
        )
        if again:
            publish(Retried(info, attempt, error, asked + chosen))
            if kind is TransientError:
                self._outage.failed(now)
            return _Delay(asked, chosen, wakes=kind is TransientError)
        publish(Done(info, attempt, now - began, error))
        raise error from original

    def _back_off(self, delay: _Delay) -> None:
        """Wait before a retry. The end of an outage ends it, but for a random rest, so that not all come at once."""
        if not delay.wakes:
            self._pause(delay.asked + delay.chosen, Event())
            return
        with self._outage.sleeping() as over:
            earliest = self._clock() + delay.asked
            self._pause(delay.asked + delay.chosen, over)
        if over.is_set():
            rest = min(delay.chosen, self._jitter() * _FIRST_DELAY)
            self._pause(max(0.0, earliest - self._clock()) + rest, Event())

    def _pause(self, seconds: float, over: Event) -> None:
        if seconds > 0:
            self._sleep(seconds, over)


def longest_delay(attempt: int) -> float:
    """Seconds within which the attempt after this one starts; attempts are counted from 1."""
    return _FIRST_DELAY * 2.0 ** min(attempt - 1, _DOUBLINGS)


@dataclass(frozen=True, slots=True)
class _Delay:
    """How long a call waits before it is tried again.

    Attributes
    ----------
    asked, chosen : float
        Seconds for which the service asked, and random ones after them.
    wakes : bool
        Whether the end of an outage ends it: not after a refusal for the quota, which may go on.
    """

    asked: float
    chosen: float
    wakes: bool


class _History:
    """The failures of one call: some have to come several times before the call is given up.

    Those are counted by kind: failures of an outage say nothing about a wrong reply.
    """

    def __init__(self) -> None:
        self._counts: Counter[type[RequestError]] = Counter()
        self._failures = 0
        self._last_wrong = ""

    def judged(self, error: Exception, judge: Judge) -> Failure | None:
        """What an error is taken for, after those before it. Wrong replies have one rule for all services."""
        self._failures += 1
        if isinstance(error, TruncatedError):
            return Failure(TransientError, str(error))
        if isinstance(error, WireError):
            error.confirmed = self._failures == 1 or str(error) == self._last_wrong
            self._last_wrong = str(error)
            failure: Failure | None = Failure(PermanentError, str(error), tries=_WRONG_REPLIES)
        else:
            failure = judge(error)
        if failure is None or failure.tries == 1:
            return failure
        self._counts[failure.kind] += 1
        return replace(failure, tries=max(1, failure.tries + 1 - self._counts[failure.kind]))
