"""Replies as values, and the error replies of faults."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Self

from ..errors import EarthError
from .kinds import Fault

_ERRORS = {
    Fault.QUOTA: EarthError(
        "Too Many Requests: Request was rejected because the request rate or concurrency limit was exceeded.",
        429,
        "RESOURCE_EXHAUSTED",  # by Google's convention: which one the service says is not known
    ),
    Fault.INTERNAL: EarthError("An internal error has occurred.", 500, "INTERNAL"),
    Fault.UNAVAILABLE: EarthError("The service is currently unavailable.", 503, "UNAVAILABLE"),
    Fault.MEMORY: EarthError("User memory limit exceeded."),
    Fault.TIMEOUT: EarthError("Computation timed out."),
}
"""The texts of 429 and of both limits are the service's, as its users quote them; those of 500 and 503 are assumed."""
_PAGE = b"""<!DOCTYPE html>
<html lang=en><title>502 Bad Gateway</title>
<h1>Bad Gateway</h1><p>The server on the way could not complete the request. Try again in 30 seconds.</p></html>
"""


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, headers and body.

    Attributes
    ----------
    status : int
    headers : tuple of (name, value)
        Names in lower case; Content-Length is added where the reply is sent.
    body : bytes
    """

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @classmethod
    def of(cls, error: EarthError) -> Self:
        """An error as the service says it."""
        return cls(error.code, ((b"content-type", b"application/json"),), json.dumps(error.body).encode())

    def with_body(self, body: bytes) -> Reply:
        """The same with another body."""
        return replace(self, body=body)

    def with_header(self, name: bytes, value: bytes) -> Reply:
        """The same with one header more."""
        return replace(self, headers=(*self.headers, (name, value)))


def make_refusal(fault: Fault, retry_after: int | None = None) -> Reply:
    """What a fault answers in place of the service."""
    if fault is Fault.HTML:
        return Reply(502, ((b"content-type", b"text/html; charset=utf-8"),), _PAGE)
    reply = Reply.of(_ERRORS[fault])
    if fault is not Fault.QUOTA or retry_after is None:
        return reply
    return reply.with_header(b"retry-after", str(retry_after).encode())
