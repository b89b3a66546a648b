"""What happens to requests, for those who listen: progress bars, logs, counters."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from .costs import profiles_of_call
from .elsewhere import bring

if TYPE_CHECKING:
    from ..errors import RequestError, TooMuchError
    from ..reader import PointsRequest, ReadRequest, RegionsRequest


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """What a call asks for, for messages and events.

    Attributes
    ----------
    asset : str
        Asset id, or a description of the computed collection.
    items, bands : tuple of str
        Images and bands; empty for a metadata call.
    window : str
        The part of the grid in words; empty for a metadata call.
    """

    asset: str
    items: tuple[str, ...] = ()
    bands: tuple[str, ...] = ()
    window: str = ""


@dataclass(frozen=True, slots=True)
class Started:
    """An attempt (counted from 1) that goes out now."""

    request: RequestInfo
    attempt: int


@dataclass(frozen=True, slots=True)
class Retried:
    """An attempt that failed and is made again after `delay` seconds."""

    request: RequestInfo
    attempt: int
    error: RequestError
    delay: float


@dataclass(frozen=True, slots=True)
class Done:
    """A call that is over after some attempts, `seconds` after the first went out; `error` is None where it worked.

    `profiles` has the ids of the profiles that the service made of it, while `profile` or ``eecu_limit`` asks for them.
    """

    request: RequestInfo
    attempts: int
    seconds: float
    error: Exception | None
    profiles: tuple[str, ...] = field(default_factory=profiles_of_call)


@dataclass(frozen=True, slots=True)
class Split:
    """A read that was too much for one request, and is made in `parts` smaller ones."""

    request: ReadRequest | PointsRequest | RegionsRequest
    parts: int
    error: TooMuchError


Event = Started | Retried | Done | Split
Listener = Callable[[Event], None]

_listeners: tuple[Listener, ...] = ()
_lock = Lock()


def subscribe(listener: Listener) -> Callable[[], None]:
    """Have a function called with everything that happens to the requests of this process: for progress and logs.

    Where the process has a client of a Dask cluster, what happens on its workers arrives as well, a moment later and in
    a thread of its own; the end of the subscription waits for what is on its way.

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
    global _listeners  # noqa: PLW0603 - one list of subscribers for the process is the point
    with _lock:
        _listeners = (*_listeners, listener)
    end = bring("events")

    def unsubscribe() -> None:
        global _listeners  # noqa: PLW0603 - as above
        end()
        with _lock:
            _listeners = tuple(other for other in _listeners if other is not listener)

    return unsubscribe


def publish(event: Event) -> None:
    """Call every listener with an event."""
    for listener in _listeners:
        listener(event)


def _forget() -> None:
    """In a forked child nobody listens, and no lock is held by a thread that the child does not have."""
    global _listeners, _lock
    _listeners, _lock = (), Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
