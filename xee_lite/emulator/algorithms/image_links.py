"""Images joined with those of another collection, and collections cast as one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..images.image import Image
from ..types import UINT8
from ..values.collection import Collection
from ..values.stored import Query
from .image_types import cast_bands, transparent
from .images import add_bands, select

if TYPE_CHECKING:
    from collections.abc import Iterator

INDEX = "system:index"


@algorithm("Image.linkCollection")
def link_collection(
    input_: Image,
    image_collection: Collection,
    linked_bands: Any = None,  # noqa: ANN401 - a name or a list of names
    linked_properties: Any = None,  # noqa: ANN401 - likewise
    match_property_name: str = INDEX,
) -> Image:
    bands, properties = _names(linked_bands), _names(linked_properties)
    partner = _partner(input_, image_collection, match_property_name)
    if partner is None:
        # The type of the missing bands is not documented: the narrowest is taken.
        new = Image(tuple(transparent(name, UINT8) for name in bands))
        values: dict[str, Any] = {}
    else:
        new = select(partner, bands)
        values = {name: partner.properties.get(name) for name in properties}
    kept = {name: value for name, value in input_.properties.items() if name not in properties}
    return replace(add_bands(input_, new, None, overwrite=True), properties={**kept, **values})


@algorithm("ImageCollection.cast")
def cast_collection(collection: Collection, band_types: dict[str, Any], band_order: list[str]) -> Collection:
    def cast() -> Iterator[Image]:
        for image in collection:
            unknown = [name for name in image.names if name not in band_types]
            if unknown:
                raise EarthError(f"ImageCollection.cast: 'bandTypes' has no type for band '{unknown[0]}'.")
            yield cast_bands(image, band_types, band_order)

    return Collection(lambda _: cast(), "Image", collection.properties)


def _partner(image: Image, collection: Collection, name: str) -> Image | None:
    """The first image of a collection with the same value of a property."""
    value = image.properties.get(name)
    if value is None:
        return None
    query = Query(index=value) if name == INDEX and isinstance(value, str) else Query()
    for other in collection.scan(query):
        if other.properties.get(name) == value:
            found: Image = other
            return found
    return None


def _names(value: Any) -> list[str]:  # noqa: ANN401 - a name or a list of names
    if value is None:
        return []
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise EarthError(f"Image.linkCollection: Expected a name or a list of names, got {value!r}.")
    return names
