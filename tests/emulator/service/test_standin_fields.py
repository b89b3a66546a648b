"""The pixels of stand-ins, computed a second time from the formulas of the documentation (docs/stand-ins.md).

Nothing of the emulator is used for the truth: numbers of one pixel at a time, the ``math`` module, and pyproj for
where the pixel's centre lies.
"""

from __future__ import annotations

import io
import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pyproj import Transformer

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Ask

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


class Truth:
    """Everything about one place and time."""

    def __init__(self, x: float, y: float, days: float) -> None:
        day = math.floor(days)
        ridges = ((11, 1500, 0.06), (2.7, 500, 0.21), (0.61, 180, 0.35), (0.13, 45, 0.49), (0.029, 10, 0.64))
        self.elevation = max(sum(h * (1 - abs(r(x, y, length, p))) ** 2 for length, h, p in ridges) - 250, 0)
        self.water = self.elevation < 30
        season = math.cos(TAU * (days % 365.2425 - 196) / 365.2425) * math.tanh(y / 20)
        cold = 40 * math.sin(math.radians(y)) ** 2 + 0.0065 * self.elevation
        self.temperature = 300 - cold + 14 * season + 1.5 * r(x, y, 23, 0.11 * day)
        self.snow = 0 if self.water else min(max((268 - self.temperature) / 6, 0), 1)
        hashed = 43758.5453 * math.sin(math.floor(x / 0.006) * 12.9898 + math.floor(y / 0.004) * 78.233)
        land = 0.6 + 0.25 * r(x, y, 0.9, 0.32) + 0.12 * r(x, y, 0.07, 0.64) + 0.4 * (hashed - math.floor(hashed) - 0.5)
        self.green = min(max(land * (0.65 + 0.35 * season) * (1 - self.elevation / 4000), 0), 1)
        self.cloud = self._cloud(x, y, day)
        self.cirrus = r(x, y, 3.3, 0.175 * day) > 0.8 and self.cloud < 50
        self.shadow = self._cloud(x + 0.010, y + 0.006, day) >= 50 and self.cloud < 50
        self.texture = 1 + 0.06 * r(x, y, 0.003, 0.8)
        drift = x - 10 * (days - day)
        cells = ((8, 0.6), (1.9, 0.3), (0.4, 0.1))
        rain = sum(
            weight * r(drift, y, length, 0.381966 * (day + 3) * (i + 1)) for i, (length, weight) in enumerate(cells)
        )
        self.rain = max(80 * (rain - 0.35), 0)

    @staticmethod
    def _cloud(x: float, y: float, day: int) -> float:
        waves = ((9, 0.42), (2.3, 0.28), (0.55, 0.16), (0.12, 0.09), (0.03, 0.05))
        total = sum(
            weight * r(x, y, length, 0.381966 * (day + 1) * (i + 1)) for i, (length, weight) in enumerate(waves)
        )
        return min(max(50 + 160 * (total + 0.25 * r(x, y, 17, 0.097 * day) - 0.15), 0), 100)

    def reflectance(self, wavelength: float) -> float:
        at = {name: float(np.interp(wavelength, KNOTS, table)) for name, table in SPECTRA.items()}
        ground = self.green * at["leaf"] + (1 - self.green) * at["soil"]
        ground = (1 - self.snow) * ground + self.snow * at["snow"]
        ground = at["water"] if self.water else ground
        ground *= self.texture * (0.45 if self.shadow else 1)
        cover = min(max((self.cloud - 30) / 50, 0), 1)
        return (1 - cover) * ground + cover * at["cloud"]

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


def stored(value: float, scale: float = 1, offset: float = 0, low: float = 0, high: float = 65535) -> int:
    return int(min(max(math.floor((value - offset) / scale + 0.5), low), high))


