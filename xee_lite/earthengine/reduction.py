"""How many native pixels of a band lie under one pixel of the grid: the ``maxPixels`` of reduceResolution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pyproj import Transformer

from ..errors import InputError
from ..grids.crs import parse_crs
from ..grids.reprojection import DEGREES
from ..planning.resampling import REDUCERS, resampling_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from ..grids.grid import Grid
    from ..reader import View
    from ..stack import Band, Projection

    Floats = npt.NDArray[np.float64]

_COUNTING = {"count", "stdDev", "variance"}
"""Reducers that make no sense for a single pixel: of one pixel Earth Engine would give the value itself."""

_DEFAULT_PIXELS = 64
"""The default of ``maxPixels`` (reference of Image.reduceResolution)."""
MAX_PIXELS = 65536
"""The greatest ``maxPixels`` that public programs pass. Whether the service takes more is unknown: its reference names
no maximum, and warns that large ones run out of memory."""

_MARGIN = 1.5
"""Room for images of a collection whose projections stretch pixels in other ways, such as neighbouring UTM zones
(chosen, not measured)."""


def max_pixels(view: View) -> int | None:
    """``maxPixels`` for a reducer: enough for the pixels of every band under one pixel of the grid.

    Parameters
    ----------
    view : View

    Returns
    -------
    int or None
        None where nothing is reduced.

    Raises
    ------
    InputError
        If a band that is to be interpolated or reduced has no pixels of its own, or if too many of them lie under a
        pixel of the grid, or only one where a reducer needs several.
    """
    needed = []
    for band in view.stack.bands:
        resampling = resampling_of(band.name, view.resampling)
        if resampling == "nearest":
            continue
        projection = _projection(view.stack.source, band, resampling)
        if resampling in REDUCERS:
            needed.append(_of_band(band.name, projection, view.grid, resampling))
    return max(needed, default=None)


def _projection(source: str, band: Band, resampling: str) -> Projection:
    """Where the pixels of a band lie. For a band without pixels of its own the service would use nearest, silently."""
    if band.projection is not None:
        return band.projection
    verb = "reduce" if resampling in REDUCERS else "interpolate"
    raise InputError(
        f"resampling={resampling!r} needs the pixels of band {band.name!r}, but {source} is a composite or a "
        f"constant without any of its own: {verb} before compositing, as groupby= with combine= does, or call "
        "image.setDefaultProjection."
    )


def _of_band(name: str, projection: Projection, target: Grid, resampling: str) -> int:
    spans = spans_under(target, projection)
    if not len(spans):
        raise InputError(
            f"resampling={resampling!r} can not be computed: the grid lies where {projection.crs}, the CRS of "
            f"band {name!r}, has no coordinates."
        )
    typical = float(np.median(spans.prod(axis=1)))
    if typical > MAX_PIXELS:
        raise InputError(
            f"resampling={resampling!r} would reduce {typical:.0f} pixels of band {name!r} to one, and Earth "
            f"Engine takes {MAX_PIXELS}: pass a finer scale, or reduce in two steps."
        )
    if resampling in _COUNTING and spans.prod(axis=1).max() <= 1 + 1e-6:
        raise InputError(
            f"resampling={resampling!r} needs several pixels of band {name!r} under one of the grid, which has "
            "pixels as fine as the band's own: pass a coarser scale."
        )
    # A pixel touches one more column and row than it spans, where its edges lie within native pixels.
    touched = float((spans + 1).prod(axis=1).max())
    return int(np.clip(np.ceil(_MARGIN * min(touched, MAX_PIXELS)), _DEFAULT_PIXELS, MAX_PIXELS))


def spans_under(target: Grid, native: Projection) -> Floats:
    """Columns and rows of native pixels that the bounding box of a pixel of the grid spans.

    Parameters
    ----------
    target : Grid
    native : Projection

    Returns
    -------
    ndarray, shape (n, 2)
        At the middle, the corners and the middles of the edges of the grid, as far as the native CRS reaches there.
    """
    column, row = _sample_pixels(target, native)
    # The four corners of each pixel are enough: a projection hardly bends within one.
    corners = target.transform @ (column + np.array([[0], [1], [0], [1]]), row + np.array([[0], [0], [1], [1]]))
    to_native = Transformer.from_crs(target.pyproj_crs, parse_crs(native.crs), always_xy=True)
    with np.errstate(invalid="ignore"):  # infinite where the native CRS does not reach
        columns, rows = ~native.transform @ to_native.transform(*corners)
    finite = np.isfinite(columns).all(axis=0) & np.isfinite(rows).all(axis=0)
    spans: Floats = np.stack([np.ptp(columns[:, finite], axis=0), np.ptp(rows[:, finite], axis=0)], axis=1)
    return spans


def _sample_pixels(target: Grid, native: Projection) -> tuple[Floats, Floats]:
    """Columns and rows of nine pixels of the grid, moved to longitudes within the area of use of the native CRS.

    Far from it a zone of UTM is stretched without end, but the images there have zones of their own.
    """
    steps = np.array([0, 0.5, 1])
    column, row = (axis.ravel() for axis in np.meshgrid(steps * (target.width - 1), steps * (target.height - 1)))
    area = parse_crs(native.crs).area_of_use
    if area is None or area.west >= area.east:
        return column, row
    to_degrees = Transformer.from_crs(target.pyproj_crs, DEGREES, always_xy=True)
    lon, lat = to_degrees.transform(*(target.transform @ (column + 0.5, row + 0.5)))
    outside = (lon < area.west) | (lon > area.east)
    if not outside.any():
        return column, row
    moved = to_degrees.transform(np.clip(lon, area.west, area.east), lat, direction="INVERSE")
    columns, rows = ~target.transform @ moved
    return np.where(outside, columns - 0.5, column), np.where(outside, rows - 0.5, row)
