"""Images computed from where their pixels lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ee
import numpy as np
import pyproj
import pytest

from xee_lite.emulator.types import PixelGrid

if TYPE_CHECKING:
    from tests.emulator.evaluating import Sampled

DEGREES = PixelGrid("EPSG:4326", (0.5, 0.0, -10.0, 0.0, -0.25, 61.0), 6, 5)
UTM = PixelGrid("EPSG:32631", (30.0, 0.0, 400_000.0, 0.0, -30.0, 4_600_000.0), 50, 40)


def test_longitude_and_latitude(pixels: Sampled) -> None:
    found = pixels(ee.Image.pixelLonLat(), UTM)
    x, y = np.meshgrid(400_015 + 30 * np.arange(50), 4_599_985 - 30 * np.arange(40))
    lon, lat = pyproj.Transformer.from_crs("EPSG:32631", "EPSG:4326", always_xy=True).transform(x, y)
    np.testing.assert_allclose(found["longitude"], lon, rtol=1e-14)
    np.testing.assert_allclose(found["latitude"], lat, rtol=1e-14)


def test_coordinates_count_pixels_of_the_projection(pixels: Sampled) -> None:
    found = pixels(ee.Image.pixelCoordinates(ee.Projection("EPSG:32631", [60, 0, 400_000, 0, -60, 4_600_000])), UTM)
    np.testing.assert_allclose(found["x"][0], (np.arange(50) + 0.5) / 2)
    np.testing.assert_allclose(found["y"][:, 0], (np.arange(40) + 0.5) / 2)


def test_areas_are_those_of_the_ellipsoid(pixels: Sampled) -> None:
    found = pixels(ee.Image.pixelArea(), DEGREES)["area"]
    geod = pyproj.Geod(ellps="WGS84")
    for row in range(5):
        north, south = 61 - 0.25 * row, 61 - 0.25 * (row + 1)
        # Parallels are not geodesics: many short edges follow them.
        lons = np.linspace(-10, -9.5, 400)
        area, _ = geod.polygon_area_perimeter(
            np.concatenate([lons, lons[::-1]]), np.concatenate([np.full(400, south), np.full(400, north)])
        )
        assert found[row, 0] == pytest.approx(area, rel=1e-7)
    assert pixels(ee.Image.pixelArea(), UTM)["area"].mean() == pytest.approx(900, rel=2e-3)


def test_random_numbers_depend_on_seed_and_place_alone(pixels: Sampled) -> None:
    whole = pixels(ee.Image.random(3), UTM)["random"]
    part = PixelGrid("EPSG:32631", (30.0, 0.0, 400_300.0, 0.0, -30.0, 4_599_850.0), 7, 9)
    np.testing.assert_array_equal(pixels(ee.Image.random(3), part)["random"], whole[5:14, 10:17])
    other = pixels(ee.Image.random(4), UTM)["random"]
    assert abs(np.corrcoef(whole.ravel(), other.ravel())[0, 1]) < 0.1
    assert len(np.unique(whole)) == whole.size
    assert 0 <= whole.min() < 0.01
    assert 0.99 < whole.max() < 1


def test_normal_numbers(pixels: Sampled) -> None:
    grid = PixelGrid("EPSG:32631", UTM.transform, 300, 300)
    found = pixels(ee.Image.random(3, "normal"), grid)["random"]
    assert abs(found.mean()) < 0.02
    assert abs(found.std() - 1) < 0.02
