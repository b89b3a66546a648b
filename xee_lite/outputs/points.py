"""Points in a CRS, and the pixels of a grid in which they lie."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import InputError
from ..grids.crs import parse_crs, same_crs
from ..grids.reprojection import DEGREES, Reprojection
from .vectors import vectors_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..grids.grid import Grid
    from ..grids.reprojection import Bounds

    Floats = npt.NDArray[np.float64]

_TIE = 1e-9
"""Of a pixel: a point so near before an edge lies on it, so that rounding does not decide."""


@dataclass(frozen=True, slots=True)
class Points:
    """Points with their attributes.

    Attributes
    ----------
    x, y : ndarray of float64, shape (points,)
        Not finite where a point has no position.
    crs : str
    attributes : mapping of str to ndarray
    index : ndarray, optional
    """

    x: Floats
    y: Floats
    crs: str
    attributes: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)
    index: npt.NDArray[Any] | None = None

    @classmethod
    def of(cls, given: object, crs: object) -> Points:
        """Read points of any kind that :func:`~xee_lite.outputs.vectors.vectors_of` takes.

        Raises
        ------
        InputError
            If these are no points; the message names the first that is none.
        """
        vectors = vectors_of(given, crs, argument="points")
        if vectors.positions is not None:
            x, y = vectors.positions
            return cls(x, y, vectors.crs, vectors.attributes, vectors.index)
        x, y = np.full((2, len(vectors)), np.nan)
        for number, shape in enumerate(vectors.geometries):
            if shape is None or shape.is_empty:
                continue
            if shape.geom_type != "Point":
                raise InputError(
                    f"Feature {number} of {vectors.source} is a {shape.geom_type}: xee_lite.sample takes points, and "
                    "xee_lite.reduce takes polygons."
                )
            x[number], y[number] = shape.x, shape.y
        return cls(x, y, vectors.crs, vectors.attributes, vectors.index)

    def __len__(self) -> int:
        return len(self.x)

    def degrees_bounds(self, margin: float) -> Bounds | None:
        """The narrowest (west, south, east, north) around all points that have a position; None if none has.

        Parameters
        ----------
        margin : float
            Degrees of latitude, added on each side.
        """
        longitude, latitude = self._in(DEGREES)
        known = np.isfinite(longitude) & np.isfinite(latitude)
        if not known.any():
            return None
        south, north = float(latitude[known].min()), float(latitude[known].max())
        wide = margin / max(np.cos(np.radians(max(abs(south), abs(north)))), 0.01)
        south, north = max(south - margin, -90.0), min(north + margin, 90.0)
        # The bounds leave out the widest gap between longitudes, which may lie across the antimeridian or not.
        longitudes = np.unique((longitude[known] + 180) % 360 - 180)
        gaps = np.append(np.diff(longitudes), longitudes[0] + 360 - longitudes[-1])
        widest = int(gaps.argmax())
        if gaps[widest] <= 2 * wide:
            return -180.0, south, 180.0, north
        west = float(longitudes[(widest + 1) % len(longitudes)]) - wide
        east = float(longitudes[widest]) + wide
        return west, south, east if east > west else east + 360, north

    def positions(self, grid: Grid) -> tuple[Floats, Floats]:
        """Rows and columns of a grid, not rounded: pixel n reaches from n to n + 1. NaN for points without any."""
        x, y = self._in(grid.crs)
        known = np.isfinite(x) & np.isfinite(y)
        rows, columns = np.full((2, len(x)), np.nan)
        if parse_crs(grid.crs).is_geographic:  # longitudes from the left edge of the grid on
            left = grid.bounds[0]
            slack = _TIE * abs(grid.transform.a)
            x = (x - left + slack) % 360 + left - slack
        row, column = grid.origin
        if grid.is_rectilinear:
            rows[known] = grid.y_axis.positions(y[known]) + 0.5
            columns[known] = grid.x_axis.positions(x[known]) + 0.5
            return rows, columns
        across, down = ~grid.lattice @ (x[known], y[known])
        rows[known], columns[known] = down - row, across - column
        return rows, columns

    def pixels(self, grid: Grid) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
        """Rows and columns of the pixels in which the points lie, and a flag for each point that lies in one.

        A point on an edge between two pixels lies in the one with the higher row or column.
        """
        rows, columns = (np.floor(part + _TIE) for part in self.positions(grid))
        inside = (rows >= 0) & (rows < grid.height) & (columns >= 0) & (columns < grid.width)
        return rows, columns, inside

    def _in(self, crs: str) -> tuple[Floats, Floats]:
        """Coordinates in another CRS, NaN where there are none."""
        known = np.isfinite(self.x) & np.isfinite(self.y)
        if same_crs(self.crs, crs):
            return np.where(known, self.x, np.nan), np.where(known, self.y, np.nan)
        x, y = np.full((2, len(self.x)), np.nan)
        if known.any():
            x[known], y[known] = Reprojection(self.crs, crs)(np.stack([self.x[known], self.y[known]], axis=1)).T
        return x, y
