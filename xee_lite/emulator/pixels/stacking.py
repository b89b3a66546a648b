"""Reducers applied pixel by pixel to many bands at once: the median over a collection, the mean over bands.

Only the bands that have pixels on the grid are stacked, and the grid is worked through in strips, so that the stack
fits the memory however many scenes there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..images import extents
from ..images.image import Band, Pixels, Sampler
from ..images.pixelwise import make_constant
from .composite import union
from .outputs import join_strips, make_output_bands

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..reducers.reduce import Reducer
    from ..types import PixelGrid

Record = tuple[Band, ...]

HELD = 2**28
"""Bytes of scenes that are held until they are stacked."""

STRIP = 2**26
"""Bytes of the stack, in doubles, that is reduced at once."""


def reduce_images(stacks: Sequence[Sequence[Band]], reducer: Reducer, names: Sequence[str]) -> list[Band]:
    """The outputs of a reducer as bands.

    Parameters
    ----------
    stacks : sequence of sequences of Band
        For each input of the reducer the bands of all records; record i is the i-th band of each.
    reducer : Reducer
    names : sequence of str
        For the outputs.
    """
    types = reducer.types([union(stack) for stack in stacks])
    return make_output_bands(make_constant(0), names, types, lambda sampler: _reduce(sampler, stacks, reducer))


def _reduce(sampler: Sampler, stacks: Sequence[Sequence[Band]], reducer: Reducer) -> dict[str, Pixels]:
    """Reduce the records that have pixels on the grid, strip by strip."""
    present: list[Record] = []
    held: list[list[Pixels]] = []
    size = 0
    for record in zip(*stacks, strict=True):
        pixels = [sampler(band) for band in record]
        if any(one.is_nothing for one in pixels):
            continue
        present.append(record)
        size += sum(one.values.nbytes + one.mask.nbytes for one in pixels)
        if size <= HELD:
            held.append(pixels)
    if not present:
        return dict.fromkeys(reducer.outputs, Pixels.nothing(sampler.shape, np.float64))
    parts = []
    for rows in _strips(sampler.grid, len(present) * len(stacks)):
        # What was too much to hold is computed again, for the strip alone.
        strip = [[_rows(one, rows) for one in pixels] for pixels in held] if size <= HELD else None
        parts.append(_stack(strip or _sample(sampler, present, rows), reducer))
    return join_strips(parts)


def _stack(records: list[list[Pixels]], reducer: Reducer) -> dict[str, Pixels]:
    columns = list(zip(*records, strict=True))
    values = [np.stack([pixels.values for pixels in column]) for column in columns]
    weights = [np.stack([pixels.mask for pixels in column]) for column in columns]
    return reducer.stack(values, weights)


def _sample(sampler: Sampler, records: list[Record], rows: slice) -> list[list[Pixels]]:
    grid = sampler.grid
    strip = sampler.at(extents.make_window(grid.projection, (0, rows.start), (grid.width, rows.stop - rows.start)))
    return [[strip(band) for band in record] for record in records]


def _rows(pixels: Pixels, rows: slice) -> Pixels:
    return Pixels(pixels.values[rows], pixels.mask[rows])


def _strips(grid: PixelGrid, bands: int) -> Iterator[slice]:
    """Rows of the grid in strips whose stacks fit the memory."""
    height = max(STRIP // max(8 * bands * grid.width, 1), 1)
    for top in range(0, grid.height, height):
        yield slice(top, min(top + height, grid.height))
