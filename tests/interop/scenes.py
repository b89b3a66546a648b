"""What every client of these tests reads, and how this engine reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from tests.client.scenes import DAY, START, TRANSFORM, image, pixels
from xee_lite.emulator import memory_collection, memory_image

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from xee_lite.emulator import MemoryCollection
    from xee_lite.emulator.images.image import Image

SCENES = "projects/test-project/assets/scenes"
"""Three images of two bands, a day apart; their grid lies half a pixel off the multiples of its pixel size."""
ALIGNED = "projects/test-project/assets/aligned"
"""An image whose grid begins at multiples of its pixel size, as grids do that are asked for by a scale."""
ALIGNED_TRANSFORM = (30.0, 0.0, 399_960.0, 0.0, -30.0, 4_600_050.0)
SHAPE = (40, 50)
CRS = "EPSG:32631"
WEST, NORTH, SIZE = TRANSFORM[2], TRANSFORM[5], TRANSFORM[0]
GRIDS: dict[str, tuple[str, tuple[float, ...], tuple[int, int]]] = {
    "native": (CRS, TRANSFORM, SHAPE),
    "part": (CRS, (SIZE, 0, WEST + 7 * SIZE, 0, -SIZE, NORTH - 3 * SIZE), (20, 11)),
    "beyond": (CRS, (SIZE, 0, WEST - 9 * SIZE, 0, -SIZE, NORTH + 4 * SIZE), (60, 70)),
    "coarser": (CRS, (80, 0, WEST, 0, -80, NORTH), (14, 18)),
    "degrees": ("EPSG:4326", (0.00031, 0, 1.8, 0, -0.00023, 41.547), (50, 60)),
    "web mercator": ("EPSG:3857", (37, 0, 200_300, 0, -37, 5_093_300), (50, 50)),
}
"""CRS, transform and shape (height, width) of grids that meet the scenes."""


def truth(number: int, band: str) -> np.ma.MaskedArray[Any, Any]:
    """The pixels of a band of a scene."""
    return pixels("u2", 10 * number + ("red", "nir").index(band), SHAPE)


def assets() -> Mapping[str, Image | MemoryCollection]:
    scenes = [
        image({band: truth(number, band) for band in ("red", "nir")}, f"i{number}", START + number * DAY, cloud=number)
        for number in range(3)
    ]
    bands = {band: truth(1, band) for band in ("red", "nir")}
    return {SCENES: memory_collection(scenes), ALIGNED: memory_image(bands, crs=CRS, transform=ALIGNED_TRANSFORM)}


def ours(obj: Any, crs: str, transform: tuple[float, ...], shape: tuple[int, int]) -> xr.Dataset:
    """What this engine reads on a grid."""
    return xr.open_dataset(obj, engine="xee_lite", crs=crs, transform=tuple(transform)[:6], shape=shape)


def same(theirs: npt.ArrayLike, expected: npt.ArrayLike) -> None:
    """Equal pixels, missing ones in the same places: masked ones of theirs count as NaN."""
    filled = np.ma.filled(np.ma.asarray(theirs).astype("f8"), np.nan)
    np.testing.assert_array_equal(filled, np.ma.filled(np.ma.asarray(expected).astype("f8"), np.nan))
    assert np.isfinite(filled).any(), "the grid meets the image"
