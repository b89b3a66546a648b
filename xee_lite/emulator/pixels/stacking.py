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
from .outputs import compute_in_blocks, make_output_bands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..reducers.reduce import Reducer

Record = tuple[Band, ...]

HELD = 2**28
"""Bytes of scenes that are held until they are stacked."""


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

    def block(rows: slice, columns: slice) -> dict[str, Pixels]:
        if size <= HELD:
            return _stack([[_part(one, rows, columns) for one in pixels] for pixels in held], reducer)
        # What was too much to hold is computed again, for the block alone.
        return _stack(_sample(sampler, present, rows, columns), reducer)

    return compute_in_blocks(sampler.shape, 8 * len(present) * len(stacks), block)


def _stack(records: list[list[Pixels]], reducer: Reducer) -> dict[str, Pixels]:
    columns = list(zip(*records, strict=True))
    values = [np.stack([pixels.values for pixels in column]) for column in columns]
    weights = [np.stack([pixels.mask for pixels in column]) for column in columns]
    return reducer.stack(values, weights)


def _sample(sampler: Sampler, records: list[Record], rows: slice, columns: slice) -> list[list[Pixels]]:
    size = columns.stop - columns.start, rows.stop - rows.start
    block = sampler.at(extents.make_window(sampler.grid.projection, (columns.start, rows.start), size))
    return [[block(band) for band in record] for record in records]


def _part(pixels: Pixels, rows: slice, columns: slice) -> Pixels:
    return Pixels(pixels.values[rows, columns], pixels.mask[rows, columns])
