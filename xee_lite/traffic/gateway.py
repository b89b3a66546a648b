"""The only door to the network: one cap, one rate and one layer of retries for the whole process.

Every call, of pixels or of metadata, from whichever thread and dataset, passes through the process's one `Gateway`. It
waits there for its turn, runs, and runs again while it fails for a passing reason and time is left. The client
library's own retries are off underneath, since two layers multiply. Where the service refuses for its quota, fewer are
let through at once, until it no longer does.
"""

from __future__ import annotations

import http.client
import os
import random
import socket
import ssl
import time
from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from ..errors import (
    DeadlineError,
    PermanentError,
    QuotaError,
    RequestError,
    TransientError,
    TruncatedError,
    WireError,
    classify,
)
from .cancellation import current_scope, pause
from .events import Done, Event, Listener, RequestInfo, Retried, Started
from .limiters import Pace, Slots

T = TypeVar("T")

Failure = tuple[int | None, str, float | None]
"""HTTP status (None where no reply came), the service's text, and the seconds of its Retry-After if it sent one."""

Translate = Callable[[Exception], Failure | None]
"""What a wing knows of its client library's exceptions; None for one that is not a failure of the service."""

_FIRST_DELAY = 0.5
"""Seconds within which the first retry starts; each later one may wait twice as long, up to `_DOUBLINGS` times."""

_DOUBLINGS = 7
"""64 s at most: the service's rate quota refills every minute."""

_WRONG_REPLIES = 5
"""Attempts at a request whose replies are complete and yet not what was asked for: a proxy's mishap passes sooner."""


