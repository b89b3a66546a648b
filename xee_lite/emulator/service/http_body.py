"""Bodies of requests, as ASGI brings them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import EarthError
from .limits import PAYLOAD_BYTES, PAYLOAD_TOO_LARGE

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Message, Receive

_DRAIN = 8 * PAYLOAD_BYTES
"""Of a body that is too long, this much is read and thrown away, so that its sender gets to read the answer."""


async def read(request: Request) -> bytes:
    """Read a body; one that is too long is refused without being kept."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= PAYLOAD_BYTES:
            chunks.append(chunk)
        elif size > _DRAIN:
            break
        else:
            chunks.clear()
    if size > PAYLOAD_BYTES:
        raise EarthError(PAYLOAD_TOO_LARGE)
    return b"".join(chunks)


def without_body(receive: Receive) -> Receive:
    """Receive an empty body first, then what comes after the body that has been read."""
    empty: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def following() -> Message:
        return empty.pop() if empty else await receive()

    return following
