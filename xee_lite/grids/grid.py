"""The pixel grid: a CRS, an affine transform and a shape, from which everything spatial follows."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from affine import Affine, TransformNotInvertibleError

from ..errors import InputError, brief
from .axis import FARTHEST_PIXEL, Axis, from_origin
from .crs import crs_name, metres_per_axis_unit, parse_crs, spell_crs
from .reprojection import DEGREES, Reprojection
from .user_values import floats_of, whole_numbers_of

if TYPE_CHECKING:
    from pyproj import CRS

    from .reprojection import Bounds

METRES_PER_DEGREE = 111319.49079327358
"""Length of a degree in Earth Engine's EPSG:4326 at every latitude: pi x 6378137 / 180. It gives the pixel of 10 m that
Earth Engine has, 8.983152841195215e-05 degrees, and the size that a download at 30 m had (aazuspan/wxee issue 49)."""

_SNAP = 1e-6
"""Part of a pixel within which an edge counts as on the lattice, so that rounding adds no row or column; chosen."""

LONGEST_SIDE = 2**31 - 1
"""Pixels along a side: those of Earth Engine's GridDimensions are int32 (reference of its REST API, v1)."""


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

    A window of a grid, and a region cut from it, stays on the lattice of that grid: it keeps the lattice's transform
    and the whole number of rows and columns between the two, so that a pixel has the same coordinates to the last bit
    in every part. A grid without shear whose pixels have their corners or their centres at multiples of their size,
    but for rounding, is a part of the lattice from the origin of the CRS: so are all tiles of one raster, and the same
    grid passed as numbers. ``transform`` is the grid's own. Grids are equal where CRS, transform and shape are.

    Parameters
    ----------
    crs : str, int or pyproj.CRS
        Kept as an authority code where it has one ("EPSG:32631"), else as WKT.
    transform : affine.Affine or six numbers (a, b, c, d, e, f)
        From (column, row) to CRS coordinates, pixel-is-area: (0, 0) is the outer corner of the first pixel.
    shape : (height, width)
        In pixels, each at most 2147483647.

    Raises
    ------
    InputError
        If the CRS is unknown, the transform is not six finite numbers of an invertible map, or a side is not positive.
    """

    crs: str
    transform: Affine
    shape: tuple[int, int]
    lattice: Affine = field(init=False, repr=False, compare=False)
    """The transform of the lattice that the grid is a part of; its pixel (0, 0) may lie outside of the grid."""
    origin: tuple[int, int] = field(init=False, repr=False, compare=False)
    """Row and column, within the lattice, of the first pixel."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "crs", crs_name(self.crs))
        object.__setattr__(self, "transform", _affine(self.transform))
        object.__setattr__(self, "shape", _shape(self.shape))
        lattice, origin = _common_lattice(self.transform)
        object.__setattr__(self, "lattice", lattice)
        object.__setattr__(self, "origin", origin)

    @classmethod
    def part_of(cls, crs: object, lattice: Affine, origin: tuple[int, int], shape: tuple[int, int]) -> Grid:
        """A part of a lattice, whose coordinates are computed from just that lattice.

        Parameters
        ----------
        crs : str, int or pyproj.CRS
            Of the lattice.
        lattice : affine.Affine
            From (column, row) of the lattice to CRS coordinates.
        origin : (row, column)
            Of the first pixel, within the lattice.
        shape : (height, width)
            In pixels.

        Returns
        -------
        Grid
            The part, whose coordinates have the bits that the same pixels have in every other part.
        """
        row, col = origin
        a, b, c, d, e, f = tuple(lattice @ Affine.translation(col, row))[:6]
        if b == d == 0:
            # The edge of the lattice's own first pixel is given, and need not be computed.
            c = Axis(lattice.c, a, col, 1).corner if col else lattice.c
            f = Axis(lattice.f, e, row, 1).corner if row else lattice.f
        part = cls(crs, Affine(a, b, c, d, e, f), shape)  # type: ignore[arg-type] # it normalises the CRS
        object.__setattr__(part, "lattice", lattice)
        object.__setattr__(part, "origin", origin)
        return part

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
        if self.is_rectilinear:
            xs, ys = ([axis.edge_before(0), axis.edge_before(axis.size)] for axis in (self.x_axis, self.y_axis))
        else:
            row, col = self.origin
            corners = [self.lattice @ (col + right, row + down) for right, down in self._corners()]
            xs, ys = ([corner[at] for corner in corners] for at in (0, 1))
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
        """Columns, within 1..width - 1, at which longitudes start another turn in a geographic CRS; none in other CRSs.

        Earth Engine knows longitudes within [-180, 180] (whether it wraps others is not documented), so that a grid
        that runs on beyond the antimeridian is read in the parts between its seams, each :meth:`wrapped`. The centre of
        a pixel counts; within a millionth of a pixel of the antimeridian it lies on it, and starts the next turn.

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
        axis, rising = self.x_axis, 1 if self.transform.a > 0 else -1

        def turns(column: int) -> int:
            return rising * int(self._turns(axis.at([column]))[0])

        # By bisection: a row may have a hundred million pixels.
        first, last = turns(0), turns(self.width - 1)
        return tuple(bisect_left(range(self.width), turn, key=turns) for turn in range(first + 1, last + 1))

    def wrapped(self) -> Grid:
        """The same pixels by longitudes within [-180, 180), for a window that crosses no seam.

        The lattice moves by whole turns, which are exact in float64, so that its pixels stay what they are and its rows
        keep their coordinates. A centre that rounding puts left of -180 is moved onto it: the result is for requests,
        and no coordinates are made of it.

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
        a, b, c, d, e, f = tuple(self.lattice)[:6]
        moved = Grid.part_of(self.crs, Affine(a, b, c - 360 * turns, d, e, f), self.origin, self.shape)
        if self.is_rectilinear:
            ends = moved.x_axis.at([0, self.width - 1])
            if (short := -180 - float(ends.min())) > 0:
                lattice = Affine(a, b, moved.lattice.c + short, d, e, moved.lattice.f)
                moved = Grid.part_of(self.crs, lattice, moved.origin, self.shape)
        return moved

    @property
    def x_axis(self) -> Axis:
        """The columns of a grid without shear."""
        self._require_rectilinear()
        return Axis(self.lattice.c, self.lattice.a, self.origin[1], self.width)

    @property
    def y_axis(self) -> Axis:
        """The rows of a grid without shear."""
        self._require_rectilinear()
        return Axis(self.lattice.f, self.lattice.e, self.origin[0], self.height)

    @property
    def x(self) -> npt.NDArray[np.float64]:
        """Pixel centres along a row, shape (width,), in CRS units."""
        return self.x_axis.centres()

    @property
    def y(self) -> npt.NDArray[np.float64]:
        """Pixel centres along a column, shape (height,), in CRS units."""
        return self.y_axis.centres()

    def require_one_turn(self) -> None:
        """Refuse a sheared grid of longitudes that crosses the antimeridian: it can not be cut there along a column."""
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
        """The part of the grid that a window names (it may reach outside), on the same lattice."""
        row, col = self.origin[0] + window.row, self.origin[1] + window.col
        return Grid.part_of(self.crs, self.lattice, (row, col), (window.height, window.width))

    def covering(self, left: float, bottom: float, right: float, top: float) -> Grid:
        """The smallest grid on the same lattice of pixels that covers a rectangle of CRS coordinates."""
        inverse = ~self.lattice
        corners = [inverse @ corner for corner in ((left, bottom), (left, top), (right, bottom), (right, top))]
        columns, rows = zip(*corners, strict=True)
        if not all(abs(number) <= FARTHEST_PIXEL for number in (*columns, *rows)):
            raise InputError(
                f"The region {brief((left, bottom, right, top))} lies too many pixels of {tuple(self.lattice)[:6]} "
                "from their origin for float64 to count: pass larger pixels, in the units of the CRS."
            )
        col, row = math.floor(min(columns) + _SNAP), math.floor(min(rows) + _SNAP)
        width = max(math.ceil(max(columns) - _SNAP) - col, 1)
        height = max(math.ceil(max(rows) - _SNAP) - row, 1)
        return self.window(Window(row - self.origin[0], col - self.origin[1], height, width))

    def intersects(self, left: float, bottom: float, right: float, top: float) -> bool:
        """Whether a rectangle of CRS coordinates shares area with the grid's bounds, by longitudes modulo 360."""
        turn = 360.0 if self.pyproj_crs.is_geographic else 0.0
        return intersects(self.bounds, (left, bottom, right, top), turn=turn)

    def _corners(self) -> tuple[tuple[int, int], ...]:
        return (0, 0), (self.width, 0), (0, self.height), (self.width, self.height)

    def _turns(self, longitudes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """By how many whole turns longitudes of centres lie beyond [-180, 180)."""
        return np.asarray(np.floor((longitudes + 180 + _SNAP * abs(self.transform.a)) / 360))

    def _require_rectilinear(self) -> None:
        if not self.is_rectilinear:
            raise InputError(
                f"The grid is sheared (transform {tuple(self.transform)[:6]}): it has no one-dimensional coordinates."
            )


def intersects(one: Bounds, other: Bounds, *, turn: float) -> bool:
    """Whether two rectangles share area, where x and x + turn are the same place; with a turn of 0 they are not."""
    west, south, east, north = one
    left, bottom, right, top = other
    if not (bottom < north and top > south):
        return False
    if turn:  # move the other one by turns, to start as far right as possible before the first one ends
        shift = turn * (math.ceil((east - left) / turn) - 1)
        left, right = left + shift, right + shift
    return left < east and right > west


def metres_per_unit(crs: str) -> float:
    """Metres in one unit of a CRS; a degree counts as Earth Engine counts it (:data:`METRES_PER_DEGREE`)."""
    parsed = parse_crs(crs)
    if parsed.is_geographic:
        return METRES_PER_DEGREE
    return metres_per_axis_unit(parsed)


def nominal_scale(grid: Grid) -> float:
    """Metres along the side of a square as large as a pixel."""
    return math.sqrt(abs(grid.transform.determinant)) * metres_per_unit(grid.crs)


def _affine(transform: object) -> Affine:
    if isinstance(transform, Affine):
        transform = tuple(transform)[:6]
    numbers = floats_of(transform, 6, 9)
    if numbers is None or not all(map(math.isfinite, numbers)):
        raise InputError(
            f"transform={brief(transform)} is not six finite numbers (a, b, c, d, e, f) or an affine.Affine."
        )
    affine = Affine(*numbers[:6])
    if not has_inverse(affine):
        raise InputError(f"transform={numbers[:6]} has no inverse: a pixel would have no size, or no end.")
    return affine


def _common_lattice(transform: Affine) -> tuple[Affine, tuple[int, int]]:
    """The lattice of a grid with this transform, and the row and column of its first pixel in that lattice."""
    a, b, c, d, e, f = tuple(transform)[:6]
    if b == d == 0:
        x, y = from_origin(a, c), from_origin(e, f)
        if x is not None and y is not None:
            return Affine(a, 0.0, x[0], 0.0, e, y[0]), (y[1], x[1])
    return transform, (0, 0)


def has_inverse(affine: Affine) -> bool:
    """Whether a transform has an inverse in float64."""
    try:
        return all(map(math.isfinite, (affine.determinant, *tuple(~affine)[:6])))
    except (ArithmeticError, TransformNotInvertibleError):
        return False


def _shape(shape: object) -> tuple[int, int]:
    sizes = whole_numbers_of(shape, 2)
    if sizes is None:
        raise InputError(f"shape={brief(shape)} is not (height, width) in pixels.")
    height, width = sizes
    if height < 1 or width < 1:
        raise InputError(
            f"shape={brief((height, width))} (height, width) has a side that is not positive: pass at least 1 x 1."
        )
    if max(height, width) > LONGEST_SIDE:
        raise InputError(
            f"shape={brief((height, width))} (height, width) has a side of more than {LONGEST_SIDE} pixels, the most "
            "that a request can name: pass a coarser or smaller grid."
        )
    return height, width
