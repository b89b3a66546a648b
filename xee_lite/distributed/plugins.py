"""Plugins for the workers of a Dask cluster, which workers that join late or are restarted have too."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Any

from distributed import WorkerPlugin
from distributed.protocol.pickle import dumps

from ..errors import XeeLiteError
from ..traffic.costs import collecting
from ..traffic.events import Done, subscribe
from ..traffic.recording import collecting_failed_reads

if TYPE_CHECKING:
    from collections.abc import Callable

    from distributed import Worker

    from ..traffic.elsewhere import Kind

_SEND_SECONDS = 0.25
"""Between the first event of a batch and the message with all that happened meanwhile (chosen, not measured)."""


class WorkerCredentials(WorkerPlugin):  # type: ignore[misc]  # of an untyped library
    """Have workers begin their sessions with the credentials that a function gives, also workers that join later.

    Parameters
    ----------
    recipe : callable
        Called without arguments in each worker at its first read; it returns credentials of ``google.auth``. The
        function travels to the workers, so it should read a secret there, from a file or a secret manager, rather than
        hold one.

    Examples
    --------
    >>> import ee
    >>> from xee_lite.distributed import WorkerCredentials
    >>> def recipe():
    ...     return ee.ServiceAccountCredentials(None, "/run/secrets/earth-engine.json")
    >>> plugin = WorkerCredentials(recipe)  # then client.register_plugin(plugin)
    """

    name = "xee-lite-credentials"

    def __init__(self, recipe: Callable[[], Any]) -> None:
        self._recipe = recipe

    def setup(self, worker: Worker) -> None:  # noqa: ARG002 - as Dask calls it
        """Set the recipe for sessions of this worker."""
        from ..earthengine.credentials import use_recipe  # noqa: PLC0415 - ee is slow to import, and the client needs none

        use_recipe(self._recipe)

    def teardown(self, worker: Worker) -> None:  # noqa: ARG002 - as Dask calls it
        """Go back to the credentials that the worker finds."""
        from ..earthengine.credentials import use_recipe  # noqa: PLC0415 - as above

        use_recipe(None)


class Gather(WorkerPlugin):  # type: ignore[misc]  # of an untyped library
    """Sends events, costs or failed reads of a worker to the clients that listen to a topic of its scheduler.

    Parameters
    ----------
    topic : str
    kind : "events", "costs" or "failed reads"
    """

    def __init__(self, topic: str, kind: Kind) -> None:
        self.name = topic
        self._kind = kind

    def setup(self, worker: Worker) -> None:
        """Begin to collect."""
        self._worker: Any = worker
        self._lock = Lock()
        self._batch: list[bytes] = []
        self._sent = 0
        block = ExitStack()
        if self._kind == "events":
            block.callback(subscribe(self._add))
        elif self._kind == "costs":
            block.enter_context(collecting(self._add))
        else:
            block.enter_context(collecting_failed_reads(self._add))
        self._end = block.close

    def teardown(self, worker: Worker) -> None:  # noqa: ARG002 - as Dask calls it
        """Stop collecting."""
        self._end()

    def drain(self) -> tuple[int, list[bytes]]:
        """How many messages have been sent, and the batch that has not been; to be called in the worker's loop."""
        with self._lock:
            batch, self._batch = self._batch, []
        return self._sent, batch

    def _add(self, entry: object) -> None:
        data = _pickled(entry)
        with self._lock:
            first = not self._batch
            self._batch.append(data)
        if first:
            self._worker.loop.add_callback(self._worker.loop.call_later, _SEND_SECONDS, self._send)

    def _send(self) -> None:
        _, batch = self.drain()
        if batch:
            self._sent += 1
            self._worker.log_event(self.name, {"worker": self._worker.address, "number": self._sent, "batch": batch})


def drained(topic: str, dask_worker: Any) -> tuple[int, list[bytes]]:  # noqa: ANN401 - of an untyped library
    """`Gather.drain` of a worker, for ``client.run``."""
    plugin = dask_worker.plugins.get(topic)
    return plugin.drain() if plugin is not None else (0, [])


def _pickled(entry: object) -> bytes:
    """An entry as bytes; an error that can not be pickled goes as its text."""
    try:
        data: bytes = dumps(entry)
    except Exception:
        if not isinstance(entry, Done):
            raise
        data = dumps(replace(entry, error=XeeLiteError(f"{type(entry.error).__name__}: {entry.error}")))
    return data
