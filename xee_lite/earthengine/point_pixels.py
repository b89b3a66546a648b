"""Pixels at points, as getRegion is asked for them and names them: by their centres, and by longitude and latitude.

A reply names a pixel by the longitude and latitude of its centre. Projected back these must give the same pixel: tables
are for pixels where they do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from pyproj import Transformer

from ..errors import WireError
from ..grids.crs import parse_crs
from ..grids.grid import Window
from ..grids.reprojection import DEGREES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..grids.grid import Grid
    from ..reader import Integers, View

    Floats = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

_REPLY_TOLERANCE = 0.25
"""Of a pixel: how far from its centre a position of the reply may lie (chosen; at 0.5 it would be another pixel)."""

_ROUND_TRIP_TOLERANCE = 0.02
"""Of a pixel: how close a centre has to come back from longitude and latitude for a table to be asked for (chosen, far
below `_REPLY_TOLERANCE`)."""

_POLE = 90 - 1e-9
"""Degrees of latitude (a tenth of a millimetre from the pole) beyond which a longitude says nothing."""


@dataclass(frozen=True, slots=True)
class PointPixels:
    """Some pixels of a grid, within the turn of longitudes that the service knows.

    Attributes
    ----------
    grid : Grid
        The rectangle around them, with longitudes from -180 to 180.
    rows, columns : ndarray of int, shape (points,)
        Within that rectangle.
    members : ndarray of int, shape (points,)
        Their positions among the points of the request.
    """

    grid: Grid
    rows: Integers
    columns: Integers
    members: Integers

    def centres(self) -> tuple[Floats, Floats]:
        """The coordinates (x, y) of the pixels' centres, in the grid's CRS."""
        grid = self.grid
        if grid.is_rectilinear:
            return grid.x_axis.at(self.columns), grid.y_axis.at(self.rows)
        row, column = grid.origin
        x, y = grid.lattice @ (self.columns + (column + 0.5), self.rows + (row + 0.5))
        return x, y

    def come_back(self) -> bool:
        """Whether each centre is found again from its longitude and latitude.

        It has to be whether or not the service shifts between the datum of the CRS and WGS 84, which is not documented.
        """
        crs = parse_crs(self.grid.crs)
        base = crs.geodetic_crs
        if base is None:
            return False
        to_degrees, to_base = (Transformer.from_crs(crs, other, always_xy=True) for other in (parse_crs(DEGREES), base))
        longitude, latitude = to_degrees.transform(*self.centres())
        shifted = to_base.transform(longitude, latitude, direction="INVERSE")
        same = to_degrees.transform(longitude, latitude, direction="INVERSE")
        if not all(np.isfinite(part).all() for part in (longitude, latitude, *shifted, *same)):
            return False
        if np.abs(latitude).max(initial=0) > _POLE:
            return False
        every = np.arange(len(self.rows))
        return all(
            self._distances(*self._positions(*centre), every).max(initial=0) < _ROUND_TRIP_TOLERANCE
            for centre in (shifted, same)
        )

    def numbers(self, longitude: Floats, latitude: Floats) -> Integers:
        """The numbers of the points whose pixels lie at some positions.

        Raises
        ------
        WireError
            If a position is that of no pixel that was asked for.
        """
        # Each position once, as a complex number: a reply has a row for every image at each.
        positions, inverse = np.unique(longitude + 1j * latitude, return_inverse=True)
        from_degrees = Transformer.from_crs(parse_crs(DEGREES), parse_crs(self.grid.crs), always_xy=True)
        x, y = from_degrees.transform(positions.real, positions.imag)
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            raise WireError("a row of the reply has a position that the CRS of the grid does not have")
        columns, rows = self._positions(x, y)
        width = self.grid.width
        replied = np.floor(rows).astype(np.int64) * width + np.floor(columns).astype(np.int64)
        asked = self.rows.astype(np.int64) * width + self.columns
        order = np.argsort(asked)
        numbers = order[np.clip(np.searchsorted(asked, replied, sorter=order), 0, len(asked) - 1)]
        distances = self._distances(columns, rows, numbers)
        if (distances > _REPLY_TOLERANCE).any():
            worst = int(distances.argmax())
            raise WireError(
                f"a row of the reply is of longitude {positions.real[worst]:.9g}, latitude "
                f"{positions.imag[worst]:.9g}, where no pixel was asked for"
            )
        return np.asarray(numbers[inverse.ravel()])

    def _positions(self, x: Any, y: Any) -> tuple[Floats, Floats]:  # noqa: ANN401 - what pyproj gives
        """Columns and rows within the rectangle, not rounded: centres have a fraction of a half."""
        x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        if parse_crs(self.grid.crs).is_geographic:
            centres = self.centres()[0]  # which lie within one turn: x is brought into the same one
            x = x + 360 * np.round(((centres.min() + centres.max()) / 2 - x) / 360)
        row, column = self.grid.origin
        columns, rows = ~self.grid.lattice @ (x, y)
        return columns - column, rows - row

    def _distances(self, columns: Floats, rows: Floats, numbers: Integers) -> Floats:
        """How far positions lie from the centres of some of the pixels, in pixels, along the longer of x and y."""
        return np.maximum(np.abs(columns - self.columns[numbers] - 0.5), np.abs(rows - self.rows[numbers] - 0.5))


def pixels_of(view: View, rows: Integers, columns: Integers) -> Iterator[PointPixels]:
    """Pixels of a view's grid, in a part for each turn of longitudes that they lie in."""
    turns, is_native = _turns(view, rows, columns)
    for turn, stays in sorted(set(zip(turns.tolist(), is_native.tolist(), strict=True))):
        members = np.flatnonzero((turns == turn) & (is_native == stays))
        row, column = int(rows[members].min()), int(columns[members].min())
        height, width = int(rows[members].max()) - row + 1, int(columns[members].max()) - column + 1
        part = view.grid.window(Window(row, column, height, width))
        grid = part if stays or not turn else part.wrapped()
        yield PointPixels(grid, rows[members] - row, columns[members] - column, members)


def _turns(view: View, rows: Integers, columns: Integers) -> tuple[npt.NDArray[np.int64], Flags]:
    """Whole turns from longitudes within [-180, 180) to those of some pixels, and whether the source itself lies there.

    Where it does, longitudes are asked for as they are, as `pixel_grid` does for windows.
    """
    grid, native = view.grid, view.stack.finest_grid
    turns, is_native = np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=bool)
    if not grid.pyproj_crs.is_geographic or not grid.is_rectilinear:
        return turns, is_native
    sides = np.searchsorted(grid.seams, columns, side="right")
    first = int(np.floor((float(grid.x_axis.at(0)) + 180 + 1e-6 * abs(grid.transform.a)) / 360))
    turns = first + (sides if grid.transform.a > 0 else -sides)
    if native is not None and native.crs == grid.crs:
        west, south, east, north = native.bounds
        x, y = grid.x_axis.at(columns), grid.y_axis.at(rows)
        half_x, half_y = abs(grid.transform.a) / 2, abs(grid.transform.e) / 2
        is_native = (x - half_x < east) & (x + half_x > west) & (y - half_y < north) & (y + half_y > south)
    return turns, is_native
