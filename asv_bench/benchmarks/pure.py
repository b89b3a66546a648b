"""The two pieces that work on every read and need no service: the planner and the decoder."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from xee_lite.decoding.planes import BandFields, unpack
from xee_lite.earthengine.limits import EARTH_ENGINE
from xee_lite.planning.chunks import chunk_shape

from ._service import SMALL


class Plan:
    """The shape of the requests of one array."""

    params: ClassVar[list[list[Any]]] = [[(1, 256, 256), (1000, 10980, 10980), (100_000, 3601, 1801)]]
    param_names: ClassVar[list[str]] = ["shape"]

    def time_chunk_shape(self, shape: tuple[int, int, int]) -> None:
        """Search all plans."""
        chunk_shape(shape, 5, 2, budget=EARTH_ENGINE.default_bytes, limits=EARTH_ENGINE)


class Decode:
    """A reply of some images, each with its mask, into float32 with NaN."""

    params: ClassVar[list[list[Any]]] = [
        [(1, 64)] if SMALL else [(6, 1024), (300, 128)],
        ["uint8", "uint16", "float32"],
    ]
    param_names: ClassVar[list[str]] = ["images and side", "dtype"]

    def setup(self, size: tuple[int, int], dtype: str) -> None:
        """Make a reply: all values, then all masks."""
        images, side = size
        random = np.random.default_rng(0)
        fields = [(f"b{i}", np.dtype(dtype)) for i in range(images)] + [
            (f"b{i}m", np.dtype("u1")) for i in range(images)
        ]
        self.pixels = np.zeros((side, side), fields)
        for i in range(images):
            self.pixels[f"b{i}"] = random.integers(1, 200, self.pixels.shape)
            self.pixels[f"b{i}m"] = random.random(self.pixels.shape) < 2 / 3
        self.columns = [BandFields(f"b{i}", f"b{i}m", np.nan) for i in range(images)]
        self.out = np.empty((images, side, side), "f4")

    def time_unpack(self, size: tuple[int, int], dtype: str) -> None:  # noqa: ARG002 - asv passes them
        """Turn it band-sequential, and mark what is missing."""
        unpack(self.pixels, self.columns, self.out)
