"""Records of what calls cost: when they are made, and who is told of them.

A service that profiles its computations names the profile of a call in the reply. A call is recorded while somebody
counts, in the whole process or in one context, or while a limit is set; else the service is not asked for a profile.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..options import OPTIONS
from .listeners import Listeners

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager


@dataclass(slots=True, eq=False)
class CallRecord:
    """One call, over all its attempts.

    Attributes
    ----------
    service : str
        Which service was called, for which project.
    asset : str
        What was asked for.
    images : int
        Images times bands, by which the cost of pixels is expected; 0 for metadata.
    fetch : callable
        From ids of profiles to the EECU-seconds of all of them together; makes a request of its own.
    profiles : list of str
        Ids of the profiles, one for each attempt that the service profiled, failed ones included.
    bytes : int
        Of the replies that answered.
    succeeded : bool
        Whether the call returned.
    """

    service: str
    asset: str
    images: int
    fetch: Callable[[Sequence[str]], float]
    profiles: list[str] = field(default_factory=list)
    bytes: int = 0
    succeeded: bool = False


Collector = Callable[[CallRecord], None]
"""Is told of each call that is over."""

_collectors: Listeners[CallRecord] = Listeners("costs")
"""Of the whole process."""
_own: ContextVar[tuple[Collector, ...]] = ContextVar("own", default=())
"""Of one context."""
_call: ContextVar[CallRecord | None] = ContextVar("call", default=None)
_unrecorded: ContextVar[bool] = ContextVar("unrecorded", default=False)


def collecting(collector: Collector) -> AbstractContextManager[None]:
    """Tell a collector of the calls of all threads of this process that begin within this block.

    Of those of the workers of its cluster too, where it has one; the end of the block waits for what is on its way.
    """
    return _collectors.listening(collector)


def deliver(record: CallRecord) -> None:
    """Tell the collectors of a call that another process has made."""
    _collectors.tell(record)


@contextmanager
def collecting_here(collector: Collector) -> Iterator[None]:
    """Tell a collector of the calls of this context alone, and of the threads that get a copy of it."""
    token = _own.set((*_own.get(), collector))
    try:
        yield
    finally:
        _own.reset(token)


@contextmanager
def unrecorded() -> Iterator[None]:
    """Calls within this block are not recorded: those that fetch profiles."""
    token = _unrecorded.set(True)
    try:
        yield
    finally:
        _unrecorded.reset(token)


@contextmanager
def recorded(record: CallRecord, admitted: Callable[[CallRecord], AbstractContextManager[None]]) -> Iterator[None]:
    """Record a call, where somebody counts.

    Parameters
    ----------
    record : CallRecord
        Nothing has come yet.
    admitted : callable
        Entered around the call while ``eecu_limit`` is set.
    """
    collectors = (*_collectors.functions, *_own.get())
    limited = OPTIONS.eecu_limit is not None
    if _unrecorded.get() or not (collectors or limited):
        yield
        return
    with ExitStack() as stack:
        if limited:
            stack.enter_context(admitted(record))
        token = _call.set(record)
        try:
            yield
            record.succeeded = True
        finally:
            _call.reset(token)
            for collector in collectors:
                collector(record)


def current_call() -> CallRecord | None:
    """The record of the call that this thread makes; None where nobody counts, so that no profile is asked for."""
    return _call.get()


def profiles_of_call() -> tuple[str, ...]:
    """Ids of the profiles of the call that this thread makes, so far."""
    call = _call.get()
    return () if call is None else tuple(call.profiles)
