"""The limits of Image Servers, each with its source: some the service says, others are estimates."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..planning.limits import Limits

if TYPE_CHECKING:
    from .service import Service

_PIXELS = 8_000_000
"""Pixels of one band in a request: services that publish much larger sides have been seen to refuse more (seamless-3dep
keeps to this number). Where a service has a lower limit, requests are halved."""

_SIDE = 4100
"""Pixels along a side where the service does not say: the usual maxImageHeight of services, 4100 beside a
maxImageWidth of 15000."""

IMAGE_SERVER = Limits(
    # No limit in bytes is documented; chosen, to bound the memory of one request.
    request_bytes=128 * 2**20,
    # Missing pixels are numbers among the values: no mask travels beside them.
    overhead_bytes=0,
    side=_SIDE,
    # No limit is documented; `limits_of` has the number of the service's bands.
    bands=1024,
    # One raster, one slice or one mosaic for each exportImage.
    items=1,
    # No limit is documented; chosen. Long parameters go into the body of a POST.
    payload_bytes=2**20,
    # Chosen, as for Earth Engine.
    default_bytes=32 * 2**20,
    least_bytes=4 * 2**20,
    # The least blockHeight that public services were seen to say.
    tile=256,
    # Public servers have been seen to take 20 to 30 s for a request; chosen to be few.
    concurrent_requests=4,
    requests_per_second=20.0,
)
"""The limits where a service says none."""


def limits_of(service: Service, bands: int) -> Limits:
    """The limits of one service.

    Parameters
    ----------
    service : Service
    bands : int
        Bands that one request may ask for.
    """
    width, height = (size if size > 0 else _SIDE for size in (service.max_width, service.max_height))
    widest = max(band.missing.wire.itemsize if band.missing else band.dtype.itemsize for band in service.bands)
    return replace(
        IMAGE_SERVER,
        side=min(width, height),
        bands=bands,
        default_bytes=min(IMAGE_SERVER.default_bytes, _PIXELS * widest),
    )
