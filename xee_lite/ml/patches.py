"""Where patches lie: at random, side by side, or around points; each a window of one size within a grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ..errors import InputError, brief
from ..grids.crs import crs_name
from ..grids.georeference import like_grid
from ..grids.grid import Grid, Window
from ..grids.reprojection import DEGREES, Reprojection
from ..grids.user_values import whole_numbers_of

if TYPE_CHECKING:
    import numpy.typing as npt

    Integers = npt.NDArray[np.intp]

Size = tuple[int, int]
"""(height, width) in pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Patches:
    """Windows of one size within a grid, in an order of their own.

    Attributes
    ----------
    grid : Grid
        Of the dataset that they are taken from.
    rows, columns : ndarray of int, shape (patches,)
        Of the first pixel of each.
    size : (height, width)
        In pixels, of each.
    """

    grid: Grid
    rows: Integers
    columns: Integers
    size: Size

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, numbers: npt.ArrayLike) -> Patches:
        """Some of them, by their numbers or by a mask."""
        chosen = np.asarray(numbers)
        chosen = chosen if chosen.size else chosen.astype(np.intp)
        return Patches(self.grid, self.rows[chosen], self.columns[chosen], self.size)

    def window(self, number: int) -> Window:
        """One of them within the grid."""
        return Window(int(self.rows[number]), int(self.columns[number]), *self.size)

    @property
    def centres(self) -> npt.NDArray[np.float64]:
        """The x and y of their middles in the CRS of the grid, shape (patches, 2)."""
        middle = np.stack([self.columns + self.size[1] / 2, self.rows + self.size[0] / 2])
        return np.stack(self.grid.transform @ tuple(middle), axis=1)


def random_patches(grid: object, count: int, size: int | Size, *, seed: int = 0) -> Patches:
    """Patches at random places, each place at most once; they may overlap.

    Parameters
    ----------
    grid : Dataset, DataArray or Grid
        What the patches are taken from.
    count : int
        How many.
    size : int or (height, width)
        In pixels.
    seed : int, default 0
        The same seed gives the same patches.

    Returns
    -------
    Patches
        In the order in which they were drawn.

    Raises
    ------
    InputError
        If a patch is larger than the grid, or the grid has fewer places.

    Examples
    --------
    >>> from xee_lite import Grid, ml
    >>> grid = Grid("EPSG:32631", (10, 0, 500000, 0, -10, 4800000), (1000, 1000))
    >>> len(ml.random_patches(grid, 16, 64, seed=1))
    16
    """
    target, shape = _grid(grid), _size(size)
    free_rows, free_columns = _places(target, shape)
    number = whole_numbers_of((count,), 1)
    if number is None or not 0 < number[0] <= free_rows * free_columns:
        raise InputError(
            f"count={brief(count)}: pass a whole number from 1 to {free_rows * free_columns}, the places that a patch "
            f"of {_spell(shape)} pixels has within {_spell(target.shape)}."
        )
    places = np.random.default_rng(seed).choice(free_rows * free_columns, number[0], replace=False)
    rows, columns = np.divmod(places.astype(np.intp), free_columns)
    return Patches(target, rows, columns, shape)


def grid_patches(grid: object, size: int | Size, *, stride: int | Size | None = None) -> Patches:
    """Patches side by side, row by row; the last of a row or column moves back so that it ends with the grid.

    Parameters
    ----------
    grid : Dataset, DataArray or Grid
        What the patches are taken from.
    size : int or (height, width)
        In pixels.
    stride : int or (rows, columns), optional
        From one patch to the next; by default they touch.

    Returns
    -------
    Patches
        They cover all pixels of the grid where the stride is at most the size.

    Raises
    ------
    InputError
        If a patch is larger than the grid.

    Examples
    --------
    >>> from xee_lite import Grid, ml
    >>> grid = Grid("EPSG:32631", (10, 0, 500000, 0, -10, 4800000), (128, 130))
    >>> ml.grid_patches(grid, 64).columns.tolist()
    [0, 64, 66, 0, 64, 66]
    """
    target, shape = _grid(grid), _size(size)
    step = shape if stride is None else _size(stride, "stride")
    starts = [_starts(places, each) for places, each in zip(_places(target, shape), step, strict=True)]
    rows, columns = (axis.ravel() for axis in np.meshgrid(*starts, indexing="ij"))
    return Patches(target, rows, columns, shape)


