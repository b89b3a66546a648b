"""The planet of the stand-ins: analytic fields of longitude, latitude (degrees) and time.

Each is a short closed formula, so that the truth of any pixel can be computed without this package; the documentation
lists them. They look plausible (ridges, lakes, fields that green in summer, clouds) and mean nothing.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from .weather import Weather

if TYPE_CHECKING:
    from .waves import Array

WAVELENGTHS = (0.40, 0.49, 0.56, 0.665, 0.705, 0.74, 0.78, 0.84, 0.865, 0.945, 1.375, 1.61, 2.2)
"""Micrometres at which the spectra below are given; linear in between."""
SOIL = (0.06, 0.09, 0.13, 0.18, 0.20, 0.22, 0.24, 0.26, 0.27, 0.28, 0.25, 0.34, 0.30)
LEAF = (0.02, 0.03, 0.06, 0.03, 0.10, 0.30, 0.38, 0.42, 0.43, 0.40, 0.10, 0.20, 0.10)
WATER = (0.05, 0.05, 0.04, 0.025, 0.02, 0.015, 0.01, 0.01, 0.01, 0.008, 0.002, 0.004, 0.003)
SNOW = (0.85, 0.88, 0.87, 0.85, 0.83, 0.81, 0.79, 0.77, 0.75, 0.60, 0.02, 0.10, 0.08)
CLOUD = (0.62, 0.62, 0.61, 0.60, 0.60, 0.60, 0.60, 0.60, 0.59, 0.50, 0.15, 0.45, 0.35)


def spectrum(table: tuple[float, ...], wavelength: float) -> float:
    """Reflectance of a surface at a wavelength in micrometres."""
    return float(np.interp(wavelength, WAVELENGTHS, table))


class Fields(Weather):
    """All fields at some places at one time, and the light that they reflect."""

    def ground(self, wavelength: float) -> Array:
        """Reflectance of the surface, 0 to 1, at a wavelength in micrometres."""
        land = self.greenness * spectrum(LEAF, wavelength) + (1 - self.greenness) * spectrum(SOIL, wavelength)
        land = (1 - self.snow) * land + self.snow * spectrum(SNOW, wavelength)
        return np.where(self.water, spectrum(WATER, wavelength), land)

    def reflectance(self, wavelength: float) -> Array:
        """Of the surface, or of the cloud above it: 0 to 1 at a wavelength in micrometres."""
        seen: Array = self._lit * self.ground(wavelength) + self._veil * spectrum(CLOUD, wavelength)
        return seen

    @cached_property
    def _veil(self) -> Array:
        """How much of the light is a cloud's."""
        return np.clip((self.cloud - 30) / 50, 0, 1)

    @cached_property
    def _lit(self) -> Array:
        """What factor the light of the ground comes with."""
        lit: Array = (1 - self._veil) * (1 + 0.06 * self.ripple(0.003, 0.8)) * np.where(self.shadow, 0.45, 1.0)
        return lit
