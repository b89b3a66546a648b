"""Reading a raster at any requested grid: nearest neighbour at pixel centres.

Two kinds of raster end here. A *stored* one hands out rectangular windows of its own pixels. An *analytic* one (the
stand-ins) makes the pixels of a window, or single ones, when they are asked for: it has pixels, like a stored one,
without storing any.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..geometry.coordinates import are_apart, transform, unapply
from .image import Mask, Pixels, Sampler, Values, everywhere

if TYPE_CHECKING:
    from ..types import Floats, Projection

Size = tuple[int, int]
"""(width, height)."""

Read = Callable[[int, int, int, int], tuple[Values, Mask | None]]
"""``read(row0, row1, col0, col1)``: native pixels of that half-open window, and their mask or None for all valid."""

ReadAt = Callable[[npt.NDArray[np.int64], npt.NDArray[np.int64]], tuple[Values, Mask | None]]
"""``read_at(rows, cols)``: native pixels one by one, by their indices in two arrays of one axis."""

Compute = Callable[[Sampler], Pixels]

TIE = 1e-6
"""Pixels. A centre this close to the edge between two native pixels belongs to the one right of it or below it, so that
rounding errors do not decide. The service's own rule for ties is not known."""

DENSE = 4
"""Pixels of a window for each that is asked for, at most, for which an analytic raster makes the whole window."""

MAX_WINDOW = 2**24
"""Native pixels read at once where fewer are asked for than lie in the window."""


def make_stored_compute(read: Read, projection: Projection, dimensions: Size, dtype: npt.DTypeLike) -> Compute:
    """Make the ``compute`` of a band from a raster that is read by windows.

    Parameters
    ----------
    read : callable
        ``read(row0, row1, col0, col1) -> (values, mask or None)``, both shaped (row1 - row0, col1 - col0); the window
        always lies within the raster. Values may be a view: they are not written to.
    projection : Projection
        CRS and transform of the native pixels.
    dimensions : (width, height)
        Outside of it everything is masked.
    dtype : dtype
        Of the values; needed where nothing is read.
    """

    def compute(sampler: Sampler) -> Pixels:
        found = _find(sampler, projection, dimensions)
        if found is None:
            return Pixels.nothing(sampler.shape, dtype)
        return found.spread(*gather(found, read), sampler.shape)

    return compute


def make_analytic_compute(
    read: Read, read_at: ReadAt, projection: Projection, dimensions: Size, dtype: npt.DTypeLike
) -> Compute:
    """Make the ``compute`` of a band from a raster that is made as it is read.

    Parameters
    ----------
    read : callable
        As for `make_stored_compute`.
    read_at : callable
        ``read_at(rows, cols) -> (values, mask or None)``: the same pixels one by one, for when few of a window are
        asked for.
    projection, dimensions, dtype
        As for `make_stored_compute`.
    """

    def compute(sampler: Sampler) -> Pixels:
        found = _find(sampler, projection, dimensions)
        if found is None:
            return Pixels.nothing(sampler.shape, dtype)
        row0, row1, col0, col1 = found.window
        height, width = found.shape
        if (row1 - row0) * (col1 - col0) <= DENSE * height * width:
            return found.spread(*gather(found, read), sampler.shape)
        rows, cols = np.broadcast_arrays(found.rows, found.cols)
        values, mask = read_at(rows.ravel(), cols.ravel())
        return found.spread(
            values.reshape(found.shape), None if mask is None else mask.reshape(found.shape), sampler.shape
        )

    return compute


@dataclass(frozen=True, slots=True)
class Lookup:
    """Which native pixel each requested pixel takes, for the part of a grid where a raster has pixels.

    Attributes
    ----------
    rows, cols : ndarray of int64
        Native indices, broadcasting to ``shape``: (height, 1) and (1, width) where the grids are parallel.
    inside : ndarray of bool, optional
        Where the raster has a pixel; None is everywhere in the part.
    part : (slice, slice)
        Rows and columns of the requested grid that ``rows`` and ``cols`` speak of.
    """

    rows: npt.NDArray[np.int64]
    cols: npt.NDArray[np.int64]
    inside: npt.NDArray[np.bool_] | None
    part: tuple[slice, slice]

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the part."""
        height, width = np.broadcast_shapes(self.rows.shape, self.cols.shape)
        return height, width

    @property
    def window(self) -> tuple[int, int, int, int]:
        """The native window that holds all of it: row0, row1, col0, col1."""
        return int(self.rows.min()), int(self.rows.max()) + 1, int(self.cols.min()), int(self.cols.max()) + 1

    def spread(self, values: Values, mask: Mask | None, shape: tuple[int, int]) -> Pixels:
        """Put the part's values into the whole grid, masked elsewhere."""
        if self.inside is not None:
            mask = self.inside.astype(np.float32) if mask is None else np.where(self.inside, mask, np.float32(0))
        if self.shape == shape:
            return Pixels(values, everywhere(shape) if mask is None else mask)
        whole = np.zeros(shape, values.dtype)
        whole[self.part] = values
        whole_mask = np.zeros(shape, np.float32)
        whole_mask[self.part] = 1 if mask is None else mask
        return Pixels(whole, whole_mask)


