"""Functions that are called with what happens to requests, in this process and on the workers of its cluster."""

from __future__ import annotations

import os
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

from .elsewhere import bring

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .elsewhere import Kind

T = TypeVar("T")


class Listeners(Generic[T]):
    """The functions of this process that are called with things of one kind, such as events.

    In a forked child nobody listens.

    Parameters
    ----------
    kind : "events", "costs" or "failed reads"
        What is brought from other processes while somebody listens.
    """

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._functions: dict[object, Callable[[T], None]] = {}
        self._lock = Lock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    @property
    def functions(self) -> tuple[Callable[[T], None], ...]:
        """Those that listen now."""
        return tuple(self._functions.values())

    def add(self, function: Callable[[T], None]) -> Callable[[], None]:
        """Have a function called; what is returned ends it, and waits for what is on its way from other processes."""
        key = object()  # the same function may listen twice
        with self._lock:
            self._functions = {**self._functions, key: function}
        end = bring(self._kind)

        def remove() -> None:
            end()
            with self._lock:
                self._functions = {other: listener for other, listener in self._functions.items() if other is not key}

        return remove

    @contextmanager
    def listening(self, function: Callable[[T], None]) -> Iterator[None]:
        """Have a function called within this block: see `add`."""
        remove = self.add(function)
        try:
            yield
        finally:
            remove()

    def tell(self, thing: T) -> None:
        """Call all of them, in this thread."""
        for function in self.functions:
            function(thing)

    def _forget(self) -> None:
        self._functions = {}
        self._lock = Lock()  # a thread that the child does not have may hold the old one
