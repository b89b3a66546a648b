"""The ground of the stand-ins' planet: terrain, lakes, what grows and where people live.

The planet has no oceans, and its lakes and mountains are not ours.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from .ripples import Ripples
from .waves import Array, lot

TAU = 2 * np.pi
MS_PER_DAY = 86_400_000.0
YEAR_DAYS = 365.2425
MIDSUMMER_DAY = 196.0

RIDGES = ((11.0, 1500.0, 0.06), (2.7, 500.0, 0.21), (0.61, 180.0, 0.35), (0.13, 45.0, 0.49), (0.029, 10.0, 0.64))
"""Wavelength in degrees, height in metres, phase in turns."""
SEA_OF_ELEVATION = 250.0
LAKE_BELOW = 30.0
SHORE, FLOOD = 15.0, 60.0
"""Metres of elevation under water always, and in the wettest month."""
PARCEL = (0.006, 0.004)
"""Degrees of longitude and latitude of a parcel of land."""
TOWN_CELL = 0.5
"""Degrees; each cell of that size may have one town."""


class Ground:
    """The ground at some places at one time; each field is computed when first asked for.

    Parameters
    ----------
    longitude, latitude : ndarray
        Degrees; they broadcast against each other.
    time : float
        Milliseconds of Unix time.
    shift : int
        Days by which the weather is that of another time: what sets one climate model apart from the next.
    warming : float
        Kelvin.
    smooth : bool
        Whether the last bits of the fields may depend on which places are asked for together, so that they come sooner.
    """

    def __init__(
        self,
        longitude: Array,
        latitude: Array,
        time: float,
        *,
        shift: int = 0,
        warming: float = 0.0,
        smooth: bool = False,
    ) -> None:
        self.longitude = longitude
        self.latitude = latitude
        self.days = time / MS_PER_DAY
        self.day = float(np.floor(self.days)) + shift
        self.hours = 24 * (self.days % 1)
        self.warming = warming
        self.smooth = smooth

    def ripple(self, wavelength: float, phase: float) -> Array:
        """The ripple here."""
        return self._ripples(wavelength, phase)

    @cached_property
    def _ripples(self) -> Ripples:
        return Ripples(self.longitude, self.latitude, smooth=self.smooth)

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """Of the fields."""
        return np.broadcast_shapes(self.longitude.shape, self.latitude.shape)

    @cached_property
    def elevation(self) -> Array:
        """Metres: ridges of five sizes, higher here than there, over a base that is cut off."""
        ridges = (height * (1 - np.abs(self.ripple(length, phase))) ** 2 for length, height, phase in RIDGES)
        swell = 0.9 + 0.4 * self.ripple(53.0, 0.17)
        total: Array = np.maximum(swell * sum(ridges) - SEA_OF_ELEVATION, 0)
        return total

    @cached_property
    def water(self) -> Array:
        """Whether there is a lake."""
        return self.elevation < LAKE_BELOW

    @cached_property
    def flooded(self) -> Array:
        """Share of the time under water, 0 to 1."""
        return np.clip((FLOOD - self.elevation) / (FLOOD - SHORE), 0, 1)

    @cached_property
    def season(self) -> Array:
        """From -1, midwinter, to 1, midsummer; near 0 at the equator."""
        turn = np.cos(TAU * (self.days % YEAR_DAYS - MIDSUMMER_DAY) / YEAR_DAYS)
        out: Array = turn * self._ripples.along(lambda latitude: np.tanh(latitude / 20))
        return out

    @cached_property
    def climate(self) -> Array:
        """Mean temperature of the year, kelvin, 2 m above ground."""
        from_equator = self._ripples.along(lambda latitude: np.sin(np.radians(latitude)) ** 2)
        kelvin: Array = 300 + self.warming - 40 * from_equator - 0.0065 * self.elevation
        return kelvin

    @cached_property
    def temperature(self) -> Array:
        """Kelvin, 2 m above ground, mean of the day."""
        kelvin: Array = self.climate + 14 * self.season + 1.5 * self.ripple(23.0, 0.11 * self.day)
        return kelvin

    @cached_property
    def snow(self) -> Array:
        """Share of the ground under snow, 0 to 1."""
        return np.clip((268 - self.temperature) / 6, 0, 1) * ~self.water

    def parcel(self, salt: float = 0.0) -> Array:
        """A number from 0 to 1 for each parcel of land."""
        width, height = PARCEL
        return lot(np.floor(self.longitude / width), np.floor(self.latitude / height), salt)

    @cached_property
    def fertility(self) -> Array:
        """What the soil and the height let grow, about 0 to 1."""
        soils = 0.6 + 0.25 * self.ripple(0.9, 0.32) + 0.12 * self.ripple(0.07, 0.64)
        land: Array = soils * self._mildness
        return land

    @cached_property
    def _mildness(self) -> Array:
        return 1 - self.elevation / 4000

    @cached_property
    def greenness(self) -> Array:
        """Share of the ground under leaves, 0 to 1."""
        grown = self.fertility + 0.4 * (self.parcel() - 0.5) * self._mildness
        green: Array = np.clip(grown * (0.65 + 0.35 * self.season), 0, 1)
        return green

    @cached_property
    def town(self) -> Array:
        """From 0, the countryside, to 1, the middle of a town: a cone around a point of each cell, none in the wild."""
        column, row = np.floor(self.longitude / TOWN_CELL), np.floor(self.latitude / TOWN_CELL)
        east = self.longitude / TOWN_CELL - column - (0.25 + 0.5 * lot(column, row, 1.0))
        north = self.latitude / TOWN_CELL - row - (0.25 + 0.5 * lot(column, row, 2.0))
        radius = 0.03 + 0.22 * lot(column, row, 3.0) ** 3
        cone = np.maximum(1 - np.sqrt(east**2 + north**2) / radius, 0)
        habitable = (self.climate > 268) & (self.elevation < 1500) & ~self.water
        town: Array = cone * habitable
        return town
