"""Limits of one request: its time, and how many values it may make.

`start` sets the limits of the request that the current thread serves; loops call `check_time` now and then. Without
limits, as in most tests, everything is allowed.
"""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass

from . import scheduling
from .errors import EarthError

SECONDS = 300.0
"""Time limit of an interactive request: five minutes (the service's guide to its processing environments)."""

VALUES = 20_000_000
"""Values that a request may make within lists, texts and replies; the service's number is not known."""


@dataclass(slots=True)
class _Limits:
    end: float
    values: int


_CURRENT: ContextVar[_Limits | None] = ContextVar("request_limits", default=None)


def start(seconds: float = SECONDS, values: int = VALUES) -> None:
    """Set the limits of the request that this thread serves from here on."""
    _CURRENT.set(_Limits(time.monotonic() + seconds, values))


def check_time() -> None:
    """Yield to other requests, then check that there is time left; waiting does not count.

    Raises
    ------
    EarthError
        If there is no time left, in the service's words.
    """
    waited = scheduling.pause()
    current = _CURRENT.get()
    if current is None:
        return
    current.end += waited
    if time.monotonic() > current.end:
        raise EarthError("Computation timed out.")


def spend(values: int) -> None:
    """Count values that the request makes.

    Raises
    ------
    EarthError
        If they are more than it may make, in the service's words.
    """
    current = _CURRENT.get()
    if current is None:
        return
    current.values -= values
    if current.values < 0:
        raise EarthError("User memory limit exceeded.")
