"""Fields that are linear between nodes, every n-th row and column of a grid."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .frame import Indices
    from .waves import Array

Bounds = tuple[float, float]
"""The least and the most."""

GROUP = 64
"""Columns that one small matrix makes from their nodes."""
CELLS = 4
"""Between nodes, that it makes at most."""


class Nodes:
    """What is linear in rows and columns between values at nodes.

    Parameters
    ----------
    values : ndarray, shape (m, n)
        At the nodes around a window.
    step : int
        Pixels between them.
    rows, cols : range
        The window.
    """

    def __init__(self, values: Array, step: int, rows: range, cols: range) -> None:
        self._step, self._first_row, self._first_col = step, rows.start // step, cols.start // step
        # Some cells beside each other are one product of matrices; the nodes between them stand there twice.
        self._cells = max(min(GROUP // step, CELLS), 1)
        self._least, self._most = values.min(axis=1), values.max(axis=1)
        height, width = values.shape
        groups = -(-width // self._cells)
        padded = np.zeros((height, groups * self._cells + 1), values.dtype)
        padded[:, :width] = values
        index = np.arange(groups)[:, np.newaxis] * self._cells + np.arange(self._cells + 1)
        self._values = padded[:, index]

    def bounds(self, rows: Indices) -> Bounds:
        """What the values in some rows, which follow each other, lie between."""
        first, last = (int(row) // self._step - self._first_row for row in (rows[0], rows[-1]))
        around = slice(first, last + 2)
        return float(self._least[around].min()), float(self._most[around].max())

    def spread(self, rows: Indices, cols: Indices, every: int = 1) -> Array:
        """Values at pixels, of which those of the columns lie so many apart."""
        above = rows // self._step - self._first_row
        part = (rows % self._step / self._step).astype(self._values.dtype)[:, np.newaxis, np.newaxis]
        lines = self._values[above] * (1 - part)
        lines += self._values[np.minimum(above + 1, len(self._values) - 1)] * part
        weights = _weights(self._step, self._cells, every, self._values.dtype.str)
        out: Array = (lines.reshape(-1, self._cells + 1) @ weights).reshape(len(rows), -1)
        offset = (int(cols[0]) - self._first_col * self._step) // every
        return out[:, offset : offset + len(cols)]


def within(bounds: Bounds, half: float) -> bool:
    """Whether what lies between bounds is nowhere farther from 0 than that."""
    return -half <= bounds[0] and bounds[1] <= half


@lru_cache(maxsize=64)
def _weights(step: int, cells: int, every: int, dtype: str) -> Array:
    """Of each of the nodes of some cells, one row each, in columns that lie so many pixels apart."""
    at = np.arange(0, cells * step, every) / step
    weights: Array = np.maximum(1 - np.abs(at - np.arange(cells + 1)[:, np.newaxis]), 0).astype(dtype)
    return weights
