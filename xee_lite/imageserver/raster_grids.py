"""The grids of rasters: asked for one by one, and which rasters share one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ..errors import InputError
from ..traffic.concurrency import run_all
from .service import grid_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..grids.grid import Grid
    from ..grids.reprojection import Bounds
    from .session import Session

_MAX_GRIDS = 2000
"""Rasters whose grids are asked for, one request each (chosen): at the default 20 requests a second some two
minutes."""

_TOLERANCE = 1e-3
"""Of a pixel, over the whole of two rasters, within which their pixels are those of one grid: coordinates in JSON are
rounded (chosen)."""


@dataclass(frozen=True, slots=True)
class RasterGroup:
    """Rasters whose pixels are pixels of one grid.

    Attributes
    ----------
    grid : Grid
        Around all of them.
    ids : list of int
    """

    grid: Grid
    ids: list[int]


def groups_of(ids: Sequence[int], grids: Sequence[Grid]) -> list[RasterGroup]:
    """Rasters grouped by grids that have their pixels in common, in the order of the first raster of each."""
    groups: list[tuple[Grid, list[int], list[Bounds]]] = []
    for raster, grid in zip(ids, grids, strict=True):
        group = next((group for group in groups if _share_pixels(group[0], grid)), None)
        if group is None:
            group = (grid, [], [])
            groups.append(group)
        _, members, bounds = group
        members.append(raster)
        bounds.append(grid.bounds)
    return [RasterGroup(_around(first, bounds), members) for first, members, bounds in groups]


def _around(grid: Grid, bounds: list[Bounds]) -> Grid:
    """The same pixels over all of some bounds."""
    left, bottom, right, top = zip(*bounds, strict=True)
    return grid.covering(min(left), min(bottom), max(right), max(top))


def check_common(groups: Sequence[RasterGroup]) -> None:
    """Refuse rasters whose grids differ.

    Raises
    ------
    InputError
        If there is more than one group.
    """
    if len(groups) > 1:
        first, other = groups[:2]
        raise InputError(
            f"Rasters {first.ids[0]} and {other.ids[0]} have different grids, {_spelled(first.grid)} and "
            f"{_spelled(other.grid)}: open them by xr.open_datatree, with a group for each of the {len(groups)} grids, "
            "or some of them by rasters=[...], or say the grid, as by crs=, scale= and bbox=, or like=, to which each "
            "is then resampled."
        )


def grids_of(session: Session, ids: Sequence[int]) -> list[Grid]:
    """Ask each raster for its own grid, in the order of the ids.

    Raises
    ------
    InputError
        If there are too many.
    """
    if len(ids) > _MAX_GRIDS:
        raise InputError(
            f"{len(ids)} rasters have a grid each, which takes a request each: pass bbox= or geometry=, or at most "
            f"{_MAX_GRIDS} of their ids as rasters=, or say the grid, as by crs=, scale= and bbox=."
        )
    grids: dict[int, Grid] = {}

    def ask(raster: int) -> None:
        info = session.json(f"{raster}/info")
        try:
            size_x, size_y = info.get("pixelSizeX"), info.get("pixelSizeY")
            grids[raster] = grid_of(info.get("extent"), size_x, size_y, info.get("spatialReference"))
        except InputError as error:
            raise InputError(f"Raster {raster} of {session.url} can not be placed: {error}") from error

    run_all([partial(ask, raster) for raster in ids], session.concurrency)
    return [grids[raster] for raster in ids]


def _share_pixels(first: Grid, other: Grid) -> bool:
    """Whether pixels of both are pixels of one grid."""
    if first.crs != other.crs:
        return False
    shift = ~first.transform @ other.transform
    for column, row in ((0, 0), (other.width, other.height)):
        x, y = shift @ (column, row)
        if max(abs(x - column - round(shift.c)), abs(y - row - round(shift.f))) > _TOLERANCE:
            return False
    return math.isclose(shift.a, 1, rel_tol=1e-6) and math.isclose(shift.e, 1, rel_tol=1e-6)


def _spelled(grid: Grid) -> str:
    a, _, c, _, e, f = tuple(grid.transform)[:6]
    return f"({grid.crs}, pixels of {a:.10g} x {-e:.10g} from {c:.10g}, {f:.10g})"
