"""Matrix decompositions that NumPy does not have."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Stack = npt.NDArray[Any]


def lower_upper(matrices: Stack) -> tuple[Stack, Stack, Stack]:
    """Factors of square matrices with partial pivots: P A = L U.

    Parameters
    ----------
    matrices : ndarray of float64, shape (n, size, size)

    Returns
    -------
    (L, U, P)
        Of that shape each: lower triangular with ones on the diagonal, upper triangular, and a permutation of rows.

    Raises
    ------
    ValueError
        If they are not square.
    """
    count, size = matrices.shape[:2]
    if matrices.shape[2] != size:
        raise ValueError(f"The matrices must be square, not {size} by {matrices.shape[2]}")
    upper = matrices.astype(np.float64)
    lower, pivots = np.zeros(upper.shape), np.broadcast_to(np.eye(size), upper.shape).copy()
    each = np.arange(count)
    for column in range(size):
        row = column + np.abs(upper[:, column:, column]).argmax(axis=1)
        for part in (upper, lower, pivots):
            part[each, row], part[:, column] = part[:, column].copy(), part[each, row].copy()
        pivot = upper[:, column, column]
        factors = np.divide(
            upper[:, :, column], pivot[:, np.newaxis], out=np.zeros((count, size)), where=pivot[:, np.newaxis] != 0
        )
        factors[:, : column + 1] = 0
        upper -= factors[:, :, np.newaxis] * upper[:, column, np.newaxis]
        upper[:, column + 1 :, column] = 0
        lower[:, :, column] += factors
    return lower + np.eye(size), upper, pivots
