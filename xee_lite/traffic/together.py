"""Several reads side by side, for as long as the slowest takes."""

from __future__ import annotations

from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING

from ..options import OPTIONS
from .cancellation import new_scope

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_inside: ContextVar[bool] = ContextVar("inside", default=False)
"""Whether this runs as one of several already: those of those run one after the other, lest threads multiply."""


def together(tasks: Sequence[Callable[[], None]]) -> None:
    """Run all tasks: one in this thread, several in as many threads as requests are allowed at once.

    The first exception, of a task or of the thread that waits (Ctrl-C), ends all of them, and is raised when no thread
    is left.
    """
    if len(tasks) < 2 or _inside.get():
        for task in tasks:
            task()
        return
    pool = ThreadPoolExecutor(min(len(tasks), OPTIONS.max_concurrent_requests), "xee_lite")
    try:
        with new_scope():
            futures = [pool.submit(copy_context().run, _run_inside, task) for task in tasks]
            ended, _ = wait(futures, return_when=FIRST_EXCEPTION)
            for future in ended:
                future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _run_inside(task: Callable[[], None]) -> None:
    _inside.set(True)
    task()
