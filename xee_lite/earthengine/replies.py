"""Replies are checked before the client library reads them: their status, their errors, the size of their JSON.

The client library trusts replies: an error message that is no text, a nesting of 10^5 lists or a status of 204 make it
fail with exceptions that say nothing, and 100 MB of ``[[]]`` become 3.7 GB of lists.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

from ..decoding.plain_json import check_json
from ..errors import WireError, shortened
from ..traffic.costs import current_call

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httplib2

_MAX_ERROR_VALUES = 10_000
"""JSON values in the body of an error (chosen); those in public reports have a dozen."""

_QUOTA_STATUS, _RESTRICTED = "x-earth-engine-quota-status", "parallelism_restricted=true"
"""A header of replies and what it contains in restricted mode, as the client library reads it (``ee.data``)."""

_PROFILING, _PROFILE = "X-Earth-Engine-Computation-Profiling", "x-earth-engine-computation-profile"
"""Headers of a request that asks for a profile, and of the reply that names it (the client library's ``ee.data``)."""


class Http(Protocol):
    """What the client library takes for its HTTP object: ``httplib2.Http``, as far as it is used."""

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **options: object,
    ) -> tuple[httplib2.Response, bytes | bytearray]:
        """Send one request and take the whole reply.

        The options of ``httplib2`` (redirections, connection_type) are ignored, as the client library's own object
        does.
        """
        ...


class CheckedHttp:
    """An HTTP object that gives the client library only replies that it can read.

    Parameters
    ----------
    http : Http
    max_values : int, optional
        Values that a JSON reply may have; None where the reply is not JSON.
    on_restricted : callable
        Called when a reply, which may be an error, says that the project is in restricted mode.
    """

    def __init__(self, http: Http, max_values: int | None, on_restricted: Callable[[], None]) -> None:
        self._http = http
        self._max_values = max_values
        self._on_restricted = on_restricted

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **_: object,
    ) -> tuple[httplib2.Response, bytes | bytearray]:
        """Send one request and take the whole reply.

        Raises
        ------
        WireError
            For a status that is neither 200 nor an error, and for JSON of more values than expected.
        """
        call = current_call()
        if call is not None:
            headers = {**(headers or {}), _PROFILING: "1"}
        reply, content = self._http.request(uri, method, body=body, headers=headers)
        if call is not None:
            call.profiles += [str(reply[_PROFILE])] if _PROFILE in reply else []
            call.bytes += len(content) if reply.status == HTTPStatus.OK else 0
        # Taken out of the reply, since the client library would warn about it too.
        if _RESTRICTED in str(reply.pop(_QUOTA_STATUS, "")):
            self._on_restricted()
        if 400 <= reply.status < 600:
            return reply, refusal(reply.status, content)
        if reply.status != HTTPStatus.OK:
            raise WireError(f"the reply has the status {reply.status}, which neither answers nor refuses")
        if self._max_values is not None:
            check_json(content, self._max_values)
        return reply, content


def refusal(status: int, content: bytes | bytearray) -> bytes:
    """The body of an error as JSON that the client library can read, whatever body came.

    What the error holds besides its message (the quota that was exceeded, the reason) becomes its details.
    """
    error = _error(content)
    message = error.pop("message", None)
    if not isinstance(message, str) or not message.strip():
        message = f"HTTP {status} {_phrase(status)}".strip()
    clean: dict[str, Any] = {"code": status, "message": message}
    if error:
        clean["details"] = [shortened(json.dumps(error), 2000)]
    return json.dumps({"error": clean}).encode()


def _error(content: bytes | bytearray) -> dict[str, Any]:
    """The error object in the body of an error; empty where there is none."""
    try:
        check_json(content, _MAX_ERROR_VALUES)
        body = json.loads(content)
        if isinstance(body, list):
            body = body[0]
        error = body["error"]
        json.dumps(error)  # fails here, not later, where it is nested too deep to be written
    except (ValueError, LookupError, TypeError, RecursionError, WireError):
        return {}
    return error if isinstance(error, dict) else {}


def _phrase(status: int) -> str:
    """The name of an HTTP status; empty for a number without one."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
