"""The best scenes and pixels of Landsat collections against arithmetic by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest

from xee_lite.emulator.catalogue.memory import memory_image
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.types import PixelGrid

if TYPE_CHECKING:
    from tests.emulator.evaluating import Sampled, Value
    from xee_lite.emulator.images.image import Image


GRID = PixelGrid("EPSG:32631", (30.0, 0.0, 4e5, 0.0, -30.0, 5e6), 2, 1)
SCORES = {"a": (0, 40), "b": (10, 30), "c": (11, 100), "d": (90, 60)}
"""Of the left and the right pixel, by scene."""
VALUES = {"a": (10, 20), "b": (20, 40), "c": (90, 80), "d": (90, 60)}
"""Reflectance of the red band, in percent."""
COVERS = {"a": 50, "b": 20, "c": 70, "d": 10}


def scene(name: str) -> Image:
    """A raw scene whose other bands are bright and cold, so that its blue is what decides on the clouds.

    Numbers are percents of reflectance; those of the temperature are radiances, of which K1 / (e - 1) is as warm as K2.
    """
    bright = np.full((1, 2), 90, np.uint8)
    red = np.ma.MaskedArray(np.array([VALUES[name]], np.uint8), [[False, name == "d"]])
    # The score grows by a percent with 0.002 of the blue, from 0.1 on.
    blue = np.array([[50 + score for score in SCORES[name]]], np.uint8)
    bands = {"B1": blue, "B2": bright, "B3": red, "B4": bright, "B5": bright, "B7": bright, "B6": bright}
    properties: dict[str, Any] = {
        "system:index": name,
        "SENSOR_ID": "TM",
        "SUN_ELEVATION": 90.0,
        "CLOUD_COVER": COVERS[name],
        "WRS_PATH": 1,
        "WRS_ROW": 2 if name == "d" else 1,
        "RADIANCE_MULT_BAND_6": 1.0,
        "RADIANCE_ADD_BAND_6": -80.0,
        "K1_CONSTANT_BAND_6": 10 * (np.e - 1),
        "K2_CONSTANT_BAND_6": 271.4,
    }
    for band in (1, 2, 3, 4, 5, 7):
        properties |= {f"REFLECTANCE_MULT_BAND_{band}": 0.002 if band == 1 else 0.01, f"REFLECTANCE_ADD_BAND_{band}": 0}
    return memory_image(dict(bands), crs=GRID.crs, transform=GRID.transform, properties=properties)


class Assets:
    def find(self, asset_id: str) -> Image | None:
        return scene(asset_id[2:]) if asset_id[2:] in SCORES else None


@pytest.fixture
def catalogue() -> Assets:
    return Assets()


def collection(names: str = "abcd") -> Any:
    return ee.ImageCollection([ee.Image(f"T/{name}") for name in names])


def composite(**arguments: Any) -> Any:
    return ee.Algorithms.Landsat.simpleComposite(collection(), **arguments)


def test_the_scenes_are_as_cloudy_as_they_shall_be(pixels: Sampled) -> None:
    for name, scores in SCORES.items():
        toa = ee.Algorithms.Landsat.TOA(ee.Image(f"T/{name}"))
        assert pixels(ee.Algorithms.Landsat.simpleCloudScore(toa), GRID)["cloud"].filled(0).tolist() == [
            [scores[0], 0 if name == "d" else scores[1]]
        ]


@pytest.mark.parametrize(
    ("arguments", "red"),
    [
        # Left: a and b, whose scores 0 and 10 lie within the range, give the median 0.15. Right: b (30) and a (40).
        ({}, [0.15, 0.3]),
        ({"cloudScoreRange": 0}, [0.1, 0.4]),
        ({"cloudScoreRange": 11, "percentile": 100}, [0.9, 0.4]),
        ({"cloudScoreRange": 100, "percentile": 0}, [0.1, 0.2]),
        # The least cloudy scene of each row: b and d, of which d is masked on the right.
        ({"maxDepth": 1}, [0.2, 0.4]),
    ],
)
def test_the_percentile_of_the_clearest(pixels: Sampled, arguments: dict[str, Any], red: list[float]) -> None:
    found = pixels(composite(asFloat=True, **arguments), GRID)
    np.testing.assert_allclose(found["B3"], [red], rtol=1e-6)
    np.testing.assert_allclose(found["B6"], [[271.4, 271.4]], rtol=1e-6)
    assert found["B3"].dtype == np.float32


def test_bytes_are_reflectances_times_255_and_kelvins_less_100(pixels: Sampled, info: Value) -> None:
    image = composite()
    found = pixels(image, GRID)
    # 0.15 * 255 = 38.25 and 0.3 * 255 = 76.5, which a float32 has as 76.50000; 271.4 - 100 = 171.4.
    assert found["B3"][0, 0] == 38
    assert found["B3"][0, 1] in (76, 77)
    assert found["B6"].tolist() == [[171, 171]]
    told = info(image)["bands"]
    assert [band["id"] for band in told] == ["B1", "B2", "B3", "B4", "B5", "B7", "B6"]
    assert all(band["data_type"] == {"type": "PixelType", "precision": "int", "min": 0, "max": 255} for band in told)


@pytest.mark.parametrize(
    ("limits", "kept"),
    [((25, 100), "abcd"), ((2, 100), "abd"), ((1, 100), "bd"), ((25, 3), "abd"), ((25, 1), "d")],
)
def test_the_clearest_scenes_stay_in_their_order(info: Value, limits: tuple[int, int], kept: str) -> None:
    limited = ee.Algorithms.Landsat.pathRowLimit(collection(), *limits)
    assert info(limited.aggregate_array("system:index")) == list(kept)


def test_arguments_that_leave_nothing(value_of: Value) -> None:
    with pytest.raises(EarthError, match="'maxScenesTotal' must be at least 1, got 0"):
        value_of(ee.Algorithms.Landsat.pathRowLimit(collection(), 1, 0))
    with pytest.raises(EarthError, match="got -1 and 40"):
        value_of(composite(cloudScoreRange=-1))
    with pytest.raises(EarthError, match="Percentiles must lie between 0 and 100"):
        value_of(composite(percentile=101))


def test_a_composite_of_nothing_has_no_bands(info: Value) -> None:
    assert info(ee.Algorithms.Landsat.simpleComposite(collection().limit(0)))["bands"] == []