def locate(sampler: Sampler, projection: Projection) -> tuple[Floats, Floats]:
    """Where the pixel centres of a sampler's grid lie in a raster, as `positions` has it.

    The coordinates are shared by all rasters of a CRS: bands of 10, 20 and 60 m cost one transformation.
    """
    grid = sampler.grid
    key = ("coordinates", projection.crs)
    x, y = sampler.share(key, lambda: transform(*grid.centres(), grid.crs, projection.crs, smooth=True))
    return unapply(projection.transform, x, y)


def find_lookup(sampler: Sampler, projection: Projection, dimensions: Size | None) -> Lookup | None:
    """Find the native pixel under each pixel centre of a grid, or None where there is none at all.

    Parameters
    ----------
    sampler : Sampler
        Of the grid that is asked for.
    projection : Projection
        The raster's.
    dimensions : (width, height) or None
        None is a raster without bounds: indices may be negative.
    """
    if dimensions is not None and are_apart(sampler.grid, projection, dimensions):
        return None
    width, height = (None, None) if dimensions is None else dimensions
    x, y = locate(sampler, projection)
    parallel = x.shape[0] == 1 and y.shape[1] == 1
    cols, in_cols = _cells(x, width)
    rows, in_rows = _cells(y, height)
    if not parallel:
        in_cols = in_rows = in_cols & in_rows
    down, across = _extent(np.any(in_rows, axis=1)), _extent(np.any(in_cols, axis=0))
    if down is None or across is None:
        return None
    if parallel:
        return Lookup(rows[down], cols[:, across], None, (down, across))
    inside = in_rows[down, across]
    # What has no pixel takes any pixel of the window and is masked afterwards.
    rows, cols = (_fill(index[down, across], inside) for index in np.broadcast_arrays(rows, cols))
    return Lookup(rows, cols, None if inside.all() else inside, (down, across))


def gather(found: Lookup, read: Read) -> tuple[Values, Mask | None]:
    """Read the native pixels that a lookup names, in windows of bounded size."""
    row0, row1, col0, col1 = found.window
    height, width = found.shape
    area = (row1 - row0) * (col1 - col0)
    if area > MAX_WINDOW and area > 2 * height * width and height > 1:
        halves = [gather(half, read) for half in _halves(found)]
        masks = [None if mask is None else mask for _, mask in halves]
        values = np.concatenate([half for half, _ in halves])
        if all(mask is None for mask in masks):
            return values, None
        ones = [everywhere(half.shape) if mask is None else mask for half, mask in halves]
        return values, np.concatenate(ones)
    values, mask = read(row0, row1, col0, col1)
    rows, cols = found.rows - row0, found.cols - col0
    if _runs(rows) and _runs(cols) and values.shape == found.shape:
        return values, mask
    return values[rows, cols], None if mask is None else mask[rows, cols]


def _find(sampler: Sampler, projection: Projection, dimensions: Size) -> Lookup | None:
    return sampler.share((projection, dimensions), lambda: find_lookup(sampler, projection, dimensions))


def _cells(position: Floats, size: int | None) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Indices of the pixels that positions fall in, and which of these exist."""
    inside = np.isfinite(position) & (np.abs(position) < 2.0**52)
    cell = np.floor(np.where(inside, position, 0.0) + TIE)
    if size is not None:
        inside &= (cell >= 0) & (cell < size)
    return cell.astype(np.int64), inside


def _fill(index: npt.NDArray[np.int64], inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    return np.where(inside, index, index[inside][0])


def _extent(flags: npt.NDArray[np.bool_]) -> slice | None:
    """From the first to the last that is true."""
    where = np.flatnonzero(flags)
    return slice(int(where[0]), int(where[-1]) + 1) if where.size else None


def _runs(index: npt.NDArray[np.int64]) -> bool:
    """Whether indices run along one axis and simply count: 0, 1, 2."""
    return min(index.shape) == 1 and bool(np.array_equal(index.ravel(), np.arange(index.size)))


def _halves(found: Lookup) -> list[Lookup]:
    """The upper and the lower half."""
    middle = found.shape[0] // 2
    halves = []
    for part in (slice(None, middle), slice(middle, None)):
        cols = found.cols if found.cols.shape[0] == 1 else found.cols[part]
        inside = None if found.inside is None else found.inside[part]
        halves.append(replace(found, rows=found.rows[part], cols=cols, inside=inside))
    return halves
