"""The one model by which scattered reads are planned: what requests and bytes cost, both in bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from .limits import Limits, TableLimits

Costs = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64] | int

LINE_BYTES_PER_SECOND = 12_500_000
"""A line of 100 Mbit/s: what an office or a university has for one of its users."""

LATENCY = 0.3
"""Seconds from a small request to its reply: the least that was measured for stored pixels (docs/benchmarks.md)."""


PIXEL_SECONDS = 1e-7
"""That the service works on a pixel of a tile: 0.1 s for a million, the light work of docs/benchmarks.md."""


def request_overhead(limits: Limits) -> int:
    """Bytes that could have been read while one request more is made.

    Latency itself is shared by all requests that are under way at once, so that a request more costs its share of the
    rate at which they go out for long: ``requests_per_second``, or what ``concurrent_requests`` reach at the latency,
    whichever is less. With Earth Engine's 100 a second that is 10 ms, in which `LINE_BYTES_PER_SECOND` brings 125 kB.
    """
    rate = min(limits.requests_per_second, limits.concurrent_requests / LATENCY)
    return round(LINE_BYTES_PER_SECOND / rate)


def tile_overhead(limits: Limits) -> int:
    """Bytes that could have been read while the service works on one tile of one band, as on many at once.

    It works on whole tiles, so that windows with a gap between them have it work on the same tiles twice: what is
    left out within a tile has to save more than that. With Earth Engine's tiles of 256 x 256 and 40
    requests that work on one each, that is 0.16 ms or 2 kB.
    """
    return round(LINE_BYTES_PER_SECOND * limits.tile**2 * PIXEL_SECONDS / limits.concurrent_requests)


def table_cost(limits: Limits, table: TableLimits, requests: int, shape: tuple[int, int, int], tiles: int) -> float:
    """What it costs to read values at points as tables: requests x overhead + tiles x overhead + bytes.

    Comparable with the sum of a `ReadCost` over windows: the overheads are the same, and the service works on the tiles
    in which the points lie. The bytes are those of the text that comes instead of pixels.

    Parameters
    ----------
    limits : Limits
        Of the service.
    table : TableLimits
    requests : int
    shape : (items, bands, points)
    tiles : int
        Tiles of the service's size in which the points lie.
    """
    items, bands, _ = shape
    work = tiles * items * bands * tile_overhead(limits)
    return float(requests * request_overhead(limits) + work + table.reply_bytes(*shape))


@dataclass(frozen=True, slots=True)
class ReadCost:
    """What it costs to read the same window of some items and bands: requests x overhead + tiles x overhead + bytes.

    The overhead of a request and that of a tile which the window touches are `request_overhead` and `tile_overhead`.
    How a window lies to the tiles is not known: of n pixels it touches 1 + (n - 1) / tile on the average.

    Attributes
    ----------
    pixel_bytes : int
        That a pixel of one band counts.
    wire_bands : int
        Bands that one band adds to a reply.
    max_bytes : int
        That one request may count.
    limits : Limits
        Of the service.
    """

    pixel_bytes: int
    wire_bands: int
    max_bytes: int
    limits: Limits

    @property
    def overhead(self) -> int:
        """Bytes that one request costs beside those of its pixels: never more than a whole other request."""
        return min(request_overhead(self.limits), self.max_bytes)

    def tiles(self, windows: Costs | float, length: Costs | float) -> Costs | float:
        """Tiles that windows touch along one axis.

        Parameters
        ----------
        windows, length : float or ndarray
            How many windows, and how long they are together.
        """
        return windows + (length - windows) / self.limits.tile

    def items_per_request(self, bands: Counts, height: Counts, width: Counts) -> npt.NDArray[np.int64]:
        """The most items whose windows fit into one request; 0 where not even one does."""
        bands, height, width = (np.asarray(size, dtype=np.int64) for size in (bands, height, width))
        side = self.limits.side
        # Sides beyond the limit are cut to it first, so that the product stays within int64.
        image = bands * np.minimum(height, side + 1) * np.minimum(width, side + 1) * self.pixel_bytes
        fit = np.minimum(self.max_bytes // image, self.limits.bands // (bands * self.wire_bands))
        return np.where((height > side) | (width > side), 0, np.minimum(fit, self.limits.items))

    def __call__(self, items: Counts, bands: Counts, height: Counts, width: Counts) -> Costs:
        """Bytes, infinite where a window is more than a request may read.

        Parameters
        ----------
        items, bands, height, width : int or ndarray of int
            How many of each, at least 1.
        """
        fit = self.items_per_request(bands, height, width)
        requests = -(-np.asarray(items) // np.maximum(fit, 1))
        read = np.asarray(items, dtype=np.float64) * bands * height * width * self.pixel_bytes
        tiles = self.tiles(1, np.asarray(height, dtype=np.float64)) * self.tiles(1, np.asarray(width, dtype=np.float64))
        work = tiles * items * bands * tile_overhead(self.limits)
        return np.where(fit > 0, requests * self.overhead + work + read, np.inf)
