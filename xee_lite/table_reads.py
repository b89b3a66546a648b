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
"""Bytes of tables that are under way at once, since a reply is kept as text until all of it has come; chosen."""


@dataclass(frozen=True, slots=True)
class TableReads:
    """The tables that read the points of one read.

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
        if tables is None or (cheaper := cheaper_table(points, windows, cost, seams, tables)) is None:
            return None
        cells, parts, table = cheaper
        return cls(tables, tuple(bands[band] for band in cells.bands), cost.limits, cells, parts, table)

    def planned(self) -> list[PlannedRequest]:
        """The requests; none is sent."""
        requests = [self._request(part) for part in self.parts]
        return [PlannedRequest(request, self.table.reply_bytes(*request.shape), self.limits) for request in requests]

    def prepare(self, dtype: np.dtype[Any], shape: tuple[int, ...]) -> PreparedRead:
        """The tasks that read them: each reads some one after the other, so that few texts are in memory at once.

        Parameters
        ----------
        dtype : numpy.dtype
            Of the array.
        shape : tuple of int
            Of the result.
        """
        out = np.empty(self.cells.shape, dtype)
        concurrency = max(1, _TEXT_BYTES // max(request.bytes for request in self.planned()))

        def read(share: slice) -> None:
            for part in self.parts[share]:
                self.reader.read_points(self._request(part), out[part.items, :, part.pixels])

        def result() -> Pixels:
            return of_shape(self.cells.arranged(out), shape)

        firsts = range(min(concurrency, len(self.parts)))
        return PreparedRead([partial(read, slice(first, None, concurrency)) for first in firsts], result)

    def _request(self, part: TablePart) -> PointsRequest:
        rows, columns = self.cells.rows[part.pixels], self.cells.columns[part.pixels]
        return PointsRequest(self.cells.items[part.items], self.bands, rows, columns)


def of_shape(pixels: Pixels, shape: tuple[int, ...]) -> Pixels:
    """Pixels in the shape of the result, which has the same ones along dimensions that nothing varies along."""
    return pixels if pixels.shape == shape else np.broadcast_to(pixels, shape).copy()
