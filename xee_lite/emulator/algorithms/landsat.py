"""Landsat's digital numbers as radiance, reflectance and temperature, and the likelihood of clouds.

The formulas are those of the USGS' data users handbooks, with the coefficients in the metadata of a scene.
Which bands are calibrated follows from their names: ``B5`` and ``B6_VCID_1`` go with ``..._BAND_5`` and
``..._BAND_6_VCID_1``. Quality and angles stay as they are, which the service does not document.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..images.image import Band, Image, Pixels, Sampler
from ..images.operators import Unary, divide
from ..images.pixelwise import apply_unary, choose_template, lowest, map_bands
from ..pixels.bands import find_band
from ..types import FLOAT, UINT8
from ..values.landsat import coefficients
from .images import add_bands

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_SPECTRAL = re.compile(r"B(\d+(?:_VCID_[12])?)")

SENSORS = {
    "TM": ("B1", "B2", "B3", "B4", "B5", "B7", "B6"),
    "ETM": ("B1", "B2", "B3", "B4", "B5", "B7", "B6_VCID_1"),
    "ETM+": ("B1", "B2", "B3", "B4", "B5", "B7", "B6_VCID_1"),
    "OLI_TIRS": ("B2", "B3", "B4", "B5", "B6", "B7", "B10"),
}
"""Blue, green, red, near infrared, the two shortwave infrareds and the temperature, by SENSOR_ID.

