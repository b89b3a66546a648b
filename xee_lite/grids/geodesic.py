"""Edges that are the shortest ways on the sphere, as lines of positions that follow them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from pyproj import Geod

from .geojson import lines_of
from .reprojection import DEGREES

if TYPE_CHECKING:
    from .reprojection import Points

_STEPS = 256
"""Parts of an edge: what it bulges beyond the chords between them is a 65 000th of what it bulges in all."""


def unrolled(geometry: object) -> object:
    """A geometry in degrees that says its edges are geodesics, with edges that are straight in degrees.

    Parameters
    ----------
    geometry : GeoJSON mapping, or anything else
        With a member "geodesic", which is no part of GeoJSON: true of edges that are geodesics.

    Returns
    -------
    object
        Lines along these edges; whatever says no such thing stays what it is.
    """
    if not isinstance(geometry, Mapping) or geometry.get("geodesic") is not True:
        return geometry
    lines, crs = lines_of(geometry)
    if crs != DEGREES:
        return geometry
    return {"type": "MultiLineString", "coordinates": [_along(line).tolist() for line in lines]}


def _along(line: Points) -> Points:
    """A line with points between its own, in longitudes that run on."""
    parts: list[Any] = [line[:1]]
    for start, end in pairwise(line):
        between = np.array(_sphere().npts(start[0], start[1], end[0], end[1], _STEPS - 1)).reshape(-1, 2)
        # As far around as a straight edge from here would be.
        straight = np.linspace(start[0], end[0], _STEPS + 1)[1:-1]
        between[:, 0] += 360 * np.round((straight - between[:, 0]) / 360)
        parts += [between, end[None]]
    return np.concatenate(parts)


@cache
def _sphere() -> Geod:
    return Geod(a=6378137.0, b=6378137.0)
