"""Signing in to a server: tokens stay in this process, and are renewed before they expire."""

from __future__ import annotations

import os
import time
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from ..decoding.plain_json import parse_json
from ..errors import InputError, WireError
from ..traffic.transport import Attempt, HttpRequest
from .address import context_of, is_private_line, origin_of
from .failures import ServiceError, refusal_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..traffic.transport import Transport

_MAX_REPLY_BYTES = 2**20
"""Bytes of a reply that describes a server or has a token (chosen)."""

_MAX_JSON_VALUES = 10_000
"""JSON values in it (chosen)."""

_RENEWAL_SECONDS = 60.0
"""Before a token expires (chosen): it is then renewed, so that it does not expire during a request."""


class Credentials:
    """How to get a token for one server; neither its ``repr`` nor a pickle holds a secret.

    Parameters
    ----------
    context : str
        The server's address, such as ``https://host/arcgis``.
    username, password : str, optional
    token : str or callable, optional
        A token, or a function that returns one and is called again when the server refuses it.
    token_url : str, optional
        The address of generateToken; by default the one that the server names, on its own host.
    referer : str, optional
        The Referer that tokens are bound to.
    minutes : int
        How long tokens shall last.
    """

    def __init__(
        self,
        context: str,
        username: str | None,
        password: str | None,
        token: str | Callable[[], str] | None,
        token_url: str | None,
        referer: str | None,
        minutes: int,
    ) -> None:
        self.context = context
        self.referer = referer
        self._username = username
        self._password = password
        self._given = token
        self._token_url = token_url
        self._minutes = minutes
        self._lock = Lock()
        self._token: str | None = None
        self._until = 0.0

    def __repr__(self) -> str:
        return f"<Credentials for {self.context}>"

    def __reduce__(self) -> str:
        raise TypeError("credentials stay in their process: call xee_lite.imageserver.sign_in in the other one.")

    def token(self, transport: Transport, attempt: Attempt, *, refused: str | None = None) -> str:
        """A token that should work.

        Parameters
        ----------
        transport : Transport
        attempt : Attempt
        refused : str, optional
            One that the server has refused.
        """
        with self._lock:
            if self._token is None or self._token == refused or time.time() > self._until - _RENEWAL_SECONDS:
                self._token, self._until = self._new_token(transport, attempt)
            return self._token

    def _new_token(self, transport: Transport, attempt: Attempt) -> tuple[str, float]:
        if self._given is not None:
            given: object = self._given() if callable(self._given) else self._given
            if not isinstance(given, str) or not given or not given.isprintable():
                raise InputError("token= gave no text: pass a token, or a function that returns one.")
            return given, float("inf")
        bound = {"client": "requestip"} if self.referer is None else {"client": "referer", "referer": self.referer}
        form = {"username": self._username, "password": self._password, **bound}
        form |= {"expiration": str(self._minutes), "f": "json"}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        url = self._token_url or self._announced_url(transport, attempt)
        reply = _ask(transport, attempt, HttpRequest("POST", url, headers, urlencode(form), follow=False))
        token, expires = reply.get("token"), reply.get("expires")
        if not isinstance(token, str) or not token or not token.isprintable():
            raise WireError("the reply of generateToken has no token")
        if isinstance(expires, int | float) and not isinstance(expires, bool):
            return token, float(expires) / 1000
        return token, time.time() + 60 * self._minutes

    def _announced_url(self, transport: Transport, attempt: Attempt) -> str:
        """The address of generateToken that the server names; another host would get the password, and is refused."""
        default = f"{self.context}/tokens/generateToken"
        try:
            reply = _ask(transport, attempt, HttpRequest("GET", f"{self.context}/rest/info?f=json", follow=False))
        except (ServiceError, WireError):
            return default
        auth = reply.get("authInfo")
        url = auth.get("tokenServicesUrl") if isinstance(auth, dict) else None
        if not isinstance(url, str) or not url:
            return default
        if origin_of(url) != origin_of(self.context):
            raise InputError(
                f"{self.context} has its tokens made by another host, {origin_of(url)}: if you trust it with the "
                "password, pass its address as token_url= to xee_lite.imageserver.sign_in."
            )
        return url


def _ask(transport: Transport, attempt: Attempt, request: HttpRequest) -> dict[str, object]:
    reply = transport.fetch(request, _MAX_REPLY_BYTES, attempt)
    refused = refusal_of(reply, reply.content)
    if refused is not None:
        raise refused
    return parse_json(reply.content, _MAX_JSON_VALUES)


_lock = Lock()
_credentials: dict[str, Credentials] = {}


def sign_in(
    url: str,
    username: str | None = None,
    password: str | None = None,
    *,
    token: str | Callable[[], str] | None = None,
    token_url: str | None = None,
    referer: str | None = None,
    minutes: int = 60,
) -> None:
    """Sign in to an ArcGIS server, for this process: its services are then read with a token.

    Credentials do not travel with a dataset: call it in each worker of a cluster too, as by ``client.run``.

    Parameters
    ----------
    url : str
        The URL of any service of the server.
    username, password : str, optional
        For tokens, which are renewed before they expire.
    token : str or callable, optional
        Instead of these: a token, or a function that returns one, as another library has it. The function is called
        again when the server refuses its token.
    token_url : str, optional
        Where tokens are made, if not on the server's own host: a portal's ``/sharing/rest/generateToken``.
    referer : str, optional
        A Referer that tokens are bound to, and that is sent with each request. By default tokens are bound to the IP
        address of this machine.
    minutes : int, default 60
        How long a token shall last.

    Raises
    ------
    InputError
        If neither a password nor a token is given, or the URL is not one of https.

    Examples
    --------
    >>> from xee_lite import imageserver
    >>> url = "https://example.org/arcgis/rest/services/Dem/ImageServer"
    >>> imageserver.sign_in(url, token=lambda: "what another library gives")
    """
    with_password = username is not None and password is not None
    if with_password == (token is not None):
        raise InputError("sign_in needs either username= and password=, or token=.")
    for address in (url, *([token_url] if token_url else [])):
        if not is_private_line(address):
            raise InputError(
                f"{origin_of(address)} is not reached over TLS, so that anybody on the way could read the credentials: "
                "pass a URL that begins with https."
            )
    context = context_of(url)
    credentials = Credentials(context, username, password, token, token_url, referer, minutes)
    with _lock:
        _credentials[context] = credentials


def sign_out(url: str) -> None:
    """Forget the credentials for a server.

    Parameters
    ----------
    url : str
        The URL of any service of the server.

    Examples
    --------
    >>> from xee_lite import imageserver
    >>> imageserver.sign_out("https://example.org/arcgis/rest/services/Dem/ImageServer")
    """
    with _lock:
        _credentials.pop(context_of(url), None)


def credentials_for(url: str) -> Credentials | None:
    """The credentials of this process for the server of a URL; None where it has not signed in."""
    with _lock:
        return _credentials.get(context_of(url))


def _renew() -> None:
    """Make a new lock in a forked child, where the old one may be held by a thread that the child does not have."""
    global _lock  # noqa: PLW0603 - one for the process is the point
    _lock = Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
