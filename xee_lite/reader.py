"""The protocol of what reads pixels, and the requests that it gets: windows, points and regions."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np
import numpy.typing as npt

from .grids.grid import Window
from .planning.combining import MOSAIC

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .grids.grid import Grid
    from .planning.limits import TableLimits
    from .planning.nodata import Codec
    from .planning.resampling import Resampling
    from .stack import Stack

Integers = npt.NDArray[np.intp]
Ring = npt.NDArray[np.float64]
"""Shape (n, 2): x and y of a closed line."""
Polygons = tuple[tuple[Ring, ...], ...]
"""Polygons that are one region, each as its outer ring and its holes."""

Slices = tuple[slice, ...]
"""Where pixels (item, band, y, x) lie in a larger array; axes that are not named are whole."""


@dataclass(frozen=True, slots=True)
class View:
    """What a dataset reads of its source: bands and items, on a grid.

    Attributes
    ----------
    stack : Stack
        The selected bands and the items in their order; groups of images are one item.
    grid : Grid
        The whole grid; requests name windows of it.
    codecs : mapping of band to Codec
        How the pixels of each band travel and stand in memory.
    resampling : str, or mapping of these by band
        How a pixel of the grid finds its value.
    combine : str
        How the images of a group become one.
    """

    stack: Stack
    grid: Grid
    codecs: Mapping[str, Codec]
    resampling: Resampling = "nearest"
    combine: str = MOSAIC


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """One read.

    Parameters
    ----------
    items : tuple of int
        Positions in ``Stack.items``, in the order in which they are asked for.
    bands : tuple of str
        Names of bands in the order in which they are asked for.
    window : Window
        The part of the grid, in pixels.
    """

    items: tuple[int, ...]
    bands: tuple[str, ...]
    window: Window

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """The shape (item, band, y, x) of the pixels."""
        return len(self.items), len(self.bands), self.window.height, self.window.width

    @property
    def size(self) -> int:
        """Pixels, over all items and bands."""
        return math.prod(self.shape)

    def halves(self) -> list[tuple[ReadRequest, Slices]]:
        """Two requests for the same pixels, and where they lie: items apart, else rows or columns. A pixel has none."""
        items, _, height, width = self.shape
        axis = 0 if items > 1 else 2 if height >= width else 3
        return [self._part(axis, part) for part in _halves(self.shape[axis])]

    def _part(self, axis: int, part: slice) -> tuple[ReadRequest, Slices]:
        slices = (*[slice(None)] * axis, part)
        if axis == 0:
            return replace(self, items=self.items[part]), slices
        start, length = part.start, part.stop - part.start
        if axis == 2:
            return replace(self, window=replace(self.window, row=self.window.row + start, height=length)), slices
        return replace(self, window=replace(self.window, col=self.window.col + start, width=length)), slices


class Reader(Protocol):
    """A source of pixels: pickles, and may be called from many threads at once."""

    def read(self, request: ReadRequest, out: npt.NDArray[np.generic]) -> None:
        """Read one request, which fits the service's limits.

        Parameters
        ----------
        request : ReadRequest
        out : ndarray, shape (item, band, y, x)
            Where the pixels go: often a part of a larger array, so of any strides.

        Raises
        ------
        RequestError
            When the service could not give it.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class PointsRequest:
    """One table of values: some pixels, wherever they lie, of some items and bands.

    Parameters
    ----------
    items : tuple of int
        Positions in ``Stack.items``, each once.
    bands : tuple of str
        Names of bands, each once.
    rows, columns : ndarray of int, shape (points,)
        Pixels of the grid, each once.
    """

    items: tuple[int, ...]
    bands: tuple[str, ...]
    rows: Integers
    columns: Integers

    @property
    def shape(self) -> tuple[int, int, int]:
        """The shape (item, band, point) of the values."""
        return len(self.items), len(self.bands), len(self.rows)

    @property
    def size(self) -> int:
        """Values, over all items and bands."""
        return math.prod(self.shape)

    @property
    def window(self) -> Window:
        """The rectangle around the points."""
        row, column = int(self.rows.min()), int(self.columns.min())
        return Window(row, column, int(self.rows.max()) - row + 1, int(self.columns.max()) - column + 1)

    def halves(self) -> list[tuple[PointsRequest, Slices]]:
        """Two requests for the same values, and where they lie: items apart, else points. One value has none."""
        items, _, points = self.shape
        if items > 1:
            return [(replace(self, items=self.items[part]), (part,)) for part in _halves(items)]
        return [(self.of_points(part), (_WHOLE, _WHOLE, part)) for part in _halves(points)]

    def of_points(self, part: slice | npt.NDArray[np.bool_]) -> PointsRequest:
        """The request for some of the points."""
        return replace(self, rows=self.rows[part], columns=self.columns[part])


