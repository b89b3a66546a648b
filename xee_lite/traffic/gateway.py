"""One gateway for each service: one limit, one rate and one layer of retries for the whole process.

Every call to a service, of pixels or of metadata, from whichever thread and dataset, passes through the process's
`Gateway` for that service. It waits there for its turn, runs, and runs again while it fails for a passing reason and
time is left. The client library's own retries are off underneath, since two layers multiply. Where the service refuses
for its quota, fewer are let through at once, until it no longer does.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from dataclasses import dataclass, replace
from threading import Event, Lock
from typing import TYPE_CHECKING, Protocol, TypeVar

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
from ..options import OPTIONS, on_change
from .cancellation import current_scope, pause
from .computes import watch_computes
from .events import Done, RequestInfo, Retried, Started, publish
from .failures import Failure, Judge, network_failure
from .limiters import AdaptiveLimiter, Limiter, RateLimiter
from .outage import OutageWatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..planning.limits import Limits

T = TypeVar("T")

_FIRST_DELAY = 0.5
"""Seconds within which the first retry starts; each later one may wait twice as long, up to `_DOUBLINGS` times."""

_DOUBLINGS = 7
"""64 s at most: Earth Engine's rate quota, for example, refills every minute."""

_WRONG_REPLIES = 5
"""Attempts at a request whose replies are complete and yet not what was asked for: a proxy's fault passes sooner."""


class Gateway:
    """Lets calls through a few at a time, and again while they fail for a passing reason.

    Thread-safe.

    Parameters
    ----------
    limiter : Limiter
        How many run at once.
    rate : RateLimiter
        How many start in any second.
    clock, sleep, jitter : callables
        Time in seconds, a pause of some seconds that an event may end, a number from 0 to 1; for tests.
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
        self._restricted = False

    def call(self, function: Callable[[], T], *, info: RequestInfo, judge: Judge = network_failure) -> T:
        """Run a function that makes one request, in turn and with retries.

        Parameters
        ----------
        function : callable
            Makes the request and checks the reply. May run several times; must not itself call the gateway, since it
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
            When a failure that passes did not pass within `set_options(request_deadline=...)` after the first attempt.
            It bounds the retries: an attempt that is under way is left to the time-out of its own connection, and
            waiting for the first turn does not count.
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
                except Exception as error:  # noqa: BLE001 - all are published, and raised unless they pass
                    current_scope().check()  # what broke because it was cancelled is no failure of the service
                    delay = self._after(error, info, history.judged(error, judge), attempt, began, cuts)
                else:
                    self.limiter.widen()
                    self._outage.worked(self._clock())
                    publish(Done(info, attempt, self._clock() - began, None))
                    return value
            self._back_off(delay)

    def restrict(self, slots: int) -> bool:
        """Start again with few at once, since the service says that it gives less now; whether that is news."""
        with _lock:
            news, self._restricted = not self._restricted, True
        if news:
            self.limiter.restart(slots)
        return news

    def _after(
        self, original: Exception, info: RequestInfo, failure: Failure | None, attempt: int, began: float, cuts: int
    ) -> _Delay:
        """The wait before the next attempt; raises where there is none."""
        now = self._clock()
        if failure is None:
            publish(Done(info, attempt, now - began, original))
            raise original
        kind, message = failure.kind, failure.message
        if kind is QuotaError:
            self.limiter.narrow(cuts)
        # Full jitter: callers that failed together come back apart. Never before the service said.
        chosen = self._jitter() * longest_delay(attempt)
        asked = max(0.0, failure.retry_after)
        again = failure.passes
        if again and now + asked + chosen >= began + OPTIONS.request_deadline:
            again = False
            # What is too much is so after the deadline as well, and is made in halves.
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
        """Wait before a retry: until an outage ends, and then a little, lest all come at once; never too early."""
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
    """Seconds within which the attempt after this one starts, counted from 1."""
    return _FIRST_DELAY * 2.0 ** min(attempt - 1, _DOUBLINGS)


