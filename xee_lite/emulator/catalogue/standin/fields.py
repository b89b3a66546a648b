"""The planet of the stand-ins: analytic fields of longitude, latitude (degrees) and time.

Each is a short closed formula, so that the truth of any pixel can be computed without this package; the documentation
lists them. They look plausible (ridges, lakes, fields that green in summer, clouds) and mean nothing: the planet has no
oceans, and its lakes and mountains are not ours.

All rest on one function, ``ripple``, a pair of waves that bend each other, between -1 and 1. The waves are parabolas
and not sines: they are as smooth to the eye, four times faster, and the same to the last bit on every machine.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
"""Float64, shaped as longitude and latitude broadcast."""

TAU = 2 * np.pi
MS_PER_DAY = 86_400_000.0
YEAR_DAYS = 365.2425
MIDSUMMER_DAY = 196.0
GOLDEN = 0.381966
"""Of a turn: phases that are multiples of it never come near each other."""

RIDGES = ((11.0, 1500.0, 0.06), (2.7, 500.0, 0.21), (0.61, 180.0, 0.35), (0.13, 45.0, 0.49), (0.029, 10.0, 0.64))
"""Wavelength in degrees, height in metres, phase in turns."""
SEA_OF_ELEVATION = 250.0
LAKE_BELOW = 30.0
CLOUDS = ((9.0, 0.42), (2.3, 0.28), (0.55, 0.16), (0.12, 0.09), (0.03, 0.05))
"""Wavelength in degrees, weight."""
RAINS = ((8.0, 0.6), (1.9, 0.3), (0.4, 0.1))
SHADOW_SHIFT = (0.010, 0.006)
"""Degrees from a shadow to the cloud that throws it."""

WAVELENGTHS = (0.40, 0.49, 0.56, 0.665, 0.705, 0.74, 0.78, 0.84, 0.865, 0.945, 1.375, 1.61, 2.2)
"""Micrometres at which the spectra below are given; linear in between."""
SOIL = (0.06, 0.09, 0.13, 0.18, 0.20, 0.22, 0.24, 0.26, 0.27, 0.28, 0.25, 0.34, 0.30)
LEAF = (0.02, 0.03, 0.06, 0.03, 0.10, 0.30, 0.38, 0.42, 0.43, 0.40, 0.10, 0.20, 0.10)
WATER = (0.05, 0.05, 0.04, 0.025, 0.02, 0.015, 0.01, 0.01, 0.01, 0.008, 0.002, 0.004, 0.003)
SNOW = (0.85, 0.88, 0.87, 0.85, 0.83, 0.81, 0.79, 0.77, 0.75, 0.60, 0.02, 0.10, 0.08)
CLOUD = (0.62, 0.62, 0.61, 0.60, 0.60, 0.60, 0.60, 0.60, 0.59, 0.50, 0.15, 0.45, 0.35)


def wave(turns: Array) -> Array:
    """A wave of parabolas: 0, 1, 0, -1 at 0, 1/4, 1/2 and 3/4 of a turn."""
    turns = turns - np.rint(turns)
    out = np.abs(turns)
    out *= -16
    out += 8
    out *= turns
    return out


def ripple(longitude: Array, latitude: Array, wavelength: float, phase: float) -> Array:
    """Two waves of about one wavelength (degrees) that bend each other, between -1 and 1; the phase is in turns."""
    u, v = longitude / wavelength, latitude / wavelength
    across = wave(u + (phase + 0.27 * wave(0.6 * v + phase)))
    along = wave(1.1 * v + (0.27 * wave(0.6 * u - phase) - 2 * phase))
    across += along
    across /= 2
    return across


def parcel(longitude: Array, latitude: Array) -> Array:
    """A number from 0 to 1 for each parcel of land of 0.006 by 0.004 degrees."""
    cell = np.floor(longitude / 0.006) * 12.9898 + np.floor(latitude / 0.004) * 78.233
    number = 43758.5453 * np.sin(cell)
    fraction: Array = number - np.floor(number)
    return fraction


def spectrum(table: tuple[float, ...], wavelength: float) -> float:
    """Reflectance of a surface at a wavelength in micrometres."""
    return float(np.interp(wavelength, WAVELENGTHS, table))


class Fields:
    """All fields at some places at one time; each is computed when first asked for.

    Parameters
    ----------
    longitude, latitude : ndarray
        Degrees; they broadcast against each other.
    time : float
        Milliseconds of Unix time.
    """

    def __init__(self, longitude: Array, latitude: Array, time: float) -> None:
        self.longitude = longitude
        self.latitude = latitude
        self.days = time / MS_PER_DAY
        self.day = float(np.floor(self.days))

    def ripple(self, wavelength: float, phase: float) -> Array:
        """The ripple here."""
        return ripple(self.longitude, self.latitude, wavelength, phase)

    @cached_property
    def elevation(self) -> Array:
        """Metres: ridges of five sizes over a base that is cut off."""
        ridges = (height * (1 - np.abs(self.ripple(length, phase))) ** 2 for length, height, phase in RIDGES)
        total: Array = np.maximum(sum(ridges) - SEA_OF_ELEVATION, 0)
        return total

    @cached_property
    def water(self) -> Array:
        """Whether there is a lake."""
        return self.elevation < LAKE_BELOW

    @cached_property
    def season(self) -> Array:
        """From -1, midwinter, to 1, midsummer; near 0 at the equator."""
        turn = np.cos(TAU * (self.days % YEAR_DAYS - MIDSUMMER_DAY) / YEAR_DAYS)
        out: Array = turn * np.tanh(self.latitude / 20)
        return out

    @cached_property
    def temperature(self) -> Array:
        """Kelvin, 2 m above ground."""
        latitude = np.sin(np.radians(self.latitude)) ** 2
        weather = 1.5 * self.ripple(23.0, 0.11 * self.day)
        kelvin: Array = 300 - 40 * latitude + 14 * self.season - 0.0065 * self.elevation + weather
        return kelvin

    @cached_property
    def snow(self) -> Array:
        """Share of the ground under snow, 0 to 1."""
        return np.clip((268 - self.temperature) / 6, 0, 1) * ~self.water

    @cached_property
    def greenness(self) -> Array:
        """Share of the ground under leaves, 0 to 1."""
        soils = 0.25 * self.ripple(0.9, 0.32) + 0.12 * self.ripple(0.07, 0.64)
        land = 0.6 + soils + 0.4 * (parcel(self.longitude, self.latitude) - 0.5)
        green: Array = np.clip(land * (0.65 + 0.35 * self.season) * (1 - self.elevation / 4000), 0, 1)
        return green

    def _cloudiness(self, longitude: Array, latitude: Array) -> Array:
        waves = (
            weight * ripple(longitude, latitude, length, GOLDEN * (self.day + 1) * order)
            for order, (length, weight) in enumerate(CLOUDS, start=1)
        )
        bias = 0.25 * ripple(longitude, latitude, 17.0, 0.097 * self.day)
        out: Array = np.clip(50 + 160 * (sum(waves) + bias - 0.15), 0, 100)
        return out

    @cached_property
    def cloud(self) -> Array:
        """Probability of a cloud, percent; a new sky every day."""
        return self._cloudiness(self.longitude, self.latitude)

    @cached_property
    def cloudy(self) -> Array:
        """Whether there is a cloud: its probability is 50 or more."""
        return self.cloud >= 50

    @cached_property
    def cirrus(self) -> Array:
        """Whether there is a thin high cloud, and no other."""
        return (self.ripple(3.3, 0.175 * self.day) > 0.8) & ~self.cloudy

    @cached_property
    def shadow(self) -> Array:
        """Whether a cloud throws its shadow here."""
        east, north = SHADOW_SHIFT
        return (self._cloudiness(self.longitude + east, self.latitude + north) >= 50) & ~self.cloudy

    @cached_property
    def rain(self) -> Array:
        """Millimetres a day; cells drift 10 degrees eastward in a day and are new the next."""
        longitude = self.longitude - 10 * (self.days - self.day)
        waves = (
            weight * ripple(longitude, self.latitude, length, GOLDEN * (self.day + 3) * order)
            for order, (length, weight) in enumerate(RAINS, start=1)
        )
        out: Array = np.maximum(80 * (sum(waves) - 0.35), 0)
        return out

    def reflectance(self, wavelength: float) -> Array:
        """Of the surface, or of the cloud above it: 0 to 1 at a wavelength in micrometres."""
        ground = self.greenness * spectrum(LEAF, wavelength) + (1 - self.greenness) * spectrum(SOIL, wavelength)
        ground = (1 - self.snow) * ground + self.snow * spectrum(SNOW, wavelength)
        ground = np.where(self.water, spectrum(WATER, wavelength), ground)
        ground = ground * (1 + 0.06 * self.ripple(0.003, 0.8)) * np.where(self.shadow, 0.45, 1.0)
        cover = np.clip((self.cloud - 30) / 50, 0, 1)
        seen: Array = (1 - cover) * ground + cover * spectrum(CLOUD, wavelength)
        return seen
