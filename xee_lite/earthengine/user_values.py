"""Geometries and projections of the client library as plain data: GeoJSON, and the name of a CRS."""

from __future__ import annotations

from typing import Any

import ee

from ..errors import InputError
from ..grids.crs import parse_crs
from ..traffic.events import RequestInfo
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
        return _literal(value) or _computed(value, "the geometry")
    if isinstance(value, ee.Projection):
        projection = _computed(value, "the projection")
        named = projection.get("crs") or projection.get("wkt") if isinstance(projection, dict) else None
        if not isinstance(named, str):
            raise InputError("The ee.Projection has no CRS by name or WKT: pass crs= as text.")
        return named
    return value


def _literal(geometry: ee.Geometry) -> dict[str, Any] | None:
    """The GeoJSON of a geometry that says it without asking; None of one that is computed, or its projection is."""
    try:
        geojson: dict[str, Any] = geometry.toGeoJSON()
    except ee.EEException:
        return None
    named = geojson.get("crs", {}).get("properties", {}).get("name", "")
    if not isinstance(named, str):
        return None
    # "If absent, defaults to true if the CRS is geographic" (reference of Geometry.Polygon).
    geojson.setdefault("geodesic", not named or parse_crs(named).is_geographic)
    return _closed(geojson)


def _closed(geojson: dict[str, Any]) -> dict[str, Any]:
    """The rings of polygons with their last edge, which the client library leaves out."""
    depth = {"Polygon": 1, "MultiPolygon": 2}.get(geojson.get("type", ""))
    if depth is not None:
        return {**geojson, "coordinates": _closed_rings(geojson["coordinates"], depth)}
    parts = geojson.get("geometries")
    return geojson if parts is None else {**geojson, "geometries": [_closed(part) for part in parts]}


def _closed_rings(rings: list[Any], depth: int) -> list[Any]:
    if depth:
        return [_closed_rings(ring, depth - 1) for ring in rings]
    return rings if rings[:1] == rings[-1:] else [*rings, rings[0]]


def _computed(value: ee.ComputedObject, name: str) -> object:
    expression = ee.serializer.encode(value, for_cloud_api=True)
    return Session.current().compute_value(expression, RequestInfo(asset=name))
