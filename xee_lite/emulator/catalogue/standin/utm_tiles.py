"""Datasets in square tiles of each UTM zone, one image for each year: annual embeddings.

The real tiles are about 163 840 m wide and lie in the projection that their ``UTM_ZONE`` names (the catalogue). Where
their corners are is not known, nor in which direction their rows run: here corners are whole multiples of the width,
and the first row is the northern one. Tiles that reach over the edge of their zone are whole, and neighbours overlap.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np

from ...geometry.coordinates import transform
from ...geometry.raster_footprint import raster_footprint
from ...types import Projection
from .frame import Frame
from .mgrs import central_meridian
from .scene import Scene, make_image
from .scenes import Scenes, at_sites

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...images.image import Image
    from .scenes import Bounds, Equal

SIDE = 163_840
"""Metres (the catalogue's description of the annual embeddings)."""
SOUTH, NORTH = -80.0, 84.0
"""Degrees of latitude that UTM covers; how close to the poles the real images come is not known."""
FALSE_NORTHING = 10_000_000
_INDEX = re.compile(r"(\d{4})_(\d{2})([NS])_(\d{2})_(\d{2})")


@dataclass(frozen=True)
class Cell:
    """A tile of the zone around the prime meridian's 3 degrees east, whose place within its zone all others share.

    Attributes
    ----------
    column, row : int
        Of the lattice of ``SIDE`` metres, from the origin of the CRS.
    north : bool
        Whether it is one of the northern hemisphere's CRS.
    """

    column: int
    row: int
    north: bool

    @cached_property
    def bounds(self) -> Bounds:
        """West, south, east and north: degrees of longitude from the central meridian, and of latitude."""
        steps = np.linspace(0, SIDE, 9)
        x, y = np.meshgrid(self.column * SIDE + steps, self.row * SIDE + steps)
        crs = "EPSG:32631" if self.north else "EPSG:32731"
        longitude, latitude = transform(x, y, crs, "EPSG:4326")
        longitude = (longitude - central_meridian(31) + 180) % 360 - 180
        return float(longitude.min()), float(latitude.min()), float(longitude.max()), float(latitude.max())


@cache
def cells() -> tuple[Cell, ...]:
    """The tiles that reach into their zone, in the order of their names: the north first."""
    return tuple(
        cell
        for north in (True, False)
        for column in range(7)
        for row in range(FALSE_NORTHING // SIDE + 1)
        if _is_within(cell := Cell(column, row, north))
    )


def _is_within(cell: Cell) -> bool:
    # Beyond the poles, and far from the central meridian, the projection is not one to one.
    top = 9_329_005 if cell.north else FALSE_NORTHING
    bottom = 0 if cell.north else 1_116_915
    if not bottom <= (cell.row + 0.5) * SIDE <= top:
        return False
    west, south, east, north = cell.bounds
    return west < 3 and east > -3 and south < NORTH and north > SOUTH


@dataclass(frozen=True)
class Tile:
    """A tile of a zone."""

    zone: int
    cell: Cell

    @property
    def utm_zone(self) -> str:
        """As the property ``UTM_ZONE`` has it."""
        return f"{self.zone}{'N' if self.cell.north else 'S'}"

    @property
    def name(self) -> str:
        """What follows the year in the system:index (that of a real image is not known)."""
        return f"{self.zone:02d}{'N' if self.cell.north else 'S'}_{self.cell.column:02d}_{self.cell.row:02d}"

    def frame(self, pixel: float) -> Frame:
        """Its grid."""
        crs = f"EPSG:{(32600 if self.cell.north else 32700) + self.zone}"
        left, top = float(self.cell.column * SIDE), float((self.cell.row + 1) * SIDE)
        size = round(SIDE / pixel)
        return Frame(Projection(crs, (pixel, 0.0, left, 0.0, -pixel, top)), (size, size))


@cache
def tiles() -> tuple[Tile, ...]:
    """All tiles, in the order of their names."""
    every = (Tile(zone, cell) for zone in range(1, 61) for cell in cells())
    return tuple(sorted(every, key=lambda tile: tile.name))


class UtmTiles(Scenes):
    """The image collection."""

    def _search(self, start: float, end: float, bounds: Bounds | None, equal: Equal = ()) -> Iterator[Image]:
        """Images in the order of their system:index: year by year."""
        found = at_sites(_tiles_within(bounds), equal, {"UTM_ZONE": lambda tile: tile.utm_zone})
        for year in self._years(start, end):
            for tile in found:
                yield self._image(tile, year)

    def _count(self, start: float, end: float) -> int:
        return len(self._years(start, end)) * len(tiles())

    def _years(self, start: float, end: float) -> list[int]:
        first, last = (datetime.fromtimestamp(at / 1000, UTC).year for at in (start, end))
        return [year for year in range(first, last + 1) if start <= _milliseconds(year) < end]

    def image(self, index: str) -> Image | None:
        """The image of one system:index."""
        match = _INDEX.fullmatch(index)
        if match is None:
            return None
        year, cell = int(match[1]), Cell(int(match[4]), int(match[5]), match[3] == "N")
        known = year >= 1970 and self._dataset.start <= _milliseconds(year) < self._dataset.end
        known = known and 1 <= int(match[2]) <= 60 and cell in cells()
        return self._image(Tile(int(match[2]), cell), year) if known else None

    def _make(self, tile: Tile, year: int) -> Image:
        frames = {name: tile.frame(grid.pixel) for name, grid in self._dataset.grids.items()}
        first = next(iter(frames.values()))
        scene = Scene(
            index=f"{year}_{tile.name}",
            start=_milliseconds(year),
            end=_milliseconds(year + 1),
            frames=frames,
            footprint=raster_footprint(first.projection, first.dimensions),
            bands=self._dataset.bands,
            properties={"UTM_ZONE": tile.utm_zone},
        )
        return make_image(self._dataset, scene)


def _tiles_within(bounds: Bounds | None) -> list[Tile]:
    """Tiles that a box of degrees touches, or all of them; longitudes may run beyond 180."""
    if bounds is None:
        return list(tiles())
    found = []
    for tile in tiles():
        west, south, east, north = tile.cell.bounds
        middle = central_meridian(tile.zone)
        across = any(
            west + middle + shift <= bounds[2] and east + middle + shift >= bounds[0] for shift in (-360, 0, 360)
        )
        if across and south <= bounds[3] and north >= bounds[1]:
            found.append(tile)
    return found


def _milliseconds(year: int) -> float:
    return datetime(year, 1, 1, tzinfo=UTC).timestamp() * 1000
