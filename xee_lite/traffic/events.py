"""What happens to requests, for those who listen: progress bars, logs, counters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..errors import RequestError, TooMuchError
    from ..reader import ReadRequest


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
    """A call that is over after some attempts, `seconds` after the first went out; `error` is None where it worked."""

    request: RequestInfo
    attempts: int
    seconds: float
    error: Exception | None


@dataclass(frozen=True, slots=True)
class Split:
    """A read that was too much for one request, and is made in `parts` smaller ones."""

    request: ReadRequest
    parts: int
    error: TooMuchError


Event = Started | Retried | Done | Split
Listener = Callable[[Event], None]
