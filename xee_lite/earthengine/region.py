"""Values at points by ``ImageCollection.getRegion``: a table with a row for each image and pixel.

Pixels are asked for by their centres, in the CRS of the grid and on its pixels (``crs`` and ``crsTransform``), so that
each value is that of the same pixel by ``computePixels``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..decoding.json_table import decode_rows, numbers_of
from ..errors import WireError
from ..planning.limits import TableLimits
from .graph import function_of
from .system_properties import TIME_START

if TYPE_CHECKING:
    from .graph import Graph, Node
    from .point_pixels import PointPixels

    Floats = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

MAX_VALUES = 2**20
"""Values of one table, points x images x bands: "Attempting to extract more than 1048576 values will result in an
error" (reference of ImageCollection.getRegion)."""

_POINT_BYTES = 48
"""Bytes of a point in the body of a request: two coordinates of 17 digits, a sign and a point, and brackets."""

_ROW_BYTES, _VALUE_BYTES = 80, 20
"""Bytes of a row without its values, and of a value, for the planner: 60 and 15 in replies of the local service, and an
estimate of what parsing them costs."""

_MAX_ROW_BYTES, _MAX_VALUE_BYTES = 160, 40
"""The same as upper bounds: numbers with all their digits, and spaces between them."""

_FUNCTION_ARGUMENT = "_MAPPING_VAR_0_0"
"""As the client library names the argument of a function that holds no other."""


def table_limits(payload_bytes: int, item_bytes: int) -> TableLimits:
    """The limits of a request by getRegion, whose body has room for so many bytes, of which each image takes some."""
    return TableLimits(
        values=MAX_VALUES,
        payload_bytes=payload_bytes,
        item_bytes=item_bytes,
        point_bytes=_POINT_BYTES,
        row_bytes=_ROW_BYTES,
        value_bytes=_VALUE_BYTES,
    )


def longest_reply(items: int, bands: int, points: int) -> int:
    """Bytes that a reply has at most: a row for each item and point, and one with the names of the columns."""
    return (items * points + 1) * (_MAX_ROW_BYTES + bands * _MAX_VALUE_BYTES) + 1000


def region_of(graph: Graph, images: list[Node], pixels: PointPixels) -> Node:
    """The node of the table of some images at some pixels."""
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
    """The images with the same masks, but without a footprint.

    A table has no row beyond the footprint of an image, even where the image has a value: the footprint is that of its
    first band, or of what it was computed from. One function does this for all images, which keeps the request short.
    """
    image: Node = {"argumentReference": _FUNCTION_ARGUMENT}
    zero = graph.call("Image.constant", value=0)
    filled = graph.call("Image.unmask", input=image, value=zero, sameFootprint=False)
    masked = graph.call("Image.updateMask", image=filled, mask=graph.call("Image.mask", image=image))
    number = graph.call("Element.get", object=image, property=TIME_START)
    numbered = graph.call("Element.set", object=masked, key=TIME_START, value=number)
    return graph.call("Collection.map", collection=collection, baseAlgorithm=function_of(_FUNCTION_ARGUMENT, numbered))


@dataclass(frozen=True, slots=True)
class Values:
    """The values of a table.

    Attributes
    ----------
    numbers : ndarray of float64, shape (item, band, point)
        NaN where there is no value.
    present : ndarray of bool, shape (item, band, point)
        Where there is a value, which may be NaN.
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
        The bands that were asked for.
    items : int
        How many images were asked for.
    pixels : PointPixels
        Those that were asked for.

    Raises
    ------
    WireError
        If it is no such table, or has a row twice, or one of an image or a pixel that was not asked for.
    """
    points, width = len(pixels.members), 4 + len(names)
    numbers = np.full((items, len(names), points), np.nan)
    present = np.zeros(numbers.shape, dtype=bool)
    seen = np.zeros((items, points), dtype=bool)
    header: list[str] | None = ["id", "longitude", "latitude", "time", *names]
    count = 0
    for piece in decode_rows(content, width, items * points + 1):
        rows = piece
        if header is not None:
            if rows[0] != header:
                raise WireError(f"the reply has the columns {rows[0]!r:.200}, but {header} were asked for")
            rows, header = rows[1:], None
        if not rows:
            continue
        _, *columns = zip(*rows, strict=True)
        (longitude, has_longitude), (latitude, has_latitude), (time, has_time) = map(numbers_of, columns[:3])
        if not (has_longitude & has_latitude & has_time).all() or not np.isin(time, np.arange(items)).all():
            raise WireError("a row of the reply is of no image and no pixel that was asked for")
        item, point = time.astype(np.intp), pixels.numbers(longitude, latitude)
        seen[item, point] = True
        count += len(rows)
        for band, column in enumerate(columns[3:]):
            numbers[item, band, point], present[item, band, point] = numbers_of(column)
    if int(seen.sum()) != count:
        raise WireError("the reply has two rows of one image and one pixel")
    return Values(numbers, present)
