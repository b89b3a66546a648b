"""The connection that a reply is sent on: with limited bandwidth, broken off, or stalled."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING

from .kinds import CUTS, Fault

if TYPE_CHECKING:
    from starlette.types import Receive, Send

    from .live import FaultDecision
    from .reply import Reply

_TICK = 0.05
"""Seconds between two pieces of a body under limited bandwidth."""
_RESET_AT_CLOSE = struct.pack("ii", 1, 0)
"""SO_LINGER of no seconds: closing throws away what is unsent, and answers with RST instead of FIN."""


_UNFINISHED = CUTS - {Fault.SHORT}
"""What does not send the end of the body along with its beginning."""


class GoneError(Exception):
    """The client has left, the server is stopping, or the connection was broken on purpose."""


class ReplyChannel:
    """Sends the reply of one request to its client.

    Parameters
    ----------
    transport : asyncio.Transport
        The connection itself, by which it is broken.
    receive, send : callables
        ASGI's; the request's body has been received.
    stopping : asyncio.Event
        Set when the server stops.
    """

    def __init__(self, transport: asyncio.Transport, receive: Receive, send: Send, stopping: asyncio.Event) -> None:
        self._transport = transport
        self._receive = receive
        self._send = send
        self._stopping = stopping
        self._leaving: asyncio.Task[None] | None = None

    async def deliver(self, reply: Reply, fault: Fault | None = None, decision: FaultDecision | None = None) -> None:
        """Send a reply, or what a fault leaves of it.

        Parameters
        ----------
        reply : Reply
        fault : Fault, optional
            Those that do not cut have changed the reply before.
        decision : FaultDecision, optional
            Says the bandwidth, where to cut and how long to stall.

        Raises
        ------
        GoneError
            When the connection is over.
        """
        body = part = reply.body
        if decision is not None and fault in CUTS:
            part = body[: 1 + int(decision.number("cut") * (len(body) - 1))]
        if fault is Fault.SHORT:
            body = part
        length = [] if fault is Fault.CHUNKED else [(b"content-length", str(len(body)).encode())]
        await self._send({"type": "http.response.start", "status": reply.status, "headers": [*reply.headers, *length]})
        bandwidth = None if decision is None else decision.faults.bandwidth
        await self._paced(part, bandwidth, last=fault not in _UNFINISHED)
        if fault is Fault.STALL and decision is not None:
            await self.pause(decision.faults.stall_seconds)
            await self._paced(body[len(part) :], bandwidth, last=True)
        elif fault is Fault.RESET:
            self._reset()
        elif fault in _UNFINISHED:
            self._transport.close()  # once all is sent
            await self.pause(None)

    async def pause(self, seconds: float | None) -> None:
        """Let time pass, or with None wait for the end of the connection.

        Raises
        ------
        GoneError
            As soon as the client leaves or the server stops.
        """
        if seconds is not None and seconds <= 0:
            return
        stop = asyncio.create_task(self._stopping.wait())
        try:
            done, _ = await asyncio.wait((self._left(), stop), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()
        if done:
            raise GoneError

    async def drop(self) -> None:
        """Close at once, and wait until the server has seen it: it would complain of an unfinished reply."""
        if not self._left().done():
            self._transport.abort()
        await self._left()

    def _left(self) -> asyncio.Task[None]:
        """One task for the whole request, which ends with the reply or the connection, whichever ends first."""
        if self._leaving is None:
            self._leaving = asyncio.create_task(self._until_left())
        return self._leaving

    async def _until_left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def _reset(self) -> None:
        self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
        self._transport.abort()
        raise GoneError

    async def _paced(self, body: bytes, bandwidth: float | None, *, last: bool) -> None:
        """Send a body, each piece when all of it would have come through; one that was late delays no other."""
        sent = 0
        if bandwidth is not None:
            clock = asyncio.get_running_loop().time
            begun, size = clock(), max(1, int(bandwidth * _TICK))
            while sent < len(body):
                piece = body[sent : sent + size]
                sent += len(piece)
                await self.pause(begun + sent / bandwidth - clock())
                await self._send({"type": "http.response.body", "body": piece, "more_body": True})
        await self._send({"type": "http.response.body", "body": body[sent:], "more_body": not last})
