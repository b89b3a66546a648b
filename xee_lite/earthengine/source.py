"""An Earth Engine image or collection that has described itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ee

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

    def geojson(self, geometry: object) -> object:
        """The GeoJSON of an ``ee.Geometry``, or of the geometry of an ``ee.Feature`` or collection."""
        if isinstance(geometry, (ee.Feature, ee.FeatureCollection)):
            geometry = geometry.geometry()
        if not isinstance(geometry, ee.Geometry):
            return geometry
        try:
            return geometry.toGeoJSON()  # a literal one says it without asking
        except ee.EEException:
            expression = ee.serializer.encode(geometry, for_cloud_api=True)
            return self.session.compute_value(expression, RequestInfo(asset="the geometry"))

    def reader(self, view: View) -> EarthEngineReader:
        """A reader of computePixels and getPixels."""
        return EarthEngineReader(self.session, self.expression, view, max_pixels(view))


_: type[Source] = EarthEngineSource
