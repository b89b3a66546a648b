"""NAIP: a photograph of each quarter of a quadrangle of 7.5 minutes, every third summer, over the conterminous USA."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from ...geometry.coordinates import transform
from ...geometry.raster_footprint import raster_footprint
from ...types import Projection
from .frame import Frame
from .scene import Scene, make_image
from .scenes import Scenes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...images.image import Image
    from .scenes import Bounds, Equal

BOUNDS = (-125, 24, -66, 50)
"""Degrees: whole blocks of one degree."""
QUARTER = 1 / 16
"""Degrees along each side of a quarter of a quadrangle."""
BUFFER = 300.0
"""Metres that a photograph reaches beyond its quarter."""
EVERY = 3
"""Years between photographs; a block's turn comes by its latitude and longitude."""
CORNERS = ("ne", "nw", "se", "sw")
FOUR_BANDS_FROM = 2009
"""Photographs before it have no infrared band, and are called n_ and not m_."""
_INDEX = re.compile(r"([mn])_(\d{2})(\d{3})(\d{2})_([ns][ew])_(\d{2})_1_(\d{8})")


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of a quadrangle: of the block south of ``latitude`` and east of ``-longitude``.

    Attributes
    ----------
    latitude, longitude : int
        As in the quadrangle's number: of the block's south-eastern corner, degrees north and west.
    quad : int
        1 to 64, by rows from the block's north-western corner.
    corner : str
        nw, ne, sw or se.
    """

    latitude: int
    longitude: int
    quad: int
    corner: str

    @property
    def west(self) -> float:
        """Degrees."""
        return -self.longitude - 1 + (self.quad - 1) % 8 / 8 + (QUARTER if self.corner[1] == "e" else 0)

    @property
    def north(self) -> float:
        """Degrees."""
        return self.latitude + 1 - (self.quad - 1) // 8 / 8 - (QUARTER if self.corner[0] == "s" else 0)

    @property
    def zone(self) -> int:
        """Of UTM."""
        return int((self.west + QUARTER / 2 + 180) // 6) + 1

    def flown(self, year: int) -> datetime:
        """Day of a year's photograph."""
        return datetime(year, 6, 15, tzinfo=UTC) + timedelta(days=(self.quad * 7 + self.latitude) % 60)

    def is_flown(self, year: int) -> bool:
        """Whether it is the block's turn."""
        return (year + self.latitude + self.longitude) % EVERY == 0

    def index(self, year: int) -> str:
        """The system:index of a year's photograph."""
        kind = "m" if year >= FOUR_BANDS_FROM else "n"
        number = f"{self.latitude:02d}{self.longitude:03d}{self.quad:02d}"
        return f"{kind}_{number}_{self.corner}_{self.zone:02d}_1_{self.flown(year):%Y%m%d}"


class Naip(Scenes):
    """The image collection."""

    def _search(
        self,
        start: float,
        end: float,
        bounds: Bounds | None,
        equal: Equal = (),  # noqa: ARG002 - no property identifies the position
    ) -> Iterator[Image]:
        """Photographs of four bands, then those of three: of one quarter after the other, in the order of time."""
        years = range(_year(start), _year(end) + 1)
        for some in (range(max(years.start, FOUR_BANDS_FROM), years.stop), range(years.start, FOUR_BANDS_FROM)):
            for one in _quarters(bounds) if some else ():
                for year in some:
                    if one.is_flown(year) and start <= one.flown(year).timestamp() * 1000 < end:
                        yield self._image(one, year)

    def _count(self, start: float, end: float) -> int:
        """How many there are: of each row of blocks, those of that year, times the quarters flown in that time."""
        total = 0
        for year, latitude in product(range(_year(start), _year(end) + 1), range(BOUNDS[1], BOUNDS[3])):
            row = [Quarter(latitude, -degrees - 1, 1, "ne") for degrees in range(BOUNDS[0], BOUNDS[2])]
            days = (Quarter(latitude, 0, quad, "ne").flown(year).timestamp() * 1000 for quad in range(1, 65))
            total += sum(one.is_flown(year) for one in row) * sum(start <= day < end for day in days) * len(CORNERS)
        return total

    def image(self, index: str) -> Image | None:
        """The image of one system:index."""
        match = _INDEX.fullmatch(index)
        if match is None or not 1 <= int(match[4]) <= 64:
            return None
        one, year = Quarter(int(match[2]), int(match[3]), int(match[4]), match[5]), int(match[7][:4])
        inside = BOUNDS[1] <= one.latitude < BOUNDS[3] and BOUNDS[0] < -one.longitude <= BOUNDS[2]
        if not inside or not one.is_flown(year) or one.index(year) != index:
            return None
        known = self._dataset.start <= one.flown(year).timestamp() * 1000 < self._dataset.end
        return self._image(one, year) if known else None

    def _make(self, one: Quarter, year: int) -> Image:
        start = one.flown(year).timestamp() * 1000
        frame = _frame(one)
        bands = self._dataset.bands if year >= FOUR_BANDS_FROM else self._dataset.bands[:3]
        scene = Scene(
            index=one.index(year),
            start=start,
            end=start,
            frames=dict.fromkeys(self._dataset.grids, frame),
            footprint=raster_footprint(frame.projection, frame.dimensions),
            bands=bands,
        )
        return make_image(self._dataset, scene)


def _year(time: float) -> int:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=time)).year


def _quarters(bounds: tuple[float, float, float, float] | None) -> Iterator[Quarter]:
    """Quarters that a box of degrees touches, with the buffer around them, or all of them."""
    west, south, east, north = BOUNDS if bounds is None else bounds
    buffer = 0.02
    for latitude in range(BOUNDS[1], BOUNDS[3]):
        for degrees in range(BOUNDS[2] - 1, BOUNDS[0] - 1, -1):
            if not (south - buffer <= latitude + 1 and latitude <= north + buffer):
                continue
            if not (west - buffer <= degrees + 1 and degrees <= east + buffer):
                continue
            for quad in range(1, 65):
                for corner in CORNERS:
                    one = Quarter(latitude, -degrees - 1, quad, corner)
                    across = west - buffer <= one.west + QUARTER and one.west <= east + buffer
                    if across and south - buffer <= one.north and one.north - QUARTER <= north + buffer:
                        yield one


def _frame(one: Quarter) -> Frame:
    """Pixels of a metre in NAD83 / UTM, from a whole metre on."""
    crs = f"EPSG:{26900 + one.zone}"
    longitude = one.west + QUARTER * np.array([0.0, 1.0, 1.0, 0.0])
    latitude = one.north - QUARTER * np.array([0.0, 0.0, 1.0, 1.0])
    x, y = transform(longitude, latitude, "EPSG:4326", crs)
    left, top = math.floor(x.min() - BUFFER), math.ceil(y.max() + BUFFER)
    size = math.ceil(x.max() + BUFFER) - left, top - math.floor(y.min() - BUFFER)
    return Frame(Projection(crs, (1.0, 0.0, float(left), 0.0, -1.0, float(top))), size)
