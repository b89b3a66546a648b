"""The formulas of the stand-ins' fields, written a second time from the documentation (docs/stand-ins.md).

Nothing of the emulator is used: numbers of one place or pixel at a time, and the ``math`` module.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TAU = 2 * math.pi
SPECTRA = {
    "soil": (0.06, 0.09, 0.13, 0.18, 0.20, 0.22, 0.24, 0.26, 0.27, 0.28, 0.25, 0.34, 0.30),
    "leaf": (0.02, 0.03, 0.06, 0.03, 0.10, 0.30, 0.38, 0.42, 0.43, 0.40, 0.10, 0.20, 0.10),
    "water": (0.05, 0.05, 0.04, 0.025, 0.02, 0.015, 0.01, 0.01, 0.01, 0.008, 0.002, 0.004, 0.003),
    "snow": (0.85, 0.88, 0.87, 0.85, 0.83, 0.81, 0.79, 0.77, 0.75, 0.60, 0.02, 0.10, 0.08),
    "cloud": (0.62, 0.62, 0.61, 0.60, 0.60, 0.60, 0.60, 0.60, 0.59, 0.50, 0.15, 0.45, 0.35),
}
KNOTS = (0.40, 0.49, 0.56, 0.665, 0.705, 0.74, 0.78, 0.84, 0.865, 0.945, 1.375, 1.61, 2.2)


def w(turns: float) -> float:
    t = turns - round(turns)
    return 8 * t * (1 - 2 * abs(t))


def r(x: float, y: float, length: float, phase: float) -> float:
    u, v = x / length, y / length
    one = w(u + phase + 0.27 * w(0.6 * v + phase))
    other = w(1.1 * v - 2 * phase + 0.27 * w(0.6 * u - phase))
    return (one + other) / 2


def ridge(length: float, height: float, phase: float) -> Wave:
    return length, lambda x, y: height * (1 - abs(r(x, y, length, phase))) ** 2


def lot(column: int, row: int, salt: float) -> float:
    number = 43758.5453 * math.sin(column * 12.9898 + row * 78.233 + salt)
    return number - math.floor(number)


Wave = tuple[float, "Callable[[float, float], float]"]
"""How long it is in degrees, and its value at a longitude and latitude."""


class Native:
    """A native grid: where its pixels lie, and which of them are nodes.

    Parameters
    ----------
    degrees : callable
        From coordinates to longitude and latitude.
    transform : tuple
        Of the whole scene: rows and columns count from its first pixel.
    metres : bool
        Whether the coordinates are metres, else degrees.
    """

    def __init__(
        self, degrees: Callable[[float, float], tuple[float, float]], transform: tuple[float, ...], *, metres: bool
    ) -> None:
        self._degrees, self._transform = degrees, transform
        a, b, _, d, e, _ = transform
        self.pixel = math.sqrt(abs(a * e - b * d)) / (111320 if metres else 1)

    def place(self, row: int, col: int) -> tuple[float, float]:
        """Longitude and latitude of a pixel's centre."""
        a, b, c, d, e, f = self._transform
        col_, row_ = col + 0.5, row + 0.5
        return self._degrees(a * col_ + b * row_ + c, d * col_ + e * row_ + f)

    def truth(self, row: int, col: int, days: float, shift: int = 0, warming: float = 0) -> Truth:
        return Truth(*self.place(row, col), days, shift, warming, pixel=(self, row, col))

    def step(self, length: float) -> int:
        """Pixels between the nodes of a wave."""
        return max(n for n in (1, 2, 4, 8, 16) if n == 1 or n * self.pixel <= length / 7)


