"""The pixel grid: a CRS, an affine transform and a shape. All that is spatial follows from this one value."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from affine import Affine

from ..errors import InputError
from .crs import crs_name, parse_crs, spell_crs
from .reprojection import DEGREES, Reprojection

if TYPE_CHECKING:
    from pyproj import CRS

    from .reprojection import Bounds

METRES_PER_DEGREE = 111319.49079327358
"""Earth Engine's length of a degree in EPSG:4326 at every latitude: pi x 6378137 / 180 (measured; no cosine)."""

_SNAP = 1e-6
"""Fraction of a pixel within which an edge counts as lying on the grid, so that rounding adds no row or column."""


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle of pixels within a grid.

    Attributes
    ----------
    row, col : int
        First row and column.
    height, width : int
        Size in pixels.
    """

    row: int
    col: int
    height: int
    width: int

    def __str__(self) -> str:
        return f"rows {self.row}:{self.row + self.height}, columns {self.col}:{self.col + self.width}"


@dataclass(frozen=True, slots=True)
class Grid:
    """A rectangle of pixels on the Earth.

    Parameters
    ----------
    crs : str, int or pyproj.CRS
        Kept as an authority code where it has one ("EPSG:32631"), else as WKT.
    transform : affine.Affine or six numbers (a, b, c, d, e, f)
        From (column, row) to CRS coordinates, pixel-is-area: (0, 0) is the outer corner of the first pixel.
    shape : (height, width)
        In pixels.

    Raises
    ------
    InputError
        If the CRS is unknown, the transform is not six finite numbers of an invertible map, or a side is not positive.
    """

    crs: str
    transform: Affine
    shape: tuple[int, int]

    def __post_init__(self) -> None:
        object.__setattr__(self, "crs", crs_name(self.crs))
        object.__setattr__(self, "transform", _affine(self.transform))
        object.__setattr__(self, "shape", _shape(self.shape))

    @property
    def height(self) -> int:
        """Rows."""
        return self.shape[0]

    @property
    def width(self) -> int:
        """Columns."""
        return self.shape[1]

    @property
    def pyproj_crs(self) -> CRS:
        """The CRS as pyproj's object."""
        return parse_crs(self.crs)

    @property
    def is_rectilinear(self) -> bool:
        """Whether columns and rows run along the axes, so that one-dimensional coordinates describe them."""
        return bool(self.transform.b == 0 and self.transform.d == 0)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(left, bottom, right, top) of the outer edges, in CRS units."""
        corners = [self.transform @ corner for corner in self._corners()]
        xs, ys = zip(*corners, strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    @property
    def centre_longitude(self) -> float:
        """Degrees east of the middle of the grid, within [-180, 180).

        Raises
        ------
        InputError
            If the CRS has no inverse there, as outside the disc that a geostationary satellite sees.
        """
        middle = np.array([self.transform @ (self.width / 2, self.height / 2)], dtype=np.float64)
        longitude = float(Reprojection(self.crs, DEGREES)(middle)[0, 0])
        if math.isnan(longitude):
            raise InputError(
                f"The middle of the grid, {tuple(map(float, middle[0]))}, lies where {spell_crs(self.crs)} has no "
                "inverse: it has no longitude and no solar day; pass groupby='day' or another grid."
            )
        return (longitude + 180) % 360 - 180

    @property
    def seams(self) -> tuple[int, ...]:
        """Columns, within 1..width - 1, that start another turn of longitudes in a geographic CRS.

        Earth Engine knows longitudes within [-180, 180] (whether it wraps others is not documented), so that a grid
        that runs on beyond the antimeridian is asked for in the pieces between its seams, each :meth:`wrapped`. It is
        the pixel's centre that counts; one within a millionth of a pixel of the antimeridian lies on it, and starts
        the next turn. Empty in other CRSs.

        Raises
        ------
        InputError
            If the grid is sheared and crosses the antimeridian.
        """
        if not self.pyproj_crs.is_geographic:
            return ()
        if not self.is_rectilinear:
            self.require_one_turn()
            return ()
        # By bisection: a row may have a hundred million pixels.
        rising = 1 if self.transform.a > 0 else -1

        def turns(column: int) -> int:
            centre = self.transform.a * (column + 0.5) + self.transform.c
            return rising * int(self._turns(np.array([centre]))[0])

        first, last = turns(0), turns(self.width - 1)
        return tuple(bisect_left(range(self.width), turn, key=turns) for turn in range(first + 1, last + 1))

    def wrapped(self) -> Grid:
        """The same pixels by longitudes within [-180, 180), for a window that crosses no seam.

        The origin moves by whole turns, which is exact in float64 (a turn more or less leaves no digit behind), so that
        the lattice stays what it is. A centre that rounding left of -180 is put on it.

        Raises
        ------
        InputError
            If the grid crosses a seam.
        """
        if not self.pyproj_crs.is_geographic:
            return self
        if self.seams:
            raise InputError(f"The grid crosses the antimeridian at the columns {self.seams}: cut it there first.")
        middle = self.transform @ (self.width / 2, self.height / 2)
        turns = float(self._turns(np.array(middle[:1]))[0])
        if turns == 0:
            return self
        a, b, c, d, e, f = tuple(self.transform)[:6]
        moved = replace(self, transform=Affine(a, b, c - 360 * turns, d, e, f))
        if self.is_rectilinear and (short := -180 - float(moved.x.min())) > 0:
            moved = replace(self, transform=Affine(a, b, moved.transform.c + short, d, e, f))
        return moved

    @property
    def x(self) -> npt.NDArray[np.float64]:
        """Pixel centres along a row, shape (width,), in CRS units."""
        self._require_rectilinear()
        return np.asarray(self.transform.a * (np.arange(self.width) + 0.5) + self.transform.c, dtype=np.float64)

    @property
    def y(self) -> npt.NDArray[np.float64]:
        """Pixel centres along a column, shape (height,), in CRS units."""
        self._require_rectilinear()
        return np.asarray(self.transform.e * (np.arange(self.height) + 0.5) + self.transform.f, dtype=np.float64)

    def require_one_turn(self) -> None:
        """Refuse a sheared grid of longitudes that crosses the antimeridian: no column is where it could be cut."""
        if self.is_rectilinear or not self.pyproj_crs.is_geographic:
            return
        centres = [(column - 0.5 if column else 0.5, row - 0.5 if row else 0.5) for column, row in self._corners()]
        longitudes = np.array([(self.transform @ centre)[0] for centre in centres])
        if np.ptp(self._turns(longitudes)):
            raise InputError(
                f"The grid is sheared (transform {tuple(self.transform)[:6]}) and crosses the antimeridian, "
                "which longitudes within [-180, 180] do not: pass one with columns along meridians, or two grids, one "
                "for each side."
            )

    def window(self, window: Window) -> Grid:
        """The part of the grid that a window names (it may reach outside)."""
        shifted = self.transform @ Affine.translation(window.col, window.row)
        return replace(self, transform=shifted, shape=(window.height, window.width))

    def covering(self, left: float, bottom: float, right: float, top: float) -> Grid:
        """The smallest grid on the same lattice of pixels that covers a rectangle of CRS coordinates."""
        inverse = ~self.transform
        corners = [inverse @ corner for corner in ((left, bottom), (left, top), (right, bottom), (right, top))]
        columns, rows = zip(*corners, strict=True)
        col, row = math.floor(min(columns) + _SNAP), math.floor(min(rows) + _SNAP)
        width = max(math.ceil(max(columns) - _SNAP) - col, 1)
        height = max(math.ceil(max(rows) - _SNAP) - row, 1)
        return self.window(Window(row, col, height, width))

    def intersects(self, left: float, bottom: float, right: float, top: float) -> bool:
        """Whether a rectangle of CRS coordinates shares area with the grid's bounds, by longitudes modulo 360."""
        turn = 360.0 if self.pyproj_crs.is_geographic else 0.0
        return intersects(self.bounds, (left, bottom, right, top), turn=turn)

    def _corners(self) -> tuple[tuple[int, int], ...]:
        return (0, 0), (self.width, 0), (0, self.height), (self.width, self.height)

    def _turns(self, longitudes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Whole turns from [-180, 180) to longitudes of centres."""
        return np.asarray(np.floor((longitudes + 180 + _SNAP * abs(self.transform.a)) / 360))

    def _require_rectilinear(self) -> None:
        if not self.is_rectilinear:
            raise InputError(
                f"The grid is sheared (transform {tuple(self.transform)[:6]}): it has no one-dimensional coordinates."
            )


def intersects(one: Bounds, other: Bounds, *, turn: float) -> bool:
    """Whether two rectangles share area, where x and x + turn are one place; 0 is no turn."""
    west, south, east, north = one
    left, bottom, right, top = other
    if not (bottom < north and top > south):
        return False
    if turn:  # the copy of the other one that starts last before the first one ends
        shift = turn * (math.ceil((east - left) / turn) - 1)
        left, right = left + shift, right + shift
    return left < east and right > west


def metres_per_unit(crs: str) -> float:
    """Metres in one unit of a CRS; a degree counts as Earth Engine counts it (:data:`METRES_PER_DEGREE`)."""
    parsed = parse_crs(crs)
    if parsed.is_geographic:
        return METRES_PER_DEGREE
    return float(parsed.axis_info[0].unit_conversion_factor) if parsed.axis_info else 1.0


def nominal_scale(grid: Grid) -> float:
    """Metres along the side of a square as large as a pixel."""
    return math.sqrt(abs(grid.transform.determinant)) * metres_per_unit(grid.crs)


def _affine(transform: Any) -> Affine:  # noqa: ANN401 - whatever a user passes
    try:
        numbers = [float(number) for number in tuple(transform)[:6]]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) != 6 or not all(map(math.isfinite, numbers)):
        raise InputError(f"transform={transform!r} is not six finite numbers (a, b, c, d, e, f) or an affine.Affine.")
    affine = Affine(*numbers)
    if affine.is_degenerate or affine.determinant == 0:
        raise InputError(f"transform={tuple(numbers)} has no inverse: a pixel would have no size.")
    return affine


def _shape(shape: Any) -> tuple[int, int]:  # noqa: ANN401 - whatever a user passes
    try:
        height, width = (int(size) for size in shape)
    except (TypeError, ValueError) as error:
        raise InputError(f"shape={shape!r} is not (height, width) in pixels.") from error
    if height < 1 or width < 1:
        raise InputError(
            f"shape={(height, width)} (height, width) has a side that is not positive: pass at least 1 x 1."
        )
    return height, width
