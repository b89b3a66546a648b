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
    group, alike = [first], _alike(first)
    pixels = math.prod(first.pixels.shape_of(first.key))
    max_cost = first.pixels.plan.budget.max_bytes // max(1, pixels)
    for other in others:
        if other.pixels is first.pixels:  # most are of the same band: quicker than to compare what is alike
            continue
        if _alike(other) == alike and _fits(group, other) and _cost([*group, other]) <= max_cost:
            group.append(other)
    return group


def _groups_of_alike(reads: list[Read]) -> list[list[Read]]:
    """Reads grouped by `_alike`: in a group each band once, and no more bands than a request takes."""
    groups: list[list[Read]] = []
    current: dict[object, list[Read]] = {}
    for read in reads:
        group = current.get(_alike(read))
        if group is not None and _fits(group, read):
            group.append(read)
        else:
            groups.append([read])
            current[_alike(read)] = groups[-1]
    return groups


def _alike(read: Read) -> object:
    """What the reads of one part of several bands have in common; a read of several bands has it with no other."""
    pixels, name = read.pixels, read_key(read.pixels, read.key)
    band = read.key.tuple[1]
    if isinstance(read.key, indexing.VectorizedIndexer):
        is_single = np.size(band) == 1
    else:
        is_single = isinstance(band, int | np.integer)
    return (id(pixels.reader), pixels.dtype, str(pixels.fill), name[1], *name[3:]) if is_single else object()


def _fits(group: list[Read], read: Read) -> bool:
    """Whether a read is of another band than those alike in a group, and one pixel of all bands fits into a request."""
    plan, reads = read.pixels.plan, [*group, read]
    is_other = _band(read) not in map(_band, group)
    return is_other and len(_wire_dtypes(reads)) <= plan.limits.bands and _cost(reads) <= plan.budget.max_bytes


def _band(read: Read) -> str:
    """The band of a read of a single one."""
    return read.pixels.bands[int(np.asarray(read.key.tuple[1]).item())]


def _cost(group: list[Read]) -> int:
    """Bytes that a pixel of all these bands counts."""
    return group[0].pixels.limits.pixel_cost(_wire_dtypes(group))


def _wire_dtypes(group: list[Read]) -> list[np.dtype[Any]]:
    return [dtype for read in group for codec in read.pixels.codecs.values() for dtype in codec.wire_dtypes]


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
