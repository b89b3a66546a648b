"""Properties of images, features and collections."""

from __future__ import annotations

from collections import ChainMap
from typing import TYPE_CHECKING, Any, cast

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..geometry.geodesy import in_projection
from ..geometry.geometry import NOWHERE, Geometry
from ..images.image import Image
from ..values.array import Array
from ..values.feature import Element, Feature, geometry_of, set_properties
from ..values.feature import get_property as property_of
from ..values.pattern import Pattern

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from ..geometry.error_margin import ErrorMargin
    from ..types import Projection
    from ..value import Value


def names_of(element: Element) -> list[str]:
    """Names of all properties; those that stand for what is no property in this emulator come last."""
    implied = [] if isinstance(element, Feature) else ["system:id", "system:version", "system:band_names"]
    extra = [name for name in implied if name not in element.properties and property_of(element, name) is not None]
    return [*element.properties, *extra]


def ordinary(element: Element) -> dict[str, Any]:
    """Properties whose names do not begin with ``system:``."""
    return {name: value for name, value in element.properties.items() if not name.startswith("system:")}


@algorithm("Element.propertyNames")
def property_names(element: Element) -> list[str]:
    return names_of(element)


@algorithm("Element.get")
def get(element: Element, name: str) -> Value:
    return property_of(element, name)


def _check_type(element: Element, name: str, expected: str, types: tuple[type, ...]) -> Value:
    value = property_of(element, name)
    if value is None or (isinstance(value, types) and not isinstance(value, bool)):
        return value
    raise EarthError(f"Element.get{expected}: The property '{name}' is not a {expected}.")


@algorithm("Element.getNumber")
def get_number(element: Element, name: str) -> Value:
    return _check_type(element, name, "Number", (int, float))


@algorithm("Element.getString")
def get_string(element: Element, name: str) -> Value:
    return _check_type(element, name, "String", (str,))


@algorithm("Element.getArray")
def get_array(element: Element, name: str) -> Value:
    return _check_type(element, name, "Array", (Array,))


@algorithm("Element.set")
def set_(element: Element, key: str, value: Value) -> Element:
    return set_multi(element, {key: value})


@algorithm("Element.setMulti")
def set_multi(element: Element, properties: dict[str, Any]) -> Element:
    if any(value is None for value in properties.values()):
        changed = {**element.properties, **properties}
        return set_properties(element, {name: value for name, value in changed.items() if value is not None})
    # What is there is not copied: some of it is expensive to compute, and few ask.
    before = cast("MutableMapping[str, Any]", element.properties)  # it is only read
    above, below = before.maps if isinstance(before, ChainMap) else (dict[str, Any](), before)
    return set_properties(element, ChainMap({**above, **properties}, below))


@algorithm("Element.toDictionary")
def to_dictionary(element: Element, names: list[str] | None) -> dict[str, Any]:
    if names is None:
        return ordinary(element)
    return {name: property_of(element, name) for name in names}


@algorithm("Element.copyProperties", "Image.copyProperties")
def copy_properties(
    destination: Element | None, source: Element | None, names: list[str] | None, exclude: list[str] | None
) -> Element | None:
    if destination is None or source is None:
        return destination
    if names is not None and exclude is not None:
        raise EarthError("Element.copyProperties: 'exclude' must not be specified if 'properties' is.")
    if names is not None:
        copied = {name: property_of(source, name) for name in names}
    else:
        copied = {name: value for name, value in ordinary(source).items() if name not in (exclude or ())}
    return set_multi(destination, {name: value for name, value in copied.items() if value is not None})


@algorithm("Element.replaceProperties")
def replace_properties(destination: Element, source: Element | None) -> Element:
    """The system's own properties stay: they say which element this is."""
    own = {name: value for name, value in destination.properties.items() if name.startswith("system:")}
    return set_properties(destination, own if source is None else {**own, **ordinary(source)})


@algorithm("Feature.id", "Image.id")
def id_(element: Element) -> str | None:
    """The id within the collection: the system:index, or the last part of an asset's id."""
    index = element.properties.get("system:index")
    if index is None and isinstance(element, Image) and element.id is not None:
        return element.id.rsplit("/", 1)[-1]
    return None if index is None else str(index)


@algorithm("Element.geometry", "Feature.geometry", "Image.geometry")
def geometry(
    element: Element, _margin: ErrorMargin | None, projection: Projection | None, geodesics: bool | None
) -> Geometry:
    found = geometry_of(element) or NOWHERE
    return found if projection is None else in_projection(found, projection, geodesics)


@algorithm("Feature")
def feature(where: Geometry | None, metadata: dict[str, Any], _key: str | None) -> Feature:
    return Feature(where, metadata)


@algorithm("Feature.setGeometry")
def set_geometry(element: Element, where: Geometry | None) -> Element:
    if isinstance(element, Feature):
        return Feature(where, element.properties)
    return set_multi(element, {"system:footprint": where})


@algorithm("Feature.select")
def select(element: Element, selectors: list[str], new_names: list[str] | None, retain_geometry: bool) -> Element:
    where = "Feature.select"
    chosen = [name for selector in selectors for name in _matching(element, selector, where)]
    if new_names is not None and len(new_names) != len(chosen):
        raise EarthError(f"{where}: {len(chosen)} properties were selected, but there are {len(new_names)} new names.")
    values = dict(zip(new_names or chosen, (element.properties[name] for name in chosen), strict=True))
    index = element.properties.get("system:index")
    kept = values if index is None else {**values, "system:index": index}
    if isinstance(element, Feature):
        return Feature(element.geometry if retain_geometry else None, kept)
    return set_properties(element, kept)


def _matching(element: Element, selector: str, where: str) -> list[str]:
    if selector in element.properties:
        return [selector]
    pattern = Pattern(selector, where)
    return [name for name in element.properties if pattern.matches(name)]


@algorithm("Feature.toArray")
def to_array(element: Feature, names: list[str]) -> Array:
    return Array.of([property_of(element, name) for name in names])
