"""Terrain against planes whose slope and aspect are known."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import ee
import numpy as np
import pytest

from xee_lite.emulator.catalogue.memory import memory_image
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.types import PixelGrid

if TYPE_CHECKING:
    from tests.emulator.evaluating import Sampled, Value
    from xee_lite.emulator.images.image import Image


EAST, NORTH = 0.3, -0.4
"""Rise per metre: downhill is where the compass says atan2(-0.3, 0.4)."""
GRID = PixelGrid("EPSG:32631", (30.0, 0.0, 4e5, 0.0, -30.0, 5e6), 8, 6)
DEGREES = PixelGrid("EPSG:4326", (0.001, 0.0, 10.0, 0.0, -0.001, 60.0), 8, 6)
COL, ROW = np.meshgrid(np.arange(8.0), np.arange(6.0))


class Assets:
    def find(self, asset_id: str) -> Image:
        grid, plane = GRID, 30 * (EAST * COL - NORTH * ROW)
        if asset_id == "T/degrees":
            grid = DEGREES
            metres = 111319.49079327358 * 0.001
            plane = metres * (EAST * COL * math.cos(math.radians(59.997)) - NORTH * ROW)
        return memory_image({"elevation": plane, "other": plane * 0}, crs=grid.crs, transform=grid.transform)


@pytest.fixture
def catalogue() -> Assets:
    return Assets()


@pytest.mark.parametrize(("name", "grid", "tolerance"), [("T/plane", GRID, 1e-5), ("T/degrees", DEGREES, 1e-4)])
def test_a_plane_has_one_slope_and_one_aspect(pixels: Sampled, name: str, grid: PixelGrid, tolerance: float) -> None:
    image = ee.Image(name).select("elevation")
    slope, aspect = pixels(ee.Terrain.slope(image), grid)["slope"], pixels(ee.Terrain.aspect(image), grid)["aspect"]
    inner = np.zeros((6, 8), bool)
    inner[1:-1, 1:-1] = True
    np.testing.assert_array_equal(~np.ma.getmaskarray(slope), inner)
    np.testing.assert_allclose(slope.compressed(), math.degrees(math.atan(0.5)), rtol=tolerance)
    np.testing.assert_allclose(aspect.compressed(), math.degrees(math.atan2(-0.3, 0.4)) % 360, rtol=tolerance)


def test_light_from_the_side_that_the_slope_faces(pixels: Sampled) -> None:
    image = ee.Image("T/plane").select("elevation")
    down = np.array([EAST, NORTH, -1]) / -math.hypot(EAST, NORTH, 1)  # the normal that points upwards
    for azimuth, elevation in [(270.0, 45.0), (30.0, 10.0), (150.0, 80.0)]:
        turned, risen = math.radians(azimuth), math.radians(elevation)
        light = np.array([math.sin(turned) * math.cos(risen), math.cos(turned) * math.cos(risen), math.sin(risen)])
        found = pixels(ee.Terrain.hillshade(image, azimuth, elevation), GRID)["hillshade"]
        assert np.unique(found.compressed()).tolist() == [int(max(255 * float(down @ light), 0))]


def test_flat_land_is_lit_by_the_sine_of_the_elevation(pixels: Sampled) -> None:
    flat = pixels(ee.Terrain.products(ee.Image("T/plane").select("other").rename("elevation")), GRID)
    assert list(flat) == ["elevation", "slope", "aspect", "hillshade"]
    assert [np.unique(flat[name].compressed()).tolist() for name in ("slope", "aspect", "hillshade")] == [
        [0],
        [0],
        [180],
    ]


def test_products_come_of_the_band_called_elevation(pixels: Sampled, info: Value) -> None:
    image = ee.Image("T/plane")
    assert [band["id"] for band in info(ee.Terrain.products(image))["bands"]] == [
        "elevation",
        "other",
        "slope",
        "aspect",
        "hillshade",
    ]
    np.testing.assert_array_equal(
        pixels(ee.Terrain.slope(image), GRID)["slope"],
        pixels(ee.Terrain.slope(image.select("elevation")), GRID)["slope"],
    )
    with pytest.raises(EarthError, match="Band pattern 'elevation' did not match"):
        info(ee.Terrain.slope(image.rename(["a", "b"])))
