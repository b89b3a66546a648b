"""The lazy array: NumPy's indexing on one side, requests on the other."""

from __future__ import annotations

import asyncio
import math
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate, chain, product
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt
from xarray.backends import BackendArray
from xarray.core import indexing

from .grids.grid import Window
from .options import OPTIONS
from .origin import Travelling
from .planning.chunks import chunk_shape, split_windows
from .planning.costs import ReadCost
from .planning.point_reads import PointRead, point_reads
from .planning.points import points_of
from .planning.selection import Key, Pick, listed, spanned, widest_gaps
from .read_ahead import Read, is_noted, read_ahead_of, read_key
from .read_plan import PlannedRequest, PreparedRead, ReadPlan
from .reader import Reader, ReadRequest, Slices, points_reader
from .siblings import read_with_siblings
from .table_reads import TableReads, of_shape
from .traffic.cancellation import new_scope
from .traffic.computes import current_compute, watch_computes
from .traffic.concurrency import run_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .planning.chunks import Shape
    from .planning.limits import Limits
    from .planning.nodata import Codec
    from .planning.points import Points
    from .read_ahead import ReadKey

    Pixels = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class _Block:
    """A part by outer indexing: the spans that are read, put end to end, and what is picked of them.

    Attributes
    ----------
    shape : (items, bands, rows, columns)
    parts : list of (ReadRequest, Slices)
        Which request reads which slices.
    picks : tuple of Pick
        One for each axis.
    """

    shape: tuple[int, ...]
    parts: list[tuple[ReadRequest, Slices]]
    picks: tuple[Pick, ...]


def _picked(block: Pixels, picks: tuple[Pick, ...]) -> Pixels:
    """One axis at a time is NumPy's outer indexing; from the last, so that a dropped axis moves none that follows."""
    for axis in (3, 2, 1, 0):
        block = block[(*[slice(None)] * axis, picks[axis])]
    return block


