"""Features drawn in colours, for the eye.

A pixel is drawn or not by its centre: nothing is smoothed at edges. How the service draws is not documented to the
pixel; what is known are the sizes, in pixels of the picture, and the colours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import MultiLineString, Point, box
from shapely.ops import substring

from ..types import UINT8
from .coverage import burn, project, to_pixels
from .image import Band, Pixels, Sampler
from .markers import marker
from .outputs import output_bands
from .pixelwise import constant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapely.geometry.base import BaseGeometry

    from ..values.colour import RGBA
    from ..values.geometry import Geometry

RGB = ("vis-red", "vis-green", "vis-blue")
DASHES = {"solid": (), "dotted": (1, 1), "dashed": (3, 2)}
"""Line types: how long the dashes and the gaps are, in widths of the line. The service's own are not documented."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a geometry is drawn.

    Attributes
    ----------
    color, fill : tuple of int
        Of lines and outlines, and of areas: red, green, blue and opacity.
    radius : float
        Of a mark, in pixels.
    shape : str
        Of a mark, one of `markers.NAMES`.
    width : float
        Of lines and outlines, in pixels.
    line : str
        One of `DASHES`.
    """

    color: RGBA
    fill: RGBA
    radius: float
    shape: str
    width: float
    line: str

    @property
    def reach(self) -> float:
        """Pixels that a drawing may reach beyond its geometry."""
        return self.radius + self.width + 1


def drawn(figures: Sequence[tuple[Geometry, Style]]) -> list[Band]:
    """Red, green and blue of geometries drawn one over the other; their mask is the opacity, 0 where nothing is."""

    def found(sampler: Sampler) -> dict[str, Pixels]:
        canvas = np.zeros((4, *sampler.shape))
        for geometry, style in figures:
            _draw(canvas, sampler, geometry, style)
        colours, opacity = canvas[:3], canvas[3]
        shown = np.floor(np.divide(colours, opacity, out=np.zeros_like(colours), where=opacity > 0) * 255 + 0.5)
        mask = opacity.astype(np.float32)
        return {name: Pixels(values.astype(np.uint8), mask) for name, values in zip(RGB, shown, strict=True)}

    return output_bands(constant(0), RGB, dict.fromkeys(RGB, UINT8), found)


def _draw(canvas: npt.NDArray[np.float64], sampler: Sampler, geometry: Geometry, style: Style) -> None:
    """Fill the areas of a geometry, then draw its lines over them."""
    shape = to_pixels(project(geometry, sampler.grid.crs), sampler.grid.projection)
    height, width = sampler.shape
    frame = box(-style.reach, -style.reach, width + style.reach, height + style.reach)
    if shape.is_empty or not shape.intersects(frame):
        return
    areas: list[BaseGeometry] = []
    lines: list[BaseGeometry] = []
    for part in shapely.get_parts(shapely.get_parts(shape)):
        figure = marker(style.shape, part.x, part.y, style.radius) if part.geom_type == "Point" else part
        areas += [figure] if figure.geom_type == "Polygon" else []
        outline = figure.boundary if figure.geom_type == "Polygon" else figure
        lines += shapely.get_parts(outline).tolist()
    if areas and style.fill[3]:
        _paint(canvas, burn(shapely.union_all(areas), sampler.shape, touched=False), style.fill)
    if style.width > 0 and style.color[3]:
        strokes = [stroke for line in lines for stroke in _strokes(line, frame, style)]
        _paint(canvas, _lines(strokes, style.width, sampler.shape), style.color)


def _strokes(line: BaseGeometry, frame: BaseGeometry, style: Style) -> list[BaseGeometry]:
    """What is drawn of a line within the frame; dashes begin to count where the line does."""
    visible = [line] if frame.contains(line) else shapely.get_parts(line.intersection(frame)).tolist()
    if not DASHES[style.line]:
        return visible
    on, off = (length * style.width for length in DASHES[style.line])
    dashes = []
    for part in visible:
        start = line.project(Point(part.coords[0])) % (on + off)
        places = np.arange(-start, part.length, on + off)
        dashes += [substring(part, max(place, 0), min(place + on, part.length)) for place in places if place + on > 0]
    return dashes


def _lines(strokes: list[BaseGeometry], width: float, size: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """The pixels within half a width of a stroke; thin ones are drawn where they touch."""
    joined = MultiLineString([stroke for stroke in strokes if stroke.length])
    if width <= 1:
        return burn(joined, size, touched=True)
    return burn(joined.buffer(width / 2, cap_style="flat"), size, touched=False)


def _paint(canvas: npt.NDArray[np.float64], where: npt.NDArray[np.bool_], colour: RGBA) -> None:
    """Lay a colour over what is there; the canvas holds colours times opacity, as Porter and Duff do."""
    own = np.array(colour) / 255
    own[:3] *= own[3]
    canvas[:, where] = own[:, np.newaxis] + canvas[:, where] * (1 - own[3])
