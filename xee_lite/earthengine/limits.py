"""The limits of Earth Engine, each with its source."""

from __future__ import annotations

from ..planning.limits import Limits

RESTRICTED_REQUESTS = 3
"""Requests at once, to begin with, for a project in restricted mode: what its users report. Google names no number."""

EARTH_ENGINE = Limits(
    # Width x height x sum over bands of (itemsize + 1); the refusal in google/Xee#50 names 50331648, and Google's
    # answer in google/Xee#210 the mask byte.
    request_bytes=50331648,
    overhead_bytes=1,
    # google/Xee#85.
    side=32768,
    # leftfield-geospatial/geedim#10.
    bands=1024,
    # The body is mostly the expression; Earth Engine's guide on usage.
    payload_bytes=10485760,
    # Two thirds of what the service accepts.
    default_bytes=32 * 2**20,
    # Measured with a latency of 0.3 s and 0.1 to 0.4 s a megapixel (docs/benchmarks.md, on the size of a request): with
    # 2 MiB instead of 4 a read takes 10 to 27 % less time and occupies the service 1.5 to 1.8 times as long. The
    # product of both is least at 4 MiB where pixels are slow to compute.
    least_bytes=4 * 2**20,
    # The guide on scale and pyramids.
    tile=256,
    # Of a project, by the guide on usage.
    concurrent_requests=40,
    requests_per_second=100.0,
)
