"""Features, and what images and features have in common: elements with properties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .collection import Collection
from .geometry import Geometry
from .image import Image


@dataclass(frozen=True, slots=True, eq=False)
class Feature:
    """A geometry with properties.

    Attributes
    ----------
    geometry : Geometry, optional
    properties : mapping
        JSON values and this package's values; ``system:index`` is the feature's id within its collection.
    """

    geometry: Geometry | None
    properties: Mapping[str, Any] = field(default_factory=dict)


Element = Image | Feature | Collection

GEOMETRY_FIELDS = frozenset({".all", ".geo"})
"""Names by which selectors and filters call an element's geometry instead of a property."""


def get(element: Element, name: str) -> Any:  # noqa: ANN401 - any value
    """A property, or None where there is none; ``system:id`` and ``system:version`` of what is stored included."""
    if name in GEOMETRY_FIELDS:
        return geometry_of(element)
    value = element.properties.get(name)
    if value is None and not isinstance(element, Feature):
        if name == "system:id":
            return element.id
        if name == "system:version":
            return element.version
    return value


def with_properties(element: Any, properties: Mapping[str, Any]) -> Any:  # noqa: ANN401 - an Element, same type back
    """The same element with other properties; a computed image is no longer the stored asset of that id."""
    return replace(element, properties=properties)


def geometry_of(element: Element) -> Geometry | None:
    """Where an element lies: a feature's geometry, the footprint of an image, all of a collection."""
    if isinstance(element, Feature):
        return element.geometry
    footprint = element.properties.get("system:footprint")
    if isinstance(footprint, Geometry):
        return footprint
    if isinstance(element, Image):
        return next((band.footprint for band in element.bands if band.footprint is not None), None)
    return None
