"""Eigenvectors of matrices that are not symmetric, with the signs that the service gives them.

The samples of the service's reference show what EJML (ejml.org) does: the matrix is made triangular by QR steps, and
an eigenvector has a positive part along the position where its eigenvalue stands then. The steps here are single ones
with the eigenvalues as shifts, which gives the signs of the samples, all of them of matrices of two rows; whether
those of larger matrices agree is not known. A matrix that has fewer eigenvectors than rows gives others besides, as
the service does.
"""

from __future__ import annotations

import math

import numpy as np

from .eigen import EPSILON, Values, reflector

STEPS = 300
"""QR steps after which the method gives up."""
PATIENCE = 10
"""Steps after which a shift is estimated, as the eigenvalue that is expected does not come."""
ALIKE = 100 * EPSILON
"""Eigenvalues that differ by less, relative to their size, are one."""


def general_eigen(matrix: Values) -> tuple[Values, Values]:
    """Eigenvalues of a square matrix, in the order in which they are found, and their vectors.

    Parameters
    ----------
    matrix : array of float, shape (n, n)

    Returns
    -------
    values : array of float, shape (n,)
    vectors : array of float, shape (n, n)
        The eigenvectors as rows, of length 1.

    Raises
    ------
    numpy.linalg.LinAlgError
        If an eigenvalue is not real, or the steps do not converge.
    """
    work, frame = matrix.copy(), np.eye(len(matrix))
    for k in range(1, len(matrix) - 1):
        _mirror(work, frame, k, work[k:, k - 1].copy())
        work[k + 1 :, k - 1] = 0
    _triangulate(work, frame, _shifts(work))
    values = np.diag(work)[::-1].copy()
    return values, np.array(_vectors(work, frame))[::-1]


def _shifts(work: Values) -> list[float]:
    """The eigenvalues in the order in which they are to be found."""
    if len(work) == 2:
        return _pair(work)
    found = np.linalg.eigvals(work)
    if np.iscomplexobj(found) and (np.abs(found.imag) > 1e-12).any():
        raise np.linalg.LinAlgError("The matrix has eigenvalues that are not real")
    return sorted(found.real.tolist(), key=abs)


def _pair(work: Values) -> list[float]:
    """Both eigenvalues of a matrix of two rows: it is turned until its diagonal is even (Watkins, page 371)."""
    (one, off), (below, two) = work.tolist()
    spread, both = one - two, off + below
    if both:
        t = spread / both / (1 + math.sqrt(1 + (spread / both) ** 2))
        c = 1 / math.sqrt(1 + t * t)
        s = c * t
    else:
        c = s = math.sqrt(0.5)
    even = c * c * one + s * s * two - c * s * both
    upper = c * c * off - s * s * below + c * s * spread
    lower = c * c * below - s * s * off + c * s * spread
    if upper * lower < 0:
        raise np.linalg.LinAlgError("The matrix has eigenvalues that are not real")
    total = upper + lower
    half = math.sqrt(upper / total) * math.sqrt(lower / total) * total if upper else 0.0
    return [even - half, even + half]


def _triangulate(work: Values, frame: Values, shifts: list[float]) -> None:
    last, steps, total = len(work) - 1, 0, 0
    while last > 0:
        first = next((i for i in range(last, 0, -1) if _negligible(work, i)), 0)
        if first == last:
            work[last, last - 1] = 0
            last, steps = last - 1, 0
            continue
        shift = shifts[len(work) - 1 - last] if steps <= PATIENCE else float(work[last, last])
        steps, total = steps + 1, total + 1
        if total > STEPS:
            raise np.linalg.LinAlgError("The eigenvalues do not converge")
        _mirror(work, frame, first, np.array([work[first, first] - shift, work[first + 1, first]]))
        for k in range(first + 1, last):
            _mirror(work, frame, k, work[k : k + 2, k - 1].copy())
            work[k + 1, k - 1] = 0


def _negligible(work: Values, row: int) -> bool:
    near = abs(work[row - 1, row - 1]) + abs(work[row, row])
    return bool(abs(work[row, row - 1]) <= 0.5 * EPSILON * near)


def _mirror(work: Values, frame: Values, at: int, column: Values) -> None:
    """Turn a column along its first axis by a reflection, from the left and from the right."""
    largest = np.abs(column).max()
    if not largest:
        return
    mirror, factor, _ = reflector(column / largest)
    part = slice(at, at + len(column))
    work[part] -= np.outer(factor * mirror, mirror @ work[part])
    work[:, part] -= np.outer(work[:, part] @ mirror, factor * mirror)
    frame[:, part] -= np.outer(frame[:, part] @ mirror, factor * mirror)


def _vectors(work: Values, frame: Values) -> list[Values]:
    """The eigenvector of each position of the triangle; those of one eigenvalue share what the first of them solves."""
    values, found = np.diag(work), dict[int, Values]()
    for first, value in enumerate(values):
        if first in found:
            continue
        above = np.zeros(len(work))
        if first:
            above[:first] = np.linalg.solve(work[:first, :first] - value * np.eye(first), -work[:first, first])
        for diagonal in range(first, len(work)):
            if abs(values[diagonal] - value) < ALIKE * (abs(value) or 1):
                vector = above.copy()
                vector[diagonal] = 1
                found[diagonal] = frame @ (vector / np.linalg.norm(vector))
    return [found[diagonal] for diagonal in range(len(work))]
