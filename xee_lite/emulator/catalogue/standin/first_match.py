"""Classes by conditions: the value of the first condition that is true."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .waves import Array


def first_match(conditions: Sequence[Array], values: Sequence[int], otherwise: int) -> Array:
    """The value of the first condition that is true at a position.

    As ``np.select``, ten times faster: the conditions are the bits of a number, and that is looked up.

    Parameters
    ----------
    conditions : sequence of ndarray of bool
        At most sixteen.
    values : sequence of int
        0 to 255.
    otherwise : int
        Where none is true.
    """
    number = np.zeros(np.broadcast_shapes(*(one.shape for one in conditions)), np.uint16)
    for one in reversed(conditions):
        number += number
        number += one
    return _table(tuple(values), otherwise).take(number)


@lru_cache(maxsize=32)
def _table(values: tuple[int, ...], otherwise: int) -> npt.NDArray[np.uint8]:
    table = np.full(1 << len(values), otherwise, np.uint8)
    for bit in reversed(range(len(values))):
        table.reshape(-1, 2, 1 << bit)[:, 1] = values[bit]
    return table
