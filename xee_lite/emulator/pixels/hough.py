"""Hough transform: lines that many pixels lie on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..images.image import Band, Pixels, Sampler
from ..types import BOOLEAN
from .cellwise import compute_by_cell

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

ANGLES = 180
"""Directions of lines, a degree apart."""


def find_lines(band: Band, side: int, active: float, votes: float, *, smooth: bool) -> Band:
    """1 on the lines of cells of a grid, 0 elsewhere.

    R. Duda and P. Hart, Use of the Hough transformation to detect lines and curves in pictures, 1972: every active
    pixel votes for the lines through it, by the angle of their normal and their distance from the middle of the cell.
    Steps of a degree and of a pixel, and how votes are smoothed, are this emulator's choice: the service documents
    none of it.
    """

    def cell(sampler: Sampler) -> Pixels:
        source = sampler(band)
        shape = sampler.shape
        if source.is_nothing:
            return Pixels.nothing(shape, BOOLEAN.storage)
        found = draw_lines((source.mask > 0) & (source.values >= active), votes, smooth=smooth)
        return Pixels(found.astype(BOOLEAN.storage), source.mask)

    def compute(sampler: Sampler) -> Pixels:
        return compute_by_cell(sampler, side, 0, lambda part, _: {"lines": cell(part)})["lines"]

    return band.derived(compute, name=f"{band.name}_lines", type_=BOOLEAN)


def draw_lines(points: Flags, votes: float, *, smooth: bool) -> Flags:
    """The pixels of the lines for which so many of a square's points vote."""
    side = len(points)
    centre = (side - 1) / 2
    offsets = np.arange(side) - centre
    # As far as the corners and a step further, so that smoothing sees an empty rim.
    far = int(np.ceil(centre * np.sqrt(2))) + 1
    angles = np.radians(np.arange(ANGLES) * (180 / ANGLES))
    rows, cols = np.nonzero(points)
    table = np.zeros((ANGLES, 2 * far + 1))
    for number, angle in enumerate(angles):
        distance = np.rint(offsets[cols] * np.cos(angle) + offsets[rows] * np.sin(angle)).astype(np.int64)
        table[number] = np.bincount(distance + far, minlength=2 * far + 1)
    if smooth:
        table = _smooth(table)
    found = np.zeros(points.shape, bool)
    for line in np.flatnonzero((table >= votes).any(axis=1)):
        across, down = offsets * np.cos(angles[line]), offsets * np.sin(angles[line])
        distance = np.rint(across[np.newaxis] + down[:, np.newaxis]).astype(np.int64)
        found |= table[line, distance + far] >= votes
    return found


def _smooth(table: Floats) -> Floats:
    """Weights of 1, 2, 1 quarters each way; after half a turn the distances come again from the other side."""
    wrapped = np.concatenate([table[-1:, ::-1], table, table[:1, ::-1]])
    turned = (wrapped[:-2] + 2 * wrapped[1:-1] + wrapped[2:]) / 4
    padded = np.pad(turned, ((0, 0), (1, 1)))
    smooth: Floats = (padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]) / 4
    return smooth
