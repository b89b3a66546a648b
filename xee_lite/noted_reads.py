"""Reads of parts of arrays: what identifies one, and which of them indexing would make, without making them."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from xarray.core.indexing import ExplicitIndexer

    from .pixel_array import PixelArray

ReadKey = tuple[object, ...]
"""An array and an index of it: equal where the same pixels are read."""


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """A part of an array."""

    pixels: PixelArray
    key: ExplicitIndexer


def read_key(pixels: PixelArray, key: ExplicitIndexer) -> ReadKey:
    """What identifies a read, in a form that can be a key of a dictionary."""
    return pixels, *map(_hashable, key.tuple)


def _hashable(part: Any) -> object:  # noqa: ANN401 - whatever NumPy indexes by
    if isinstance(part, slice):
        return part.start, part.stop, part.step
    if not isinstance(part, np.ndarray):
        return part
    return part.shape, part.dtype.str, blake2b(part.tobytes()).digest()  # a digest takes less memory than the indices


_noted: ContextVar[list[Read] | None] = ContextVar("noted", default=None)
"""Where arrays note what they are asked for instead of reading it; None while they read."""


def noted_reads(array: Any, index: tuple[Any, ...]) -> list[Read]:  # noqa: ANN401 - whatever stands in a graph
    """The reads that indexing an array would make; nothing is read."""
    noted: list[Read] = []
    token = _noted.set(noted)
    try:
        np.asarray(array[tuple(part for part in index if part is not None)])
    finally:
        _noted.reset(token)
    return noted


def is_noted(pixels: PixelArray, key: ExplicitIndexer) -> bool:
    """Note a read within `noted_reads`, whose pixels are then not needed; False where it has to be made."""
    noted = _noted.get()
    if noted is not None:
        noted.append(Read(pixels, key))
    return noted is not None
