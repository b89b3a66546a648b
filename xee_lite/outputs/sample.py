"""Values at points: from a source or a dataset to a table of points and times."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from ..errors import InputError, XeeLiteWarning, brief
from ..grids.crs import parse_crs
from .attributes import with_attributes
from .points import Points
from .sources import dataset_of, grid_of_dataset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..grids.grid import Grid

    Floats = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

POINT = "point"
"""The dimension of the points."""
_CORNER = "xee_lite_corner"
"""The dimension of the four pixels around a point."""
_METHODS = ("nearest", "bilinear")
_TIE = 1e-9
"""Of a pixel: a point so near to a centre lies on it, so that rounding does not ask for a neighbour without weight."""


def sample(
    source: object,
    points: object,
    *,
    bands: str | Sequence[str] | None = None,
    properties: str | Sequence[str] | None = None,
    method: Literal["nearest", "bilinear"] = "nearest",
    points_crs: object = None,
    **arguments: Any,  # noqa: ANN401 - Arguments has their types
) -> xr.Dataset:
    """Read the values at points, of one image or of all images of a collection.

    The values of the points alone are asked for, not the rectangle around them: as a table where this costs less than
    small windows, see the page on sampling. The result is in memory.

    Parameters
    ----------
    source : Dataset, DataArray, or whatever ``open_dataset`` takes
        A dataset that was opened by this engine, and indexed at most; or an asset id, an ``ee.Image`` or an
        ``ee.ImageCollection``. Without a grid or region among the arguments, a collection is opened around the points:
        images that touch none of that are left out.
    points : path, GeoDataFrame, DataFrame, GeoJSON, shapely geometries, or positions
        A file that GeoPandas reads ("stations.gpkg", with ":layer" where it has several), or a CSV with columns lon and
        lat (longitude and latitude), or x and y with ``points_crs``. Positions are (longitudes, latitudes), a tuple of
        two arrays, or an array of shape (n, 2).
    bands : str or sequence of str, optional
        Bands, or variables of a dataset. By default all.
    properties : str or sequence of str, optional
        Properties of the images that become coordinates, as in ``open_dataset``.
    method : "nearest" or "bilinear", default "nearest"
        "nearest" is the pixel in which a point lies. "bilinear" interpolates between the centres of the four pixels
        around it, as ``interp(method="linear")`` of xarray does; it is missing where one of those with a weight is.
    points_crs : str, int or pyproj.CRS, optional
        CRS of points that say none. Positions are longitude and latitude by default.
    **arguments
        Those of ``open_dataset``, such as ``crs``, ``scale``, ``groupby``.

    Returns
    -------
    xarray.Dataset
        Variables (point, time), or (point,) of one image. The attributes of the points are coordinates along
        ``point``; one whose name is taken gets "_point" appended. ``x`` and ``y`` are the centres of the pixels, or
        with "bilinear" the points themselves, in the CRS of the grid.

    Raises
    ------
    InputError
        If the points or the arguments can not be understood.
    RequestError
        If the service could not give the values.

    Warns
    -----
    XeeLiteWarning
        If points lie outside of the grid or have no position, with their number: their values are missing.

    Examples
    --------
    >>> import xee_lite
    >>> stations = ([6.87, 6.95], [45.83, 45.92])
    >>> heights = xee_lite.sample("USGS/SRTMGL1_003", stations)
    >>> heights.elevation.dims
    ('point',)
    """
    if method not in _METHODS:
        raise InputError(f"method={brief(method)} is unknown: pass 'nearest' or 'bilinear'.")
    places = Points.of(points, points_crs)
    dataset = dataset_of(source, bands, properties, arguments, places.degrees_bounds)
    grid = grid_of_dataset(dataset)
    values, inside = _nearest(dataset, places, grid) if method == "nearest" else _bilinear(dataset, places, grid)
    _warn_of_outside(places, inside)
    values = _with_missing(values, inside)
    order = [POINT, *(dim for dim in values.dims if dim != POINT)]
    return with_attributes(values.transpose(*order, missing_dims="ignore"), POINT, places.attributes, places.index)


def _nearest(dataset: xr.Dataset, points: Points, grid: Grid) -> tuple[xr.Dataset, Flags]:
    """The values of the points within the grid, and a flag for each point that lies there."""
    rows, columns, inside = points.pixels(grid)
    indexers = {
        "y": xr.DataArray(rows[inside].astype(np.intp), dims=POINT),
        "x": xr.DataArray(columns[inside].astype(np.intp), dims=POINT),
    }
    return dataset.isel(indexers).load(), inside


def _bilinear(dataset: xr.Dataset, points: Points, grid: Grid) -> tuple[xr.Dataset, Flags]:
    """The same by interpolation between the centres of four pixels; one without weight need not be in the grid."""
    axes, inside = [], np.ones(len(points), dtype=bool)
    is_global = parse_crs(grid.crs).is_geographic and abs(abs(grid.transform.a) * grid.width - 360) < 1e-9 * 360
    for positions, size, is_cyclic in zip(points.positions(grid), grid.shape, (False, is_global), strict=True):
        centred = positions - 0.5  # whole at the centres of pixels
        whole = np.round(centred)
        centred = np.where(np.abs(centred - whole) < _TIE, whole, centred)
        first = np.floor(centred)
        weight = centred - first
        second = first + (weight > 0)
        if is_cyclic:
            first, second = first % size, second % size
        inside &= (first >= 0) & (second < size)
        axes.append((first, second, weight))
    (top, bottom, down), (left, right, across) = (tuple(part[inside] for part in axis) for axis in axes)
    weights = np.stack([(1 - down) * (1 - across), (1 - down) * across, down * (1 - across), down * across], axis=1)
    rows, columns = np.stack([top, top, bottom, bottom], axis=1), np.stack([left, right, left, right], axis=1)
    dims = (POINT, _CORNER)
    indexers = {
        "y": xr.DataArray(rows.astype(np.intp), dims=dims),
        "x": xr.DataArray(columns.astype(np.intp), dims=dims),
    }
    corners = dataset.isel(indexers).load().drop_vars(["x", "y"], errors="ignore")
    share = xr.DataArray(weights, dims=dims)
    blended = corners.map(lambda values: _blend(values, share), keep_attrs=False)
    for name, variable in corners.data_vars.items():
        blended[name].attrs = {key: value for key, value in variable.attrs.items() if key != "_FillValue"}
    rows, columns = (part[inside] for part in points.positions(grid))
    x, y = grid.transform @ (columns, rows)
    return blended.assign_coords(x=(POINT, x), y=(POINT, y)), inside


def _blend(values: xr.DataArray, share: xr.DataArray) -> xr.DataArray:
    """The weighted mean of four pixels, missing where one of them is that has a weight."""
    fill = values.attrs.get("_FillValue")
    numbers = values.astype(np.float64)
    if fill is not None and not np.isnan(fill):
        numbers = numbers.where(values != fill)
    return (numbers * share).where(share > 0, 0.0).sum(_CORNER, skipna=False)


def _with_missing(values: xr.Dataset, inside: Flags) -> xr.Dataset:
    """The values of all points: for those outside, missing ones or the fill value of an integer variable."""
    if inside.all():
        return values
    fills = {
        name: variable.attrs["_FillValue"]
        for name, variable in values.data_vars.items()
        if "_FillValue" in variable.attrs and variable.dtype.kind in "iu"
    }
    numbered = values.assign_coords({POINT: np.flatnonzero(inside)})
    return numbered.reindex({POINT: np.arange(len(inside))}, fill_value=fills or np.nan).drop_vars(POINT)


def _warn_of_outside(points: Points, inside: Flags) -> None:
    if inside.all():
        return
    first = int(np.flatnonzero(~inside)[0])
    count = int((~inside).sum())
    warnings.warn(
        f"{count} of {len(points)} points lie outside of the grid, or have no position, and their values are missing: "
        f"the first is number {first}, at ({points.x[first]:.9g}, {points.y[first]:.9g}).",
        XeeLiteWarning,
        stacklevel=3,
    )
