"""The outputs of a reducer as bands: one computation, of which each band takes its part."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

from ..images.arrays import derive_band
from ..images.image import ArrayPixels, Band, Pixels, Sampler
from ..request_limits import check_memory, check_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ..types import PixelType


BLOCK = 2**26
"""Bytes of the stacks that are reduced at once."""

NARROWEST = 8
"""Columns of the narrowest block: of a single pixel NumPy adds up the stack in another order, with other roundings."""


def make_output_bands(
    like: Band, names: Iterable[str], types: Mapping[str, PixelType], found: Callable[[Sampler], Mapping[str, Pixels]]
) -> list[Band]:
    """Bands in the place of another one, whose pixels are computed together.

    Parameters
    ----------
    like : Band
    names : iterable of str
        Of the bands.
    types : mapping
        By the outputs' own names, in the same order.
    found : callable
        From a sampler to the pixels of all outputs, by the outputs' own names; those of arrays are objects.
    """
    token = object()

    def band(name: str, output: str) -> Band:
        type_ = types[output]

        def part(sampler: Sampler) -> Pixels:
            return sampler.share(token, lambda: found(sampler))[output]

        def compute(sampler: Sampler) -> Pixels:
            pixels = part(sampler)
            return Pixels(pixels.values.astype(type_.storage, copy=False), pixels.mask)

        def arrays(sampler: Sampler) -> ArrayPixels:
            pixels = part(sampler)
            return ArrayPixels(pixels.values, pixels.mask)

        if type_.dimensions:
            return derive_band(like, arrays, type_, name)
        return like.derived(compute, name=name, type_=type_)

    return [band(name, output) for name, output in zip(names, types, strict=True)]


def compute_in_blocks(
    shape: tuple[int, int], size: int, compute: Callable[[slice, slice], Mapping[str, Pixels]]
) -> dict[str, Pixels]:
    """The outputs of a grid, block by block, so that what is made of each pixel on the way fits the memory.

    Parameters
    ----------
    shape : (height, width)
    size : int
        Bytes that are made of a pixel.
    compute : callable
        ``compute(rows, columns)`` gives the outputs of a block.

    Raises
    ------
    EarthError
        If a few pixels are too much.
    """
    height, width = shape
    across = min(max(BLOCK // max(size, 1), NARROWEST), max(width, 1))
    check_memory(size * across)
    down = max(BLOCK // max(size * across, 1), 1)
    # Columns are shared out evenly, so that no block is a single one.
    edges = np.linspace(0, width, math.ceil(width / across) + 1).astype(int).tolist() if width else [0, 0]
    strips = []
    for top in range(0, max(height, 1), down):
        rows = slice(top, min(top + down, height))
        blocks = []
        for left, right in itertools.pairwise(edges):
            check_time()
            blocks.append(compute(rows, slice(left, right)))
        strips.append(_join(blocks, axis=1))
    return _join(strips, axis=0)


def _join(parts: Sequence[Mapping[str, Pixels]], axis: int) -> dict[str, Pixels]:
    if len(parts) == 1:
        return dict(parts[0])
    return {
        output: Pixels(
            np.concatenate([part[output].values for part in parts], axis),
            np.concatenate([part[output].mask for part in parts], axis),
        )
        for output in parts[0]
    }
