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

from .standin_truth import Native, Truth, r

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.serving import Ask


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


def native_grid(crs: str, transform: tuple[float, ...]) -> Native:
    degrees = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform
    return Native(degrees, transform, metres=crs != "EPSG:4326")


def compare(
    table: Any,
    grid: Native,
    first: tuple[int, int],
    time: float,
    expected: dict[str, Callable[[Truth], float]],
) -> None:
    """Check each pixel of a table that was asked for on its native grid from a first row and column on."""
    for row, col in np.ndindex(table.shape):
        truth = grid.truth(first[0] + row, first[1] + col, time)
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
    grids = {pixel: native_grid("EPSG:32631", (pixel, 0, left, 0, -pixel, top)) for pixel in (20, 60)}

    def native(row: int, col: int, pixel: int) -> Truth:
        across, down = (math.floor(step * (index + 0.5) / pixel) for index in (col, row))
        return grids[pixel].truth(down, across, time)

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
    window = (10, 0, 650000, 0, -10, 4880020)
    table = fetch(ask, asset, ["B4", "B8"], "EPSG:32631", window, 30)
    expected: dict[str, Callable[[Truth], float]] = {
        "B4": lambda truth: stored(max(truth.reflectance(0.6645), 0.0005), 1e-4),
        "B8": lambda truth: stored(max(truth.reflectance(0.8351), 0.0005), 1e-4),
    }
    grid = native_grid("EPSG:32631", (10, 0, 600000, 0, -10, 4900020))
    compare(table, grid, (2000, 5000), time, expected)


def test_landsat_8(ask: Ask) -> None:
    asset = "LANDSAT/LC08/C02/T1_L2/LC08_044034_20210508"
    metadata = ask("GET", f"/v1/projects/earthengine-public/assets/{asset}").json
    affine = metadata["bands"][0]["grid"]["affineTransform"]
    left, top = affine["translateX"], affine["translateY"]
    window = (30, 0, left + 3000 * 30, 0, -30, top - 3000 * 30)
    table = fetch(ask, asset, ["SR_B4", "SR_B5", "ST_B10", "QA_PIXEL"], "EPSG:32610", window, 20)
    expected: dict[str, Callable[[Truth], float]] = {
        "SR_B4": lambda truth: stored(max(truth.reflectance(0.655), 0.0005), 2.75e-5, -0.2),
        "SR_B5": lambda truth: stored(max(truth.reflectance(0.865), 0.0005), 2.75e-5, -0.2),
        "ST_B10": lambda truth: stored(truth.temperature + 6 * (1 - truth.green) - 0.25 * truth.cloud, 0.00341802, 149),
        "QA_PIXEL": lambda truth: truth.qa_pixel,
    }
    grid = native_grid("EPSG:32610", (30, 0, left, 0, -30, top))
    compare(table, grid, (3000, 3000), days(metadata["startTime"].rstrip("Z")), expected)


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
    expected: dict[str, Callable[[Truth], float]] = {"precipitation": lambda truth: float(np.float32(truth.rain))}
    compare(table, native_grid("EPSG:4326", native), (0, 0), days("2015-06-20"), expected)
    assert 0 < (table["precipitation"] > 0).mean() < 1


def test_srtm(ask: Ask) -> None:
    pixel = 0.0002777777777777778
    whole = (pixel, 0, -180.0001388888889, 0, -pixel, 60.00013888888889)
    window = (pixel, 0, whole[2] + 650000 * pixel, 0, -pixel, whole[5] - 50000 * pixel)
    table = fetch(ask, "USGS/SRTMGL1_003", ["elevation"], "EPSG:4326", window, 30)
    grid = native_grid("EPSG:4326", whole)
    for row, col in np.ndindex(table.shape):
        assert abs(table["elevation"][row, col] - grid.truth(50000 + row, 650000 + col, 0).elevation) <= 0.5 + 1e-3
