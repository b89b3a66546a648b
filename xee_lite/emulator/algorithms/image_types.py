"""Casting images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..images import arrays
from ..images.casts import NAMED, cast, named_type
from ..images.image import Band, Image, Pixels
from ..images.pixelwise import map_bands
from ..types import WGS84, PixelType

if TYPE_CHECKING:
    from collections.abc import Callable


def _caster(type_: PixelType) -> Callable[[Image], Image]:
    return lambda value: map_bands(value, lambda band: _cast(band, type_))


def _cast(band: Band, type_: PixelType) -> Band:
    return arrays.convert_arrays(band, type_) if band.type.dimensions else cast(band, type_)


for _name, _type in NAMED.items():
    algorithm(f"Image.{_name}", f"Image.to{_name.capitalize()}")(_caster(_type))


@algorithm("Image.cast")
def cast_bands(image: Image, band_types: dict[str, Any], band_order: list[str] | None = None) -> Image:
    types = {name: named_type(value, "Image.cast") for name, value in band_types.items()}
    bands = {band.name: _cast(band, types[band.name]) if band.name in types else band for band in image.bands}
    for name in sorted(types.keys() - bands.keys()):
        bands[name] = transparent(name, types[name])
    order = list(bands) if band_order is None else band_order
    if sorted(order) != sorted(bands):
        raise EarthError(
            f"Image.cast: 'bandOrder' must name all bands of the result, [{', '.join(bands)}]; "
            f"got [{', '.join(order)}].",
        )
    return Image(tuple(bands[name] for name in order), image.properties)


def transparent(name: str, type_: PixelType) -> Band:
    return Band(name, type_, WGS84, lambda sampler: Pixels.nothing(sampler.shape, type_.storage))
