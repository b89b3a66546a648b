"""Regions: the bounds of a box or a geometry in any CRS, whose edges may be curves there."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError, brief
from .crs import parse_crs, same_crs
from .geodesic import unrolled
from .geojson import check_positions, continuous, lines_of
from .projected_bounds import POINTS, Lines, bounds_of
from .reprojection import DEGREES, Bounds, Points, Reprojection
from .user_values import floats_of

if TYPE_CHECKING:
    from collections.abc import Sequence


def spell_bounds(bounds: Bounds) -> str:
    """Bounds in messages."""
    return "({:.6g}, {:.6g}, {:.6g}, {:.6g})".format(*bounds)


def check_bbox(bbox: Sequence[float] | object) -> Bounds:
    """The user's (west, south, east, north) in degrees, west within [-180, 180) and east up to a turn beyond it.

    A geometry of any kind that :func:`geometry_bounds` takes counts as its bounds.

    A west that is greater than east (RFC 7946, section 5.2) and longitudes beyond 180 both mean a box across the
    antimeridian.

    Raises
    ------
    InputError
        If it is not four finite numbers of degrees, has no area, or is wider than the Earth.
    """
    numbers = floats_of(bbox, 4)
    if numbers is None:
        if _is_geometry(bbox):
            return geometry_bounds(bbox, DEGREES, argument="bbox")
        raise InputError(f"bbox={brief(bbox)} is not (west, south, east, north) in degrees, nor a geometry.")
    west, south, east, north = numbers
    if not all(map(math.isfinite, numbers)):
        raise InputError(f"bbox={brief(bbox)} has a side that is not finite.")
    if not (-360 <= west <= 360 and -360 <= east <= 360 and west != east and -90 <= south < north <= 90):
        raise InputError(
            f"bbox={brief(bbox)} is not (west, south, east, north) in degrees with longitudes within 360 that differ "
            "and -90 <= south < north <= 90."
        )
    width = east - west if east > west else east + 360 - west
    if not 0 < width <= 360:
        raise InputError(
            f"bbox={brief(bbox)} is {east - west:.6g} degrees of longitude wide: pass a width of 360 at most; west > "
            "east means a box across the antimeridian, as (170, -20, -170, 20)."
        )
    turns = 360 * math.floor((west + 180) / 360)
    return west - turns, south, east - turns if east > west else east + 360 - turns, north


def _is_geometry(value: object) -> bool:
    try:
        return isinstance(value, Mapping) or hasattr(value, "__geo_interface__")
    except Exception:  # noqa: BLE001 - a user's own object may raise anything
        return False


def box_bounds(box: Bounds, from_crs: str, to_crs: str) -> Bounds:
    """Bounds in ``to_crs`` of a box whose edges are straight in ``from_crs``.

    Longitudes of the result start within [-180, 180) and run on beyond 180 where the box crosses the antimeridian;
    where it contains a pole they are the whole turn, and the latitudes reach the pole. Parts of a projected box that
    are not on the Earth are left out.

    Raises
    ------
    InputError
        If ``to_crs`` has no coordinates there, or shows the box in several parts.
    """
    if parse_crs(from_crs) == parse_crs(to_crs):
        return box
    left, bottom, right, top = box
    if parse_crs(from_crs).is_geographic:  # pixels centred on the poles reach beyond them
        bottom, top = max(bottom, -90.0), min(top, 90.0)
    return bounds_of(Lines.net((left, bottom, right, top)), Reprojection(from_crs, to_crs))


def geometry_bounds(geometry: object, crs: str, *, argument: str = "geometry") -> Bounds:
    """Bounds in ``crs`` of a geometry.

    Parameters
    ----------
    geometry : GeoJSON mapping (a Feature or a collection counts as its geometries), or ``__geo_interface__``
        In degrees, or in the CRS that it says; edges are straight there, unless a member "geodesic" says that they are
        geodesics, as those of Earth Engine's geometries in degrees are by default. In degrees, a geometry across the
        antimeridian has longitudes beyond 180, or is cut there.
    crs : str
    argument : str
        Its name in messages.

    Raises
    ------
    InputError
        If it is not a geometry, is empty, or can not be expressed in ``crs``.
    """
    lines, own = lines_of(unrolled(geometry), argument=argument)
    if parse_crs(own).is_geographic:
        lines = continuous(lines, argument)
    check_positions(lines, argument)
    if same_crs(own, crs):
        (left, bottom), (right, top) = (of(np.concatenate(lines), axis=0) for of in (np.min, np.max))
        return float(left), float(bottom), float(right), float(top)
    step = max(float(np.ptp(np.concatenate(lines), axis=0).max()) / POINTS, 1e-12)  # not 0 for a point
    return bounds_of(Lines.chained([_densified(line, step) for line in lines]), Reprojection(own, crs))


def _densified(line: Points, step: float) -> Points:
    """A line with further points between its own, at most a step apart."""
    counts = np.maximum(np.ceil(np.abs(np.diff(line, axis=0)).max(axis=1, initial=0) / step), 1).astype(int)
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    along = ((np.arange(counts.sum()) - starts) / np.repeat(counts, counts))[:, None]
    first, second = np.repeat(line[:-1], counts, axis=0), np.repeat(line[1:], counts, axis=0)
    return np.concatenate([first + (second - first) * along, line[-1:]])
