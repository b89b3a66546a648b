"""The ASGI application: routes, parameters of queries and forms, replies as JSON or HTML, errors as envelopes."""

from __future__ import annotations

import html
import json
import logging
from typing import TYPE_CHECKING, Any

import anyio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Route

from .. import request_limits
from ..errors import EarthError
from ..scheduling import REQUEST_SLOTS
from ..service.encode import Encoded
from ..service.middleware import RequestMiddleware
from .call import ServerCall
from .envelope import ServerError, invalid
from .image_formats import MEDIA_TYPES
from .operations import OPERATIONS
from .parameters import Parameters, read_form
from .refusals import make_server_refusal

if TYPE_CHECKING:
    from starlette.requests import Request as HttpRequest
    from starlette.types import ASGIApp

    from ..faults.live import LiveFaults
    from ..service.log import RequestLog
    from .operations import Operation
    from .state import ImageServerState

_LOGGER = logging.getLogger(__name__)
PREFIX = "/arcgis"
"""The context that servers are installed under."""
_FORMS = frozenset({"html", "json", "pjson", "image"})
"""Values of ``f``; ``kmz`` is not implemented here."""
_REPEATABLE = "ImageServer/exportImage"
"""What depends on nothing but the request, as long as no asset changes."""
_THREADS = 2000
"""Requests that are served at once, most of which wait for a slot."""


class ImageServer:
    """Routes to the handlers of the operations.

    Parameters
    ----------
    state : ImageServerState
        What the handlers work on.
    log : RequestLog
        Where each request is noted.
    faults : LiveFaults
        Faults to inject.
    memory : int
        Bytes that the values and arrays of one request may take.
    cache_replies : bool
        Whether an export that was answered before is answered with the same bytes again.
    """

    def __init__(
        self,
        state: ImageServerState,
        log: RequestLog,
        faults: LiveFaults,
        memory: int,
        *,
        cache_replies: bool = False,
    ) -> None:
        self._state = state
        self._log = log
        self._faults = faults
        self._memory = memory
        self._replies: dict[bytes, Encoded] | None = {} if cache_replies else None
        self._threads = anyio.CapacityLimiter(_THREADS)

    def app(self) -> ASGIApp:
        """The application."""
        handlers: Any = {HTTPException: _not_found}
        return Starlette(routes=[self._route(one) for one in OPERATIONS], exception_handlers=handlers)

    def _route(self, operation: Operation) -> Route:
        async def endpoint(request: HttpRequest) -> Response:
            return await anyio.to_thread.run_sync(self._respond, request, operation, limiter=self._threads)

        middleware = Middleware(
            RequestMiddleware, call=operation.kind, log=self._log, faults=self._faults, refuse=make_server_refusal
        )
        return Route(PREFIX + operation.path, endpoint, methods=["GET", "POST"], middleware=[middleware])

    def _respond(self, request: HttpRequest, operation: Operation) -> Response:
        """Call the handler, in a thread of the pool; whatever it raises becomes an envelope."""
        request_limits.allow_memory(self._memory)
        request_limits.start()
        parameters = Parameters(request.query_params.multi_items())
        try:
            parameters = _parameters(request)
            call = _call(request, parameters)
            if not operation.open:
                self._state.tokens.check(call)
            result = self._result(request, operation, call)
        except ServerError as error:
            return self._error(error, parameters)
        except EarthError as error:
            return self._error(ServerError(details=error.message, code=500), parameters)
        except (RecursionError, MemoryError):
            return self._error(ServerError(code=500), parameters)
        except Exception:
            _LOGGER.exception("%s failed on %r %r", operation.kind, request.url.query[:1000], request.state.raw[:1000])
            return self._error(ServerError(code=500), parameters)
        if isinstance(result, dict):
            return _render(result, parameters)
        request.state.values = result.values
        return Response(result.content, media_type=result.media_type)

    def _result(self, request: HttpRequest, operation: Operation, call: ServerCall) -> dict[str, Any] | Encoded:
        key = f"{request.scope['path']}\0{request.url.query}\0".encode() + request.state.raw
        if self._replies is not None and key in self._replies:
            return self._replies[key]
        with REQUEST_SLOTS.hold():
            result = operation.handler(self._state, call)
        if self._replies is not None and operation.kind == _REPEATABLE and isinstance(result, Encoded):
            self._replies[key] = result
        return result

    def _error(self, error: ServerError, parameters: Parameters) -> Response:
        response = _render(error.body, parameters, error.status)
        if self._state.options.lying_content_type and parameters.text("f").lower() == "image":
            response.headers["content-type"] = MEDIA_TYPES.get(parameters.text("format").lower(), "image/jpg")
        return response


def _parameters(request: HttpRequest) -> Parameters:
    """Those of the query, then those of a form.

    Raises
    ------
    ServerError
        If the form is none, or ``f`` asks for what there is not.
    """
    pairs = request.query_params.multi_items()
    parameters = Parameters([*pairs, *(read_form(request.state.raw) if request.method == "POST" else [])])
    if parameters.text("f", "html").lower() not in _FORMS:
        raise invalid("Parameter 'f' is none that there is.")
    return parameters


def _call(request: HttpRequest, parameters: Parameters) -> ServerCall:
    server, port = request.scope["server"]
    host = request.headers.get("host") or f"{server}:{port}"
    return ServerCall(
        parameters,
        {key: str(value) for key, value in request.path_params.items()},
        f"{request.scope['scheme']}://{host}{PREFIX}",
        dict(request.headers),
        request.method == "POST",
    )


def _render(content: dict[str, Any], parameters: Parameters, status: int = 200) -> Response:
    """JSON where it is asked for; a page of HTML otherwise, as is the default of nearly all operations."""
    form = parameters.text("f", "html").lower()
    if form == "html":
        text = html.escape(json.dumps(content, indent=1))
        page = f"<!DOCTYPE html>\n<html><head><title>ArcGIS REST Services</title></head>\n<pre>{text}</pre></html>"
        return Response(page, status, media_type="text/html")
    text = json.dumps(content, indent=2 if form == "pjson" else None)
    return Response(text, status, media_type="text/plain" if form == "pjson" else "application/json")


async def _not_found(request: HttpRequest, error: HTTPException) -> Response:
    """What no route knows. That this comes with its HTTP status is an assumption."""
    refused = ServerError(f"{request.method} {request.scope['path'][:200]} is not found", code=error.status_code)
    return _render(refused.body, Parameters(request.query_params.multi_items()), error.status_code)
