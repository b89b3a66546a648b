"""A limit of the whole cluster, with nothing set: in a worker of Dask the gateway asks the scheduler for its slots.

``distributed`` is imported here only in processes that have a worker, and so have loaded it.
"""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from ..traffic.gateways import share_limits
from .lease import TICK, LeasedLimiter
from .slots import Grant

if TYPE_CHECKING:
    from collections.abc import Callable

    from distributed import Worker

    from ..traffic.limiters import Limiter, RateLimiter
    from .slots import Report

_RUNNING = "running", "paused", "closing_gracefully"
"""States of a worker whose tasks may read."""

_RETRY_SECONDS = 30.0
"""After which a scheduler is asked again that did not take the plugin."""


def limiter_of(service: str, allowed: Callable[[], tuple[int, float]], rate: RateLimiter) -> Limiter | None:
    """The limiter of a service in this process, if it has a running worker; else None."""
    worker = _worker()
    if worker is None:
        return None
    with _lock:
        links = _links.get(worker)
        if links is None:
            links = _links[worker] = _Links(worker)
    return links.limiter(service, allowed, rate)


def has_worker() -> bool:
    """Whether this process is a worker of a cluster, or has one."""
    return _worker() is not None


def _worker() -> Worker | None:
    """The worker of this process with the first address; a thread of a read need not be one of the worker's own."""
    module = sys.modules.get("distributed.worker")
    instances = getattr(getattr(module, "Worker", None), "_instances", ())
    running = [worker for worker in tuple(instances) if worker.status.name in _RUNNING]
    return min(running, key=lambda worker: str(worker.address), default=None)


class _Links:
    """The limiters of a worker, and what they say to the scheduler."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._lock = Lock()
        self._limiters: dict[str, LeasedLimiter] = {}
        self._waiting: list[tuple[str, Report]] = []
        self._connecting = self._connected = False
        self._ticking: set[str] = set()

    def limiter(self, service: str, allowed: Callable[[], tuple[int, float]], rate: RateLimiter) -> LeasedLimiter:
        """That of a service; the same as long as the worker lives."""
        with self._lock:
            if service not in self._limiters:

                def send(report: Report) -> None:
                    self._worker.loop.add_callback(self._tell, service, report)

                self._limiters[service] = LeasedLimiter(send, allowed, rate)
            return self._limiters[service]

    async def _tell(self, service: str, report: Report) -> None:
        """Send a report; in the worker's own loop, as all that follows."""
        if not self._connected:
            if not (self._connecting and self._limiters[service].is_alone):  # then nobody takes it for a while
                self._waiting.append((service, report))
            if not self._connecting:
                self._connecting = True
                await self._connect()
            return
        from .scheduler import REPORTED  # noqa: PLC0415 - which imports distributed

        self._worker.batched_send({"op": REPORTED, "service": service, "report": asdict(report)})
        if service not in self._ticking:
            self._ticking.add(service)
            self._worker.loop.call_later(TICK, self._tick, service)

    def _tick(self, service: str) -> None:
        self._ticking.discard(service)
        self._limiters[service].tick()  # whose report starts the next one

    async def _connect(self) -> None:
        """Have the scheduler load its part, if no worker has before."""
        from distributed.protocol.pickle import dumps  # noqa: PLC0415 - a worker has loaded it

        from .scheduler import GRANTED, REPORTED, SlotPlugin  # noqa: PLC0415 - as above

        worker: Any = self._worker
        worker.stream_handlers[GRANTED] = self._take
        try:
            await worker.scheduler.register_scheduler_plugin(plugin=dumps(SlotPlugin()), name=REPORTED, idempotent=True)
        except Exception as error:  # noqa: BLE001 - whatever a scheduler of another version or without our package raises
            workers = await _count(worker)
            reason = f"The scheduler does not take xee_lite's plugin ({type(error).__name__}: {error})"
            for limiter in self._limiters.values():
                limiter.forsake(reason, workers)
            self._waiting.clear()
            worker.loop.call_later(_RETRY_SECONDS, self._try_again)
            return
        self._connected = True
        waiting, self._waiting = self._waiting, []
        for service, report in waiting:
            await self._tell(service, report)

    def _try_again(self) -> None:
        self._connecting = False

    def _take(self, service: str, grant: dict[str, Any]) -> None:
        limiter = self._limiters.get(service)
        if limiter is not None:
            limiter.receive(Grant(**grant))


async def _count(worker: Any) -> int:  # noqa: ANN401 - of an untyped library
    """Workers that the scheduler knows; 1 where it does not say."""
    try:
        return len(await worker.scheduler.ncores())
    except Exception:  # noqa: BLE001 - it is only for a better guess
        return 1


_links: WeakKeyDictionary[Worker, _Links] = WeakKeyDictionary()
_lock = Lock()


def _renew() -> None:
    """A forked child has no worker, and holds no lock of a thread that it does not have."""
    global _links, _lock
    _links, _lock = WeakKeyDictionary(), Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
share_limits(limiter_of)
