"""Features drawn in colours, as ``FeatureCollection.style``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..images.image import Image
from ..pixels import markers, styling
from ..pixels.styling import Style
from ..values.colour import RGBA, colour_of
from ..values.feature import geometry_of
from ..values.feature import get_property as property_of

if TYPE_CHECKING:
    from ..value import Value
    from ..values.collection import Collection

FILL = 0.66
"""Opacity of areas beside that of lines, as ``Collection.style`` is described."""
MAX_SIZE = 1000.0
"""Pixels of a mark or a line: this emulator's own limit."""


@algorithm("Collection.style")
def style(
    collection: Collection,
    color: str,
    point_size: int,
    point_shape: str,
    width: float,
    fill_color: str | None,
    style_property: str | None,
    _neighborhood: int,
    line_type: str,
) -> Image:
    """Whole features are drawn, so that no neighbourhood is needed; sizes of marks are their radii, as of ``draw``."""
    common = {
        "color": color,
        "pointSize": point_size,
        "pointShape": point_shape,
        "width": width,
        "fillColor": fill_color,
        "lineType": line_type,
    }
    figures = []
    for feature in collection:
        own = None if style_property is None else property_of(feature, style_property)
        if own is not None and not isinstance(own, Mapping):
            raise EarthError(
                f"Collection.style: '{style_property}' must hold a dictionary of each feature; found {own!r}."
            )
        geometry = geometry_of(feature)
        if geometry is not None:
            figures.append((geometry, _style({**common, **(own or {})})))
    return Image(tuple(styling.draw_features(figures)))


@algorithm("Collection.draw")
def draw(collection: Collection, color: str, point_radius: int, stroke_width: int) -> Image:
    """As styled; whether the service fills areas as ``style`` does is not documented."""
    return style(collection, color, point_radius, "circle", stroke_width, None, None, 0, "solid")


def _style(given: Mapping[str, Value]) -> Style:
    color = _colour(given["color"], "color")
    fill = given["fillColor"]
    shape, line = str(given["pointShape"]), str(given["lineType"])
    shape = markers.SHAPES.get(shape, shape)
    if shape not in markers.NAMES:
        raise EarthError(
            f"Collection.style: '{shape}' is no pointShape; need one of {', '.join(sorted(markers.NAMES))}."
        )
    if line not in styling.DASHES:
        raise EarthError(f"Collection.style: '{line}' is no lineType: it is solid, dotted or dashed.")
    return Style(
        color,
        (*color[:3], round(color[3] * FILL)) if fill is None else _colour(fill, "fillColor"),
        _size(given["pointSize"], "pointSize"),
        shape,
        _size(given["width"], "width"),
        line,
    )


def _colour(text: Value, name: str) -> RGBA:
    found = colour_of(text)
    if found is None:
        raise EarthError(f"Collection.style: '{name}' is not a colour: {text!r}; give RRGGBB, RRGGBBAA or a CSS name.")
    return found


def _size(value: Value, name: str) -> float:
    if isinstance(value, (int, float)) and 0 <= value <= MAX_SIZE and math.isfinite(value):
        return float(value)
    raise EarthError(f"Collection.style: '{name}' must be between 0 and {MAX_SIZE:g} pixels, got {value!r}.")
