"""HTTP for all services: pools of connections, one clock for an attempt, and bounds on the bytes of a reply."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as PoolTimeout

from ..errors import TruncatedError, WireError
from ..options import OPTIONS
from .cancellation import current_scope
from .connections import Pool, SecurePool, ending_at, hanging_up

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from urllib3.response import BaseHTTPResponse

_CONNECT_SECONDS = 30.0
"""Seconds to connect, chosen: far more than a slow network needs, so that no server answers where it takes longer."""

_PIECE = 2**18
"""Bytes of a reply that are taken at once at most; less where less has come.

Measured with a reply of 24 MiB over loopback: in pieces of 10 KiB, as httplib2 takes them, it comes at 0.6 GB/s, in
these at 2.1 (median of 9; requests 2.34 and urllib3 2.8). From 128 KiB to 1 MiB the speed is the same within 5 %
(median of 31), but each request holds two pieces: 1 MiB takes a quarter more memory beside four requests of 4 MiB.
"""

_LONGEST_ERROR = 2**20
"""Bytes of the body of an error; chosen: those of services have a few hundred."""

SendSettings = dict[str, Any]
"""Arguments of ``requests.Session.send``."""


class Sink(Protocol):
    """Where a body goes that is not kept in memory: a file."""

    def write(self, piece: bytes, /) -> object:
        """Take the next bytes."""
        ...


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request that is sent.

    Attributes
    ----------
    method, url : str
    headers : mapping, optional
    body : str or bytes, optional
    follow : bool
        Whether redirects are followed.
    """

    method: str
    url: str
    headers: Mapping[str, str] | None = None
    body: str | bytes | None = None
    follow: bool = True

    def __repr__(self) -> str:
        """Without headers, which hold credentials, and without the path and the query, which may."""
        return f"<HttpRequest {self.method} to {urlsplit(self.url).hostname}>"


@dataclass(frozen=True, slots=True)
class HttpReply:
    """The reply to a request.

    Attributes
    ----------
    status : int
    headers : mapping
    content : bytes or bytearray
        Empty where the body of a reply of status 200 went to a sink.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes | bytearray


class Attempt:
    """The clock of one attempt at a request.

    Its time, `set_options(request_timeout=...)`, begins when it is made. All parts of the attempt share it: the renewal
    of a token, connecting, sending, waiting, and taking the reply.
    """

    def __init__(self) -> None:
        self.seconds = OPTIONS.request_timeout
        self.until = time.monotonic() + self.seconds

    @property
    def is_over(self) -> bool:
        """Whether no time is left."""
        return time.monotonic() >= self.until


class Transport:
    """A pool of connections.

    Parameters
    ----------
    width : int
        Connections that are kept to one host.
    """

    def __init__(self, width: int) -> None:
        self._session = requests.Session()
        adapter = HTTPAdapter(pool_connections=2, pool_maxsize=width)
        adapter.poolmanager.pool_classes_by_scheme = {"http": Pool, "https": SecurePool}
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        self._settings = lru_cache(maxsize=8)(self._environment)

    def fetch(self, request: HttpRequest, max_bytes: int, attempt: Attempt, sink: Sink | None = None) -> HttpReply:
        """Send one request and take the whole reply.

        Parameters
        ----------
        request : HttpRequest
        max_bytes : int
            Bytes that the body of a reply of status 200 may have.
        attempt : Attempt
        sink : Sink, optional
            Where this body goes; None for memory.

        Raises
        ------
        ConnectionError, TimeoutError
            The built-in ones, which hold no header and so no credential.
        WireError
            When the reply is longer than expected; the rest of it is not taken.
        """
        try:
            prepared = self._session.prepare_request(
                requests.Request(request.method, request.url, headers=request.headers, data=request.body)
            )
            around = self._settings("{0.scheme}://{0.netloc}".format(urlsplit(request.url)))
            timeout = (min(_CONNECT_SECONDS, attempt.seconds), attempt.seconds)
            settings = {**around, "stream": True, "timeout": timeout, "allow_redirects": request.follow}
            with ending_at(attempt.until), self._session.send(prepared, **settings) as reply:
                if reply.status_code == HTTPStatus.OK:
                    content = _content(reply.raw, max_bytes, sink)
                else:
                    content = bytes(_content(reply.raw, _LONGEST_ERROR, None))
        except (requests.exceptions.RequestException, HTTPError, OSError) as error:
            # When its time ends while a request is sent, urllib3 says that the connection broke.
            late = isinstance(error, requests.exceptions.Timeout | PoolTimeout | TimeoutError)
            broken: OSError = (
                TimeoutError(f"no answer within {attempt.seconds:g} s ({type(error).__name__})")
                if late or attempt.is_over
                else ConnectionError(f"the connection broke ({type(error).__name__})")
            )
        else:
            return HttpReply(reply.status_code, reply.headers, content)
        # Outside of `except`: the original error holds the request with its token, and must not be the context.
        raise broken

    def _environment(self, origin: str) -> SendSettings:
        """Proxies and certificates for a server by the environment; remembered, since it takes a tenth of a request."""
        return dict(self._session.merge_environment_settings(origin, {}, None, None, None))


def _content(raw: BaseHTTPResponse, max_bytes: int, sink: Sink | None) -> bytes | bytearray:
    """The body of a reply, in one buffer, or in the sink."""
    said = raw.headers.get("Content-Length", "")
    # The length of a compressed reply is that on the wire, and not that of the body.
    length = int(said) if said.isdigit() and "Content-Encoding" not in raw.headers else None
    if length is not None and length > max_bytes:
        raise WireError(f"the reply has {length} bytes, but at most {max_bytes} were expected")
    content, taken = bytearray(0 if sink else length or 0), 0
    for piece in _pieces(raw):
        if taken + len(piece) > max_bytes:
            raise WireError(f"the reply has more than the {max_bytes} bytes that were expected")
        if sink is None:
            content[taken : taken + len(piece)] = piece
        else:
            sink.write(piece)
        taken += len(piece)
    if length is not None and taken < length:
        raise TruncatedError(f"the reply ends after {taken} of {length} bytes")
    return content


def _pieces(raw: BaseHTTPResponse) -> Iterator[bytes]:
    with current_scope().waking(hanging_up(getattr(raw.connection, "sock", None))):
        while piece := raw.read1(_PIECE, decode_content=True):
            yield piece


_lock = Lock()
_transports: dict[str, Transport] = {}


def process_transport(service: str, width: int) -> Transport:
    """The pool of this process for a service, made on first use.

    Parameters
    ----------
    service : str
        What shares the pool.
    width : int
        Connections that are kept, for the requests that run at once.
    """
    with _lock:
        if service not in _transports:
            _transports[service] = Transport(width)
        return _transports[service]


def _renew() -> None:
    """Start afresh in a forked child: parent and child would read each other's replies on a shared connection."""
    global _lock, _transports
    _lock, _transports = Lock(), {}


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
