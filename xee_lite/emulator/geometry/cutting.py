"""Lines cut at distances along them."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np
import shapely
from shapely.geometry import MultiLineString

from ..types import Projection
from .geodesy import DEGREES, ELLIPSOID
from .geometry import Geometry
from .projecting import project

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Points = npt.NDArray[np.float64]

LINES = frozenset({"LineString", "LinearRing", "MultiLineString"})
STEP = 0.01
"""Degrees between the points at which straight edges are measured: geodesics between them are as long, to 1e-7."""

Kind = Literal["geodesic", "degrees", "planar"]
"""How edges run and are measured: geodesics in metres, straight ones in degrees in metres, or in their own units."""


def cut_lines(geometry: Geometry, distances: Sequence[float | None], projection: Projection | None) -> Geometry:
    """Each line of a geometry in pieces; nothing of what has no lines.

    Parameters
    ----------
    geometry : Geometry
    distances : sequence of float or None
        From the start of each line to where it is cut: in metres along it or, with a projection, in its units.
    projection : Projection, optional
        Of the result too; EPSG:4326 by default.
    """
    target = Projection(DEGREES if projection is None else projection.crs)
    curved = geometry.geodesic and projection is None and geometry.projection.crs == DEGREES
    kind: Kind = "planar" if projection is not None else "geodesic" if curved else "degrees"
    pieces: list[Points] = []
    if geometry.type in LINES:
        shape = geometry.shape if curved else project(geometry, target.crs)
        for part in shapely.get_parts(shape):
            pieces += _cut(shapely.get_coordinates(part), distances, kind)
    return Geometry(MultiLineString(pieces), geodesic=curved, projection=target)


def _cut(line: Points, distances: Sequence[float | None], kind: Kind) -> list[Points]:
    """The pieces of a line, and the line itself where it is too short to be cut."""
    edges = [_measure(start, end, kind) for start, end in pairwise(line)]
    travelled = np.concatenate([[0.0], np.cumsum([edge[-1] for edge in edges])])
    cut_distances = sorted({float(one) for one in distances if one is not None and 0 < one < travelled[-1]})
    cuts = []
    for cut_distance in cut_distances:
        index = int(np.searchsorted(travelled, cut_distance, side="right")) - 1
        cuts.append(_at(line[index], line[index + 1], cut_distance - travelled[index], edges[index], kind))
    ends, bounds = [line[0], *cuts, line[-1]], [0.0, *cut_distances, travelled[-1]]
    return [
        np.array([ends[i], *line[(travelled > bounds[i]) & (travelled < bounds[i + 1])], ends[i + 1]])
        for i in range(len(cut_distances) + 1)
    ]


def _measure(start: Points, end: Points, kind: Kind) -> Points:
    """The distances from the start of an edge to points at even steps on it, the first and the last included."""
    if kind == "planar":
        return np.array([0.0, np.hypot(*(end - start))])
    steps = max(math.ceil(float(np.hypot(*(end - start))) / STEP), 1) if kind == "degrees" else 1
    x, y = (np.linspace(start[axis], end[axis], steps + 1) for axis in (0, 1))
    _, _, lengths = ELLIPSOID.inv(x[:-1], y[:-1], x[1:], y[1:])
    return np.concatenate([[0.0], np.cumsum(lengths)])


def _at(start: Points, end: Points, distance: float, edge: Points, kind: Kind) -> Points:
    """The point of an edge at a distance from its start."""
    if kind != "geodesic":
        share = np.interp(distance, edge, np.linspace(0, 1, len(edge)))
        found: Points = start + (end - start) * share
        return found
    azimuth = ELLIPSOID.inv(start[0], start[1], end[0], end[1])[0]
    longitude, latitude, _ = ELLIPSOID.fwd(start[0], start[1], azimuth, distance)
    # It comes back within -180 to 180, and goes on from where the edge began.
    return np.array([longitude + 360 * round((start[0] - longitude) / 360), latitude])
