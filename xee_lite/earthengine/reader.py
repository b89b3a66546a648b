"""The reader of Earth Engine: one request for pixels or for a table becomes one call, whose reply is checked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

from ..decoding.npy import FieldTypeError, decode_npy
from ..decoding.planes import unpack
from ..errors import InputError, RequestError, TooMuchError
from ..planning.chunks import check_request
from ..traffic.events import RequestInfo
from .graph import Graph
from .images import Images
from .limits import EARTH_ENGINE
from .pixel_calls import pixel_call
from .point_pixels import pixels_of
from .reduce_regions import decode_regions, reduced_by, reducer_of, regions_of
from .region import decode_region, longest_reply, region_of, table_limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..grids.grid import Grid
    from ..planning.limits import TableLimits
    from ..reader import Integers, PointsReader, PointsRequest, Reader, ReadRequest, RegionsReader, RegionsRequest, View
    from .graph import Expression, Node
    from .pixel_calls import PixelCall
    from .point_pixels import PointPixels
    from .region import Values
    from .session import Session

T = TypeVar("T")

_BODY_ROOM = 4096
"""Bytes kept free in the body of a request for what is beside its expression, or beside the images and points of a
table (chosen)."""

_MIN_ITEM_BYTES = 64
"""Bytes that an image adds to the body of a request at least (chosen): a source of one image does not show it."""

_MAX_HEADER_BYTES = 2**18
"""Bytes of an NPY reply before its pixels (chosen): 1024 bands (`EARTH_ENGINE.bands`) with 256 each for name and type,
which :func:`decode_npy` compares with what was asked."""


@dataclass(frozen=True, slots=True)
class EarthEngineReader:
    """Reads pixels of a source on a grid; plain data that pickles, and holds neither an ee object nor a credential.

    Attributes
    ----------
    session : Session
    expression : dict
        The graph of the image or of the collection.
    view : View
    max_pixels : int, optional
        Native pixels that a reducer may combine to one; None where nothing is reduced.
    """

    session: Session
    expression: Expression
    view: View
    max_pixels: int | None = None

    def read(self, request: ReadRequest, out: npt.NDArray[np.generic]) -> None:
        """Read one request.

        Parameters
        ----------
        request : ReadRequest
        out : ndarray, shape (item, band, y, x)
            Of the memory type of the bands' codecs; missing pixels get their fill.

        Raises
        ------
        RequestError
            When the service could not give it.
        """
        call = pixel_call(self._images(Graph(self.expression)), request)
        self._check(request, call)
        info = RequestInfo(
            asset=self.view.stack.source,
            items=tuple(self.view.stack.items[item].id for item in request.items),
            bands=request.bands,
            window=str(request.window),
        )
        try:
            pixels = self.session.call(lambda: self._fetch(request, call), info)
        except RequestError as error:
            if isinstance(error.__cause__, FieldTypeError) and error.__cause__.confirmed:
                raise self._type_error(request, call, error.__cause__) from error
            raise
        self._check_reserved(request, call, pixels)
        for position, band in enumerate(request.bands):
            unpack(pixels, call.planes[position :: len(request.bands)], out[:, position])
            self.view.codecs[band].blank(out[:, position])

    @property
    def grid(self) -> Grid:
        """The grid whose pixels it reads."""
        return self.view.grid

    def tells_apart(self, rows: Integers, columns: Integers) -> bool:
        """Whether each pixel is known by the longitude and latitude of its centre, as getRegion needs."""
        return all(pixels.come_back() for pixels in pixels_of(self.view, rows, columns))

    def table_limits(self) -> TableLimits:
        """The limits of getRegion."""
        one, two = self._images_bytes(1), self._images_bytes(2)
        item = max(two - one, _MIN_ITEM_BYTES)
        # An eighth more (chosen), since ids differ in length, and groups in how many images they have. A request that
        # is too long all the same is halved.
        return table_limits(max(1, EARTH_ENGINE.payload_bytes - one - _BODY_ROOM), item + item // 8)

    def read_points(self, request: PointsRequest, out: npt.NDArray[np.generic]) -> None:
        """Read one table of values.

        Raises
        ------
        TooMuchError
            If the request is longer than the service takes.
        RequestError
            When the service could not give it.
        """
        for pixels in pixels_of(self.view, request.rows, request.columns):
            graph = Graph(self.expression)
            images = self._table_images(graph, request.items, request.bands)
            names = [f"b{position}" for position in range(len(request.bands))]
            size = longest_reply(len(images), len(names), len(pixels.members))
            decode = partial(decode_region, names=names, items=len(request.items), pixels=pixels)
            values = self._table(graph, region_of(graph, images, pixels), decode, size, request)
            self._store(request, values, pixels, out)

    def read_regions(self, request: RegionsRequest, out: npt.NDArray[np.float64]) -> None:
        """Reduce regions by ``Image.reduceRegions``, on the pixels of the grid.

        Raises
        ------
        InputError
            For a reducer that the service does not have, or that gives more than one number.
        RequestError
            When the service could not give it.
        """
        graph = Graph(self.expression)
        images = self._table_images(graph, request.items, request.bands)
        reducer = reducer_of(graph, request.reducer, len(request.bands))
        features = regions_of(graph, request.regions, self.view.grid)
        table = reduced_by(graph, images, len(request.bands), features, reducer, self.view.grid)
        items, bands, regions = request.shape
        size = longest_reply(items, bands, regions)
        out[...] = self._table(graph, table, lambda reply: decode_regions(reply, request.shape), size, request)

    def _fetch(self, request: ReadRequest, call: PixelCall) -> npt.NDArray[np.void]:
        """One attempt at a call. The reply is decoded within it, so that one which is cut short is asked for again."""
        session = self.session
        max_bytes = request.window.height * request.window.width * np.dtype(call.fields).itemsize + _MAX_HEADER_BYTES
        reply = (
            session.compute_pixels(call.body, max_bytes)
            if call.asset is None
            else session.get_pixels(call.asset, call.body, max_bytes)
        )
        return decode_npy(reply, call.fields, request.shape[2:])

    def _check(self, request: ReadRequest, call: PixelCall) -> None:
        """Check the request against every limit of the service before it is sent."""
        height, width = request.shape[2:]
        cost = EARTH_ENGINE.pixel_cost(dtype for _, dtype in call.fields)
        payload = len(json.dumps(call.body))
        check_request((1, height, width), cost, len(call.fields), limits=EARTH_ENGINE, payload=payload)

    def _check_reserved(self, request: ReadRequest, call: PixelCall, pixels: npt.NDArray[np.void]) -> None:
        """Refuse valid pixels that have the number for missing ones: an image may exceed the declared range."""
        for number, plane in enumerate(call.planes):
            item, band = divmod(number, len(request.bands))
            name = request.bands[band]
            reserved = self.view.codecs[name].reserved
            if reserved is None or plane.mask is None:
                continue
            taken = pixels[plane.value] == reserved
            if taken.any() and (pixels[plane.mask][taken] != 0).any():
                raise self._reserved_error(name, request.items[item], reserved)

    def _type_error(self, request: ReadRequest, call: PixelCall, error: FieldTypeError) -> InputError:
        """The error for a band that an image has in a wider type than declared: its values are never cast to fit."""
        stack = self.view.stack
        plane = [plane.value for plane in call.planes].index(error.field)
        item, band = divmod(plane, len(request.bands))
        name, image = request.bands[band], stack.items[request.items[item]].id
        return InputError(
            f"Band {name!r} of image {image!r} comes as {np.dtype(error.sent).name}, but {stack.source} declares "
            f"{self.view.codecs[name].wire.name}: cast the images to one type, for example collection.map(lambda "
            "image: image.toDouble()), and read from this image on; what was written before stays right."
        )

    def _reserved_error(self, band: str, item: int, reserved: int) -> InputError:
        stack = self.view.stack
        return InputError(
            f"Band {band!r} of image {stack.items[item].id!r} has valid pixels of "
            f"{reserved}, beyond the range {stack.band(band).range} that {stack.source} declares: "
            "cast the images to one type, for example collection.map(lambda image: image.toDouble())."
        )

    def _store(self, request: PointsRequest, values: Values, pixels: PointPixels, out: npt.NDArray[np.generic]) -> None:
        """Put the values of a table into the columns of their points, in the types of their bands."""
        for position, band in enumerate(request.bands):
            codec, present = self.view.codecs[band], values.present[:, position]
            numbers = values.numbers[:, position]
            with np.errstate(over="ignore", invalid="ignore"):
                wire = np.where(present, numbers, 0).astype(codec.wire)
            # Floats are rounded to their type, but must not overflow; integers must keep their value.
            lost = present & (np.isinf(wire) & np.isfinite(numbers) if codec.wire.kind == "f" else wire != numbers)
            if lost.any():
                stack, item = self.view.stack, request.items[int(np.argwhere(lost)[0][0])]
                raise InputError(
                    f"Band {band!r} of image {stack.items[item].id!r} has the value {numbers[lost][0]:.17g}, but "
                    f"{stack.source} declares {codec.wire.name}: cast the images to one type, for example "
                    "collection.map(lambda image: image.toDouble())."
                )
            if codec.reserved is not None and (taken := present & (numbers == codec.reserved)).any():
                raise self._reserved_error(band, request.items[int(np.argwhere(taken)[0][0])], codec.reserved)
            column = np.where(present, wire.astype(out.dtype), np.asarray(codec.fill, dtype=out.dtype))
            codec.blank(column)
            out[:, position, pixels.members] = column

    def _table(
        self,
        graph: Graph,
        table: Node,
        decode: Callable[[bytes], T],
        max_bytes: int,
        request: PointsRequest | RegionsRequest,
    ) -> T:
        """Ask for a table. It is decoded within the attempt, so that a wrong reply is asked for again."""
        expression = graph.expression(table)
        if (payload := len(json.dumps(expression))) > EARTH_ENGINE.payload_bytes - _BODY_ROOM:
            raise TooMuchError(f"A request of {payload} bytes is longer than the service takes.", bands=request.bands)
        info = RequestInfo(
            asset=self.view.stack.source,
            items=tuple(self.view.stack.items[item].id for item in request.items),
            bands=request.bands,
            window=f"a table of {request.size} values",
        )
        return self.session.call(lambda: decode(self.session.compute_table(expression, max_bytes)), info)

    def _images_bytes(self, count: int) -> int:
        """Bytes that the first few images take in the body of a request for a table."""
        graph, items = Graph(self.expression), tuple(range(len(self.view.stack.items))[:count])
        images = self._table_images(graph, items, tuple(self.view.codecs))
        return len(json.dumps(graph.expression(graph.call("ImageCollection.fromImages", images=images))))

    def _table_images(self, graph: Graph, items: tuple[int, ...], bands: tuple[str, ...]) -> list[Node]:
        """The images of a table, each with all bands."""
        images = self._images(graph)
        return [images.whole(item, bands, number) for number, item in enumerate(items)]

    def _images(self, graph: Graph) -> Images:
        return Images(graph, self.view, self.max_pixels)


_: type[Reader] = EarthEngineReader
__: type[PointsReader] = EarthEngineReader
___: type[RegionsReader] = EarthEngineReader