@dataclass(frozen=True, slots=True)
class _Delay:
    """How long a call waits before it is tried again.

    Attributes
    ----------
    asked, chosen : float
        Seconds that the service asked for, and those after them.
    wakes : bool
        Whether the end of an outage ends it: not where the service refused for its quota, which it may still do.
    """

    asked: float
    chosen: float
    wakes: bool


class _History:
    """The failures of one call that have to be met several times before they are believed.

    They are counted by themselves: what was refused in an outage before says nothing about a reply.
    """

    def __init__(self) -> None:
        self._met: Counter[type[RequestError]] = Counter()
        self._failures = 0
        self._wrong = ""

    def judged(self, error: Exception, judge: Judge) -> Failure | None:
        """What a failure is held for now: a reply that is not what was asked for by one rule for all services."""
        self._failures += 1
        if isinstance(error, TruncatedError):
            return Failure(TransientError, str(error))
        if isinstance(error, WireError):
            error.confirmed = self._failures == 1 or str(error) == self._wrong
            self._wrong = str(error)
            failure: Failure | None = Failure(PermanentError, str(error), tries=_WRONG_REPLIES)
        else:
            failure = judge(error)
        if failure is None or failure.tries == 1:
            return failure
        self._met[failure.kind] += 1
        return replace(failure, tries=max(1, failure.tries + 1 - self._met[failure.kind]))


class Cluster(Protocol):
    """What shares the limits of a service among processes, such as the workers of a scheduler."""

    def __call__(self, service: str, allowed: Callable[[], tuple[int, float]], rate: RateLimiter) -> Limiter | None:
        """The limiter of a service in this process; None while the process belongs to no cluster.

        Parameters
        ----------
        service : str
            As for `gateway_of`.
        allowed : callable
            Requests at once and starts per second that the options of this process allow for the service.
        rate : RateLimiter
            To which the limiter gives the share of this process.
        """
        ...


class _Served:
    """The gateway of a service, and what limits it: this process by itself, or the cluster that it belongs to."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        concurrency, rate = self.allowed()
        self._own = AdaptiveLimiter(concurrency)
        self.gateway = Gateway(self._own, RateLimiter(rate, time.monotonic))

    def allowed(self) -> tuple[int, float]:
        """Requests at once, and starts per second."""
        limits = self._limits
        return OPTIONS.concurrency(limits.concurrent_requests), OPTIONS.rate(limits.requests_per_second)

    def follow_cluster(self, service: str) -> None:
        """Have the cluster limit it that this process belongs to now."""
        shared = _cluster(service, self.allowed, self.gateway.rate) if _cluster is not None else None
        if shared is None and self.gateway.limiter is not self._own:
            self.gateway.rate.change(self.allowed()[1])
        self.gateway.limiter = shared or self._own

    def follow_options(self) -> None:
        """Change the limits; calls that wait go by the new ones, calls that run are left alone."""
        concurrency, rate = self.allowed()
        self.gateway.limiter.resize(concurrency)
        if self.gateway.limiter is self._own:
            self.gateway.rate.change(rate)
        else:
            self._own.resize(concurrency)


_gateways: dict[str, _Served] = {}
_lock = Lock()
_cluster: Cluster | None = None


def share_limits(cluster: Cluster) -> None:
    """Have the limits of all services shared by this, in processes that belong to a cluster."""
    global _cluster  # noqa: PLW0603 - one for the process
    _cluster = cluster


def gateway_of(service: str, limits: Limits) -> Gateway:
    """The gateway of a service in this process, made on first use with the options in force.

    Parameters
    ----------
    service : str
        What shares one quota: the host, and the project where the service counts by projects.
    limits : Limits
        What the service takes at once and in a second where the user has not set an option.
    """
    watch_computes()
    with _lock:
        if service not in _gateways:
            _gateways[service] = _Served(limits)
        served = _gateways[service]
    served.follow_cluster(service)
    return served.gateway


def _follow_options() -> None:
    with _lock:
        all_served = list(_gateways.values())
    for served in all_served:
        served.follow_options()


on_change(_follow_options)


def _renew() -> None:
    """Start afresh in a forked child: slots and locks of its parent's threads are never given back there."""
    global _gateways, _lock
    _gateways, _lock = {}, Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
