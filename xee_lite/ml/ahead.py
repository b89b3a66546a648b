"""Results that are made in threads while the one before is used."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING, TypeVar

from ..traffic.cancellation import Scope, current_scope, entered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")


def read_ahead(tasks: Iterable[Callable[[], T]], ahead: int) -> Iterator[T]:
    """Give the results of tasks in their order.

    Whoever stops taking them, by closing the iterator or by an exception, ends the requests that are under way.

    Parameters
    ----------
    tasks : iterable of callable
    ahead : int
        Tasks that run while one result is used.
    """
    scope, upcoming = Scope(), iter(tasks)
    waiting: deque[Future[T]] = deque()
    pool = ThreadPoolExecutor(ahead, "xee_lite_patches")

    def run(task: Callable[[], T]) -> T:
        with entered(scope):
            return task()

    def submit() -> None:
        task = next(upcoming, None)
        if task is not None:
            waiting.append(pool.submit(copy_context().run, run, task))

    with current_scope().waking(scope.cancel):
        try:
            for _ in range(ahead):
                submit()
            while waiting:
                result = waiting.popleft().result()
                submit()
                yield result
        finally:
            scope.cancel()
            pool.shutdown(cancel_futures=True)
