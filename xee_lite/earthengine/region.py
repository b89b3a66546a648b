"""Values at points by ``ImageCollection.getRegion``: a row for each image and pixel, put back where it belongs.

Pixels are asked for by their centres, in the CRS of the grid and on its pixels (``crs`` and ``crsTransform``), so that
each value is that of the same pixel by ``computePixels``. A reply names a pixel by longitude and latitude, which are
projected back: tables are for pixels whose centre comes back to itself that way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from pyproj import Transformer

from ..decoding.json_table import decode_rows, numbers_of
from ..errors import WireError
from ..grids.crs import parse_crs
from ..grids.grid import Window
from ..grids.reprojection import DEGREES
from ..planning.limits import TableLimits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..grids.grid import Grid
    from ..reader import Integers, View
    from .graph import Graph, Node

    Floats = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

MAX_VALUES = 2**20
"""Of one getRegion: points x images x bands. "Attempting to extract more than 1048576 values will result in an error"
(its reference)."""

TIME = "system:time_start"
"""The property that a row of a table has beside the index of its image."""

_POINT_BYTES = 48
"""Of two coordinates in the body of a request, at most."""

_ROW_BYTES, _VALUE_BYTES = 80, 20
"""Of a row without its values, and of a value: 60 and 15 on the local service, and what parsing them takes besides."""

_LONGEST_ROW, _LONGEST_CELL = 160, 40
"""Bytes that they have at most: numbers with all their digits, and spaces between them."""

_NEAR = 0.25
"""Of a pixel, how far from its centre a position that comes back may lie."""

_SURE = 0.02
"""Of a pixel, within which a centre has to come back from longitude and latitude to be asked for so."""

_POLE = 90 - 1e-9
"""Degrees of latitude beyond which a longitude says nothing."""


def table_limits(payload_bytes: int, item_bytes: int) -> TableLimits:
    """The limits of getRegion, for requests whose images take so many bytes each."""
    return TableLimits(
        values=MAX_VALUES,
        payload_bytes=payload_bytes,
        item_bytes=item_bytes,
        point_bytes=_POINT_BYTES,
        row_bytes=_ROW_BYTES,
        value_bytes=_VALUE_BYTES,
    )


def longest_reply(items: int, bands: int, points: int) -> int:
    """Bytes that a reply has at most."""
    return (items * points + 1) * (_LONGEST_ROW + bands * _LONGEST_CELL) + 1000


@dataclass(frozen=True, slots=True)
class PointPixels:
    """Some pixels of a grid as the service is asked for them.

    Attributes
    ----------
    grid : Grid
        The rectangle around them, by longitudes that the service knows.
    rows, columns : ndarray of int, shape (points,)
        Within that rectangle.
    members : ndarray of int
        Which points of the request they are.
    """

    grid: Grid
    rows: Integers
    columns: Integers
    members: Integers

    def centres(self) -> tuple[Floats, Floats]:
        """Coordinates in the grid's CRS."""
        grid = self.grid
        if grid.is_rectilinear:
            return grid.x_axis.at(self.columns), grid.y_axis.at(self.rows)
        row, column = grid.origin
        x, y = grid.lattice @ (self.columns + (column + 0.5), self.rows + (row + 0.5))
        return x, y

    def come_back(self) -> bool:
        """Whether each centre has a longitude and a latitude, with any datum, from which it comes back."""
        x, y = self.centres()
        crs = parse_crs(self.grid.crs)
        base = crs.geodetic_crs
        if base is None:
            return False
        to_degrees, to_base = (Transformer.from_crs(crs, other, always_xy=True) for other in (parse_crs(DEGREES), base))
        longitude, latitude = to_degrees.transform(x, y)
        again = to_base.transform(*to_degrees.transform(x, y), direction="INVERSE")
        back = to_degrees.transform(longitude, latitude, direction="INVERSE")
        if not all(np.isfinite(part).all() for part in (longitude, latitude, *again, *back)):
            return False
        if np.abs(latitude).max(initial=0) > _POLE:
            return False
        return all(self._distance(*self._positions(*there)).max(initial=0) < _SURE for there in (again, back))

    def numbers(self, longitude: Floats, latitude: Floats) -> Integers:
        """Of which point each position is the pixel's.

        Raises
        ------
        WireError
            If one is of no pixel that was asked for.
        """
        places, inverse = np.unique(longitude + 1j * latitude, return_inverse=True)
        there = Transformer.from_crs(parse_crs(DEGREES), parse_crs(self.grid.crs), always_xy=True)
        x, y = there.transform(places.real, places.imag)
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            raise WireError("a row of the reply has a position that the CRS of the grid does not have")
        columns, rows = self._positions(x, y)
        width = self.grid.width
        codes = np.floor(rows).astype(np.int64) * width + np.floor(columns).astype(np.int64)
        asked = self.rows.astype(np.int64) * width + self.columns
        order = np.argsort(asked)
        found = order[np.clip(np.searchsorted(asked, codes, sorter=order), 0, len(asked) - 1)]
        off = np.maximum(np.abs(columns - self.columns[found] - 0.5), np.abs(rows - self.rows[found] - 0.5))
        if (off > _NEAR).any():
            worst = int(off.argmax())
            raise WireError(
                f"a row of the reply is of longitude {places.real[worst]:.9g}, latitude {places.imag[worst]:.9g}, "
                "where no pixel was asked for"
            )
        return np.asarray(found[inverse.ravel()])

    def _positions(self, x: Any, y: Any) -> tuple[Floats, Floats]:  # noqa: ANN401 - what pyproj gives
        """Columns and rows within the rectangle, not rounded: centres have a fraction of a half."""
        x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        if parse_crs(self.grid.crs).is_geographic:
            centres = self.centres()[0]  # within one turn
            x = x + 360 * np.round(((centres.min() + centres.max()) / 2 - x) / 360)
        row, column = self.grid.origin
        columns, rows = ~self.grid.lattice @ (x, y)
        return columns - column, rows - row

    def _distance(self, columns: Floats, rows: Floats) -> Floats:
        return np.maximum(np.abs(columns - self.columns - 0.5), np.abs(rows - self.rows - 0.5))


