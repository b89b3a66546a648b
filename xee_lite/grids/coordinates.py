"""The coordinates of a grid: x, y and the grid mapping, as rioxarray, odc-geo, cf_xarray and GDAL read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from xarray.indexes import CoordinateTransform, CoordinateTransformIndex

from ..errors import InputError
from .lattice_index import LatticeIndex

if TYPE_CHECKING:
    from collections.abc import Hashable

    from affine import Affine

    from .grid import Grid

GRID_MAPPING = "spatial_ref"
"""Name of the grid mapping; rioxarray and odc-geo look for this name first."""

LATTICE = "lattice_transform"
"""Attribute of the grid mapping with the transform of the lattice that the grid is a part of, in the form of GDAL's
``GeoTransform``. From it ``like=`` gets the coordinates of a part of a lattice to the last bit."""

LONGEST_KEPT_SIDE = 2**26
"""Pixels along a side whose coordinates are kept in memory; chosen: 512 MiB of them, the Earth's equator at 60 cm."""


def grid_coordinates(grid: Grid, *, lazy: bool) -> xr.Coordinates:
    """The coordinates of a grid's pixels, at their centres.

    Parameters
    ----------
    grid : Grid
        A sheared one has coordinates of two dimensions, which only lazy ones are given.
    lazy : bool
        Whether x and y are computed when they are used, instead of kept in memory.

    Raises
    ------
    InputError
        If more coordinates than :data:`LONGEST_KEPT_SIDE` would be kept.
    """
    if lazy:
        coordinates = _ranges(grid) if grid.is_rectilinear else _plane(grid)
    else:
        if max(grid.shape) > LONGEST_KEPT_SIDE and grid.is_rectilinear:
            raise InputError(
                f"The grid has {grid.height} x {grid.width} pixels, whose coordinates take "
                f"{8 * sum(grid.shape) / 2**30:.1f} GiB of memory: pass lazy_coords=True, or a coarser or smaller grid."
            )
        coordinates = xr.Coordinates({"y": grid.y, "x": grid.x} if grid.is_rectilinear else {})
    axes = {axis["axis"]: axis for axis in grid.pyproj_crs.cs_to_cf() if "axis" in axis}
    for name, coordinate in coordinates.items():
        coordinate.attrs.update(axes.get(str(name).upper(), {}))
        # Coordinates have no missing values: without this, NetCDF would be given a fill value for them.
        coordinate.encoding["_FillValue"] = None
    return coordinates.assign({GRID_MAPPING: _grid_mapping(grid)})


def _grid_mapping(grid: Grid) -> xr.Variable:
    attrs = grid.pyproj_crs.to_cf()
    attrs["spatial_ref"] = attrs["crs_wkt"]
    attrs["GeoTransform"] = _as_gdal(grid.transform)
    if not all(_is_exact(number) for number in (*tuple(grid.lattice)[:6], *tuple(grid.transform)[:6])):
        attrs[LATTICE] = _as_gdal(grid.lattice)
    return xr.Variable((), np.int64(0), attrs)


def _is_exact(number: float) -> bool:
    """Whether coordinates are computed from it without rounding, so that every lattice gives the same bits.

    It has 12 binary places at most, as 30 m and a quarter of a degree have, and is small enough to be a coordinate.
    """
    return abs(number) < 2**31 and (number * 2**12).is_integer()


def _as_gdal(transform: Affine) -> str:
    a, b, c, d, e, f = tuple(transform)[:6]
    return " ".join(repr(float(number)) for number in (c, a, b, f, d, e))


def _ranges(grid: Grid) -> xr.Coordinates:
    """One-dimensional coordinates that are computed from numbers of pixels, with an index that keeps no labels."""
    y, x = (
        xr.Coordinates.from_xindex(LatticeIndex.of(axis, name, name))
        for name, axis in (("y", grid.y_axis), ("x", grid.x_axis))
    )
    return y.assign(x)


def _plane(grid: Grid) -> xr.Coordinates:
    """Two-dimensional coordinates of a sheared grid."""
    return xr.Coordinates.from_xindex(CoordinateTransformIndex(_Affine(grid)))


class _Affine(CoordinateTransform):
    """The affine transform of a grid, from positions (y, x) to coordinates of their centres."""

    def __init__(self, grid: Grid) -> None:
        super().__init__(("y", "x"), {"y": grid.height, "x": grid.width})
        self.lattice, self.origin = grid.lattice, grid.origin

    def forward(self, dim_positions: dict[str, Any]) -> dict[Hashable, Any]:
        row, col = self.origin
        x, y = self.lattice @ (dim_positions["x"] + (col + 0.5), dim_positions["y"] + (row + 0.5))
        return {"y": y, "x": x}

    def reverse(self, coord_labels: dict[Hashable, Any]) -> dict[str, Any]:
        row, col = self.origin
        column, line = ~self.lattice @ (coord_labels["x"], coord_labels["y"])
        return {"y": line - (row + 0.5), "x": column - (col + 0.5)}

    def equals(self, other: CoordinateTransform, *, exclude: frozenset[Hashable] | None = None) -> bool:  # noqa: ARG002
        mine = self.lattice, self.origin, self.dim_size
        return isinstance(other, _Affine) and mine == (other.lattice, other.origin, other.dim_size)
