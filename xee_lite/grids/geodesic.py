"""Geodesic edges: geometries whose edges are the shortest paths on the sphere, as lines along these.

That they are so on the sphere and not on the ellipsoid, the client library's ``ee.Geometry`` says.
"""

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
"""Parts of an edge; chosen: the arc lies beyond their chords by a 65 000th (1 / 256**2) of what it does in all."""


def unrolled(geometry: object) -> object:
    """The same region with edges that are straight in degrees, where a geometry says that its edges are geodesics.

    Parameters
    ----------
    geometry : GeoJSON mapping, or anything else
        Earth Engine's GeoJSON has a member "geodesic", which is true where edges are geodesics.

    Returns
    -------
    object
        Lines along these edges; anything else as it is.
    """
    if not isinstance(geometry, Mapping) or geometry.get("geodesic") is not True:
        return geometry
    lines, crs = lines_of(geometry)
    if crs != DEGREES:
        return geometry
    return {"type": "MultiLineString", "coordinates": [_along(line).tolist() for line in lines]}


def _along(line: Points) -> Points:
    """A line with further points between its own, in longitudes without a jump."""
    parts: list[Any] = [line[:1]]
    for start, end in pairwise(line):
        between = np.array(_sphere().npts(start[0], start[1], end[0], end[1], _STEPS - 1)).reshape(-1, 2)
        # Turned by 360 degrees to be near the straight edge, whose longitudes may lie beyond 180.
        straight = np.linspace(start[0], end[0], _STEPS + 1)[1:-1]
        between[:, 0] += 360 * np.round((straight - between[:, 0]) / 360)
        parts += [between, end[None]]
    return np.concatenate(parts)


@cache
def _sphere() -> Geod:
    """A sphere of any radius: the paths in degrees are the same."""
    return Geod(a=6378137.0, b=6378137.0)
