"""Textures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..images.image import Image
from ..pixels.bands import integer_bands, make_names_distinct
from ..pixels.cooccurrence import Offset, compute_textures

if TYPE_CHECKING:
    from ..values.kernel import Kernel

MAX_SIZE = 32
"""Pixels from the middle of a window: this emulator's own limit."""

AROUND: tuple[Offset, ...] = ((-1, -1), (0, -1), (1, -1), (-1, 0))
"""What the served description names as the default."""


@algorithm("Image.glcmTexture")
def glcm_texture(image: Image, size: int, kernel: Kernel | None, average: bool) -> Image:
    """The names of the bands of single directions, which end here in the offset, are not documented."""
    where = "Image.glcmTexture"
    if not 0 < size <= MAX_SIZE:
        raise EarthError(f"{where}: 'size' must be between 1 and {MAX_SIZE} pixels, got {size}.")
    bands = integer_bands(image, where)
    offsets = AROUND if kernel is None else _directions(kernel, where)
    if any(max(abs(col), abs(row)) > 2 * size for col, row in offsets):
        raise EarthError(f"{where}: The kernel reaches beyond the window of {2 * size + 1} pixels.")
    found = [one for band in bands for one in compute_textures(band, size, offsets, average=average)]
    return Image(tuple(make_names_distinct(found)), image.properties)


def _directions(kernel: Kernel, where: str) -> tuple[Offset, ...]:
    """The pixels of a kernel beside the centre, row by row, without those that lie opposite of one before."""
    if not kernel.in_pixels:
        raise EarthError(f"{where}: The kernel must be one of pixels.")
    weights = kernel.at(1.0)
    found: dict[Offset, None] = {}  # in order, and looked up at once
    for row, col in zip(*(at.tolist() for at in np.nonzero(weights.values)), strict=True):
        offset = col - weights.centre[0], row - weights.centre[1]
        if offset != (0, 0) and (-offset[0], -offset[1]) not in found:
            found[offset] = None
    if not found:
        raise EarthError(f"{where}: The kernel has no pixel beside its centre.")
    return tuple(found)
