"""Pictures by Earth Engine: a collection becomes its mosaic, and one computePixels draws a PNG or a JPEG."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..decoding.pictures import check_picture, max_picture_bytes
from ..items import Item, Items
from ..planning.chunks import check_request
from ..traffic.events import RequestInfo
from .graph import Graph, function_of
from .images import with_common_types
from .limits import EARTH_ENGINE
from .pixel_grid import pixel_grid

if TYPE_CHECKING:
    from ..source import PictureRequest
    from ..stack import Stack
    from .graph import Expression
    from .session import Session

_IMAGE = "xee_lite_image"
"""The argument of the function that is mapped; it holds no other function."""
_MOSAIC = "mosaic"
"""The id of the mosaic, for messages."""
_CHANNEL = np.dtype("u1")
"""The type of red, green and blue."""


def mosaic_of(expression: Expression, stack: Stack, bands: tuple[str, ...]) -> tuple[Expression, Stack]:
    """The mosaic of a collection, in the collection's own order: its graph, and its stack as a single image."""
    graph = Graph(expression)
    image = with_common_types(graph, {"argumentReference": _IMAGE}, stack, bands)
    mapped = graph.call("Collection.map", collection=graph.root, baseAlgorithm=function_of(_IMAGE, image))
    mosaic = graph.call("ImageCollection.mosaic", collection=mapped)
    items = Items.of([Item(_MOSAIC)])
    flat = replace(stack, bands=stack.select(bands), items=items, is_image=True, crs_names=stack.crs_names[:1])
    return graph.expression(mosaic), flat


def draw(session: Session, expression: Expression, stack: Stack, request: PictureRequest) -> bytes:
    """Have the service draw an image.

    Masked pixels are transparent in a PNG; a JPEG has no transparency.
    """
    graph, grid = Graph(expression), request.grid
    lows, highs = zip(*request.ranges, strict=True)
    drawn = graph.call(
        "Image.visualize",
        image=graph.root,
        bands=list(request.bands),
        min=list(lows),
        max=list(highs),
        gamma=None if request.gamma is None else list(request.gamma),
        palette=None if request.palette is None else list(request.palette),
        forceRgbOutput=True,
    )
    body = {
        "expression": graph.expression(drawn),
        "fileFormat": request.picture_format.upper(),
        "grid": pixel_grid(grid, stack.finest_grid),
    }
    size = grid.width, grid.height
    cost = EARTH_ENGINE.pixel_cost([_CHANNEL] * 3)
    payload = len(json.dumps(body))
    check_request((1, grid.height, grid.width), cost, 3, limits=EARTH_ENGINE, payload=payload)

    def fetch() -> bytes:
        reply = session.compute_pixels(body, max_picture_bytes(size))
        return check_picture(bytes(reply), request.picture_format, size)

    window = f"a picture of {grid.width} x {grid.height} pixels"
    ids = tuple(item.id for item in stack.items)
    return session.call(fetch, RequestInfo(stack.source, ids, request.bands, window))
