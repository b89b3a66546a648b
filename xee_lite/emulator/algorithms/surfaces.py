"""Algorithms on elevation and cost surfaces: shadows, filling of depressions, cumulative costs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..images.image import Image
from ..pixels.bands import integer_bands, make_names_distinct, only_band, some_bands
from ..pixels.cellwise import SIDE
from ..pixels.costs import accumulate_costs
from ..pixels.filling import fill_band_minima
from ..pixels.shadows import find_lit

if TYPE_CHECKING:
    from ..images.image import Band

MAX_NEIGHBORHOOD = 2048
"""Pixels: this emulator's own limit."""


@algorithm("Terrain.hillShadow", "HillShadow")
def hill_shadow(image: Image, azimuth: float, zenith: float, neighborhood_size: int, hysteresis: bool) -> Image:  # noqa: ARG001 - see the docstring
    """Which pixels are asked with a neighborhood of none is not documented: here as many as a tile is wide.

    Nor is what hysteresis does, beyond less physical and better looking images: here there is none of it.
    """
    where = "Terrain.hillShadow"
    if not (math.isfinite(azimuth) and math.isfinite(zenith)):
        raise EarthError(f"{where}: The angles must be finite, got {azimuth} and {zenith}.")
    _check(neighborhood_size, "neighborhoodSize", where)
    band = only_band(image, where)
    return Image((find_lit(band, azimuth, zenith, neighborhood_size or SIDE),), image.properties)


@algorithm("Terrain.fillMinima", "FMask.fillMinima")
def fill_minima(image: Image, border_value: int | None, neighborhood: int) -> Image:
    """What drains at the border, and through how many neighbours, is not documented."""
    where = "Terrain.fillMinima"
    _check(neighborhood, "neighborhood", where)
    bands = integer_bands(image, where)
    if border_value is not None and any(not _holds(band, border_value) for band in bands):
        raise EarthError(f"{where}: The border value {border_value} is not one of the bands' type.")
    return Image(tuple(fill_band_minima(band, border_value, neighborhood) for band in bands), image.properties)


@algorithm("Image.cumulativeCost")
def cumulative_cost(cost: Image, source: Image, max_distance: float, geodetic_distance: bool) -> Image:
    """The name of the band is that in users' programs, whatever the cost's; those of further bands are not known."""
    where = "Image.cumulativeCost"
    if not (math.isfinite(max_distance) and max_distance >= 0):
        raise EarthError(f"{where}: 'maxDistance' must not be negative, got {max_distance}.")
    start = only_band(source, where, "source")
    found = accumulate_costs(some_bands(cost, where, "cost image"), start, max_distance, geodetic=geodetic_distance)
    return Image(tuple(make_names_distinct(found)), cost.properties)


def _holds(band: Band, value: int) -> bool:
    low, high = band.type.min, band.type.max
    return (low is None or value >= low) and (high is None or value <= high)


def _check(pixels: int, name: str, where: str) -> None:
    if not 0 <= pixels <= MAX_NEIGHBORHOOD:
        raise EarthError(f"{where}: '{name}' must be between 0 and {MAX_NEIGHBORHOOD} pixels, got {pixels}.")
