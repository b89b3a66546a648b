"""Tables as KML 2.2 (OGC 07-147r2), plain or zipped.

What the service's files hold beyond geometry and properties is not known: here a placemark is named by its property
``name``, or by its index, its properties are untyped data, and it has no style of its own.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from shapely import get_coordinates
from shapely.geometry import LineString, Point, Polygon, shape
from shapely.geometry.base import BaseMultipartGeometry
from shapely.geometry.polygon import orient

from .feature_json import GEOMETRY, INDEX, cell, feature_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shapely.geometry.base import BaseGeometry

    from .payload import Json

_NAMESPACE = "http://www.opengis.net/kml/2.2"
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What is no character of XML 1.0 (its section 2.2)."""


def kml_table(elements: Iterable[object], selectors: Sequence[str] | None) -> bytes:
    """Write a document of placemarks; selectors choose among the properties, the geometry is always there."""
    root = ET.Element("kml", xmlns=_NAMESPACE)
    document = ET.SubElement(root, "Document")
    for element in elements:
        document.append(_placemark(feature_json(element), selectors))
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def kmz_table(elements: Iterable[object], selectors: Sequence[str] | None) -> bytes:
    """Write a zip file with the document, which the standard calls ``doc.kml``."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as members:
        entry = zipfile.ZipInfo("doc.kml")
        entry.compress_type = zipfile.ZIP_DEFLATED
        members.writestr(entry, kml_table(elements, selectors))
    return out.getvalue()


def _placemark(feature: Json, selectors: Sequence[str] | None) -> ET.Element:
    """A feature; the standard prescribes the order of what a placemark holds."""
    placemark = ET.Element("Placemark")
    _text(placemark, "name", cell(feature, "name") or cell(feature, INDEX))
    names = sorted(feature["properties"]) if selectors is None else [name for name in selectors if name != GEOMETRY]
    values = {name: text for name in names if (text := cell(feature, name))}
    if values:
        extended = ET.SubElement(placemark, "ExtendedData")
        for name, text in values.items():
            _text(ET.SubElement(extended, "Data", name=_writable(name)), "value", text)
    if feature["geometry"] is not None:
        placemark.extend(_geometry(shape(feature["geometry"])))
    return placemark


def _geometry(geometry: BaseGeometry) -> list[ET.Element]:
    """The element of a geometry, none of an empty one."""
    if geometry.is_empty:
        return []
    if isinstance(geometry, BaseMultipartGeometry):
        together = ET.Element("MultiGeometry")
        for part in geometry.geoms:
            together.extend(_geometry(part))
        return [together]
    if isinstance(geometry, Polygon):
        return [_polygon(orient(geometry))]
    element = ET.Element("Point" if isinstance(geometry, Point) else "LineString")
    _coordinates(element, geometry)
    return [element]


def _polygon(area: Polygon) -> ET.Element:
    polygon = ET.Element("Polygon")
    for tag, ring in (("outerBoundaryIs", area.exterior), *(("innerBoundaryIs", hole) for hole in area.interiors)):
        _coordinates(ET.SubElement(ET.SubElement(polygon, tag), "LinearRing"), ring)
    return polygon


def _coordinates(element: ET.Element, line: LineString | Point) -> None:
    points = get_coordinates(line).tolist()
    _text(element, "coordinates", " ".join(f"{longitude!r},{latitude!r}" for longitude, latitude in points))


def _text(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = _writable(text)


def _writable(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", text)
