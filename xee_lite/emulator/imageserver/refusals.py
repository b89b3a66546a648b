"""What faults answer in place of the Image Server, as its clients report its failures."""

from __future__ import annotations

import json

from ..faults.kinds import Fault
from ..faults.reply import Reply, make_refusal
from .envelope import TOO_LARGE, ServerError, invalid

_OVERLOADED = "Unable to complete operation."
"""What a server says that has too much to do; the same as of requests that are wrong (field reports)."""
_ERRORS = {
    Fault.QUOTA: ServerError("Too many requests.", code=429, status=429),
    Fault.INTERNAL: ServerError(_OVERLOADED, code=500),
    Fault.UNAVAILABLE: ServerError("Service is not available.", code=503, status=503),
    Fault.MEMORY: invalid(TOO_LARGE),
    Fault.TIMEOUT: ServerError(_OVERLOADED, "The operation timed out.", code=504),
}
"""The texts of 429, 503 and of the time limit are assumed."""
_LOGIN = b"""<!DOCTYPE html>
<html><head><title>Sign In</title></head><body><form action=/login method=post>
<input name=user><input name=password type=password></form></body></html>
"""


def make_server_refusal(fault: Fault, retry_after: int | None = None) -> Reply:
    """The reply of a fault: an envelope, mostly with status 200; ``html`` is a page to sign in on, with status 200."""
    if fault is Fault.HTML:
        return Reply(200, ((b"content-type", b"text/html; charset=utf-8"),), _LOGIN)
    if fault not in _ERRORS:
        return make_refusal(fault, retry_after)
    error = _ERRORS[fault]
    reply = Reply(error.status, ((b"content-type", b"application/json"),), json.dumps(error.body).encode())
    if fault is not Fault.QUOTA or retry_after is None:
        return reply
    return reply.with_header(b"retry-after", str(retry_after).encode())
