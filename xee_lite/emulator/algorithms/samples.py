"""Pixels as values: tables of a region, and rectangles as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..geometry.coordinates import transform
from ..images import extents
from ..images.arrays import read_pixels
from ..images.coverage import footprint_mask
from ..images.image import ArrayPixels, Band, Image, Pixels, Sampler, Values
from ..images.region import Region, Tile
from ..pixels.points import worth_computing
from ..types import WGS84, Projection
from ..values.array import Array
from ..values.feature import Feature
from .projections import resolved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..geometry.geometry import Geometry
    from ..values.collection import Collection

Row = list[Any]

MAX_VALUES = 1_048_576
"""Of ``ImageCollection.getRegion``, as its description says."""

MAX_SAMPLE = 262_144
"""Pixels of ``Image.sampleRectangle``, as its message says."""


@algorithm("ImageCollection.getRegion")
def get_region(
    collection: Collection,
    geometry: Geometry,
    scale: float | None = None,
    crs: Projection | None = None,
    crs_transform: list[float] | None = None,
) -> list[Row]:
    """Pixels whose centre lies in the region, those that a point or line touches; each with a row for every image."""
    where = "ImageCollection.getRegion"
    images: list[Image] = [image for image in collection if image.bands]
    names = list(dict.fromkeys(name for image in images for name in image.names))
    if not names:
        raise EarthError(f"{where}: No bands in collection.")
    region = Region(geometry, resolved(crs or WGS84, crs_transform, scale, where))
    points = region.size(MAX_VALUES)
    if points * len(names) * len(images) > MAX_VALUES:
        # Users quote the text up to " points"; the rest is not documented.
        raise EarthError(
            f"{where}: Too many values: {points} points x {len(names)} bands x {len(images)} images "
            f"> {MAX_VALUES} limit.",
        )
    rows: list[Row] = [["id", "longitude", "latitude", "time", *names]]
    for tile in region.tiles():
        for part in worth_computing(tile):
            rows += _rows(part, images, names)
    return rows


@algorithm("Image.sampleRectangle")
def sample_rectangle(
    image: Image,
    region: Geometry | None = None,
    properties: list[str] | None = None,
    default_value: float | None = None,
    default_array_value: Array | None = None,
) -> Feature:
    exact = default_value is not None and float(default_value).is_integer() and abs(default_value) < 2**63
    number = None if default_value is None else Array.of(int(default_value) if exact else default_value)
    arrays = {
        band.name: _rectangle(band, region, default_array_value if band.type.dimensions else number)
        for band in image.bands
    }
    kept = [name for name in image.properties if not name.startswith("system:")] if properties is None else properties
    outline = region or (extents.find_outline(image.bands[0]) if image.bands else None)
    return Feature(outline, {**{name: image.properties.get(name) for name in kept}, **arrays})


def _rows(tile: Tile, images: list[Image], names: list[str]) -> Iterator[Row]:
    """Rows of a tile, pixel by pixel and within a pixel image by image; images elsewhere have none."""
    sampler = Sampler(tile.grid)
    at = np.nonzero(tile.centres)
    x, y = np.broadcast_arrays(*tile.grid.centres())
    lon, lat = transform(x[at], y[at], tile.grid.crs, WGS84.crs)
    present = [footprint_mask(sampler, image.bands[0])[at] > 0 for image in images]
    tables = [_table(sampler, image, names, at) for image in images]
    for number, position in enumerate(zip(lon.tolist(), lat.tolist(), strict=True)):
        for image, there, table in zip(images, present, tables, strict=True):
            if there[number]:
                own = image.properties
                yield [own.get("system:index"), *position, own.get("system:time_start"), *(c[number] for c in table)]


def _table(sampler: Sampler, image: Image, names: list[str], at: tuple[Any, ...]) -> list[list[Any]]:
    """Columns of an image's values at some pixels, None where masked."""
    bands = {band.name: band for band in image.bands}
    return [_values(sampler(bands[name]), at) if name in bands else [None] * len(at[0]) for name in names]


def _values(pixels: Pixels, at: tuple[Any, ...]) -> list[Any]:
    values, masks = pixels.values[at].tolist(), pixels.mask[at].tolist()
    return [value if mask > 0 else None for value, mask in zip(values, masks, strict=True)]


def _rectangle(band: Band, region: Geometry | None, default: Array | None) -> Array:
    where = "Image.sampleRectangle"
    geometry = region or extents.find_outline(band)
    found = None if geometry is None else extents.find_covering_rectangle(geometry, band.projection)
    if found is None:
        raise EarthError(f"{where}: Provide 'region': the footprint of band '{band.name}' is unbounded.")
    first, size = found
    if size[0] * size[1] > MAX_SAMPLE:
        raise EarthError(
            f"{where}: Too many pixels in sample; must be <= {MAX_SAMPLE}. Got {size[0] * size[1]}.",
        )
    pixels = read_pixels(Sampler(extents.make_window(band.projection, first, size)), band)
    masked = pixels.mask == 0
    if default is None and masked.any():
        option = "defaultArrayValue" if band.type.dimensions else "defaultValue"
        raise EarthError(f"{where}: Band '{band.name}' has masked pixels in the region; pass '{option}' to fill them.")
    if isinstance(pixels, ArrayPixels):
        return _stack(pixels.values, masked, default, where)
    values = pixels.values.astype(np.int64 if pixels.values.dtype.kind in "iub" else np.float64)
    return Array(values if default is None or not masked.any() else np.where(masked, default.values, values))


def _stack(values: Values, masked: npt.NDArray[np.bool_], default: Array | None, where: str) -> Array:
    """Pixels that are arrays as one array, whose first axes are rows and columns."""
    pairs = zip(values.flat, masked.flat, strict=True)
    chosen = [default.values if default is not None and gone else one for one, gone in pairs]
    if len({one.shape for one in chosen}) > 1:
        raise EarthError(f"{where}: All arrays of a band must have the same number of elements.")
    return Array.of(np.stack(chosen).reshape(*masked.shape, *chosen[0].shape).tolist())