def days(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() / 86400


def fetch(ask: Ask, asset: str, bands: list[str], crs: str, transform: tuple[float, ...], size: int) -> Any:
    names = ("scaleX", "shearX", "translateX", "shearY", "scaleY", "translateY")
    grid = {
        "crsCode": crs,
        "dimensions": {"width": size, "height": size},
        "affineTransform": dict(zip(names, transform, strict=True)),
    }
    path = f"/v1/projects/earthengine-public/assets/{asset}:getPixels"
    reply = ask("POST", path, {"fileFormat": "NPY", "grid": grid, "bandIds": bands})
    assert reply.status == 200, reply.body
    return np.load(io.BytesIO(reply.body))


def compare(
    table: Any,
    crs: str,
    native: tuple[float, ...],
    time: float,
    expected: dict[str, Callable[[Truth], float]],
) -> None:
    """Check each pixel of a table that was asked for on its native grid, where it is not masked."""
    to_degrees = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    height, width = table.shape
    for row in range(height):
        for col in range(width):
            x, y = native[0] * (col + 0.5) + native[2], native[4] * (row + 0.5) + native[5]
            truth = Truth(*to_degrees.transform(x, y), time)
            for band, formula in expected.items():
                got = float(table[band][row, col])
                # An integer may round the other way; what is compared with a threshold does not lie on it here.
                slack = 1 if band.startswith(("B", "SR_B", "ST_")) else 1e-6 * max(abs(got), 1)
                assert abs(got - formula(truth)) <= slack, (band, row, col, got, formula(truth))


@pytest.mark.parametrize("day", ["20200408", "20200413", "20210113"])
def test_sentinel_2_all_over_a_tile(ask: Ask, day: str) -> None:
    """On a coarse grid, each pixel is the native one, of 60 or 20 m, that its centre falls in."""
    asset = f"COPERNICUS/S2_SR_HARMONIZED/{day}T102711_{day}T103802_T31TFJ"
    time = days(ask("GET", f"/v1/projects/earthengine-public/assets/{asset}").json["startTime"].rstrip("Z"))
    left, top, step, size = 600000, 4900020, 4210, 25
    coarse = (step, 0, left, 0, -step, top)
    table = fetch(ask, asset, ["B1", "SCL", "QA60", "MSK_CLDPRB"], "EPSG:32631", coarse, size)
    to_degrees = Transformer.from_crs("EPSG:32631", "EPSG:4326", always_xy=True)

    def native(row: int, col: int, pixel: int) -> Truth:
        across, down = (math.floor(step * (index + 0.5) / pixel) + 0.5 for index in (col, row))
        return Truth(*to_degrees.transform(left + pixel * across, top - pixel * down), time)

    kinds = set()
    for row, col in np.ndindex(size, size):
        at60, at20, got = native(row, col, 60), native(row, col, 20), table[row, col]
        assert abs(int(got["B1"]) - stored(max(at60.reflectance(0.4439), 0.0005), 1e-4)) <= 1
        assert got["QA60"] == 1024 * (at60.cloud >= 50) + 2048 * at60.cirrus
        assert got["SCL"] == at20.scl
        assert got["MSK_CLDPRB"] == stored(at20.cloud)
        kinds.add(int(got["SCL"]))
    assert len(kinds) > 1


def test_sentinel_2_on_its_native_grid(ask: Ask) -> None:
    asset = "COPERNICUS/S2_SR_HARMONIZED/20200408T102711_20200408T103802_T31TFJ"
    time = days(ask("GET", f"/v1/projects/earthengine-public/assets/{asset}").json["startTime"].rstrip("Z"))
    native = (10, 0, 650000, 0, -10, 4880020)
    table = fetch(ask, asset, ["B4", "B8"], "EPSG:32631", native, 30)
    expected: dict[str, Callable[[Truth], float]] = {
        "B4": lambda truth: stored(max(truth.reflectance(0.6645), 0.0005), 1e-4),
        "B8": lambda truth: stored(max(truth.reflectance(0.8351), 0.0005), 1e-4),
    }
    compare(table, "EPSG:32631", native, time, expected)


def test_landsat_8(ask: Ask) -> None:
    asset = "LANDSAT/LC08/C02/T1_L2/LC08_044034_20210508"
    metadata = ask("GET", f"/v1/projects/earthengine-public/assets/{asset}").json
    affine = metadata["bands"][0]["grid"]["affineTransform"]
    native = (30, 0, affine["translateX"] + 3000 * 30, 0, -30, affine["translateY"] - 3000 * 30)
    table = fetch(ask, asset, ["SR_B4", "SR_B5", "ST_B10", "QA_PIXEL"], "EPSG:32610", native, 20)
    expected: dict[str, Callable[[Truth], float]] = {
        "SR_B4": lambda truth: stored(max(truth.reflectance(0.655), 0.0005), 2.75e-5, -0.2),
        "SR_B5": lambda truth: stored(max(truth.reflectance(0.865), 0.0005), 2.75e-5, -0.2),
        "ST_B10": lambda truth: stored(truth.temperature + 6 * (1 - truth.green) - 0.25 * truth.cloud, 0.00341802, 149),
        "QA_PIXEL": lambda truth: truth.qa_pixel,
    }
    compare(table, "EPSG:32610", native, days(metadata["startTime"].rstrip("Z")), expected)


def test_era5(ask: Ask) -> None:
    native = (0.25, 0, -10.0, 0, -0.25, 60.0)
    bands = ["mean_2m_air_temperature", "maximum_2m_air_temperature", "surface_pressure", "total_precipitation"]
    table = fetch(ask, "ECMWF/ERA5/MONTHLY/199907", bands, "EPSG:4326", native, 20)
    day = math.floor(days("1999-07-01"))
    x0, y0 = -10 + 0.125, 60 - 0.125

    for row, col in ((0, 0), (3, 17), (19, 19), (8, 2)):
        x, y = x0 + 0.25 * col, y0 - 0.25 * row
        truth = Truth(x, y, day)
        got = {band: float(table[band][row, col]) for band in bands}
        pressure = (101325 + 900 * r(x, y, 31, 0.048 * day)) * math.exp(-truth.elevation / 8400)
        rain = 0.1 * (0.6 + 0.4 * r(x, y, 12, 0.059 * day)) * math.cos(math.radians(y))
        wanted = (truth.temperature, truth.temperature + 7, pressure, rain)
        assert list(got.values()) == pytest.approx(wanted, rel=1e-6)


def test_chirps(ask: Ask) -> None:
    native = (0.05, 0, 20.0, 0, -0.05, 10.0)
    table = fetch(ask, "UCSB-CHG/CHIRPS/DAILY/20150620", ["precipitation"], "EPSG:4326", native, 40)
    compare(
        table, "EPSG:4326", native, days("2015-06-20"), {"precipitation": lambda truth: float(np.float32(truth.rain))}
    )
    assert 0 < (table["precipitation"] > 0).mean() < 1


def test_srtm(ask: Ask) -> None:
    pixel = 0.0002777777777777778
    native = (pixel, 0, -180.0001388888889 + 650000 * pixel, 0, -pixel, 60.00013888888889 - 50000 * pixel)
    table = fetch(ask, "USGS/SRTMGL1_003", ["elevation"], "EPSG:4326", native, 30)
    compare(table, "EPSG:4326", native, 0, {"elevation": lambda truth: stored(truth.elevation, low=-32768)})
