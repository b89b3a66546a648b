"""Datasets in tiles of one degree: rasters of posts on the edges, so each is a pixel wider and half of one shifted."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from ...geometry.raster_footprint import raster_footprint
from ...types import Projection
from .frame import Frame
from .scene import Scene, make_image
from .scenes import Scenes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...images.image import Image
    from .scenes import Bounds, Equal

POSTS = 3600
"""In a degree of latitude."""
COARSER = ((85, 10.0), (80, 5.0), (70, 3.0), (60, 2.0), (50, 1.5), (0, 1.0))
"""From which degree of latitude on pixels are how many times as wide as they are high (inferred beyond 50)."""
_INDEX = re.compile(r"Copernicus_DSM_10_([NS])(\d{2})_00_([EW])(\d{3})_00")


class DegreeTiles(Scenes):
    """The image collection."""

    def _search(
        self,
        start: float,
        end: float,  # noqa: ARG002 - all tiles start when the dataset does
        bounds: Bounds | None,
        equal: Equal = (),  # noqa: ARG002 - no property identifies the position
    ) -> Iterator[Image]:
        """Tiles in the order of their system:index: the north before the south, the east before the west."""
        if start > self._dataset.start:
            return
        west, south, east, north = (-180, -90, 180, 90) if bounds is None else bounds
        for latitude in [*range(90), *range(-1, -91, -1)]:
            if not south - 1.1 <= latitude <= north + 0.1:
                continue
            for longitude in [*range(180), *range(-1, -181, -1)]:
                if any(west - 1.1 <= longitude + shift <= east + 0.1 for shift in (-360, 0, 360)):
                    yield self._image(longitude, latitude)

    def image(self, index: str) -> Image | None:
        """The image of one system:index."""
        match = _INDEX.fullmatch(index)
        if match is None:
            return None
        latitude = int(match[2]) * (1 if match[1] == "N" else -1)
        longitude = int(match[4]) * (1 if match[3] == "E" else -1)
        known = -90 <= latitude < 90 and -180 <= longitude < 180 and _index(longitude, latitude) == index
        return self._image(longitude, latitude) if known else None

    def _make(self, longitude: int, latitude: int) -> Image:
        frame = _frame(longitude, latitude)
        scene = Scene(
            index=_index(longitude, latitude),
            start=self._dataset.start,
            end=self._dataset.end,
            frames=dict.fromkeys(self._dataset.grids, frame),
            footprint=raster_footprint(frame.projection, frame.dimensions),
            bands=self._dataset.bands,
        )
        return make_image(self._dataset, scene)


def _index(longitude: int, latitude: int) -> str:
    """The name of the product's file (a real system:index is not known)."""
    return (
        f"Copernicus_DSM_10_{'N' if latitude >= 0 else 'S'}{abs(latitude):02d}_00"
        f"_{'E' if longitude >= 0 else 'W'}{abs(longitude):03d}_00"
    )


def _frame(longitude: int, latitude: int) -> Frame:
    away = max(latitude, -latitude - 1)
    wider = next(times for limit, times in COARSER if away >= limit)
    height, width = 1 / POSTS, wider / POSTS
    affine = (width, 0.0, longitude - width / 2, 0.0, -height, latitude + 1 + height / 2)
    return Frame(Projection("EPSG:4326", affine), (math.floor(1 / width + 0.5) + 1, POSTS + 1))
