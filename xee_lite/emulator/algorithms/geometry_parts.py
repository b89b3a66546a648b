"""Parts of geometries: covering grids of areas, and lines cut into pieces."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.geometry import Polygon

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..geometry import cutting
from ..geometry.coordinates import apply
from ..geometry.geometry import Geometry
from ..geometry.projecting import project, to_pixels
from ..types import Projection
from ..values.collection import Collection, make_collection
from ..values.feature import Feature
from .geometries import change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..geometry.error_margin import ErrorMargin

MAX_CELLS = 1_000_000
"""Cells of the rectangle around what is covered: this emulator's own limit."""
SLACK = 1e-9
"""Of a cell: what reaches less far into it does not intersect it."""


@algorithm("Geometry.coveringGrid")
def covering_grid(geometry: Geometry, proj: Projection, scale: float | None) -> Collection:
    """The cells, row by row, with the corner's column and row as index.

    Cells that an area only touches are left out. That, the order and the index are not documented.
    """
    where = "Geometry.coveringGrid"
    if scale is not None and not scale > 0:
        raise EarthError(f"{where}: 'scale' must be positive, got {scale}.")
    grid = proj if scale is None else proj.at_scale(scale)
    shape = to_pixels(project(geometry, grid.crs), grid)
    if shape.is_empty:
        return make_collection([], "Feature")
    left, top, right, bottom = shape.bounds
    first = math.floor(left), math.floor(top)
    across, down = max(math.ceil(right) - first[0], 1), max(math.ceil(bottom) - first[1], 1)
    if across * down > MAX_CELLS:
        raise EarthError(
            f"{where}: {across * down} cells lie around the geometry; at most {MAX_CELLS} are made. "
            "Pass a larger 'scale'."
        )
    row, column = (one.ravel() + start for one, start in zip(np.indices((down, across)), first[::-1], strict=True))
    # A point or a line on an edge belongs to the cell right of it or below; an area that ends there reaches no further.
    inset = SLACK if shape.area else 0
    shapely.prepare(shape)
    cells = shapely.box(column + inset, row + inset, column + 1 - SLACK, row + 1 - SLACK)
    met = shapely.intersects(cells, shape)
    return make_collection([_cell(grid, int(x), int(y)) for x, y in zip(column[met], row[met], strict=True)], "Feature")


def _cell(grid: Projection, column: int, row: int) -> Feature:
    corners = ((column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1))
    shape = shapely.orient_polygons(Polygon([apply(grid.transform, float(x), float(y)) for x, y in corners]))
    geometry = Geometry(shape, geodesic=False, projection=Projection(grid.crs))
    return Feature(geometry, {"system:index": f"{column},{row}"})


def _cut(
    geometry: Geometry, distances: Sequence[float | None], _margin: ErrorMargin | None, proj: Projection | None
) -> Geometry:
    return cutting.cut_lines(geometry, distances, proj)


change("cutLines", _cut)
