"""Kinds of failures: what all services over HTTP have in common."""

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
"""Seconds, a day: more is a mistake of the service, or more than anybody waits; chosen."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed attempt.

    Attributes
    ----------
    kind : type of RequestError
        The error that is raised if it stays so. Transient failures and refusals for the quota are tried again, except
        for the quota of a day.
    message : str
        What the service, or the network, said.
    retry_after : float
        Seconds for which the service asks to wait.
    tries : int
        How often a kind that is not transient has to come before the call is given up: more than once where a proxy
        may be the cause.
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
"""From an exception of a service's client library to a failure; None for one that is no failure of the service."""

_STATUSES: dict[int, type[RequestError]] = {
    408: TransientError,
    413: TooMuchError,
    429: QuotaError,
    500: TransientError,
    502: TransientError,
    503: TransientError,
    504: TransientError,
}
"""By RFC 9110, and RFC 6585 for 429; all others mean that the request is wrong or not allowed."""


def kind_of_status(status: int) -> type[RequestError]:
    """The kind that a status of HTTP (RFC 9110) means by itself, where no text says more."""
    return _STATUSES.get(status, PermanentError)


def network_failure(error: Exception) -> Failure | None:
    """The failure that an exception of Python's network modules is: transient, but for a wrong certificate."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return None
    if isinstance(error, ConnectionError | TimeoutError | socket.gaierror | ssl.SSLError | http.client.HTTPException):
        return Failure(TransientError, f"{type(error).__name__}: {error}")
    return None


def retry_after(reply: Mapping[str, str]) -> float:
    """Seconds for which a reply asks to wait: a number, or until a date (RFC 9110), a day at most; else 0.

    A date is compared with the reply's own date, since clocks differ.
    """
    said = str(reply.get("retry-after", ""))
    try:
        seconds = float(said)
    except ValueError:
        until, now = _date(said), _date(str(reply.get("date", "")))
        seconds = 0.0 if until is None else (until - (now or datetime.now(UTC))).total_seconds()
    return min(max(seconds, 0.0), _LONGEST_PAUSE) if math.isfinite(seconds) else 0.0


def _date(text: str) -> datetime | None:
    """A date as HTTP writes it; None for any other text."""
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
