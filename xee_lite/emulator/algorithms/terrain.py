"""Slope, aspect and shading of elevations."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from xee_lite.emulator.algorithms.images import add_bands
from xee_lite.emulator.errors import EarthError, NotImplementedHereError
from xee_lite.emulator.evaluator.registry import algorithm
from xee_lite.emulator.pixels.bands import find_band
from xee_lite.emulator.pixels.image import Band, Image, Pixels, Sampler
from xee_lite.emulator.pixels.neighbourhood import around
from xee_lite.emulator.types import FLOAT, METRES_PER_DEGREE, UINT8, PixelGrid, parse_crs

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
        source = around(sampler, band, (1, 1, 1, 1))
        if source.is_nothing:
            return Pixels.nothing(sampler.shape, type_.storage)
        across, down = _pixel_size(sampler.grid)
        values = source.values.astype(np.float64)
        with np.errstate(all="ignore"):
            east = (values[1:-1, 2:] - values[1:-1, :-2]) / (2 * across)
            north = (values[2:, 1:-1] - values[:-2, 1:-1]) / (2 * down)
            found = np.nan_to_num(function(east, north)).astype(type_.storage)
        mask = source.mask
        needed = mask[1:-1, 1:-1], mask[1:-1, 2:], mask[1:-1, :-2], mask[2:, 1:-1], mask[:-2, 1:-1]
        return Pixels(found, np.minimum.reduce(needed))

    return band.derived(compute, name=name, type_=type_)


def _pixel_size(grid: PixelGrid) -> tuple[Floats, float]:
    """Metres to the east from a pixel to the next of its row, and to the north to the next of its column.

    In a projected CRS they are those of its plane. On degrees the sphere of the service's scales is taken, with the
    cosine of the latitude; the service's own way is not documented.
    """
    a, b, _, d, e, _ = grid.transform
    if b or d:
        raise NotImplementedHereError("Terrain: This emulator has no gradients on grids that are sheared or turned.")
    if not parse_crs(grid.crs).is_geographic:
        metres = grid.projection.metres_per_unit
        return np.full((1, 1), a * metres), e * metres
    _, latitude = grid.centres()
    return a * METRES_PER_DEGREE * np.cos(np.radians(latitude)), e * METRES_PER_DEGREE


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
