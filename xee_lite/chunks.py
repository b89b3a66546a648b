"""Chunks: which shape one request has, decided from shapes, costs and limits before any pixel is asked for.

Pure: integers in, integers out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

Shape = tuple[int, int, int]
"""Sizes (item, y, x)."""

DEFAULT_BUDGET = 32 * 2**20
"""Bytes one request may count: two thirds of what the service accepts."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the service accepts in one request."""

    request_bytes: int = 50331648
    side: int = 32768
    bands: int = 1024
    payload_bytes: int = 10485760


def pixel_cost(dtypes: Iterable[np.dtype[np.generic]]) -> int:
    """Bytes that one pixel of these bands counts: the service adds a mask byte to each value."""
    return sum(dtype.itemsize + 1 for dtype in dtypes)


def chunk_shape(
    shape: Shape,
    cost_per_pixel: int,
    bands_per_item: int,
    *,
    budget: int = DEFAULT_BUDGET,
    limits: Limits = Limits(),
    block: tuple[int, int] | None = None,
) -> Shape:
    """Plan the shape (item, y, x) of a request."""
    raise NotImplementedError


def check_chunk(
    shape: Shape, cost_per_pixel: int, bands_per_item: int, *, budget: int = DEFAULT_BUDGET, limits: Limits = Limits()
) -> None:
    """Raise InputError where chunks of this shape can not be read within the limits, however they are split."""
    raise NotImplementedError


def check_request(
    shape: Shape, cost_per_pixel: int, bands_per_item: int, *, payload: int = 0, limits: Limits = Limits()
) -> None:
    """Raise InputError where one request of this shape, with a body of `payload` bytes, is over a limit."""
    raise NotImplementedError


def split_windows(shape: Shape, request: Shape) -> Iterator[tuple[slice, slice, slice]]:
    """Enumerate the requests, of at most the shape `request`, that tile a read of `shape`."""
    raise NotImplementedError


def parse_bytes(text: str | int) -> int:
    """Read a size such as "32MiB", "10 MB" or 1000."""
    raise NotImplementedError


def human_bytes(count: int) -> str:
    """Write a size for people: 33554432 is "32.0 MiB"."""
    raise NotImplementedError
