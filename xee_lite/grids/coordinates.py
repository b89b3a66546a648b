"""x, y and the grid mapping: what rioxarray, odc-geo, cf_xarray and GDAL read with no further step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from xarray.indexes import CoordinateTransform, CoordinateTransformIndex, RangeIndex

if TYPE_CHECKING:
    from collections.abc import Hashable

    from .grid import Grid

GRID_MAPPING = "spatial_ref"
"""Name of the grid mapping; rioxarray and odc-geo look for this one first."""


def grid_coordinates(grid: Grid, *, lazy: bool) -> xr.Coordinates:
    """The coordinates of a grid's pixels, at their centres.

    Parameters
    ----------
    grid : Grid
        A sheared one has coordinates of two dimensions, which only lazy ones are given.
    lazy : bool
        Whether x and y are computed when they are looked at, instead of kept in memory.
    """
    if lazy:
        coordinates = _ranges(grid) if grid.is_rectilinear else _plane(grid)
    else:
        coordinates = xr.Coordinates({"y": grid.y, "x": grid.x} if grid.is_rectilinear else {})
    axes = {axis["axis"]: axis for axis in grid.pyproj_crs.cs_to_cf() if "axis" in axis}
    for name, coordinate in coordinates.items():
        coordinate.attrs.update(axes.get(str(name).upper(), {}))
        # Coordinates have no missing values: without this, NetCDF would be given a fill value for them.
        coordinate.encoding["_FillValue"] = None
    return coordinates.assign({GRID_MAPPING: _grid_mapping(grid)})


def _grid_mapping(grid: Grid) -> xr.Variable:
    crs = grid.pyproj_crs
    a, b, c, d, e, f = tuple(grid.transform)[:6]
    attrs = crs.to_cf()
    attrs["spatial_ref"] = attrs["crs_wkt"]
    attrs["GeoTransform"] = " ".join(repr(float(number)) for number in (c, a, b, f, d, e))
    return xr.Variable((), np.int64(0), attrs)


def _ranges(grid: Grid) -> xr.Coordinates:
    """Evenly spaced coordinates as two ends and a step, which also selects without a table of labels."""
    a, _, c, _, e, f = tuple(grid.transform)[:6]
    y, x = (
        xr.Coordinates.from_xindex(
            RangeIndex.linspace(edge + step / 2, edge + step * (size + 0.5), size, endpoint=False, dim=name)
        )
        for name, edge, step, size in (("y", f, e, grid.height), ("x", c, a, grid.width))
    )
    return y.assign(x)


def _plane(grid: Grid) -> xr.Coordinates:
    return xr.Coordinates.from_xindex(CoordinateTransformIndex(_Affine(grid)))


class _Affine(CoordinateTransform):
    """The affine transform of a grid, from positions (y, x) to coordinates of their centres."""

    def __init__(self, grid: Grid) -> None:
        super().__init__(("y", "x"), {"y": grid.height, "x": grid.width})
        self.transform = grid.transform

    def forward(self, dim_positions: dict[str, Any]) -> dict[Hashable, Any]:
        x, y = self.transform @ (dim_positions["x"] + 0.5, dim_positions["y"] + 0.5)
        return {"y": y, "x": x}

    def reverse(self, coord_labels: dict[Hashable, Any]) -> dict[str, Any]:
        column, row = ~self.transform @ (coord_labels["x"], coord_labels["y"])
        return {"y": row - 0.5, "x": column - 0.5}

    def equals(self, other: CoordinateTransform, *, exclude: frozenset[Hashable] | None = None) -> bool:  # noqa: ARG002
        return isinstance(other, _Affine) and (self.transform, self.dim_size) == (other.transform, other.dim_size)
