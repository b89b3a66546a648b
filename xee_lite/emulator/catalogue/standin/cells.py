"""Random numbers for the cells of a lattice of longitude and latitude: parcels of land, and where towns may be."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from .waves import column_sines, draw_uniform, fraction, row_sines

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from .waves import Array

WORTH = 2**12
"""Positions from which on it is worth while to draw for cells instead."""
SHARED = 4
"""Positions in a cell, at least, for that."""


class Cells:
    """The cells that some positions lie in.

    Parameters
    ----------
    longitude, latitude : ndarray
        Degrees, in double precision; they broadcast against each other.
    width, height : float
        Degrees of a cell.
    dtype : dtype
        Of the values.
    """

    def __init__(self, longitude: Array, latitude: Array, width: float, height: float, dtype: npt.DTypeLike) -> None:
        self._across, self._down = longitude / width, latitude / height
        self._column, self._row = np.floor(self._across), np.floor(self._down)
        self._dtype = np.dtype(dtype)

    def lots(self, salt: float) -> Array:
        """A number from 0 to 1 for each cell, as good as drawn by lot."""
        if self._index is not None or self._column.size < WORTH:
            return self.evaluate(lambda column, row: draw_uniform(column, row, salt))
        # Nearly each position has a cell of its own, but many share a column.
        left = self._column.min()
        columns = np.arange(left, self._column.max() + 1)
        if SHARED * columns.size > self._column.size:
            return self.evaluate(lambda column, row: draw_uniform(column, row, salt))
        index = (self._column - left).astype(np.intp)
        sine, cosine = (values.take(index) for values in column_sines(columns, salt))
        return fraction((sine, cosine), row_sines(self._row)).astype(self._dtype, copy=False)

    def evaluate(self, function: Callable[[Array, Array], Array]) -> Array:
        """A function of the cells' columns and rows."""
        if self._index is None:
            return function(self._column, self._row).astype(self._dtype, copy=False)
        # Many positions share few cells.
        columns, rows, index = self._index
        return function(columns, rows).astype(self._dtype, copy=False).ravel().take(index)

    def touch(self, circle: Callable[[Array, Array], tuple[Array, Array, Array]]) -> bool:
        """Whether some position may lie in a circle of its cell: False is certain.

        Parameters
        ----------
        circle : callable
            From columns and rows to the middle, from the west and from the south, and the radius: parts of a cell.
        """
        if self._index is None:
            return True
        columns, rows, _ = self._index
        east, north, radius = circle(columns, rows)
        beside, beyond = (
            np.clip(middle, values.min(), values.max()) - middle
            for middle, values in ((columns + east, self._across), (rows + north, self._down))
        )
        return bool((beside**2 + beyond**2 <= radius**2).any())

    def within(self) -> tuple[Array, Array]:
        """Where in their cells the positions lie: parts of the width from the west and of the height from the south."""
        east, north = self._across - self._column, self._down - self._row
        return east.astype(self._dtype, copy=False), north.astype(self._dtype, copy=False)

    @cached_property
    def _index(self) -> tuple[Array, Array, npt.NDArray[np.intp]] | None:
        """Columns and rows of a table of cells, and the number in it of each position's; None if that is too much."""
        shape = np.broadcast_shapes(self._column.shape, self._row.shape)
        size = int(np.prod(shape))
        if size < WORTH:
            return None
        left, top = float(self._column.min()), float(self._row.min())
        width, height = float(self._column.max()) - left + 1, float(self._row.max()) - top + 1
        if SHARED * width * height > size:
            return None
        columns, rows = left + np.arange(int(width)), top + np.arange(int(height))[:, np.newaxis]
        down = self._row * width
        down -= top * width + left
        if down.shape == shape:
            down += self._column
            return columns, rows, down.astype(np.intp)
        return columns, rows, down.astype(np.intp) + self._column.astype(np.intp)
