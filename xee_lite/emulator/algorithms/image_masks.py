"""Masks: reading, setting and filling them, conditional replacement, clipping."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..geometry.geometry import Geometry
from ..geometry.projecting import make_valid
from ..images import arrays, extents
from ..images.casts import convert
from ..images.coverage import footprint_mask, geometry_mask
from ..images.image import Band, Image, Mask, Pixels, Sampler
from ..images.pixelwise import is_placed, lowest, make_constant, map_bands
from ..images.ranges import make_type
from ..pixels.bands import match_bands
from ..values.collection import Collection
from ..values.feature import Feature, geometry_of


@algorithm("Image.mask")
def mask(image: Image, mask_: Image | None = None) -> Image:
    if mask_ is None:
        return map_bands(image, _mask_of)
    bands = [_with_mask(band, other) for band, other in match_bands(image, mask_, "Image.mask")]
    return Image(tuple(bands), image.properties)


@algorithm("Image.updateMask")
def update_mask(image: Image, mask_: Image) -> Image:
    bands = [_update(band, other) for band, other in match_bands(image, mask_, "Image.updateMask")]
    return Image(tuple(bands), image.properties)


@algorithm("Image.selfMask")
def self_mask(image: Image) -> Image:
    return map_bands(image, lambda band: _update(band, band))


@algorithm("Image.unmask")
def unmask(input_: Image, value: Image | None = None, same_footprint: bool = True) -> Image:
    fill = Image((make_constant(0),)) if value is None else value
    bands = [_fill(band, other, same_footprint) for band, other in match_bands(input_, fill, "Image.unmask")]
    return Image(tuple(bands), input_.properties)


@algorithm("Image.where")
def where(input_: Image, test: Image, value: Image) -> Image:
    tests, values = match_bands(input_, test, "Image.where"), match_bands(input_, value, "Image.where")
    bands = [_replaced(band, one, two) for (band, one), (_, two) in zip(tests, values, strict=True)]
    return Image(tuple(bands), input_.properties)


@algorithm("Image.clip")
def clip(input_: Image, geometry: Any) -> Image:  # noqa: ANN401 - a geometry or an element that has one
    return _clipped(input_, _geometry(geometry, "Image.clip"))


@algorithm("Image.clipToCollection")
def clip_to_collection(input_: Image, collection: Any) -> Image:  # noqa: ANN401 - a collection, or what becomes one
    if not isinstance(collection, Collection):
        return _clipped(input_, _geometry(collection, "Image.clipToCollection"))
    shapes = [_geometry(feature, "Image.clipToCollection") for feature in collection]

    def compute(sampler: Sampler, band: Band) -> Pixels:
        pixels = sampler(band)
        covered = np.zeros(sampler.shape, np.float32)
        for shape in shapes:
            covered = np.maximum(covered, geometry_mask(sampler, shape))
        return Pixels(pixels.values, np.minimum(pixels.mask, covered))

    return map_bands(input_, lambda band: band.derived(lambda sampler: compute(sampler, band), band))


def _mask_of(band: Band) -> Band:
    """The mask as a band, valid everywhere; its values may be fractions."""

    def compute(sampler: Sampler) -> Pixels:
        return Pixels(arrays.read_pixels(sampler, band).mask, np.broadcast_to(np.float32(1), sampler.shape))

    return band.derived(compute, *([] if band.type.dimensions else [band]), type_=make_type("float", (0.0, 1.0)))


def _with_mask(band: Band, other: Band) -> Band:
    low, high = (
        (-math.inf if band.type.min is None else band.type.min),
        (math.inf if band.type.max is None else band.type.max),
    )
    nearest_to_zero = min(max(0, low), high)

    def compute(sampler: Sampler) -> Pixels:
        pixels = sampler(band)
        new = _as_mask(sampler(other))
        uncovered = (pixels.mask == 0) & (new > 0)
        if not uncovered.any():
            return Pixels(pixels.values, new)
        return Pixels(np.where(uncovered, pixels.values.dtype.type(nearest_to_zero), pixels.values), new)

    return band.derived(compute, band, other)


def _update(band: Band, other: Band) -> Band:
    if band.type.dimensions:
        return arrays.update_mask(
            band, lambda sampler, mask: np.where(mask > 0, _as_mask(sampler(other)), np.float32(0))
        )

    def compute(sampler: Sampler) -> Pixels:
        pixels = sampler(band)
        if pixels.is_nothing:
            return pixels
        new = _as_mask(sampler(other))
        return Pixels(pixels.values, new if pixels.is_valid else np.where(pixels.mask > 0, new, np.float32(0)))

    return band.derived(compute, band, other)


def _as_mask(pixels: Pixels) -> Mask:
    """Values as a mask: between 0 and 1, and 0 where the values themselves are masked."""
    if pixels.is_nothing:
        return pixels.mask
    values = np.clip(pixels.values, 0, 1).astype(np.float32)
    return values if pixels.is_valid else np.where(pixels.mask > 0, values, np.float32(0))


def _fill(band: Band, other: Band, same_footprint: bool) -> Band:
    type_ = band.type.union(other.type)

    def compute(sampler: Sampler) -> Pixels:
        pixels = sampler(band)
        values = convert(pixels.values, band.type, type_)
        if pixels.is_valid:
            return Pixels(values, pixels.mask)
        fill = sampler(other)
        missing = pixels.mask == 0
        new = np.where(missing, fill.mask, pixels.mask)
        if same_footprint:
            new = np.minimum(new, footprint_mask(sampler, band))
        return Pixels(np.where(missing, convert(fill.values, other.type, type_), values), new)

    filled = band.derived(compute, band, type_=type_)
    if same_footprint:
        return filled
    # The union with an unbounded fill has no bounds.
    return replace(filled, footprint=None, dimensions=None, origin=(0, 0)) if not is_placed(other) else filled


def _replaced(band: Band, test: Band, value: Band) -> Band:
    type_ = band.type.union(value.type)

    def compute(sampler: Sampler) -> Pixels:
        pixels = sampler(band)
        values = convert(pixels.values, band.type, type_)
        condition, new = sampler(test), sampler(value)
        if pixels.is_nothing or condition.is_nothing or new.is_nothing:
            return Pixels(values, pixels.mask)
        chosen = (condition.values != 0) & (lowest(condition.mask, new.mask) > 0)
        return Pixels(np.where(chosen, convert(new.values, value.type, type_), values), pixels.mask)

    return band.derived(compute, band, test, value, type_=type_)


def _clipped(image: Image, geometry: Geometry) -> Image:
    if geometry.unbounded:
        return image

    def compute(sampler: Sampler, band: Band) -> Pixels:
        covered = geometry_mask(sampler, geometry)
        if covered.strides == (0, 0) and covered.size and not covered[0, 0]:
            return Pixels.nothing(sampler.shape, band.type.storage)
        pixels = sampler(band)
        return Pixels(pixels.values, lowest(pixels.mask, covered))

    def clipped(band: Band) -> Band:
        origin, dimensions = extents.clip_rectangle(band, geometry)
        cut = band.derived(lambda sampler: compute(sampler, band))
        return replace(cut, footprint=_overlap(band.footprint, geometry), origin=origin, dimensions=dimensions)

    properties = dict(image.properties)
    if isinstance(stored := properties.get("system:footprint"), Geometry):
        properties["system:footprint"] = _overlap(stored, geometry)
    return Image(tuple(map(clipped, image.bands)), properties)


def _overlap(footprint: Geometry | None, geometry: Geometry) -> Geometry:
    """The intersection, where both are shapes of one coordinate system; the clipping geometry otherwise."""
    if footprint is None or footprint.unbounded or footprint.projection != geometry.projection:
        return geometry
    return replace(footprint, shape=make_valid(footprint.shape).intersection(make_valid(geometry.shape)))


def _geometry(value: Any, algorithm_name: str) -> Geometry:  # noqa: ANN401 - what a client passes
    if isinstance(value, Geometry):
        return value
    found = geometry_of(value) if isinstance(value, (Feature, Image, Collection)) else None
    if found is None:
        raise EarthError(f"{algorithm_name}: A geometry or a feature that has one is needed.")
    return found
