"""Slope, aspect and shading of elevations."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..images.image import Band, Image, Pixels, Sampler
from ..pixels.bands import find_band
from ..pixels.gradients import find_changes, pixel_size
from ..types import FLOAT, UINT8
from .images import add_bands

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

    Surface = Callable[[Floats, Floats], Floats]
    """From the rise per metre to the east and to the north."""

AZIMUTH, ELEVATION = 270.0, 45.0
"""Of the light, in degrees, as the served signature of ``Terrain.hillshade`` has it."""


@algorithm("Terrain.slope")
def slope(input_: Image) -> Image:
    return Image((_surface(_elevation(input_, "slope"), "slope", _slope),), input_.properties)


@algorithm("Terrain.aspect")
def aspect(input_: Image) -> Image:
    return Image((_surface(_elevation(input_, "aspect"), "aspect", _aspect),), input_.properties)


@algorithm("Terrain.hillshade")
def hillshade(input_: Image, azimuth: float = AZIMUTH, elevation: float = ELEVATION) -> Image:
    shaded = _surface(_elevation(input_, "hillshade"), "hillshade", _shading(azimuth, elevation))
    return Image((shaded,), input_.properties)


@algorithm("Terrain.products", "Terrain")
def products(input_: Image) -> Image:
    band = _elevation(input_, "products")
    new = [
        _surface(band, "slope", _slope),
        _surface(band, "aspect", _aspect),
        _surface(band, "hillshade", _shading(AZIMUTH, ELEVATION)),
    ]
    return add_bands(input_, Image(tuple(new)), None, overwrite=True)


def _elevation(image: Image, name: str) -> Band:
    """The only band, or the one of that name."""
    if len(image.bands) == 1:
        return image.bands[0]
    return find_band(image, "elevation", f"Terrain.{name}")


def _surface(band: Band, name: str, function: Surface) -> Band:
    """A band made of the gradient between the four neighbours of each pixel that is asked for."""
    type_ = UINT8 if name == "hillshade" else FLOAT

    def compute(sampler: Sampler) -> Pixels:
        found = find_changes(sampler, band)
        if found is None:
            return Pixels.nothing(sampler.shape, type_.storage)
        across, down = pixel_size(sampler.grid, "Terrain")
        with np.errstate(all="ignore"):
            values = np.nan_to_num(function(found.right / across, found.down / down)).astype(type_.storage)
        return Pixels(values, found.mask)

    return band.derived(compute, name=name, type_=type_)


def _slope(east: Floats, north: Floats) -> Floats:
    """Degrees from the horizontal."""
    return np.degrees(np.arctan(np.hypot(east, north)))


def _aspect(east: Floats, north: Floats) -> Floats:
    """The direction downhill, in degrees from the north by the east; 0 where it is flat."""
    found = np.degrees(np.arctan2(-east, -north)) % 360.0
    return np.where((east == 0) & (north == 0), 0.0, found)


def _shading(azimuth: float, elevation: float) -> Surface:
    """The cosine of the angle between the surface and the light, as a byte.

    The service documents neither the formula nor the rounding: this is the usual one, cut off as casts are.
    """
    if not (math.isfinite(azimuth) and math.isfinite(elevation)):
        raise EarthError(f"Terrain.hillshade: The angles must be finite, got {azimuth} and {elevation}.")
    zenith, direction = math.radians(90 - elevation), math.radians(azimuth)

    def shade(east: Floats, north: Floats) -> Floats:
        steep = np.radians(_slope(east, north))
        turned = np.cos(direction - np.radians(_aspect(east, north)))
        light = math.cos(zenith) * np.cos(steep) + math.sin(zenith) * np.sin(steep) * turned
        return np.clip(255 * light, 0, 255)

    return shade
