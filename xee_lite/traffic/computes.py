"""The Dask computes of this process: a read ends with the compute that asked for it.

Dask's threads outlive a compute that is interrupted (Ctrl-C) or fails: a read in one of them would go on, in an outage
for as long as `set_options(request_deadline=...)` says, and the next compute would wait for the thread. Dask tells by a
callback when a compute of its local schedulers begins and ends, and passes context variables on to its own threads. For
threads of other pools it is not known which of several computes they work for: a read there ends with the last of them.
"""

from __future__ import annotations

import inspect
import os
import sys
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import TYPE_CHECKING

from .cancellation import CancelledError, Scope, new_scope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_compute: ContextVar[Scope | None] = ContextVar("compute", default=None)
_outer: ContextVar[tuple[Scope | None, ...]] = ContextVar("outer", default=())
"""The computes within which the one of this context runs."""
_active: set[Scope] = set()
_lock = Lock()
_watching = False


def watch_computes() -> None:
    """Hear of all computes that begin from now on; a second time does nothing."""
    global _watching  # noqa: PLW0603 - Dask has one list of callbacks for the process
    from dask.callbacks import Callback  # noqa: PLC0415 - not before something is opened

    with _lock:
        if _watching:
            return
        _watching = True

    def start(_graph: object) -> None:
        # Within a compute Dask sets its callbacks aside, also for computes that other threads begin meanwhile.
        hook.register()
        compute = Scope()
        _outer.set((*_outer.get(), _compute.get()))
        _compute.set(compute)
        with _lock:
            _active.add(compute)

    def finish(_graph: object, _state: object, _failed: object) -> None:
        *rest, before = _outer.get()
        compute = _compute.get()
        _outer.set(tuple(rest))
        _compute.set(before)
        if compute is not None:
            with _lock:
                _active.discard(compute)
            compute.cancel()

    hook = Callback(start=start, finish=finish)
    hook.register()


@contextmanager
def ending_with_compute() -> Iterator[None]:
    """Within this block, what waits ends when the compute does in one of whose tasks this thread is.

    Raises
    ------
    CancelledError
        If it has ended already.
    """
    own = _compute.get()
    if own is None and not _active:  # the usual case costs nothing
        yield
        return
    if not _is_in_task(inspect.currentframe()):
        yield
        return
    with _lock:
        computes = [own] if own is not None and own in _active else list(_active)
    if not computes:
        raise CancelledError("the compute was ended")
    with new_scope() as scope, ExitStack() as stack:

        def wake() -> None:
            if all(compute.cancelled for compute in computes):
                scope.cancel()

        for compute in computes:
            stack.enter_context(compute.waking(wake))
        yield


def _is_in_task(frame: FrameType | None) -> bool:
    """Whether one of Dask's local schedulers has called this."""
    while frame is not None:
        if frame.f_globals.get("__name__") == "dask.local":
            return True
        frame = frame.f_back
    return False


def _renew() -> None:
    """No compute of its parent runs in a forked child."""
    global _active, _lock
    _active, _lock = set(), Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
if "dask" in sys.modules:  # else it is being imported for a dataset that came as a pickle, or not at all yet
    watch_computes()
