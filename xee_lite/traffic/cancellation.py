"""Cancellation: a read that is interrupted, or of which one request fails, ends all of its requests.

A read opens a scope. Whatever waits on its behalf, in whichever thread, registers with the scope how it can be woken:
the wait for a turn, the pause before a retry, the wait for a reply on a connection.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event, Lock
from typing import TYPE_CHECKING

from ..errors import XeeLiteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class CancelledError(XeeLiteError):
    """The read to which a request belongs was cancelled."""


class Scope:
    """A read that can be cancelled as a whole."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._wakers: dict[object, Callable[[], None]] = {}
        self._cancelled = False

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled

    def cancel(self) -> None:
        """Wake everything that waits within this scope, now and from now on."""
        with self._lock:
            self._cancelled = True
            # Under the lock: a connection that leaves `waking` may be used by another read next, whose request must
            # not be cut off.
            for wake in self._wakers.values():
                wake()

    @contextmanager
    def waking(self, wake: Callable[[], None]) -> Iterator[None]:
        """Have a function called if the scope is cancelled within this block, or was before it; never after it.

        The function must not wait, and must not enter or leave such a block of the same scope.
        """
        key = object()
        with self._lock:
            self._wakers[key] = wake
            cancelled = self._cancelled
        if cancelled:
            wake()
        try:
            yield
        finally:
            with self._lock:
                del self._wakers[key]

    def check(self) -> None:
        """Raise `CancelledError` if it was cancelled."""
        if self._cancelled:
            raise CancelledError("the read was cancelled")


_scope: ContextVar[Scope | None] = ContextVar("scope", default=None)


def current_scope() -> Scope:
    """The scope of the read in which this is called; outside of one, a scope that is never cancelled."""
    return _scope.get() or Scope()


@contextmanager
def new_scope() -> Iterator[Scope]:
    """A scope of this block: it is cancelled when the block raises, or when the scope around it is cancelled."""
    scope = Scope()
    with current_scope().waking(scope.cancel):
        token = _scope.set(scope)
        try:
            yield scope
        except BaseException:
            scope.cancel()
            raise
        finally:
            _scope.reset(token)


@contextmanager
def entered(scope: Scope) -> Iterator[None]:
    """Make a scope the current one within this block; another thread may cancel it."""
    token = _scope.set(scope)
    try:
        yield
    finally:
        _scope.reset(token)


def pause(seconds: float, over: Event | None = None) -> None:
    """Sleep until the seconds are over, the scope is cancelled, or an event is set.

    Raises
    ------
    CancelledError
        If it was cancelled.
    """
    scope = current_scope()
    over = over or Event()
    with scope.waking(over.set):
        over.wait(seconds)
    scope.check()
