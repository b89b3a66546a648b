"""What a reply may be before the client library reads it: a status, a readable refusal, JSON of a sane size.

The client library trusts replies: a message that is no text, a nesting of 10^5 lists or a status of 204 make it fail in
ways that tell nothing, and 100 MB of ``[[]]`` become 3.7 GB of lists.
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

_LONGEST_REFUSAL = 10_000
"""JSON values in a refusal; the service's have a dozen."""


_QUOTA_STATUS, _RESTRICTED = "x-earth-engine-quota-status", "parallelism_restricted=true"
"""A header of replies, as the client library reads it; what else it may say is not documented."""

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
        redirections: int | None = None,
        connection_type: type[Any] | None = None,
    ) -> tuple[httplib2.Response, bytes | bytearray]:
        """Send one request and take the whole reply."""
        ...


class CheckedHttp:
    """HTTP that gives the client library only what it can read.

    Parameters
    ----------
    http : Http
    most_values : int, optional
        Values that a JSON reply may have; None where the reply is not JSON.
    restricted : callable
        Called when a reply, also a refusal, says that the project may run less at once.
    """

    def __init__(self, http: Http, most_values: int | None, restricted: Callable[[], None]) -> None:
        self._http = http
        self._most_values = most_values
        self._restricted = restricted

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        redirections: int | None = None,  # noqa: ARG002 - httplib2's signature
        connection_type: type[Any] | None = None,  # noqa: ARG002
    ) -> tuple[httplib2.Response, bytes | bytearray]:
        """Send one request and take the whole reply.

        Raises
        ------
        WireError
            For a status that is neither 200 nor a refusal, and for JSON of more values than expected.
        """
        call = current_call()
        if call is not None:
            headers = {**(headers or {}), _PROFILING: "1"}
        reply, content = self._http.request(uri, method, body=body, headers=headers)
        if call is not None:
            call.profiles += [str(reply[_PROFILE])] if _PROFILE in reply else []
            call.bytes += len(content) if reply.status == HTTPStatus.OK else 0
        # Taken out of the reply: for each that has it the client library would warn.
        if _RESTRICTED in str(reply.pop(_QUOTA_STATUS, "")):
            self._restricted()
        if 400 <= reply.status < 600:
            return reply, refusal(reply.status, content)
        if reply.status != HTTPStatus.OK:
            raise WireError(f"the reply has the status {reply.status}, which neither answers nor refuses")
        if self._most_values is not None:
            check_json(content, self._most_values)
        return reply, content


def refusal(status: int, content: bytes | bytearray) -> bytes:
    """A refusal as the client library reads it without failing, whatever came.

    What the error has besides its message (the quota that was exceeded, the reason) goes along as its details.
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
    """The error object of a refusal; empty where it has none."""
    try:
        check_json(content, _LONGEST_REFUSAL)
        said = json.loads(content)
        if isinstance(said, list):
            said = said[0]
        error = said["error"]
        json.dumps(error)  # which recurses, too
    except (ValueError, LookupError, TypeError, RecursionError, WireError):
        return {}
    return error if isinstance(error, dict) else {}


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
