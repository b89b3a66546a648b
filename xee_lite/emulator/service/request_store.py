"""Stored requests: thumbnails, maps and tables, which clients fetch by the names that they were given."""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from ..errors import EarthError

if TYPE_CHECKING:
    from .payload import Json

_MAX_BYTES = 2**28
"""Bytes of requests that are stored; the oldest are removed first. The service keeps them for a few hours."""


class RequestStore:
    """Requests by name. The same request gets the same name, and no name can be guessed.

    Requests are stored as they came, and evaluated for each read: what an evaluation computes lazily must not be
    shared between threads.
    """

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)
        self._bodies: OrderedDict[str, tuple[Json, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def add(self, collection: str, body: Json) -> str:
        """Store a request, under a name in a collection such as ``projects/p/maps``."""
        text = json.dumps(body, sort_keys=True).encode()
        digest = hashlib.blake2b(collection.encode() + b"\0" + text, key=self._secret, digest_size=32).hexdigest()
        name = f"{collection}/{digest[:32]}-{digest[32:]}"
        with self._lock:
            if name not in self._bodies:
                self._bytes += len(text)
            self._bodies[name] = body, len(text)
            self._bodies.move_to_end(name)
            while self._bytes > _MAX_BYTES and len(self._bodies) > 1:
                _, (_, size) = self._bodies.popitem(last=False)
                self._bytes -= size
        return name

    def __getitem__(self, name: str) -> Json:
        """The request of a name; it must not be changed.

        Raises
        ------
        EarthError
            404, whose text at the service is unknown.
        """
        with self._lock:
            found = self._bodies.get(name)
        if found is None:
            raise EarthError(f"'{name[:200]}' was not found; it may have expired.", 404, "NOT_FOUND")
        return found[0]
