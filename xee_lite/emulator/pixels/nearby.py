"""Composites of large collections: for each part of a grid, of the images that lie there.

Who writes ``collection.filterDate(...).median()`` and reads a valley of it has no use for the other hundred thousand
scenes of the year.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from shapely.geometry import box

from ..geometry.coordinates import reach
from ..geometry.geometry import Geometry
from ..images.image import Band, Image, Pixels, Sampler
from ..types import WGS84
from ..values.stored import Query
from .homogeneity import alike

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..types import PixelGrid
    from ..values.collection import Collection

MANY = 64
"""Images from which on a composite is made part by part of the grid; for fewer, using all of them is faster."""


def compose_nearby(collection: Collection, make: Callable[[Sequence[Image]], Image]) -> Image:
    """The composite that ``make`` makes of a collection's images.

    Parameters
    ----------
    collection : Collection
        Where its images are known to be alike, the bands of one are those of all.
    make : callable
        From images in their order to one, pixel by pixel: images without valid pixels at a position do not matter
        there.
    """
    first = list(islice(collection, MANY + 1)) if collection.uniform else []
    if len(first) <= MANY:
        return alike(list(collection), make)
    like = make(first[:1])
    if any(band.arrays is not None for band in like.bands):
        return alike(list(collection), make)
    token = object()

    def made_at(grid: PixelGrid) -> dict[str, Band]:
        images = list(collection.scan(Query(valid_in=grid_footprint(grid))))
        return {band.name: band for band in make(images).bands} if images else {}

    def placed(band: Band) -> Band:
        def compute(sampler: Sampler) -> Pixels:
            bands = sampler.share(token, lambda: made_at(sampler.grid))
            return sampler(bands[band.name]) if bands else Pixels.nothing(sampler.shape, band.type.storage)

        return band.derived(compute)

    return Image(tuple(map(placed, like.bands)), like.properties)


def grid_footprint(grid: PixelGrid) -> Geometry | None:
    """A box of degrees that holds all pixels of a grid, and more; None if there is none."""
    found = reach(grid, WGS84)
    if found is None:
        return None
    west, south, east, north = found
    return Geometry(box(west, max(south, -90.0), east, min(north, 90.0)), geodesic=False)
