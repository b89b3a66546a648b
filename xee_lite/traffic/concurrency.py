"""Tasks side by side in threads, which all end when one of them fails."""

from __future__ import annotations

import threading
import time
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from itertools import count
from typing import TYPE_CHECKING

from .cancellation import new_scope
from .computes import ending_with_compute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_numbers = count()
"""Numbers for the names of threads, which tell the calls of `run_all` apart."""

_inside: ContextVar[bool] = ContextVar("inside", default=False)
"""Whether this runs in a thread of `run_all`: its own tasks then run one after the other, so that threads do not
multiply."""


def run_all(tasks: Sequence[Callable[[], None]], concurrency: int) -> None:
    """Run all tasks: one in this thread, several in at most `concurrency` threads.

    The first exception, of a task or of the waiting thread (Ctrl-C), cancels all of them, and is raised when no thread
    is left.
    """
    if runs_beside_others():
        for task in tasks:
            task()
        return
    with ending_with_compute():
        _run_all(tasks, concurrency)


def _run_all(tasks: Sequence[Callable[[], None]], concurrency: int) -> None:
    if len(tasks) < 2:
        for task in tasks:
            task()
        return
    name = f"xee_lite_{next(_numbers)}"
    pool = ThreadPoolExecutor(min(len(tasks), concurrency), name)
    try:
        with new_scope():
            futures = [pool.submit(copy_context().run, _run_inside, task) for task in tasks]
            ended, _ = wait(futures, return_when=FIRST_EXCEPTION)
            for future in ended:
                future.result()
    finally:
        pool.shutdown(cancel_futures=True)
        _join(f"{name}_")


def _join(prefix: str) -> None:
    """Wait for threads that the pool has lost: Ctrl-C may come between starting a thread and noting it in the pool."""
    for thread in threading.enumerate():
        if thread.name.startswith(prefix):
            while thread.ident is None:  # it is being started, and can not be joined yet
                time.sleep(0.001)
            thread.join()


def _run_inside(task: Callable[[], None]) -> None:
    with one_by_one():
        task()


def runs_beside_others() -> bool:
    """Whether this thread is one of many already, as many as there may be requests."""
    return _inside.get()


@contextmanager
def one_by_one() -> Iterator[None]:
    """Within this block `run_all` starts no threads: there are as many already as there may be requests."""
    token = _inside.set(True)
    try:
        yield
    finally:
        _inside.reset(token)