def pixels_of(view: View, rows: Integers, columns: Integers) -> Iterator[PointPixels]:
    """Pixels of a view's grid, apart by the turn of longitudes that they lie in."""
    turns, own = _turns(view, rows, columns)
    for turn, stays in sorted(set(zip(turns.tolist(), own.tolist(), strict=True))):
        members = np.flatnonzero((turns == turn) & (own == stays))
        row, column = int(rows[members].min()), int(columns[members].min())
        height, width = int(rows[members].max()) - row + 1, int(columns[members].max()) - column + 1
        part = view.grid.window(Window(row, column, height, width))
        named = part if stays or not turn else part.wrapped()
        yield PointPixels(named, rows[members] - row, columns[members] - column, members)


def _turns(view: View, rows: Integers, columns: Integers) -> tuple[npt.NDArray[np.int64], Flags]:
    """Whole turns from longitudes within [-180, 180) to those of some pixels, and where the source itself lies there.

    There longitudes stay what they are, as for windows.
    """
    grid, native = view.grid, view.stack.finest_grid
    turns, own = np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=bool)
    if not grid.pyproj_crs.is_geographic or not grid.is_rectilinear:
        return turns, own
    sides = np.searchsorted(grid.seams, columns, side="right")
    first = int(np.floor((float(grid.x_axis.at(0)) + 180 + 1e-6 * abs(grid.transform.a)) / 360))
    turns = first + (sides if grid.transform.a > 0 else -sides)
    if native is not None and native.crs == grid.crs:
        west, south, east, north = native.bounds
        x, y = grid.x_axis.at(columns), grid.y_axis.at(rows)
        half_x, half_y = abs(grid.transform.a) / 2, abs(grid.transform.e) / 2
        own = (x - half_x < east) & (x + half_x > west) & (y - half_y < north) & (y + half_y > south)
    return turns, own


