"""Tokens: who gets one, how long it is good, and where a request may carry it."""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .envelope import ServerError, invalid

if TYPE_CHECKING:
    from .call import ServerCall
    from .options import ImageServerOptions

_KEPT = 10_000
"""Tokens that are known at the same time."""


@dataclass(frozen=True, slots=True)
class _Token:
    expires: float
    referer: str


class Tokens:
    """The tokens of a running server.

    Parameters
    ----------
    options : ImageServerOptions
        Its users; without any no token is needed.
    """

    def __init__(self, options: ImageServerOptions) -> None:
        self._users = options.users
        self._seconds = options.token_minutes * 60
        self._tokens: dict[str, _Token] = {}
        self._lock = threading.Lock()

    @property
    def needed(self) -> bool:
        """Whether requests need one."""
        return self._users is not None

    def generate(self, call: ServerCall) -> dict[str, Any]:
        """Answer ``generateToken``.

        Raises
        ------
        ServerError
            If name and password are not known.
        """
        parameters = call.parameters
        name, password = parameters.text("username"), parameters.text("password")
        known = (self._users or {}).get(name)
        # The texts of an unknown name and of a request that is no POST are the server's as its users quote them.
        if not call.posted:
            raise ServerError("Unable to generate token.", "'username' and 'password' must be sent in a POST.")
        if known is None or not hmac.compare_digest(known.encode(), password.encode()):
            raise ServerError("Unable to generate token.", "Invalid username or password.")
        client = parameters.text("client", "requestip").lower()
        referer = parameters.text("referer") if client == "referer" else ""
        if client not in ("referer", "ip", "requestip") or (client == "referer" and not referer):
            raise invalid("Parameter 'client' is none that there is, or 'referer' is missing.")
        minutes = parameters.number("expiration")
        seconds = self._seconds if minutes is None else min(max(minutes, 0) * 60, self._seconds)
        token, expires = secrets.token_urlsafe(48), time.time() + seconds
        with self._lock:
            self._tokens[token] = _Token(expires, referer)
            while len(self._tokens) > _KEPT:
                del self._tokens[next(iter(self._tokens))]
        return {"token": token, "expires": int(expires * 1000), "ssl": False}

    def check(self, call: ServerCall) -> None:
        """Refuse a request without a good token: in a header, or among the parameters.

        Raises
        ------
        ServerError
            499 where there is none, 498 where it is unknown, too old, or of another referer.
        """
        if not self.needed:
            return
        given = _given(call)
        if not given:
            raise ServerError("Token Required", code=499)
        with self._lock:
            known = self._tokens.get(given)
        if known is None or known.expires <= time.time() or not _came_from(call, known.referer):
            raise ServerError("Invalid Token", code=498)

    def revoke(self) -> None:
        """Forget all tokens: the next request with one gets 498."""
        with self._lock:
            self._tokens.clear()


def _given(call: ServerCall) -> str:
    for name in ("x-esri-authorization", "authorization"):
        scheme, _, token = call.headers.get(name, "").partition(" ")
        if scheme.lower() == "bearer" and token.strip():
            return token.strip()
    return call.parameters.text("token")


def _came_from(call: ServerCall, referer: str) -> bool:
    return not referer or call.headers.get("referer", "").rstrip("/").lower() == referer.rstrip("/").lower()