class LazyPixels(Travelling, BackendArray):
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
        watch_computes()

    def __dask_tokenize__(self) -> object:
        """What its pixels are, the same in every process."""
        from dask.base import normalize_token  # noqa: PLC0415 - slow to import, and few ask

        return normalize_token((self.reader, self.codecs))

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Pixels:
        """Read the part that xarray asks for, or take it where it was read ahead."""
        self.adopt_options()
        if is_noted(self, key):
            return np.broadcast_to(np.zeros((), self.dtype), self._shape_of(key))
        compute = current_compute()
        if compute is None:
            return read_with_siblings(self, key, read_together)
        return read_ahead_of(compute).read(self, key)

    def read(self, key: indexing.ExplicitIndexer) -> Pixels:
        """Read the part that an index names."""
        prepared = self.prepare(key)
        run_all(prepared.tasks, OPTIONS.concurrency(self.limits.concurrent_requests))
        return prepared.result()

    def requests(self, key: indexing.ExplicitIndexer) -> list[PlannedRequest]:
        """The requests that reading a part takes; none is sent."""
        if 0 in self._shape_of(key):
            return []
        if isinstance(key, indexing.VectorizedIndexer):
            points, reads = self._points(key.tuple)
            tables = self._tables(points, reads)
            if tables is not None:
                return tables.planned()
            requests = [self._request_of(read) for read in reads]
        else:
            requests = [request for request, _ in self._block(key.tuple).parts]
        return [PlannedRequest(request, self._bytes(request), self.limits) for request in requests]

    def prepare(self, key: indexing.ExplicitIndexer) -> PreparedRead:
        """What has to be done to read a part, to be done side by side with other reads."""
        if not isinstance(key, indexing.VectorizedIndexer):
            block = self._block(key.tuple)
            out = np.empty(block.shape, self.dtype)
            tasks = [partial(self.reader.read, request, out[slices]) for request, slices in block.parts]
            return PreparedRead(tasks, partial(_picked, out, block.picks))
        shape = self._shape_of(key)
        if 0 in shape:
            return PreparedRead([], partial(np.empty, shape, self.dtype))
        points, reads = self._points(key.tuple)
        tables = self._tables(points, reads)
        if tables is not None:
            return tables.prepare(self.dtype, shape)
        out = np.empty(points.sizes, self.dtype)

        def read(part: PointRead) -> None:
            request, place = self._request_of(part), part.place(out)
            pixels = np.empty(request.shape, self.dtype) if place is None else place
            self.reader.read(request, pixels)
            if place is None:
                part.scatter(pixels, out)

        def result() -> Pixels:
            return of_shape(points.arranged(out), shape)

        return PreparedRead([partial(read, part) for part in reads], result)

    def make(self, planned: PlannedRequest) -> None:
        """Make one planned request, and throw its pixels away."""
        request, out = planned.request, np.empty(planned.request.shape, self.dtype)
        tables = points_reader(self.reader)
        if isinstance(request, ReadRequest):
            self.reader.read(request, out)
        elif tables is not None:
            tables.read_points(request, out)

    @property
    def fill(self) -> float:
        """What stands for a missing pixel."""
        return next(iter(self.codecs.values())).fill

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
        return _outer_shape(key.tuple, self.shape)

    def in_one_request(self, first: Read, others: Iterable[Read]) -> list[Read]:
        """A read and those of some others that are of the same part of other bands, as many as fit into a request."""
        shape = self._shape_of(first.key)
        group, alike = [first], _alike(first)
        most = self.plan.budget.max_bytes // max(1, math.prod(shape))
        for other in others:
            if other.pixels is first.pixels:  # most are of the same band, which is seen at once
                continue
            if _alike(other) == alike and _fits(group, other) and _cost([*group, other]) <= most:
                group.append(other)
        return group

    def read_with(self, reads: list[Read]) -> list[Pixels]:
        """Read the same part of several bands in one request."""
        found = read_together(reads)
        return [found[read_key(read.pixels, read.key)] for read in reads]

    async def async_getitem(self, key: indexing.ExplicitIndexer) -> Pixels:
        """Read the part that xarray asks for in a thread of its own, which ends when the waiting is cancelled."""
        pool = ThreadPoolExecutor(1, "xee_lite")
        try:
            with new_scope():
                return await asyncio.get_running_loop().run_in_executor(pool, copy_context().run, self.__getitem__, key)
        finally:
            pool.shutdown(wait=False)

    def _block(self, key: tuple[Key, ...]) -> _Block:
        """Basic and outer indexing: each axis is indexed by itself."""
        items, item_pick = listed(key[0], self.shape[0])
        bands, band_pick = listed(key[1], self.shape[1])
        gaps = self._widest_gaps(key, len(items), bands)
        rows, row_pick = spanned(key[2], self.shape[2], gaps[0])
        columns, column_pick = spanned(key[3], self.shape[3], gaps[1], self.plan.seams)
        shape = (len(items), len(bands), sum(map(len, rows)), sum(map(len, columns)))
        parts = [] if 0 in shape else list(self._parts(items, bands, rows, columns))
        return _Block(shape, parts, (item_pick, band_pick, row_pick, column_pick))

    def _widest_gaps(self, key: tuple[Key, ...], items: int, bands: tuple[int, ...]) -> tuple[float, float]:
        """Rows and columns in a row that are read although they are not requested."""
        if not items or not bands or 0 in _outer_shape(key[2:], self.shape[2:]):
            return 0, 0
        return widest_gaps((key[2], key[3]), self.shape[2:], items * len(bands), self._read_cost(bands))

    def _points(self, key: tuple[Key, ...]) -> tuple[Points, list[PointRead]]:
        """Pointwise indexing: the arrays of all axes are broadcast, and each element of them is a pixel."""
        points = points_of([np.asarray(part) for part in key], self.shape)
        bands = tuple(np.unique(points.axes[1]).tolist())
        return point_reads(points, self._read_cost(bands), self.plan.budget, self.plan.seams)

    def _tables(self, points: Points, windows: list[PointRead]) -> TableReads | None:
        """The same points as tables of values, where these cost less than windows."""
        cost = self._read_cost(windows[0].bands)
        return TableReads.of(self.reader, self.bands, points, windows, cost, self.plan.seams)

    def _read_cost(self, bands: tuple[int, ...]) -> ReadCost:
        """Of the bands of an array, the largest counts for each."""
        codecs = [self.codecs[self.bands[band]] for band in bands]
        wire_bands = max(len(codec.wire_dtypes) for codec in codecs)
        return ReadCost(max(map(self._cost, codecs)), wire_bands, self.plan.budget.max_bytes, self.limits)

    def _request_of(self, read: PointRead) -> ReadRequest:
        return self._request(read.items, read.bands, read.rows, read.columns)

    def _bytes(self, request: ReadRequest) -> int:
        items, _, height, width = request.shape
        return items * height * width * sum(self._cost(self.codecs[band]) for band in request.bands)

    def _cost(self, codec: Codec) -> int:
        return self.plan.limits.pixel_cost(codec.wire_dtypes)

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
        fits = all(size <= length for size, length in zip(shape, plan.chunk, strict=True))
        if fits and math.prod(shape) * cost <= plan.chunk_bytes:
            return shape
        budget = plan.budget.per_request(math.prod(shape) * cost)
        return chunk_shape(shape, cost, wire_bands, budget=budget, limits=plan.limits)

    def _request(self, items: tuple[int, ...], bands: tuple[int, ...], rows: range, columns: range) -> ReadRequest:
        window = Window(rows.start, columns.start, len(rows), len(columns))
        return ReadRequest(items, tuple(self.bands[band] for band in bands), window)


