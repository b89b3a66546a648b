"""The limits of Image Servers, each with its source: the service says some, and others are found by asking."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..planning.limits import Limits

if TYPE_CHECKING:
    from .service import Service

_PIXELS = 8_000_000
"""Of one band in a request: services that publish much larger sides have been seen to refuse more (seamless-3dep keeps
to this number). A service with a lower limit is asked for halves."""

_SIDE = 4100
"""Pixels along a side where the service does not say: the usual least side of those that do."""

IMAGE_SERVER = Limits(
    # No limit in bytes is known; this bounds the memory of one request.
    request_bytes=128 * 2**20,
    # Missing pixels are numbers among the values: no mask travels beside them.
    overhead_bytes=0,
    side=_SIDE,
    bands=1024,
    # One raster, one slice or one mosaic for each exportImage.
    items=1,
    # Parameters go into the body of a POST where they are long.
    payload_bytes=2**20,
    default_bytes=32 * 2**20,
    least_bytes=4 * 2**20,
    # Rows and columns that services store together begin at 256 (blockHeight of public services).
    tile=256,
    # Public servers have been seen to take 20 to 30 s for a request: be gentle.
    concurrent_requests=4,
    requests_per_second=20.0,
)
"""Of a server that says nothing."""


def limits_of(service: Service, bands: int) -> Limits:
    """The limits of one service.

    Parameters
    ----------
    service : Service
    bands : int
        That one request may ask for.
    """
    width, height = (size if size > 0 else _SIDE for size in (service.max_width, service.max_height))
    widest = max(band.missing.wire.itemsize if band.missing else band.dtype.itemsize for band in service.bands)
    return replace(
        IMAGE_SERVER,
        side=min(width, height),
        bands=bands,
        default_bytes=min(IMAGE_SERVER.default_bytes, _PIXELS * widest),
    )
