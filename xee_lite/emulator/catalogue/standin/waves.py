"""What the fields of the stand-ins are made of: waves of parabolas, and numbers for cells of a lattice.

``ripple`` is a pair of waves that bend each other, between -1 and 1. The waves are parabolas and not sines: they are as
smooth to the eye, four times faster, and the same to the last bit on every machine.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
"""Float64, shaped as longitude and latitude broadcast."""

BEND = 0.27
"""Turns by which the second wave of a pair moves the first."""

CELLS_AT_ONCE = 2**12
"""Pixels from which on it is worth while to draw for cells instead."""


def wave(turns: Array) -> Array:
    """A wave of parabolas: 0, 1, 0, -1 at 0, 1/4, 1/2 and 3/4 of a turn."""
    out = np.rint(turns)
    turns = np.subtract(turns, out, out=out)
    out = np.abs(turns)
    out *= -16
    out += 8
    out *= turns
    return out


def ripple(longitude: Array, latitude: Array, wavelength: float, phase: float) -> Array:
    """Two waves of about one wavelength (degrees) that bend each other, between -1 and 1; the phase is in turns."""
    u, v = longitude / wavelength, latitude / wavelength
    across = wave(u + (phase + BEND * wave(0.6 * v + phase)))
    along = wave(1.1 * v + (BEND * wave(0.6 * u - phase) - 2 * phase))
    across += along
    across /= 2
    return across


def lot(column: Array, row: Array, salt: float = 0.0) -> Array:
    """A number from 0 to 1 for each cell of a lattice, as good as drawn by lot."""
    if column.shape != row.shape or column.size < CELLS_AT_ONCE:
        return _drawn(column, row, salt)
    # Many pixels share few cells, and a sine for each cell is cheaper than one for each pixel.
    left, top = column.min(), row.min()
    width, height = int(column.max() - left) + 1, int(row.max() - top) + 1
    if 4 * width * height > column.size:
        return _drawn(column, row, salt)
    table = _drawn(left + np.arange(width), top + np.arange(height)[:, np.newaxis], salt)
    cells: Array = table.ravel()[((row - top) * width + (column - left)).astype(np.intp)]
    return cells


def _drawn(column: Array, row: Array, salt: float) -> Array:
    number = 43758.5453 * np.sin(column * 12.9898 + row * 78.233 + salt)
    fraction: Array = number - np.floor(number)
    return fraction
