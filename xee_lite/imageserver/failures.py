"""What a reply of an Image Server means: most failures come with the status 200, and some under a false type."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..decoding.plain_json import parse_json
from ..errors import PermanentError, QuotaError, RequestError, TooMuchError, TransientError, WireError, shortened
from ..traffic.failures import Failure, kind_of_status, network_failure, retry_after

if TYPE_CHECKING:
    from ..traffic.transport import HttpReply

_MOST_VALUES = 10_000
"""JSON values in a refusal; those of servers have a dozen."""

_LONGEST_REFUSAL = 2**16
"""Bytes of one: what is longer and begins as one is a file."""

_TOO_MUCH = (
    "exceeds the size limit",
    "exceeds size limit",
    "exceeds the limit",
    "exceeds the maximum",
    "exceeded the maximum",
    "request entity too large",
    "out of memory",
)
"""Texts of servers that were asked for too much, in lower case.

"The requested image exceeds the size limit." is exportImage's (reported of several public servers), "The requested
number of download images exceeds the limit." that of download (a constant in Esri's ISCatalog widget).
"""

_BUSY = ("unable to complete operation", "wait time", "timed out", "service is busy", "too many requests")
"""Texts of overload. The first is that of some permanent failures too, so it is believed after a few tries."""

_BUSY_TRIES = 6

_SMALL = 1_000_000
"""Pixels up to which an export that keeps failing is not taken for too much: public servers with a hidden limit refuse
above 8 million."""

PAGE = "the server answers with a web page, as for signing in, where data was asked for"

_AUTHENTICATION = frozenset({401, 498, 499})
"""498 is an invalid token, 499 a missing one."""


class ServiceError(Exception):
    """A refusal by a server.

    Parameters
    ----------
    code : int
        Of the error itself, or the HTTP status.
    message : str
        The error's text and its details.
    retry_after : float
        Seconds for which the server asks to be left alone.
    status : int
        The HTTP status, which is 200 for most refusals.
    """

    def __init__(self, code: int, message: str, retry_after: float = 0.0, *, status: int = 200) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after

    @property
    def asks_for_token(self) -> bool:
        """Whether another token may help."""
        return self.code in _AUTHENTICATION

    @property
    def is_too_much(self) -> bool:
        """Whether it says that smaller requests may pass."""
        said = self.message.lower()
        return any(text in said for text in _TOO_MUCH)


def refusal_of(reply: HttpReply, content: bytes | bytearray) -> ServiceError | None:
    """The refusal that a reply is, whatever its status and its content type say; None for an answer.

    Parameters
    ----------
    reply : HttpReply
    content : bytes
        Its body, or the beginning of one that went to a file.
    """
    pause = retry_after(reply.headers)
    error = _error_of(content)
    if error is not None:
        return ServiceError(error[0] or reply.status, error[1], pause, status=reply.status)
    if 300 <= reply.status < 400:
        place = urlsplit(str(reply.headers.get("Location", ""))).netloc
        return ServiceError(404, f"the server sends elsewhere, to {place or 'another path'}: pass that URL", pause)
    if reply.status != HTTPStatus.OK:
        return ServiceError(
            reply.status, f"HTTP {reply.status} {_phrase(reply.status)}".strip(), pause, status=reply.status
        )
    if is_page(content):
        return ServiceError(499, PAGE)
    return None


def is_page(content: bytes | bytearray) -> bool:
    """Whether bytes begin as a web page does; XML may belong to a raster."""
    begin = bytes(content[:200]).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return begin.startswith((b"<!doctype html", b"<html", b"<head", b"<body"))


def _error_of(content: bytes | bytearray) -> tuple[int, str] | None:
    """Code and text of the error object at the top of a reply."""
    begin = bytes(content[:64]).lstrip(b"\xef\xbb\xbf \t\r\n")
    if not begin.startswith(b"{") or len(content) > _LONGEST_REFUSAL:
        return None
    try:
        error = parse_json(content, _MOST_VALUES).get("error")
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
    said = [text.strip() for text in texts if isinstance(text, str) and text.strip()]
    return shortened(" ".join(dict.fromkeys(said)), 1000) or f"error {_code_of(error)}"


def judge(error: Exception, pixels: int = 0) -> Failure | None:
    """Say what a failed call means; None for what is no failure of the service.

    Parameters
    ----------
    error : Exception
    pixels : int
        That were asked for; 0 for a call that asks for none.
    """
    if not isinstance(error, ServiceError):
        return network_failure(error)
    said = error.message.lower()
    if error.is_too_much:
        return Failure(TooMuchError, error.message)
    if error.asks_for_token:
        advice = "call xee_lite.imageserver.sign_in(url, ...) in this process, and in each worker of a cluster"
        # A page may come from a proxy that is out of breath, too.
        tries = 1 if error.message != PAGE else _BUSY_TRIES
        return Failure(PermanentError, f"{error.message.rstrip('. ')}: {advice}", tries=tries)
    if kind_of_status(error.status) is TransientError:
        return Failure(TransientError, error.message, error.retry_after)
    kind = kind_of_status(error.code)
    if issubclass(kind, QuotaError) or "too many requests" in said:
        return Failure(QuotaError, error.message, error.retry_after)
    # Codes of 5xx within a reply of 200 stand for mistakes as well.
    if issubclass(kind, TransientError) or any(text in said for text in _BUSY):
        final: type[RequestError] = TooMuchError if pixels > _SMALL else PermanentError
        return Failure(final, error.message, error.retry_after, tries=_BUSY_TRIES)
    return Failure(kind, error.message, error.retry_after)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
