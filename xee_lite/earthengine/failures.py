"""What kind of failure an exception of the client library is: the one module that knows Earth Engine's texts."""

from __future__ import annotations

import re

from google.auth.exceptions import GoogleAuthError, TransportError
from googleapiclient.errors import HttpError

from ..errors import (
    DailyQuotaError,
    PermanentError,
    QuotaError,
    ReplacedError,
    RequestError,
    TooMuchError,
    TransientError,
    shortened,
)
from ..traffic.failures import Failure, kind_of_status, network_failure, retry_after

_KINDS: tuple[tuple[type[RequestError], tuple[str, ...]], ...] = (
    (ReplacedError, ("not found at version",)),
    (
        TooMuchError,
        (
            "User memory limit exceeded",
            "memory capacity exceeded",
            "out of memory",
            "Computation timed out",
            "Total request size",
            "Pixel grid dimensions",
            "Number of bands (",
            "Request payload size exceeds",
            "Output of image computation is too large",
            "Computed value too large",
            "Collection query aborted after accumulating",
        ),
    ),
    (
        QuotaError,
        (
            "Too many concurrent aggregations",
            "Quota exceeded",
            "request rate or concurrency limit",
            "rateLimitExceeded",
        ),
    ),
    (
        TransientError,
        (
            "capacity exceeded",
            "internal error",
            "internal server error",
            "Deadline exceeded",
            "service is currently unavailable",
        ),
    ),
)
"""Texts that decide before the status does, in this order, upper or lower case.

Memory, time and size all come as 400, as a plainly wrong request does, and so may failures that pass by themselves:
production code retries "Earth Engine capacity exceeded.", "An internal server error has occurred." and "Deadline
exceeded." whatever their status (OpenET's packages, openforis/whisp).

Verbatim from public reports of the service: google/Xee#50 and #85, gee-community/geemap#1465, #1525 and #1790,
leftfield-geospatial/geedim#10, qgis-earthengine-plugin#202, and its guides (usage, debugging, best practices).
"""

_FULL_MEMORY = "memory capacity exceeded"
"""A text with two meanings: in openearth/hydro-engine#35 the computation was too large, while production code (OpenET's
packages) retries it as a failure that passes. So the request is tried as it is a few times, and then in halves."""

_FULL_MEMORY_TRIES = 3
"""Chosen, not measured."""

_DAILY = re.compile(r"\bdaily\b|daily_|\bper[ _]day\b", re.IGNORECASE)
"""A quota that is reset the next day, such as ``earthengine.googleapis.com/daily_eecu_usage_time``.

Its exact text is not known; the texts of Google's quotas name their metric and their limit ("... per minute").
"""


def classify(status: int, message: str) -> type[RequestError]:
    """Decide what kind of failure a reply is.

    Parameters
    ----------
    status : int
        HTTP status.
    message : str
        The service's text, which decides first: 400 is the status of most limits and of plain mistakes alike.

    Returns
    -------
    type of RequestError
        TransientError, QuotaError, DailyQuotaError, TooMuchError, PermanentError or ReplacedError.
    """
    lowered = message.lower()
    by_text = (kind for kind, texts in _KINDS if any(text.lower() in lowered for text in texts))
    kind = next(by_text, kind_of_status(status))
    return DailyQuotaError if kind is QuotaError and _DAILY.search(message) else kind


def judge(error: Exception) -> Failure | None:
    """The failure that an exception stands for; None for one that is no failure of the service."""
    if isinstance(error, HttpError):
        message, status = str(error.reason), int(error.resp.status)
        kind = classify(status, message)
        if kind is QuotaError:  # its details may name what the message does not
            kind = classify(status, f"{message} {shortened(str(error.error_details), 2000)}")
        tries = _FULL_MEMORY_TRIES if _FULL_MEMORY in message.lower() else 1
        return Failure(kind, message, retry_after(error.resp), tries)
    if isinstance(error, TransportError):
        return Failure(TransientError, f"the credentials could not be renewed: {error}")
    if isinstance(error, GoogleAuthError):
        return Failure(PermanentError, f"the credentials are not accepted: {error}")
    return network_failure(error)
