"""Long-running operations: what clients call tasks."""

from __future__ import annotations

import base64
import itertools
import logging
import math
import queue
import re
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .. import request_limits
from ..errors import EarthError
from .asset_json import timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from .payload import Json

_LOGGER = logging.getLogger(__name__)
_WORKERS = 2
"""Operations that run at once (guide to usage: on average 2 batch tasks)."""
_LONGEST_WAIT = 60.0
"""Seconds for which ``wait`` holds its reply back at most."""
_CODES = {"INVALID_ARGUMENT": 3, "NOT_FOUND": 5, "PERMISSION_DENIED": 7, "FAILED_PRECONDITION": 9, "UNIMPLEMENTED": 12}
"""Numbers of the ``google.rpc`` names, which the errors of operations have."""


class CancelledError(Exception):
    """The operation was cancelled while it ran."""


@dataclass(eq=False)
class Operation:
    """One operation.

    Attributes
    ----------
    name : str
        ``projects/p/operations/ID``.
    type : str
        EXPORT_IMAGE or EXPORT_FEATURES.
    description : str
    priority : int
        Those with a higher one start sooner.
    job : callable
        ``job(operation) -> uris``: does the work, calls `advance` now and then, returns what it wrote.
    memory : int
        Bytes that each step may take.
    """

    name: str
    type: str
    description: str
    priority: int
    job: Callable[[Operation], list[str]] = field(repr=False)
    state: str = "PENDING"
    progress: float = 0.0
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    started: float | None = None
    ended: float | None = None
    uris: list[str] = field(default_factory=list)
    error: Json | None = None
    over: threading.Event = field(default_factory=threading.Event, repr=False)
    memory: int = request_limits.MEMORY

    def advance(self, share: float) -> None:
        """Note how much is done, 0 to 1.

        Raises
        ------
        CancelledError
            If the operation shall go no further.
        """
        self.progress, self.updated = share, time.time()
        self.begin_step()
        if self.state == "CANCELLING":
            raise CancelledError

    def begin_step(self) -> None:
        """Let the next step, from one `advance` to the following, take as much memory as a request may."""
        request_limits.start(math.inf, self.memory)

    def finish(self, state: str, error: Json | None = None) -> None:
        """Note how it ended."""
        self.state, self.error, self.ended = state, error, time.time()
        self.updated = self.ended
        self.over.set()

    def to_json(self) -> Json:
        """The Operation of the REST API."""
        metadata: Json = {
            "@type": "type.googleapis.com/google.earthengine.v1.OperationMetadata",
            "state": self.state,
            "description": self.description,
            "priority": self.priority,
            "createTime": timestamp(round(self.created * 1000)),
            "updateTime": timestamp(round(self.updated * 1000)),
            "type": self.type,
            "progress": self.progress,
        }
        if self.started is not None:
            metadata |= {"startTime": timestamp(round(self.started * 1000)), "attempt": 1}
        if self.ended is not None:
            metadata["endTime"] = timestamp(round(self.ended * 1000))
        if self.uris:
            metadata["destinationUris"] = self.uris
        out: Json = {"name": self.name, "metadata": metadata}
        if self.error is not None:
            return {**out, "done": True, "error": self.error}
        return {**out, "done": True, "response": {}} if self.ended is not None else out


class Operations:
    """The operations of a server: queued, run by two threads, remembered as long as the server runs.

    Parameters
    ----------
    memory : int
        Bytes that a step of an operation may take.
    """

    def __init__(self, memory: int = request_limits.MEMORY) -> None:
        self._memory = memory
        self._operations: dict[str, Operation] = {}
        self._by_request: dict[tuple[str, str], Operation] = {}
        self._queue: queue.PriorityQueue[tuple[int, int, Operation]] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    def submit(self, project: str, request_id: str, make: Callable[[str], Operation]) -> Json:
        """Queue an operation; a request that was sent before gets the operation that it started then."""
        with self._lock:
            known = self._by_request.get((project, request_id)) if request_id else None
            if known is not None:
                return known.to_json()
            operation = make(f"{project}/operations/{base64.b32encode(secrets.token_bytes(15)).decode()}")
            operation.memory = self._memory
            self._operations[operation.name] = operation
            if request_id:
                self._by_request[project, request_id] = operation
            if len(self._threads) < _WORKERS:
                thread = threading.Thread(target=self._work, name="operations", daemon=True)
                self._threads.append(thread)
                thread.start()
            started = operation.to_json()
            self._queue.put((-operation.priority, next(self._numbers), operation))
        return started

    def get(self, name: str) -> Operation:
        """The operation of a name.

        Raises
        ------
        EarthError
            404, from which the client concludes that there is none.
        """
        operation = self._operations.get(name)
        if operation is None:
            raise EarthError(f"Operation '{name[:200]}' not found.", 404, "NOT_FOUND")
        return operation

    def all(self, project: str) -> list[Json]:
        """The operations of a project, the newest first."""
        with self._lock:
            known = list(self._operations.values())
        return [operation.to_json() for operation in reversed(known) if operation.name.startswith(f"{project}/")]

    def cancel(self, name: str) -> Json:
        """Cancel an operation; one that has ended stays as it is."""
        operation = self.get(name)
        with self._lock:
            if operation.state == "PENDING":
                operation.finish("CANCELLED", _CANCELLED)
            elif operation.state == "RUNNING":
                operation.state = "CANCELLING"
        return {}

    def delete(self, name: str) -> Json:
        """Forget an operation that has ended."""
        operation = self.get(name)
        if operation.ended is None:
            raise EarthError(f"Operation '{name}' has not ended; cancel it first.", 400, "FAILED_PRECONDITION")
        with self._lock:
            self._operations.pop(name, None)
        return {}

    def wait(self, name: str, seconds: float) -> Json:
        """Answer when an operation ends, or after some time."""
        operation = self.get(name)
        operation.over.wait(min(seconds, _LONGEST_WAIT))
        return operation.to_json()

    def stop(self) -> None:
        """Cancel what has not ended."""
        for name in list(self._operations):
            self.cancel(name)

    def _work(self) -> None:
        while True:
            _, _, operation = self._queue.get()
            with self._lock:
                if operation.state != "PENDING":
                    continue
                operation.state, operation.started = "RUNNING", time.time()
            self._run(operation)

    def _run(self, operation: Operation) -> None:
        operation.begin_step()
        try:
            operation.uris = operation.job(operation)
            operation.progress = 1.0
            operation.finish("SUCCEEDED")
        except CancelledError:
            operation.finish("CANCELLED", _CANCELLED)
        except EarthError as error:
            operation.finish("FAILED", {"code": _CODES.get(error.status, 2), "message": error.message})
        except (RecursionError, MemoryError):
            operation.finish("FAILED", {"code": 8, "message": "Execution failed; out of memory."})
        except Exception as error:  # the thread lives on, and the client gets an error
            _LOGGER.exception("%s failed", operation.name)
            operation.finish("FAILED", {"code": 13, "message": f"Internal error: {type(error).__name__}."})


_CANCELLED: Json = {"code": 1, "message": "Cancelled."}


def parse_seconds(text: str) -> float:
    """Read a Duration: ``3.5s``."""
    match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)s", text)
    if match is None:
        raise EarthError(f"Invalid value at 'timeout' (a duration, as 3.5s), \"{text[:50]}\"")
    return float(match[1])
