"""Bands of a source as an array: an index becomes requests, and what they read becomes the answer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, chain, product
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from xarray.core import indexing

from .grids.grid import Window
from .options import OPTIONS
from .planning.chunks import chunk_shape, split_windows
from .planning.costs import ReadCost
from .planning.point_reads import PointRead, point_reads
from .planning.points import points_of
from .planning.selection import Key, Pick, listed, spanned, widest_gaps
from .read_plan import PlannedRequest, PreparedRead, ReadPlan
from .reader import Reader, ReadRequest, Slices, points_reader
from .table_reads import TableReads, of_shape
from .traffic.concurrency import run_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .planning.chunks import Shape
    from .planning.limits import Limits
    from .planning.nodata import Codec
    from .planning.points import Points

    Pixels = npt.NDArray[Any]


class PixelArray:
    """An array (item, band, y, x) whose parts are read by requests.

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

    @property
    def fill(self) -> float:
        """What stands for a missing pixel."""
        return next(iter(self.codecs.values())).fill

    @property
    def limits(self) -> Limits:
        """Of the service that is read."""
        return self.plan.limits

    def shape_of(self, key: indexing.ExplicitIndexer) -> tuple[int, ...]:
        """The shape of the part that an index names."""
        if isinstance(key, indexing.VectorizedIndexer):
            return np.broadcast_shapes(*(np.shape(part) for part in key.tuple))
        return _outer_shape(key.tuple, self.shape)

    def bytes_of(self, key: indexing.ExplicitIndexer) -> int:
        """Bytes of memory that reading a part takes: of the result, and of the replies that it is made of."""
        pixel = self.dtype.itemsize + max(self._cost(codec) for codec in self.codecs.values())
        return math.prod(self.shape_of(key)) * pixel

    def read(self, key: indexing.ExplicitIndexer) -> Pixels:
        """Read the part that an index names."""
        prepared = self.prepare(key)
        run_all(prepared.tasks, OPTIONS.concurrency(self.limits.concurrent_requests))
        return prepared.result()

    def requests(self, key: indexing.ExplicitIndexer) -> list[PlannedRequest]:
        """The requests that reading a part takes; none is sent."""
        if 0 in self.shape_of(key):
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
        """The tasks that read a part, to be run side by side with those of other reads."""
        if not isinstance(key, indexing.VectorizedIndexer):
            block = self._block(key.tuple)
            out = np.empty(block.shape, self.dtype)
            tasks = [partial(self.reader.read, request, out[slices]) for request, slices in block.parts]
            return PreparedRead(tasks, partial(_picked, out, block.picks))
        shape = self.shape_of(key)
        if 0 in shape:
            return PreparedRead([], partial(np.empty, shape, self.dtype))
        points, reads = self._points(key.tuple)
        tables = self._tables(points, reads)
        if tables is not None:
            return tables.prepare(self.dtype, shape)
        out = np.empty(points.sizes, self.dtype)

        def read(part: PointRead) -> None:
            request, target = self._request_of(part), part.target_in(out)
            pixels = np.empty(request.shape, self.dtype) if target is None else target
            self.reader.read(request, pixels)
            if target is None:
                part.scatter(pixels, out)

        def result() -> Pixels:
            return of_shape(points.arranged(out), shape)

        return PreparedRead([partial(read, part) for part in reads], result)

    def make(self, planned: PlannedRequest) -> None:
        """Send one planned request, and discard its pixels."""
        request, out = planned.request, np.empty(planned.request.shape, self.dtype)
        tables = points_reader(self.reader)
        if isinstance(request, ReadRequest):
            self.reader.read(request, out)
        elif tables is not None:
            tables.read_points(request, out)

    def _block(self, key: tuple[Key, ...]) -> _Block:
        """Plan basic and outer indexing, where each axis is indexed by itself."""
        items, item_pick = listed(key[0], self.shape[0])
        bands, band_pick = listed(key[1], self.shape[1])
        gaps = self._widest_gaps(key, len(items), bands)
        rows, row_pick = spanned(key[2], self.shape[2], gaps[0])
        columns, column_pick = spanned(key[3], self.shape[3], gaps[1], self.plan.seams)
        shape = (len(items), len(bands), sum(map(len, rows)), sum(map(len, columns)))
        parts = [] if 0 in shape else list(self._parts(items, bands, rows, columns))
        return _Block(shape, parts, (item_pick, band_pick, row_pick, column_pick))

    def _widest_gaps(self, key: tuple[Key, ...], items: int, bands: tuple[int, ...]) -> tuple[float, float]:
        """How many rows, and how many columns, side by side are read although they are not requested."""
        if not items or not bands or 0 in _outer_shape(key[2:], self.shape[2:]):
            return 0, 0
        return widest_gaps((key[2], key[3]), self.shape[2:], items * len(bands), self._read_cost(bands))

    def _parts(
        self, items: tuple[int, ...], bands: tuple[int, ...], rows: tuple[range, ...], columns: tuple[range, ...]
    ) -> Iterator[tuple[ReadRequest, Slices]]:
        """The requests for these spans, each with its slices of the block in which the spans lie end to end."""
        codecs = [self.codecs[self.bands[band]] for band in bands]
        cost, wire_bands = sum(map(self._cost, codecs)), sum(len(codec.wire_dtypes) for codec in codecs)
        for (down, y), (right, x) in product(_end_to_end(rows), _end_to_end(columns)):
            shape = (len(items), len(y), len(x))
            for k, i, j in split_windows(shape, self._request_shape(shape, cost, wire_bands)):
                slices = k, slice(None), _moved(i, down), _moved(j, right)
                yield self._request(items[k], bands, y[i], x[j]), slices

    def _request_shape(self, shape: Shape, cost: int, wire_bands: int) -> Shape:
        """The sizes of a request: a chunk, or what is smaller, is one; more is split as its budget says."""
        plan = self.plan
        fits = all(size <= length for size, length in zip(shape, plan.chunk, strict=True))
        if fits and math.prod(shape) * cost <= plan.chunk_bytes:
            return shape
        budget = plan.budget.per_request(math.prod(shape) * cost)
        return chunk_shape(shape, cost, wire_bands, budget=budget, limits=plan.limits)

    def _points(self, key: tuple[Key, ...]) -> tuple[Points, list[PointRead]]:
        """Plan pointwise indexing, where the arrays of all axes are broadcast and each element is a pixel."""
        points = points_of([np.asarray(part) for part in key], self.shape)
        bands = tuple(np.unique(points.axes[1]).tolist())
        return point_reads(points, self._read_cost(bands), self.plan.budget, self.plan.seams)

    def _tables(self, points: Points, windows: list[PointRead]) -> TableReads | None:
        """Tables of values of the same points; None where windows cost less."""
        cost = self._read_cost(windows[0].bands)
        return TableReads.of(self.reader, self.bands, points, windows, cost, self.plan.seams)

    def _read_cost(self, bands: tuple[int, ...]) -> ReadCost:
        """The costs of reading these bands, each counted as the largest of them."""
        codecs = [self.codecs[self.bands[band]] for band in bands]
        wire_bands = max(len(codec.wire_dtypes) for codec in codecs)
        return ReadCost(max(map(self._cost, codecs)), wire_bands, self.plan.budget.max_bytes, self.limits)

    def _request_of(self, read: PointRead) -> ReadRequest:
        return self._request(read.items, read.bands, read.rows, read.columns)

    def _request(self, items: tuple[int, ...], bands: tuple[int, ...], rows: range, columns: range) -> ReadRequest:
        window = Window(rows.start, columns.start, len(rows), len(columns))
        return ReadRequest(items, tuple(self.bands[band] for band in bands), window)

    def _bytes(self, request: ReadRequest) -> int:
        items, _, height, width = request.shape
        return items * height * width * sum(self._cost(self.codecs[band]) for band in request.bands)

    def _cost(self, codec: Codec) -> int:
        return self.plan.limits.pixel_cost(codec.wire_dtypes)


@dataclass(frozen=True, slots=True)
class _Block:
    """A part by outer indexing: the spans that are read, put end to end, and which of their pixels are the answer.

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
    """Index each axis by itself, as outer indexing does; the last first, since an integer drops its axis."""
    for axis in (3, 2, 1, 0):
        block = block[(*[slice(None)] * axis, picks[axis])]
    return block


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
