"""What an export says of itself: its progress while it runs, the parts that failed, and its result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ..planning.sizes import human_bytes
from ..profiling import human_eecu

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..errors import RequestError

    Listener = Callable[["Progress"], None]
    ProgressArgument = Literal[True] | Listener | None


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


def _clock(seconds: float) -> str:
    """A duration in words, such as "42 s", "3 min 5 s" or "2 h 10 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
