"""Pixels of the stand-ins of each family, against the formulas of the documentation (`standin_truth`)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely
from pyproj import Transformer

from xee_lite.emulator.catalogue.standin import StandIns
from xee_lite.emulator.geometry.geometry import Geometry
from xee_lite.emulator.images.image import Image, Sampler
from xee_lite.emulator.types import PixelGrid
from xee_lite.emulator.values.stored import Query

from .standin_truth import Native

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .standin_truth import Truth

SIZE = 14
"""Pixels along each side of a window."""
MS = 86_400_000
SINUSOIDAL = "+proj=sinu +R=6371007.181"
"""What PROJ calls the service's SR-ORG:6974."""


class Window:
    """Pixels of an image on its native grid, spread over its frame or around a place, and where and when they are."""

    def __init__(
        self, image: Image, band: str, around: tuple[float, float] | None = None, step: int = 1, **sky: Any
    ) -> None:
        first = next(one for one in image.bands if one.name == band)
        assert first.dimensions is not None
        a, b, c, d, e, f = first.projection.transform
        crs = first.projection.crs
        known = SINUSOIDAL if crs == "SR-ORG:6974" else crs
        if around is None:
            col, row = (size // 2 - SIZE * step // 2 for size in first.dimensions)
        else:
            x, y = Transformer.from_crs("EPSG:4326", known, always_xy=True).transform(*around)
            col, row = math.floor((x - c) / a), math.floor((y - f) / e)
        # Pixels of ``step`` native ones; centres are half a native pixel off a corner, so that no rule for ties counts.
        left, top = col - step // 2 + 0.25, row - step // 2 + 0.25
        transform = (a * step, b * step, c + a * left + b * row, d * step, e * step, f + d * col + e * top)
        self._grid = PixelGrid(crs, transform, SIZE, SIZE)
        self._sampler, self._image = Sampler(self._grid), image
        degrees = Transformer.from_crs(known, "EPSG:4326", always_xy=True).transform
        native = Native(degrees, first.projection.transform, metres=not first.projection.pyproj.is_geographic)
        days = image.properties["system:time_start"] / MS
        self.truths = []
        for down, across in np.ndindex(SIZE, SIZE):
            row_, col_ = math.floor(top + step * (down + 0.5)), math.floor(left + step * (across + 0.5))
            self.truths.append(native.truth(row_, col_, days, **sky))

    def __getitem__(self, name: str) -> tuple[Any, Any]:
        """Values and masks of a band, one after the other."""
        pixels = self._sampler(next(one for one in self._image.bands if one.name == name))
        return pixels.values.ravel(), pixels.mask.ravel()

    def agrees(self, name: str, formula: Callable[[Truth], float], slack: float = 0) -> None:
        """Check all valid pixels of a band, of which there are some; a thousandth may lie on a threshold."""
        values, mask = self[name]
        wanted = np.array([formula(truth) for truth in self.truths])
        wrong = np.abs(values.astype(float) - wanted) > slack + 2e-6 * np.abs(wanted)
        assert mask.any()
        assert (wrong & (mask > 0)).sum() == 0, list(zip(values[wrong], wanted[wrong], strict=True))[:4]


def found(asset: str) -> Image:
    image = StandIns().find(asset)
    assert isinstance(image, Image), asset
    return image


def scenes(asset: str, start: str, end: str, where: shapely.Geometry) -> Iterator[Image]:
    collection: Any = StandIns().find(asset)
    first, last = (float(np.datetime64(text, "ms").astype(np.int64)) for text in (start, end))
    yield from collection.images(Query(first, last, Geometry(where)))


def whole(value: float, low: float = 0, high: float = 65535) -> float:
    return min(max(math.floor(value + 0.5), low), high)


@pytest.mark.parametrize("around", [(5.3, 43.9), (20.2, -10.3), (30.0, 62.0), (-60.0, 5.0)])
def test_land_cover(around: tuple[float, float]) -> None:
    window = Window(found("ESA/WorldCover/v200/2021"), "Map", around, 301)
    window.agrees("Map", lambda truth: truth.cover)
    assert len(set(window["Map"][0])) > 1


def test_land_cover_has_most_classes_somewhere() -> None:
    image = found("ESA/WorldCover/v200/2021")
    grid = PixelGrid("EPSG:4326", (0.11, 0, -170, 0, -0.11, 80), 1200, 1200)
    kinds = set(np.unique(Sampler(grid)(image.bands[0]).values))
    assert kinds == {0, *image.properties["Map_class_values"]} - {0}


def test_dynamic_world() -> None:
    (image,) = list(scenes("GOOGLE/DYNAMICWORLD/V1", "2020-04-01", "2020-04-21", shapely.Point(5.2, 44.0)))[:1]
    table = {80: 0, 10: 1, 30: 2, 90: 3, 95: 3, 40: 4, 20: 5, 100: 5, 50: 6, 60: 7, 70: 8}
    names = image.names[:9]
    window = Window(image, "label", step=401)

    def label(truth: Truth) -> int:
        return 8 if truth.snow > 0.5 else table[truth.cover]

    def sure(truth: Truth) -> float:
        return 0.55 + 0.35 * abs(truth.r(0.05, 0.27))

    window.agrees("label", label)
    for number, name in enumerate(names):
        values, _ = window[name]
        wanted = [sure(truth) if label(truth) == number else (1 - sure(truth)) / 8 for truth in window.truths]
        np.testing.assert_allclose(values, wanted, rtol=1e-5)
    total = sum(window[name][0].astype(float) for name in names)
    np.testing.assert_allclose(total, 1, atol=1e-5)
    clear = [truth.cloud < 50 and not truth.shadow and not truth.cirrus for truth in window.truths]
    _, swath = Window(found(f"COPERNICUS/S2/{image.properties['system:index']}"), "B2", step=401)["B2"]
    np.testing.assert_array_equal(window["label"][1] > 0, (swath > 0) & clear)


def test_surface_water() -> None:
    image = found("JRC/GSW1_4/GlobalSurfaceWater")
    window = Window(image, "occurrence", (6.65, 46.2), 301)

    def change(truth: Truth) -> float:
        return 240 * truth.flooded * (1 - truth.flooded) * truth.r(1.3, 0.45)

    window.agrees("occurrence", lambda truth: whole(100 * truth.flooded))
    window.agrees("change_abs", lambda truth: whole(change(truth), -128, 127))
    window.agrees("recurrence", lambda truth: whole(60 * truth.flooded + 40))
    window.agrees("seasonality", lambda truth: whole(11.49 * truth.flooded + 0.5))
    window.agrees("max_extent", lambda truth: truth.flooded > 0)
    np.testing.assert_array_equal(window["occurrence"][1] > 0, [truth.flooded > 0 for truth in window.truths])
    assert set(window["max_extent"][0]) == {0, 1}


def test_forests() -> None:
    window = Window(found("UMD/hansen/global_forest_change_2023_v1_11"), "loss", (5.2, 43.6), 301)

    def year(truth: Truth) -> float:
        lost = truth.parcel(5) > 11 / 12 and truth.trees > 30
        return 1 + math.floor(23 * truth.parcel(6)) if lost else 0

    window.agrees("treecover2000", lambda truth: whole(truth.trees))
    window.agrees("lossyear", year)
    window.agrees("loss", lambda truth: year(truth) > 0)
    window.agrees("gain", lambda truth: truth.parcel(7) > 39 / 40 and truth.fertility > 0.4 and not truth.water)
    window.agrees("datamask", lambda truth: 2 if truth.water else 1)
    window.agrees("first_b40", lambda truth: whole(truth.ground(0.835) * 254 + 1, 0, 255))
    assert window["loss"][0].any()


def test_night_lights() -> None:
    viirs = Window(found("NOAA/VIIRS/DNB/MONTHLY_V1/VCMSLCFG/20200101"), "avg_rad", (5.65, 45.32), 3)
    years = 18262 / 365.2425 - 22
    viirs.agrees("avg_rad", lambda truth: 120 * truth.town**1.5 * (1 + 0.02 * years) + 0.2, 1e-4)
    assert viirs["avg_rad"][0].max() > 1
    early, late = (
        Window(found(f"NOAA/DMSP-OLS/NIGHTTIME_LIGHTS/{index}"), "stable_lights", (5.62, 45.35), 1)["stable_lights"][0]
        for index in ("F101992", "F182013")
    )
    assert (late >= early).all()
    assert late.sum() > early.sum()


def test_vegetation_indices() -> None:
    window = Window(found("MODIS/061/MOD13Q1/2020_07_11"), "NDVI", (30.3, 51.3), 61)

    def ndvi(truth: Truth) -> float:
        red, infrared = truth.ground(0.645), truth.ground(0.858)
        return min(max((infrared - red) / (infrared + red), -0.2), 1)

    window.agrees("NDVI", lambda truth: whole(1e4 * ndvi(truth), -32768), 1)
    window.agrees("sur_refl_b07", lambda truth: whole(1e4 * truth.ground(2.13)), 1)
    window.agrees("DetailedQA", lambda truth: (3 if truth.water else 1) << 11 | (truth.snow > 0.5) << 14)
    window.agrees("DayOfYear", lambda truth: 193 + math.floor(7.999 + 7.999 * truth.r(1.7, 0.3 + 0.01 * truth.day)))
    days = window["DayOfYear"][0]
    assert 193 <= days.min() < days.max() <= 208


def test_a_sinusoidal_image_has_no_corners() -> None:
    image = found("MODIS/061/MOD13A1/2020_07_11")
    projection = image.bands[0].projection
    corner = PixelGrid(
        projection.crs, (*projection.transform[:2], -20015109.354, 0, projection.transform[4], 1e7), 5, 5
    )
    assert not Sampler(corner)(image.bands[0]).mask.any()


def test_surface_reflectance_agrees_with_its_state() -> None:
    window = Window(found("MODIS/061/MOD09GA/2020_06_10"), "state_1km", (30.3, 51.3), 61)

    def state(truth: Truth) -> int:
        clouds = 1 if truth.cloud >= 50 else 2 if truth.cloud >= 35 else 0
        bits = clouds | truth.shadow << 2 | (3 if truth.water else 1) << 3 | 3 * truth.cirrus << 8
        return bits | (truth.cloud >= 50) << 10 | (truth.snow > 0.5) << 12 | (truth.snow > 0.5) << 15

    window.agrees("state_1km", state)
    assert len(set(window["state_1km"][0])) > 3


def test_land_surface_temperature_is_masked_under_clouds() -> None:
    window = Window(found("MODIS/061/MOD11A1/2020_06_10"), "LST_Day_1km", (30.3, 51.3), 61)
    window.agrees("LST_Day_1km", lambda truth: whole((truth.skin + 4) / 0.02), 1)
    clear = [truth.cloud < 50 for truth in window.truths]
    np.testing.assert_array_equal(window["LST_Day_1km"][1] > 0, clear)
    assert 0 < sum(clear) < len(clear)


def test_hourly_reanalysis() -> None:
    window = Window(found("ECMWF/ERA5_LAND/HOURLY/20200620T15"), "temperature_2m", (8.0, 47.0), 3)
    window.agrees(
        "temperature_2m",
        lambda truth: truth.temperature + 5 * math.cos(math.tau * (truth.hours + truth.x / 15 - 15) / 24),
        1e-9,
    )
    window.agrees("surface_solar_radiation_downwards_hourly", lambda truth: 3600 * truth.sunshine, 1e-6)
    window.agrees("surface_solar_radiation_downwards", lambda truth: 3600 * truth.sunshine * 15, 1e-5)
    window.agrees("total_precipitation_hourly", lambda truth: truth.rain * 4.16667e-5, 1e-12)
    window.agrees("volumetric_soil_water_layer_1", lambda truth: truth.wetness, 1e-12)
    assert window["temperature_2m"][0].dtype == np.float64
    assert window["lake_ice_depth"][0].dtype == np.float32


def test_daily_weather() -> None:
    window = Window(found("IDAHO_EPSCOR/GRIDMET/20200310"), "pr", (-104.0, 39.0), 9)
    window.agrees("tmmx", lambda truth: truth.temperature + 7)
    window.agrees("vpd", lambda truth: truth.saturation * (1 - truth.humidity / 100), 1e-5)
    window.agrees("th", _from, 1e-2)
    window.truths, values = window.truths[:3], window["srad"][0][:3]
    np.testing.assert_allclose(values, [truth.daylight for truth in window.truths], rtol=1e-4)


def _from(truth: Truth) -> float:
    """Degrees that the wind comes from: 90 is the east."""
    east, north = 6 * truth.r(19, 0.143 * truth.day), 5 * truth.r(19, 0.143 * truth.day + 0.16)
    return math.degrees(math.atan2(-east, -north)) % 360


def test_climate_models_differ_and_warm() -> None:
    asset = "NASA/GDDP-CMIP6"
    second = "ACCESS-ESM1-5"
    window = Window(found(f"{asset}/{second}_ssp585_20650101"), "tas", (8, 47), 9, shift=977, warming=0.06 * 50.0)
    window.agrees("tas", lambda truth: truth.temperature, 0.002)
    mild, hot = (
        Window(found(f"{asset}/{second}_{scenario}_21000701"), "tas", (8, 47), 9)["tas"][0]
        for scenario in ("ssp245", "ssp585")
    )
    np.testing.assert_allclose(hot - mild, 0.03 * 85.5, atol=0.05)


def test_radar() -> None:
    image = next(scenes("COPERNICUS/S1_GRD", "2020-06-01", "2020-07-01", shapely.Point(5.2, 44.0)))
    window = Window(image, "VV", step=801)

    def echo(truth: Truth, more: float) -> float:
        land = -14 + (5 + more) * truth.green + 6 * truth.town + 4 * (truth.wetness - 0.25)
        return (-24 if truth.water else land) + 1.5 * truth.r(0.006, 0.8)

    window.agrees("VV", lambda truth: echo(truth, 0), 1e-4)
    window.agrees("VH", lambda truth: echo(truth, 3) - 7, 1e-4)
    angles = next(band for band in image.bands if band.name == "angle")
    assert angles.dimensions == (21, 10)
    assert angles.projection.transform[1] != 0
    values = Sampler(PixelGrid(angles.projection.crs, angles.projection.transform, 21, 10))(angles).values
    assert (np.diff(values, axis=1) > 0).all()
    assert 30 < values.min() < values.max() < 47


def test_raw_landsat_becomes_reflectance_as_its_metadata_say() -> None:
    image = found("LANDSAT/LC08/C02/T1/LC08_044034_20210508")
    about = image.properties
    window = Window(image, "B4", step=201)
    height = math.sin(math.radians(about["SUN_ELEVATION"]))
    scale, offset = about["REFLECTANCE_MULT_BAND_4"], about["REFLECTANCE_ADD_BAND_4"]
    values, _ = window["B4"]
    wanted = [max(truth.reflectance(0.655), 0.0005) for truth in window.truths]
    np.testing.assert_allclose((values * scale + offset) / height, wanted, atol=2 * scale / height)
    radiance = window["B10"][0] * about["RADIANCE_MULT_BAND_10"] + about["RADIANCE_ADD_BAND_10"]
    kelvin = about["K2_CONSTANT_BAND_10"] / np.log(about["K1_CONSTANT_BAND_10"] / radiance + 1)
    np.testing.assert_allclose(kelvin, [truth.skin for truth in window.truths], atol=0.01)
    np.testing.assert_allclose(window["SZA"][0] / 100, 90 - about["SUN_ELEVATION"], atol=0.01)


def test_the_panchromatic_grid_lies_within_the_others() -> None:
    image = found("LANDSAT/LC08/C02/T1_TOA/LC08_044034_20210508")
    fine, coarse = (next(band for band in image.bands if band.name == name) for name in ("B8", "B1"))
    assert fine.dimensions == (15321, 15601)
    assert fine.projection.transform[2] - coarse.projection.transform[2] == 7.5
    assert fine.projection.transform[5] - coarse.projection.transform[5] == -7.5


def test_landsat_7_has_gaps_since_its_corrector_failed() -> None:
    before, after = (
        Window(found(f"LANDSAT/LE07/C02/T1_L2/LE07_044034_{day}"), "SR_B1", step=331)["SR_B1"][1].mean()
        for day in ("19990707", "20050707")
    )
    assert 0.6 < after < before


def test_baselines_since_4_add_a_thousand_where_not_harmonized() -> None:
    for start, end, more in (("2021-06-01", "2021-06-20", 0), ("2022-06-01", "2022-06-20", 1000)):
        raw = next(scenes("COPERNICUS/S2_SR", start, end, shapely.Point(5.2, 44.0)))
        even = found(f"COPERNICUS/S2_SR_HARMONIZED/{raw.properties['system:index']}")
        one, other = (Window(image, "B4", step=401)["B4"][0].astype(int) for image in (raw, even))
        np.testing.assert_array_equal(one - other, more)
        assert (raw.properties["PROCESSING_BASELINE"] >= "04.00") == bool(more)


def test_elevation_tiles() -> None:
    image = found("COPERNICUS/DEM/GLO30/Copernicus_DSM_10_N00_00_E006_00")
    (band, *_) = image.bands
    np.testing.assert_allclose(
        band.projection.transform,
        [1 / 3600, 0, 5.9998611111111115, 0, -1 / 3600, 1.000138888888889],
        rtol=0,
        atol=1e-12,
    )
    assert band.dimensions == (3601, 3601)
    # A node may lie between two steps of 1/8 m, and be rounded the other way.
    Window(image, "DEM", step=201).agrees("DEM", lambda truth: truth.elevation, 1 / 8)


def test_aerial_photographs() -> None:
    years = list(scenes("USDA/NAIP/DOQQ", "2005-01-01", "2015-01-01", shapely.Point(-121.03, 38.03)))
    assert [image.names for image in years] == [["R", "G", "B", "N"]] * 2 + [["R", "G", "B"]] * (len(years) - 2)
    image = years[0]
    assert shapely.contains(image.properties["system:footprint"].shape, shapely.Point(-121.03, 38.03))
    window = Window(image, "R", step=301)
    window.agrees("R", lambda truth: whole(600 * truth.ground(0.65), 0, 255), 1)


@pytest.mark.parametrize("around", [(5.3, 43.9), (-60.0, -15.0), (177.0, 66.0)])
def test_embeddings(around: tuple[float, float]) -> None:
    images = list(scenes("GOOGLE/SATELLITE_EMBEDDING/V1/ANNUAL", "2020-01-01", "2021-01-01", shapely.Point(around)))
    assert images
    window = Window(images[0], "A00", around, 37)
    for axis in (0, 1, 30, 63):
        pair = axis // 2

        def value(truth: Truth, axis: int = axis, pair: int = pair) -> float:
            turns = 0.5 * truth.green + 0.25 * truth.r(0.05 * (1 + pair % 4), 0.11 * (pair + 1))
            turns += 0.25 * truth.water + 0.01 * (pair + 1) * (truth.days / 365.2425 - 47)
            angle = 2 * math.pi * turns
            return math.sqrt((32 - pair) / 528) * (math.sin(angle) if axis % 2 else math.cos(angle))

        window.agrees(f"A{axis:02d}", value, slack=2e-5)
    assert sum(window[f"A{axis:02d}"][0] ** 2 for axis in range(64)) == pytest.approx(1)
