"""What looks around a pixel gives the same pixel in all windows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from tests.examples import examples
from xee_lite.emulator.catalogue.memory import memory_image
from xee_lite.emulator.images.image import Sampler
from xee_lite.emulator.types import PixelGrid

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Value
    from xee_lite.emulator.images.image import Image


RNG = np.random.default_rng(43)
SIZE = (26, 30)
STEP = 10.0
WEST, NORTH = 2560.0 - 12 * STEP, 2560.0 + 11 * STEP
"""A corner of cells of 256 pixels lies within the image, and one of smaller cells does, too."""
BYTES = RNG.integers(0, 90, SIZE).astype(np.uint8)
OTHER = RNG.integers(1, 90, SIZE).astype(np.uint8)
VALID = RNG.random(SIZE) > 0.08
DOTS = (RNG.random(SIZE) > 0.96).astype(np.uint8)


class Assets:
    def find(self, asset_id: str) -> Image:
        assert asset_id == "T/a"
        bands: dict[str, Any] = {"a": np.ma.MaskedArray(BYTES, ~VALID), "b": OTHER, "dots": DOTS}
        return memory_image(bands, crs="EPSG:3857", transform=(STEP, 0, WEST, 0, -STEP, NORTH))


@pytest.fixture
def catalogue() -> Assets:
    return Assets()


def image(*names: str) -> Any:
    return ee.Image("T/a").select(list(names))


def segmentation(name: str, **arguments: Any) -> Any:
    return getattr(ee.Algorithms.Image.Segmentation, name)(**arguments)


IMAGES: dict[str, Callable[[], Any]] = {
    "zeroCrossing": lambda: image("a").subtract(45).zeroCrossing(),
    "canny": lambda: ee.Algorithms.CannyEdgeDetector(image("a", "b"), 20, 1.2),
    "hough": lambda: ee.Algorithms.HoughTransform(image("a"), 9, 45, 4),
    "glcm": lambda: image("a").glcmTexture(2),
    "hillShadow": lambda: ee.Terrain.hillShadow(image("a"), 211, 70, 6),
    "fillMinima": lambda: ee.Terrain.fillMinima(image("a"), None, 4),
    "cumulativeCost": lambda: image("b").cumulativeCost(image("dots"), 55),
    "erosion": lambda: image("a", "b").spectralErosion("sid", ee.Kernel.plus(2), True),
    "gradient": lambda: image("a", "b").spectralGradient("sam"),
    "displace": lambda: image("a").displace(image("b", "a").subtract(45).toFloat().reproject("EPSG:3857", None, 10)),
    "correlation": lambda: ee.Algorithms.CrossCorrelation(image("a"), image("b"), 2, 3, 0.3),
    "rsed": lambda: image("a").updateMask(image("dots")).rsedTransform(5),
    "seedGrid": lambda: segmentation("seedGrid", size=5, gridType="hex"),
    "SNIC": lambda: segmentation("SNIC", image=image("a", "b"), size=5, compactness=3),
    "KMeans": lambda: segmentation("KMeans", image=image("a", "b"), numClusters=3, gridSize=11),
}


@pytest.mark.parametrize("name", IMAGES)
def test_a_pixel_is_the_same_in_all_windows(value_of: Value, name: str) -> None:
    made = value_of(IMAGES[name]())

    def sampled(left: int, top: int, width: int, height: int) -> dict[str, Any]:
        transform = (STEP, 0.0, WEST + STEP * left, 0.0, -STEP, NORTH - STEP * top)
        sampler = Sampler(PixelGrid("EPSG:3857", transform, width, height))
        found = {band.name: sampler(band) for band in made.bands}
        return {band: np.where(one.mask > 0, one.values, np.nan) for band, one in found.items()}

    whole = sampled(-2, -2, SIZE[1] + 4, SIZE[0] + 4)
    assert any(np.isfinite(band).any() for band in whole.values())

    @examples(6, suppress_health_check=list(HealthCheck))
    @given(st.integers(-2, 24), st.integers(-2, 20), st.integers(1, 8), st.integers(1, 8))
    def check(left: int, top: int, width: int, height: int) -> None:
        for band, values in sampled(left, top, width, height).items():
            expected = whole[band][top + 2 : top + 2 + height, left + 2 : left + 2 + width]
            # Coordinates of another window may differ in their last bits, and with them lengths and places.
            np.testing.assert_allclose(values, expected, rtol=1e-7, atol=1e-7)

    check()
