"""Metadata of images, and properties as pixel values."""

from __future__ import annotations

from dataclasses import replace

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..images.image import Image
from ..images.pixelwise import make_constant
from ..types import PixelType
from ..values.dates import Date


@algorithm("Image.bandNames")
def band_names(image: Image) -> list[str]:
    return image.names


@algorithm("Image.bandTypes")
def band_types(image: Image) -> dict[str, PixelType]:
    return {band.name: band.type for band in image.bands}


@algorithm("Image.date")
def date(image: Image) -> Date:
    start = image.properties.get("system:time_start")
    if start is None:
        raise EarthError("Image.date: The image has no property 'system:time_start'.")
    return start if isinstance(start, Date) else Date(start)


@algorithm("Image.metadata")
def metadata(image: Image, property_: str, name: str | None = None) -> Image:
    value = image.properties.get(property_)
    if not isinstance(value, (int, float)):
        raise EarthError(f"Image.metadata: The property '{property_}' is not a number: {value!r}.")
    band = make_constant(float(value), name or property_)
    return Image((replace(band, type=PixelType("double")),))
