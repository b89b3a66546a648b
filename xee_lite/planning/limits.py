"""The limits of a service and of a request: the numbers by which requests are planned."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np

SLACK = 1.05
"""A plan may take so many times the requests that its bytes alone require, to read fewer source tiles twice; chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one service accepts, and how it counts; each kind of source says its own.

    Attributes
    ----------
    request_bytes : int
        Bytes that one request may count; equality is allowed.
    side : int
        Pixels along one side of a request.
    bands : int
        Bands of one reply.
    payload_bytes : int
        Bytes of the request's own body.
    default_bytes : int
        Bytes that one request counts at most where the user names no size.
    least_bytes : int
        Bytes below which a read is not spread over more requests to shorten it.
    overhead_bytes : int
        Bytes that the service counts for each value beside the value's own.
    tile : int
        Side in pixels of the tiles that the service stores and computes in.
    concurrent_requests : int
        Requests that it takes at once.
    requests_per_second : float
        Requests that may start within any second.
    items : int
        Images of one reply; by default as many as its bands allow.
    """

    request_bytes: int
    side: int
    bands: int
    payload_bytes: int
    default_bytes: int
    least_bytes: int
    overhead_bytes: int
    tile: int
    concurrent_requests: int
    requests_per_second: float
    items: int = 2**31

    def pixel_cost(self, dtypes: Iterable[np.dtype[np.generic]]) -> int:
        """Bytes that one pixel of bands of these types counts."""
        return sum(dtype.itemsize + self.overhead_bytes for dtype in dtypes)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLimits:
    """What a service accepts of a table of values at points, and how long such a table is.

    Attributes
    ----------
    values : int
        Points x items x bands of one table.
    payload_bytes : int
        Of the request's own body.
    item_bytes, point_bytes : int
        That an item and a point add to the body.
    row_bytes, value_bytes : int
        That the values of one item at one point add to a reply, and that each of them adds.
    """

    values: int
    payload_bytes: int
    item_bytes: int
    point_bytes: int
    row_bytes: int
    value_bytes: int

    def reply_bytes(self, items: int, bands: int, points: int) -> int:
        """About how many bytes a reply has."""
        return items * points * (self.row_bytes + bands * self.value_bytes)


@dataclass(frozen=True, slots=True)
class Budget:
    """Bytes that one request may count.

    Attributes
    ----------
    max_bytes : int
        In any request.
    concurrency : int
        Requests over which a small read is spread, so that it does not wait for a few large ones; 1 for none.
    least_bytes : int
        Below this a request is not made smaller in order to spread a read.
    """

    max_bytes: int
    concurrency: int = 1
    least_bytes: int = 1

    def per_request(self, total: int) -> int:
        """Bytes for each request of a read that counts ``total`` bytes."""
        # With SLACK, since one request more than run at once would wait until others have ended.
        return min(self.max_bytes, max(self.least_bytes, math.ceil(SLACK * total / self.concurrency)))
