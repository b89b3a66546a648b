"""The lazy array: NumPy's indexing on one side, requests on the other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from xarray.backends import BackendArray
from xarray.core import indexing

from .chunks import chunk_shape, split_windows
from .grid import Window
from .options import OPTIONS
from .reader import Reader, ReadRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .nodata import Codec

Key = int | np.integer[Any] | slice | npt.NDArray[Any]
Pick = int | slice | npt.NDArray[np.intp]
"""NumPy's index into what was read of one axis."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A request that a rehearsal noted instead of sending it.

    Attributes
    ----------
    request : ReadRequest
    bytes : int
        What the service would count.
    """

    request: ReadRequest
    bytes: int


_rehearsing: ContextVar[list[Rehearsed] | None] = ContextVar("rehearsing", default=None)


@contextmanager
def rehearsal() -> Iterator[list[Rehearsed]]:
    """Within this block and thread, lazy arrays note the requests of a read and give zeros."""
    noted: list[Rehearsed] = []
    token = _rehearsing.set(noted)
    try:
        yield noted
    finally:
        _rehearsing.reset(token)


class LazyBand(BackendArray):
    """One band of a source as an array (time, y, x) that reads what it is asked for and nothing else.

    Parameters
    ----------
    reader : Reader
    band : str
    codec : Codec
        Says the type of the array and what a pixel costs.
    shape : (items, height, width)
    budget : int
        Bytes that one request may count.
    """

    def __init__(self, reader: Reader, band: str, codec: Codec, shape: tuple[int, int, int], budget: int) -> None:
        self.reader = reader
        self.band = band
        self.codec = codec
        self.shape = shape
        self.dtype = codec.memory
        self.budget = budget

    def __getitem__(self, key: indexing.ExplicitIndexer) -> npt.NDArray[Any]:
        """Read the part that xarray asks for; xarray breaks vectorised indexing down to outer indexing."""
        if isinstance(key, indexing.VectorizedIndexer):
            block: npt.NDArray[Any] = indexing.explicit_indexing_adapter(
                key, self.shape, indexing.IndexingSupport.OUTER, self._outer
            )
            return block
        return self._outer(key.tuple)

    def _outer(self, key: tuple[Key, ...]) -> npt.NDArray[Any]:
        items, item_pick = _exactly(key[0], self.shape[0])
        rows, row_pick = _spanning(key[1], self.shape[1])
        columns, column_pick = _spanning(key[2], self.shape[2])
        block = self._load(items, rows, columns)
        # One axis at a time is NumPy's outer indexing; from the last, so that a dropped axis moves none that follows.
        for axis, pick in ((2, column_pick), (1, row_pick), (0, item_pick)):
            block = block[(*[slice(None)] * axis, pick)]
        return block

    def _load(self, items: range | tuple[int, ...], rows: range, columns: range) -> npt.NDArray[Any]:
        """Read a block (items, rows, columns): one request, or several at once into their places."""
        plan = self._plan(items, rows, columns)
        shape = (len(items), len(rows), len(columns))
        noted = _rehearsing.get()
        if noted is not None:
            noted += [Rehearsed(request, int(np.prod(request.shape)) * self.codec.cost) for request, _ in plan]
            return np.broadcast_to(np.zeros((), self.dtype), shape)
        out = np.empty(shape, self.dtype)

        def read(part: tuple[ReadRequest, tuple[slice, slice, slice]]) -> None:
            request, place = part
            self.reader.read(request, out[place][:, np.newaxis])

        if len(plan) == 1:
            read(plan[0])
        elif plan:
            with ThreadPoolExecutor(min(len(plan), OPTIONS.max_concurrent_requests), "xee_lite") as pool:
                list(pool.map(read, plan))
        return out

    def _plan(
        self, items: range | tuple[int, ...], rows: range, columns: range
    ) -> list[tuple[ReadRequest, tuple[slice, slice, slice]]]:
        shape = (len(items), len(rows), len(columns))
        if 0 in shape:
            return []
        request = chunk_shape(shape, self.codec.cost, self.codec.fields, budget=self.budget)
        return [
            (
                ReadRequest(
                    tuple(items[part[0]]),
                    (self.band,),
                    Window(
                        rows[part[1].start],
                        columns[part[2].start],
                        part[1].stop - part[1].start,
                        part[2].stop - part[2].start,
                    ),
                ),
                part,
            )
            for part in split_windows(shape, request)
        ]


def _exactly(key: Key, size: int) -> tuple[range | tuple[int, ...], Pick]:
    """Items are asked for by name, so only those wanted are read, each once."""
    if isinstance(key, slice):
        return range(size)[key], slice(None)
    wanted = np.asarray(np.arange(size)[key])
    distinct, pick = np.unique(wanted, return_inverse=True)
    return tuple(distinct.tolist()), int(pick.item()) if wanted.ndim == 0 else pick.reshape(-1)


def _spanning(key: Key, size: int) -> tuple[range, Pick]:
    """Rows and columns are asked for as a span: from the first one wanted to the last."""
    wanted = np.asarray(np.arange(size)[key])
    if wanted.size == 0:
        return range(0), slice(None)
    first, last = int(wanted.min()), int(wanted.max())
    read = range(first, last + 1)
    if isinstance(key, slice):
        start = int(wanted[0]) - first
        step = range(size)[key].step
        stop = start + step * (wanted.size - 1) + (1 if step > 0 else -1)
        return read, slice(start, None if stop < 0 else stop, step)
    return read, int(wanted.item()) - first if wanted.ndim == 0 else wanted - first
