"""Calls to one image service over HTTP: plain data that travels with a dataset and holds no credential."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from ..decoding.plain_json import parse_json
from ..options import OPTIONS
from ..traffic.events import RequestInfo
from ..traffic.gateways import gateway_of
from ..traffic.transport import Attempt, HttpRequest, Transport, process_transport
from .address import origin_of
from .failures import judge, refusal_of
from .limits import IMAGE_SERVER
from .tokens import credentials_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..traffic.gateway import Gateway
    from ..traffic.transport import HttpReply
    from .file_sink import FileSink
    from .tokens import Credentials

T = TypeVar("T")

Params = dict[str, Any]
"""Parameters of a request: text, numbers, or values that are written as JSON."""

_MAX_URL = 2000
"""Characters of a GET, which servers and proxies may cache (chosen: some cut URLs of more than 2048); longer requests
are POSTs."""

_MAX_JSON_BYTES = 64 * 2**20
"""Bytes of JSON in a reply (chosen): ten times those of a page of 1000 footprints with 100 corners each."""

_MAX_JSON_VALUES = 5_000_000
"""JSON values in a reply (chosen): ten times those of such a page and more."""


@dataclass(frozen=True, slots=True)
class Session:
    """One image service.

    Attributes
    ----------
    url : str
        Up to "ImageServer".
    """

    url: str

    @property
    def gateway(self) -> Gateway:
        """The gateway for all requests to the same host."""
        return gateway_of(origin_of(self.url), IMAGE_SERVER)

    @property
    def concurrency(self) -> int:
        """Requests that may go out at once."""
        return OPTIONS.concurrency(IMAGE_SERVER.concurrent_requests)

    def call(self, function: Callable[[], T], info: RequestInfo, pixels: int = 0) -> T:
        """Run a function that makes one request, through the gateway.

        Parameters
        ----------
        function : callable
        info : RequestInfo
        pixels : int
            Pixels that it asks for: a large request that keeps failing is halved.
        """
        return self.gateway.call(function, info=info, judge=partial(judge, pixels=pixels))

    def json(self, path: str = "", params: Params | None = None) -> dict[str, Any]:
        """Ask for a JSON object.

        Parameters
        ----------
        path : str
            Below the service, such as "query"; empty for the service itself.
        params : dict

        Raises
        ------
        RequestError
            When the service could not give it.
        """
        form = {"f": "json", **(params or {})}

        def call() -> dict[str, Any]:
            return parse_json(self.content(path, form, _MAX_JSON_BYTES), _MAX_JSON_VALUES)

        return self.call(call, RequestInfo(f"{self.url}/{path}".rstrip("/")))

    def content(self, path: str, params: Params, max_bytes: int, sink: FileSink | None = None) -> bytes | bytearray:
        """Send one request, and give the body of its reply or write it into a file; within `call`.

        Raises
        ------
        ServiceError
            If the reply is an error, whatever its status.
        """
        return self.fetch(self._request(f"{self.url}/{path}".rstrip("/"), params), max_bytes, sink)

    def fetch(self, request: HttpRequest, max_bytes: int, sink: FileSink | None = None) -> bytes | bytearray:
        """The same for any URL. A token goes to this service's own host alone; one that is refused is renewed once."""
        attempt, transport = Attempt(), self._transport
        own = origin_of(request.url) == origin_of(self.url)
        credentials = credentials_for(self.url) if own else None
        token = credentials.token(transport, attempt) if credentials else None
        reply = transport.fetch(_signed(request, credentials, token), max_bytes, attempt, sink)
        refused = refusal_of(reply, _begin(reply, sink))
        if refused is not None and refused.asks_for_token and credentials is not None:
            token = credentials.token(transport, attempt, refused=token)
            if sink is not None:
                sink.restart()
            reply = transport.fetch(_signed(request, credentials, token), max_bytes, attempt, sink)
            refused = refusal_of(reply, _begin(reply, sink))
        if refused is not None:
            raise refused
        return reply.content

    def _request(self, url: str, params: Params) -> HttpRequest:
        form = urlencode({name: _spelled(value) for name, value in params.items() if value is not None})
        if len(url) + len(form) < _MAX_URL:
            return HttpRequest("GET", f"{url}?{form}", follow=False)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return HttpRequest("POST", url, headers, form, follow=False)

    @property
    def _transport(self) -> Transport:
        return process_transport(origin_of(self.url), self.concurrency)


def _signed(request: HttpRequest, credentials: Credentials | None, token: str | None) -> HttpRequest:
    """The request with the token in a header: URLs end up in logs."""
    if credentials is None:
        return request
    headers: Mapping[str, str] = {
        **(request.headers or {}),
        "X-Esri-Authorization": f"Bearer {token}",
        **({"Referer": credentials.referer} if credentials.referer else {}),
    }
    return HttpRequest(request.method, request.url, headers, request.body, request.follow)


def _spelled(value: object) -> str:
    """A parameter as text: lists and objects as JSON, booleans in lower case, floats with all their digits."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, separators=(",", ":"))
    return repr(value) if isinstance(value, float) else str(value)


def _begin(reply: HttpReply, sink: FileSink | None) -> bytes | bytearray:
    """The body of a reply, or the beginning of one that went to a file."""
    if sink is None or reply.content:
        return reply.content
    return sink.beginning()
