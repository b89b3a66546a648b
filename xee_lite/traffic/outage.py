"""The end of an outage: calls that sleep before a retry are woken when one succeeds again."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Event, Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_OUTAGE_SECONDS = 4.0
"""For how long no call succeeds in an outage; chosen: three or four retries. Where some calls fail and others succeed,
each keeps its own back-off, which would have no effect if every success ended it."""


class OutageWatch:
    """Since when no call has succeeded, and which calls sleep."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._since: float | None = None
        self._sleeping: set[Event] = set()

    def failed(self, now: float) -> None:
        """Note that a call failed for a transient reason."""
        with self._lock:
            if self._since is None:
                self._since = now

    def worked(self, now: float) -> None:
        """Note that a call succeeded, and wake all that sleep if none had for a while."""
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
