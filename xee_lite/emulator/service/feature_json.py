"""Features as GeoJSON, and as rows of CSV."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from ..errors import EarthError
from ..evaluator.describe import describe
from ..geometry.geometry import Geometry
from ..geometry.projecting import project
from ..images.image import Image
from ..values.feature import Feature, geometry_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .payload import Json

INDEX, GEOMETRY = "system:index", ".geo"
"""Columns of a table besides its properties."""


def feature_json(element: object) -> Json:
    """Write a feature, or an image as one, in longitude and latitude with straight edges, as computeFeatures does."""
    feature = feature_of(element)
    geometry = feature.geometry
    if geometry is not None and geometry.projection.crs != "EPSG:4326":
        geometry = Geometry(project(geometry, "EPSG:4326"))
    out: Json = describe(Feature(geometry, feature.properties))
    for flag in ("geodesic", "evenOdd"):
        (out["geometry"] or {}).pop(flag, None)
    return out


def feature_of(element: object) -> Feature:
    """An element of a collection as the row of a table."""
    if isinstance(element, Feature):
        return element
    if isinstance(element, Image):
        properties = {name: value for name, value in element.properties.items() if not isinstance(value, Geometry)}
        return Feature(geometry_of(element), properties)
    raise EarthError("A table holds features, and an element of the collection is none.")


def collection_json(elements: Iterable[object], selectors: Sequence[str] | None) -> bytes:
    """Write a GeoJSON FeatureCollection; of the properties only those selected."""
    features = [feature_json(element) for element in elements]
    if selectors is not None:
        for feature in features:
            known = feature["properties"]
            feature["properties"] = {name: known[name] for name in selectors if name in known}
            if GEOMETRY not in selectors:
                feature["geometry"] = None
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def csv_table(elements: Iterable[object], selectors: Sequence[str] | None) -> bytes:
    """Write CSV: the index, the properties in alphabetical order, the geometry as GeoJSON; or the columns selected."""
    features = [feature_json(element) for element in elements]
    columns = list(selectors) if selectors is not None else [INDEX, *property_names(features), GEOMETRY]
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(columns)
    rows.writerows([cell(feature, column) for column in columns] for feature in features)
    return out.getvalue().encode()


def property_names(features: Iterable[Json]) -> list[str]:
    """Names of the properties that any feature has, in alphabetical order."""
    return sorted({name for feature in features for name in feature["properties"]})


def cell(feature: Json, column: str) -> str:
    """A value as text: as it is, or as JSON."""
    if column == INDEX:
        return str(feature.get("id", ""))
    value: Any = feature["geometry"] if column == GEOMETRY else feature["properties"].get(column)
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)
