"""The plugin of a Dask scheduler that hands out the slots of each service to the workers."""

from __future__ import annotations

import logging
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from distributed import SchedulerPlugin

from .slots import Report, SlotTable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from distributed import Scheduler

    from .slots import Grant

REPORTED = "xee-lite-report-1"
GRANTED = "xee-lite-grant-1"
"""Operations of the streams between scheduler and workers; another set of fields in their messages gets another
number."""

_logger = logging.getLogger(__name__)


class SlotPlugin(SchedulerPlugin):  # type: ignore[misc]  # of an untyped library
    """Answers the reports of workers with grants, and frees the slots of workers that are gone."""

    def __init__(self) -> None:
        self.name = REPORTED
        self._tables: dict[str, SlotTable] = {}
        self._scheduler: Any = None

    async def start(self, scheduler: Scheduler) -> None:
        """Receive the reports of workers."""
        self._scheduler = scheduler
        scheduler.stream_handlers[REPORTED] = self.take

    def take(self, service: str, report: dict[str, Any], worker: str) -> None:
        """Answer a report of a worker."""
        try:
            table = self._tables.setdefault(service, SlotTable())
            self._send(service, table.report(worker, Report(**report), time.monotonic()))
        except Exception:  # an exception here would end the connection to the worker
            _logger.exception("The report of %s could not be taken", worker)

    def remove_worker(self, scheduler: Scheduler, worker: str, **_: object) -> None:  # noqa: ARG002 - as Dask calls it
        """Free the slots of a worker that is gone."""
        for service, table in self._tables.items():
            self._send(service, table.drop(worker, time.monotonic()))

    def _send(self, service: str, grants: Mapping[str, Grant]) -> None:
        for worker, grant in grants.items():
            if worker in self._scheduler.stream_comms:
                self._scheduler.worker_send(worker, {"op": GRANTED, "service": service, "grant": asdict(grant)})
