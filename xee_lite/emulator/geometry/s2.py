"""S2 cells: squares on the faces of a cube around the Earth, numbered along a Hilbert curve.

After the published definition of the S2 library (s2geometry.io): an id has three bits for the face, two for each step
down from it, and then a one that ends it; the quadratic projection keeps the areas of the cells alike.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

LEAF = 30
"""Level of the smallest cells."""
WHOLE = 2**64 - 1

_CORNERS = ((0, 0), (0, 1), (1, 1), (1, 0))
"""Quadrants (i, j) in the order of the curve, where it is neither swapped nor turned."""
_TURNS = ((True, False), (False, False), (False, False), (True, True))
"""Whether the curve within each of them has i and j swapped, and whether it then runs through their complements."""


def corners(cell: int) -> npt.NDArray[np.float64]:
    """The corners of a cell, counter-clockwise.

    Parameters
    ----------
    cell : int
        The id; negative if it was read as a signed integer of 64 bits.

    Returns
    -------
    ndarray, shape (4, 2)
        Longitudes and latitudes in degrees.

    Raises
    ------
    ValueError
        If there is no such cell.
    """
    number = cell & WHOLE
    face, last = number >> 61, number & -number
    if face > 5 or not last or last.bit_length() % 2 == 0:
        raise ValueError(f"{cell} is not the id of an S2 cell")
    level = LEAF - (last.bit_length() - 1) // 2
    i, j = _cell_position(number, face, level)
    low, high = (
        (_project(step / 2**level) for step in (i, i + 1)),
        (_project(step / 2**level) for step in (j, j + 1)),
    )
    (left, right), (bottom, top) = low, high
    found = [_degrees(_direction(face, u, v)) for u, v in ((left, bottom), (right, bottom), (right, top), (left, top))]
    return np.array(found)


def _cell_position(number: int, face: int, level: int) -> tuple[int, int]:
    """Column and row of a cell among those of its level on its face."""
    i = j = 0
    swapped, turned = bool(face & 1), False
    for step in range(level):
        quadrant = number >> (59 - 2 * step) & 3
        column, row = _CORNERS[quadrant]
        if turned:
            column, row = 1 - column, 1 - row
        if swapped:
            column, row = row, column
        i, j = 2 * i + column, 2 * j + row
        swaps, turns = _TURNS[quadrant]
        swapped, turned = swapped ^ swaps, turned ^ turns
    return i, j


def _project(share: float) -> float:
    """From the share of a face's side to the coordinate on the cube, -1 to 1."""
    return (4 * share * share - 1) / 3 if share >= 0.5 else (1 - 4 * (1 - share) ** 2) / 3


def _direction(face: int, u: float, v: float) -> tuple[float, float, float]:
    match face:
        case 0:
            return 1, u, v
        case 1:
            return -u, 1, v
        case 2:
            return -u, -v, 1
        case 3:
            return -1, -v, -u
        case 4:
            return v, -1, -u
    return v, u, -1


def _degrees(direction: tuple[float, float, float]) -> tuple[float, float]:
    x, y, z = direction
    return math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y)))
