"""Geometries as JSON of the REST API, and back: envelopes and polygons of rings, with their spatial references."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ..errors import InputError, brief
from ..grids.geojson import lines_of
from ..grids.region import check_bbox, geometry_bounds
from ..grids.user_values import floats_of
from .spatial_reference import reference_of

Json = dict[str, Any]


def envelope_of(geometry: object) -> Json:
    """The envelope of a geometry, or of (west, south, east, north) in degrees.

    Raises
    ------
    InputError
        If it is neither, or crosses the antimeridian.
    """
    if isinstance(geometry, Mapping) and "xmin" in geometry:
        return _as_given(geometry)
    if floats_of(geometry, 4) is not None:
        west, south, east, north = check_bbox(geometry)
        if east > 180:
            raise InputError(f"geometry={brief(geometry)} crosses the antimeridian: pass the two sides one by one.")
        return _envelope((west, south, east, north), 4326)
    _, crs = lines_of(geometry)
    return _envelope(geometry_bounds(geometry, crs), reference_of(crs))


def polygon_of(geometry: object) -> Json:
    """One or several polygons as rings: outer rings clockwise, holes counterclockwise, as the REST API has them.

    Raises
    ------
    InputError
        If it has no area.
    """
    if isinstance(geometry, Mapping) and "rings" in geometry:
        return _as_given(geometry)
    _, crs = lines_of(geometry)
    rings = [
        _turned([[float(x), float(y)] for x, y, *_ in ring], clockwise=number == 0)
        for polygon in _polygons(getattr(geometry, "__geo_interface__", geometry))
        for number, ring in enumerate(polygon)
    ]
    if not rings:
        raise InputError(f"geometry={brief(geometry)} has no area: pass a polygon, or geometry_type='envelope'.")
    reference = reference_of(crs)
    return {"rings": rings, "spatialReference": {"wkid": reference} if isinstance(reference, int) else reference}


def geojson_of(outline: Mapping[str, Any]) -> Json | None:
    """The GeoJSON of a footprint; None where it is no polygon or envelope.

    Parameters
    ----------
    outline : mapping
        Rings, of which the clockwise ones are outer rings, or an envelope.
    """
    if "xmin" in outline:
        box = [float(outline[key]) for key in ("xmin", "ymin", "xmax", "ymax")]
        left, bottom, right, top = box
        ring = [[left, bottom], [right, bottom], [right, top], [left, top], [left, bottom]]
        return {"type": "Polygon", "coordinates": [ring]}
    rings = outline.get("rings")
    if not isinstance(rings, list) or not rings:
        return None
    polygons: list[list[Any]] = []
    for ring in rings:
        points = [[float(x), float(y)] for x, y, *_ in ring]
        if _area(points) < 0 or not polygons:
            polygons.append([_turned(points, clockwise=False)])
        else:
            polygons[-1].append(_turned(points, clockwise=True))
    if len(polygons) == 1:
        return {"type": "Polygon", "coordinates": polygons[0]}
    return {"type": "MultiPolygon", "coordinates": polygons}


def _envelope(box: tuple[float, float, float, float], reference: int | dict[str, str]) -> Json:
    return {
        **dict(zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True)),
        "spatialReference": {"wkid": reference} if isinstance(reference, int) else reference,
    }


def _as_given(geometry: Mapping[str, Any]) -> Json:
    """A geometry that is passed as JSON of the REST API, once its coordinates are checked."""
    given = {
        key: geometry[key] for key in ("xmin", "ymin", "xmax", "ymax", "rings", "spatialReference") if key in geometry
    }
    try:
        numbers = np.asarray([given[key] for key in ("xmin", "ymin", "xmax", "ymax")] if "xmin" in given else [
            coordinate for ring in given["rings"] for point in ring for coordinate in point
        ], dtype=np.float64)  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"geometry={brief(geometry)} is no envelope and no polygon.") from error
    if not len(numbers) or not all(map(math.isfinite, numbers)):
        raise InputError(f"geometry={brief(geometry)} has a number that is not finite.")
    return given


def _polygons(geojson: Any) -> Iterator[list[Any]]:  # noqa: ANN401 - GeoJSON nests to any depth
    if not isinstance(geojson, Mapping):
        return
    for child in (*(geojson.get("geometries") or ()), *(geojson.get("features") or ())):
        yield from _polygons(child)
    if geojson.get("geometry"):
        yield from _polygons(geojson["geometry"])
    if geojson.get("type") == "Polygon":
        yield list(geojson["coordinates"])
    elif geojson.get("type") == "MultiPolygon":
        yield from map(list, geojson["coordinates"])


def _area(ring: list[list[float]]) -> float:
    """Twice the area, positive where the ring runs counterclockwise."""
    x, y = np.array(ring).T
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))


def _turned(ring: list[list[float]], *, clockwise: bool) -> list[list[float]]:
    """The ring in the wanted direction."""
    return ring if (_area(ring) < 0) == clockwise else ring[::-1]
