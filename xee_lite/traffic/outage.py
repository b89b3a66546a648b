"""The end of an outage: what sleeps because nothing worked is woken when something does."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Event, Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_OUTAGE_SECONDS = 4.0
"""For how long nothing has worked in an outage. Where some calls fail and others work, each keeps its own back-off: to
try all again at each success would be no back-off at all."""


class OutageWatch:
    """Knows since when nothing has worked, and who sleeps."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._since: float | None = None
        self._sleeping: set[Event] = set()

    def failed(self, now: float) -> None:
        """A call failed for a passing reason."""
        with self._lock:
            if self._since is None:
                self._since = now

    def worked(self, now: float) -> None:
        """A call worked: wake all that sleep, if nothing had for a while."""
        if self._since is None:
            return
        with self._lock:
            over = self._since is not None and now - self._since >= _OUTAGE_SECONDS
            self._since = None
            woken = list(self._sleeping) if over else []
        for event in woken:
            event.set()

    @contextmanager
    def sleeping(self) -> Iterator[Event]:
        """An event that is set if an outage ends within this block."""
        event = Event()
        with self._lock:
            self._sleeping.add(event)
        try:
            yield event
        finally:
            with self._lock:
                self._sleeping.discard(event)
