"""What kind of failure a call met: what every service that is reached over HTTP has in common."""

from __future__ import annotations

import http.client
import math
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from ..errors import DailyQuotaError, PermanentError, QuotaError, RequestError, TooMuchError, TransientError

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_PAUSE = 86_400.0
"""Seconds: what asks for more than a day asks for good."""


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


def retry_after(reply: Mapping[str, str]) -> float:
    """Seconds for which a reply asks to be left alone: a number, or a date (RFC 9110), a day at most; else none.

    A date is compared with the reply's own, since clocks differ.
    """
    said = str(reply.get("retry-after", ""))
    try:
        seconds = float(said)
    except ValueError:
        until, now = _date(said), _date(str(reply.get("date", "")))
        seconds = 0.0 if until is None else (until - (now or datetime.now(UTC))).total_seconds()
    return min(max(seconds, 0.0), _LONGEST_PAUSE) if math.isfinite(seconds) else 0.0


def _date(text: str) -> datetime | None:
    """A date of HTTP; None for what is none."""
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
