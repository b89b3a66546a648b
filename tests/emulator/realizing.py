"""Computing what is lazy in a value: the pixels of images, and the elements of collections."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from xee_lite.emulator.evaluator.describe import describe
from xee_lite.emulator.evaluator.interpreter import evaluate
from xee_lite.emulator.images.image import Band, Image, Pixels, Sampler
from xee_lite.emulator.types import UINT8, PixelGrid, Projection
from xee_lite.emulator.values.collection import Collection

from .conftest import Daily, scene
from .fitting import graph

if TYPE_CHECKING:
    from random import Random

    from xee_lite.emulator.catalogue.assets import Folder
    from xee_lite.emulator.value import Value
    from xee_lite.emulator.values.stored import StoredCollection

    from .fitting import Node

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
    """Two images and a collection."""

    def find(self, asset_id: str) -> Image | StoredCollection | Folder | None:
        """The asset of that id, or None."""
        assets: dict[str, Image | StoredCollection] = {"x": scene(3), "y": varied(3), "week": Daily(days=7)}
        return assets.get(asset_id)


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
        sampler = Sampler(random.choice(GRIDS))
        for band in value.bands[:5]:
            if band.type.dimensions:
                found = sampler.arrays(band)
                for one in found.values[found.mask > 0].ravel():
                    assert one.ndim == band.type.dimensions
            else:
                pixels = sampler(band)
                assert pixels.values.shape == sampler.shape == pixels.mask.shape
                assert pixels.values.dtype.kind in "biuf"
