"""The cost model by which scattered reads are planned: what requests, tiles and bytes cost, all in bytes."""

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
"""A line of 100 Mbit/s, as one user in an office or a university may have; chosen, not measured."""

LATENCY = 0.3
"""Seconds from a small request to its reply; assumed for stored pixels, as in docs/benchmarks.md (Request size)."""

PIXEL_SECONDS = 1e-7
"""Seconds that the service works on a pixel of a tile: 0.1 s for a million; assumed, as the light work there."""


def request_overhead(limits: Limits) -> int:
    """The cost of one request more: bytes that could be read in its time.

    Requests wait for their replies side by side, so that one more does not cost a latency, but its share of the rate at
    which requests can be sent: ``requests_per_second``, or what ``concurrent_requests`` reach at the latency, whichever
    is less. With Earth Engine's 100 a second that is 10 ms, in which `LINE_BYTES_PER_SECOND` brings 125 kB.
    """
    rate = min(limits.requests_per_second, limits.concurrent_requests / LATENCY)
    return round(LINE_BYTES_PER_SECOND / rate)


def tile_overhead(limits: Limits) -> int:
    """The cost of one tile more: bytes that could be read in the time that the service works on it.

    The service works on whole tiles, so that two windows with a gap between them have it work twice on the tiles that
    both touch: a gap within a tile has to save more than that. With Earth Engine's tiles of 256 x 256, of which 40
    requests work on one each, that is 0.16 ms or 2 kB.
    """
    return round(LINE_BYTES_PER_SECOND * limits.tile**2 * PIXEL_SECONDS / limits.concurrent_requests)


def table_cost(limits: Limits, table: TableLimits, requests: int, shape: tuple[int, int, int], tiles: int) -> float:
    """The cost of reading values at points as tables: requests x overhead + tiles x overhead + bytes.

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
    """The cost of reading the same window of some items and bands: requests x overhead + tiles x overhead + bytes.

    The overheads are `request_overhead`, and `tile_overhead` for each tile that the window touches. Where the window
    lies on the tiles is not known: along a side of n pixels it touches 1 + (n - 1) / tile of them on the average.

    Attributes
    ----------
    pixel_bytes : int
        Bytes that a pixel of one band counts.
    wire_bands : int
        Bands that one band adds to a reply.
    max_bytes : int
        Bytes that one request may count.
    limits : Limits
        Of the service.
    """

    pixel_bytes: int
    wire_bands: int
    max_bytes: int
    limits: Limits

    @property
    def overhead(self) -> int:
        """The cost of one request beside that of its pixels; at most that of a full request, for tiny ones."""
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
