"""The shared transport in the form that the client library takes for its HTTP.

The client library can run a prepared request over any object with ``httplib2``'s ``request`` method. Its own collects a
reply in pieces of 10 KiB and copies it; `traffic.transport` does not, and takes no byte more than the request explains.
"""

from __future__ import annotations

import os
from threading import Lock
from typing import TYPE_CHECKING

import httplib2

from ..options import OPTIONS
from ..traffic import transport
from ..traffic.transport import Attempt, HttpRequest
from .limits import EARTH_ENGINE

if TYPE_CHECKING:
    from collections.abc import Mapping


class Transport(transport.Transport):
    """A pool of as many connections as the gateway lets requests go out at once."""

    def __init__(self) -> None:
        super().__init__(OPTIONS.concurrency(EARTH_ENGINE.concurrent_requests))

    def expecting(self, max_bytes: int) -> Expecting:
        """The same, for one request whose reply has at most so many bytes."""
        return Expecting(self, max_bytes)


class Expecting:
    """The HTTP object for one attempt at a request, whose time runs from when this object is made.

    Parameters
    ----------
    shared : Transport
    max_bytes : int
        Bytes that the reply may have.
    """

    def __init__(self, shared: transport.Transport, max_bytes: int) -> None:
        self._shared = shared
        self._max_bytes = max_bytes
        self._attempt = Attempt()

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> tuple[httplib2.Response, bytes | bytearray]:
        """Send one request and take the whole reply.

        Raises
        ------
        ConnectionError, TimeoutError
            The built-in ones, which carry no header and so no credential.
        WireError
            When the reply is longer than expected; nothing beyond that is taken.
        """
        reply = self._shared.fetch(HttpRequest(method, uri, headers, body), self._max_bytes, self._attempt)
        return httplib2.Response({**reply.headers, "status": str(reply.status)}), reply.content


_lock = Lock()
_transport: Transport | None = None


def process_transport() -> Transport:
    """The pool of this process, made on first use."""
    global _transport  # noqa: PLW0603 - one pool per process is the point
    with _lock:
        if _transport is None:
            _transport = Transport()
        return _transport


def _renew() -> None:
    """Start afresh in a forked child, which would read its parent's replies from the connections that they share."""
    global _lock, _transport
    _lock, _transport = Lock(), None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
