"""Limits of requests, with the service's texts.

Clients split requests by parsing these sentences, so they are the service's letter for letter. Which check comes first
where several fail is not known of the service; here it is the request's own size, then its bands, then its bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import EarthError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np

REQUEST_BYTES = 50331648
"""48 MiB of pixels in one request (the REST reference says 48 MB; exact number from google/Xee issue 50)."""
DIMENSION = 32768
"""Pixels along either side of a request (google/Xee issue 85)."""
BANDS = 1024
"""Bands in one request (leftfield-geospatial/geedim issue 10)."""
PAYLOAD_BYTES = 10485760
"""Bytes of a request's body (gee-community/geemap issue 1525)."""
PAGE_BASIC = 10000
"""Assets on one page of listAssets with view=BASIC (REST reference)."""
PAGE_FULL = 1000
"""Assets on one page of listAssets with any other view (REST reference)."""

PAYLOAD_TOO_LARGE = f"Request payload size exceeds the limit: {PAYLOAD_BYTES} bytes."


def check_dimensions(width: int, height: int) -> None:
    """Refuse a grid that has no pixels, or too many on a side."""
    if width > DIMENSION or height > DIMENSION:
        raise EarthError(f"Pixel grid dimensions ({width}x{height}) must be less than or equal to {DIMENSION}.")
    if width < 1 or height < 1:
        raise EarthError(f"Pixel grid dimensions ({width}x{height}) must be positive.")


def check_bands(count: int) -> None:
    """Refuse an image of too many bands, or of none."""
    if count > BANDS:
        raise EarthError(f"Number of bands ({count}) must be less than or equal to {BANDS}.")
    if count < 1:
        raise EarthError("The image has no bands, so there are no pixels to compute.")


def request_bytes(width: int, height: int, dtypes: Iterable[np.dtype[np.generic]]) -> int:
    """Bytes that a request counts as: each pixel of each band by its type, and one byte more for its mask."""
    return width * height * sum(dtype.itemsize + 1 for dtype in dtypes)


def check_total(size: int) -> None:
    """Refuse more bytes of pixels than a request may carry."""
    if size > REQUEST_BYTES:
        raise EarthError(f"Total request size ({size} bytes) must be less than or equal to {REQUEST_BYTES} bytes.")
