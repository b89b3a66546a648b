"""Fields of the weather, as a reanalysis has them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from .ground import TAU, YEAR_DAYS
from .sky import Sky
from .sun import OBLIQUITY, SOLSTICE_DAY

if TYPE_CHECKING:
    from .waves import Array

CELSIUS = 273.15
SUNSHINE = 1000.0
"""W/m² of a sun in the zenith of a clear sky."""
WARMEST_HOUR = 15


class Weather(Sky):
    """The ground, the sky, and the weather."""

    @cached_property
    def humidity(self) -> Array:
        """Relative, percent."""
        percent: Array = np.clip(65 + 25 * self.ripple(14.0, 0.061 * self.day), 5, 100)
        return percent

    @cached_property
    def pressure(self) -> Array:
        """Pa, at the surface."""
        pressure: Array = self.sea_level_pressure * np.exp(-self.elevation / 8400)
        return pressure

    @cached_property
    def sea_level_pressure(self) -> Array:
        """Pa."""
        return 101325 + 900 * self.ripple(31.0, 0.048 * self.day)

    @cached_property
    def wind(self) -> tuple[Array, Array]:
        """Eastward and northward, m/s, at 10 m."""
        return 6 * self.ripple(19.0, 0.143 * self.day), 5 * self.ripple(19.0, 0.143 * self.day + 0.16)

    @cached_property
    def saturation(self) -> Array:
        """Vapour pressure of saturated air, kPa (Tetens)."""
        celsius = self.temperature - CELSIUS
        pressure: Array = 0.6108 * np.exp(17.27 * celsius / (celsius + 237.3))
        return pressure

    @cached_property
    def hourly_temperature(self) -> Array:
        """Kelvin, warmest at three in the afternoon of the local mean time."""
        local = self.hours + self.positions.longitude / 15
        kelvin: Array = self.temperature + 5 * np.cos(TAU * (local - WARMEST_HOUR) / 24)
        return kelvin

    @cached_property
    def declination(self) -> float:
        """Of the sun, radians."""
        turn = TAU * (self.days % YEAR_DAYS - SOLSTICE_DAY) / YEAR_DAYS
        return float(np.radians(OBLIQUITY) * np.cos(turn))

    @cached_property
    def sunshine(self) -> Array:
        """W/m² on the ground at this moment."""
        phi, hour = np.radians(self.positions.latitude), TAU * ((self.hours + self.positions.longitude / 15) / 24 - 0.5)
        up = np.sin(phi) * np.sin(self.declination) + np.cos(phi) * np.cos(self.declination) * np.cos(hour)
        watts: Array = SUNSHINE * np.maximum(up, 0) * (1 - 0.006 * self.cloud)
        return watts

    @cached_property
    def daylight(self) -> Array:
        """W/m² on the ground, mean of the day."""
        phi = np.radians(self.positions.latitude)
        rise = np.arccos(np.clip(-np.tan(phi) * np.tan(self.declination), -1, 1))
        up = rise * np.sin(phi) * np.sin(self.declination) + np.cos(phi) * np.cos(self.declination) * np.sin(rise)
        watts: Array = SUNSHINE / np.pi * up * (1 - 0.006 * self.cloud)
        return watts

    @cached_property
    def noon_zenith(self) -> Array:
        """Degrees of the sun from the zenith at noon."""
        degrees: Array = np.minimum(np.abs(self.positions.latitude - np.degrees(self.declination)), 90)
        return degrees

    @cached_property
    def evaporation(self) -> Array:
        """Millimetres a day."""
        millimetres: Array = 0.02 * self.daylight * (0.3 + 0.5 * self.greenness)
        return millimetres

    @cached_property
    def wetness(self) -> Array:
        """Water in the soil, share of its volume."""
        share: Array = np.clip(0.25 + 0.12 * self.ripple(6.0, 0.013 * self.day) + 0.08 * self.greenness, 0.02, 0.6)
        return share
