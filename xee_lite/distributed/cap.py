"""One limit for a whole Dask cluster, without any setting: the gateway of a worker asks the scheduler for its slots.

``distributed`` is imported only in processes that have a worker, which have loaded it.
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
"""After which a scheduler that did not take the plugin is asked again (chosen, not measured)."""


def limiter_of(service: str, allowed: Callable[[], tuple[int, float]], rate: RateLimiter) -> Limiter | None:
    """The limiter of a service where this process has a running worker; else None."""
    worker = _worker()
    if worker is None:
        return None
    with _lock:
        links = _links.get(worker)
        if links is None:
            links = _links[worker] = _Links(worker)
    return links.limiter(service, allowed, rate)


def has_worker() -> bool:
    """Whether a worker of a cluster runs in this process."""
    return _worker() is not None


def _worker() -> Worker | None:
    """The worker of this process, of several that with the first address.

    ``distributed.get_worker`` finds it only in threads of the worker, and reads have threads of their own.
    """
    module = sys.modules.get("distributed.worker")
    instances = getattr(getattr(module, "Worker", None), "_instances", ())
    running = [worker for worker in tuple(instances) if worker.status.name in _RUNNING]
    return min(running, key=lambda worker: str(worker.address), default=None)


class _Links:
    """The limiters of a worker, and their connection to the scheduler."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._lock = Lock()
        self._limiters: dict[str, LeasedLimiter] = {}
        self._waiting: list[tuple[str, Report]] = []
        self._connecting = self._connected = False
        self._ticking: set[str] = set()

    def limiter(self, service: str, allowed: Callable[[], tuple[int, float]], rate: RateLimiter) -> LeasedLimiter:
        """The limiter of a service, made once for a worker."""
        with self._lock:
            if service not in self._limiters:

                def send(report: Report) -> None:
                    self._worker.loop.add_callback(self._send, service, report)

                self._limiters[service] = LeasedLimiter(send, allowed, rate)
            return self._limiters[service]

    async def _send(self, service: str, report: Report) -> None:
        """Send a report. This method and those below run in the worker's own loop."""
        if not self._connected:
            # A limiter that goes by its share is not connected for a while: its reports would be out of date.
            if not (self._connecting and self._limiters[service].is_alone):
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
        self._limiters[service].tick()  # it reports where there is news, and the report starts the next tick

    async def _connect(self) -> None:
        """Have the scheduler load its plugin, unless another worker has."""
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
                limiter.go_alone(reason, workers)
            self._waiting.clear()
            worker.loop.call_later(_RETRY_SECONDS, self._try_again)
            return
        self._connected = True
        waiting, self._waiting = self._waiting, []
        for service, report in waiting:
            await self._send(service, report)

    def _try_again(self) -> None:
        self._connecting = False

    def _take(self, service: str, grant: dict[str, Any]) -> None:
        """Take a message of the scheduler."""
        limiter = self._limiters.get(service)
        if limiter is not None:
            limiter.receive(Grant(**grant))


async def _count(worker: Any) -> int:  # noqa: ANN401 - of an untyped library
    """How many workers the scheduler knows; 1 where it does not answer."""
    try:
        return len(await worker.scheduler.ncores())
    except Exception:  # noqa: BLE001 - the number only improves the share
        return 1


_links: WeakKeyDictionary[Worker, _Links] = WeakKeyDictionary()
_lock = Lock()


def _renew() -> None:
    """Start afresh in a forked child, which has no worker, and none of the threads that may hold the lock."""
    global _links, _lock
    _links, _lock = WeakKeyDictionary(), Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
share_limits(limiter_of)
