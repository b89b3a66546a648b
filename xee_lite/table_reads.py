"""A pointwise read as tables of values, where the reader gives these and they cost less than windows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from .planning.point_tables import Cells, TablePart, cheaper_table
from .read_plan import PlannedRequest, PreparedRead
from .reader import PointsRequest, points_reader

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from .planning.costs import ReadCost
    from .planning.limits import Limits, TableLimits
    from .planning.point_reads import PointRead
    from .planning.points import Points
    from .reader import PointsReader, Reader

    Pixels = npt.NDArray[Any]

_TEXT_BYTES = 256 * 2**20
"""Of tables that are on their way at once: a reply is kept as text until all of it has come."""


@dataclass(frozen=True, slots=True)
class TableReads:
    """The tables that read some points.

    Attributes
    ----------
    reader : PointsReader
    bands : tuple of str
        Names of the bands of the cells.
    limits : Limits
        Of the service.
    cells : Cells
        The values.
    parts : list of TablePart
        Which request reads which of them.
    table : TableLimits
    """

    reader: PointsReader
    bands: tuple[str, ...]
    limits: Limits
    cells: Cells
    parts: list[TablePart]
    table: TableLimits

    @classmethod
    def of(
        cls,
        reader: Reader,
        bands: tuple[str, ...],
        points: Points,
        windows: list[PointRead],
        cost: ReadCost,
        seams: Sequence[int],
    ) -> TableReads | None:
        """The tables that cost less than windows; None where there are none.

        Parameters
        ----------
        reader : Reader
        bands : tuple of str
            Names of all bands of the array.
        points, windows, cost, seams
            As for `cheaper_table`.
        """
        tables = points_reader(reader)
        found = None if tables is None else cheaper_table(points, windows, cost, seams, tables)
        if tables is None or found is None:
            return None
        cells, parts, table = found
        return cls(tables, tuple(bands[band] for band in cells.bands), cost.limits, cells, parts, table)

    def planned(self) -> list[PlannedRequest]:
        """The requests; none is sent."""
        requests = [self._request(part) for part in self.parts]
        return [PlannedRequest(one, self.table.reply_bytes(*one.shape), self.limits) for one in requests]

    def prepare(self, dtype: np.dtype[Any], shape: tuple[int, ...]) -> PreparedRead:
        """What has to be done to read them: one after the other in as many threads as texts may be in memory at once.

        Parameters
        ----------
        dtype : numpy.dtype
            Of the array.
        shape : tuple of int
            Of the result.
        """
        out = np.empty(self.cells.shape, dtype)
        at_once = max(1, _TEXT_BYTES // max(request.bytes for request in self.planned()))

        def read(some: slice) -> None:
            for part in self.parts[some]:
                self.reader.read_points(self._request(part), out[part.items, :, part.pixels])

        def result() -> Pixels:
            return of_shape(self.cells.arranged(out), shape)

        lanes = range(min(at_once, len(self.parts)))
        return PreparedRead([partial(read, slice(first, None, at_once)) for first in lanes], result)

    def _request(self, part: TablePart) -> PointsRequest:
        rows, columns = self.cells.rows[part.pixels], self.cells.columns[part.pixels]
        return PointsRequest(self.cells.items[part.items], self.bands, rows, columns)


def of_shape(pixels: Pixels, shape: tuple[int, ...]) -> Pixels:
    """Pixels along the dimensions that vary, in the shape of the result."""
    return pixels if pixels.shape == shape else np.broadcast_to(pixels, shape).copy()
