"""Building blocks of the fields: periodic functions of parabolas, and random numbers for cells of a lattice.

``ripple`` is a pair of waves that bend each other, between -1 and 1. The waves are parabolas and not sines: they are as
smooth to the eye, four times faster, and the same to the last bit on every machine.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
"""Numbers at some positions."""

BEND = 0.27
"""Turns by which the second wave of a pair moves the first."""


def wave(turns: Array) -> Array:
    """A wave of parabolas: 0, 1, 0, -1 at 0, 1/4, 1/2 and 3/4 of a turn."""
    return _parabola(turns - np.rint(turns))


def ripple(
    longitude: Array, latitude: Array, wavelength: float, phase: float, dtype: npt.DTypeLike = np.float64
) -> Array:
    """Two waves of about one wavelength (degrees) that bend each other, between -1 and 1; the phase is in turns.

    Turns are always counted in double precision, for there are thousands of them.
    """
    across = _parabola(_turns(latitude, 0.6 / wavelength, phase, dtype))
    across *= BEND
    across = wave(across + _turns(longitude, 1 / wavelength, phase, dtype))
    along = _parabola(_turns(longitude, 0.6 / wavelength, -phase, dtype))
    along *= BEND
    across += wave(along + _turns(latitude, 1.1 / wavelength, -2 * phase, dtype))
    across *= 0.5
    return across


def _turns(degrees: Array, per_degree: float, phase: float, dtype: npt.DTypeLike) -> Array:
    """Parts of a turn, from -1/2 to 1/2."""
    turns = degrees * per_degree
    turns += phase
    turns -= np.rint(turns)
    return turns.astype(dtype, copy=False)


def _parabola(turn: Array) -> Array:
    out = np.abs(turn)
    out *= -16
    out += 8
    out *= turn
    return out


def draw_uniform(column: Array, row: Array, salt: float) -> Array:
    """A number from 0 to 1 for a cell of a lattice, as good as drawn by lot."""
    return fraction(column_sines(column, salt), row_sines(row))


def column_sines(column: Array, salt: float) -> tuple[Array, Array]:
    """The column's part of `draw_uniform`."""
    angle = column * 12.9898 + salt
    return np.sin(angle), np.cos(angle)


def row_sines(row: Array) -> tuple[Array, Array]:
    """The row's part of `draw_uniform`."""
    angle = row * 78.233
    return np.sin(angle), np.cos(angle)


def fraction(column: tuple[Array, Array], row: tuple[Array, Array]) -> Array:
    """The fraction of a large multiple of the sine of a sum of angles, whose sines and cosines are given."""
    number: Array = column[0] * row[1] + column[1] * row[0]
    number *= 43758.5453
    number -= np.floor(number)
    return number
