"""How many images and regions go into one request for statistics; decided before anything is asked for."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..reader import Polygons

_MAX_ROWS = 20_000
"""Images x regions of one request (chosen): as many rows as a page of the table of images has."""

_MAX_PIXELS = 2e8
"""Pixels x images x bands of one request (chosen): some 20 s of the service's work by `planning.costs.PIXEL_SECONDS`,
of the five minutes that a request may take (Earth Engine's guide on processing environments)."""

_SHAPE_BYTES = 6 * 2**20
"""Bytes of the coordinates of one request (chosen): its whole body may have 10 MiB."""

_POSITION_BYTES = 44
"""Bytes of two coordinates as text: 17 digits, a sign and a point each, and brackets."""


def region_requests(
    items: int, bands: int, regions: Sequence[Polygons], pixel_area: float, concurrency: int
) -> Iterator[tuple[slice, list[int]]]:
    """The items and the numbers of the regions of each request.

    Regions are grouped until a request is full; then items are divided until a request is small enough, and spread over
    the requests that may run at once where the work is worth it.

    Parameters
    ----------
    items, bands : int
    regions : sequence of Polygons
        In one CRS; empty ones are left out.
    pixel_area : float
        The area of a pixel, in units of the CRS squared.
    concurrency : int
        Requests that may run at once.
    """
    groups = list(_groups(bands, regions, pixel_area))
    for group, pixels in groups:
        most = max(1, min(_MAX_ROWS // len(group), int(_MAX_PIXELS // pixels)))
        count = math.ceil(items / most)
        if pixels * items > _MAX_PIXELS / 100:  # two tenths of a second of work are not worth more requests
            count = max(count, min(items, concurrency // len(groups)))
        for first, last in pairwise([items * number // count for number in range(count + 1)]):
            yield slice(first, last), group


def _groups(bands: int, regions: Sequence[Polygons], pixel_area: float) -> Iterator[tuple[list[int], float]]:
    """Numbers of regions that share requests, and their pixels over all bands of one item."""
    group: list[int] = []
    pixels, size = 0.0, 0
    for number, region in enumerate(regions):
        if not region:
            continue
        own_size = _POSITION_BYTES * sum(len(ring) for polygon in region for ring in polygon)
        own_pixels = bands * max(_area(region) / pixel_area, 1)
        is_full = size + own_size > _SHAPE_BYTES or pixels + own_pixels > _MAX_PIXELS or len(group) == _MAX_ROWS
        if group and is_full:
            yield group, pixels
            group, pixels, size = [], 0.0, 0
        group.append(number)
        pixels += own_pixels
        size += own_size
    if group:
        yield group, pixels


def _area(region: Polygons) -> float:
    """The area of the outer rings, in units of the CRS squared."""
    return sum(abs(_ring_area(polygon[0])) for polygon in region)


def _ring_area(ring: npt.NDArray[np.float64]) -> float:
    """The area of a closed ring by the shoelace formula, positive where it runs counterclockwise."""
    x, y = (ring - ring[0]).T
    return float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1])) / 2
