"""Drawing features in colours.

A pixel is drawn or not by its centre: nothing is smoothed at edges. How the service draws is not documented to the
pixel; what is known are the sizes, in pixels of the picture, and the colours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely
from shapely.affinity import translate
from shapely.geometry import MultiLineString, Point, box
from shapely.ops import substring

from ..geometry.projecting import project, to_pixels
from ..images.coverage import burn
from ..images.image import Band, Pixels, Sampler
from ..images.pixelwise import make_constant
from ..types import UINT8
from ..values.colour import RGB
from .markers import make_marker
from .outputs import make_output_bands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapely.geometry.base import BaseGeometry

    from ..geometry.geometry import Geometry
    from ..values.colour import RGBA

DASHES = {"solid": (), "dotted": (1, 1), "dashed": (3, 2)}
"""Line types: how long the dashes and the gaps are, in widths of the line. The service's own are not documented."""

SMALL = 4096
"""Pixels of a shape's rectangle."""
TIE = 1e-6
"""Pixels: what ends at a centre covers the one right of it or below."""


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


def draw_features(figures: Sequence[tuple[Geometry, Style]]) -> list[Band]:
    """Red, green and blue of geometries drawn one over the other; their mask is the opacity, 0 where nothing is."""

    def found(sampler: Sampler) -> dict[str, Pixels]:
        canvas = np.zeros((4, *sampler.shape))
        for geometry, style in figures:
            _draw(canvas, sampler, geometry, style)
        colours, opacity = canvas[:3], canvas[3]
        shown = np.floor(np.divide(colours, opacity, out=np.zeros_like(colours), where=opacity > 0) * 255 + 0.5)
        mask = opacity.astype(np.float32)
        return {name: Pixels(values.astype(np.uint8), mask) for name, values in zip(RGB, shown, strict=True)}

    return make_output_bands(make_constant(0), RGB, dict.fromkeys(RGB, UINT8), found)


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
        figure = make_marker(style.shape, part.x, part.y, style.radius) if part.geom_type == "Point" else part
        areas += [figure] if figure.geom_type == "Polygon" else []
        outline = figure.boundary if figure.geom_type == "Polygon" else figure
        lines += shapely.get_parts(outline).tolist()
    if areas:
        _paint(canvas, shapely.union_all(areas), style.fill)
    if style.width > 0:
        strokes = MultiLineString(
            [stroke for line in lines for stroke in _strokes(line, frame, style) if stroke.length]
        )
        thin = style.width <= 1
        _paint(
            canvas, strokes if thin else strokes.buffer(style.width / 2, cap_style="flat"), style.color, touched=thin
        )


def _strokes(line: BaseGeometry, frame: BaseGeometry, style: Style) -> list[BaseGeometry]:
    """What is drawn of a line within the frame; dashes begin to count where the line does."""
    visible = [line] if frame.contains(line) else shapely.get_parts(line.intersection(frame)).tolist()
    if not DASHES[style.line]:
        return visible
    on, off = (length * style.width for length in DASHES[style.line])
    dashes = []
    for part in visible:
        start = line.project(Point(part.coords[0])) % (on + off)
        starts = np.arange(-start, part.length, on + off)
        dashes += [substring(part, max(begin, 0), min(begin + on, part.length)) for begin in starts if begin + on > 0]
    return dashes


def _cover(shape: BaseGeometry, size: tuple[int, int], *, touched: bool) -> npt.NDArray[np.bool_]:
    """The pixels of a window that a shape covers; most features are small, and asked about faster point by point."""
    moved = shape if touched else translate(shape, -TIE, -TIE)
    left, top, right, bottom = shape.bounds
    if touched or (right - left) * (bottom - top) > SMALL:
        return burn(moved, size, touched=touched)
    shapely.prepare(moved)
    rows, cols = np.indices(size) + 0.5
    covered: npt.NDArray[np.bool_] = shapely.contains_xy(moved, cols, rows)
    return covered


def _paint(canvas: npt.NDArray[np.float64], shape: BaseGeometry, colour: RGBA, *, touched: bool = False) -> None:
    """Lay a colour over what is there; the canvas holds colours times opacity, as Porter and Duff do.

    The window around the shape alone is looked at. Of thin lines the pixels are painted that they touch.
    """
    height, width = canvas.shape[1:]
    left, top, right, bottom = shape.bounds if not shape.is_empty else (0, 0, 0, 0)
    rows = slice(max(math.floor(top), 0), min(math.floor(bottom) + 1, height))
    cols = slice(max(math.floor(left), 0), min(math.floor(right) + 1, width))
    size = rows.stop - rows.start, cols.stop - cols.start
    if shape.is_empty or min(size) <= 0 or not colour[3]:
        return
    where = _cover(translate(shape, -cols.start, -rows.start), size, touched=touched)
    own = np.array(colour) / 255
    own[:3] *= own[3]
    part = canvas[:, rows, cols]
    part[:, where] = own[:, np.newaxis] + part[:, where] * (1 - own[3])
