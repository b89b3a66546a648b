"""Tables of values for a pointwise read, where they cost less than windows around the points."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from .costs import request_overhead, table_cost
from .points import COLUMN, ROW, equal_bounds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .costs import ReadCost
    from .limits import TableLimits
    from .point_reads import PointRead
    from .points import Points

Integers = npt.NDArray[np.intp]

_TRIED = 64
"""Numbers of parts that are tried beyond twice the least; chosen: with few parts, more of them may take fewer requests
in all, since shorter parts leave room for more items."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The distinct values (item, band, pixel) of a pointwise read, and which of them each element of it takes.

    Attributes
    ----------
    items, bands : tuple of int
        Those requested, each once and ascending.
    rows, columns : ndarray of int, shape (pixels,)
        Pixels, each once: grouped by the seams between which they lie, and sorted within.
    points : Points
        Without lists of rows and columns.
    picks : (items, bands, pixels)
        Positions among `items`, `bands` and the pixels, for each element of the lists and for each point.
    sides : ndarray of int, shape (pixels,)
        The number of seams before each pixel.
    """

    items: tuple[int, ...]
    bands: tuple[int, ...]
    rows: Integers
    columns: Integers
    points: Points
    picks: tuple[Integers, Integers, Integers]
    sides: Integers

    @property
    def shape(self) -> tuple[int, int, int]:
        """The shape (item, band, pixel) of the values."""
        return len(self.items), len(self.bands), len(self.rows)

    def arranged(self, values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """The values (item, band, pixel) in the dimensions of the result."""
        items, bands, pixels = self.picks
        by_point = values[np.ix_(items, bands, pixels)].transpose(2, 0, 1)
        return self.points.arranged(by_point.reshape(self.points.sizes))


@dataclass(frozen=True, slots=True)
class TablePart:
    """The values of one request: slices of the items and of the pixels of `Cells`."""

    items: slice
    pixels: slice


def cells_of(points: Points, seams: Sequence[int]) -> Cells | None:
    """The distinct values of a pointwise read; None where points differ in their items or bands."""
    if len(points.axes[0]) > 1 or len(points.axes[1]) > 1:
        return None
    points = points.without_list(ROW).without_list(COLUMN)
    rows, columns = (np.broadcast_to(points.axes[axis][:, 0], points.sizes[0]) for axis in (ROW, COLUMN))
    width = int(columns.max()) + 1
    codes, pixels = np.unique(rows.astype(np.int64) * width + columns, return_inverse=True)
    rows, columns = (part.astype(np.intp) for part in np.divmod(codes, width))
    sides = np.searchsorted(seams, columns, side="right")
    order = np.argsort(sides, kind="stable")  # pixels between the same seams follow one another
    pixels = np.argsort(order)[pixels.ravel()]
    (items, item_picks), (bands, band_picks) = (np.unique(axis[0], return_inverse=True) for axis in points.axes[:2])
    return Cells(
        tuple(items.tolist()),
        tuple(bands.tolist()),
        rows[order],
        columns[order],
        points,
        (item_picks.ravel(), band_picks.ravel(), pixels),
        sides[order],
    )


class Tables(Protocol):
    """A reader of tables, as planning needs it: see `xee_lite.reader.PointsReader`."""

    def table_limits(self) -> TableLimits | None:
        """What a table may have; None where there are none."""
        ...

    def tells_apart(self, rows: Integers, columns: Integers) -> bool:
        """Whether a table of these pixels says which value is of which pixel."""
        ...


def cheaper_table(
    points: Points, windows: list[PointRead], cost: ReadCost, seams: Sequence[int], tables: Tables
) -> tuple[Cells, list[TablePart], TableLimits] | None:
    """Tables that read the points, where they cost less than windows do by more than one request; else None.

    Parameters
    ----------
    points : Points
        Not empty.
    windows : list of PointRead
        The requests without tables.
    cost : ReadCost
        By which those were planned.
    seams : sequence of int
        Columns before which a request has to end.
    tables : Tables
    """
    overhead = request_overhead(cost.limits)
    by_windows = window_cost(windows, cost)
    if by_windows <= 2 * overhead + math.prod(points.sizes):  # a table has at least a byte for each value
        return None
    table = tables.table_limits()
    if table is None or by_windows <= 2 * overhead + _table_bytes(points, windows, table):
        return None
    cells = cells_of(points, seams)
    if cells is None:
        return None
    parts = list(table_parts(cells, table))
    tiles = len(np.unique(cells.rows // cost.limits.tile * 2**32 + cells.columns // cost.limits.tile))
    by_table = table_cost(cost.limits, table, len(parts), cells.shape, tiles)
    # Pixels are reprojected last, since a million take longer than reading them.
    if by_table + overhead >= by_windows or not tables.tells_apart(cells.rows, cells.columns):
        return None
    return cells, parts, table


def _table_bytes(points: Points, windows: list[PointRead], table: TableLimits) -> float:
    """About how many bytes a table has, without looking at points: as many values as points, or as windows have."""
    pixels = sum(len(part.items) * len(part.bands) * len(part.rows) * len(part.columns) for part in windows)
    bands = max(len(part.bands) for part in windows)
    return table.reply_bytes(1, bands, 1) / bands * min(pixels, math.prod(points.sizes))


def window_cost(windows: list[PointRead], cost: ReadCost) -> float:
    """The cost of reading windows."""
    sizes = np.array([[len(part.items), len(part.bands), len(part.rows), len(part.columns)] for part in windows])
    return float(cost(*sizes.T).sum())


def table_parts(cells: Cells, table: TableLimits) -> Iterator[TablePart]:
    """The requests that read all values, as few as the limits allow; none has pixels on both sides of a seam."""
    starts = [0, *(np.flatnonzero(np.diff(cells.sides)) + 1).tolist(), len(cells.sides)]
    items, bands, _ = cells.shape
    for start, stop in pairwise(starts):
        count, images = _shares(items, bands, stop - start, table)
        for first, last in pairwise(equal_bounds(stop - start, count)):
            for begin, end in pairwise(equal_bounds(items, images)):
                yield TablePart(slice(begin, end), slice(start + first, start + last))


def _shares(items: int, bands: int, points: int, table: TableLimits) -> tuple[int, int]:
    """Into how many parts points, and items, are cut: the fewest requests, and of these the fewest parts of points."""
    least = -(-points * bands // table.values)
    ways = []
    for count in range(least, min(points, 2 * least + _TRIED) + 1):
        part = -(-points // count)
        room = table.payload_bytes - part * table.point_bytes
        fit = min(table.values // (part * bands), max(room, 0) // table.item_bytes, items)
        if fit:
            images = -(-items // fit)
            ways.append((count * images, count, images))
    if not ways:  # one value is too long already, which the reader refuses
        return points, items
    _, count, images = min(ways)
    return count, images
