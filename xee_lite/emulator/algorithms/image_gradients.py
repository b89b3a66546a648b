"""Gradients and derivatives of images.

The service documents neither formula. Both are made of half the difference between the neighbours of a pixel, as slopes
usually are, and masked where one of the four is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import NotImplementedHereError
from ..evaluator.registry import algorithm
from ..images.image import Band, Image, Pixels, Sampler
from ..pixels.bands import make_names_distinct, some_bands
from ..pixels.gradients import find_changes, pixel_size
from ..types import DOUBLE, FLOAT

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

    from ..pixels.gradients import Changes
    from ..types import PixelType

    Floats = npt.NDArray[np.float64]
    Component = Callable[[Sampler, Changes], Floats]


@algorithm("Image.gradient")
def gradient(input_: Image) -> Image:
    """Bands ``x`` and ``y``: the rise per metre to the east and to the north.

    The guide to gradients names the two bands, and stretches those of a panchromatic band from -7 to 7, which fits
    metres rather than pixels. Their names where there are several bands are not documented, nor whether ``y``
    points to the north.
    """
    where = "Image.gradient"
    band = some_bands(input_, where)[0]
    if len(input_.bands) > 1:
        raise NotImplementedHereError(f"{where}: This emulator makes gradients of images of a single band.")
    return Image((_component(band, "x", _east, FLOAT), _component(band, "y", _north, FLOAT)), input_.properties)


@algorithm("Image.derivative")
def derivative(image: Image) -> Image:
    """Bands with the suffixes ``_x`` and ``_y``: the rise per pixel to the right and downwards."""
    bands = [
        _component(band, f"{band.name}_{axis}", component, DOUBLE)
        for band in image.bands
        for axis, component in (("x", _right), ("y", _down))
    ]
    return Image(tuple(make_names_distinct(bands)), image.properties)


def _east(sampler: Sampler, found: Changes) -> Floats:
    return found.right / pixel_size(sampler.grid, "Image.gradient")[0]


def _north(sampler: Sampler, found: Changes) -> Floats:
    return found.down / pixel_size(sampler.grid, "Image.gradient")[1]


def _right(_: Sampler, found: Changes) -> Floats:
    return found.right


def _down(_: Sampler, found: Changes) -> Floats:
    return found.down


def _component(band: Band, name: str, component: Component, type_: PixelType) -> Band:
    def compute(sampler: Sampler) -> Pixels:
        found = find_changes(sampler, band)
        if found is None:
            return Pixels.nothing(sampler.shape, type_.storage)
        return Pixels(component(sampler, found).astype(type_.storage, copy=False), found.mask)

    return band.derived(compute, name=name, type_=type_)
