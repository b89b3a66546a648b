"""Reads of several arrays at once: side by side, and the same part of several bands in the same requests."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from xarray.core import indexing

from .noted_reads import read_key
from .options import OPTIONS
from .pixel_array import PixelArray
from .traffic.concurrency import run_all

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .noted_reads import Read, ReadKey
    from .read_plan import PlannedRequest

    Pixels = npt.NDArray[Any]


def read_together(reads: list[Read]) -> dict[ReadKey, Pixels]:
    """The pixels of several reads, by `read_key`."""
    groups = _groups_of_alike(reads)
    prepared = [_array_of_bands(group).prepare(_key_of_bands(group)) for group in groups]
    tasks = [task for part in prepared for task in part.tasks]
    run_all(tasks, max(OPTIONS.concurrency(read.pixels.limits.concurrent_requests) for read in reads))
    found: dict[ReadKey, Pixels] = {}
    for group, part in zip(groups, prepared, strict=True):
        pixels = part.result()
        found |= {read_key(read.pixels, read.key): _band_of(pixels, group, number) for number, read in enumerate(group)}
    return found


def requests_together(reads: list[Read]) -> list[tuple[PlannedRequest, PixelArray]]:
    """The requests that `read_together` makes, each with the array that it is of; none is sent."""
    groups = [(_array_of_bands(group), _key_of_bands(group)) for group in _groups_of_alike(reads)]
    return [(request, pixels) for pixels, key in groups for request in pixels.requests(key)]


def in_one_request(first: Read, others: Iterable[Read]) -> list[Read]:
    """A read, and those of the others that are of the same part of other bands, as many as fit into one request."""
    pixels = math.prod(first.pixels.shape_of(first.key))
    group, alike = _Group(first, first.pixels.plan.budget.max_bytes // max(1, pixels)), _alike(first)
    for other in others:
        # Most are of the same band, which is quicker to see than what is alike.
        if other.pixels is not first.pixels and _alike(other) == alike:
            group.add(other)
    return group.reads


def _groups_of_alike(reads: list[Read]) -> list[list[Read]]:
    """Reads grouped by `_alike`, no more in a group than a request can read of one pixel."""
    groups: list[_Group] = []
    current: dict[object, _Group] = {}
    for read in reads:
        alike = _alike(read)
        if alike not in current or not current[alike].add(read):
            groups.append(_Group(read, read.pixels.plan.budget.max_bytes))
            current[alike] = groups[-1]
    return [group.reads for group in groups]


def _alike(read: Read) -> object:
    """What the reads of one part of several bands have in common; a read of several bands has it with no other."""
    if not _is_of_one_band(read):
        return object()
    pixels, name = read.pixels, read_key(read.pixels, read.key)
    return id(pixels.reader), pixels.dtype, str(pixels.fill), name[1], *name[3:]


def _is_of_one_band(read: Read) -> bool:
    band = read.key.tuple[1]
    if isinstance(read.key, indexing.VectorizedIndexer):
        return np.size(band) == 1
    return isinstance(band, int | np.integer)


def _band(read: Read) -> str:
    """The band of a read of a single one."""
    return read.pixels.bands[int(np.asarray(read.key.tuple[1]).item())]


class _Group:
    """Reads of one part of several bands, each band once.

    Parameters
    ----------
    first : Read
        A read of several bands stays alone.
    max_cost : int
        Bytes that a pixel of all bands may count.
    """

    def __init__(self, first: Read, max_cost: int) -> None:
        self.reads = [first]
        self._limits = first.pixels.limits
        self._max_cost = max_cost
        self._bands = {_band(first)} if _is_of_one_band(first) else set(first.pixels.bands)
        dtypes = [dtype for band in self._bands for dtype in first.pixels.codecs[band].wire_dtypes]
        self._wire_bands = len(dtypes)
        self._cost = self._limits.pixel_cost(dtypes)

    def add(self, read: Read) -> bool:
        """Add an alike read, unless its band is in the group already, or a request can not have one band more."""
        band = _band(read)
        dtypes = read.pixels.codecs[band].wire_dtypes
        wire_bands, cost = self._wire_bands + len(dtypes), self._cost + self._limits.pixel_cost(dtypes)
        if band in self._bands or wire_bands > self._limits.bands or cost > self._max_cost:
            return False
        self.reads.append(read)
        self._bands.add(band)
        self._wire_bands, self._cost = wire_bands, cost
        return True


def _array_of_bands(group: list[Read]) -> PixelArray:
    """An array of all the bands that a group of alike reads is of."""
    first = group[0].pixels
    if len(group) == 1:
        return first
    codecs = {_band(read): read.pixels.codecs[_band(read)] for read in group}
    return PixelArray(first.reader, codecs, replace(first.plan, chunk_bytes=first.plan.budget.max_bytes))


def _key_of_bands(group: list[Read]) -> indexing.ExplicitIndexer:
    """The index of `_array_of_bands` for the part of which the reads are."""
    key = group[0].key
    if len(group) == 1:
        return key
    if isinstance(key, indexing.VectorizedIndexer):  # the bands are the last dimension of the result
        items, _, rows, columns = (np.asarray(part)[..., None] for part in key.tuple)
        bands = np.arange(len(group)).reshape((1,) * (items.ndim - 1) + (-1,))
        return indexing.VectorizedIndexer((items, bands, rows, columns))
    return type(key)((key.tuple[0], slice(None), *key.tuple[2:]))


def _band_of(pixels: Pixels, group: list[Read], number: int) -> Pixels:
    """The part of one read, in memory of its own."""
    if len(group) == 1:
        return pixels
    if isinstance(group[0].key, indexing.VectorizedIndexer):
        return np.ascontiguousarray(pixels[..., number])
    items = group[0].key.tuple[0]
    return np.ascontiguousarray(pixels.take(number, 1 if isinstance(items, slice) or np.ndim(items) else 0))
