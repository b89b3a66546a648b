"""The formulas of the stand-ins' fields, written a second time from the documentation (docs/stand-ins.md).

Nothing of the emulator is used: numbers of one place at a time, and the ``math`` module.
"""

from __future__ import annotations

import math

import numpy as np

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


def lot(column: int, row: int, salt: float) -> float:
    number = 43758.5453 * math.sin(column * 12.9898 + row * 78.233 + salt)
    return number - math.floor(number)


class Truth:
    """Everything about one place and time."""

    def __init__(self, x: float, y: float, days: float, shift: int = 0, warming: float = 0) -> None:
        self.x, self.y, self.days = x, y, days
        self.day = day = math.floor(days) + shift
        self.hours = 24 * (days - math.floor(days))
        ridges = ((11, 1500, 0.06), (2.7, 500, 0.21), (0.61, 180, 0.35), (0.13, 45, 0.49), (0.029, 10, 0.64))
        high = sum(h * (1 - abs(r(x, y, length, p))) ** 2 for length, h, p in ridges)
        self.elevation = max((0.9 + 0.4 * r(x, y, 53, 0.17)) * high - 250, 0)
        self.water = self.elevation < 30
        season = math.cos(TAU * (days % 365.2425 - 196) / 365.2425) * math.tanh(y / 20)
        cold = 40 * math.sin(math.radians(y)) ** 2 + 0.0065 * self.elevation
        self.climate = 300 + warming - cold
        self.temperature = self.climate + 14 * season + 1.5 * r(x, y, 23, 0.11 * day)
        self.snow = 0 if self.water else min(max((268 - self.temperature) / 6, 0), 1)
        mild = 1 - self.elevation / 4000
        self.fertility = (0.6 + 0.25 * r(x, y, 0.9, 0.32) + 0.12 * r(x, y, 0.07, 0.64)) * mild
        grown = self.fertility + 0.4 * (self.parcel(0) - 0.5) * mild
        self.green = min(max(grown * (0.65 + 0.35 * season), 0), 1)
        self.flooded = min(max((60 - self.elevation) / 45, 0), 1)
        self.town = self._town()
        self.cloud = self._cloud(x, y, day)
        self.cirrus = r(x, y, 3.3, 0.175 * day) > 0.8 and self.cloud < 50
        self.shadow = self._cloud(x + 0.010, y + 0.006, day) >= 50 and self.cloud < 50
        self.texture = 1 + 0.06 * r(x, y, 0.003, 0.8)
        drift = x - 10 * self.hours / 24
        cells = ((61, 0.4), (23, 0.3), (8, 0.35), (1.9, 0.2), (0.4, 0.1))
        rain = sum(
            weight * r(drift, y, length, 0.381966 * (day + 3) * (i + 1)) for i, (length, weight) in enumerate(cells)
        )
        self.rain = max(80 * (rain - 0.4), 0)

    def parcel(self, salt: float) -> float:
        return lot(math.floor(self.x / 0.006), math.floor(self.y / 0.004), salt)

    def _town(self) -> float:
        column, row = math.floor(self.x / 0.5), math.floor(self.y / 0.5)
        east = self.x / 0.5 - column - 0.25 - 0.5 * lot(column, row, 1)
        north = self.y / 0.5 - row - 0.25 - 0.5 * lot(column, row, 2)
        cone = max(1 - math.hypot(east, north) / (0.03 + 0.22 * lot(column, row, 3) ** 3), 0)
        return cone if self.climate > 268 and self.elevation < 1500 and not self.water else 0

    @staticmethod
    def _cloud(x: float, y: float, day: int) -> float:
        waves = ((9, 0.42), (2.3, 0.28), (0.55, 0.16), (0.12, 0.09), (0.03, 0.05))
        total = sum(
            weight * r(x, y, length, 0.381966 * (day + 1) * (i + 1)) for i, (length, weight) in enumerate(waves)
        )
        return min(max(50 + 160 * (total + 0.25 * r(x, y, 17, 0.097 * day) - 0.15), 0), 100)

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
        return r(self.x, self.y, length, phase)
