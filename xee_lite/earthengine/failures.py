"""What kind of failure an exception of the client library is: the one module that knows Earth Engine's texts."""

from __future__ import annotations

from google.auth.exceptions import GoogleAuthError, TransportError
from googleapiclient.errors import HttpError

from ..errors import PermanentError, QuotaError, RequestError, TooMuchError, TransientError
from ..traffic.failures import Failure, kind_of_status, network_failure

_TEXTS: tuple[tuple[str, type[RequestError]], ...] = (
    ("User memory limit exceeded", TooMuchError),
    ("memory capacity exceeded", TooMuchError),
    ("out of memory", TooMuchError),
    ("Computation timed out", TooMuchError),
    ("Total request size", TooMuchError),
    ("Pixel grid dimensions", TooMuchError),
    ("Number of bands (", TooMuchError),
    ("Request payload size exceeds", TooMuchError),
    ("Output of image computation is too large", TooMuchError),
    ("Computed value too large", TooMuchError),
    ("Collection query aborted after accumulating", TooMuchError),
    ("Too many concurrent aggregations", QuotaError),
    ("Quota exceeded", QuotaError),
    ("request rate or concurrency limit", QuotaError),
    ("rateLimitExceeded", QuotaError),
    ("userRateLimitExceeded", QuotaError),
)
"""Texts that decide before the status does: memory, time and size all come as 400, as a plainly wrong request does.

Verbatim from public reports of the service: google/Xee#50 and #85, gee-community/geemap#1465, #1525 and #1790,
leftfield-geospatial/geedim#10, qgis-earthengine-plugin#202, and its guides (usage, debugging, best practices).
"""


def classify(status: int, message: str) -> type[RequestError]:
    """Decide what kind of failure a reply is.

    Parameters
    ----------
    status : int
        HTTP status.
    message : str
        The service's text: it decides first, since 400 stands for most limits and for plain mistakes alike.

    Returns
    -------
    type of RequestError
        TransientError, QuotaError, TooMuchError or PermanentError.
    """
    return next((kind for text, kind in _TEXTS if text in message), kind_of_status(status))


def judge(error: Exception) -> Failure | None:
    """Say what a failed call means; None for what is no failure of the service."""
    if isinstance(error, HttpError):
        wait = error.resp.get("retry-after", "")
        seconds = float(wait) if wait.replace(".", "", 1).isdigit() else 0.0
        message = str(error.reason)
        return Failure(classify(int(error.resp.status), message), message, seconds)
    if isinstance(error, TransportError):
        return Failure(TransientError, f"the credentials could not be renewed: {error}")
    if isinstance(error, GoogleAuthError):
        return Failure(PermanentError, f"the credentials are not accepted: {error}")
    return network_failure(error)
