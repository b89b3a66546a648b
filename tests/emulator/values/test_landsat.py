"""Coefficients of old scenes against those of real metadata, and reflectances by hand."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest

from xee_lite.emulator.catalogue.memory import memory_image
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.types import PixelGrid
from xee_lite.emulator.values.landsat import coefficients, earth_sun_distance

if TYPE_CHECKING:
    from tests.emulator.evaluating import Sampled
    from xee_lite.emulator.images.image import Image


GRID = PixelGrid("EPSG:32631", (30.0, 0.0, 4e5, 0.0, -30.0, 5e6), 2, 1)
OLD = {"SPACECRAFT_ID": "LANDSAT_5", "SENSOR_ID": "TM", "DATE_ACQUIRED": "1990-07-03", "SUN_ELEVATION": 30.0}


class Assets:
    def find(self, asset_id: str) -> Image | None:
        bands: dict[str, Any] = {name: np.array([[101, 201]], np.uint8) for name in ("B1", "B6", "B7")}
        properties = {"T/old": OLD, "T/mss": {**OLD, "SPACECRAFT_ID": "LANDSAT_2"}}[asset_id]
        return memory_image(bands, crs=GRID.crs, transform=GRID.transform, properties=properties)


@pytest.fixture
def catalogue() -> Assets:
    return Assets()


def test_radiances_are_those_that_real_metadata_tell() -> None:
    thematic = coefficients({"SPACECRAFT_ID": "LANDSAT_5", "DATE_ACQUIRED": "2005-06-01"})
    for band, slope, start in (
        (1, 0.76583, -2.28583),
        (2, 1.4482, -4.28819),
        (3, 1.044, -2.21398),
        (4, 0.87602, -2.38602),
        (5, 0.12035, -0.49035),
        (6, 0.055375, 1.18243),
        (7, 0.065551, -0.21555),
    ):
        assert thematic[f"RADIANCE_MULT_BAND_{band}"] == pytest.approx(slope, rel=5e-5)
        assert thematic[f"RADIANCE_ADD_BAND_{band}"] == pytest.approx(start, abs=1e-5)
    gains = {f"GAIN_BAND_{band}": "L" if band in {4, 8} else "H" for band in (1, 2, 3, 4, 5, 7, 8)}
    enhanced = coefficients({"SPACECRAFT_ID": "LANDSAT_7", "system:time_start": 1.1e12, **gains})
    for name, slope, start in (
        ("1", 0.77874, -6.97874),
        ("2", 0.79882, -7.19882),
        ("3", 0.62165, -5.62165),
        ("4", 0.96929, -6.06929),
        ("5", 0.12622, -1.12622),
        ("6_VCID_1", 0.067087, -0.06709),
        ("6_VCID_2", 0.037205, 3.1628),
        ("7", 0.043898, -0.3939),
        ("8", 0.97559, -5.67559),
    ):
        assert enhanced[f"RADIANCE_MULT_BAND_{name}"] == pytest.approx(slope, rel=5e-5)
        assert enhanced[f"RADIANCE_ADD_BAND_{name}"] == pytest.approx(start, abs=1e-5)


def test_the_sun_is_nearest_in_january() -> None:
    # Real scenes tell 0.998137 on 2014-10-12 and, by their radiances, 0.98408 on 2016-01-21.
    assert earth_sun_distance(date(2014, 10, 12)) == pytest.approx(0.998137, abs=5e-4)
    assert earth_sun_distance(date(2016, 1, 21)) == pytest.approx(0.98408, abs=5e-4)


def test_old_scenes_become_reflectance_and_temperature(pixels: Sampled) -> None:
    found = pixels(ee.Algorithms.Landsat.TOA(ee.Image("T/old")), GRID)
    # Before 1992 the greatest radiance of band 1 was 169: 100 steps from -1.52 are 65.614 W/(m² sr µm).
    distance = earth_sun_distance(date(1990, 7, 3))
    assert distance == pytest.approx(1.0167, abs=2e-4)
    expected = math.pi * (-1.52 + 100 * 170.52 / 254) * distance**2 / (1983 * 0.5)
    np.testing.assert_allclose(found["B1"][0, 0], expected, rtol=1e-5)
    warm = 1.2378 + 200 * (15.303 - 1.2378) / 254
    np.testing.assert_allclose(found["B6"][0, 1], 1260.56 / math.log(607.76 / warm + 1), rtol=1e-6)


def test_what_is_not_known_is_said(pixels: Sampled) -> None:
    with pytest.raises(EarthError, match="needs a number as its property 'REFLECTANCE_MULT_BAND_1', got None"):
        pixels(ee.Algorithms.Landsat.TOA(ee.Image("T/mss")), GRID)
    assert coefficients({"SPACECRAFT_ID": "LANDSAT_5"}) == {}
    assert coefficients({"SPACECRAFT_ID": "LANDSAT_5", "DATE_ACQUIRED": "yesterday"}) == {}
    untold = coefficients({"SPACECRAFT_ID": "LANDSAT_7", "DATE_ACQUIRED": "2001-02-03"})
    assert {name.partition("BAND_")[2] for name in untold} == {"6_VCID_1", "6_VCID_2"}
