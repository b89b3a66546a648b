"""Bounds of lines in another CRS: continuous across the antimeridian, all around at a pole, refused where it tears."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from .crs import spell_crs

if TYPE_CHECKING:
    from .reprojection import Bounds, Points, Reprojection

# The numbers are chosen, and hold in the tests of grids (test_antimeridian.py, test_poles.py, test_grid_spec.py).

POINTS = 257
"""Points on a line before it is reprojected, since a straight edge in degrees is a curve elsewhere. The extremes are
refined afterwards."""

_NET = 17
"""Lines in each direction over a box; odd, so that one runs through its middle, where the rim of a globe is widest."""

_CANDIDATES = 64
"""Steps between neighbouring points, the longest ones, that are searched for a tear."""

_HALVINGS = 32
"""How often a step is halved: continuous lines then differ by a 4e9th of it, and on both sides of a tear by as much as
before."""

_TEAR = 1e-3
"""Part of the whole extent that a gap has to have to count as a tear."""

_HAIR = 1e-9
"""Part of its size by which a region is made narrower, to see whether it crosses a tear or only touches it."""


class UndefinedHereError(InputError):
    """A CRS has no coordinates where a region lies."""


class TornError(InputError):
    """A CRS shows a region in parts that lie apart."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Several polylines, in one array.

    Attributes
    ----------
    points : numpy.ndarray
        Shape (n, 2).
    joined : numpy.ndarray
        Shape (n - 1,), bool: whether a point and the next belong to one line.
    """

    points: Points
    joined: np.ndarray[Any, np.dtype[np.bool_]]

    @classmethod
    def chained(cls, lines: list[Points]) -> Lines:
        """From one array of shape (n, 2) for each line."""
        joined = np.ones(sum(map(len, lines)), dtype=bool)
        joined[np.cumsum([len(line) for line in lines]) - 1] = False
        return cls(np.concatenate(lines), joined[:-1])

    @classmethod
    def net(cls, box: Bounds) -> Lines:
        """The edges of a box and lines over it, since its inside may have no coordinates in the target as well."""
        left, bottom, right, top = box
        dense, sparse = np.linspace(0, 1, POINTS), np.linspace(0, 1, _NET)
        along, across = (grid.ravel() for grid in np.meshgrid(dense, sparse))
        unit = np.concatenate([np.stack([along, across], 1), np.stack([across, along], 1)])
        points = unit * (right - left, top - bottom) + (left, bottom)
        points[unit == 1] = np.broadcast_to((right, top), unit.shape)[unit == 1]
        joined = np.arange(1, len(points)) % POINTS != 0
        return cls(points, joined)

    @property
    def span(self) -> tuple[float, float]:
        """Width and height."""
        width, height = np.ptp(self.points, axis=0)
        return float(width), float(height)

    def and_points(self, points: Points) -> Lines:
        """The same with further points that are on no line."""
        joined = np.concatenate([self.joined, np.zeros(len(points), dtype=bool)])
        return Lines(np.concatenate([self.points, points]), joined)

    def drawn_in(self) -> Lines:
        """The same, narrower by `_HAIR`."""
        middle = (self.points.min(axis=0) + self.points.max(axis=0)) / 2
        return Lines(middle + (self.points - middle) * (1 - _HAIR), self.joined)


def bounds_of(lines: Lines, reprojection: Reprojection) -> Bounds:
    """Bounds of lines in the target of a reprojection.

    In a geographic CRS, longitudes start within [-180, 180) and run on beyond 180 where the lines cross the
    antimeridian; around a pole they are the whole turn.

    Raises
    ------
    UndefinedHereError
        If the target has no coordinates at a point of the Earth on the lines, or no point is on the Earth.
    TornError
        If points lie apart in the target however close they are, and the lines do not go around the Earth.
    """
    lines = lines.and_points(reprojection.earth_poles(lines.points.min(axis=0), lines.points.max(axis=0)))
    there = reprojection(lines.points)
    _require_defined(lines.points, there, reprojection)
    with_rim = np.concatenate([there, reprojection(_rim(lines, there, reprojection))])
    if reprojection.to_degrees:
        return _in_degrees(lines, with_rim, reprojection)
    torn = _tears(lines, there, reprojection)
    if len(torn) and not reprojection.goes_around(lines.span[0]):
        # A side that lies on a tear may be shown on the other side of it: without that side there is no tear.
        narrower = lines.drawn_in()
        there = reprojection(narrower.points)
        torn = _tears(narrower, there, reprojection)
        if len(torn):
            raise TornError(_torn(lines, torn[0], reprojection))
        return _extremes([there, reprojection(_closer(narrower, there))])
    # Around the Earth a tear splits nothing: its two sides are where the map ends.
    return _extremes([with_rim, reprojection(torn), reprojection(_closer(lines, there))])


def _in_degrees(lines: Lines, there: Points, reprojection: Reprojection) -> Bounds:
    """Bounds in degrees, where ``there`` has the points of the lines, and of their rim after them.

    Around a pole they are the whole turn. Else longitudes are taken as they are, or from the widest gap eastwards where
    the lines jump. Where they jump then as well, they are the whole turn too.
    """
    south, north = reprojection.poles_inside(lines.points.min(axis=0), lines.points.max(axis=0))
    if south or north:
        _, bottom, _, top = _extremes([there, reprojection(_closer(lines, there))])
        return -180.0, -90.0 if south else bottom, 180.0, 90.0 if north else top
    for cut in (None, _widest_gap(there)):
        turned = reprojection.turned(lines.points, there[: len(lines.points)], cut)
        steps = np.abs(np.diff(turned[:, 0]))[lines.joined]
        if reprojection.keeps_longitudes or not (steps > 180 + 1e-6).any():
            near = _closer(lines, turned)
            rim = reprojection.turned(None, there[len(lines.points) :], cut)
            bounds = _extremes([turned, rim, reprojection.turned(near, reprojection(near), cut)])
            return bounds if cut is None else _started(bounds)
    _, bottom, _, top = _extremes([there])
    return -180.0, bottom, 180.0, top


def _started(bounds: Bounds) -> Bounds:
    """The same bounds with the west within [-180, 180)."""
    left, bottom, right, top = bounds
    turns = 360 * math.floor((left + 180) / 360)
    return left - turns, bottom, right - turns, top


def _widest_gap(there: Points) -> float:
    """The longitude in the middle of the widest range without a point."""
    around = np.sort(there[np.isfinite(there[:, 0]), 0] % 360)
    gaps = np.diff(around, append=around[0] + 360)
    widest = int(np.argmax(gaps))
    return float(around[widest] + gaps[widest] / 2)


def _extremes(found: list[Points]) -> Bounds:
    points = np.concatenate(found)
    left, bottom = np.nanmin(points, axis=0)
    right, top = np.nanmax(points, axis=0)
    return float(left), float(bottom), float(right), float(top)


def _closer(lines: Lines, there: Points) -> Points:
    """More points around the least and the greatest x and y, since a curve is farthest out between two points."""
    points, joined = lines.points, np.concatenate([[False], lines.joined, [False]])
    close = []
    for axis in (0, 1):
        for at in (int(np.nanargmin(there[:, axis])), int(np.nanargmax(there[:, axis]))):
            before, after = at - int(joined[at]), at + int(joined[at + 1])
            close.append(np.linspace(points[before], points[after], POINTS))
    return np.concatenate(close)


def _rim(lines: Lines, there: Points, reprojection: Reprojection) -> Points:
    """The last points that have coordinates where lines leave the Earth, shape (n, 2), by bisection."""
    known = np.isfinite(there[:, 0])
    leaves = lines.joined & (known[1:] != known[:-1])
    first, second = lines.points[:-1][leaves], lines.points[1:][leaves]
    inside = np.where(known[:-1][leaves, None], first, second)
    outside = np.where(known[:-1][leaves, None], second, first)
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        is_known = np.isfinite(reprojection(middle)[:, :1])
        inside, outside = np.where(is_known, middle, inside), np.where(is_known, outside, middle)
    return np.asarray(inside)


def _tears(lines: Lines, there: Points, reprojection: Reprojection) -> Points:
    """The points on the two sides of each tear of the lines, one after the other, shape (2 n, 2), by bisection."""
    length = np.hypot(*np.diff(there, axis=0).T)
    length[~lines.joined | ~np.isfinite(length)] = 0
    longest = np.argsort(length)[-_CANDIDATES:]
    near, far = lines.points[longest], lines.points[longest + 1]
    near_there, far_there = there[longest], there[longest + 1]
    for _ in range(_HALVINGS):
        middle = (near + far) / 2
        middle_there = reprojection(middle)
        in_first = _length(middle_there - near_there) > _length(far_there - middle_there)
        far, far_there = np.where(in_first, middle, far), np.where(in_first, middle_there, far_there)
        near, near_there = np.where(in_first, near, middle), np.where(in_first, near_there, middle_there)
    left, bottom, right, top = _extremes([there])
    gap = _length(far_there - near_there)[:, 0]
    torn = gap > _TEAR * max(right - left, top - bottom)
    return np.stack([near[torn], far[torn]], axis=1).reshape(-1, 2)


def _length(steps: Points) -> Points:
    return np.asarray(np.hypot(steps[:, :1], steps[:, 1:]))


def _require_defined(points: Points, there: Points, reprojection: Reprojection) -> None:
    missing = ~np.isfinite(there[:, 0]) & reprojection.on_earth(points)
    if missing.any():
        where = reprojection.spell_point(points[missing][len(points[missing]) // 2])
        raise UndefinedHereError(
            f"The region reaches where {spell_crs(reprojection.to_crs)} has no coordinates, {where} for one: "
            "pass a smaller region, or another crs, for example crs='EPSG:4326'."
        )
    if not np.isfinite(there).any():
        raise UndefinedHereError(
            f"The region lies where {spell_crs(reprojection.from_crs)} has no inverse, off the Earth: pass another one."
        )


def _torn(lines: Lines, side: Points, reprojection: Reprojection) -> str:
    left, bottom, right, top = _extremes([lines.points])
    return (
        f"The region ({left:.6g}, {bottom:.6g}, {right:.6g}, {top:.6g}) in {spell_crs(reprojection.from_crs)} is torn "
        f"apart in {spell_crs(reprojection.to_crs)}, {reprojection.spell_point(side)}: no rectangle of pixels shows it "
        "there; pass crs='EPSG:4326', whose longitudes run on beyond 180, or another crs that is continuous there, "
        "or open it in two."
    )
