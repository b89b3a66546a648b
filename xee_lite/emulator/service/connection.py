"""Uvicorn's HTTP protocol, with the transport of the connection made available to the application."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

    # One of the two that the other import chooses from.
    from uvicorn.protocols.http.h11_impl import H11Protocol as HttpProtocol
else:
    from uvicorn.protocols.http.auto import AutoHTTPProtocol as HttpProtocol


class Connection(HttpProtocol):
    """Leaves the transport in each request's state: ASGI has no word for breaking a connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, and remember by which transport."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}
