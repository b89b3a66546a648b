"""What kind of failure a reply of an Image Server is: most failures come with status 200, some with a false type."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..decoding.plain_json import parse_json
from ..errors import PermanentError, QuotaError, RequestError, TooMuchError, TransientError, WireError, shortened
from ..traffic.failures import Failure, kind_of_status, network_failure, retry_after

if TYPE_CHECKING:
    from ..traffic.transport import HttpReply

_MAX_ERROR_VALUES = 10_000
"""JSON values in an error (chosen); those in public reports have a dozen."""

_MAX_ERROR_BYTES = 2**16
"""Bytes of an error (chosen): a longer reply that begins with a brace is a file."""

_TOO_MUCH = (
    "exceeds the size limit",
    "exceeds size limit",
    "exceeds the limit",
    "exceeds the maximum",
    "exceeded the maximum",
    "request entity too large",
    "out of memory",
)
"""Texts of servers that were asked for too much in one request, in lower case.

"The requested image exceeds the size limit." is exportImage's (reported of several public servers), "The requested
number of download images exceeds the limit." that of download (a constant in Esri's ISCatalog widget). For the other
texts no source is known.
"""

_BUSY = ("unable to complete operation", "wait time", "timed out", "service is busy", "too many requests")
"""Texts of overload. The first is a text of permanent failures too: after a few tries it is taken for one."""

_BUSY_TRIES = 6
"""Chosen, not measured."""

_SMALL = 1_000_000
"""Pixels up to which an export that keeps failing is not halved (chosen): public servers with a limit that they do not
publish refuse above 8 million."""

PAGE = "the server answers with a web page, as for signing in, where data was asked for"

_AUTHENTICATION = frozenset({401, 498, 499})
"""498 is an invalid token, 499 a missing one (Esri's documentation of tokens)."""


class ServiceError(Exception):
    """A refusal by a server.

    Parameters
    ----------
    code : int
        The code of the error, or the HTTP status.
    message : str
        The text of the error, and its details.
    retry_after : float
        Seconds that the server asks to wait for.
    status : int
        The HTTP status, which is 200 for most errors.
    """

    def __init__(self, code: int, message: str, retry_after: float = 0.0, *, status: int = 200) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after

    @property
    def asks_for_token(self) -> bool:
        """Whether the request may succeed with another token."""
        return self.code in _AUTHENTICATION

    @property
    def is_too_much(self) -> bool:
        """Whether its text says that the request was too large."""
        lowered = self.message.lower()
        return any(text in lowered for text in _TOO_MUCH)


def refusal_of(reply: HttpReply, content: bytes | bytearray) -> ServiceError | None:
    """The error that a reply is, whatever its status and its content type say; None for a good reply.

    Parameters
    ----------
    reply : HttpReply
    content : bytes
        Its body, or the beginning of a body that went to a file.
    """
    pause = retry_after(reply.headers)
    error = _error_of(content)
    if error is not None:
        return ServiceError(error[0] or reply.status, error[1], pause, status=reply.status)
    if 300 <= reply.status < 400:
        host = urlsplit(str(reply.headers.get("Location", ""))).netloc
        return ServiceError(404, f"the server redirects to {host or 'another path'}: pass that URL", pause)
    if reply.status != HTTPStatus.OK:
        return ServiceError(
            reply.status, f"HTTP {reply.status} {_phrase(reply.status)}".strip(), pause, status=reply.status
        )
    if is_page(content):
        return ServiceError(499, PAGE)
    return None


def is_page(content: bytes | bytearray) -> bool:
    """Whether bytes begin as a web page does; other XML may be a file of a raster."""
    begin = bytes(content[:200]).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return begin.startswith((b"<!doctype html", b"<html", b"<head", b"<body"))


def _error_of(content: bytes | bytearray) -> tuple[int, str] | None:
    """Code and text of the error object in a reply; None where there is none."""
    begin = bytes(content[:64]).lstrip(b"\xef\xbb\xbf \t\r\n")
    if not begin.startswith(b"{") or len(content) > _MAX_ERROR_BYTES:
        return None
    try:
        error = parse_json(content, _MAX_ERROR_VALUES).get("error")
    except WireError:
        return None
    return None if error is None else (_code_of(error), _text_of(error))


def _code_of(error: Any) -> int:  # noqa: ANN401 - JSON
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) and not isinstance(code, bool) else 0


def _text_of(error: Any) -> str:  # noqa: ANN401 - JSON
    """Message and details, which may be missing, null, a text or a list."""
    if not isinstance(error, dict):
        return shortened(str(error), 500)
    details = error.get("details")
    texts = [error.get("message"), *(details if isinstance(details, list) else [details])]
    spoken = [text.strip() for text in texts if isinstance(text, str) and text.strip()]
    return shortened(" ".join(dict.fromkeys(spoken)), 1000) or f"error {_code_of(error)}"


def judge(error: Exception, pixels: int = 0) -> Failure | None:
    """The failure that an exception stands for; None for one that is no failure of the service.

    Parameters
    ----------
    error : Exception
    pixels : int
        Pixels that were asked for; 0 for a call that asks for none.
    """
    if not isinstance(error, ServiceError):
        return network_failure(error)
    lowered = error.message.lower()
    if error.is_too_much:
        return Failure(TooMuchError, error.message)
    if error.asks_for_token:
        advice = "call xee_lite.imageserver.sign_in(url, ...) in this process, and in each worker of a cluster"
        # A web page may come from an overloaded proxy as well.
        tries = 1 if error.message != PAGE else _BUSY_TRIES
        return Failure(PermanentError, f"{error.message.rstrip('. ')}: {advice}", tries=tries)
    if kind_of_status(error.status) is TransientError:
        return Failure(TransientError, error.message, error.retry_after)
    kind = kind_of_status(error.code)
    if issubclass(kind, QuotaError) or "too many requests" in lowered:
        return Failure(QuotaError, error.message, error.retry_after)
    # A code of 5xx within a reply of status 200 may stand for a permanent mistake.
    if issubclass(kind, TransientError) or any(text in lowered for text in _BUSY):
        final: type[RequestError] = TooMuchError if pixels > _SMALL else PermanentError
        return Failure(final, error.message, error.retry_after, tries=_BUSY_TRIES)
    return Failure(kind, error.message, error.retry_after)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
