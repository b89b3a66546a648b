"""Analytic fields of longitude, latitude (degrees) and time, from which the bands of stand-ins are computed.

Each is a short closed formula, so that the truth of any pixel can be computed without this package; the documentation
lists them. They look plausible (ridges, lakes, fields that green in summer, clouds) and mean nothing.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from .ground import FREEZING, LAKE_BELOW
from .weather import Weather

if TYPE_CHECKING:
    from .waves import Array

Spectrum = tuple[float, ...]

WAVELENGTHS = (0.40, 0.49, 0.56, 0.665, 0.705, 0.74, 0.78, 0.84, 0.865, 0.945, 1.375, 1.61, 2.2)
"""Micrometres at which the spectra below are given; linear in between."""
SOIL = (0.06, 0.09, 0.13, 0.18, 0.20, 0.22, 0.24, 0.26, 0.27, 0.28, 0.25, 0.34, 0.30)
LEAF = (0.02, 0.03, 0.06, 0.03, 0.10, 0.30, 0.38, 0.42, 0.43, 0.40, 0.10, 0.20, 0.10)
WATER = (0.05, 0.05, 0.04, 0.025, 0.02, 0.015, 0.01, 0.01, 0.01, 0.008, 0.002, 0.004, 0.003)
SNOW = (0.85, 0.88, 0.87, 0.85, 0.83, 0.81, 0.79, 0.77, 0.75, 0.60, 0.02, 0.10, 0.08)
CLOUD = (0.62, 0.62, 0.61, 0.60, 0.60, 0.60, 0.60, 0.60, 0.59, 0.50, 0.15, 0.45, 0.35)


def spectrum(table: Spectrum, wavelength: float) -> float:
    """Reflectance of a surface at a wavelength in micrometres."""
    return float(np.interp(wavelength, WAVELENGTHS, table))


class Fields(Weather):
    """All fields at some positions at one time, and the light that they reflect."""

    def ground(self, wavelength: float) -> Array:
        """Reflectance of the surface, 0 to 1, at a wavelength in micrometres."""
        soil, leaf, water, snow = (spectrum(table, wavelength) for table in (SOIL, LEAF, WATER, SNOW))
        light = self.greenness * (leaf - soil)
        light += soil
        if self._has_snow:
            light += (snow - light) * self.snow
        if self._has_water:
            np.copyto(light, water, where=self.water)
        return light

    def reflectance(self, wavelength: float) -> Array:
        """Of the surface, or of the cloud above it: 0 to 1 at a wavelength in micrometres."""
        light = self.ground(wavelength)
        light *= self._lit
        if self._veil is not None:
            light += self._veil * spectrum(CLOUD, wavelength)
        return light

    @cached_property
    def _has_snow(self) -> bool:
        return self.warmer_than < FREEZING and bool(self.temperature.min() < FREEZING)

    @cached_property
    def _has_water(self) -> bool:
        return self.heights[0] < LAKE_BELOW and bool(self.elevation.min() < LAKE_BELOW)

    @cached_property
    def _veil(self) -> Array | None:
        """The share of what is seen that is cloud; None where there is none."""
        if self.clear_of < 30:
            return None
        share = self.cloud - 30
        share *= 1 / 50
        np.clip(share, 0, 1, out=share)
        return share if share.any() else None

    @cached_property
    def _lit(self) -> Array:
        """The share of the ground's light that is seen: between clouds, and not in their shadow."""
        light = self.ripple(0.006, 0.8) * 0.06
        light += 1
        if self._veil is not None:
            light *= 1 - self._veil
        if self.shadow.any():
            np.multiply(light, 0.45, out=light, where=self.shadow)
        return light