def region_of(graph: Graph, images: list[Node], pixels: PointPixels) -> Node:
    """The table of some images at some pixels."""
    x, y = pixels.centres()
    crs = graph.call("Projection", crs=pixels.grid.crs)
    points = np.stack([x, y], axis=1).tolist()
    return graph.call(
        "ImageCollection.getRegion",
        collection=_everywhere(graph, graph.call("ImageCollection.fromImages", images=images)),
        geometry=graph.call("GeometryConstructors.MultiPoint", coordinates=points, crs=crs),
        crs=crs,
        crsTransform=[float(number) for number in tuple(pixels.grid.transform)[:6]],
    )


def _everywhere(graph: Graph, collection: Node) -> Node:
    """The images without their footprints, masked where they are.

    A table has no row where the footprint of an image does not reach, be there a value or not: that of its first band,
    or of what it was computed from. By one function for all, since the body of a request has an end.
    """
    image: Node = {"argumentReference": "_MAPPING_VAR_0_0"}
    zero = graph.call("Image.constant", value=0)
    filled = graph.call("Image.unmask", input=image, value=zero, sameFootprint=False)
    masked = graph.call("Image.updateMask", image=filled, mask=graph.call("Image.mask", image=image))
    number = graph.call("Element.get", object=image, property=TIME)
    named = graph.call("Element.set", object=masked, key=TIME, value=number)
    return graph.call("Collection.map", collection=collection, baseAlgorithm=function_of("_MAPPING_VAR_0_0", named))


def function_of(argument: str, body: Node) -> Node:
    """A function of one argument."""
    return {"functionDefinitionValue": {"argumentNames": [argument], "body": body["valueReference"]}}


@dataclass(frozen=True, slots=True)
class Values:
    """What a table says.

    Attributes
    ----------
    numbers : ndarray of float64, shape (item, band, point)
        NaN where there is no value.
    present : ndarray of bool, shape (item, band, point)
        Where there is one, be it NaN.
    """

    numbers: Floats
    present: Flags


def decode_region(content: bytes, names: list[str], items: int, pixels: PointPixels) -> Values:
    """The values of a table.

    Parameters
    ----------
    content : bytes
        The reply.
    names : list of str
        Of the bands.
    items : int
        How many images were asked for.
    pixels : PointPixels

    Raises
    ------
    WireError
        If it is no such table, or has a row twice or of what was not asked for.
    """
    points, width = len(pixels.members), 4 + len(names)
    numbers = np.full((items, len(names), points), np.nan)
    present = np.zeros(numbers.shape, dtype=bool)
    seen = np.zeros((items, points), dtype=bool)
    found, header = 0, ["id", "longitude", "latitude", "time", *names]
    first = True
    for piece in decode_rows(content, width, items * points + 1):
        rows = piece
        if first:
            if rows[0] != header:
                raise WireError(f"the reply has the columns {rows[0]!r:.200}, but {header} were asked for")
            rows, first = rows[1:], False
        if not rows:
            continue
        _, *columns = zip(*rows, strict=True)
        (longitude, placed), (latitude, also), (time, timed) = map(numbers_of, columns[:3])
        if not (placed & also & timed).all() or not np.isin(time, np.arange(items)).all():
            raise WireError("a row of the reply is of no image and no pixel that was asked for")
        at = time.astype(np.intp), pixels.numbers(longitude, latitude)
        seen[at] = True
        found += len(rows)
        for position, column in enumerate(columns[3:]):
            numbers[at[0], position, at[1]], present[at[0], position, at[1]] = numbers_of(column)
    if int(seen.sum()) != found:
        raise WireError("the reply has two rows of one image and one pixel")
    return Values(numbers, present)
