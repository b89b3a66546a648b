"""Landsat's calibration and cloud scores against arithmetic by hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest

from xee_lite.emulator.catalogue.memory import memory_image
from xee_lite.emulator.catalogue.standin import StandIns
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.evaluator.describe import describe
from xee_lite.emulator.evaluator.interpreter import evaluate
from xee_lite.emulator.images.image import Image, Sampler
from xee_lite.emulator.types import PixelGrid

if TYPE_CHECKING:
    from tests.emulator.evaluating import Sampled, Value

GRID = PixelGrid("EPSG:32631", (30.0, 0.0, 4e5, 0.0, -30.0, 5e6), 3, 1)
METADATA: dict[str, Any] = {
    "SPACECRAFT_ID": "LANDSAT_7",
    "SENSOR_ID": "ETM",
    "SUN_ELEVATION": 30.0,
    "RADIANCE_MULT_BAND_1": 0.5,
    "RADIANCE_ADD_BAND_1": -2.0,
    "REFLECTANCE_MULT_BAND_1": 0.001,
    "REFLECTANCE_ADD_BAND_1": -0.01,
    "RADIANCE_MULT_BAND_6_VCID_1": 0.1,
    "RADIANCE_ADD_BAND_6_VCID_1": -1.0,
    "K1_CONSTANT_BAND_6_VCID_1": 666.09,
    "K2_CONSTANT_BAND_6_VCID_1": 1282.71,
}
CLEAR = {"blue": 0.4, "green": 0.4, "red": 0.4, "near": 0.4, "short": 0.4, "shorter": 0.4, "temperature": 280.0}
"""A cloud by each of the measures."""
JUNE = "2020-06-01", "2020-06-20"
OLI = dict(zip(CLEAR, ["B2", "B3", "B4", "B5", "B6", "B7", "B10"], strict=True))
TM = dict(zip(CLEAR, ["B1", "B2", "B3", "B4", "B5", "B7", "B6"], strict=True))


def raw(**properties: Any) -> Image:
    bands: dict[str, Any] = {
        "B1": np.ma.MaskedArray(np.array([[10, 110, 255]], np.uint8), [[False, False, True]]),
        "B6_VCID_1": np.array([[110, 60, 10]], np.uint8),
        "QA_PIXEL": np.array([[1, 2, 3]], np.uint16),
    }
    kept = {name: value for name, value in {**METADATA, **properties}.items() if value is not None}
    return memory_image(bands, crs=GRID.crs, transform=GRID.transform, properties=kept)


def scored(*pixels: dict[str, float], names: dict[str, str], sensor: str | None) -> Image:
    bands = {names[what]: np.array([[{**CLEAR, **one}[what] for one in pixels]], np.float32) for what in CLEAR}
    properties = {} if sensor is None else {"SENSOR_ID": sensor}
    return memory_image(bands, crs=GRID.crs, transform=GRID.transform, properties=properties)


class Assets:
    def find(self, asset_id: str) -> Image | None:
        single = [{}, {"blue": 0.16}, {"red": -0.1, "green": 0.2, "blue": 0.4}]
        more = [{"near": 0.1, "short": 0.2, "shorter": 0.15}, {"temperature": 299.0}, {"green": 0.68, "short": 0.12}]
        return {
            "T/raw": raw(),
            "T/dark": raw(SUN_ELEVATION=-3.0),
            "T/bare": raw(REFLECTANCE_MULT_BAND_1=None),
            "T/oli": scored(*single, names=OLI, sensor="OLI_TIRS"),
            "T/tm": scored(*more, names=TM, sensor="TM"),
            "T/none": scored({}, {}, {}, names=OLI, sensor=None),
        }.get(asset_id)


@pytest.fixture
def catalogue() -> Assets:
    return Assets()


def test_radiance_is_a_line_through_the_numbers(pixels: Sampled, info: Value) -> None:
    image = ee.Algorithms.Landsat.calibratedRadiance(ee.Image("T/raw"))
    found = pixels(image, GRID)
    assert found["B1"].tolist() == [[3.0, 53.0, None]]
    np.testing.assert_allclose(found["B6_VCID_1"], [[10.0, 5.0, 0.0]], rtol=1e-6)
    assert found["QA_PIXEL"].tolist() == [[1, 2, 3]]
    told = info(image)
    assert [band["data_type"]["precision"] for band in told["bands"]] == ["float", "float", "int"]
    assert told["properties"]["SPACECRAFT_ID"] == "LANDSAT_7"


def test_reflectance_under_the_sun_and_the_temperature_of_a_black_body(pixels: Sampled) -> None:
    found = pixels(ee.Algorithms.Landsat.TOA(ee.Image("T/raw")), GRID)
    # The sine of 30 degrees is a half.
    np.testing.assert_allclose(found["B1"].compressed(), [0.0, 0.2], atol=1e-7)
    # 1282.71 / ln(67.609) and 1282.71 / ln(134.218); without radiance there is no temperature.
    np.testing.assert_allclose(found["B6_VCID_1"].compressed(), [304.411, 261.806], atol=0.001)
    np.testing.assert_array_equal(np.ma.getmaskarray(found["B6_VCID_1"]), [[False, False, True]])
    assert found["QA_PIXEL"].tolist() == [[1, 2, 3]]
    assert found["B1"].dtype == np.float32


def test_what_the_metadata_lack(value_of: Value) -> None:
    with pytest.raises(EarthError, match=r"Landsat\.TOA: .* 'REFLECTANCE_MULT_BAND_1', got None"):
        value_of(ee.Algorithms.Landsat.TOA(ee.Image("T/bare")))
    with pytest.raises(EarthError, match=r"SUN_ELEVATION must be above 0 .* got -3\.0"):
        value_of(ee.Algorithms.Landsat.TOA(ee.Image("T/dark")))
    with pytest.raises(EarthError, match="SENSOR_ID is None"):
        value_of(ee.Algorithms.Landsat.simpleCloudScore(ee.Image("T/none")))


def test_metadata_are_left_alone(pixels: Sampled) -> None:
    image = ee.Image("T/raw")
    assert pixels(ee.apply("Landsat.translateMetadata", {"input": image}), GRID)["B1"].tolist() == [[10, 110, None]]


@pytest.mark.parametrize(
    ("name", "percent"),
    [
        # All measures beyond their thresholds; (0.16 - 0.1) / 0.2; (0.5 - 0.2) / 0.6.
        ("T/oli", [100, 30, 50]),
        # (0.45 - 0.3) / 0.5; (300 - 299) / 10; an NDSI of 0.56 / 0.8 = 0.7, halfway from 0.8 to 0.6.
        ("T/tm", [30, 10, 50]),
    ],
)
def test_the_least_of_five_measures_is_the_score(pixels: Sampled, info: Value, name: str, percent: list[int]) -> None:
    image = ee.Algorithms.Landsat.simpleCloudScore(ee.Image(name))
    assert pixels(image, GRID)["cloud"].tolist() == [percent]
    told = info(image)["bands"]
    assert told[-1]["id"] == "cloud"
    assert told[-1]["data_type"] == {"type": "PixelType", "precision": "int", "min": 0, "max": 255}
    assert len(told) == 8


def test_raw_stand_ins_become_those_of_reflectance(offline: None) -> None:
    assert offline is None
    place, assets = ee.Geometry.Point([10, 49]), StandIns()
    raw, toa = (
        ee.Image(ee.ImageCollection(f"LANDSAT/LC08/C02/{name}").filterBounds(place).filterDate(*JUNE).first())
        for name in ("T1", "T1_TOA")
    )
    made, stored = (
        evaluate(ee.serializer.encode(image, for_cloud_api=True), assets)
        for image in (ee.Algorithms.Landsat.TOA(raw), toa)
    )
    assert made.properties["LANDSAT_PRODUCT_ID"] == stored.properties["LANDSAT_PRODUCT_ID"]
    a, _, c, d, e, f = made.bands[0].projection.transform
    sampler = Sampler(PixelGrid(made.bands[0].projection.crs, (a, 0, c + 3000 * a, d, e, f + 3000 * e), 20, 20))
    for name, step in {"B2": 2e-5, "B5": 2e-5, "B10": 0.003}.items():
        one, other = (next(sampler(band) for band in image.bands if band.name == name) for image in (made, stored))
        assert other.mask.any()
        np.testing.assert_array_equal(one.mask > 0, other.mask > 0)
        seen = other.mask > 0
        # Raw numbers are whole: half of one is 1e-5 of reflectance, and a little more where the sun is not overhead.
        np.testing.assert_allclose(one.values[seen], other.values[seen], atol=step)


@pytest.mark.parametrize("craft", ["LC08", "LC09", "LE07", "LT05", "LT04"])
def test_the_factors_of_surface_reflectance_are_in_the_metadata(offline: None, craft: str) -> None:
    """As published scripts read them: by ``REFLECTANCE_MULT_BAND_.|TEMPERATURE_MULT_BAND_ST_B..``."""
    assert offline is None
    collection = ee.ImageCollection(f"LANDSAT/{craft}/C02/T1_L2").filterBounds(ee.Geometry.Point([10, 49]))
    image, sums = ee.Image(collection.first()), ee.Dictionary()
    for kind in ("MULT", "ADD"):
        names = [f"REFLECTANCE_{kind}_BAND_.", f"TEMPERATURE_{kind}_BAND_ST_B.*"]
        sums = sums.set(kind, image.toDictionary().select(names).values().sort())
    found = describe(evaluate(ee.serializer.encode(sums, for_cloud_api=True), StandIns()))
    bands = 7 if craft in ("LC08", "LC09") else 6
    assert found == {"MULT": [2.75e-05] * bands + [0.00341802], "ADD": [-0.2] * bands + [149]}


def test_stand_ins_of_landsat_5_tell_their_calibration(offline: None) -> None:
    """RADIANCE_MULT_BAND_1 and _ADD_ of LT05_L1TP_..._20080214 are those of Chander and others (2009)."""
    assert offline is None
    image = StandIns().find("LANDSAT/LT05/C02/T1_TOA/LT05_031034_20110619")
    assert isinstance(image, Image)
    assert image.properties["RADIANCE_MULT_BAND_1"] == pytest.approx(0.76583, rel=1e-4)
    assert image.properties["RADIANCE_ADD_BAND_1"] == pytest.approx(-2.28583, rel=1e-4)
    assert image.properties["RADIANCE_MULT_BAND_6"] == pytest.approx(0.055375, rel=1e-4)
    sun = math.pi * image.properties["EARTH_SUN_DISTANCE"] ** 2 / 1983
    assert image.properties["REFLECTANCE_MULT_BAND_1"] == pytest.approx(0.76583 * sun, rel=1e-4)


def test_raw_stand_ins_tell_the_radiances_of_real_scenes(offline: None) -> None:
    assert offline is None
    image = StandIns().find("LANDSAT/LC08/C02/T1/LC08_090084_20160121")
    assert isinstance(image, Image)
    # RADIANCE_ADD_BAND_1, _5 and _7 of LC08_L1TP_090084_20160121, and the slopes.
    for band, add, mult in ((1, -64.82708, 0.012965), (5, -31.56665, 0.0063133), (7, -2.64598, 0.0005292)):
        assert image.properties[f"RADIANCE_ADD_BAND_{band}"] == pytest.approx(add, rel=1e-3)
        assert image.properties[f"RADIANCE_MULT_BAND_{band}"] == pytest.approx(mult, rel=1e-3)


def test_raw_stand_ins_calibrate_and_compose(offline: None) -> None:
    assert offline is None
    place = ee.Geometry.Point([10, 49])
    raw = ee.ImageCollection("LANDSAT/LC08/C02/T1").filterBounds(place).filterDate("2020-06-01", "2020-07-10")
    first = ee.Image(raw.first())
    made = [
        evaluate(ee.serializer.encode(image, for_cloud_api=True), StandIns())
        for image in (
            ee.Algorithms.Landsat.calibratedRadiance(first),
            first,
            ee.Algorithms.Landsat.simpleComposite(raw),
        )
    ]
    a, _, c, d, e, f = made[1].bands[0].projection.transform
    sampler = Sampler(PixelGrid(made[1].bands[0].projection.crs, (a, 0, c + 3000 * a, d, e, f + 3000 * e), 8, 8))
    radiance, numbers, composite = ({band.name: sampler(band) for band in image.bands} for image in made)
    for name in ("B2", "B8", "B10"):
        slope, start = (made[1].properties[f"RADIANCE_{what}_BAND_{name[1:]}"] for what in ("MULT", "ADD"))
        expected = slope * numbers[name].values.astype(float) + start
        np.testing.assert_allclose(radiance[name].values, expected, rtol=1e-5, atol=1e-4)
    assert composite["B4"].mask.all()
    assert composite["B4"].values.any()
