"""Events, costs and failed reads of all workers of a Dask cluster, brought to the client.

In a process with a client of a cluster, subscribers and blocks of `profile` and `failed_reads` hear of the workers too,
without any setting. While there are listeners each worker has a plugin, also one that joins later, which sends messages
four times a second. A subscription or a block that ends first waits for messages that are under way. Events that a
worker had not sent when it was killed are lost.
"""

from __future__ import annotations

import logging
import os
import pickle
import sys
from functools import partial
from queue import SimpleQueue
from threading import Condition, Lock, Thread, current_thread
from threading import Event as ThreadEvent
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from ..traffic.costs import CallRecord, deliver
from ..traffic.elsewhere import bring_with
from ..traffic.events import publish
from ..traffic.recording import FailedRead, tell
from .cap import has_worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..traffic.elsewhere import Kind
    from ..traffic.events import Event

_PATIENCE = 5.0
"""Seconds that the end of a subscription or block waits for messages under way (chosen, not measured)."""

_logger = logging.getLogger(__name__)


def bring_from_workers(kind: Kind) -> Callable[[], None] | None:
    """Begin to bring one kind of entries from the workers; returns how to end it, or None without a cluster."""
    client = _client()
    if client is None:
        return None
    with _lock:
        gathering = _running.get(kind)
        if gathering is None or gathering.client is not client:
            gathering = _running[kind] = _Gathering(client, kind)
        gathering.users += 1
    return partial(_release, gathering)


def _release(gathering: _Gathering) -> None:
    """End it for one user, and on the workers with the last one."""
    gathering.flush()
    with _lock:
        gathering.users -= 1
        if gathering.users:
            return
        if _running.get(gathering.kind) is gathering:
            del _running[gathering.kind]
    gathering.close()


def _client() -> Any:  # noqa: ANN401 - of an untyped library
    """The current client of this process; None in a worker, and for clients that may not be waited for."""
    module = sys.modules.get("distributed.client")
    if module is None:
        return None
    try:
        client = module.Client.current()
    except ValueError:  # there is none
        return None
    if client.asynchronous or client.status != "running" or has_worker():
        return None
    return client


class _Gathering:
    """The entries of one kind that all workers send, and the thread that passes them on."""

    def __init__(self, client: Any, kind: Kind) -> None:  # noqa: ANN401 - of an untyped library
        from .plugins import Gather  # noqa: PLC0415 - which imports distributed

        self.client = client
        self.kind = kind
        self.users = 0
        self._topic = f"xee-lite-{kind}-{uuid4().hex}"
        self._arrived: dict[str, int] = {}
        self._state = Condition()
        self._queue: SimpleQueue[bytes | ThreadEvent | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name=f"xee_lite_{kind}", daemon=True)
        self._thread.start()
        client.subscribe_topic(self._topic, self._take)
        client.register_plugin(Gather(self._topic, kind))

    def flush(self) -> None:
        """Wait until all entries of the workers have been passed on."""
        from .plugins import drained  # noqa: PLC0415 - which imports distributed

        if self.client.status != "running" or current_thread() is self._thread:
            return
        rest = self.client.run(partial(drained, self._topic), on_error="ignore")
        with self._state:
            self._state.wait_for(
                lambda: all(self._arrived.get(worker, 0) >= sent for worker, (sent, _) in rest.items()), _PATIENCE
            )
        for _, batch in rest.values():
            for data in batch:
                self._queue.put(data)
        passed_on = ThreadEvent()
        self._queue.put(passed_on)
        passed_on.wait(_PATIENCE)

    def close(self) -> None:
        """Remove the plugins of all workers, and end the thread."""
        if self.client.status == "running":
            self.client.unregister_worker_plugin(self._topic)
            self.client.unsubscribe_topic(self._topic)
        self._queue.put(None)

    def _take(self, event: tuple[float, dict[str, Any]]) -> None:
        """Take a message, in the client's own loop."""
        _, message = event
        for data in message["batch"]:
            self._queue.put(data)
        with self._state:
            self._arrived[message["worker"]] = message["number"]
            self._state.notify_all()

    def _work(self) -> None:
        """Pass on one entry after the other to the listeners."""
        while (item := self._queue.get()) is not None:
            if isinstance(item, ThreadEvent):
                item.set()
                continue
            try:
                entry = pickle.loads(item)  # noqa: S301 - from a worker of our own cluster, as results are
                if isinstance(entry, CallRecord):
                    deliver(entry)
                elif isinstance(entry, FailedRead):
                    tell(entry)
                else:
                    publish(cast("Event", entry))
            except Exception:  # a mistake in a listener: other entries are still passed on
                _logger.exception("A listener failed on an entry from a worker")


_running: dict[Kind, _Gathering] = {}
_lock = Lock()


def _renew() -> None:
    """Start afresh in a forked child, which has no client, and none of its parent's threads."""
    global _running, _lock
    _running, _lock = {}, Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
bring_with(bring_from_workers)
