"""Painting features onto images."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..images.image import Image
from ..images.pixelwise import map_bands
from ..pixels import painting
from ..pixels.painting import Stroke
from ..values.feature import Feature, geometry_of
from ..values.feature import get_property as property_of

if TYPE_CHECKING:
    from ..reducers.reduce import Reducer
    from ..values.collection import Collection

MAX_WIDTH = 1000.0
"""Pixels of an outline: this emulator's own limit."""


@algorithm("Image.paint")
def paint(
    image: Image,
    feature_collection: Collection,
    color: Any,  # noqa: ANN401 - a number or the name of a property
    width: Any,  # noqa: ANN401 - likewise
) -> Image:
    strokes = []
    for feature in feature_collection:
        geometry = geometry_of(feature)
        if geometry is None:
            continue
        colour = _number(feature, color, "color")
        thickness = None if width is None else _number(feature, width, "width")
        if thickness is not None and not 0 <= thickness <= MAX_WIDTH:
            raise EarthError(f"Image.paint: The width must be between 0 and {MAX_WIDTH:g} pixels, got {thickness}.")
        strokes.append(Stroke(geometry, colour, thickness))
    return map_bands(image, lambda band: painting.paint(band, strokes))


@algorithm("Collection.reduceToImage")
def reduce_to_image(collection: Collection, properties: list[str], reducer: Reducer) -> Image:
    """Features without one of the properties do not count."""
    where = "Collection.reduceToImage"
    if reducer.inputs != len(properties):
        raise EarthError(
            f"{where}: The reducer needs {reducer.inputs} inputs, but {len(properties)} properties were named.",
        )
    records = []
    for feature in collection:
        geometry = geometry_of(feature)
        values = [property_of(feature, name) for name in properties]
        if geometry is not None and all(isinstance(value, (int, float)) for value in values):
            records.append((geometry, values))
    return Image(tuple(painting.reduce_features(records, reducer, reducer.outputs)))


def _number(feature: Feature, value: Any, name: str) -> float:  # noqa: ANN401 - a number or the name of a property
    found = property_of(feature, value) if isinstance(value, str) else value
    if isinstance(found, (int, float)) and math.isfinite(found):
        return found
    raise EarthError(f"Image.paint: '{name}' must be a number or a numeric property of each feature, got {value!r}.")
