"""What one request may cost: its time, and how much it may hold.

`start` opens an allowance for the request that the current thread serves; whoever works in loops asks it now and then.
Without an allowance, as in most tests, everything is allowed.
"""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass

from . import scheduling
from .errors import EarthError

SECONDS = 300.0
"""Of an interactive request: five minutes (the service's guide to its processing environments)."""

VALUES = 20_000_000
"""Values that a request may make within lists, texts and replies; the service's number is not known."""


@dataclass(slots=True)
class _Allowance:
    end: float
    values: int


_CURRENT: ContextVar[_Allowance | None] = ContextVar("allowance", default=None)


def start(seconds: float = SECONDS, values: int = VALUES) -> None:
    """Give the request that is served from here on so much time and so many values."""
    _CURRENT.set(_Allowance(time.monotonic() + seconds, values))


def check_time() -> None:
    """Let other requests have their turn, then go on, if there is time left; waiting takes nothing of it.

    Raises
    ------
    EarthError
        If there is none, in the service's words.
    """
    waited = scheduling.pause()
    current = _CURRENT.get()
    if current is None:
        return
    current.end += waited
    if time.monotonic() > current.end:
        raise EarthError("Computation timed out.")


def spend(values: int) -> None:
    """Take values out of the allowance.

    Raises
    ------
    EarthError
        If there are not so many left, in the service's words.
    """
    current = _CURRENT.get()
    if current is None:
        return
    current.values -= values
    if current.values < 0:
        raise EarthError("User memory limit exceeded.")
