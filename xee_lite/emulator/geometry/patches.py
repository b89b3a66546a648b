"""Smooth functions on blocks of pixels, interpolated from a few of their values to rounding precision.

A projection, or a piece of a wave of parabolas, is over some kilometres a polynomial of low degree, to the last bits of
a double. It is given by its values at a few rows and columns, and two small products of matrices give all the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..types import Floats

NODES = 9
"""Rows and columns that tell the others."""
LEAST = 2**14
"""Pixels of which it is worth while."""
EPSILONS = 24
"""Rounding errors of the largest value by which a patch may differ from the function."""

Indices = npt.NDArray[np.int64]


class Patch:
    """A block of pixels whose values are polynomials of rows and columns.

    Parameters
    ----------
    rows, cols : ndarray of float64, shapes (height,) and (width,)
        Positions: what the functions are smooth functions of. At least `NODES` of each.
    """

    def __init__(self, rows: Floats, cols: Floats) -> None:
        self.rows, self._down = _weights(rows)
        self.cols, across = _weights(cols)
        self._across = np.ascontiguousarray(across.T)
        self._tests = _between(self.rows), _between(self.cols)

    def at_nodes(self, values: Floats) -> Floats:
        """The values of a whole block at the nodes."""
        nodes: Floats = values[np.ix_(self.rows, self.cols)]
        return nodes

    def spread(self, nodes: Floats) -> Floats:
        """The values at all pixels of a function that is given at the nodes."""
        values: Floats = self._down @ nodes @ self._across
        return values

    def fits(self, values: Floats) -> bool:
        """Whether the values of a whole block are smooth, judged by those half way between the nodes."""
        rows, cols = self._tests
        return self._tells(self.at_nodes(values), values[np.ix_(rows, cols)])

    def follow(self, function: Callable[[Indices, Indices], tuple[Floats, ...]]) -> tuple[Floats, ...] | None:
        """Spread functions from the nodes, or return None if they turn out not to be smooth.

        Parameters
        ----------
        function : callable
            ``function(rows, cols)``: values at indices of rows, shaped (n, 1), and of columns, shaped (1, m).
        """
        rows, cols = self._tests
        nodes = function(self.rows[:, np.newaxis], self.cols[np.newaxis])
        truth = function(rows[:, np.newaxis], cols[np.newaxis])
        if not all(map(self._tells, nodes, truth)):
            return None
        return tuple(self.spread(values) for values in nodes)

    def _tells(self, nodes: Floats, truth: Floats) -> bool:
        if not (np.isfinite(nodes).all() and np.isfinite(truth).all()):
            return False
        rows, cols = self._tests
        interpolated = self._down[rows] @ nodes @ self._across[:, cols]
        tolerance = EPSILONS * np.finfo(np.float64).eps * np.abs(nodes).max()
        return bool(np.abs(interpolated - truth).max() <= tolerance)


def _weights(positions: Floats) -> tuple[Indices, Floats]:
    """Where the nodes are, near those of Chebyshev and Lobatto, and each position's weights of them (Lagrange)."""
    last = len(positions) - 1
    nodes = np.rint(last * (1 - np.cos(np.pi * np.arange(NODES) / (NODES - 1))) / 2).astype(np.int64)
    nodes = np.unique(nodes)
    at = positions[nodes]
    weights = np.ones((len(positions), len(nodes)))
    for column, here in enumerate(at):
        for other in np.delete(at, column):
            weights[:, column] *= (positions - other) / (here - other)
    return nodes, weights


def _between(nodes: Indices) -> Indices:
    """Indices half way between the nodes, where a function that is not smooth differs most."""
    return (nodes[1:] + nodes[:-1]) // 2
