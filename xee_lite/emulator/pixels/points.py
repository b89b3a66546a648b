"""The pixels of a region as rows of a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from shapely.geometry import Point

from ..geometry.coordinates import transform
from ..geometry.geometry import Geometry
from ..images import extents
from ..images.arrays import read_pixels
from ..images.image import Sampler
from ..images.region import Tile
from ..values.array import Array

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..images.image import Band
    from ..images.region import Region

Floats = npt.NDArray[np.float64]
Keep = Callable[[Floats, Floats], npt.NDArray[np.bool_]]

FEW = 1000
"""Pixels of a tile that cost as much as one by itself, about: most of that is the grid's and the band's own."""


@dataclass(frozen=True, slots=True)
class Points:
    """Pixels of a tile.

    Attributes
    ----------
    columns : list of ndarray, shape (n,)
        Values by band; objects, themselves arrays, of a band of arrays.
    valid : list of ndarray of bool, shape (n,)
        By band.
    longitude, latitude : ndarray, shape (n,)
        Of the centres, in degrees.
    """

    columns: list[npt.NDArray[Any]]
    valid: list[npt.NDArray[np.bool_]]
    longitude: Floats
    latitude: Floats

    @property
    def complete(self) -> npt.NDArray[np.bool_]:
        """Pixels that are valid in all bands."""
        found = np.ones(len(self.longitude), bool)
        for valid in self.valid:
            found &= valid
        return found

    def rows(self) -> Iterator[list[Any]]:
        """Values by band, pixel by pixel; None where masked."""
        lists = [
            [_to_json(value) if known else None for value, known in zip(column.tolist(), valid.tolist(), strict=True)]
            for column, valid in zip(self.columns, self.valid, strict=True)
        ]
        return map(list, zip(*lists, strict=True))

    def geometry(self, index: int) -> Geometry:
        """The centre of a pixel."""
        return Geometry(Point(float(self.longitude[index]), float(self.latitude[index])))

    def chosen(self, keep: npt.NDArray[Any]) -> Points:
        """Some of the pixels, by flags or indices."""
        columns, valid = [column[keep] for column in self.columns], [one[keep] for one in self.valid]
        return Points(columns, valid, self.longitude[keep], self.latitude[keep])


def sample_points(region: Region, bands: Sequence[Band], keep: Keep | None = None) -> Iterator[Points]:
    """The pixels whose centre lies in a region, or that a point or line touches, tile by tile.

    Parameters
    ----------
    region : Region
    bands : sequence of Band
    keep : callable, optional
        Given coordinates in the region's CRS, to be broadcast: which pixels are selected. Where it is few of
        a tile, only they are computed.
    """
    for tile in region.tiles():
        for part in [tile] if keep is None else _keep(tile, keep):
            yield _points(part, bands)


def _keep(tile: Tile, keep: Keep) -> Iterator[Tile]:
    """The wanted pixels of a tile: each by itself if they are few, else as they lie."""
    yield from worth_computing(replace(tile, centres=tile.centres & keep(*tile.grid.centres())))


def worth_computing(tile: Tile) -> Iterator[Tile]:
    """The pixels of a tile whose centres are marked: each by itself if they are few, else as they lie."""
    selected = tile.centres
    if FEW * selected.sum() > selected.size:
        yield tile
        return
    for row, col in np.argwhere(selected).tolist():
        one = extents.make_window(tile.grid.projection, (col, row), (1, 1))
        yield Tile(one, tile.shares[row : row + 1, col : col + 1], np.ones((1, 1), bool))


def _points(tile: Tile, bands: Sequence[Band]) -> Points:
    sampler = Sampler(tile.grid)
    at = np.nonzero(tile.centres)
    x, y = np.broadcast_arrays(*tile.grid.centres())
    longitude, latitude = transform(x[at], y[at], tile.grid.crs, "EPSG:4326")
    pixels = [read_pixels(sampler, band) for band in bands]
    return Points(
        [one.values[at] for one in pixels],
        [one.mask[at] > 0 for one in pixels],
        longitude,
        latitude,
    )


def _to_json(value: Any) -> Any:  # noqa: ANN401 - a number or a pixel's array
    if not isinstance(value, np.ndarray):
        return value
    return Array(value.astype(np.float64 if value.dtype.kind == "f" else np.int64))
