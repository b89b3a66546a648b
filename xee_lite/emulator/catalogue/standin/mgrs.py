"""The tiles of Sentinel-2: 100 km squares of the military grid, each with 9.8 km of overlap to the east and south.

Zones are six degrees wide everywhere: the exceptions around Norway and Svalbard are not followed. A square takes the
latitude band of its centre.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ...geometry.coordinates import transform

if TYPE_CHECKING:
    from collections.abc import Iterator

SQUARE = 100_000
TILE = 109_800
"""Metres along each side of a tile."""
SNAP = 60
"""Upper left corners are multiples of the coarsest pixel."""
SOUTH, NORTH = -56.0, 83.0
_BANDS = "CDEFGHJKLMNPQRSTUVWX"
_ROWS = "ABCDEFGHJKLMNPQRSTUV"
_COLUMNS = ("ABCDEFGH", "JKLMNPQR", "STUVWXYZ")
_NAME = re.compile(r"(\d{2})([C-HJ-NP-X])([A-HJ-NP-Z])([A-HJ-NP-V])")


@dataclass(frozen=True, slots=True)
class Square:
    """A 100 km square of any zone.

    Attributes
    ----------
    east, north : int
        West and south edge in hundreds of kilometres; north counts from the equator.
    band : str
        Letter of its latitude band.
    longitude, latitude : float
        Of the tile's centre, longitude from the zone's central meridian.
    bounds : (west, south, east, north)
        Of the tile, degrees, longitude from the zone's central meridian.
    """

    east: int
    north: int
    band: str
    longitude: float
    latitude: float
    bounds: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile."""

    zone: int
    square: Square

    @property
    def name(self) -> str:
        """Such as 35RNK."""
        columns = _COLUMNS[(self.zone - 1) % 3]
        row = (self.square.north + (0 if self.zone % 2 else 5)) % len(_ROWS)
        return f"{self.zone:02d}{self.square.band}{columns[self.square.east - 1]}{_ROWS[row]}"

    @property
    def crs(self) -> str:
        """UTM, north or south."""
        return f"EPSG:{(32600 if self.square.north >= 0 else 32700) + self.zone}"

    @property
    def corner(self) -> tuple[int, int]:
        """Easting and northing of the upper left corner, as the CRS counts."""
        x, y = _corner(self.square.east, self.square.north)
        return x, y + (10_000_000 if self.square.north < 0 else 0)

    @property
    def centre(self) -> tuple[float, float]:
        """Longitude and latitude."""
        longitude = central_meridian(self.zone) + self.square.longitude
        return (longitude + 180) % 360 - 180, self.square.latitude


def central_meridian(zone: int) -> int:
    """Degrees."""
    return 6 * zone - 183


@cache
def squares() -> tuple[Square, ...]:
    """The squares of a zone, from south to north."""
    candidates = (_square(east, north) for north in range(-63, 93) for east in range(1, 9))
    return tuple(square for square in candidates if square is not None)


def _square(east: int, north: int) -> Square | None:
    """A square, if it reaches into its zone and into the latitudes that are observed."""
    edges = np.meshgrid(np.array([east, east + 1]) * SQUARE, np.array([north, north + 1]) * SQUARE)
    longitude, latitude = _degrees(*edges)
    if longitude.min() >= 3 or longitude.max() <= -3 or not SOUTH <= latitude.mean() <= NORTH:
        return None
    band = _BANDS[min(int((latitude.mean() + 80) // 8), len(_BANDS) - 1)]
    x, y = _corner(east, north)
    step = np.linspace(0, TILE, 5)
    longitude, latitude = _degrees(*np.meshgrid(x + step, y - step))
    bounds = float(longitude.min()), float(latitude.min()), float(longitude.max()), float(latitude.max())
    return Square(east, north, band, float(longitude[2, 2]), float(latitude[2, 2]), bounds)


def _corner(east: int, north: int) -> tuple[int, int]:
    """Upper left corner of a tile, its northing counted from the equator."""
    return east * SQUARE // SNAP * SNAP, -(-(north + 1) * SQUARE // SNAP) * SNAP


def _degrees(x: npt.NDArray[Any], y: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Degrees of positions in a zone: longitude from the central meridian; northings count from the equator."""
    longitude, latitude = transform(x.astype(float), y.astype(float), "EPSG:32631", "EPSG:4326")
    return longitude - central_meridian(31), latitude


def tiles(bounds: tuple[float, float, float, float] | None = None) -> Iterator[Tile]:
    """Tiles that a box of degrees touches, or all of them; longitudes may run beyond 180."""
    west, south, east, north = np.array([square.bounds for square in squares()]).T
    for zone in range(1, 61):
        hits = np.ones(len(west), bool)
        if bounds is not None:
            shift = np.array([-360, 0, 360])[:, np.newaxis] + central_meridian(zone)
            across = ((west + shift <= bounds[2]) & (east + shift >= bounds[0])).any(axis=0)
            hits = across & (south <= bounds[3]) & (north >= bounds[1])
        for number in np.flatnonzero(hits):
            yield Tile(zone, squares()[number])


@lru_cache(maxsize=4096)
def parse_tile(name: str) -> Tile | None:
    """The tile of a name, or None."""
    match = _NAME.fullmatch(name)
    if match is None or not 1 <= int(match[1]) <= 60:
        return None
    zone = [Tile(int(match[1]), square) for square in squares()]
    return next((tile for tile in zone if tile.name == name), None)
