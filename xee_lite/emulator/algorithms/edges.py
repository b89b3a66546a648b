"""Edges and lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from xee_lite.emulator.evaluator.registry import algorithm
from xee_lite.emulator.pixels.image import Band, Image, Pixels, Sampler
from xee_lite.emulator.pixels.neighbourhood import around
from xee_lite.emulator.pixels.pixelwise import map_bands
from xee_lite.emulator.types import BOOLEAN

if TYPE_CHECKING:
    import numpy.typing as npt


@algorithm("Image.zeroCrossing")
def zero_crossing(image: Image) -> Image:
    """1 where the pixel to the right, below, or to the right below has the opposite sign (the guide to edges).

    Zeros, and masked pixels, have no sign; what the service makes of them is not documented.
    """
    return map_bands(image, _crossings)


def _crossings(band: Band) -> Band:
    def compute(sampler: Sampler) -> Pixels:
        source = around(sampler, band, (0, 0, 1, 1))
        signs: npt.NDArray[np.int8] = np.where(source.mask > 0, np.sign(source.values), 0).astype(np.int8)
        here, others = signs[:-1, :-1], (signs[:-1, 1:], signs[1:, :-1], signs[1:, 1:])
        found = np.logical_or.reduce([here * other < 0 for other in others])
        return Pixels(found.astype(BOOLEAN.storage), source.mask[:-1, :-1])

    return band.derived(compute, type_=BOOLEAN)