@dataclass(frozen=True, slots=True, eq=False)
class RegionsRequest:
    """One table of statistics: what a reducer makes of the pixels of some regions, for some items and bands.

    Parameters
    ----------
    items : tuple of int
        Positions in ``Stack.items``, each once.
    bands : tuple of str
        Names of bands, each once.
    regions : sequence of Polygons
        In the grid's CRS, with straight edges.
    reducer : str
        Its name, by which the service knows it.
    """

    items: tuple[int, ...]
    bands: tuple[str, ...]
    regions: Sequence[Polygons]
    reducer: str

    @property
    def shape(self) -> tuple[int, int, int]:
        """The shape (item, band, region) of the statistics."""
        return len(self.items), len(self.bands), len(self.regions)

    @property
    def size(self) -> int:
        """Statistics, over all items and bands."""
        return math.prod(self.shape)

    def halves(self) -> list[tuple[RegionsRequest, Slices]]:
        """Two requests for the same statistics, and where they lie: items apart, else regions. One has none."""
        items, _, regions = self.shape
        if items > 1:
            return [(replace(self, items=self.items[part]), (part,)) for part in _halves(items)]
        return [(replace(self, regions=self.regions[part]), (_WHOLE, _WHOLE, part)) for part in _halves(regions)]


_WHOLE = slice(None)


def _halves(size: int) -> list[slice]:
    """The two halves of an axis; of a single position none."""
    return [slice(0, size // 2), slice(size // 2, size)] if size > 1 else []


class PointsReader(Reader, Protocol):
    """A reader whose service also gives values of pixels as a table."""

    def table_limits(self) -> TableLimits | None:
        """What a table may have; None where the service gives none."""
        ...

    def tells_apart(self, rows: Integers, columns: Integers) -> bool:
        """Whether a table of these pixels tells which value is of which pixel; takes the time to reproject them."""
        ...

    def read_points(self, request: PointsRequest, out: npt.NDArray[np.generic]) -> None:
        """Read one table, whose values are those that `Reader.read` gives for the same pixels.

        Parameters
        ----------
        request : PointsRequest
            Within `table_limits`, of pixels that `tells_apart` is true of.
        out : ndarray, shape (item, band, point)
            Of the memory type of the bands' codecs; missing pixels get their fill.

        Raises
        ------
        RequestError
            When the service could not give it.
        """
        ...


class RegionsReader(Reader, Protocol):
    """A reader whose service also reduces the pixels of regions."""

    @property
    def grid(self) -> Grid:
        """The grid whose pixels are reduced."""
        ...

    def read_regions(self, request: RegionsRequest, out: npt.NDArray[np.float64]) -> None:
        """Reduce the pixels of regions, each with the part of it that lies in the region where the reducer weights.

        Parameters
        ----------
        request : RegionsRequest
        out : ndarray of float64, shape (item, band, region)
            NaN where a region has no valid pixel.

        Raises
        ------
        InputError
            For a reducer that the service does not have.
        RequestError
            When the service could not give it.
        """
        ...


def points_reader(reader: Reader) -> PointsReader | None:
    """The same reader where it can read tables of values; else None."""
    return cast("PointsReader", reader) if hasattr(reader, "read_points") else None


def regions_reader(reader: Reader) -> RegionsReader | None:
    """The same reader where it can reduce regions; else None."""
    return cast("RegionsReader", reader) if hasattr(reader, "read_regions") else None
