"""The reader of Earth Engine: one ReadRequest becomes one getPixels or computePixels."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from ..decoding.npy import FieldTypeError, decode_npy
from ..decoding.planes import BandFields, unpack
from ..errors import InputError, RequestError, TooMuchError
from ..planning.chunks import check_request
from ..planning.nodata import MASK
from ..traffic.events import RequestInfo
from .graph import Graph, Node
from .images import Images, joined, to_double, two
from .limits import EARTH_ENGINE
from .pixel_grid import pixel_grid
from .reduce_regions import decode_regions, reduced_by, reducer_of, regions_of
from .region import decode_region, longest_reply, pixels_of, region_of, table_limits
from .stored import stored_image

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..grids.grid import Grid
    from ..planning.limits import TableLimits
    from ..planning.nodata import Codec
    from ..reader import Integers, PointsReader, PointsRequest, Reader, ReadRequest, RegionsReader, RegionsRequest, View
    from .graph import Expression
    from .region import PointPixels, Values
    from .session import Session


T = TypeVar("T")

_ROOM = 4096
"""Bytes of a body beside its expression, and beside the images and points of a table."""

_SHORTEST_ITEM = 64
"""Bytes that an image adds to the body of a request, at least: where there is a single one, it is not measured."""

_LONGEST_HEADER = 2**18
"""Bytes before the pixels: names and types of at most 1024 bands, which :func:`decode_npy` holds to what was asked."""


@dataclass(frozen=True, slots=True)
class _Call:
    """A request as it goes out: the body, the stored asset it asks for (None: a computation), the fields it brings."""

    body: dict[str, Any]
    asset: str | None
    fields: list[tuple[str, np.dtype[Any]]]
    columns: list[BandFields]


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
        call = self._stored_call(request) or self._computed_call(request)
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
            unpack(pixels, call.columns[position :: len(request.bands)], out[:, position])
            self.view.codecs[band].blank(out[:, position])

    def tells_apart(self, rows: Integers, columns: Integers) -> bool:
        """Whether the centre of each pixel is told by its longitude and latitude."""
        return all(pixels.come_back() for pixels in pixels_of(self.view, rows, columns))

    def table_limits(self) -> TableLimits:
        """The limits of getRegion."""
        one, two = self._images_bytes(1), self._images_bytes(2)
        item = max(two - one, _SHORTEST_ITEM)
        # Ids differ in length, and groups in how many images they have: what is too long after all is halved.
        return table_limits(max(1, EARTH_ENGINE.payload_bytes - one - _ROOM), item + item // 8)

    def _images_bytes(self, count: int) -> int:
        """Bytes that the first few images take in the body of a request for a table."""
        graph, bands = Graph(self.expression), tuple(self.view.codecs)
        images = [self._images(graph).whole(item, bands, item) for item in range(len(self.view.stack.items))[:count]]
        return len(json.dumps(graph.expression(graph.call("ImageCollection.fromImages", images=images))))

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
            images = [
                self._images(graph).whole(item, request.bands, number) for number, item in enumerate(request.items)
            ]
            names = [f"b{position}" for position in range(len(request.bands))]
            size = longest_reply(len(images), len(names), len(pixels.members))

            def decode(reply: bytes, names: list[str] = names, pixels: PointPixels = pixels) -> Values:
                return decode_region(reply, names, len(request.items), pixels)

            values = self._table(graph, region_of(graph, images, pixels), decode, size, request)
            self._place(request, values, pixels, out)

    def _place(self, request: PointsRequest, values: Values, pixels: PointPixels, out: npt.NDArray[np.generic]) -> None:
        """Put the values of a table where they belong, each in the type of its band."""
        for position, band in enumerate(request.bands):
            codec, present = self.view.codecs[band], values.present[:, position]
            numbers = values.numbers[:, position]
            with np.errstate(over="ignore", invalid="ignore"):
                wire = np.where(present, numbers, 0).astype(codec.wire)
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
            found = np.where(present, wire.astype(out.dtype), np.asarray(codec.fill, dtype=out.dtype))
            codec.blank(found)
            out[:, position, pixels.members] = found

    @property
    def grid(self) -> Grid:
        """Of whose pixels it reads."""
        return self.view.grid

    def read_regions(self, request: RegionsRequest, out: npt.NDArray[np.float64]) -> None:
        """Reduce regions by ``Image.reduceRegions``, on the pixels of the grid.

        Raises
        ------
        InputError
            For a reducer that the service does not have, or that gives no number.
        RequestError
            When the service could not give it.
        """
        graph = Graph(self.expression)
        images = [self._images(graph).whole(item, request.bands, number) for number, item in enumerate(request.items)]
        reducer = reducer_of(graph, request.reducer, len(request.bands))
        regions_asked = regions_of(graph, request.regions, self.view.grid)
        table = reduced_by(graph, images, len(request.bands), regions_asked, reducer, self.view.grid)
        items, bands, regions = request.shape
        size = longest_reply(items, bands, regions)
        out[...] = self._table(graph, table, lambda reply: decode_regions(reply, request.shape), size, request)

    def _table(
        self,
        graph: Graph,
        table: Node,
        decode: Callable[[bytes], T],
        max_bytes: int,
        request: PointsRequest | RegionsRequest,
    ) -> T:
        """Ask for a table, and decode it within the attempt, so that a wrong reply is asked for again."""
        expression = graph.expression(table)
        if (payload := len(json.dumps(expression))) > EARTH_ENGINE.payload_bytes - _ROOM:
            raise TooMuchError(f"A request of {payload} bytes is longer than the service takes.", bands=request.bands)
        info = RequestInfo(
            asset=self.view.stack.source,
            items=tuple(self.view.stack.items[item].id for item in request.items),
            bands=request.bands,
            window=f"a table of {request.size} values",
        )
        return self.session.call(lambda: decode(self.session.compute_table(expression, max_bytes)), info)

    def _fetch(self, request: ReadRequest, call: _Call) -> npt.NDArray[np.void]:
        """Checking the reply is part of the attempt, so that one which is cut short is asked for again."""
        session = self.session
        max_bytes = request.window.height * request.window.width * np.dtype(call.fields).itemsize + _LONGEST_HEADER
        reply = (
            session.compute_pixels(call.body, max_bytes)
            if call.asset is None
            else session.get_pixels(call.asset, call.body, max_bytes)
        )
        return decode_npy(reply, call.fields, request.shape[2:])

    def _type_error(self, request: ReadRequest, call: _Call, error: FieldTypeError) -> InputError:
        """Images of one collection may differ in type; what does not fit the first one's is never squeezed into it."""
        stack = self.view.stack
        plane = [column.value for column in call.columns].index(error.field)
        item, band = divmod(plane, len(request.bands))
        name, image = request.bands[band], stack.items[request.items[item]].id
        return InputError(
            f"Band {name!r} of image {image!r} comes as {np.dtype(error.sent).name}, but {stack.source} declares "
            f"{self.view.codecs[name].wire.name}: cast the images to one type, for example collection.map(lambda "
            "image: image.toDouble()), and read from this image on; what was written before stays right."
        )

    def _check_reserved(self, request: ReadRequest, call: _Call, pixels: npt.NDArray[np.void]) -> None:
        """A later image may declare a wider range than the first one, and have the number that is set aside."""
        for plane, column in enumerate(call.columns):
            item, band = divmod(plane, len(request.bands))
            name = request.bands[band]
            reserved = self.view.codecs[name].reserved
            if reserved is None or column.mask is None:
                continue
            taken = pixels[column.value] == reserved
            if taken.any() and (pixels[column.mask][taken] != 0).any():
                raise self._reserved_error(name, request.items[item], reserved)

    def _reserved_error(self, band: str, item: int, reserved: int) -> InputError:
        stack = self.view.stack
        return InputError(
            f"Band {band!r} of image {stack.items[item].id!r} has valid pixels of "
            f"{reserved}, beyond the range {stack.band(band).range} that {stack.source} declares: "
            "cast the images to one type, for example collection.map(lambda image: image.toDouble())."
        )

    def _stored_call(self, request: ReadRequest) -> _Call | None:
        """The pixels as they are stored, where these are the same: one image, nearest, and 0 for what is missing.

        Of any version: getPixels has no parameter for one.

        "Masked or missing data will be encoded as zeroes" (reference of getPixels): integers are. Masked pixels of a
        stored float band have been seen as -3.4e38, the nodata of its file.
        """
        codecs = [self.view.codecs[band] for band in request.bands]
        plain = all(not codec.masked and codec.number == 0 and codec.wire.kind != "f" for codec in codecs)
        if len(request.items) != 1 or not plain or self.view.resampling != "nearest":
            return None
        graph = Graph(self.expression)
        image = stored_image(graph, self._images(graph).image(request.items[0], request.bands))
        names = None if image is None else image.stored_names(request.bands)
        if image is None or names is None or image.is_versioned:
            return None
        body = {"fileFormat": "NPY", "bandIds": names, "grid": self._pixel_grid(request)}
        fields = [(name, codec.wire) for name, codec in zip(names, codecs, strict=True)]
        return _Call(body, image.asset, fields, [BandFields(name) for name in names])

    def _computed_call(self, request: ReadRequest) -> _Call:
        """All values, then all masks: so the items of a band lie evenly spaced in a pixel, and decode in one go."""
        graph = Graph(self.expression)
        values: list[Node] = []
        masked: list[Node] = []
        fields: list[tuple[str, np.dtype[Any]]] = []
        columns: list[BandFields] = []
        for number, item in enumerate(request.items):
            images = self._images(graph).by_band(item, request.bands)
            for position, band in enumerate(request.bands):
                codec, name = self.view.codecs[band], f"i{number}b{position}"
                pixels = graph.call("Image.select", input=images[band], bandSelectors=[band], newNames=[name])
                if to_double(self.view.stack.band(band)):
                    pixels = graph.call("Image.toDouble", value=pixels)
                fields.append((name, codec.wire))
                values.append(pixels if codec.masked else _filled(graph, pixels, codec))
                masked += [pixels] if codec.masked else []
                columns.append(BandFields(name, f"{name}m" if codec.masked else None, codec.fill))
        image = joined(graph, values)
        if masked:
            names = [column.mask for column in columns if column.mask is not None]
            masks = graph.call("Image.mask", image=image if masked == values else joined(graph, masked))
            # Which type a comparison has on the wire is not documented, but bytes are bytes.
            present = graph.call("Image.toByte", value=graph.call("Image.neq", image1=masks, image2=_number(graph, 0)))
            image = two(graph, image, graph.call("Image.rename", input=present, names=names))
            fields += [(name, MASK) for name in names]
        body = {"expression": graph.expression(image), "fileFormat": "NPY", "grid": self._pixel_grid(request)}
        return _Call(body, None, fields, columns)

    def _images(self, graph: Graph) -> Images:
        return Images(graph, self.view, self.max_pixels)

    def _pixel_grid(self, request: ReadRequest) -> dict[str, Any]:
        return pixel_grid(self.view.grid.window(request.window), self.view.stack.finest_grid)

    def _check(self, request: ReadRequest, call: _Call) -> None:
        """Hold the request against every limit of the service before it is sent."""
        height, width = request.shape[2:]
        cost = EARTH_ENGINE.pixel_cost(dtype for _, dtype in call.fields)
        payload = len(json.dumps(call.body))
        check_request((1, height, width), cost, len(call.fields), limits=EARTH_ENGINE, payload=payload)


def _filled(graph: Graph, image: Node, codec: Codec) -> Node:
    """The band with the user's number where it is missing; what else would come is not known, and not always 0."""
    # Beyond the footprint too: the whole grid is filled only when the footprint is not kept.
    return graph.call("Image.unmask", input=image, value=_number(graph, codec.number), sameFootprint=False)


def _number(graph: Graph, number: float | None) -> Node:
    return graph.call("Image.constant", value=number)


_: type[Reader] = EarthEngineReader
__: type[PointsReader] = EarthEngineReader
___: type[RegionsReader] = EarthEngineReader
