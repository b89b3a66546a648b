"""Limits of one request: its time, and the memory of what it makes.

`start` sets the limits of the request that the current thread serves; loops call `check_time` now and then. What takes
memory is counted where it is made: `spend` for good, `hold` for as long as the object lives, and `check_memory` for
what an algorithm is about to allocate by a number among its arguments. Without limits, as in most tests, everything is
allowed.
"""

from __future__ import annotations

import time
import weakref
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from . import scheduling
from .errors import EarthError

SECONDS = 300.0
"""Time limit of an interactive request: five minutes (the service's guide to its processing environments)."""

MEMORY = 2_000_000_000
"""Bytes that the values and arrays of a request may take together; the service's number is not known."""

VALUE_BYTES = 100
"""Memory of one value within a list, a dictionary or a reply: a number and the reference to it, or a short text."""

_ALLOWED: ContextVar[int] = ContextVar("allowed_memory", default=MEMORY)


@dataclass(slots=True)
class _Limits:
    end: float
    memory: int
    used: int = 0
    held: dict[int, _Held] = field(default_factory=dict)

    def check(self, size: int) -> None:
        if self.used + size > self.memory:
            raise EarthError("User memory limit exceeded.")


class _Held(weakref.ref[Any]):
    """A reference to an object whose memory is counted until it is gone."""

    __slots__ = ("key", "limits", "size")

    key: int
    limits: _Limits
    size: int


_CURRENT: ContextVar[_Limits | None] = ContextVar("request_limits", default=None)


def allow_memory(size: int) -> None:
    """Set how many bytes the requests that this thread starts from here on may use."""
    _ALLOWED.set(size)


def start(seconds: float = SECONDS, memory: int | None = None) -> None:
    """Set the limits of the request that this thread serves from here on; its memory is what is allowed by default."""
    _CURRENT.set(_Limits(time.monotonic() + seconds, _ALLOWED.get() if memory is None else memory))


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


def check_memory(size: int) -> None:
    """Check that so many bytes more can be allocated, before they are.

    Raises
    ------
    EarthError
        If there is not so much memory left, in the service's words.
    """
    current = _CURRENT.get()
    if current is not None:
        current.check(size)


def spend(values: int, size: int = VALUE_BYTES) -> None:
    """Count values of some bytes each, which stay until the request ends.

    Raises
    ------
    EarthError
        As `check_memory`.
    """
    current = _CURRENT.get()
    if current is not None:
        current.check(values * size)
        current.used += values * size


def hold(owner: object, size: int) -> None:
    """Count the bytes of an object for as long as it lives; once, however often it is handed in.

    Raises
    ------
    EarthError
        As `check_memory`.
    """
    current = _CURRENT.get()
    if current is None or id(owner) in current.held:
        return
    current.check(size)
    reference = _Held(owner, _release)
    reference.key, reference.limits, reference.size = id(owner), current, size
    current.held[reference.key] = reference
    current.used += size


def _release(reference: weakref.ref[Any]) -> None:
    if isinstance(reference, _Held) and reference.limits.held.pop(reference.key, None) is not None:
        reference.limits.used -= reference.size
