"""A ReadRequest as one call of getPixels or computePixels: its body, and the fields of its reply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..decoding.planes import BandFields
from ..planning.nodata import MASK
from .images import both, joined, to_double
from .pixel_grid import pixel_grid
from .stored import stored_image

if TYPE_CHECKING:
    import numpy as np

    from ..planning.nodata import Codec
    from ..reader import ReadRequest, View
    from .graph import Graph, Node
    from .images import Images


@dataclass(frozen=True, slots=True)
class PixelCall:
    """A call that asks for pixels.

    Attributes
    ----------
    body : dict
        As JSON.
    asset : str, optional
        The stored image that getPixels is asked for; None for computePixels.
    fields : list of (str, numpy.dtype)
        The fields of the NPY reply.
    planes : list of BandFields
        Which of the fields hold the values and the mask of each band of each item; bands run fastest.
    """

    body: dict[str, Any]
    asset: str | None
    fields: list[tuple[str, np.dtype[Any]]]
    planes: list[BandFields]


def pixel_call(images: Images, request: ReadRequest) -> PixelCall:
    """The call for a request: getPixels where it gives the same pixels, else computePixels."""
    return _stored_call(images, request) or _computed_call(images, request)


def _stored_call(images: Images, request: ReadRequest) -> PixelCall | None:
    """The call of getPixels, where one stored image is read by nearest neighbour with 0 for missing pixels.

    "Masked or missing data will be encoded as zeroes" (reference of getPixels): this holds for integers. Masked pixels
    of a stored float band have been seen as -3.4e38, the nodata of its file. getPixels has no parameter for a version.
    """
    view = images.view
    codecs = [view.codecs[band] for band in request.bands]
    plain = all(not codec.masked and codec.number == 0 and codec.wire.kind != "f" for codec in codecs)
    if len(request.items) != 1 or not plain or view.resampling != "nearest":
        return None
    image = stored_image(images.graph, images.image(request.items[0], request.bands))
    names = None if image is None else image.stored_names(request.bands)
    if image is None or names is None or image.is_versioned:
        return None
    body = {"fileFormat": "NPY", "bandIds": names, "grid": _grid(view, request)}
    fields = [(name, codec.wire) for name, codec in zip(names, codecs, strict=True)]
    return PixelCall(body, image.asset, fields, [BandFields(name) for name in names])


def _computed_call(images: Images, request: ReadRequest) -> PixelCall:
    """The call of computePixels: the bands of all items as one image, i0b0, i0b1, ..., i1b0, ...

    Their masks follow after all values, so that the items of a band lie evenly spaced in a pixel of the reply, and are
    decoded in one go.
    """
    graph, view = images.graph, images.view
    values: list[Node] = []
    masked: list[Node] = []
    fields: list[tuple[str, np.dtype[Any]]] = []
    planes: list[BandFields] = []
    for number, item in enumerate(request.items):
        by_band = images.by_band(item, request.bands)
        for position, band in enumerate(request.bands):
            codec, name = view.codecs[band], f"i{number}b{position}"
            pixels = graph.call("Image.select", input=by_band[band], bandSelectors=[band], newNames=[name])
            if to_double(view.stack.band(band)):
                pixels = graph.call("Image.toDouble", value=pixels)
            fields.append((name, codec.wire))
            values.append(pixels if codec.masked else _filled(graph, pixels, codec))
            masked += [pixels] if codec.masked else []
            planes.append(BandFields(name, f"{name}m" if codec.masked else None, codec.fill))
    image = joined(graph, values)
    if masked:
        names = [plane.mask for plane in planes if plane.mask is not None]
        masks = graph.call("Image.mask", image=image if masked == values else joined(graph, masked))
        zero = graph.call("Image.constant", value=0)
        # The type of a comparison in NPY is not documented; that of toByte is.
        present = graph.call("Image.toByte", value=graph.call("Image.neq", image1=masks, image2=zero))
        image = both(graph, image, graph.call("Image.rename", input=present, names=names))
        fields += [(name, MASK) for name in names]
    body = {"expression": graph.expression(image), "fileFormat": "NPY", "grid": _grid(view, request)}
    return PixelCall(body, None, fields, planes)


def _filled(graph: Graph, image: Node, codec: Codec) -> Node:
    """The band with the user's number where it is missing; what would come otherwise is not always 0."""
    number = graph.call("Image.constant", value=codec.number)
    # Without sameFootprint=False, pixels beyond the footprint would stay missing.
    return graph.call("Image.unmask", input=image, value=number, sameFootprint=False)


def _grid(view: View, request: ReadRequest) -> dict[str, Any]:
    return pixel_grid(view.grid.window(request.window), view.stack.finest_grid)
