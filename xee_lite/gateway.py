"""The only door to the network: one cap, one rate, one layer of retries for the whole process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

Failure = tuple[int | None, str, float | None]
"""HTTP status (None without a reply), the service's text, seconds of Retry-After if it said so."""
Translate = Callable[[Exception], Failure | None]


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """What a call asks for, for messages and events."""

    asset: str
    items: tuple[str, ...] = ()
    bands: tuple[str, ...] = ()
    window: str = ""


def network_failure(error: Exception) -> Failure | None:
    """The default translation: a broken connection, else not a failure of the service (raised as it is)."""
    raise NotImplementedError


class Gateway:
    """Door."""

    def __init__(self, max_concurrent: int = 40, max_rate: float = 100.0, deadline: float = 600.0) -> None:
        raise NotImplementedError

    def call(self, function: Callable[[], T], *, describe: RequestInfo, translate: Translate = network_failure) -> T:
        """Run `function` when there is room, again while it fails for a passing reason."""
        raise NotImplementedError


def process_gateway() -> Gateway:
    """The gateway of this process."""
    raise NotImplementedError