def network_failure(error: Exception) -> Failure | None:
    """Translate what Python's own network modules raise: a broken or silent connection, which may pass."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return None
    if isinstance(error, ConnectionError | TimeoutError | socket.gaierror | ssl.SSLError | http.client.HTTPException):
        return None, f"{type(error).__name__}: {error}", None
    return None


class Gateway:
    """Lets calls through a few at a time, and again while they fail for a passing reason.

    Thread-safe. Pickles as a reference: what arrives elsewhere is the gateway of the process it arrives in.

    Parameters
    ----------
    max_concurrent : int
        Calls that run at once; Earth Engine allows a project about 40 (its guide on usage).
    max_rate : float
        Attempts that start in any second; Earth Engine allows a project 100 (same guide).
    deadline : float
        Seconds from a call's first attempt after which it is not tried again. It bounds the retries: an attempt that
        is under way is left to the time-out of its own connection, and waiting for the first turn does not count.
    clock, sleep, jitter : callables
        Time in seconds, a pause of some seconds, a number from 0 to 1; for tests.
    """

    def __init__(
        self,
        max_concurrent: int = 40,
        max_rate: float = 100.0,
        deadline: float = 900.0,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = pause,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._slots = Slots(max_concurrent)
        self._pace = Pace(max_rate, clock)
        self._deadline = deadline
        self._clock = clock
        self._sleep = sleep
        self._jitter = jitter
        self._listeners: tuple[Listener, ...] = ()
        self._listening = Lock()

    def configure(self, max_concurrent: int, max_rate: float, deadline: float) -> None:
        """Change the limits; calls that wait go by the new ones, calls that run are left alone."""
        self._slots.resize(max_concurrent)
        self._pace.change(max_rate)
        self._deadline = deadline

    def call(self, function: Callable[[], T], *, describe: RequestInfo, translate: Translate = network_failure) -> T:
        """Run a function that makes one request, in turn and with retries.

        Parameters
        ----------
        function : callable
            Makes the request and checks the reply. May run several times; must not itself call the gateway, since it
            holds one of its places.
        describe : RequestInfo
            What it asks for.
        translate : callable
            From an exception of `function` to (status, text, seconds of Retry-After), or None for one that is no
            failure of the service: that is raised as it is.

        Returns
        -------
        The function's value.

        Raises
        ------
        QuotaError, DeadlineError
            When a failure that passes did not pass in time.
        TooMuchError, PermanentError
            At once, after the one attempt. All are raised from the original exception.
        CancelledError
            When the scope in which it is called was cancelled.
        """
        began: float | None = None
        attempt = 0
        while True:
            attempt += 1
            with self._slots:
                self._pause(self._pace.reserve())
                cuts = self._slots.cuts
                began = self._clock() if began is None else began
                self.tell(Started(describe, attempt))
                try:
                    value = function()
                except Exception as error:  # noqa: BLE001 - all are told, and raised unless they pass
                    current_scope().check()  # what broke because it was cancelled is no failure of the service
                    delay = self._after(error, describe, translate, attempt, began, cuts)
                else:
                    self._slots.widen()
                    self.tell(Done(describe, attempt, self._clock() - began, None))
                    return value
            self._pause(delay)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Have a function called with every event, in the thread that makes the call; returns how to end that."""
        with self._listening:
            self._listeners = (*self._listeners, listener)

        def unsubscribe() -> None:
            with self._listening:
                self._listeners = tuple(other for other in self._listeners if other is not listener)

        return unsubscribe

    def renewed(self) -> Gateway:
        """A gateway of the same limits with nobody in it and nobody listening."""
        return Gateway(
            self._slots.capacity,
            self._pace.rate,
            self._deadline,
            clock=self._clock,
            sleep=self._sleep,
            jitter=self._jitter,
        )

    def __reduce__(self) -> tuple[Callable[[], Gateway], tuple[()]]:
        return process_gateway, ()

    def _after(
        self, original: Exception, describe: RequestInfo, translate: Translate, attempt: int, began: float, cuts: int
    ) -> float:
        """Seconds until the next attempt; raises where there is none."""
        now = self._clock()
        judged = _judge(original, translate, attempt)
        if judged is None:
            self.tell(Done(describe, attempt, now - began, original))
            raise original
        kind, message, retry_after = judged
        if kind is QuotaError:
            self._slots.narrow(cuts)
        # Full jitter: callers that failed together come back apart. Never before the service said.
        delay = max(0.0, retry_after) + self._jitter() * _FIRST_DELAY * 2.0 ** min(attempt - 1, _DOUBLINGS)
        passes = issubclass(kind, TransientError | QuotaError)
        if passes and now + delay >= began + self._deadline:
            passes = False
            kind = QuotaError if kind is QuotaError else DeadlineError
            message = f"{message.rstrip('. ')} (given up {now - began:.0f} s after the first attempt)"
        error = kind(
            message,
            asset=describe.asset,
            items=describe.items,
            bands=describe.bands,
            window=describe.window,
            attempts=attempt,
        )
        if passes:
            self.tell(Retried(describe, attempt, error, delay))
            return delay
        self.tell(Done(describe, attempt, now - began, error))
        raise error from original

    def _pause(self, seconds: float) -> None:
        if seconds > 0:
            self._sleep(seconds)

    def tell(self, event: Event) -> None:
        """Call every listener with an event."""
        for listener in self._listeners:
            listener(event)


def _judge(error: Exception, translate: Translate, attempt: int) -> tuple[type[RequestError], str, float] | None:
    """The kind of failure, its text, and how long the service wants to be left alone; None where it is no failure."""
    if isinstance(error, WireError):
        passes = isinstance(error, TruncatedError) or attempt < _WRONG_REPLIES
        return TransientError if passes else PermanentError, str(error), 0.0
    failure = translate(error)
    if failure is None:
        return None
    status, message, retry_after = failure
    return classify(status, message), message, retry_after or 0.0


_process = Gateway()


def process_gateway() -> Gateway:
    """The gateway of this process."""
    return _process


def subscribe(listener: Listener) -> Callable[[], None]:
    """Have a function called with everything that happens to the requests of this process: for progress and logs.

    Parameters
    ----------
    listener : callable
        Takes one event, a `Started`, `Retried`, `Split` or `Done`, in the thread that makes the request: several at
        once where several are under way. What it raises ends the read.

    Returns
    -------
    callable
        Ends the subscription.

    Examples
    --------
    >>> import xee_lite
    >>> stop = xee_lite.subscribe(print)
    >>> stop()
    """
    return process_gateway().subscribe(listener)


def _renew() -> None:
    """Start afresh in a forked child: the places and locks of its parent's threads are never given back there."""
    global _process  # noqa: PLW0603 - the one gateway of the process is the point
    _process = _process.renewed()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
