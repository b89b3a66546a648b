"""The image of an item as it is read: resampled, combined with others of its group, in types that all have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..planning.combining import MOSAIC
from ..planning.resampling import REDUCERS, resampling_of
from .region import TIME
from .rewriting import item_of

if TYPE_CHECKING:
    from ..reader import View
    from ..stack import Band
    from .graph import Graph, Node

CASTS = {
    **{name: name for name in ("uint8", "int8", "uint16", "int16", "uint32", "int32")},
    "float32": "float",
    "float64": "double",
}
"""What ``Image.cast`` calls the types."""


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
        """By band the image that has it, one for all bands that are resampled alike."""
        alike: dict[str, list[str]] = {}
        for band in bands:
            alike.setdefault(resampling_of(band, self.view.resampling), []).append(band)
        images = {}
        for own in alike.values():
            images.update(dict.fromkeys(own, self.image(item, tuple(own))))
        return images

    def image(self, item: int, bands: tuple[str, ...]) -> Node:
        """The image of bands that are resampled alike."""
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
        # Composites refuse images that differ in their bands or in the types of these, other bands of theirs included.
        images = [self._alike(image, bands) for image in images]
        name = "ImageCollection.mosaic" if combine == MOSAIC else f"reduce.{combine}"
        return self.graph.call(name, collection=self.graph.call("ImageCollection.fromImages", images=images))

    def _alike(self, image: Node, bands: tuple[str, ...]) -> Node:
        """These bands of an image, in the types that the bands of all images are cast to."""
        image = self.graph.call("Image.select", input=image, bandSelectors=list(bands))
        casts = {band: self.view.stack.band(band).cast for band in bands}
        types = {band: CASTS[dtype.name] for band, dtype in casts.items() if dtype is not None}
        return self.graph.call("Image.cast", image=image, bandTypes={"constantValue": types}) if types else image

    def _resampled(self, image: Node, bands: tuple[str, ...], method: str) -> Node:
        """Directly on the image: it is how the next reprojection, here to the grid of the request, is done.

        "Any required reprojection of the input will be done using the indicated resampling or aggregation method"
        (guide to resampling), so that no explicit one is needed.
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
        """An image with all these bands, called b0, b1, ..., in types that all images of the source have.

        Its time is its number in the request, by which the rows of a table tell it.
        """
        images, call = self.by_band(item, bands), self.graph.call
        parts = []
        for position, band in enumerate(bands):
            name, cast = f"b{position}", self.view.stack.band(band).cast
            part = call("Image.select", input=images[band], bandSelectors=[band], newNames=[name])
            if cast is not None:
                part = call("Image.cast", image=part, bandTypes={"constantValue": {name: CASTS[cast.name]}})
            if to_double(self.view.stack.band(band)):
                part = call("Image.toDouble", value=part)
            parts.append(part)
        return call("Element.set", object=joined(self.graph, parts), key=TIME, value=number)


def to_double(band: Band) -> bool:
    """Whether some images have integers that no type of the wire holds."""
    return band.is_beyond_32_bits or band.cast == np.float64


def joined(graph: Graph, images: list[Node]) -> Node:
    """All bands of some images in one, as a balanced tree, so that no graph grows deep."""
    while len(images) > 1:
        pairs = [images[start : start + 2] for start in range(0, len(images), 2)]
        images = [two(graph, pair[0], pair[1]) if len(pair) == 2 else pair[0] for pair in pairs]
    return images[0]


def two(graph: Graph, first: Node, second: Node) -> Node:
    """The bands of two images in one."""
    return graph.call("Image.addBands", dstImg=first, srcImg=second)
