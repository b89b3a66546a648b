"""Options of the process: what the gateway lets through."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from threading import Lock
from typing import TYPE_CHECKING

from .errors import InputError
from .traffic.gateway import process_gateway

if TYPE_CHECKING:
    from types import TracebackType


@dataclass(slots=True)
class Options:
    """The values in force; change them with `set_options`.

    Attributes
    ----------
    max_concurrent_requests : int
        Requests at once; Earth Engine allows a project about 40 (its guide on usage).
    requests_per_second : float
        Attempts that start in any second; Earth Engine allows a project 100 (same guide).
    request_timeout : float
        Seconds within which an attempt has to be answered. Interactive requests may compute for five minutes (Earth
        Engine's guide to processing environments), so less would cut off honest work.
    request_deadline : float
        Seconds after which a request that keeps failing is given up; 0 tries each once.
    """

    max_concurrent_requests: int = 40
    requests_per_second: float = 100.0
    request_timeout: float = 400.0
    request_deadline: float = 900.0


OPTIONS = Options()
_lock = Lock()


class set_options:  # noqa: N801 - a function to its users, as xarray's is
    """Set options for the rest of the process, or for a ``with`` block.

    They hold for this process and its forked children; a worker process of a cluster has its own.

    Parameters
    ----------
    **options : float
        ``max_concurrent_requests`` (40), ``requests_per_second`` (100), ``request_timeout`` (400 seconds) and
        ``request_deadline`` (900 seconds), see `Options`.

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

    def __init__(self, **options: float) -> None:
        for name, value in options.items():
            _check(name, value)
        self._before = {name: getattr(OPTIONS, name) for name in options}
        _apply(options)

    def __enter__(self) -> None:
        """Begin a block at whose end the values from before are in force again."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _apply(self._before)


def _apply(options: dict[str, float]) -> None:
    with _lock:
        for name, value in options.items():
            setattr(OPTIONS, name, value)
        process_gateway().configure(
            OPTIONS.max_concurrent_requests, OPTIONS.requests_per_second, OPTIONS.request_deadline
        )


def _check(name: str, value: float) -> None:
    names = [field.name for field in fields(Options)]
    if name not in names:
        raise InputError(f"{name!r} is not an option: pass one of {', '.join(names)}.")
    whole = isinstance(value, int) and not isinstance(value, bool)
    number = whole or isinstance(value, float)
    if name == "max_concurrent_requests" and not (whole and value >= 1):
        raise InputError(f"max_concurrent_requests is {value!r}: pass a whole number of at least 1.")
    if name == "requests_per_second" and not (number and 0 < value < math.inf):
        raise InputError(f"requests_per_second is {value!r}: pass a number above 0.")
    if name == "request_timeout" and not (number and 0 < value < math.inf):
        raise InputError(f"request_timeout is {value!r}: pass seconds above 0.")
    if name == "request_deadline" and not (number and value >= 0):
        raise InputError(f"request_deadline is {value!r}: pass seconds, 0 or more.")