class Truth:
    """Everything about one place and time, or about one pixel of a grid, between whose nodes waves are linear."""

    def __init__(
        self,
        x: float,
        y: float,
        days: float,
        shift: int = 0,
        warming: float = 0,
        pixel: tuple[Native, int, int] | None = None,
    ) -> None:
        self.x, self.y, self.days, self._pixel = x, y, days, pixel
        self.day = day = math.floor(days) + shift
        self.hours = 24 * (days - math.floor(days))
        ridges = ((11, 1500, 0.06), (2.7, 500, 0.21), (0.61, 180, 0.35), (0.13, 45, 0.49), (0.029, 10, 0.64))
        high = self.total([ridge(*one) for one in ridges], 4096)
        self.elevation = max(self.total([(53, lambda x, y: 0.9 + 0.4 * r(x, y, 53, 0.17))], 2) * high - 250, 0)
        self.water = self.elevation < 30
        turn = math.cos(TAU * (days % 365.2425 - 196) / 365.2425)
        warmth = self.total([(math.inf, lambda _, y: 30 - 40 * math.sin(math.radians(y)) ** 2)], 64)
        self.climate = 270 + warming + warmth - 0.0065 * self.elevation
        sea_level = [
            (math.inf, lambda _, y: 30 - 40 * math.sin(math.radians(y)) ** 2 + 14 * turn * math.tanh(y / 20)),
            (23, lambda x, y: 1.5 * r(x, y, 23, 0.11 * day)),
        ]
        self.temperature = 270 + warming + self.total(sea_level, 64) - 0.0065 * self.elevation
        self.snow = 0 if self.water else min(max((268 - self.temperature) / 6, 0), 1)
        mild = 1 - self.elevation / 4000
        soils = [
            (0.9, lambda x, y: 0.6 + 0.25 * r(x, y, 0.9, 0.32)),
            (0.07, lambda x, y: 0.12 * r(x, y, 0.07, 0.64)),
        ]
        self.fertility = self.total(soils, 1) * mild
        grown = self.fertility + 0.4 * (self.parcel(0) - 0.5) * mild
        seasons = self.total([(math.inf, lambda _, y: 0.65 + 0.35 * turn * math.tanh(y / 20))], 1)
        self.green = min(max(grown * seasons, 0), 1)
        self.flooded = min(max((60 - self.elevation) / 45, 0), 1)
        self.town = self._town()
        self.cloud = self._cloud(0, 0)
        self.cirrus = self.r(3.3, 0.175 * day) > 0.8 and self.cloud < 50
        self.shadow = self._cloud(0.010, 0.006) >= 50 and self.cloud < 50
        self.texture = 1 + 0.06 * self.r(0.006, 0.8)
        drift = x - 10 * self.hours / 24
        cells = ((61, 0.4), (23, 0.3), (8, 0.35), (1.9, 0.2), (0.4, 0.1))
        rain = sum(
            weight * r(drift, y, length, 0.381966 * (day + 3) * (i + 1)) for i, (length, weight) in enumerate(cells)
        )
        self.rain = max(80 * (rain - 0.4), 0)

    def total(self, waves: Sequence[Wave], most: float) -> float:
        """The sum of some waves that stays below ``most``: at the place, or linear between nodes."""
        if self._pixel is None or self._pixel[0].pixel >= 0.01:
            return sum(wave(self.x, self.y) for _, wave in waves)
        native = self._pixel[0]
        waves = [wave for wave in waves if wave[0] >= 4 * native.pixel]
        steps = [native.step(length) for length, _ in waves]
        return sum(
            self._linear([wave for its, (_, wave) in zip(steps, waves, strict=True) if its == step], step, most)
            for step in set(steps)
        )

    def _linear(self, waves: list[Callable[[float, float], float]], step: int, most: float) -> float:
        if step == 1:
            return sum(wave(self.x, self.y) for wave in waves)
        assert self._pixel is not None
        native, row, col = self._pixel
        top, left = row // step * step, col // step * step
        down, right = (row - top) / step, (col - left) / step
        value = 0.0
        for above, share in ((top, 1 - down), (top + step, down)):
            for beside, part in ((left, 1 - right), (left + step, right)):
                x, y = native.place(above, beside)
                value += share * part * round(sum(wave(x, y) for wave in waves) * 2**15 / most) * most / 2**15
        return value

    def parcel(self, salt: float) -> float:
        return lot(math.floor(self.x / 0.006), math.floor(self.y / 0.004), salt)

    def _town(self) -> float:
        column, row = math.floor(self.x / 0.5), math.floor(self.y / 0.5)
        east = self.x / 0.5 - column - 0.25 - 0.5 * lot(column, row, 1)
        north = self.y / 0.5 - row - 0.25 - 0.5 * lot(column, row, 2)
        cone = max(1 - math.hypot(east, north) / (0.03 + 0.22 * lot(column, row, 3) ** 3), 0)
        return cone if self.climate > 268 and self.elevation < 1500 and not self.water else 0

    def _cloud(self, east: float, north: float) -> float:
        sizes = ((9, 0.42), (2.3, 0.28), (0.55, 0.16), (0.12, 0.09), (0.03, 0.05))
        weighted = [(length, weight, 0.381966 * (self.day + 1) * (i + 1)) for i, (length, weight) in enumerate(sizes)]
        weighted.append((17, 0.25, 0.097 * self.day))

        def wave(length: float, weight: float, phase: float) -> Wave:
            return length, lambda x, y: 160 * weight * r(x + east, y + north, length, phase)

        return min(max(50 + self.total([wave(*one) for one in weighted], 256) - 160 * 0.15, 0), 100)

    def ground(self, wavelength: float) -> float:
        at = {name: float(np.interp(wavelength, KNOTS, table)) for name, table in SPECTRA.items()}
        land = self.green * at["leaf"] + (1 - self.green) * at["soil"]
        land = (1 - self.snow) * land + self.snow * at["snow"]
        return at["water"] if self.water else land

    def reflectance(self, wavelength: float) -> float:
        ground = self.ground(wavelength) * self.texture * (0.45 if self.shadow else 1)
        veil = min(max((self.cloud - 30) / 50, 0), 1)
        return (1 - veil) * ground + veil * float(np.interp(wavelength, KNOTS, SPECTRA["cloud"]))

    @property
    def scl(self) -> int:
        for true, value in (
            (self.cloud >= 80, 9),
            (self.cloud >= 50, 8),
            (self.cirrus, 10),
            (self.shadow, 3),
            (self.snow > 0.5, 11),
            (self.water, 6),
            (self.cloud >= 35, 7),
            (self.green > 0.4, 4),
        ):
            if true:
                return value
        return 5

    @property
    def qa_pixel(self) -> int:
        cloudy, dilated, snow = self.cloud >= 50, 40 <= self.cloud < 50, self.snow > 0.5
        bits = (dilated << 1) | (self.cirrus << 2) | (cloudy << 3) | (self.shadow << 4) | (snow << 5)
        bits |= (not cloudy and not dilated) << 6 | (self.water << 7)
        bits |= (3 if cloudy else 2 if self.cloud >= 35 else 1) << 8
        return bits | sum((3 if flag else 1) << at for flag, at in ((self.shadow, 10), (snow, 12), (self.cirrus, 14)))

    @property
    def skin(self) -> float:
        return self.temperature + 6 * (1 - self.green) - 0.25 * self.cloud

    @property
    def humidity(self) -> float:
        return min(max(65 + 25 * self.r(14, 0.061 * self.day), 5), 100)

    @property
    def saturation(self) -> float:
        celsius = self.temperature - 273.15
        return 0.6108 * math.exp(17.27 * celsius / (celsius + 237.3))

    @property
    def declination(self) -> float:
        return math.radians(23.44) * math.cos(TAU * (self.days % 365.2425 - 172) / 365.2425)

    @property
    def sunshine(self) -> float:
        phi, delta = math.radians(self.y), self.declination
        hour = math.radians((self.hours + self.x / 15 - 12) * 15)
        up = math.sin(phi) * math.sin(delta) + math.cos(phi) * math.cos(delta) * math.cos(hour)
        return 1000 * max(up, 0) * (1 - 0.006 * self.cloud)

    @property
    def daylight(self) -> float:
        """By Simpson's rule over a day, not by the formula's integral."""
        phi, delta = math.radians(self.y), self.declination
        steps = 20000
        ups = [
            max(math.sin(phi) * math.sin(delta) + math.cos(phi) * math.cos(delta) * math.cos(TAU * step / steps), 0)
            for step in range(steps)
        ]
        return 1000 * sum(ups) / steps * (1 - 0.006 * self.cloud)

    @property
    def wetness(self) -> float:
        return min(max(0.25 + 0.12 * self.r(6, 0.013 * self.day) + 0.08 * self.green, 0.02), 0.6)

    @property
    def cover(self) -> int:
        tilled = self.parcel(4) > 0.3 and self.r(0.35, 0.41) > 0.15
        for true, value in (
            (self.water, 80),
            (self.climate < 258, 70),
            (self.town > 0.3, 50),
            (self.flooded > 0.15 and self.climate > 297, 95),
            (self.flooded > 0.15, 90),
            (self.climate < 266, 100),
            (tilled and self.elevation < 900 and self.fertility > 0.35, 40),
            (self.fertility > 0.5, 10),
            (self.fertility > 0.38, 30),
            (self.fertility > 0.28, 20),
        ):
            if true:
                return value
        return 60

    @property
    def trees(self) -> float:
        share = (self.fertility - 0.25) / 0.5 + 0.2 * (self.parcel(0) - 0.5)
        return 100 * min(max(share, 0), 1) if self.cover in (10, 20, 30, 95) else 0

    def r(self, length: float, phase: float) -> float:
        return self.total([(length, lambda x, y: r(x, y, length, phase))], 1)
