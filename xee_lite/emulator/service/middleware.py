"""The middleware around each route: it reads the body, applies the faults, and logs the reply."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest

from ..errors import EarthError
from ..faults.kinds import CALLS, REFUSALS, Fault
from ..faults.reply import Reply, make_refusal
from ..faults.reply_channel import GoneError, ReplyChannel
from ..faults.tampering import tamper
from .http_body import read
from .log import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ..faults.live import FaultDecision, LiveFaults
    from .log import RequestLog

_HEADER = "x-emulator-fault"
"""By which one request says what it wants to meet."""
_RESTRICTED = (b"x-earth-engine-quota-status", b"parallelism_restricted=true")
"""Of what else the header may tell nothing is known."""


class RequestMiddleware:
    """ASGI middleware around one route.

    The route finds the body of a request in ``request.state.raw``, and leaves in ``request.state.values`` how many
    pixel values it computed. The server gives the connection as ``request.state.transport``.

    Parameters
    ----------
    app : ASGIApp
        The route.
    call : str
        The name that the log and the faults know it by.
    log : RequestLog
        Where each request is noted.
    faults : LiveFaults
    refuse : callable
        ``refuse(fault, retry_after)`` makes the reply of a fault that answers in place of the service.
    """

    def __init__(
        self,
        app: ASGIApp,
        call: str,
        log: RequestLog,
        faults: LiveFaults,
        refuse: Callable[[Fault, int | None], Reply] = make_refusal,
    ) -> None:
        self._app = app
        self._refuse = refuse
        self._call = call
        self._log = log
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = HttpRequest(scope, receive)
        request.state.raw, request.state.values = b"", None
        channel = ReplyChannel(request.state.transport, receive, send, self._faults.stopping)
        try:
            request.state.raw = await read(request)
            await self._meet(request, self._meeting(request), channel)
        except ClientDisconnect:
            return
        except EarthError as error:
            reply = Reply.of(error)
            self._note(request, reply, None)
            await channel.deliver(reply)
        except GoneError:
            await channel.drop()

    def _meeting(self, request: HttpRequest) -> FaultDecision | None:
        if self._call not in CALLS:
            return None
        asked = request.scope["path"].encode() + b"\0" + request.scope["query_string"] + b"\0" + request.state.raw
        try:
            return self._faults.meet(self._call, asked, request.headers.get(_HEADER))
        except ValueError as error:
            raise EarthError(f"Invalid header '{_HEADER}': {error}") from error

    async def _meet(self, request: HttpRequest, decision: FaultDecision | None, channel: ReplyChannel) -> None:
        if decision is None:
            reply = await self._honest(request)
            self._note(request, reply, None)
            await channel.deliver(reply)
            return
        clock = asyncio.get_running_loop().time
        begun = clock()
        with self._faults.in_flight(decision, begun) as let_in:
            reply, fault = await self._reply(request, decision, decision.fault if let_in else Fault.QUOTA)
            if decision.faults.restricted:
                reply = reply.with_header(*_RESTRICTED)
            self._note(request, reply, fault)
            latency, values = decision.faults.latency, request.state.values
            if latency is not None and values is not None:
                await channel.pause(begun + latency.draw(values, decision.number("latency")) - clock())
            await channel.deliver(reply, fault, decision)

    async def _reply(
        self, request: HttpRequest, decision: FaultDecision, fault: Fault | None
    ) -> tuple[Reply, Fault | None]:
        """The reply as far as its content goes, and the fault that it carries or will meet on the way."""
        if fault in REFUSALS:
            return self._refuse(fault, decision.faults.retry_after), fault
        reply = await self._honest(request)
        limit = None if decision.instructed else decision.faults.beyond(request.state.values)
        if limit is not None:
            return self._refuse(limit, None), limit
        if fault is not None:
            reply = reply.with_body(await run_in_threadpool(tamper, bytes(reply.body), fault))
        return reply, fault

    async def _honest(self, request: HttpRequest) -> Reply:
        """What the route answers, kept from going out."""
        request.state.values = 0
        start: Message = {}
        body: list[bytes] = []

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                body.append(message["body"])

        await self._app(request.scope, request.receive, keep)
        headers = tuple((name, value) for name, value in start["headers"] if name != b"content-length")
        return Reply(start["status"], headers, body[0] if len(body) == 1 else b"".join(body))

    def _note(self, request: HttpRequest, reply: Reply, fault: Fault | None) -> None:
        self._log.add(
            Request(
                request.method,
                request.scope["path"],
                self._call,
                dict(request.query_params),
                request.state.raw,
                reply.status,
                len(reply.body),
                str(fault or ""),
                request.headers.get("x-goog-user-project", ""),
            )
        )
