"""The outputs of a reducer as bands: one computation, of which each band takes its part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..images.arrays import derive_band
from ..images.image import ArrayPixels, Band, Pixels, Sampler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ..types import PixelType


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


def join_strips(strips: Sequence[Mapping[str, Pixels]]) -> dict[str, Pixels]:
    """The outputs of a whole block, from those of its strips from top to bottom."""
    return {
        output: Pixels(
            np.concatenate([strip[output].values for strip in strips]),
            np.concatenate([strip[output].mask for strip in strips]),
        )
        for output in strips[0]
    }
