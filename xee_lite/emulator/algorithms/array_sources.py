"""Images of arrays made of bands, collections and neighbourhoods."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..images import arrays
from ..images.arrays import join_stacks, make_array_band, make_array_type, union_type
from ..images.casts import convert
from ..images.image import ArrayPixels, Band, Image, Sampler
from ..images.pixelwise import make_constant
from ..pixels.bands import integer_bands, some_bands
from ..pixels.neighbourhood import read_neighbourhood, weights_at
from ..request_limits import check_memory
from ..types import BOOLEAN, DOUBLE

if TYPE_CHECKING:
    from ..values.collection import Collection
    from ..values.kernel import Kernel


@algorithm("Image.toArray")
def to_array(image: Image, axis: int) -> Image:
    where = "Image.toArray"
    dimensions = {band.type.dimensions for band in some_bands(image, where)}
    ndim = max(dimensions)
    if len(dimensions) > 1 or not 0 <= axis <= ndim:
        raise EarthError(f"{where}: The bands have {sorted(dimensions)} dimensions, and the axis is {axis}.")
    type_ = make_array_type(union_type(image.bands), max(ndim, axis + 1))
    return Image(
        (make_array_band(image.bands, lambda *stacks: join_stacks(stacks, axis), type_, where, "array"),),
        image.properties,
    )


@algorithm("ImageCollection.toArray")
def collection_to_array(collection: Collection) -> Image:
    """Rows of the images that are valid in all their bands, at each pixel."""
    images: list[Image] = [image for image in collection if image.bands]
    if not images:
        return Image(())
    return Image((_rows([list(image.bands) for image in images]),))


@algorithm("ImageCollection.toArrayPerBand")
def to_array_per_band(collection: Collection, axis: int, drop_masked: bool) -> Image:
    where = "ImageCollection.toArrayPerBand"
    stacks: dict[str, list[Band]] = {}
    for image in collection:
        for band in image.bands:
            stacks.setdefault(band.name, []).append(band)
    bands = []
    for name, parts in stacks.items():
        dimensions = [band.type.dimensions for band in parts]
        if not 0 <= axis <= min(dimensions):
            raise EarthError(f"{where}: The axis must be between 0 and {min(dimensions)}, got {axis}.")
        type_ = make_array_type(union_type(parts), max(*dimensions, axis + 1))
        if drop_masked:
            bands.append(arrays.join_unmasked(parts, axis, type_, where, name))
        else:
            bands.append(make_array_band(parts, lambda *found: join_stacks(found, axis), type_, where, name))
    return Image(tuple(bands))


def _rows(records: list[list[Band]]) -> Band:
    type_ = make_array_type(union_type([band for record in records for band in record]), 2)

    def pixels(sampler: Sampler) -> ArrayPixels:
        check_memory(2 * sum(map(len, records)) * sampler.shape[0] * sampler.shape[1] * type_.storage.itemsize)
        flags, values = [], []
        for record in records:
            found = [sampler(band) for band in record]
            flags.append(np.logical_and.reduce([one.mask > 0 for one in found]))
            values.append(np.stack([one.values for one in found], axis=-1).astype(type_.storage))
        if len({one.shape[-1] for one in values}) > 1:
            raise EarthError("ImageCollection.toArray: The images have different numbers of bands.")
        present, stack = np.stack(flags, axis=-1), np.stack(values, axis=-2)
        out = np.empty(sampler.shape, object)
        for at in np.ndindex(sampler.shape):
            out[at] = stack[at][present[at]]
        return ArrayPixels(out, np.asarray(present.any(axis=-1), np.float32))

    return arrays.derive_band(make_constant(0), pixels, type_, "array")


@algorithm("Image.neighborhoodToArray")
def neighborhood_to_array(image: Image, kernel: Kernel, default_value: float) -> Image:
    where = "Image.neighborhoodToArray"
    if kernel.kind not in {"fixed", "square", "rectangle"}:
        raise EarthError(f"{where}: Only fixed, square and rectangle kernels are supported, got '{kernel.kind}'.")
    return Image(tuple(_neighbourhoods(band, kernel, default_value) for band in image.bands), image.properties)


@algorithm("Image.bitsToArrayImage")
def bits_to_array_image(input_: Image) -> Image:
    """The lowest bit first, as ``Array.bitsToArray`` has it; a negative number has 64."""
    return Image(tuple(map(_bits, integer_bands(input_, "Image.bitsToArrayImage"))), input_.properties)


def _bits(band: Band) -> Band:
    def pixels(sampler: Sampler) -> ArrayPixels:
        source = sampler(band)
        numbers = np.broadcast_to(source.values, sampler.shape).astype(np.int64)
        bits = (numbers[..., np.newaxis] >> np.arange(64)) & 1
        lengths = 64 - bits[..., ::-1].argmax(axis=-1)
        lengths[numbers == 0] = 1
        found = np.empty(sampler.shape, object)
        for at in np.ndindex(sampler.shape):
            found[at] = bits[at][: lengths[at]].astype(BOOLEAN.storage)
        return ArrayPixels(found, source.mask)

    return arrays.derive_band(band, pixels, make_array_type(BOOLEAN, 1))


def _neighbourhoods(band: Band, kernel: Kernel, default: float) -> Band:
    """Windows of the pixels around each, with a default for those that are masked; masked where the band is."""
    fill = convert(np.array([default], np.float64), DOUBLE, band.type)[0]

    def pixels(sampler: Sampler) -> ArrayPixels:
        weights = weights_at(sampler, kernel)
        source = read_neighbourhood(sampler, band, weights.margins)
        values = np.where(source.mask > 0, source.values, fill).astype(band.type.storage)
        windows = np.lib.stride_tricks.sliding_window_view(values, weights.values.shape)
        found = np.empty(sampler.shape, object)
        for at in np.ndindex(sampler.shape):
            found[at] = windows[at]
        return ArrayPixels(found, sampler(band).mask)

    return arrays.derive_band(band, pixels, make_array_type(band.type, 2))
