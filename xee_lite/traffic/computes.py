"""The Dask computes of this process: a read ends with the compute that asked for it.

Dask's threads outlive a compute that is interrupted (Ctrl-C) or fails: a read in one of them would go on, in an outage
for as long as `set_options(request_deadline=...)` says, and the next compute would wait for the thread. Dask's
callbacks tell when a compute of its local schedulers begins and ends, and its own threads get the context variables of
the compute. Of threads in other pools it is not known for which of several computes they work: a read there ends with
the last of them.
"""

from __future__ import annotations

import inspect
import os
import sys
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import TYPE_CHECKING, Any

from .cancellation import CancelledError, Scope, new_scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import FrameType


class Compute(Scope):
    """A compute of one of Dask's local schedulers, as the scope of its reads.

    Attributes
    ----------
    graph : mapping of key to GraphNode
        What is computed.
    state : mapping
        Of Dask's scheduler, once it has begun: ``running`` has the keys of tasks that run, ``ready`` those of tasks
        that wait for no other, the next one last, and ``cache`` the values that are there.
    """

    def __init__(self, graph: Mapping[Any, Any]) -> None:
        super().__init__()
        self.graph = graph
        self.state: Mapping[str, Any] = {}
        self._endings: list[Callable[[], None]] = []

    def at_end(self, ending: Callable[[], None]) -> None:
        """Have a function called when the compute is over, or at once if it is over already."""
        with _lock:
            over = self not in _active
            if not over:
                self._endings.append(ending)
        if over:
            ending()

    def end(self) -> None:
        """End the reads of its tasks."""
        self.cancel()
        for ending in self._endings:
            ending()


_compute: ContextVar[Compute | None] = ContextVar("compute", default=None)
_outer: ContextVar[tuple[Compute | None, ...]] = ContextVar("outer", default=())
"""The computes within which the one of this context runs."""
_active: set[Compute] = set()
_lock = Lock()
_watching = False


def watch_computes() -> None:
    """Register Dask's callbacks for all computes that begin from now on; a second call does nothing."""
    global _watching  # noqa: PLW0603 - Dask has one list of callbacks for the process
    from dask.callbacks import Callback  # noqa: PLC0415 - not before something is opened

    with _lock:
        if _watching:
            return
        _watching = True

    def start(graph: Mapping[Any, Any]) -> None:
        # Within a compute Dask takes its callbacks out of their list, for computes that other threads begin as well.
        hook.register()
        compute = Compute(graph)
        _outer.set((*_outer.get(), _compute.get()))
        _compute.set(compute)
        with _lock:
            _active.add(compute)

    def start_state(_graph: object, state: Mapping[str, Any]) -> None:
        compute = _compute.get()
        if compute is not None:
            compute.state = state

    def finish(_graph: object, _state: object, _failed: object) -> None:
        *rest, before = _outer.get()
        compute = _compute.get()
        _outer.set(tuple(rest))
        _compute.set(before)
        if compute is not None:
            with _lock:
                _active.discard(compute)
            compute.end()

    hook = Callback(start=start, start_state=start_state, finish=finish)
    hook.register()


def current_compute() -> Compute | None:
    """The compute of the task in which this is called; None outside of tasks, and in pools that are not Dask's own."""
    compute = _compute.get()
    return compute if compute in _active else None


@contextmanager
def ending_with_compute() -> Iterator[None]:
    """Within this block, reads are cancelled when the compute ends in whose task this thread is.

    Raises
    ------
    CancelledError
        If it has ended already.
    """
    own = _compute.get()
    if own is None and not _active:  # without Dask, the stack need not be searched
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
    """In a forked child no compute of its parent runs."""
    global _active, _lock
    _active, _lock = set(), Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
if "dask" in sys.modules:  # as on a worker that unpickles a dataset in a compute; else opening a dataset calls it
    watch_computes()
