"""Computing what is lazy in a value: the pixels of images, and the elements of collections."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.emulator.argument_generator import graph
from xee_lite.emulator.catalogue.memory import memory_image
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.evaluator.describe import describe
from xee_lite.emulator.evaluator.interpreter import evaluate
from xee_lite.emulator.images.image import Band, Image, Pixels, Sampler
from xee_lite.emulator.types import UINT8, PixelGrid, Projection
from xee_lite.emulator.values.collection import Collection

from .conftest import Daily, scene

if TYPE_CHECKING:
    from random import Random

    from tests.emulator.argument_generator import Node
    from xee_lite.emulator.catalogue.assets import Folder
    from xee_lite.emulator.value import Value
    from xee_lite.emulator.values.stored import StoredCollection

GRIDS = [
    PixelGrid("EPSG:4326", (0.1, 0, 3, 0, -0.1, 1), 10, 10),
    PixelGrid("EPSG:4326", (0.1, 0, 3, 0, -0.1, 1), 10, 10),
    PixelGrid("EPSG:4326", (0.05, 0, 3.3, 0, -0.05, 0.6), 5, 4),
    PixelGrid("EPSG:32631", (1000, 0, 500000, 0, -1000, 60000), 6, 5),
    PixelGrid("EPSG:4326", (30, 0, -180, 0, -30, 120), 12, 8),
    PixelGrid("EPSG:3857", (10, 3, 389618, 3, -10, 55660), 1, 1),
    PixelGrid("EPSG:3031", (1e6, 0, -3e6, 0, -1e6, 3e6), 6, 6),
    PixelGrid("EPSG:4326", (1e-9, 0, 3.5, 0, -1e-9, 0.5), 3, 3),
]


def varied(seed: int) -> Image:
    """A stored image of one band whose pixels differ, and of which some are missing."""

    def compute(sampler: Sampler) -> Pixels:
        x, y = np.broadcast_arrays(*sampler.grid.centres())
        values = np.nan_to_num(np.abs(x * 37 + y * 101) % 11, posinf=0, neginf=0).astype(np.uint8)
        return Pixels(values, (values != 7).astype(np.float32))

    (band,) = scene(seed).bands
    return Image(
        (
            Band(
                "B1",
                UINT8,
                Projection("EPSG:4326", band.projection.transform),
                compute,
                (10, 10),
                footprint=band.footprint,
            ),
        ),
        scene(seed).properties,
        id="y",
    )


class Catalogue:
    """Images of all kinds of pixel types, and a collection."""

    def find(self, asset_id: str) -> Image | StoredCollection | Folder | None:
        """The asset of that id, or None."""
        return ASSETS.get(asset_id) if asset_id != "week" else Daily(days=7)


def typed(dtype: str, *names: str, west: float = 3.0) -> Image:
    """An image in memory of 3 by 4 pixels, of which one is masked."""
    values = np.arange(12).reshape(3, 4).astype(dtype) - (5 if dtype.startswith(("i", "f")) else 0)
    bands: dict[str, Any] = {name: np.ma.MaskedArray(values, values == 3) for name in names}
    properties = {"system:index": names[0], "system:time_start": 86_400_000, "n": 3}
    return memory_image(bands, crs="EPSG:4326", transform=(0.5, 0, west, 0, -0.5, 2), properties=properties)


ASSETS: dict[str, Image] = {
    "x": scene(3),
    "y": varied(3),
    "uint8": typed("uint8", "a"),
    "int16": typed("int16", "a", "b"),
    "float32": typed("float32", "f"),
    "float64": typed("float64", "b", "a"),
    "uint16": typed("uint16", "a", west=100.0),
}


def realize(node: Node, random: Random) -> None:
    """Evaluate a node, print its value, and compute what is lazy in it."""
    value = evaluate(graph(node), Catalogue())
    describe(value)
    compute(value, random)


def compute(value: Value, random: Random) -> None:
    """Compute pixels of images, and those of a collection's first."""
    if isinstance(value, Collection):
        for element in islice(value, 3):
            compute(element, random)
    elif isinstance(value, Image):
        assert len(set(value.names)) == len(value.names)
        sampler = Sampler(random.choice(GRIDS))
        for band in value.bands[:5]:
            try:
                check_band(sampler, band)
            except EarthError as error:
                assert is_refusal(error), error  # noqa: PT017 - either way is good


def is_refusal(error: EarthError) -> bool:
    """Whether an error says in words that a request can not be served."""
    return bool(error.message) and error.code // 100 == 4


def check_band(sampler: Sampler, band: Band) -> None:
    """Pixels are such as the band says: their shapes, their dtype, their masks, and the range of integers."""
    if band.type.dimensions:
        found = sampler.arrays(band)
        for one in found.values[found.mask > 0].ravel():
            assert one.ndim == band.type.dimensions
        return
    pixels = sampler(band)
    assert pixels.values.shape == sampler.shape == pixels.mask.shape
    assert pixels.mask.dtype == np.float32
    assert ((pixels.mask >= 0) & (pixels.mask <= 1)).all()
    assert pixels.values.dtype.kind in "biuf"
    assert np.can_cast(pixels.values.dtype, band.type.storage), (pixels.values.dtype, band.type)
    if band.type.precision == "int" and band.type.min is not None and band.type.max is not None:
        seen = pixels.values[pixels.mask > 0]
        assert ((seen >= band.type.min) & (seen <= band.type.max)).all()
