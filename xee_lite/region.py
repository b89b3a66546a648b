"""Regions: the bounds of a box or a geometry in any CRS, with edges that bend where the CRS bends them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from pyproj import Transformer
from pyproj.exceptions import ProjError

from .crs import parse_crs
from .errors import InputError

Bounds = tuple[float, float, float, float]
"""(left, bottom, right, top)."""
Position = tuple[float, float]

DEGREES = "EPSG:4326"
"""The CRS of every bbox and geometry that a user passes."""

_EDGE_POINTS = 255
"""Points put on each edge of a region before it is reprojected: a straight edge in degrees is a curve elsewhere."""


class UndefinedHereError(InputError):
    """A CRS has no coordinates where a region lies."""


def spell_bounds(bounds: Bounds) -> str:
    """Bounds for people."""
    return "({:.6g}, {:.6g}, {:.6g}, {:.6g})".format(*bounds)


def check_bbox(bbox: Sequence[float]) -> Bounds:
    """The user's (west, south, east, north) in degrees.

    Raises
    ------
    InputError
        If it is not four finite numbers in that order.
    """
    try:
        west, south, east, north = (float(number) for number in bbox)
    except (TypeError, ValueError) as error:
        raise InputError(f"bbox={bbox!r} is not (west, south, east, north) in degrees.") from error
    if not all(map(math.isfinite, (west, south, east, north))):
        raise InputError(f"bbox={tuple(bbox)} has a side that is not finite.")
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise InputError(
            f"bbox={tuple(bbox)} is not (west, south, east, north) in degrees with -180 <= west < east <= 180 and "
            "-90 <= south < north <= 90; open a box across the antimeridian in two."
        )
    return west, south, east, north


def box_bounds(box: Bounds, from_crs: str, to_crs: str) -> Bounds:
    """Bounds in ``to_crs`` of a box whose edges are straight in ``from_crs``.

    Raises
    ------
    InputError
        If ``to_crs`` has no coordinates there.
    """
    source, target = parse_crs(from_crs), parse_crs(to_crs)
    if source == target:
        return box
    transformer = Transformer.from_crs(source, target, always_xy=True)
    try:
        bounds: Bounds = transformer.transform_bounds(*box, densify_pts=_EDGE_POINTS, errcheck=True)
    except ProjError as error:
        raise UndefinedHereError(
            f"The region {spell_bounds(box)} ({from_crs}) can not be expressed in {to_crs}: {error}; pass another crs."
        ) from error
    return _finite(bounds, to_crs)


def geometry_bounds(geometry: object, crs: str) -> Bounds:
    """Bounds in ``crs`` of a geometry in degrees, its edges densified.

    Parameters
    ----------
    geometry : GeoJSON mapping (a Feature or a collection counts as its geometries), or ``__geo_interface__``
    crs : str

    Raises
    ------
    InputError
        If it is not a geometry, is empty, or can not be expressed in ``crs``.
    """
    geojson = getattr(geometry, "__geo_interface__", geometry)
    if not isinstance(geojson, Mapping):
        raise InputError(
            f"geometry={type(geometry).__name__} is not a geometry: pass GeoJSON, a shapely geometry or an ee.Geometry."
        )
    points = [point for line in _lines(geojson) for point in _densified(line)]
    if not points:
        raise InputError("geometry= is empty: pass one with at least one position.")
    lon, lat = np.asarray(points, dtype=np.float64).T
    if not (np.abs(lon).max() <= 180 and np.abs(lat).max() <= 90):
        raise InputError(
            "geometry= reaches beyond 180 degrees of longitude or 90 of latitude: pass longitude and latitude in "
            "degrees, in this order, and open what crosses the antimeridian in two."
        )
    transformer = Transformer.from_crs(parse_crs(DEGREES), parse_crs(crs), always_xy=True)
    xs, ys = transformer.transform(lon, lat)
    return _finite((float(np.min(xs)), float(np.min(ys)), float(np.max(xs)), float(np.max(ys))), crs)


def _lines(geojson: Mapping[str, Any]) -> Iterator[list[Position]]:
    """Every run of positions in a GeoJSON object: points, lines and rings alike."""
    for child in (*geojson.get("geometries", ()), *geojson.get("features", ())):
        yield from _lines(child)
    if geojson.get("geometry"):
        yield from _lines(geojson["geometry"])
    yield from _runs(geojson.get("coordinates", ()), geojson.get("type"))


def _runs(coordinates: Any, kind: object) -> Iterator[list[Position]]:  # noqa: ANN401 - GeoJSON nests to any depth
    if len(coordinates) == 0:
        return
    if not hasattr(coordinates[0], "__len__"):
        yield [(float(coordinates[0]), float(coordinates[1]))]
    elif kind == "MultiPoint" or hasattr(coordinates[0][0], "__len__"):
        for part in coordinates:
            yield from _runs(part, None)
    else:
        yield [(float(position[0]), float(position[1])) for position in coordinates]


def _densified(line: Sequence[Position]) -> Iterator[Position]:
    steps = np.linspace(0, 1, _EDGE_POINTS, endpoint=False)
    for (x0, y0), (x1, y1) in pairwise(line):
        yield from zip(x0 + (x1 - x0) * steps, y0 + (y1 - y0) * steps, strict=True)
    yield from line[-1:]


def _finite(bounds: Bounds, crs: str) -> Bounds:
    if not all(map(math.isfinite, bounds)):
        raise UndefinedHereError(
            f"The region reaches where {crs} has no coordinates: pass a smaller region or another crs."
        )
    return bounds
