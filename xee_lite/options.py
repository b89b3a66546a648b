"""Options of the process: how many requests go out, and how long they may take."""

from __future__ import annotations

import math
import os
import warnings
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from .errors import InputError, XeeLiteWarning, brief

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


@dataclass(slots=True)
class Options:
    """The values in force; change them with `set_options`.

    Attributes
    ----------
    max_concurrent_requests : int, optional
        Requests at once to one service; None for what the service allows (Earth Engine: 40 for a project).
    requests_per_second : float, optional
        Attempts that start in any second at one service; None for what the service allows (Earth Engine: 100).
    request_timeout : float
        Seconds within which an attempt has to be over: connecting, sending, and the last byte of the reply. The default
        is five minutes, for which interactive requests may compute (Earth Engine's guide to processing environments),
        and 100 s for the transfer, which are chosen.
    request_deadline : float
        Seconds after which a request that keeps failing is given up; 0 tries each once. The default is chosen: long
        enough for an outage of some minutes, and for at least one retry of an attempt that timed out.
    read_ahead_bytes : int
        Bytes of pixels that may be read before Dask gets to their tasks, see `xee_lite.read_ahead`; 0 reads nothing
        ahead. The default is chosen: 40 requests at once of 12 MiB each, in memory that a laptop has.
    eecu_limit : float, optional
        EECU-seconds that requests of this process may cost from when it is set, as their profiles tell; None for no
        limit. See `xee_lite.traffic.budget`.
    eecu_used : float
        EECU-seconds that were measured in this process while a limit was set; no option, but kept beside the limit.
    eecu_from : float
        What had been used when the limit was set; no option either.
    """

    max_concurrent_requests: int | None = None
    requests_per_second: float | None = None
    request_timeout: float = 400.0
    request_deadline: float = 900.0
    read_ahead_bytes: int = 512 * 2**20
    eecu_limit: float | None = None
    eecu_used: float = 0.0
    eecu_from: float = 0.0

    def concurrency(self, allowed: int) -> int:
        """Requests at once to one service, which allows a number of its own."""
        return allowed if self.max_concurrent_requests is None else self.max_concurrent_requests

    def rate(self, allowed: float) -> float:
        """Requests per second to one service, which allows a number of its own."""
        return allowed if self.requests_per_second is None else self.requests_per_second


OPTIONS = Options()
_lock = Lock()
_reactions: list[Callable[[], None]] = []


def on_change(reaction: Callable[[], None]) -> None:
    """Have a function called after each change of the options."""
    _reactions.append(reaction)


