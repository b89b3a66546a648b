"""Fields of the surface: terrain, lakes, vegetation and settlements.

There are no oceans, and lakes and mountains are not where the real ones are.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from .cells import Cells
from .waves import Array, draw_uniform, ripple

if TYPE_CHECKING:
    from .nodes import Bounds
    from .positions import Positions, Wave

TAU = 2 * math.pi
MS_PER_DAY = 86_400_000.0
YEAR_DAYS = 365.2425
MIDSUMMER_DAY = 196.0

RIDGES = ((11.0, 1500.0, 0.06), (2.7, 500.0, 0.21), (0.61, 180.0, 0.35), (0.13, 45.0, 0.49), (0.029, 10.0, 0.64))
"""Wavelength in degrees, height in metres, phase in turns."""
HIGHEST = 4096.0
"""Metres that no mountain reaches."""
SEA_OF_ELEVATION = 250.0
LAKE_BELOW = 30.0
LAPSE = 0.0065
"""Kelvin by which it is colder a metre higher."""
DOUBT = 0.01
"""Metres or kelvin by which a sum in single precision may miss what its parts are known to stay within."""
FREEZING = 268.0
"""Kelvin below which snow lies."""
SHORE, FLOOD = 15.0, 60.0
"""Metres of elevation under water always, and in the wettest month."""
PARCEL = (0.006, 0.004)
"""Degrees of longitude and latitude of a parcel of land."""
TOWN_CELL = 0.5
"""Degrees; each cell of that size may have one town."""
Shift = tuple[float, float]
"""Degrees to the east and to the north."""
SLOW = math.inf
"""The length of what changes with latitude alone."""


class Ground:
    """The ground at some positions at one time; each field is computed when first asked for.

    In double precision where the positions have their fields exactly, else in single precision.

    Parameters
    ----------
    positions : Positions
    time : float
        Milliseconds of Unix time.
    shift : int
        Days by which the weather is that of another time: what sets one climate model apart from the next.
    warming : float
        Kelvin.
    """

    def __init__(self, positions: Positions, time: float, *, shift: int = 0, warming: float = 0.0) -> None:
        self.positions = positions
        self.days = time / MS_PER_DAY
        self.day = float(math.floor(self.days)) + shift
        self.hours = 24 * (self.days % 1)
        self.warming = warming

    def ripple(self, wavelength: float, phase: float) -> Array:
        """The ripple here."""
        return self.positions.total(*self._one(wavelength, phase))

    def ripple_bounds(self, wavelength: float, phase: float) -> Bounds:
        """What the ripple lies between here, as far as that is known without looking at each position."""
        return self.positions.bounds(*self._one(wavelength, phase))

    def _one(self, wavelength: float, phase: float) -> tuple[str, list[Wave], float]:
        return f"{wavelength} {phase}", [self.wave(wavelength, phase)], 1

    def wave(self, wavelength: float, phase: float, weight: float = 1, base: float = 0, shift: Shift = (0, 0)) -> Wave:
        """A ripple times a weight above a base, as it is so many degrees to the east and to the north."""
        east, north = shift

        def rippled(longitude: Array, latitude: Array) -> Array:
            if east or north:
                longitude, latitude = longitude + east, latitude + north
            out = ripple(longitude, latitude, wavelength, phase, self.positions.dtype)
            if weight != 1:
                out *= weight
            if base:
                out += base
            return out

        return wavelength, rippled

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the fields."""
        return self.positions.shape

    @cached_property
    def elevation(self) -> Array:
        """Metres: ridges of five sizes, higher here than there, over a base that is cut off."""
        metres = self.positions.total(*self._ridges)
        metres *= self.positions.total(*self._swell)
        metres -= SEA_OF_ELEVATION
        return np.clip(metres, 0, HIGHEST, out=metres)

    @cached_property
    def heights(self) -> Bounds:
        """Metres that the elevation lies between, as far as that is known without looking at each position."""
        (lowest, highest), (flat, steep) = (self.positions.bounds(*part) for part in (self._ridges, self._swell))
        return max(lowest, 0.0) * max(flat, 0.0) - SEA_OF_ELEVATION - DOUBT, highest * steep - SEA_OF_ELEVATION + DOUBT

    @property
    def _ridges(self) -> tuple[str, list[Wave], float]:
        return "ridges", [self._ridge(*ridge) for ridge in RIDGES], HIGHEST

    @property
    def _swell(self) -> tuple[str, list[Wave], float]:
        return "swell", [self.wave(53.0, 0.17, 0.4, 0.9)], 2

    def _ridge(self, length: float, height: float, phase: float) -> Wave:
        """Sharp where the ripple is 0."""
        _, rippled = self.wave(length, phase)

        def ridge(longitude: Array, latitude: Array) -> Array:
            sharp = rippled(longitude, latitude)
            np.abs(sharp, out=sharp)
            np.subtract(1, sharp, out=sharp)
            sharp *= sharp
            sharp *= height
            return sharp

        return length, ridge

    @cached_property
    def water(self) -> Array:
        """Whether there is a lake."""
        return self.elevation < LAKE_BELOW

    @cached_property
    def flooded(self) -> Array:
        """Share of the time under water, 0 to 1."""
        share = FLOOD - self.elevation
        share *= 1 / (FLOOD - SHORE)
        return np.clip(share, 0, 1, out=share)

    @property
    def _turn(self) -> float:
        """Of the year."""
        return math.cos(TAU * (self.days % YEAR_DAYS - MIDSUMMER_DAY) / YEAR_DAYS)

    @cached_property
    def climate(self) -> Array:
        """Mean temperature of the year, kelvin, 2 m above ground."""
        kelvin = self.positions.total("climate", [(SLOW, _warmth)], 64)
        return self._higher(kelvin)

    @cached_property
    def temperature(self) -> Array:
        """Kelvin, 2 m above ground, mean of the day."""
        return self._higher(self.positions.total(*self._sea_level))

    @cached_property
    def warmer_than(self) -> float:
        """Kelvin that the temperature stays above, as far as that is known without looking at each position."""
        return self.positions.bounds(*self._sea_level)[0] + 270 + self.warming - LAPSE * self.heights[1] - DOUBT

    @property
    def _sea_level(self) -> tuple[str, list[Wave], float]:
        turn = self._turn
        mean = SLOW, lambda x, y: _warmth(x, y) + 14 * turn * _hemisphere(x, y)
        return "temperature", [mean, self.wave(23.0, 0.11 * self.day, 1.5)], 64

    def _higher(self, kelvin: Array) -> Array:
        """Temperatures above 270 K at sea level, brought to where the ground is."""
        kelvin += 270 + self.warming
        return kelvin - LAPSE * self.elevation

    @cached_property
    def snow(self) -> Array:
        """Share of the ground under snow, 0 to 1."""
        share = FREEZING - self.temperature
        share *= 1 / 6
        np.clip(share, 0, 1, out=share)
        share *= ~self.water
        return share

    @cached_property
    def snowy(self) -> Array:
        """Whether most of the ground is under snow."""
        return self.snow > 0.5

    def parcel(self, salt: float = 0.0) -> Array:
        """A number from 0 to 1 for each parcel of land."""
        return self._parcels.lots(salt)

    @cached_property
    def _parcels(self) -> Cells:
        width, height = PARCEL
        return Cells(self.positions.longitude, self.positions.latitude, width, height, self.positions.dtype)

    @cached_property
    def fertility(self) -> Array:
        """What the soil and the height let grow, about 0 to 1."""
        land: Array = self._soils * self._mildness
        return land

    @cached_property
    def _soils(self) -> Array:
        return self.positions.total("soils", [self.wave(0.9, 0.32, 0.25, 0.6), self.wave(0.07, 0.64, 0.12)], 1)

    @cached_property
    def _mildness(self) -> Array:
        mild = self.elevation * (-1 / 4000)
        mild += 1
        return mild

    @cached_property
    def greenness(self) -> Array:
        """Share of the ground under leaves, 0 to 1."""
        green = self.parcel() * 0.4
        green += self._soils
        green -= 0.2
        green *= self._mildness
        turn = 0.35 * self._turn
        seasons = self.positions.total("seasons", [(SLOW, lambda x, y: 0.65 + turn * _hemisphere(x, y))], 1)
        green *= seasons
        return np.clip(green, 0, 1, out=green)

    @cached_property
    def town(self) -> Array:
        """From 0, the countryside, to 1, the middle of a town: a cone around a point of each cell, none in the wild."""
        cells = Cells(self.positions.longitude, self.positions.latitude, TOWN_CELL, TOWN_CELL, self.positions.dtype)
        if not cells.touch(_town):
            return np.zeros(self.shape, self.positions.dtype)
        east, north = cells.within()
        east = east - cells.evaluate(lambda column, row: _town(column, row)[0])
        north = north - cells.evaluate(lambda column, row: _town(column, row)[1])
        cone: Array = np.sqrt(east**2 + north**2)
        cone *= cells.evaluate(lambda column, row: -1 / _town(column, row)[2])
        cone += 1
        np.clip(cone, 0, 1, out=cone)
        habitable = (self.climate > 268) & (self.elevation < 1500) & ~self.water
        cone *= habitable
        return cone


def _town(column: Array, row: Array) -> tuple[Array, Array, Array]:
    """Where in its cell a town lies, from the west and from the south, and its radius: parts of the cell."""
    east, north = (0.25 + 0.5 * draw_uniform(column, row, salt) for salt in (1.0, 2.0))
    return east, north, 0.03 + 0.22 * draw_uniform(column, row, 3.0) ** 3


def _hemisphere(_longitude: Array, latitude: Array) -> Array:
    """1 in the far north, -1 in the far south."""
    return np.tanh(latitude / 20)


def _warmth(_longitude: Array, latitude: Array) -> Array:
    """Mean temperature of the year at sea level, kelvin above 270."""
    warmth: Array = 30 - 40 * np.sin(np.radians(latitude)) ** 2
    return warmth
