"""Connections on which no wait outlasts the time of the attempt, or the read that it belongs to.

The time-out of a socket begins anew with each byte that comes, so that a server which sends a header, an extension of a
chunk, a "100 Continue" or an empty compressed block now and then would never exceed it. Here each wait is given what is
left of the attempt's time.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import socket
import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NameResolutionError, NewConnectionError

from .cancellation import current_scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_until: ContextVar[float | None] = ContextVar("until", default=None)


@contextmanager
def ending_at(until: float) -> Iterator[None]:
    """Within this block and thread, waiting ends at a time of ``time.monotonic``."""
    token = _until.set(until)
    try:
        yield
    finally:
        _until.reset(token)


def _left(until: float | None) -> float | None:
    """Seconds that are left, as a socket takes them; raises ``TimeoutError`` where none are."""
    if until is None:
        return None
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("the time of the attempt is over")
    return seconds


def hanging_up(sock: socket.socket | None) -> Callable[[], None]:
    """A function by which another thread ends a wait on a socket, and leaves the state of TLS to the one that waits."""

    def hang_up() -> None:
        if sock is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    return hang_up


class _ClockedReader(io.RawIOBase):
    """The bytes of a socket; no wait for them is longer than the time that is left."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, until: float | None) -> None:
        self._raw = raw
        self._sock = sock
        self._until = until

    def readable(self) -> bool:
        """Always: the base class says no."""
        return True

    def fileno(self) -> int:
        """The descriptor of the socket."""
        return self._raw.fileno()

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - a buffer, for which 3.11 has no type
        """Take what has come."""
        self._sock.settimeout(_left(self._until))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Close the socket's own reader."""
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """A response all of whose bytes are read within the time: status, headers, and the body with its framing."""

    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - http.client's
        super().__init__(sock, *arguments, **options)
        raw = self.fp.detach()  # nothing is read yet
        self.fp = io.BufferedReader(_ClockedReader(raw, sock, _until.get()))


class _Connection(HTTPConnection):
    """A connection whose waits end with the time of the attempt, and with the scope of the read."""

    response_class = _Response
    _opening: socket.socket | None = None

    def connect(self) -> None:
        with current_scope().waking(self._hang_up):
            super().connect()
        self._opening = None

    def _new_conn(self) -> socket.socket:
        """Connect to the first address that answers, on a socket that can be woken."""
        try:
            addresses = socket.getaddrinfo(self._dns_host, self.port, 0, socket.SOCK_STREAM)
        except socket.gaierror as unknown:
            raise NameResolutionError(self.host, self, unknown) from unknown
        error: HTTPError = NewConnectionError(self, "the name has no address")
        for family, kind, protocol, _, address in addresses:
            sock = self._opening = socket.socket(family, kind, protocol)
            current_scope().check()
            try:
                for option in self.socket_options or ():
                    sock.setsockopt(*option)
                left = _left(_until.get())
                sock.settimeout(self.timeout if left is None else min(left, self.timeout or left))
                if self.source_address:
                    sock.bind(self.source_address)
                sock.connect(address)
            except TimeoutError as late:
                sock.close()
                error = ConnectTimeoutError(self, str(late))
            except OSError as broken:
                sock.close()
                error = NewConnectionError(self, str(broken))
            else:
                return sock
        raise error

    def send(self, data: Any) -> None:  # noqa: ANN401 - http.client's
        if self.sock is None:
            self.connect()
        self.sock.settimeout(_left(_until.get()))
        with current_scope().waking(self._hang_up):
            super().send(data)

    def getresponse(self) -> Any:  # noqa: ANN401 - urllib3's own response
        with current_scope().waking(self._hang_up):
            return super().getresponse()

    def _hang_up(self) -> None:
        hanging_up(self.sock or self._opening)()


class _SecureConnection(_Connection, HTTPSConnection):
    """The same over TLS: what comes next after `_Connection` is urllib3's own secure one."""


class Pool(HTTPConnectionPool):
    """A pool of such connections to one server."""

    ConnectionCls = _Connection


class SecurePool(HTTPSConnectionPool):
    """The same over TLS."""

    ConnectionCls = _SecureConnection
