"""The HTTP surface: routes, JSON in and out, errors as the service words them."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from ..errors import EarthError
from ..evaluator.describe import describe
from ..evaluator.graph import evaluate
from ..evaluator.registry import served
from . import payload
from .discovery import document
from .door import Door
from .encode import Encoded
from .http_body import read, without_body
from .log import Request
from .rest_assets import get_asset, list_assets
from .rest_pixels import compute_pixels, get_pixels, required_expression

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from ..catalogue.assets import Catalogue
    from ..faults.live import LiveFaults
    from .log import RequestLog

_LOGGER = logging.getLogger(__name__)
_JSON = "application/json"
_REPEATABLE = frozenset({"computeValue", "computePixels", "getPixels"})
"""What depends on nothing but the request, as long as no asset changes."""
_STATUS = {400: "INVALID_ARGUMENT", 404: "NOT_FOUND", 405: "UNIMPLEMENTED"}

Json = dict[str, Any]
Result = Json | Encoded
Work = Callable[[HttpRequest, bytes], Result]


class Service:
    """The work behind each route, by the name that the log knows it by.

    Parameters
    ----------
    catalogue : Catalogue
        The stored assets.
    log : RequestLog
        Where each request is noted.
    faults : LiveFaults
        What goes wrong on purpose.
    cache_replies : bool
        Whether a computation or a read of pixels that was answered before is answered with the same bytes again. They
        are kept as long as the server runs.
    """

    def __init__(
        self, catalogue: Catalogue, log: RequestLog, faults: LiveFaults, *, cache_replies: bool = False
    ) -> None:
        self._catalogue = catalogue
        self._log = log
        self._faults = faults
        self._replies: dict[bytes, Encoded] | None = {} if cache_replies else None

    def app(self) -> ASGIApp:
        """The application: routes behind the reading of method overrides."""
        project = "/v1/projects/{project}"
        asset = "/v1/{name:path}"
        routes = [
            self._route("GET", "/$discovery/rest", "discovery", self._discovery),
            self._route("GET", f"{project}/algorithms", "algorithms", lambda _request, _raw: served()),
            self._route("GET", f"{project}/config", "config", self._config),
            self._route("POST", f"{project}/value:compute", "computeValue", self._compute_value),
            self._route("POST", f"{project}/image:computePixels", "computePixels", self._compute_pixels),
            self._route("POST", f"{asset}:getPixels", "getPixels", self._get_pixels),
            self._route("GET", f"{asset}:listAssets", "listAssets", self._list_assets),
            self._route("GET", f"{project}/assets/{{asset:path}}", "getAsset", self._get_asset),
        ]
        handlers: Any = {HTTPException: self._http_error}
        return _overriding(Starlette(routes=routes, exception_handlers=handlers))

    def _discovery(self, request: HttpRequest, _raw: bytes) -> Json:
        server, port = request.scope["server"]
        host = request.headers.get("host") or f"{server}:{port}"
        return document(f"{request.scope['scheme']}://{host}/")

    def _config(self, request: HttpRequest, _raw: bytes) -> Json:
        return {"name": f"projects/{request.path_params['project']}/config"}

    def _compute_value(self, _request: HttpRequest, raw: bytes) -> Json:
        body = payload.message(payload.parse(raw), "", frozenset({"expression", "workloadTag"}))
        payload.text(body.get("workloadTag", ""), "workloadTag")
        return {"result": describe(evaluate(required_expression(body), self._catalogue))}

    def _compute_pixels(self, _request: HttpRequest, raw: bytes) -> Encoded:
        return compute_pixels(self._catalogue, payload.parse(raw))

    def _get_pixels(self, request: HttpRequest, raw: bytes) -> Encoded:
        return get_pixels(self._catalogue, request.path_params["name"], payload.parse(raw))

    def _get_asset(self, request: HttpRequest, _raw: bytes) -> Json:
        return get_asset(self._catalogue, "projects/{project}/assets/{asset}".format(**request.path_params))

    def _list_assets(self, request: HttpRequest, _raw: bytes) -> Json:
        return list_assets(self._catalogue, request.path_params["name"], request.query_params)

    def _route(self, method: str, path: str, kind: str, work: Work) -> Route:
        async def endpoint(request: HttpRequest) -> Response:
            raw = request.state.raw
            reply = self._prepared(request, raw, kind)
            if reply is not None:
                return _response(request, reply)
            return await run_in_threadpool(self._respond, request, raw, kind, work)

        door = Middleware(Door, call=kind, log=self._log, faults=self._faults)
        return Route(path, endpoint, methods=[method], middleware=[door])

    def _respond(self, request: HttpRequest, raw: bytes, kind: str, work: Work) -> Response:
        """Do the work, in a thread of the pool; whatever happens there becomes a reply."""
        try:
            result = work(request, raw)
        except EarthError as error:
            return _error(error)
        except (RecursionError, MemoryError):
            return _error(EarthError("User memory limit exceeded."))
        except Exception:
            _LOGGER.exception("%s failed on %r", kind, raw[:2000])
            return _error(EarthError("An internal error has occurred.", 500, "INTERNAL"))
        if isinstance(result, dict):
            result = Encoded(json.dumps(result).encode(), _JSON)
        if self._replies is not None and kind in _REPEATABLE:
            self._replies[_key(request, raw)] = result
        return _response(request, result)

    def _prepared(self, request: HttpRequest, raw: bytes, kind: str) -> Encoded | None:
        if self._replies is None or kind not in _REPEATABLE:
            return None
        return self._replies.get(_key(request, raw))

    async def _http_error(self, request: HttpRequest, error: HTTPException) -> Response:
        """What the routing refuses: an unknown path, or a method that a path has not."""
        path = request.scope["path"]
        message = f"Method not found: {request.method} {path[:200]}"
        response = _error(EarthError(message, error.status_code, _STATUS.get(error.status_code, "UNKNOWN")))
        query = dict(request.query_params)
        self._log.add(Request(request.method, path, "unknown", query, b"", response.status_code, len(response.body)))
        return response


def _key(request: HttpRequest, raw: bytes) -> bytes:
    return hashlib.sha256(request.scope["path"].encode() + b"\0" + raw).digest()


def _response(request: HttpRequest, result: Encoded) -> Response:
    request.state.values = result.values
    return Response(result.content, media_type=result.media_type)


def _json(content: Json, status: int = 200) -> Response:
    return Response(json.dumps(content).encode(), status, media_type=_JSON)


def _error(error: EarthError) -> Response:
    return _json(error.body, error.code)


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
