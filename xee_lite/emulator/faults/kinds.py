"""The kinds of faults, by the names that rates, headers and the request log use."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """A fault of one request.

    The first group answers in place of the service, nothing being computed; the second breaks the connection or the
    length of a correct reply; the third sends a whole reply with other content than was asked for.
    """

    QUOTA = "429"
    """Too Many Requests, with Retry-After where the faults say so."""
    INTERNAL = "500"
    UNAVAILABLE = "503"
    HTML = "html"
    """Status 502 with a page of HTML, as a proxy on the way sends it."""
    MEMORY = "memory"
    """Status 400, "User memory limit exceeded."."""
    TIMEOUT = "timeout"
    """Status 400, "Computation timed out."."""

    RESET = "reset"
    """Part of the body, then a TCP reset."""
    TRUNCATED = "truncated"
    """Part of the body, then the end of the connection; Content-Length says more."""
    CHUNKED = "truncated-chunks"
    """The same with chunked transfer: the last chunk never comes."""
    SHORT = "short"
    """Part of the body as a whole reply: Content-Length is right, the file ends early."""
    STALL = "stall"
    """Part of the body, silence, then the rest."""

    SHAPE = "wrong-shape"
    """NPY or TIFF without its last row (of one row: with two)."""
    TYPE = "wrong-type"
    """NPY or TIFF with every band in a type that the one asked for can not hold."""
    BANDS = "wrong-bands"
    """NPY or TIFF with its bands in reverse order; a single band has another name, or in TIFF is there twice."""
    MAGIC = "wrong-magic"
    """The first byte of the reply is another one."""
    HOLLOW = "hollow"
    """A TIFF without every second of its tiles, which reads as 0 there; other replies stay what they are."""


REFUSALS = frozenset({Fault.QUOTA, Fault.INTERNAL, Fault.UNAVAILABLE, Fault.HTML, Fault.MEMORY, Fault.TIMEOUT})
"""What answers in place of the service."""
CUTS = frozenset({Fault.RESET, Fault.TRUNCATED, Fault.CHUNKED, Fault.SHORT, Fault.STALL})
"""What sends part of a reply first."""

PIXEL_CALLS = frozenset({"computePixels", "getPixels", "ImageServer/exportImage"})
CALLS = PIXEL_CALLS | {
    "computeValue", "computeImages", "computeFeatures",
    "listAssets", "getAsset",
    "createThumbnail", "getThumbnail", "createMap", "getTile",
    "exportImage", "exportTable",
    "discovery", "algorithms",
    "ImageServer", "ImageServer/query", "ImageServer/getSamples", "ImageServer/download",
    "ImageServer/file", "ImageServer/item", "ImageServer/info", "ImageServer/multidimensionalInfo",
    "ImageServer/slices", "output", "generateToken",
}  # fmt: skip
"""What can meet a fault: the names are those of the request log. ``discovery`` and ``algorithms`` begin a session; what
follows them is the Image Server's.

An export meets it when it is started, not in its work.
"""


def parse_fault(name: str) -> Fault:
    """The fault of a name.

    Raises
    ------
    ValueError
        If there is none.
    """
    try:
        return Fault(name)
    except ValueError:
        raise ValueError(f"{name[:50]!r} is no fault; pass one of {', '.join(Fault)}.") from None
