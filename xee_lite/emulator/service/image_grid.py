"""Completing a pixel grid of which a request gave only parts.

What the service documents: no grid is the whole image in its own projection; no CRS is the image's own; a region's
bounding box is rescaled to the dimensions where these are given, and else covered. Where it says no more, pixels lie on
the lattice of the transform, rounded outward, as those of downloads by scale were measured to do (aazuspan/wxee issue
49: a polygon at 30 m became 6938 by 5734 pixels at multiples of the pixel's size).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape

from ..errors import EarthError
from ..geometry.coordinates import apply, transform
from ..images import extents
from ..types import PixelGrid, Projection, parse_crs
from .limits import check_dimensions

if TYPE_CHECKING:
    import numpy.typing as npt

    from ..images.image import Band
    from ..types import Transform
    from .payload import Json
    from .pixel_request import GridSpec

Bounds = tuple[float, float, float, float]
"""West, south, east, north in some CRS."""

_SEGMENTS = 64
_SLACK = 1e-6
"""Pixels by which a bound may miss a pixel's edge and still lie on it."""


def complete_grid(spec: GridSpec, band: Band, region: Json | None = None, *, limited: bool = True) -> PixelGrid:
    """Give a grid all of its parts.

    Parameters
    ----------
    spec : GridSpec
        What was sent.
    band : Band
        The first band asked for: its own grid stands in for what is absent.
    region : dict, optional
        GeoJSON whose bounding box is wanted.
    limited : bool
        Whether a request's limit on the sides holds, which it does not for exports.

    Raises
    ------
    EarthError
        If parts are absent that an unbounded image can not supply, or the grid is too large.
    """
    native = band.projection
    crs = spec.crs or native.crs
    same = crs == native.crs or parse_crs(crs) == native.pyproj
    if region is None:
        if spec.transform and spec.dimensions:
            return PixelGrid(crs, spec.transform, *spec.dimensions)
        if spec.transform is None and spec.dimensions is None and same and band.dimensions:
            return _check(
                extents.make_window(Projection(crs, native.transform), band.origin, band.dimensions), limited=limited
            )
    bounds = _band_bounds(band, crs) if region is None else _region_bounds(region, crs)
    if spec.dimensions:
        return PixelGrid(crs, _rescale(bounds, spec.dimensions), *spec.dimensions)
    lattice = spec.transform or (native.transform if same else _lattice(band, crs))
    return _check(_cover(bounds, crs, lattice), limited=limited)


def fit_grid(band: Band, max_side: int) -> PixelGrid:
    """The grid in a band's own CRS that holds it, its longer side of ``max_side`` pixels."""
    crs = band.projection.crs
    bounds = _band_bounds(band, crs)
    width, height = bounds[2] - bounds[0], bounds[3] - bounds[1]
    longer = max(width, height) or 1.0
    size = max(round(max_side * width / longer), 1), max(round(max_side * height / longer), 1)
    return PixelGrid(crs, _rescale(bounds, size), *size)


def _check(grid: PixelGrid, *, limited: bool) -> PixelGrid:
    if limited or grid.width < 1 or grid.height < 1:
        check_dimensions(grid.width, grid.height)
    return grid


def _rescale(bounds: Bounds, size: tuple[int, int]) -> Transform:
    west, south, east, north = bounds
    if not (east > west and north > south):
        raise EarthError(f"The region has no area: its bounding box is {list(bounds)}.")
    return (east - west) / size[0], 0.0, west, 0.0, (south - north) / size[1], north


def _lattice(band: Band, crs: str) -> Transform:
    """Pixels of the band's nominal scale in another CRS, corners at multiples of it."""
    size = Projection(crs).at_scale(band.projection.nominal_scale).transform[0]
    return size, 0.0, 0.0, 0.0, -size, 0.0


def _cover(bounds: Bounds, crs: str, lattice: Transform) -> PixelGrid:
    a, b, c, d, e, f = lattice
    if b or d:
        raise EarthError("A sheared grid needs its 'dimensions'.")
    west, south, east, north = bounds
    col0, col1 = _round_both((west - c) / a, (east - c) / a)
    row0, row1 = _round_both((south - f) / e, (north - f) / e)
    return extents.make_window(Projection(crs, lattice), (col0, row0), (col1 - col0, row1 - row0))


def _round_both(one: float, other: float) -> tuple[int, int]:
    low = math.floor(min(one, other) + _SLACK)
    return low, max(math.ceil(max(one, other) - _SLACK), low + 1)


def _band_bounds(band: Band, crs: str) -> Bounds:
    if band.dimensions is None:
        if band.footprint is None or band.footprint.unbounded:
            raise EarthError(
                "Unable to compute bounds for geometry: the image is unbounded, and the grid has no 'affineTransform' "
                "and 'dimensions'."
            )
        outline = band.footprint.shape
        return _bounds(shapely.get_coordinates(_dense(outline)), band.footprint.projection.crs, crs)
    (col, row), (width, height) = band.origin, band.dimensions
    edge = shapely.get_coordinates(_dense(shapely.box(col, row, col + width, row + height)))
    x, y = apply(band.projection.transform, edge[:, 0], edge[:, 1])
    return _bounds(np.column_stack([x, y]), band.projection.crs, crs)


def _region_bounds(region: Json, crs: str) -> Bounds:
    try:
        outline = shape(region)
        points = shapely.get_coordinates(_dense(outline))
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise EarthError(f"Invalid value at 'region': this is no GeoJSON geometry ({type(error).__name__}).") from error
    if not len(points):
        raise EarthError("Invalid value at 'region': the geometry is empty.")
    return _bounds(points, "EPSG:4326", crs)


def _dense(outline: shapely.Geometry) -> shapely.Geometry:
    """Edges with points along them, as they bend in another CRS."""
    west, south, east, north = outline.bounds or (0, 0, 0, 0)
    length = max(east - west, north - south) / _SEGMENTS
    return shapely.segmentize(outline, length) if length > 0 and math.isfinite(length) else outline


def _bounds(points: npt.NDArray[np.float64], source: str, target: str) -> Bounds:
    x, y = transform(points[:, 0], points[:, 1], source, target)
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        raise EarthError(f"The image or region can not be expressed in {target[:100]}.")
    return float(x[known].min()), float(y[known].min()), float(x[known].max()), float(y[known].max())
