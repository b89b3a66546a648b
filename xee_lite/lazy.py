"""The lazy array: NumPy's indexing on one side, requests on the other."""

from __future__ import annotations

import asyncio
import math
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, product
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from xarray.backends import BackendArray
from xarray.core import indexing

from .grids.grid import Window
from .planning.chunks import chunk_shape, split_windows
from .planning.selection import Cell, Key, cells, listed, positions, spanned
from .reader import Reader, ReadRequest
from .traffic.cancellation import new_scope
from .traffic.concurrency import together

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .planning.chunks import Budget, Shape
    from .planning.nodata import Codec

Place = tuple[slice, slice, slice, slice]


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


class LazyPixels(BackendArray):
    """Bands of a source as an array (item, band, y, x) that reads what it is asked for and nothing else.

    Parameters
    ----------
    reader : Reader
    codecs : mapping of band to Codec
        The bands in their order; all of one memory type and one fill.
    shape : (items, height, width)
    chunk : (items, height, width)
        What one request reads of all bands; a scattered read touches no other chunks than it has to.
    budget : Budget
        What one request may count, where more than a chunk is read at once.
    seams : sequence of int
        Columns before which a request has to end, see :attr:`xee_lite.Grid.seams`.
    """

    def __init__(
        self,
        reader: Reader,
        codecs: Mapping[str, Codec],
        shape: Shape,
        chunk: Shape,
        budget: Budget,
        seams: Sequence[int] = (),
    ) -> None:
        self.reader = reader
        self.codecs = dict(codecs)
        self.bands = tuple(codecs)
        self.shape = (shape[0], len(self.bands), *shape[1:])
        self.chunk = chunk
        self.dtype = next(iter(codecs.values())).memory
        self.budget = budget
        self.seams = tuple(seams)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> npt.NDArray[Any]:
        """Read the part that xarray asks for."""
        if isinstance(key, indexing.VectorizedIndexer):
            return self._points(key.tuple)
        return self._block(key.tuple)

    async def async_getitem(self, key: indexing.ExplicitIndexer) -> npt.NDArray[Any]:
        """Read the part that xarray asks for in a thread of its own, which ends when the waiting is cancelled."""
        pool = ThreadPoolExecutor(1, "xee_lite")
        try:
            with new_scope():
                return await asyncio.get_running_loop().run_in_executor(pool, copy_context().run, self.__getitem__, key)
        finally:
            pool.shutdown(wait=False)

    def _block(self, key: tuple[Key, ...]) -> npt.NDArray[Any]:
        """Basic and outer indexing: each axis is indexed by itself."""
        items, item_pick = listed(key[0], self.shape[0])
        bands, band_pick = listed(key[1], self.shape[1])
        rows, row_pick = spanned(key[2], self.shape[2], self.chunk[1])
        columns, column_pick = spanned(key[3], self.shape[3], self.chunk[2], self.seams)
        shape = (len(items), len(bands), sum(map(len, rows)), sum(map(len, columns)))
        parts = [] if 0 in shape else list(self._parts(items, bands, rows, columns))
        block = self._filled(shape, parts)
        # One axis at a time is NumPy's outer indexing; from the last, so that a dropped axis moves none that follows.
        for axis, pick in ((3, column_pick), (2, row_pick), (1, band_pick), (0, item_pick)):
            block = block[(*[slice(None)] * axis, pick)]
        return block

    def _points(self, key: tuple[Key, ...]) -> npt.NDArray[Any]:
        """Pointwise indexing: the arrays of all axes are broadcast, and each element of them is a pixel."""
        axes = np.broadcast_arrays(*(np.asarray(part) for part in key))
        points = tuple(positions(axis, size).ravel() for axis, size in zip(axes, self.shape, strict=True))
        groups = [(self._request(cell.items, cell.bands, cell.rows, cell.columns), cell)
                  for cell in cells(points, self.chunk, self.seams)]  # fmt: skip
        if self._rehearse(request for request, _ in groups):
            return np.broadcast_to(np.zeros((), self.dtype), axes[0].shape)
        out = np.empty(axes[0].size, self.dtype)

        def read(request: ReadRequest, cell: Cell) -> None:
            block = np.empty(request.shape, self.dtype)
            self.reader.read(request, block)
            out[cell.points] = block[cell.pick]

        together([partial(read, *group) for group in groups])
        return out.reshape(axes[0].shape)

    def _filled(self, shape: tuple[int, ...], parts: list[tuple[ReadRequest, Place]]) -> npt.NDArray[Any]:
        """A block, each of whose parts one request reads into its place."""
        if self._rehearse(request for request, _ in parts):
            return np.broadcast_to(np.zeros((), self.dtype), shape)
        out = np.empty(shape, self.dtype)
        together([partial(self.reader.read, request, out[place]) for request, place in parts])
        return out

    def _rehearse(self, requests: Iterator[ReadRequest]) -> bool:
        """Note the requests, if they are only rehearsed."""
        noted = _rehearsing.get()
        if noted is None:
            return False
        noted += [Rehearsed(request, self._bytes(request)) for request in requests]
        return True

    def _bytes(self, request: ReadRequest) -> int:
        items, _, height, width = request.shape
        return items * height * width * sum(self.codecs[band].cost for band in request.bands)

    def _parts(
        self, items: tuple[int, ...], bands: tuple[int, ...], rows: tuple[range, ...], columns: tuple[range, ...]
    ) -> Iterator[tuple[ReadRequest, Place]]:
        """The requests that read these, each with its place in a block where the spans lie end to end."""
        codecs = [self.codecs[self.bands[band]] for band in bands]
        cost, fields = sum(codec.cost for codec in codecs), sum(codec.fields for codec in codecs)
        for (down, y), (right, x) in product(_placed(rows), _placed(columns)):
            shape = (len(items), len(y), len(x))
            for k, i, j in split_windows(shape, self._request_shape(shape, cost, fields)):
                place = k, slice(None), _moved(i, down), _moved(j, right)
                yield self._request(items[k], bands, y[i], x[j]), place

    def _request_shape(self, shape: Shape, cost: int, fields: int) -> Shape:
        """A chunk is one request; what is more than a chunk is read in as many as are worth it."""
        if all(size <= most for size, most in zip(shape, self.chunk, strict=True)):
            return shape
        return chunk_shape(shape, cost, fields, budget=self.budget.of(math.prod(shape) * cost))

    def _request(self, items: tuple[int, ...], bands: tuple[int, ...], rows: range, columns: range) -> ReadRequest:
        window = Window(rows.start, columns.start, len(rows), len(columns))
        return ReadRequest(items, tuple(self.bands[band] for band in bands), window)


def _placed(spans: tuple[range, ...]) -> list[tuple[int, range]]:
    """Spans with their starts, put end to end."""
    return list(zip(accumulate(map(len, spans), initial=0), spans, strict=False))


def _moved(part: slice, by: int) -> slice:
    return slice(part.start + by, part.stop + by)
