"""Symbols of points."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from shapely.geometry import MultiLineString, Point, Polygon, box

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

SHAPES = {
    "o": "circle",
    "s": "square",
    "d": "diamond",
    "x": "cross",
    "+": "plus",
    "p": "pentagram",
    "h": "hexagram",
    "^": "triangle_up",
    "v": "triangle_down",
    "<": "triangle_left",
    ">": "triangle_right",
    "triangle": "triangle_up",
    "star5": "pentagram",
    "star6": "hexagram",
}
"""Other names of the shapes."""

_CORNERS = {"triangle_up": 3, "triangle_down": 3, "triangle_left": 3, "triangle_right": 3, "pentagon": 5, "hexagon": 6}
_TURNS = {"triangle_right": 90.0, "triangle_down": 180.0, "triangle_left": 270.0}
_STARS = {"pentagram": 5, "hexagram": 6}
NAMES = frozenset({"circle", "square", "diamond", "cross", "plus", *_CORNERS, *_STARS})


def make_marker(shape: str, x: float, y: float, radius: float) -> BaseGeometry:
    """A mark around a position in pixels, rows counting downwards; crosses are lines, the others areas.

    All but the square, whose sides are that far away, reach to a circle. What exactly the service draws is not
    documented.
    """
    match shape:
        case "circle":
            return Point(x, y).buffer(radius)
        case "square":
            return box(x - radius, y - radius, x + radius, y + radius)
        case "diamond":
            return _polygon(x, y, [radius] * 4, 0)
        case "cross":
            leg = radius * math.sqrt(0.5)
            return MultiLineString([[(x - leg, y - leg), (x + leg, y + leg)], [(x - leg, y + leg), (x + leg, y - leg)]])
        case "plus":
            return MultiLineString([[(x - radius, y), (x + radius, y)], [(x, y - radius), (x, y + radius)]])
    if shape in _STARS:
        points = _STARS[shape]
        # Its sides run on to the tips two further on.
        inner = radius * math.cos(2 * math.pi / points) / math.cos(math.pi / points)
        return _polygon(x, y, [radius, inner] * points, 0)
    return _polygon(x, y, [radius] * _CORNERS[shape], _TURNS.get(shape, 0.0))


def _polygon(x: float, y: float, radii: list[float], turn: float) -> Polygon:
    """Corners around a position at even angles, clockwise from the top."""
    angles = np.radians(turn) + 2 * np.pi * np.arange(len(radii)) / len(radii)
    return Polygon(np.column_stack([x + radii * np.sin(angles), y - radii * np.cos(angles)]))
