"""Grids of other libraries' objects: a GeoBox, a mapping, a georeferenced xarray object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from affine import Affine

from ..errors import InputError
from .grid import Grid
from .reprojection import DEGREES

if TYPE_CHECKING:
    import xarray as xr

Floats = np.ndarray[Any, np.dtype[np.float64]]


def as_grid(grid: object) -> Grid:
    """The grid that an object is, or spells.

    Parameters
    ----------
    grid : Grid, odc.geo.GeoBox, or mapping with "crs", "transform" and "shape"

    Raises
    ------
    InputError
        If it is none of these.
    """
    if isinstance(grid, Grid):
        return grid
    if isinstance(grid, Mapping):
        if set(grid) != {"crs", "transform", "shape"}:
            raise InputError(f"grid= has the keys {sorted(map(str, grid))}: pass exactly 'crs', 'transform', 'shape'.")
        return Grid(grid["crs"], grid["transform"], grid["shape"])
    try:  # odc.geo.GeoBox, and whatever else has the three
        box: Any = grid
        return Grid(str(box.crs), box.transform, tuple(box.shape))
    except AttributeError as error:
        raise InputError(
            f"grid={type(grid).__name__} is not a grid: pass xee_lite.Grid, an odc-geo GeoBox, "
            "or {'crs': …, 'transform': …, 'shape': (height, width)}."
        ) from error


def grid_of(like: xr.DataArray | xr.Dataset) -> Grid:
    """The grid of a georeferenced xarray object, by CF and GDAL's conventions.

    Raises
    ------
    InputError
        If it has no spatial dimensions, no CRS, or coordinates that are no grid.
    """
    for y, x in (("y", "x"), ("lat", "lon"), ("latitude", "longitude")):
        if y in like.dims and x in like.dims:
            break
    else:
        raise InputError(f"like= has the dimensions {tuple(like.dims)}: it needs y and x (or latitude and longitude).")
    shape = (like.sizes[y], like.sizes[x])
    mapping = _grid_mapping(like)
    crs = mapping.get("crs_wkt") or mapping.get("spatial_ref") or like.attrs.get("crs")
    if crs is None and x in ("lon", "longitude"):
        crs = DEGREES
    if crs is None:
        raise InputError("like= says no CRS: write one with .rio.write_crs(), or pass grid= instead.")
    written = _written_transform(mapping)
    if x not in like.coords or y not in like.coords:
        if written is None:
            raise InputError(f"like= has neither coordinates {y}, {x} nor a GeoTransform: pass grid= instead.")
        return Grid(crs, written, shape)
    xs, ys = np.asarray(like[x], float), np.asarray(like[y], float)
    return Grid(crs, _on_lattice(written, xs, ys) or _transform_of(xs, ys), shape)


def _grid_mapping(like: xr.DataArray | xr.Dataset) -> Mapping[Any, Any]:
    variables = [like, *(like.data_vars.values() if hasattr(like, "data_vars") else ())]
    names = [source.get("grid_mapping") for item in variables for source in (item.encoding, item.attrs)]
    for name in [*names, "spatial_ref", "crs"]:
        if name is not None and name in like.coords:
            return like.coords[name].attrs
    return {}


def _written_transform(mapping: Mapping[Any, Any]) -> Affine | None:
    if "GeoTransform" not in mapping:
        return None
    c, a, b, f, d, e = (float(number) for number in str(mapping["GeoTransform"]).split())
    return Affine(a, b, c, d, e, f)


def _on_lattice(written: Affine | None, x: Floats, y: Floats) -> Affine | None:
    """The written transform, moved to the first pixel that the coordinates name.

    A part of a dataset keeps the GeoTransform of the whole, and a stride keeps one that is too fine: the coordinates
    say where the pixels are, and the transform says it to the last bit where it agrees with them.
    """
    if written is None:
        return None
    column, row = ~written @ (x[0], y[0])
    moved = written @ Affine.translation(round(column - 0.5), round(row - 0.5))
    ends = [moved @ (0.5, 0.5), moved @ (len(x) - 0.5, len(y) - 0.5)]
    pixel = abs(moved.a) + abs(moved.b), abs(moved.d) + abs(moved.e)
    agree = np.allclose(np.divide(ends, pixel), np.divide([(x[0], y[0]), (x[-1], y[-1])], pixel), rtol=0, atol=1e-3)
    return moved if agree else None


def _transform_of(x: Floats, y: Floats) -> Affine:
    if len(x) < 2 or len(y) < 2:
        raise InputError("like= has a single row or column and no GeoTransform: its pixel size is unknown; pass grid=.")
    steps = (x[-1] - x[0]) / (len(x) - 1), (y[-1] - y[0]) / (len(y) - 1)
    for name, values, step in (("x", x, steps[0]), ("y", y, steps[1])):
        if not np.allclose(np.diff(values), step, rtol=1e-4, atol=0):
            raise InputError(f"like= has unevenly spaced {name} coordinates: it is not a pixel grid.")
    return Affine(steps[0], 0, x[0] - steps[0] / 2, 0, steps[1], y[0] - steps[1] / 2)
