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

_LONGEST_URL = 2000
"""Characters up to which a request is a GET, which servers and proxies may keep; longer ones are cut by some."""

_LONGEST_JSON = 64 * 2**20
"""Bytes of JSON: ten times those of a page of 1000 footprints with 100 corners each."""

_MOST_VALUES = 5_000_000


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
        """Through which all requests to the same host go."""
        return gateway_of(origin_of(self.url), IMAGE_SERVER)

    def call(self, function: Callable[[], T], info: RequestInfo, pixels: int = 0) -> T:
        """Run a function that makes one request, through the gateway.

        Parameters
        ----------
        function : callable
        info : RequestInfo
        pixels : int
            That it asks for, by which its failures are judged.
        """
        return self.gateway.call(function, info=info, judge=partial(judge, pixels=pixels))

    def json(self, path: str = "", params: Params | None = None) -> dict[str, Any]:
        """Ask for an object of JSON.

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
        asked = {"f": "json", **(params or {})}

        def call() -> dict[str, Any]:
            return parse_json(self.content(path, asked, _LONGEST_JSON), _MOST_VALUES)

        return self.call(call, RequestInfo(f"{self.url}/{path}".rstrip("/")))

    def content(self, path: str, params: Params, max_bytes: int, sink: FileSink | None = None) -> bytes | bytearray:
        """Send one request and take the body of the reply; within `call`.

        Raises
        ------
        ServiceError
            If it is a refusal, whatever its status.
        """
        return self.fetch(self._request(f"{self.url}/{path}".rstrip("/"), params), max_bytes, sink)

    def fetch(self, request: HttpRequest, max_bytes: int, sink: FileSink | None = None) -> bytes | bytearray:
        """The same for any address: a token goes along to this service's own host alone. Signs in again once."""
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
        if len(url) + len(form) < _LONGEST_URL:
            return HttpRequest("GET", f"{url}?{form}", follow=False)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return HttpRequest("POST", url, headers, form, follow=False)

    @property
    def _transport(self) -> Transport:
        width = OPTIONS.concurrency(IMAGE_SERVER.concurrent_requests)
        return process_transport(origin_of(self.url), width)


def _signed(request: HttpRequest, credentials: Credentials | None, token: str | None) -> HttpRequest:
    """The request with the token in a header, where no log of addresses has it."""
    if credentials is None:
        return request
    headers: Mapping[str, str] = {
        **(request.headers or {}),
        "X-Esri-Authorization": f"Bearer {token}",
        **({"Referer": credentials.referer} if credentials.referer else {}),
    }
    return HttpRequest(request.method, request.url, headers, request.body, request.follow)


def _spelled(value: object) -> str:
    """Lists and objects as JSON, truth values as services write them, and floats with all their digits."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, separators=(",", ":"))
    return repr(value) if isinstance(value, float) else str(value)


def _begin(reply: HttpReply, sink: FileSink | None) -> bytes | bytearray:
    """The body, or what a file of it begins with."""
    if sink is None or reply.content:
        return reply.content
    return sink.beginning()
