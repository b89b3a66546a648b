"""An Earth Engine image or collection that has described itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ee

from ..errors import InputError
from ..traffic.events import RequestInfo
from .limits import EARTH_ENGINE
from .reader import EarthEngineReader
from .reduction import max_pixels

if TYPE_CHECKING:
    from ..planning.limits import Limits
    from ..reader import View
    from ..source import Source
    from ..stack import Stack
    from .graph import Expression
    from .session import Session


@dataclass(frozen=True, slots=True)
class EarthEngineSource:
    """An image or a collection as its expression graph, and where it is evaluated.

    Attributes
    ----------
    session : Session
    expression : dict
        The graph of the image or of the collection.
    stack : Stack
    """

    session: Session
    expression: Expression
    stack: Stack

    @property
    def limits(self) -> Limits:
        """Those of Earth Engine."""
        return EARTH_ENGINE

    def plain(self, value: object) -> object:
        """The GeoJSON of an ``ee.Geometry``, a feature or a table of them, and the CRS of an ``ee.Projection``."""
        if isinstance(value, (ee.Feature, ee.FeatureCollection)):
            value = value.geometry()
        if isinstance(value, ee.Geometry):
            return _literal(value) or self._computed(value, "the geometry")
        if isinstance(value, ee.Projection):
            projection = self._computed(value, "the projection")
            named = projection.get("crs") or projection.get("wkt") if isinstance(projection, dict) else None
            if not isinstance(named, str):
                raise InputError("The ee.Projection has no CRS by name or WKT: pass crs= as text.")
            return named
        return value

    def _computed(self, value: ee.ComputedObject, name: str) -> object:
        return self.session.compute_value(ee.serializer.encode(value, for_cloud_api=True), RequestInfo(asset=name))

    def reader(self, view: View) -> EarthEngineReader:
        """A reader of computePixels and getPixels."""
        return EarthEngineReader(self.session, self.expression, view, max_pixels(view))


def _literal(geometry: ee.Geometry) -> dict[str, Any] | None:
    """The GeoJSON of a geometry that says it without asking; None of one that is computed, or its projection is."""
    try:
        geojson: dict[str, Any] = geometry.toGeoJSON()
    except ee.EEException:
        return None
    named = geojson.get("crs", {}).get("properties", {}).get("name", "")
    return geojson if isinstance(named, str) else None


_: type[Source] = EarthEngineSource