Landsat 7's was ETM+ before Collection 1. Of its two temperatures that of low gain is taken, which cold clouds and hot
sand do not saturate; which one the service takes is unknown.
"""


@algorithm("Landsat.translateMetadata")
def translate_metadata(input_: Image) -> Image:
    """Nothing, as the served description says."""
    return input_


@algorithm("Landsat.calibratedRadiance")
def calibrated_radiance(image: Image) -> Image:
    """Watts per square metre, steradian and micrometre."""
    return map_bands(image, lambda band: _radiance(image, band, "Landsat.calibratedRadiance"))


@algorithm("Landsat.TOA")
def top_of_atmosphere(input_: Image) -> Image:
    """Reflectance at the top of the atmosphere, and kelvins.

    Where the metadata tell no coefficients, those of Chander and others (2009) are taken, as the served description
    says; for Landsat 5 and 7.
    """
    metadata = _metadata(input_)
    return map_bands(input_, lambda band: _top_of_atmosphere(metadata, band))


@algorithm("Landsat.simpleCloudScore")
def simple_cloud_score(image: Image) -> Image:
    """The image with a band ``cloud``, from 0 to 100."""
    where = "Landsat.simpleCloudScore"
    sensor = image.properties.get("SENSOR_ID")
    names = SENSORS.get(sensor) if isinstance(sensor, str) else None
    if names is None:
        raise EarthError(f"{where}: The image's SENSOR_ID is {sensor!r}; it must be one of [{', '.join(SENSORS)}].")
    bands = [find_band(image, name, where) for name in names]

    def compute(sampler: Sampler) -> Pixels:
        pixels = [sampler(band) for band in bands]
        if any(one.is_nothing for one in pixels):
            return Pixels.nothing(sampler.shape, np.uint8)
        with np.errstate(all="ignore"):
            score = _Scene(*(one.values.astype(np.float64) for one in pixels)).cloudiness()
        known = np.isfinite(score)
        percent = np.rint(100 * np.where(known, np.clip(score, 0, 1), 0)).astype(np.uint8)
        return Pixels(percent, np.where(known, lowest(*(one.mask for one in pixels)), np.float32(0)))

    cloud = bands[0].derived(compute, *bands, name="cloud", type_=UINT8)
    return add_bands(image, Image((choose_template(cloud, *bands),)), None, overwrite=True)


@dataclass(frozen=True, slots=True)
class _Scene:
    """What the score of clouds is made of: reflectances, and a temperature in kelvins."""

    blue: Floats
    green: Floats
    red: Floats
    near: Floats
    short: Floats
    shorter: Floats
    temperature: Floats

    def cloudiness(self) -> Floats:
        """The least of what speaks for a cloud, 1 where all of it does.

        The thresholds are those of the script SimpleCloudScore among the service's public examples. How the service
        rounds the score to a byte is unknown.
        """
        snow = divide(self.green - self.short, self.green + self.short)
        found: Floats = np.minimum.reduce(
            [
                _rescale(self.blue, 0.1, 0.3),
                _rescale(self.red + self.green + self.blue, 0.2, 0.8),
                _rescale(self.near + self.short + self.shorter, 0.3, 0.8),
                _rescale(self.temperature, 300, 290),
                _rescale(snow, 0.8, 0.6),
            ],
        )
        return found


def _rescale(values: Floats, nothing: float, full: float) -> Floats:
    """0 at one threshold and 1 at the other, and beyond them less and more."""
    return (values - nothing) / (full - nothing)


def spectral(image: Image) -> list[Band]:
    """The bands that are calibrated."""
    return [band for band in image.bands if _SPECTRAL.fullmatch(band.name)]


def is_thermal(image: Image, band: Band) -> bool:
    """Whether a band measures a temperature: its constants are known."""
    match = _SPECTRAL.fullmatch(band.name)
    return match is not None and f"K1_CONSTANT_BAND_{match[1]}" in _metadata(image).properties


def _metadata(image: Image) -> Image:
    """An image with all coefficients that are known of it."""
    return replace(image, properties={**coefficients(image.properties), **image.properties})


def _radiance(image: Image, band: Band, where: str) -> Band:
    match = _SPECTRAL.fullmatch(band.name)
    if match is None:
        return band
    slope = _number(image, f"RADIANCE_MULT_BAND_{match[1]}", where)
    start = _number(image, f"RADIANCE_ADD_BAND_{match[1]}", where)
    return apply_unary(_calibration(slope, start), band, where)


def _top_of_atmosphere(image: Image, band: Band) -> Band:
    where = "Landsat.TOA"
    match = _SPECTRAL.fullmatch(band.name)
    if match is None:
        return band
    if is_thermal(image, band):
        return _temperature(_radiance(image, band, where), image, match[1], where)
    slope = _number(image, f"REFLECTANCE_MULT_BAND_{match[1]}", where)
    start = _number(image, f"REFLECTANCE_ADD_BAND_{match[1]}", where)
    elevation = _number(image, "SUN_ELEVATION", where)
    if not 0 < elevation <= 90:
        raise EarthError(f"{where}: SUN_ELEVATION must be above 0 and at most 90 degrees, got {elevation}.")
    height = math.sin(math.radians(elevation))
    return apply_unary(_calibration(slope / height, start / height), band, where)


def _calibration(slope: float, start: float) -> Unary:
    # In doubles: a float32 would lose the last digits of the coefficients before the sum.
    return Unary(lambda values: slope * values.astype(np.float64) + start, lambda _: FLOAT)


def _temperature(radiance: Band, image: Image, suffix: str, where: str) -> Band:
    """Kelvins of a black body; masked where there is no radiance."""
    first = _number(image, f"K1_CONSTANT_BAND_{suffix}", where)
    second = _number(image, f"K2_CONSTANT_BAND_{suffix}", where)

    def compute(sampler: Sampler) -> Pixels:
        pixels = sampler(radiance)
        warm = pixels.values > 0
        values = second / np.log1p(first / np.where(warm, pixels.values, 1).astype(np.float64))
        return Pixels(values.astype(np.float32), np.where(warm, pixels.mask, np.float32(0)))

    return radiance.derived(compute, radiance)


def _number(image: Image, name: str, where: str) -> float:
    value = image.properties.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise EarthError(f"{where}: The image needs a number as its property '{name}', got {value!r}.")
    return float(value)
