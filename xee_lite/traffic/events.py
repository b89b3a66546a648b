"""Events of requests, for progress bars, logs and counters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .costs import profiles_of_call
from .listeners import Listeners

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
    """A call that is over after some attempts, `seconds` after the first went out; `error` is None where it succeeded.

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

_listeners: Listeners[Event] = Listeners("events")


def subscribe(listener: Listener) -> Callable[[], None]:
    """Have a function called with each event of the requests of this process: for progress and logs.

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
    return _listeners.add(listener)


def publish(event: Event) -> None:
    """Tell every listener of an event."""
    _listeners.tell(event)
