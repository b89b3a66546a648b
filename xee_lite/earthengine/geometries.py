"""Geometries of the client library as GeoJSON."""

from __future__ import annotations

import ee

from ..traffic.events import RequestInfo
from .session import Session


def geojson_of(geometry: object) -> object:
    """The GeoJSON of an ``ee.Geometry``, or of the geometry of an ``ee.Feature`` or collection.

    Anything else stays what it is.
    """
    if isinstance(geometry, (ee.Feature, ee.FeatureCollection)):
        geometry = geometry.geometry()
    if not isinstance(geometry, ee.Geometry):
        return geometry
    try:
        return geometry.toGeoJSON()  # a literal one says it without asking
    except ee.EEException:
        expression = ee.serializer.encode(geometry, for_cloud_api=True)
        return Session.current().compute_value(expression, RequestInfo(asset="the geometry"))