def _outer_shape(key: tuple[Key, ...], sizes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of a part by basic or outer indexing."""
    shapes = (
        (len(range(size)[part]),) if isinstance(part, slice) else np.shape(part)
        for part, size in zip(key, sizes, strict=True)
    )
    return tuple(chain.from_iterable(shapes))


def _end_to_end(spans: tuple[range, ...]) -> list[tuple[int, range]]:
    """Spans with their starts, put end to end."""
    return list(zip(accumulate(map(len, spans), initial=0), spans, strict=False))


def _moved(part: slice, by: int) -> slice:
    return slice(part.start + by, part.stop + by)


def read_together(reads: list[Read]) -> dict[ReadKey, Pixels]:
    """Read parts of several arrays side by side, and the same part of several bands in the same requests.

    Parameters
    ----------
    reads : list of Read
        Of `LazyPixels`.
    """
    groups = _groups_of_alike(reads)
    prepared = {key: _bands_at_once(group).prepare(_of_all_bands(group)) for key, group in groups.items()}
    tasks = [task for one in prepared.values() for task in one.tasks]
    run_all(tasks, max(OPTIONS.concurrency(read.pixels.limits.concurrent_requests) for read in reads))
    found: dict[ReadKey, Pixels] = {}
    for key, group in groups.items():
        pixels = prepared[key].result()
        found |= {read_key(read.pixels, read.key): _band_of(pixels, group, number) for number, read in enumerate(group)}
    return found


def requests_together(reads: list[Read]) -> list[tuple[PlannedRequest, LazyPixels]]:
    """The requests that `read_together` makes, each with the array that it is of; none is sent."""
    groups = [(_bands_at_once(group), _of_all_bands(group)) for group in _groups_of_alike(reads).values()]
    return [(request, pixels) for pixels, key in groups for request in pixels.requests(key)]


def _groups_of_alike(reads: list[Read]) -> dict[object, list[Read]]:
    """Reads of several bands by what they have in common, no more in a group than a request takes bands of a pixel."""
    groups: dict[object, list[Read]] = {}
    current: dict[object, int] = {}
    for read in reads:
        alike = _alike(read)
        number = current.setdefault(alike, 0)
        if not _fits(groups.get((alike, number), []), read):
            number = current[alike] = number + 1
        groups.setdefault((alike, number), []).append(read)
    return groups


def _fits(group: list[Read], read: Read) -> bool:
    """Whether a pixel of all these bands fits into a request with one of the band of another read."""
    if not group:
        return True
    plan = _lazy(read).plan
    return len(_wire_dtypes([*group, read])) <= plan.limits.bands and _cost([*group, read]) <= plan.budget.max_bytes


def _wire_dtypes(group: list[Read]) -> list[np.dtype[Any]]:
    return [dtype for read in group for codec in _lazy(read).codecs.values() for dtype in codec.wire_dtypes]


def _cost(group: list[Read]) -> int:
    """Bytes that a pixel of all these bands counts."""
    return _lazy(group[0]).limits.pixel_cost(_wire_dtypes(group))


def _alike(read: Read) -> object:
    """What the reads of several bands have in common: all but the band. A read of no single band stays alone."""
    name = read_key(read.pixels, read.key)
    pixels = _lazy(read)
    if isinstance(read.key, indexing.VectorizedIndexer):
        if np.size(read.key.tuple[1]) != 1:
            return name
    elif not isinstance(read.key.tuple[1], int | np.integer):
        return name
    return id(pixels.reader), pixels.dtype, str(pixels.fill), name[1], *name[3:]


def _lazy(read: Read) -> LazyPixels:
    return cast("LazyPixels", read.pixels)


def _bands_at_once(group: list[Read]) -> LazyPixels:
    """An array of the bands that a group of alike reads is of."""
    if len(group) == 1:
        return _lazy(group[0])
    bands = [(_lazy(read), _lazy(read).bands[int(np.asarray(read.key.tuple[1]).item())]) for read in group]
    plan = bands[0][0].plan
    codecs = {band: pixels.codecs[band] for pixels, band in bands}
    return LazyPixels(_lazy(group[0]).reader, codecs, replace(plan, chunk_bytes=plan.budget.max_bytes))


def _of_all_bands(group: list[Read]) -> indexing.ExplicitIndexer:
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
