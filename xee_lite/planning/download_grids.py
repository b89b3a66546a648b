"""The grid of a download, by the rules of ``ee.Image.getDownloadURL``, which are not those of ``open_dataset``.

They differ where a scale is given: the pixels of a download then have their corners at multiples of their size, as
those of Earth Engine's own downloads do (aazuspan/wxee issue 49: a polygon at 30 m became 6938 by 5734 pixels), unless
the scale is the band's own and no CRS is given: then they are the band's own pixels. Edges of a region are rounded
outward.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from ..errors import InputError, brief
from ..grids.crs import plane_crs, same_crs
from ..grids.grid import Grid, intersects
from ..grids.lattice import fit_shape, is_scale_of, lattice_of, projection_lattice
from ..grids.projected_bounds import TornError, UndefinedHereError
from ..grids.region import box_bounds, check_bbox, geometry_bounds, spell_bounds
from ..grids.reprojection import DEGREES
from ..grids.sane_size import check_scale
from ..grids.user_values import floats_of, number_of, whole_numbers_of

if TYPE_CHECKING:
    from ..grids.reprojection import Bounds
    from ..stack import Band


@dataclass(frozen=True, slots=True)
class GridWords:
    """The arguments that say which pixels of a band are downloaded, beside the region; None where one is not given.

    Attributes
    ----------
    crs : str, int or pyproj.CRS
    crs_transform : affine.Affine or six numbers
        In row-major order: xScale, xShearing, xTranslation, yShearing, yScale, yTranslation.
    dimensions : (width, height)
    scale : float
        Metres.
    """

    crs: object = None
    crs_transform: object = None
    dimensions: object = None
    scale: object = None

    @property
    def fix_pixels(self) -> bool:
        """Whether CRS and transform say where each pixel lies, so that a region and a scale are ignored."""
        return self.crs is not None and self.crs_transform is not None

    def over(self, default: GridWords) -> GridWords:
        """A band's own arguments, and the default ones where it has none."""
        own = {field.name: getattr(self, field.name) for field in fields(self)}
        return GridWords(**{
            name: getattr(default, name) if value is None else value for name, value in own.items()
        })  # fmt: skip


def download_grid(words: GridWords, band: Band, region: object, source: str) -> Grid:
    """The grid of a band, or of a file whose first band it is.

    Parameters
    ----------
    words : GridWords
    band : Band
        Its own grid fills in what is not given.
    region : (west, south, east, north), geometry, or None
        None is the whole band.
    source : str
        The name of the image in messages.

    Raises
    ------
    InputError
        If the arguments contradict each other or are no grid, the band is unbounded, or the region lies outside of it.
    """
    if words.crs_transform is not None and words.crs is None:
        raise InputError("crs_transform= needs crs= beside it, whose coordinates it leads to.")
    size = None if words.dimensions is None else _size(words.dimensions)
    if words.fix_pixels:
        return _by_transform(words, size, band, source)
    scale = None if words.scale is None else _scale(words.scale)
    if size is not None and scale is not None:
        raise InputError("dimensions= and scale= both say how large a pixel is: pass one of them.")
    own = _own_lattice(band)
    if size is None and scale is None and own is None:
        raise InputError(
            f"Band {band.name!r} of {source} is a composite or a constant without pixels of its own: pass scale=, or "
            "dimensions= beside region=."
        )
    crs = plane_crs(words.crs) if words.crs is not None else (own.crs if own is not None else DEGREES)
    bounds = _bounds(region, crs, band, source)
    if size is not None:
        return fit_shape(crs, bounds, size[::-1])
    if scale is not None:
        check_scale(crs, scale, bounds, own)
        is_own = words.crs is None and own is not None and is_scale_of(scale, own)
        return lattice_of(crs, scale, own if is_own else None).covering(*bounds)
    if own is None or crs != own.crs:
        return lattice_of(crs, None, own).covering(*bounds)
    if region is None and band.grid is not None:
        return band.grid
    return own.covering(*_within(bounds, band.grid))


def _by_transform(words: GridWords, size: tuple[int, int] | None, band: Band, source: str) -> Grid:
    """The pixels of the transform: as many as the dimensions say, else those that cover the band."""
    crs = plane_crs(words.crs)
    numbers = floats_of(words.crs_transform, 6, 9)
    if numbers is None:
        raise InputError(f"crs_transform={brief(words.crs_transform)} is not six numbers.")
    first = Grid(crs, numbers, (1, 1) if size is None else size[::-1])
    return first if size is not None else first.covering(*_bounds(None, crs, band, source))


def _size(dimensions: object) -> tuple[int, int]:
    """Width and height.

    Raises
    ------
    InputError
        If they are not two positive numbers.
    """
    size = whole_numbers_of(dimensions, 2)
    if size is None or min(size) < 1:
        raise InputError(f"dimensions={brief(dimensions)} is not (width, height) in pixels, each at least 1.")
    return size[0], size[1]


def _scale(scale: object) -> float:
    metres = number_of(scale)
    if metres is None or not 0 < metres < math.inf:
        raise InputError(f"scale={brief(scale)} is not a positive number of metres.")
    return metres


def _own_lattice(band: Band) -> Grid | None:
    """The band's own grid, or any part of its lattice where it has pixels without bounds."""
    if band.grid is not None or band.projection is None:
        return band.grid
    return projection_lattice(band.projection.crs, band.projection.transform)


def _bounds(region: object, crs: str, band: Band, source: str) -> Bounds:
    """The bounds of the region, or of the whole band, in a CRS."""
    native = band.grid
    if region is not None:
        if native is not None:
            _check_touches(region, native, source)
        return _region_bounds(region, crs)
    if native is None:
        raise InputError(f"Band {band.name!r} of {source} has no end: pass region= to say which part to download.")
    return native.bounds if same_crs(crs, native.crs) else box_bounds(native.bounds, native.crs, crs)


def _region_bounds(region: object, crs: str) -> Bounds:
    """The bounds of a box in degrees, or of a geometry, whose edges may be geodesics."""
    if floats_of(region, 4) is not None:
        return box_bounds(check_bbox(region), DEGREES, crs)
    return geometry_bounds(region, crs, argument="region")


def _check_touches(region: object, native: Grid, source: str) -> None:
    """Refuse a region in which the image has no pixel."""
    bounds = _region_bounds(region, DEGREES)
    try:
        image_bounds = box_bounds(native.bounds, native.crs, DEGREES)
    except (TornError, UndefinedHereError):  # as the corners of a map of the whole Earth
        return
    if not intersects(bounds, image_bounds, turn=360.0):
        raise InputError(
            f"region= lies outside {source}: it spans {spell_bounds(bounds)} in degrees, and the image "
            f"{spell_bounds(image_bounds)}."
        )


def _within(bounds: Bounds, native: Grid | None) -> Bounds:
    """The part of the bounds where the band has pixels; all of them where its longitudes are a turn away."""
    if native is None:
        return bounds
    left, bottom, right, top = native.bounds
    cut = max(bounds[0], left), max(bounds[1], bottom), min(bounds[2], right), min(bounds[3], top)
    return cut if cut[2] > cut[0] and cut[3] > cut[1] else bounds
