"""The image of an item as it is read: resampled, combined with the others of its group, cast to the common types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..planning.combining import MOSAIC
from ..planning.resampling import REDUCERS, resampling_of
from .rewriting import item_of
from .system_properties import TIME_START

if TYPE_CHECKING:
    from ..reader import View
    from ..stack import Band, Stack
    from .graph import Graph, Node

_CASTS = {
    **{name: name for name in ("uint8", "int8", "uint16", "int16", "uint32", "int32")},
    "float32": "float",
    "float64": "double",
}
"""The names of the types for ``Image.cast`` (its reference)."""


@dataclass(frozen=True, slots=True)
class Images:
    """The images of a view, as nodes of a graph.

    Attributes
    ----------
    graph : Graph
        Of the image or of the collection; nodes are added to it.
    view : View
    max_pixels : int, optional
        Native pixels that a reducer may combine to one.
    """

    graph: Graph
    view: View
    max_pixels: int | None

    def by_band(self, item: int, bands: tuple[str, ...]) -> dict[str, Node]:
        """For each band the image to take it from: one image for all bands with the same resampling."""
        by_method: dict[str, list[str]] = {}
        for band in bands:
            by_method.setdefault(resampling_of(band, self.view.resampling), []).append(band)
        images = {}
        for same in by_method.values():
            images.update(dict.fromkeys(same, self.image(item, tuple(same))))
        return images

    def image(self, item: int, bands: tuple[str, ...]) -> Node:
        """The image for bands with the same resampling; it may have other bands too."""
        method = resampling_of(bands[0], self.view.resampling)
        if self.view.stack.is_image:
            return self._resampled(self.graph.root, bands, method)
        chosen, combine = self.view.stack.items[item], self.view.combine
        images = [
            self._resampled(
                item_of(self.graph, self.graph.root, member.id, member.position, member.version), bands, method
            )
            for member in chosen.members or (chosen,)
        ]
        if len(images) == 1 and combine == MOSAIC:
            return images[0]
        images = [with_common_types(self.graph, image, self.view.stack, bands) for image in images]
        name = "ImageCollection.mosaic" if combine == MOSAIC else f"reduce.{combine}"
        return self.graph.call(name, collection=self.graph.call("ImageCollection.fromImages", images=images))

    def _resampled(self, image: Node, bands: tuple[str, ...], method: str) -> Node:
        """The image with the resampling that its next reprojection, here to the grid of the request, is done with.

        "Any required reprojection of the input will be done using the indicated resampling or aggregation method"
        (guide to resampling), so that no explicit reprojection is needed.
        """
        if method == "nearest":
            return image
        if method not in REDUCERS:
            return self.graph.call("Image.resample", image=image, mode=method)
        return self.graph.call(
            "Image.reduceResolution",
            image=self.graph.call("Image.select", input=image, bandSelectors=list(bands)),
            reducer=self.graph.call(f"Reducer.{method}"),
            bestEffort=False,
            maxPixels=self.max_pixels,
        )

    def whole(self, item: int, bands: tuple[str, ...], number: int) -> Node:
        """The image of a table: with all these bands, called b0, b1, ..., in the common types.

        Its time is set to its number in the request, by which rows of the table name it.
        """
        images, call = self.by_band(item, bands), self.graph.call
        parts = []
        for position, band in enumerate(bands):
            name, cast = f"b{position}", self.view.stack.band(band).cast
            part = call("Image.select", input=images[band], bandSelectors=[band], newNames=[name])
            if cast is not None:
                part = call("Image.cast", image=part, bandTypes={"constantValue": {name: _CASTS[cast.name]}})
            if to_double(self.view.stack.band(band)):
                part = call("Image.toDouble", value=part)
            parts.append(part)
        return call("Element.set", object=joined(self.graph, parts), key=TIME_START, value=number)


def with_common_types(graph: Graph, image: Node, stack: Stack, bands: tuple[str, ...]) -> Node:
    """These bands of an image alone, cast to the types that hold the values of all images.

    Composites refuse images that differ in their bands or in the types of these, even of bands that are not read.
    """
    image = graph.call("Image.select", input=image, bandSelectors=list(bands))
    casts = {band: stack.band(band).cast for band in bands}
    types = {band: _CASTS[dtype.name] for band, dtype in casts.items() if dtype is not None}
    return graph.call("Image.cast", image=image, bandTypes={"constantValue": types}) if types else image


def to_double(band: Band) -> bool:
    """Whether a band is asked for as double, since some images have integers beyond the types of NPY."""
    return band.is_beyond_32_bits or band.cast == np.float64


def joined(graph: Graph, images: list[Node]) -> Node:
    """All bands of some images in one, joined as a balanced tree: the service limits how deep graphs nest."""
    while len(images) > 1:
        pairs = [images[start : start + 2] for start in range(0, len(images), 2)]
        images = [both(graph, *pair) if len(pair) == 2 else pair[0] for pair in pairs]
    return images[0]


def both(graph: Graph, first: Node, second: Node) -> Node:
    """The bands of two images in one image."""
    return graph.call("Image.addBands", dstImg=first, srcImg=second)
