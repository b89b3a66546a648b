"""Tables as shapefiles.

The service's rules (its guide to exporting tables): features of one type of geometry, names of columns cut to 10
characters, none of them twice. Coordinates are longitude and latitude here; at the service they stay in the features'
own projection if that is the same for all.
"""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Any

from pyproj import CRS

from ..errors import EarthError
from .feature_json import GEOMETRY, INDEX, cell, feature_json, property_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .payload import Json

_NAME = 10
"""Bytes of the name of a column of dBase files."""
_COLUMNS = 255
"""Of dBase files."""
_TEXT = 254
"""Bytes of a text in dBase files."""
_NUMBER = {"size": 24, "decimal": 15}
_INTEGER = {"size": 18, "decimal": 0}
_KINDS = {
    "Point": "POINT",
    "MultiPoint": "MULTIPOINT",
    "LineString": "POLYLINE",
    "LinearRing": "POLYLINE",
    "MultiLineString": "POLYLINE",
    "Polygon": "POLYGON",
    "MultiPolygon": "POLYGON",
}


def shapefile_parts(elements: Iterable[object], selectors: Sequence[str] | None) -> dict[str, bytes]:
    """Write the files that make a shapefile, by their suffixes; selectors choose among the properties.

    Raises
    ------
    EarthError
        If shapefiles can not hold the features.
    """
    import shapefile  # noqa: PLC0415 - only who asks for shapefiles needs pyshp

    features = [feature_json(element) for element in elements]
    names = property_names(features) if selectors is None else [name for name in selectors if name != GEOMETRY]
    names = names or [INDEX]  # there has to be one
    shorts = _shorten(names)
    columns = {name: _column(name, features) for name in names}
    shp, shx, dbf = io.BytesIO(), io.BytesIO(), io.BytesIO()
    kind = getattr(shapefile, _kind(features))
    try:
        with shapefile.Writer(shp=shp, shx=shx, dbf=dbf, shapeType=kind, encoding="utf-8") as file:
            for short, column in zip(shorts, columns.values(), strict=True):
                file.field(short, **column)
            for feature in features:
                file.record(*[_value(feature, name, column) for name, column in columns.items()])
                if _has_geometry(feature):
                    file.shape(feature["geometry"])
                else:
                    file.null()
    except (shapefile.ShapefileException, ValueError, OverflowError, struct.error) as error:
        raise EarthError(f"The features can not be written as a shapefile: {error}") from error
    return {
        ".shp": shp.getvalue(),
        ".shx": shx.getvalue(),
        ".dbf": dbf.getvalue(),
        ".prj": CRS("EPSG:4326").to_wkt("WKT1_ESRI").encode(),
        ".cpg": b"UTF-8",
    }


def _has_geometry(feature: Json) -> bool:
    """Whether a feature has a geometry that is not empty."""
    geometry = feature["geometry"]
    return geometry is not None and bool(geometry.get("coordinates", geometry.get("geometries")))


def _kind(features: list[Json]) -> str:
    """The type of geometry that all features have, those without any aside."""
    kinds = {feature["geometry"]["type"] for feature in features if _has_geometry(feature)}
    named = {_KINDS.get(kind, "") for kind in kinds}
    if len(named) > 1 or "" in named:
        raise EarthError(
            f"A shapefile holds geometries of one type, and the features have: {', '.join(sorted(kinds))}."
        )
    return next(iter(named), "NULL")


def _shorten(names: list[str]) -> list[str]:
    if len(names) > _COLUMNS:
        raise EarthError(f"A shapefile has {_COLUMNS} columns at most, and the features have {len(names)}.")
    short = [name.encode()[:_NAME].decode(errors="ignore") for name in names]
    twice = next((name for name in short if short.count(name) > 1), None)
    if twice is not None:
        raise EarthError(f"Column names of a shapefile have 10 characters, and '{twice}' would be there twice.")
    return short


def _column(name: str, features: list[Json]) -> dict[str, Any]:
    """The dBase field that holds all values of a property."""
    values = [feature["properties"][name] for feature in features if feature["properties"].get(name) is not None]
    if values and all(isinstance(value, int) and abs(value) < 10**17 for value in values):
        return {"field_type": "N", **_INTEGER}
    if values and all(isinstance(value, (int, float)) for value in values):
        return {"field_type": "F", **_NUMBER}
    longest = max((len(cell(feature, name).encode()) for feature in features), default=1)
    return {"field_type": "C", "size": min(max(longest, 1), _TEXT)}


def _value(feature: Json, name: str, column: dict[str, Any]) -> object:
    """A value that its field can hold: text is cut to a field's bytes."""
    if column["field_type"] == "C":
        return cell(feature, name).encode()[:_TEXT].decode(errors="ignore")
    return feature["properties"].get(name)
