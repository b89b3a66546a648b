"""GeoJSON as lines of positions and their CRS; in degrees, continuous across the antimeridian."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError, brief
from .crs import plane_crs, same_crs
from .reprojection import DEGREES

if TYPE_CHECKING:
    from .reprojection import Points

_TOUCHES = 1e-9
"""Degrees within which a position lies on the antimeridian: 0.1 mm, for rounding; chosen."""

_FARTHEST = 1e9
"""CRS units beyond which a position is on no map; chosen: the Earth is 4e7 metres around."""


def lines_of(geometry: object, *, argument: str = "geometry") -> tuple[list[Points], str]:
    """Every point, line and ring of a geometry, each of shape (n, 2), and the CRS of their positions.

    Parameters
    ----------
    geometry : GeoJSON mapping (a Feature or a collection counts as its geometries), or ``__geo_interface__``
        The CRS is that of a mapping's member "crs" (GeoJSON of 2008), or of an object's attribute ``crs``, as
        GeoPandas and odc-geo have it; otherwise positions are longitude and latitude in degrees.
    argument : str
        Its name in messages.

    Returns
    -------
    lines : list of ndarray
    crs : str
        ``DEGREES`` where positions are longitude and latitude on WGS 84.

    Raises
    ------
    InputError
        If it is not a geometry, is empty, has positions that are not finite, or names no CRS that pyproj knows.
    """
    given: Any = geometry
    try:
        geojson = getattr(given, "__geo_interface__", given)
        lines = list(_lines(geojson)) if isinstance(geojson, Mapping) else None
        named = _named_crs(geojson) if geojson is given else getattr(given, "crs", None) or _named_crs(geojson)
    except InputError:
        raise
    except Exception as error:
        raise _no_geometry(argument, geometry) from error
    if lines is None:
        raise _no_geometry(argument, geometry)
    if not lines:
        raise InputError(f"{argument}= is empty: pass one with at least one position.")
    crs = DEGREES if named is None else plane_crs(named)
    return lines, DEGREES if same_crs(crs, DEGREES) else crs


def _no_geometry(argument: str, geometry: object) -> InputError:
    return InputError(
        f"{argument}={brief(geometry)} is not a geometry: pass GeoJSON, a shapely geometry, a GeoDataFrame or an "
        "ee.Geometry."
    )


def _named_crs(geojson: Mapping[str, Any]) -> object:
    """The name of a CRS in a member "crs" of GeoJSON; None where there is no such member."""
    crs = geojson.get("crs")
    if crs is None:
        return None
    if not (isinstance(crs, Mapping) and crs.get("type") == "name"):
        raise InputError(f"The geometry has a crs={brief(crs)} that is not named: pass its EPSG code by name.")
    return crs["properties"]["name"]


def _lines(geojson: Mapping[str, Any]) -> Iterator[Points]:
    """Every run of positions in a GeoJSON object: points, lines and rings alike."""
    for child in (*(geojson.get("geometries") or ()), *(geojson.get("features") or ())):
        yield from _lines(child)
    if geojson.get("geometry"):
        yield from _lines(geojson["geometry"])
    coordinates = geojson.get("coordinates")
    if coordinates is not None:
        yield from _runs(coordinates, geojson.get("type"))


def _runs(coordinates: Any, kind: object) -> Iterator[Points]:  # noqa: ANN401 - GeoJSON nests to any depth
    if len(coordinates) == 0:
        return
    if not hasattr(coordinates[0], "__len__"):
        yield _points([coordinates[:2]])
    elif kind == "MultiPoint" or hasattr(coordinates[0][0], "__len__"):
        for part in coordinates:
            yield from _runs(part, None)
    else:
        yield _points([position[:2] for position in coordinates])


def _points(positions: list[Any]) -> Points:
    points = np.array(positions)
    # Text is no number, also where it could be converted to one.
    if points.dtype.kind not in "iufO" or points.ndim != 2 or points.shape[1] != 2:
        raise InputError("The positions of a geometry are pairs of numbers.")
    return points.astype(np.float64)


def check_positions(lines: list[Points], argument: str) -> None:
    """Refuse positions that are on no map.

    Raises
    ------
    InputError
        If one is not finite, or farther from the origin than the Earth is large.
    """
    if not max(float(np.abs(line).max()) for line in lines) <= _FARTHEST:
        raise InputError(
            f"{argument}= has a position that is not finite, or beyond the Earth: pass x and y in the units of its CRS."
        )


def continuous(lines: list[Points], argument: str = "geometry") -> list[Points]:
    """The same lines in longitudes without a jump, of which the least lies within [-180, 180).

    Longitudes may run on beyond 180. Parts that were cut at the antimeridian (RFC 7946, section 3.1.9) and meet there
    are joined again.

    Raises
    ------
    InputError
        If positions are no longitudes and latitudes, or span more than the Earth.
    """
    longitude, latitude = np.concatenate(lines).T
    if not (np.abs(longitude).max() <= 360 and np.abs(latitude).max() <= 90):
        raise InputError(
            f"{argument}= reaches beyond 360 degrees of longitude or 90 of latitude: pass longitude and latitude in "
            "degrees, in this order, or say its CRS."
        )
    if np.ptp(longitude) > 360:
        raise InputError(
            f"{argument}= is {np.ptp(longitude):.6g} degrees of longitude wide, more than the Earth: pass 360 at most."
        )
    if _is_cut(lines):
        lines = _rejoined(lines)
    west = min(float(line[:, 0].min()) for line in lines)
    return [line - np.array((360 * np.floor((west + 180) / 360), 0)) for line in lines]


def _is_cut(lines: list[Points]) -> bool:
    """Whether lines on both sides of the antimeridian have a part of it in common."""
    east, west = (
        [line[on, 1] for line in lines if (on := np.abs(line[:, 0] - side) <= _TOUCHES).any()] for side in (180, -180)
    )
    return any(max(one.min(), other.min()) <= min(one.max(), other.max()) + _TOUCHES for one in east for other in west)


def _rejoined(lines: list[Points]) -> list[Points]:
    """The lines west of the widest gap moved by a turn, and short lines across the cut.

    By these, a target CRS that shows both sides of the cut apart is found to tear the region.
    """
    spans = sorted((float(line[:, 0].min()), float(line[:, 0].max())) for line in lines)
    reach, gap, start = spans[0][1], 0.0, None
    for west, east in spans[1:]:
        if west - reach > gap:
            gap, start = west - reach, west
        reach = max(reach, east)
    if start is None:
        return lines
    moved = [line + np.array((360 if line[:, 0].min() < start else 0, 0)) for line in lines]
    on_cut = [line[np.abs(line[:, 0] - 180) <= _TOUCHES, 1] for line in moved]
    across = [np.array([(180 - _TOUCHES, found[0]), (180 + _TOUCHES, found[0])]) for found in on_cut if len(found)]
    return moved + across
