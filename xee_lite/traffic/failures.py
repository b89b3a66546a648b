"""What kind of failure a call met: what every service that is reached over HTTP has in common."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from ..errors import DailyQuotaError, PermanentError, QuotaError, RequestError, TooMuchError, TransientError


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed attempt.

    Attributes
    ----------
    kind : type of RequestError
        What the caller gets to see if it stays so; transient failures and refusals for the quota are tried again, but
        for the quota of a day.
    message : str
        What the service, or the network, said.
    retry_after : float
        Seconds for which the service asks to be left alone.
    tries : int
        How often a call has to meet a kind that does not pass before it is believed: more than once where it may be
        a mishap on the way.
    """

    kind: type[RequestError]
    message: str
    retry_after: float = 0.0
    tries: int = 1

    @property
    def passes(self) -> bool:
        """Whether the same request is tried again."""
        transient = issubclass(self.kind, TransientError | QuotaError) and not issubclass(self.kind, DailyQuotaError)
        return transient or self.tries > 1


Judge = Callable[[Exception], Failure | None]
"""What a service knows of its client library's exceptions; None for one that is no failure of the service."""

_STATUSES: dict[int, type[RequestError]] = {
    408: TransientError,
    413: TooMuchError,
    429: QuotaError,
    500: TransientError,
    502: TransientError,
    503: TransientError,
    504: TransientError,
}


def kind_of_status(status: int) -> type[RequestError]:
    """What a HTTP status (RFC 9110) says by itself, where no text says more."""
    return _STATUSES.get(status, PermanentError)


def network_failure(error: Exception) -> Failure | None:
    """Judge what Python's own network modules raise: a broken or silent connection, which may pass."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return None
    if isinstance(error, ConnectionError | TimeoutError | socket.gaierror | ssl.SSLError | http.client.HTTPException):
        return Failure(TransientError, f"{type(error).__name__}: {error}")
    return None
