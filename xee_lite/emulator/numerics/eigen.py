"""Eigenvectors of symmetric matrices, with the signs and the order that the service gives them.

An eigenvector has no sign of its own. By the description of ``Array.eigen`` the service takes its eigenvectors from
EJML (ejml.org), and the samples of its reference show the signs; they are those of the textbook method that EJML
follows: D. S. Watkins, Fundamentals of Matrix Computations, 2nd edition, pages 349 to 385. So this is that method: a
tridiagonal form by reflections, then QR steps by rotations, whose shifts are eigenvalues that a first round has found.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

EPSILON = float(np.finfo(np.float64).eps)
PATIENCE = 10
"""Steps at one eigenvalue after which a shift is estimated instead of taken from the first round."""
STEPS = 225
"""Steps at one eigenvalue after which the method gives up."""


def symmetric_eigen(matrix: Values) -> tuple[Values, Values]:
    """Eigenvalues of a symmetric matrix, in the order in which they are found, and their vectors.

    Parameters
    ----------
    matrix : array of float, shape (n, n)
        Its upper triangle counts.

    Returns
    -------
    values : array of float, shape (n,)
    vectors : array of float, shape (n, n)
        The eigenvectors as rows, of length 1.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the steps do not converge.
    """
    diagonal, beside, frame = _tridiagonal(matrix)
    first = _Steps(diagonal.tolist(), beside.tolist())
    first.run()
    second = _Steps(diagonal.tolist(), beside.tolist(), frame, first.diagonal)
    second.run()
    return np.array(second.diagonal), frame


def _tridiagonal(matrix: Values) -> tuple[Values, Values, Values]:
    """The diagonal, what stands beside it, and the rows of the frame in which the matrix has that form."""
    work, size = np.triu(matrix) + np.triu(matrix, 1).T, len(matrix)
    beside, mirrors = np.zeros(size - 1), []
    for k in range(1, size):
        row, largest = work[k - 1, k:], np.abs(work[k - 1, k:]).max()
        if not largest:
            continue
        mirror, factor, length = reflector(row / largest)
        beside[k - 1] = -length * largest
        rest = -factor * (work[k:, k:] @ mirror)
        rest -= 0.5 * factor * (mirror @ rest) * mirror
        work[k:, k:] += np.outer(rest, mirror) + np.outer(mirror, rest)
        mirrors.append((k, mirror, factor))
    frame = np.eye(size)
    for k, mirror, factor in reversed(mirrors):
        frame[k:, k:] -= np.outer(frame[k:, k:] @ mirror, factor * mirror)
    return np.diag(work).copy(), beside, frame


def reflector(row: Values) -> tuple[Values, float, float]:
    """The vector u, its first element 1, and the factor g with which I - g u u' turns a row along the first axis.

    The third is the length of the row, with the sign of its first element; the row is turned to minus that.
    """
    length = math.copysign(math.sqrt(float(np.square(row).sum())), row[0] or 1.0)
    mirror = row / (row[0] + length)
    mirror[0] = 1.0
    return mirror, float((row[0] + length) / length), length


@dataclass
class _Steps:
    """QR steps on a symmetric tridiagonal matrix until nothing stands beside its diagonal.

    Attributes
    ----------
    diagonal, beside : list of float
        Changed; in the end the diagonal is made of the eigenvalues.
    frame : array, optional
        Its rows are turned along, and become eigenvectors. Without it, a block of two is solved at once.
    shifts : list of float, optional
        The eigenvalue that is expected at each position.
    """

    diagonal: list[float]
    beside: list[float]
    frame: Values | None = None
    shifts: list[float] | None = None
    splits: list[int] = field(default_factory=list)

    def run(self) -> None:
        first, last, steps = 0, len(self.diagonal) - 1, 0
        while first < last or self.splits:
            split = next((i for i in range(last - 1, first - 1, -1) if self._negligible(i)), None)
            if first == last:
                last, steps = self.splits.pop(), 0
                first = self.splits[-1] + 1 if self.splits else 0
            elif self.frame is None and last - first == 1:
                self.diagonal[first:] = [*self._pair(first), *self.diagonal[last + 1 :]]
                first, steps = last, 0
            elif split is not None:
                self.splits.append(split)
                first = split + 1
            else:
                self._turn(first, last, self._shift(last, steps))
            steps += 1
            if steps > STEPS:
                raise np.linalg.LinAlgError("The eigenvalues do not converge")

    def _negligible(self, index: int) -> bool:
        near = abs(self.diagonal[index]) + abs(self.diagonal[index + 1])
        return abs(self.beside[index]) <= near * EPSILON

    def _pair(self, index: int) -> tuple[float, float]:
        """Both eigenvalues of the block of two, the larger one first."""
        one, two, off = self.diagonal[index], self.diagonal[index + 1], self.beside[index]
        root = math.hypot((one - two) / 2, off)
        return (one + two) / 2 + root, (one + two) / 2 - root

    def _shift(self, last: int, steps: int) -> float:
        """The eigenvalue that is expected at the end of the block, or an estimate of it by Wilkinson's rule."""
        if self.shifts is not None and steps <= PATIENCE:
            return self.shifts[last]
        larger, smaller = self._pair(last - 1)
        end = self.diagonal[last]
        return larger if abs(larger - end) < abs(smaller - end) else smaller

    def _turn(self, first: int, last: int, shift: float) -> None:
        """One implicit QR step: a rotation makes a bulge, and further ones chase it out at the end."""
        diagonal, beside = self.diagonal, self.beside
        run, rise = diagonal[first] - shift, beside[first]
        for i in range(first, last):
            if i > first and not rise:
                return
            c, s = _direction(run, rise)
            one, two, off = diagonal[i], diagonal[i + 1], beside[i]
            diagonal[i] = c * c * one + 2 * c * s * off + s * s * two
            diagonal[i + 1] = c * c * two - 2 * c * s * off + s * s * one
            beside[i] = off * (c * c - s * s) + c * s * (two - one)
            if i > first:
                beside[i - 1] = c * run + s * rise
            if i + 1 < last:
                run, rise = beside[i], s * beside[i + 1]
                beside[i + 1] *= c
            if self.frame is not None:
                self.frame[i : i + 2] = np.array([[c, s], [-s, c]]) @ self.frame[i : i + 2]


def _direction(run: float, rise: float) -> tuple[float, float]:
    """Cosine and sine of the rotation; that of both whose size is larger is positive."""
    if abs(rise) > abs(run):
        s = 1 / math.sqrt(1 + (run / rise) ** 2)
        return run / rise * s, s
    c = 1 / math.sqrt(1 + (rise / run) ** 2)
    return c, rise / run * c
