"""The progress of an export, reported while it runs, and its result."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Literal

from ..errors import InputError, brief
from ..planning.sizes import human_bytes
from ..profiling import Cost, human_eecu
from ..traffic.costs import collecting
from ..traffic.events import Done, Retried, subscribe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ..errors import RequestError
    from ..traffic.events import Event
    from .parts import Part

    ProgressArgument = Literal[True] | Callable[["Progress"], None] | None


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of an export.

    Attributes
    ----------
    done, total : int
        Parts that are written, those of an earlier run included, and all parts.
    bytes, total_bytes : int
        Bytes of the pixels of these parts in memory.
    fetched : int
        Bytes of the parts that this run has written.
    seconds : float
        Seconds since this run began.
    requests, retries : int
        Requests for pixels of this process since then, and attempts that were made again.
    failed : int
        Parts that failed for good.
    memory : int
        Bytes that the parts under way may take together.
    eecu_seconds : float or None
        The cost of the requests as far as the service has reported it; None where it has not.
    """

    done: int
    total: int
    bytes: int
    total_bytes: int
    fetched: int
    seconds: float
    requests: int
    retries: int
    failed: int
    memory: int
    eecu_seconds: float | None = None

    @property
    def rate(self) -> float:
        """Bytes per second of this run."""
        return self.fetched / self.seconds if self.seconds else 0.0

    @property
    def left(self) -> float | None:
        """Seconds that the rest takes at this rate; None while no part is written."""
        return (self.total_bytes - self.bytes) / self.rate if self.rate else None

    def __str__(self) -> str:
        parts = [
            f"{self.done} of {self.total} parts",
            f"{human_bytes(self.bytes)} of {human_bytes(self.total_bytes)}",
            f"{self.requests} requests",
        ]
        if not self.fetched and self.done < self.total:
            parts.append(f"up to {human_bytes(self.memory)} in memory")
        elif self.done < self.total and self.left is not None:
            parts += [f"{human_bytes(int(self.rate))}/s", f"{_clock(self.left)} left"]
        else:
            parts.append(_clock(self.seconds))
        parts += [f"{self.retries} retries"] if self.retries else []
        parts += [f"{self.failed} failed"] if self.failed else []
        parts += [human_eecu(self.eecu_seconds)] if self.eecu_seconds is not None else []
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class FailedPart:
    """A part that the service could not give.

    Attributes
    ----------
    names : tuple of str
        Variables.
    region : dict of str to slice
        Its place in the dataset, for `xarray.Dataset.isel`.
    error : RequestError
    """

    names: tuple[str, ...]
    region: dict[str, slice]
    error: RequestError


@dataclass(frozen=True, slots=True)
class Export:
    """The result of an export.

    Attributes
    ----------
    paths : tuple of str
        Files, or the store.
    parts, reused : int
        All parts, and those that an earlier run had written.
    requests, bytes : int
        Requests for pixels of this run, and bytes of the pixels in memory that it wrote.
    failed : tuple of FailedPart
        With ``errors="record"``. They are missing in a store, and a file is not written before they are there: the
        same call again makes these requests alone.
    eecu_seconds : float or None
        The cost that the service reported, where progress was asked for.
    """

    paths: tuple[str, ...]
    parts: int
    reused: int
    requests: int
    bytes: int
    failed: tuple[FailedPart, ...] = ()
    eecu_seconds: float | None = None

    def __add__(self, other: Export) -> Export:
        known = [each.eecu_seconds for each in (self, other) if each.eecu_seconds is not None]
        return Export(
            tuple(dict.fromkeys([*self.paths, *other.paths])),
            self.parts + other.parts,
            self.reused + other.reused,
            self.requests + other.requests,
            self.bytes + other.bytes,
            (*self.failed, *other.failed),
            sum(known) if known else None,
        )

    def __str__(self) -> str:
        text = f"{', '.join(self.paths)}: {self.parts} parts, {self.requests} requests, {human_bytes(self.bytes)}"
        text += f", {self.reused} parts were there already" if self.reused else ""
        return text + (f", {len(self.failed)} failed: run it again to ask for these" if self.failed else "")


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


def listener_of(progress: ProgressArgument) -> Callable[[Progress], None] | None:
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
    """Writes a line about twice a second on a terminal, in place, and every ten seconds elsewhere."""

    def __init__(self) -> None:
        self._in_place = sys.stderr.isatty()
        self._pause = 0.5 if self._in_place else 10.0
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


def _clock(seconds: float) -> str:
    """A duration in words, such as "42 s", "3 min 5 s" or "2 h 10 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
