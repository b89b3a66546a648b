"""The ASGI application: routes, JSON requests and replies, errors as the service words them."""

from __future__ import annotations

import hashlib
import json
import logging
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import anyio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from .. import profiling, request_limits
from ..errors import EarthError
from ..scheduling import REQUEST_SLOTS
from .auth import OPEN, check_token
from .call import Call
from .discovery import make_document
from .encode import Encoded
from .http_body import read, without_body
from .log import Request
from .method import Method
from .methods import METHODS
from .middleware import RequestMiddleware
from .profile_store import REPLY_HEADER, REQUEST_HEADER

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from ..faults.live import LiveFaults
    from .log import RequestLog
    from .payload import Json
    from .state import ServiceState

_LOGGER = logging.getLogger(__name__)
_JSON = "application/json"
_REPEATABLE = frozenset({"computeValue", "computePixels", "getPixels"})
"""What depends on nothing but the request, as long as no asset changes."""
_THREADS = 2000
"""Requests that are served at once, most of which wait for a slot: fifty clients with all that one may send (40)."""
_WAITING = frozenset({"waitOperation"})
"""What waits for others, which must not take a slot from them."""
_STATUS = {400: "INVALID_ARGUMENT", 404: "NOT_FOUND", 405: "UNIMPLEMENTED"}


def _discovery(_state: ServiceState, call: Call) -> Json:
    return make_document(call.root_url)


_DISCOVERY = Method("discovery.getRest", "discovery", "GET", ("", ""), "", "", _discovery)


class Service:
    """Routes to the handlers of the methods.

    Parameters
    ----------
    state : ServiceState
        What the handlers work on.
    log : RequestLog
        Where each request is noted.
    faults : LiveFaults
        Faults to inject.
    cache_replies : bool
        Whether a computation or a read of pixels that was answered before is answered with the same bytes again. They
        are kept as long as the server runs.
    token : str, optional
        What requests must carry as their bearer token.
    memory : int
        Bytes that the values and arrays of one request may take.
    """

    def __init__(
        self,
        state: ServiceState,
        log: RequestLog,
        faults: LiveFaults,
        *,
        cache_replies: bool = False,
        token: str | None = None,
        memory: int = request_limits.MEMORY,
    ) -> None:
        self._state = state
        self._log = log
        self._faults = faults
        self._token = token
        self._memory = memory
        self._replies: dict[bytes, Encoded] | None = {} if cache_replies else None
        self._threads = anyio.CapacityLimiter(_THREADS)

    def app(self) -> ASGIApp:
        """The application: routes behind the reading of method overrides."""
        routes = [self._route(_DISCOVERY, "/$discovery/rest")]
        routes += [self._route(method, method.route) for method in METHODS]
        handlers: Any = {HTTPException: self._http_error}
        return _overriding(Starlette(routes=routes, exception_handlers=handlers))

    def _route(self, method: Method, path: str) -> Route:
        kind = method.kind

        async def endpoint(request: HttpRequest) -> Response:
            if self._token is not None and kind not in OPEN:
                try:
                    check_token(request.headers, self._token)
                except EarthError as error:
                    return _error(error)
            call = _call(request, method)
            reply = None if _asks_for_profile(request, method) else self._prepared(call, kind)
            if reply is not None:
                return _response(request, reply)
            return await anyio.to_thread.run_sync(self._respond, request, call, method, limiter=self._threads)

        middleware = Middleware(RequestMiddleware, call=kind, log=self._log, faults=self._faults)
        return Route(path, endpoint, methods=[method.verb], middleware=[middleware])

    def _respond(self, request: HttpRequest, call: Call, method: Method) -> Response:
        """Call the handler, in a thread of the pool; whatever it raises becomes a reply."""
        request_limits.allow_memory(self._memory)
        profile = profiling.start() if _asks_for_profile(request, method) else None
        response = self._handled(request, call, method)
        if profile is not None:
            response.headers[REPLY_HEADER] = self._state.profiles.add(call.raw, profile)
        return response

    def _handled(self, request: HttpRequest, call: Call, method: Method) -> Response:
        try:
            with nullcontext() if method.kind in _WAITING else REQUEST_SLOTS.hold():
                result = method.handler(self._state, call)
        except EarthError as error:
            return _error(error)
        except (RecursionError, MemoryError):
            return _error(EarthError("User memory limit exceeded."))
        except Exception:
            _LOGGER.exception("%s failed on %r", method.kind, call.raw[:2000])
            return _error(EarthError("An internal error has occurred.", 500, "INTERNAL"))
        if isinstance(result, dict):
            result = Encoded(json.dumps(result).encode(), _JSON)
        if self._replies is not None and method.kind in _REPEATABLE:
            self._replies[_key(call)] = result
        return _response(request, result)

    def _prepared(self, call: Call, kind: str) -> Encoded | None:
        if self._replies is None or kind not in _REPEATABLE:
            return None
        return self._replies.get(_key(call))

    async def _http_error(self, request: HttpRequest, error: HTTPException) -> Response:
        """What the routing refuses: an unknown path, or a method that a path has not."""
        path = request.scope["path"]
        message = f"Method not found: {request.method} {path[:200]}"
        response = _error(EarthError(message, error.status_code, _STATUS.get(error.status_code, "UNKNOWN")))
        query = dict(request.query_params)
        self._log.add(Request(request.method, path, "unknown", query, b"", response.status_code, len(response.body)))
        return response


def _asks_for_profile(request: HttpRequest, method: Method) -> bool:
    return method.kind in _REPEATABLE and request.headers.get(REQUEST_HEADER) == "1"


def _key(call: Call) -> bytes:
    return hashlib.sha256(f"{call.method}\0{call.name}\0".encode() + call.raw).digest()


def _call(request: HttpRequest, method: Method) -> Call:
    """Take a request apart: the name of its resource is the path without the version and the method's suffix."""
    path = request.scope["path"]
    values = {key: str(value) for key, value in request.path_params.items()}
    suffix = method.suffix.format(**values)
    server, port = request.scope["server"]
    host = request.headers.get("host") or f"{server}:{port}"
    return Call(
        method=method.id,
        name=path.removeprefix("/v1/").removesuffix(suffix),
        path=values,
        query=dict(request.query_params),
        raw=request.state.raw,
        root_url=f"{request.scope['scheme']}://{host}/",
    )


def _response(request: HttpRequest, result: Encoded) -> Response:
    request.state.values = result.values
    return Response(result.content, media_type=result.media_type)


def _json(content: Json, status: int = 200) -> Response:
    return Response(json.dumps(content).encode(), status, media_type=_JSON)


def _error(error: EarthError) -> Response:
    response = _json(error.body, error.code)
    if error.code == 401:
        response.headers["www-authenticate"] = 'Bearer realm="https://accounts.google.com/"'
    return response


def _overriding(app: ASGIApp) -> ASGIApp:
    """Read a GET that came as a POST: its client found the query too long for a URI and put it into the body."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or dict(scope["headers"]).get(b"x-http-method-override", b"").upper() != b"GET":
            await app(scope, receive, send)
            return
        try:
            body = await read(HttpRequest(scope, receive))
        except EarthError as error:
            await _error(error)(scope, receive, send)
            return
        except ClientDisconnect:
            return
        await app({**scope, "method": "GET", "query_string": body}, without_body(receive), send)

    return wrapped
