"""GeoJSON as lines of positions, continuous across the antimeridian."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError

if TYPE_CHECKING:
    from .reprojection import Points

_TOUCHES = 1e-9
"""Degrees within which a position lies on the antimeridian."""


def lines_of(geometry: object) -> list[Points]:
    """Every point, line and ring of a geometry, each of shape (n, 2), starting within [-180, 180).

    Parameters
    ----------
    geometry : GeoJSON mapping (a Feature or a collection counts as its geometries), or ``__geo_interface__``
        Longitudes may run on beyond 180. Parts that were cut at the antimeridian (RFC 7946, section 3.1.9) and meet
        there are put together again.

    Raises
    ------
    InputError
        If it is not a geometry, is empty, or has positions that are no longitude and latitude.
    """
    geojson = getattr(geometry, "__geo_interface__", geometry)
    if not isinstance(geojson, Mapping):
        raise InputError(
            f"geometry={type(geometry).__name__} is not a geometry: pass GeoJSON, a shapely geometry or an ee.Geometry."
        )
    lines = list(_lines(geojson))
    if not lines:
        raise InputError("geometry= is empty: pass one with at least one position.")
    longitude, latitude = np.concatenate(lines).T
    if not (np.abs(longitude).max() <= 360 and np.abs(latitude).max() <= 90):
        raise InputError(
            "geometry= reaches beyond 360 degrees of longitude or 90 of latitude: pass longitude and latitude in "
            "degrees, in this order."
        )
    if np.ptp(longitude) > 360:
        raise InputError(
            f"geometry= is {np.ptp(longitude):.6g} degrees of longitude wide, more than the Earth: pass 360 at most."
        )
    if _is_cut(lines):
        lines = _rejoined(lines)
    west = min(float(line[:, 0].min()) for line in lines)
    return [line - np.array((360 * np.floor((west + 180) / 360), 0)) for line in lines]


def _lines(geojson: Mapping[str, Any]) -> Iterator[Points]:
    """Every run of positions in a GeoJSON object: points, lines and rings alike."""
    for child in (*geojson.get("geometries", ()), *geojson.get("features", ())):
        yield from _lines(child)
    if geojson.get("geometry"):
        yield from _lines(geojson["geometry"])
    yield from _runs(geojson.get("coordinates", ()), geojson.get("type"))


def _runs(coordinates: Any, kind: object) -> Iterator[Points]:  # noqa: ANN401 - GeoJSON nests to any depth
    if len(coordinates) == 0:
        return
    if not hasattr(coordinates[0], "__len__"):
        yield np.array([coordinates[:2]], dtype=np.float64)
    elif kind == "MultiPoint" or hasattr(coordinates[0][0], "__len__"):
        for part in coordinates:
            yield from _runs(part, None)
    else:
        yield np.array([position[:2] for position in coordinates], dtype=np.float64)


def _is_cut(lines: list[Points]) -> bool:
    """Whether parts on both sides of the antimeridian share a stretch of it."""
    east, west = (
        [line[on, 1] for line in lines if (on := np.abs(line[:, 0] - side) <= _TOUCHES).any()] for side in (180, -180)
    )
    return any(max(one.min(), other.min()) <= min(one.max(), other.max()) + _TOUCHES for one in east for other in west)


def _rejoined(lines: list[Points]) -> list[Points]:
    """The lines west of the widest gap moved by a turn, and a bridge over the cut that shows where the map tears."""
    spans = sorted((float(line[:, 0].min()), float(line[:, 0].max())) for line in lines)
    reach, gap, start = spans[0][1], 0.0, None
    for west, east in spans[1:]:
        if west - reach > gap:
            gap, start = west - reach, west
        reach = max(reach, east)
    if start is None:
        return lines
    moved = [line + np.array((360 if line[:, 0].min() < start else 0, 0)) for line in lines]
    banks = [line[np.abs(line[:, 0] - 180) <= _TOUCHES, 1] for line in moved]
    bridges = [np.array([(180 - _TOUCHES, bank[0]), (180 + _TOUCHES, bank[0])]) for bank in banks if len(bank)]
    return moved + bridges
