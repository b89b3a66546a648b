"""Geometries and projections of the client library as plain data: GeoJSON, and the name of a CRS."""

from __future__ import annotations

from typing import Any

import ee

from ..errors import InputError
from ..grids.crs import parse_crs
from .session import Session


def plain(value: object) -> object:
    """The GeoJSON of an ``ee.Geometry``, a feature or a table of them, and the CRS of an ``ee.Projection``.

    Anything else stays what it is.

    Raises
    ------
    InputError
        If a projection has no CRS by name or WKT.
    """
    if isinstance(value, (ee.Feature, ee.FeatureCollection)):
        value = value.geometry()
    if isinstance(value, ee.Geometry):
        return _literal(value) or Session.current().evaluate(value, "the geometry")
    if isinstance(value, ee.Projection):
        projection = Session.current().evaluate(value, "the projection")
        crs = projection.get("crs") or projection.get("wkt") if isinstance(projection, dict) else None
        if not isinstance(crs, str):
            raise InputError("The ee.Projection has no CRS by name or WKT: pass crs= as text.")
        return crs
    return value


def _literal(geometry: ee.Geometry) -> dict[str, Any] | None:
    """The GeoJSON of a geometry whose coordinates are in its graph; None where they or its projection are computed."""
    try:
        geojson: dict[str, Any] = geometry.toGeoJSON()
    except ee.EEException:
        return None
    crs = geojson.get("crs", {}).get("properties", {}).get("name", "")
    if not isinstance(crs, str):
        return None
    # "If absent, defaults to true if the CRS is geographic" (reference of Geometry.Polygon).
    geojson.setdefault("geodesic", not crs or parse_crs(crs).is_geographic)
    return _closed(geojson)


def _closed(geojson: dict[str, Any]) -> dict[str, Any]:
    """With the first point of each ring repeated as its last, which the client library leaves out."""
    depth = {"Polygon": 1, "MultiPolygon": 2}.get(geojson.get("type", ""))
    if depth is not None:
        return {**geojson, "coordinates": _closed_rings(geojson["coordinates"], depth)}
    parts = geojson.get("geometries")
    return geojson if parts is None else {**geojson, "geometries": [_closed(part) for part in parts]}


def _closed_rings(rings: list[Any], depth: int) -> list[Any]:
    """The same for lists of rings in lists, so many levels deep."""
    if depth:
        return [_closed_rings(ring, depth - 1) for ring in rings]
    return rings if rings[:1] == rings[-1:] else [*rings, rings[0]]
