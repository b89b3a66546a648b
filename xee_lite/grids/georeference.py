"""Grids of objects of other libraries: a GeoBox, a mapping, a raster, a georeferenced xarray object."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from affine import Affine

from ..errors import InputError, brief
from .axis import FARTHEST_PIXEL, Axis, Floats
from .coordinates import LATTICE
from .grid import Grid, Window, has_inverse
from .lattice_index import LatticeIndex
from .raster import raster_grid
from .reprojection import DEGREES

_AXES = (("y", "x"), ("lat", "lon"), ("latitude", "longitude"))
"""Names of dimensions that are taken for those of a grid."""

_EVEN = 1e-4
"""Part of a step by which steps between coordinates may differ; chosen, for coordinates that were rounded."""

_NEAR = 1e-3
"""Pixels by which coordinates may differ from those of a written transform; chosen, for the same."""

_SPELLING = "an odc-geo GeoBox, or {'crs': …, 'transform': …, 'shape': (height, width)}"


def as_grid(grid: object, *, argument: str = "grid") -> Grid:
    """The grid that an object describes.

    Parameters
    ----------
    grid : Grid, odc.geo.GeoBox, rasterio dataset, or mapping with "crs", "transform" and "shape"
    argument : str
        Its name in messages.

    Raises
    ------
    InputError
        If it is none of these.
    """
    if isinstance(grid, Grid):
        return grid
    if isinstance(grid, Mapping):
        if set(grid) != {"crs", "transform", "shape"}:
            raise InputError(f"{argument}= has the keys {brief(list(grid))}: pass exactly 'crs', 'transform', 'shape'.")
        return Grid(grid["crs"], grid["transform"], grid["shape"])
    box: Any = grid
    try:  # odc.geo.GeoBox, and whatever else has the three
        crs, transform, shape = box.crs, box.transform, tuple(box.shape)
        name = None if crs is None else str(crs)
    except Exception as error:  # a user's own object may raise anything
        raise InputError(f"{argument}={type(grid).__name__} is not a grid: pass xee_lite.Grid, {_SPELLING}.") from error
    if name is None:
        raise InputError(f"{argument}={type(grid).__name__} says no CRS: pass one that does, or {_SPELLING}.")
    return Grid(name, transform, shape)


def like_grid(like: object) -> Grid:
    """The grid of what is passed as ``like=``.

    Parameters
    ----------
    like : xarray.DataArray or Dataset, path of a raster, or anything that :func:`as_grid` takes

    Raises
    ------
    InputError
        If it has no grid.
    """
    if isinstance(like, (xr.DataArray, xr.Dataset)):
        return grid_of(like)
    if isinstance(like, (str, os.PathLike)):
        return raster_grid(like)
    grid = as_grid(like, argument="like")
    # Other libraries compute coordinates from the corner of the grid itself, and not from a lattice.
    return grid if isinstance(like, Grid) else Grid.part_of(grid.crs, grid.transform, (0, 0), grid.shape)


def grid_of(like: xr.DataArray | xr.Dataset) -> Grid:
    """The grid of a georeferenced xarray object, by the conventions of CF and GDAL.

    The grid has its coordinates to the last bit, where any lattice has.

    Raises
    ------
    InputError
        If it has no spatial dimensions, no CRS, or coordinates that are no grid.
    """
    y, x = next((axes for axes in _AXES if set(axes) <= set(like.dims)), ("", ""))
    if not y:
        raise InputError(f"like= has the dimensions {brief(like.dims)}: it needs y and x (or latitude and longitude).")
    shape = (like.sizes[y], like.sizes[x])
    if not all(shape):
        raise InputError(f"like= has no pixels: its {y} and {x} have the sizes {shape}.")
    mapping = _grid_mapping(like)
    crs = _crs_of(like, mapping, x)
    written = _written_transform(mapping, "GeoTransform")
    if x not in like.coords or y not in like.coords or like[x].ndim != 1 or like[y].ndim != 1:
        if written is None:
            raise InputError(f"like= has neither coordinates {y}, {x} nor a GeoTransform: pass grid= instead.")
        return Grid(crs, written, shape)  # type: ignore[arg-type] # Grid normalises the CRS
    lazy = [index.axis for index in map(like.xindexes.get, (x, y)) if isinstance(index, LatticeIndex)]
    if len(lazy) == 2 and all(axis.stride == 1 for axis in lazy):
        return _of_axes(crs, *lazy)
    xs, ys = _centres(like, x), _centres(like, y)
    for transform in (_written_transform(mapping, LATTICE), written):
        for lattice in () if transform is None else (Grid(crs, transform, (1, 1)).lattice, transform):  # type: ignore[arg-type]
            if (part := _part(crs, lattice, xs, ys)) is not None:
                return part
    return _by_coordinates(crs, written, xs, ys)


def _crs_of(like: xr.DataArray | xr.Dataset, mapping: Mapping[Any, Any], x: str) -> object:
    """The CRS that the grid mapping or an attribute says; WGS 84 for longitudes without one."""
    attributes = (mapping.get("crs_wkt"), mapping.get("spatial_ref"), like.attrs.get("crs"))
    crs = next((name for name in attributes if name is not None and not (isinstance(name, str) and not name)), None)
    if crs is None and x in ("lon", "longitude"):
        return DEGREES
    if crs is None:
        raise InputError("like= says no CRS: write one with .rio.write_crs(), or pass grid= instead.")
    return crs


def _by_coordinates(crs: object, written: Affine | None, x: Floats, y: Floats) -> Grid:
    """The grid with these coordinates, or the nearest one, where no written transform gives exactly these."""
    for name, centres in (("x", x), ("y", y)):
        _require_even(name, centres)
    exact = _axis_of(x), _axis_of(y)
    if exact[0] is not None and exact[1] is not None:
        return _of_axes(crs, exact[0], exact[1])
    if written is not None and (near := _near(crs, written, x, y)) is not None:
        return near
    if min(len(x), len(y)) < 2:
        raise InputError(
            "like= has a single row or column and no GeoTransform that fits: its pixel size is unknown; pass grid=."
        )
    return Grid(crs, _fitted(x, y), (len(y), len(x)))  # type: ignore[arg-type] # Grid normalises the CRS


def _of_axes(crs: object, x: Axis, y: Axis) -> Grid:
    lattice = Affine(x.step, 0, x.edge, 0, y.step, y.edge)
    return Grid.part_of(crs, lattice, (y.first, x.first), (y.size, x.size))


def _centres(like: xr.DataArray | xr.Dataset, name: str) -> Floats:
    try:
        centres = np.asarray(like[name], dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"like= has {name} coordinates that are no numbers: it is not a pixel grid.") from error
    if not np.isfinite(centres).all():
        raise InputError(f"like= has {name} coordinates that are not finite: it is not a pixel grid.")
    return centres


def _grid_mapping(like: xr.DataArray | xr.Dataset) -> Mapping[Any, Any]:
    variables = [like, *(like.data_vars.values() if hasattr(like, "data_vars") else ())]
    names = [source.get("grid_mapping") for item in variables for source in (item.encoding, item.attrs)]
    for name in [*names, "spatial_ref", "crs"]:
        if isinstance(name, str) and name in like.coords:
            return like.coords[name].attrs
    return {}


def _written_transform(mapping: Mapping[Any, Any], name: str) -> Affine | None:
    if name not in mapping:
        return None
    try:
        c, a, b, f, d, e = (float(number) for number in str(mapping[name]).split())
    except Exception as error:  # an attribute may be any object, and raise anything
        raise InputError(f"like= has {name}={brief(mapping[name])}, which is not six numbers.") from error
    transform = Affine(a, b, c, d, e, f)
    if not has_inverse(transform):
        raise InputError(f"like= has {name}={brief(mapping[name])}, which has no inverse.")
    return transform


def _part(crs: object, transform: Affine, x: Floats, y: Floats) -> Grid | None:
    """The part of a lattice that has exactly these coordinates; None where none has."""
    lattice = Grid.part_of(crs, transform, (0, 0), (1, 1))
    if not lattice.is_rectilinear:
        return None
    row, col = (float(axis.positions(first)) for axis, first in ((lattice.y_axis, y[0]), (lattice.x_axis, x[0])))
    if not (abs(row) <= FARTHEST_PIXEL and abs(col) <= FARTHEST_PIXEL):
        return None
    part = lattice.window(Window(round(row), round(col), len(y), len(x)))
    return part if part.x_axis.has(x) and part.y_axis.has(y) else None


def _axis_of(centres: Floats) -> Axis | None:
    """An axis with exactly these coordinates, which ``numpy.linspace`` or steps may have made; None if none is found.

    Tried are their mean step, the mean rounded to twelve digits and the first step, each from the edge that follows and
    from its two neighbours in float64.
    """
    if len(centres) < 2:
        return None
    mean = float(centres[-1] - centres[0]) / (len(centres) - 1)
    for step in (mean, float(f"{mean:.12g}"), float(centres[1] - centres[0])):
        edge = centres[0] - step / 2
        for start in (edge, np.nextafter(edge, -np.inf), np.nextafter(edge, np.inf)):
            axis = Axis(float(start), step, 0, len(centres))
            if step and axis.has(centres):
                return axis
    return None


def _near(crs: object, written: Affine, x: Floats, y: Floats) -> Grid | None:
    """The written transform, moved to the pixel of the first coordinates, where the two agree; else None.

    They may not agree: a part of a dataset keeps the GeoTransform of the whole, and a stride one that is too fine. Then
    the coordinates are right. Where they agree, the transform is the more exact one of the two if coordinates were
    rounded, as to float32.
    """
    lattice = Grid(crs, written, (1, 1))  # type: ignore[arg-type]
    column, row = ~written @ (x[0], y[0])
    if not (abs(row) <= FARTHEST_PIXEL and abs(column) <= FARTHEST_PIXEL):
        return None
    part = lattice.window(Window(round(row - 0.5), round(column - 0.5), len(y), len(x)))
    moved = part.transform
    ends = [moved @ (0.5, 0.5), moved @ (len(x) - 0.5, len(y) - 0.5)]
    pixel = abs(moved.a) + abs(moved.b), abs(moved.d) + abs(moved.e)
    agree = np.allclose(np.divide(ends, pixel), np.divide([(x[0], y[0]), (x[-1], y[-1])], pixel), rtol=0, atol=_NEAR)
    return part if agree else None


def _require_even(name: str, centres: Floats) -> None:
    if len(centres) < 2:
        return
    step = (centres[-1] - centres[0]) / (len(centres) - 1)
    if not step or not np.allclose(np.diff(centres), step, rtol=_EVEN, atol=0):
        raise InputError(f"like= has unevenly spaced {name} coordinates: it is not a pixel grid.")


def _fitted(x: Floats, y: Floats) -> Affine:
    steps = (x[-1] - x[0]) / (len(x) - 1), (y[-1] - y[0]) / (len(y) - 1)
    return Affine(steps[0], 0, x[0] - steps[0] / 2, 0, steps[1], y[0] - steps[1] / 2)