def point_patches(
    grid: object,
    points: npt.ArrayLike,
    size: int | Size,
    *,
    crs: object = DEGREES,
    outside: Literal["raise", "drop"] = "raise",
) -> Patches:
    """Patches around points: the pixel that a point lies in is the middle one, or the first after the middle.

    Parameters
    ----------
    grid : Dataset, DataArray or Grid
        What the patches are taken from.
    points : array, shape (points, 2)
        (longitude, latitude), or (x, y) in `crs`.
    size : int or (height, width)
        In pixels.
    crs : str, int or pyproj.CRS, default "EPSG:4326"
        Of the points.
    outside : {"raise", "drop"}
        What becomes of points whose patch does not lie within the grid.

    Returns
    -------
    Patches
        In the order of the points.

    Raises
    ------
    InputError
        If a patch is larger than the grid, or does not lie within it.

    Examples
    --------
    >>> from xee_lite import Grid, ml
    >>> grid = Grid("EPSG:4326", (0.1, 0, 0, 0, -0.1, 10), (100, 100))
    >>> ml.point_patches(grid, [(5.05, 5.05)], 5).rows.tolist()
    [47]
    """
    if outside not in ("raise", "drop"):
        raise InputError(f"outside={brief(outside)}: pass 'raise' or 'drop'.")
    target, shape = _grid(grid), _size(size)
    free = _places(target, shape)
    places = _pixels_of(target, _coordinates(points), crs) - np.array(shape) // 2
    inside = ((places >= 0) & (places < free)).all(axis=1)
    if not inside.all() and outside == "raise":
        first = int(np.flatnonzero(~inside)[0])
        raise InputError(
            f"The patches of {int((~inside).sum())} of {len(inside)} points do not lie within the grid of "
            f"{_spell(target.shape)} pixels; the first is number {first}, {brief(np.asarray(points)[first].tolist())}: "
            "open a larger region, or pass outside='drop'."
        )
    rows, columns = places[inside].astype(np.intp).T
    return Patches(target, rows, columns, shape)


def _grid(grid: object) -> Grid:
    return grid if isinstance(grid, Grid) else like_grid(grid)


def _size(size: object, argument: str = "size") -> Size:
    found = whole_numbers_of(size if isinstance(size, (tuple, list)) else (size, size), 2)
    if found is None or min(found) < 1:
        raise InputError(f"{argument}={brief(size)}: pass pixels, one positive whole number or (height, width).")
    return found[0], found[1]


def _places(grid: Grid, size: Size) -> Size:
    """How many rows and columns a patch can begin at."""
    if size[0] > grid.height or size[1] > grid.width:
        raise InputError(
            f"size={_spell(size)} is larger than the grid of {_spell(grid.shape)} pixels: pass a smaller size, or open "
            "a larger region."
        )
    return grid.height - size[0] + 1, grid.width - size[1] + 1


def _starts(places: int, step: int) -> Integers:
    starts = np.arange(0, places, step)
    return starts if starts[-1] == places - 1 else np.append(starts, places - 1)


def _coordinates(points: npt.ArrayLike) -> npt.NDArray[np.float64]:
    try:
        found = np.asarray(points, dtype=np.float64)
    except (TypeError, ValueError):
        found = np.empty(0)
    if found.ndim != 2 or found.shape[1] != 2:
        raise InputError(f"points={brief(points)}: pass pairs of numbers (longitude, latitude), or (x, y) with crs=.")
    return found


def _pixels_of(grid: Grid, points: npt.NDArray[np.float64], crs: object) -> npt.NDArray[np.float64]:
    """Row and column of each point, NaN where its coordinates have no place in the grid's CRS."""
    x, y = Reprojection(crs_name(crs), grid.crs)(points).T
    left, _, right, _ = grid.bounds
    if grid.pyproj_crs.is_geographic:  # a grid across the antimeridian runs on
        x = np.where((x < left) | (x > right), left + (x - left) % 360, x)
    column, row = ~grid.transform @ (x, y)
    pixels: npt.NDArray[np.float64] = np.floor(np.stack([row, column], axis=1))
    return pixels


def _spell(size: Size) -> str:
    return f"{size[0]} x {size[1]}"
