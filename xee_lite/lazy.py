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
from .options import OPTIONS
from .planning.chunks import chunk_shape, split_windows
from .planning.selection import Cell, Key, cells, listed, positions, spanned
from .read_ahead import follow, is_noted, read
from .reader import Reader, ReadRequest, Slices
from .traffic.cancellation import new_scope
from .traffic.concurrency import run_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from .planning.chunks import Shape
    from .planning.limits import Budget, Limits
    from .planning.nodata import Codec


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """How an array is cut into requests.

    Attributes
    ----------
    shape : (items, height, width)
        Of the whole array.
    chunk : (items, height, width)
        What one request reads of all bands; a scattered read touches no other chunks than it has to.
    budget : Budget
        What one request may count, where more than a chunk is read at once.
    limits : Limits
        What the service accepts, and how it counts.
    seams : tuple of int
        Columns before which a request has to end, see :attr:`xee_lite.Grid.seams`.
    """

    shape: Shape
    chunk: Shape
    budget: Budget
    limits: Limits
    seams: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """A request that a dry run noted instead of sending it.

    Attributes
    ----------
    request : ReadRequest
    bytes : int
        What the service would count.
    limits : Limits
        Of the service.
    """

    request: ReadRequest
    bytes: int
    limits: Limits


_planned: ContextVar[list[PlannedRequest] | None] = ContextVar("planned", default=None)


@contextmanager
def dry_run() -> Iterator[list[PlannedRequest]]:
    """Within this block and thread, lazy arrays note the requests of a read and give zeros."""
    planned: list[PlannedRequest] = []
    token = _planned.set(planned)
    try:
        yield planned
    finally:
        _planned.reset(token)


class LazyPixels(BackendArray):
    """Bands of a source as an array (item, band, y, x) that reads what it is asked for and nothing else.

    Parameters
    ----------
    reader : Reader
    codecs : mapping of band to Codec
        The bands in their order; all of one memory type and one fill.
    plan : ReadPlan
    """

    def __init__(self, reader: Reader, codecs: Mapping[str, Codec], plan: ReadPlan) -> None:
        self.reader = reader
        self.codecs = dict(codecs)
        self.bands = tuple(codecs)
        self.plan = plan
        self.shape = (plan.shape[0], len(self.bands), *plan.shape[1:])
        self.dtype = next(iter(codecs.values())).memory
        follow(self)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> npt.NDArray[Any]:
        """Read the part that xarray asks for, or take it where it was read ahead."""
        if is_noted(self, key):
            return np.broadcast_to(np.zeros((), self.dtype), self._shape_of(key))
        return self.read(key) if _planned.get() is not None else read(self, key)

    def read(self, key: indexing.ExplicitIndexer) -> npt.NDArray[Any]:
        """Read the part that an index names."""
        if isinstance(key, indexing.VectorizedIndexer):
            return self._points(key.tuple)
        return self._block(key.tuple)

    @property
    def limits(self) -> Limits:
        """Of the service that is read."""
        return self.plan.limits

    def bytes_of(self, key: indexing.ExplicitIndexer) -> int:
        """Bytes of memory that reading a part takes: of the result, and of the replies that it is made of."""
        pixel = self.dtype.itemsize + max(self._cost(codec) for codec in self.codecs.values())
        return math.prod(self._shape_of(key)) * pixel

    def _shape_of(self, key: indexing.ExplicitIndexer) -> tuple[int, ...]:
        if isinstance(key, indexing.VectorizedIndexer):
            return np.broadcast_shapes(*(np.shape(part) for part in key.tuple))
        picks = (
            range(size)[part] if isinstance(part, slice) else part
            for part, size in zip(key.tuple, self.shape, strict=True)
        )
        return tuple(len(pick) for pick in picks if np.ndim(pick))

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
        rows, row_pick = spanned(key[2], self.shape[2], self.plan.chunk[1])
        columns, column_pick = spanned(key[3], self.shape[3], self.plan.chunk[2], self.plan.seams)
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
                  for cell in cells(points, self.plan.chunk, self.plan.seams)]  # fmt: skip
        if self._is_dry_run(request for request, _ in groups):
            return np.broadcast_to(np.zeros((), self.dtype), axes[0].shape)
        out = np.empty(axes[0].size, self.dtype)

        def read(request: ReadRequest, cell: Cell) -> None:
            block = np.empty(request.shape, self.dtype)
            self.reader.read(request, block)
            out[cell.points] = block[cell.pick]

        self._run_all([partial(read, *group) for group in groups])
        return out.reshape(axes[0].shape)

    def _filled(self, shape: tuple[int, ...], parts: list[tuple[ReadRequest, Slices]]) -> npt.NDArray[Any]:
        """A block, each of whose parts is read by one request."""
        if self._is_dry_run(request for request, _ in parts):
            return np.broadcast_to(np.zeros((), self.dtype), shape)
        out = np.empty(shape, self.dtype)
        self._run_all([partial(self.reader.read, request, out[slices]) for request, slices in parts])
        return out

    def _is_dry_run(self, requests: Iterator[ReadRequest]) -> bool:
        """Whether the requests are only noted."""
        planned = _planned.get()
        if planned is None:
            return False
        planned += [PlannedRequest(request, self._bytes(request), self.plan.limits) for request in requests]
        return True

    def _bytes(self, request: ReadRequest) -> int:
        items, _, height, width = request.shape
        return items * height * width * sum(self._cost(self.codecs[band]) for band in request.bands)

    def _cost(self, codec: Codec) -> int:
        return self.plan.limits.pixel_cost(codec.wire_dtypes)

    def _run_all(self, tasks: Sequence[Callable[[], None]]) -> None:
        run_all(tasks, OPTIONS.concurrency(self.plan.limits.concurrent_requests))

    def _parts(
        self, items: tuple[int, ...], bands: tuple[int, ...], rows: tuple[range, ...], columns: tuple[range, ...]
    ) -> Iterator[tuple[ReadRequest, Slices]]:
        """The requests that read these, each with its slices of a block where the spans lie end to end."""
        codecs = [self.codecs[self.bands[band]] for band in bands]
        cost, wire_bands = sum(map(self._cost, codecs)), sum(len(codec.wire_dtypes) for codec in codecs)
        for (down, y), (right, x) in product(_end_to_end(rows), _end_to_end(columns)):
            shape = (len(items), len(y), len(x))
            for k, i, j in split_windows(shape, self._request_shape(shape, cost, wire_bands)):
                slices = k, slice(None), _moved(i, down), _moved(j, right)
                yield self._request(items[k], bands, y[i], x[j]), slices

    def _request_shape(self, shape: Shape, cost: int, wire_bands: int) -> Shape:
        """A chunk is one request; what is more than a chunk is read in as many as are worth it."""
        plan = self.plan
        if all(size <= length for size, length in zip(shape, plan.chunk, strict=True)):
            return shape
        budget = plan.budget.per_request(math.prod(shape) * cost)
        return chunk_shape(shape, cost, wire_bands, budget=budget, limits=plan.limits)

    def _request(self, items: tuple[int, ...], bands: tuple[int, ...], rows: range, columns: range) -> ReadRequest:
        window = Window(rows.start, columns.start, len(rows), len(columns))
        return ReadRequest(items, tuple(self.bands[band] for band in bands), window)


def _end_to_end(spans: tuple[range, ...]) -> list[tuple[int, range]]:
    """Spans with their starts, put end to end."""
    return list(zip(accumulate(map(len, spans), initial=0), spans, strict=False))


def _moved(part: slice, by: int) -> slice:
    return slice(part.start + by, part.stop + by)