class set_options:  # noqa: N801 - a function to its users, as xarray's is
    """Set options for the rest of the process, or for a ``with`` block.

    They hold for this process and its forked children, and are sent along with each dataset that is pickled: a worker
    takes them over unless it has set an option itself. On a Dask cluster ``max_concurrent_requests`` and
    ``requests_per_second`` are those of all workers together. An environment variable such as
    ``XEE_LITE_MAX_CONCURRENT_REQUESTS`` sets an option when the package is imported.

    Parameters
    ----------
    **options : float or None
        ``max_concurrent_requests`` (1 to 10000; None: what the service allows, 40 for Earth Engine),
        ``requests_per_second`` (0.001 to 1e9; None, likewise, 100), ``request_timeout`` (0.001 to 1e7 seconds; 400),
        ``request_deadline`` (0 to 1e12 seconds, or ``math.inf``; 900), ``read_ahead_bytes`` (0 to 2**50; 512 MiB) and
        ``eecu_limit`` (0 to 1e12 EECU-seconds; None: no limit).
        `Options` says what they mean.

    Raises
    ------
    InputError
        For an unknown name or an impossible value; then nothing is changed.

    Examples
    --------
    >>> import xee_lite
    >>> with xee_lite.set_options(max_concurrent_requests=10):
    ...     pass
    """

    def __init__(self, **options: float | None) -> None:
        for name, value in options.items():
            _check(name, value)
        if "eecu_limit" in options:  # it counts from now on; what is used within a block counts outside of it too
            options = {**options, "eecu_from": OPTIONS.eecu_used}
        self._before = {name: getattr(OPTIONS, name) for name in options}
        _apply(options)

    def __enter__(self) -> None:
        """Begin a block at whose end the values from before are in force again."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _apply(self._before)


def _apply(options: dict[str, float | None]) -> None:
    with _lock:
        for name, value in options.items():
            setattr(OPTIONS, name, value)
        for reaction in _reactions:
            reaction()


@dataclass(frozen=True, slots=True)
class _Range:
    """Which values an option may have, and how a message calls them."""

    minimum: float
    maximum: float
    words: str
    whole: bool = False
    or_infinite: bool = False

    def has(self, value: object) -> bool:
        """Whether a value is one of them."""
        if not isinstance(value, int if self.whole else int | float) or isinstance(value, bool):
            return False
        return self.minimum <= value <= self.maximum or (self.or_infinite and value == math.inf)


_RANGES = {
    # Each request has a thread of its own.
    "max_concurrent_requests": _Range(1, 10_000, "a whole number from 1 to 10000, or None", whole=True),
    "requests_per_second": _Range(0.001, 1e9, "a number from 0.001 to 1e9, or None"),
    # Sockets refuse time-outs of more than 292 years (nanoseconds in 64 bits); 1e7 s are 115 days.
    "request_timeout": _Range(0.001, 1e7, "seconds from 0.001 to 1e7"),
    "request_deadline": _Range(0.0, 1e12, "seconds, 0 or more, or math.inf", or_infinite=True),
    "eecu_limit": _Range(0.0, 1e12, "EECU-seconds from 0 to 1e12, or None"),
    "read_ahead_bytes": _Range(0, 2**50, "a whole number of bytes, or 0 to read nothing ahead", whole=True),
}
"""Chosen to refuse mistakes, such as a time-out in milliseconds, and nothing that anyone means."""


_ENVIRONMENT = "XEE_LITE_"
"""Prefix of the environment variables that set options when the package is imported, before names in upper case."""

_adopted: dict[str, float | None] = {}
"""Options that came with a dataset, and their values."""

_NOTHING = object()
"""Equal to no value of an option."""


def changed_options() -> dict[str, float | None]:
    """The options of this process that differ from the defaults."""
    default = Options()
    return {name: getattr(OPTIONS, name) for name in _RANGES if getattr(OPTIONS, name) != getattr(default, name)}


def adopt_options(options: dict[str, float | None]) -> None:
    """Take over options that came with a dataset; what this process has set itself stays.

    Parameters
    ----------
    options : mapping of str to value
        Those that differ from the defaults where the dataset was made. What came with another dataset before is undone.
    """
    if options == _adopted:
        return
    own = {name for name, value in changed_options().items() if _adopted.get(name, _NOTHING) != value}
    default = Options()
    adopted = {name: getattr(default, name) for name in _adopted} | options
    new = {name: value for name, value in adopted.items() if name in _RANGES and name not in own}
    if "eecu_limit" in new:
        new["eecu_from"] = OPTIONS.eecu_used
    _adopted.clear()
    _adopted.update(options)
    _apply(new)


def _from_environment() -> None:
    """Set the options that have an environment variable; a warning tells of one that is no value of its option."""
    for name, allowed in _RANGES.items():
        variable = _ENVIRONMENT + name.upper()
        text = os.environ.get(variable)
        if text is None:
            continue
        try:
            value: float = int(text) if text.strip().lstrip("+-").isdigit() else float(text)
            _check(name, value)
        except ValueError as error:  # an InputError is one
            words = str(error) if isinstance(error, InputError) else f"pass {allowed.words}."
            warnings.warn(
                f"The environment variable {variable}={brief(text)} is passed over: {words}",
                XeeLiteWarning,
                stacklevel=2,
            )
        else:
            _apply({name: value})


def _check(name: str, value: object) -> None:
    if name not in _RANGES:
        raise InputError(f"{brief(name)} is not an option: pass one of {', '.join(_RANGES)}.")
    if value is None and getattr(Options(), name) is None:
        return
    if not _RANGES[name].has(value):
        raise InputError(f"{name} is {brief(value)}: pass {_RANGES[name].words}.")


_from_environment()
