"""Counting what an export does while it runs, and reporting it to a listener."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack, contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from ..errors import InputError, brief
from ..profiling import Cost
from ..traffic.costs import collecting
from ..traffic.events import Done, Retried, subscribe
from .progress import Export, FailedPart, Progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..errors import RequestError
    from ..traffic.events import Event
    from .parts import Part
    from .progress import Listener, ProgressArgument

_TERMINAL_SECONDS, _FILE_SECONDS = 0.5, 10.0
"""Between lines on a terminal, where each replaces the one before, and elsewhere (chosen)."""


class Recorder:
    """Counts the parts and requests of an export, and reports to a listener.

    Parameters
    ----------
    parts : sequence of Part
        All parts.
    reused : iterable of Part
        Those that an earlier run has written.
    memory : int
        Bytes that the parts under way may take together.
    progress : True, callable or None
        See `listener_of`.
    """

    def __init__(self, parts: Sequence[Part], reused: Sequence[Part], memory: int, progress: ProgressArgument) -> None:
        self._report = listener_of(progress)
        self._cost = Cost()
        self._lock = Lock()
        self._total, self._total_bytes = len(parts), sum(part.bytes for part in parts)
        self._done = self._reused = len(reused)
        self._bytes = self._reused_bytes = sum(part.bytes for part in reused)
        self._memory = memory
        self._began = time.monotonic()
        self._requests = self._retries = 0
        self.failed: list[FailedPart] = []

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the requests of this process within this block, and their cost where there is a listener."""
        with ExitStack() as stack:
            stack.callback(subscribe(self._count))
            if self._report is not None:
                stack.enter_context(collecting(self._cost.add))
                self._report(self.snapshot())
            yield
        if self._report is not None:
            self._cost.finish()
            self._report(self.snapshot())

    def wrote(self, part: Part) -> None:
        """Count a part that is written; from any thread."""
        with self._lock:
            self._done += 1
            self._bytes += part.bytes
        if self._report is not None and self._done < self._total:  # the end is reported by `running`, with the cost
            self._report(self.snapshot())

    def missed(self, part: Part, error: RequestError) -> None:
        """Record a part that failed for good; from any thread."""
        with self._lock:
            self.failed.append(FailedPart(part.names, part.slices, error))

    def snapshot(self) -> Progress:
        """The progress now."""
        return Progress(
            self._done,
            self._total,
            self._bytes,
            self._total_bytes,
            self._bytes - self._reused_bytes,
            time.monotonic() - self._began,
            self._requests,
            self._retries,
            len(self.failed),
            self._memory,
            self._cost.total.eecu_seconds,
        )

    def export(self, paths: Sequence[object]) -> Export:
        """The result, with the paths of the files or the store."""
        end = self.snapshot()
        failed = tuple(sorted(self.failed, key=lambda part: str(part.region)))
        return Export(
            tuple(map(str, paths)), end.total, self._reused, end.requests, end.fetched, failed, end.eecu_seconds
        )

    def _count(self, event: Event) -> None:
        if isinstance(event, Done) and event.request.window:
            with self._lock:
                self._requests += 1
        elif isinstance(event, Retried):
            with self._lock:
                self._retries += 1


def listener_of(progress: ProgressArgument) -> Listener | None:
    """The listener to an export's progress: a callable, or with True one that writes to standard error.

    Raises
    ------
    InputError
        If it is anything else.
    """
    if progress is None or callable(progress):
        return progress
    if progress is True:
        return _Lines()
    raise InputError(f"progress={brief(progress)}: pass True, a function of an xee_lite.Progress, or None.")


class _Lines:
    """Writes lines to standard error: in place on a terminal, and less often elsewhere."""

    def __init__(self) -> None:
        self._in_place = sys.stderr.isatty()
        self._pause = _TERMINAL_SECONDS if self._in_place else _FILE_SECONDS
        self._last = -self._pause
        self._lock = Lock()

    def __call__(self, progress: Progress) -> None:
        with self._lock:
            now = time.monotonic()
            ended = progress.done + progress.failed == progress.total
            if now - self._last < self._pause and not ended:
                return
            self._last = now
            if self._in_place:
                sys.stderr.write(f"\r\033[K{progress}" + ("\n" if ended else ""))
            else:
                sys.stderr.write(f"{progress}\n")
            sys.stderr.flush()
