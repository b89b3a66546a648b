"""Features, and what images and features have in common: elements with properties."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from shapely import get_num_coordinates, union_all

from ..errors import EarthError
from ..geometry.geometry import EVERYWHERE, Geometry
from ..geometry.overlays import overlay_shapes
from ..images import extents
from ..images.image import Image
from .collection import Collection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..value import Value


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
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

    @property
    def size(self) -> int:
        """Bytes that it takes in memory, about."""
        points = 0 if self.geometry is None else int(get_num_coordinates(self.geometry.shape))
        return 1000 + 16 * points + 100 * len(self.properties)


Element = Image | Feature | Collection
AnyElement = TypeVar("AnyElement", bound=Element)

GEOMETRY_FIELDS = frozenset({".all", ".geo"})
"""Names by which selectors and filters call an element's geometry instead of a property."""


def get_property(element: Element, name: str) -> Value:
    """A property, or None where there is none; ``system:id``, ``system:version``, ``system:band_names`` included."""
    if name in GEOMETRY_FIELDS:
        return geometry_of(element)
    value = element.properties.get(name)
    if value is None and not isinstance(element, Feature):
        if name == "system:id":
            return element.id
        if name == "system:version":
            return element.version
        if name == "system:band_names" and isinstance(element, Image):
            return element.names
    return value


def set_properties(element: AnyElement, properties: Mapping[str, Value]) -> AnyElement:
    """The same element with other properties."""
    return replace(element, properties=properties)


def geometry_of(element: Element) -> Geometry | None:
    """Where an element lies: a feature's geometry, the footprint of an image, the union of a collection's."""
    if isinstance(element, Feature):
        return element.geometry
    if isinstance(element, Image):
        return _footprint(element)
    parts = [part for part in map(geometry_of, element) if part is not None]
    return merge_geometries(parts) if parts else None


def _footprint(image: Image) -> Geometry:
    """The stored footprint, or the union of what is known of the bands; everywhere if a band is unbounded."""
    stored = image.properties.get("system:footprint")
    if isinstance(stored, Geometry):
        return stored
    parts = {extents.find_outline_in_degrees(band) for band in image.bands}
    known = [part for part in parts if part is not None]
    return merge_geometries(known) if known and len(known) == len(parts) else EVERYWHERE


def merge_geometries(parts: list[Geometry]) -> Geometry:
    """The union of geometries that share a projection and a kind of edges."""
    first = parts[0]
    if len(parts) == 1 or any(part.unbounded for part in parts):
        return next((part for part in parts if part.unbounded), first)
    if any((part.projection, part.geodesic) != (first.projection, first.geodesic) for part in parts if part.has_edges):
        raise EarthError("Collection.geometry: The geometries must share one projection and one kind of edges.")
    return replace(first, shape=overlay_shapes([part.shape for part in parts], lambda *shapes: union_all(shapes)))
