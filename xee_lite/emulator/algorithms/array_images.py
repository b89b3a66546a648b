"""Images of arrays: slicing, joining, reducing, and splitting them into bands."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..images import arrays
from ..images.arrays import Stack, join_stacks, make_array_band, make_array_type, union_type
from ..images.image import ArrayPixels, Band, Image, Sampler
from ..images.pixelwise import make_constant, map_bands, pair_bands
from ..pixels.bands import make_names_distinct, match_bands, only_band
from ..reducers.statistics import SUM
from ..request_limits import check_time
from ..types import DOUBLE, MAX_DIMENSIONS, UINT32, PixelType
from .image_masks import unmask

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..reducers.reduce import Reducer

FAR = 2**31
"""Beyond the end of any array."""


@algorithm("Image.arrayGet")
def array_get(image: Image, position: Image) -> Image:
    """Positions beyond an array are refused; what the service does is not documented."""
    where = "Image.arrayGet"
    for band in image.bands:
        if band.type.dimensions != len(position.bands):
            raise EarthError(
                f"{where}: Band '{band.name}' has {band.type.dimensions} dimensions, "
                f"but the position has {len(position.bands)} bands.",
            )

    def get(stack: Stack, *indices: Stack) -> Stack:
        found: Stack = stack[(np.arange(len(stack)), *(multi_index.astype(np.int64) for multi_index in indices))]
        return found

    return map_bands(
        image, lambda band: make_array_band([band, *position.bands], get, make_array_type(band.type, 0), where)
    )


@algorithm("Image.arrayProject")
def array_project(input_: Image, axes: list[int]) -> Image:
    def project(stack: Stack) -> Stack:
        dropped = tuple(axis + 1 for axis in range(stack.ndim - 1) if axis not in axes)
        order = sorted(axes)
        return np.transpose(np.squeeze(stack, dropped), [0, *(order.index(axis) + 1 for axis in axes)])

    return _each(input_, project, "Image.arrayProject", dimensions=lambda _: len(axes))


@algorithm("Image.arrayFlatten")
def array_flatten(image: Image, coordinate_labels: list[list[Any]], separator: str) -> Image:
    where = "Image.arrayFlatten"
    band, shape = only_band(image, where), tuple(len(labels) for labels in coordinate_labels)
    if band.type.dimensions != len(shape):
        raise EarthError(f"{where}: There are labels for {len(shape)} axes of {band.type.dimensions}.")

    def taken(multi_index: tuple[int, ...], labels: tuple[Any, ...]) -> Band:
        def get(stack: Stack) -> Stack:
            if stack.shape[1:] != shape:
                raise ValueError(f"The arrays have the shape {stack.shape[1:]} and not that of the labels, {shape}")
            found: Stack = stack.reshape(len(stack), -1)[:, np.ravel_multi_index(multi_index, shape)]
            return found

        return make_array_band([band], get, make_array_type(band.type, 0), where, separator.join(map(str, labels)))

    names = product(*coordinate_labels)
    bands = [taken(multi_index, labels) for multi_index, labels in zip(np.ndindex(shape), names, strict=True)]
    return Image(tuple(make_names_distinct(bands)), image.properties)


@algorithm("Image.arrayReduce")
def array_reduce(input_: Image, reducer: Reducer, axes: list[int], field_axis: int | None) -> Image:
    where = "Image.arrayReduce"
    if not axes or min(axes) < 0 or len(set(axes)) < len(axes):
        raise EarthError(f"{where}: The axes {axes} are not axes of an array.")
    if field_axis is None and (reducer.inputs != 1 or len(reducer.outputs) != 1):
        raise EarthError(f"{where}: A reducer of several inputs or outputs needs a 'fieldAxis'.")

    def reduce(stack: Stack) -> Stack:
        if field_axis is None:
            return _reduce(reducer, [stack], axes)[0]
        fields = [np.take(stack, [index], field_axis + 1) for index in range(stack.shape[field_axis + 1])]
        return np.concatenate(_reduce(reducer, fields, axes), field_axis + 1)

    types = list(reducer.types([DOUBLE] * reducer.inputs).values())
    if any(type_.dimensions for type_ in types):
        raise EarthError(f"{where}: The reducer must give numbers, and not arrays.")

    def type_of(band: Band) -> PixelType:
        found = (
            types[0]
            if field_axis is not None
            else next(iter(reducer.types([replace(band.type, dimensions=0)]).values()))
        )
        return make_array_type(found, band.type.dimensions)

    return map_bands(input_, lambda band: make_array_band([band], reduce, type_of(band), where))


@algorithm("Image.arrayAccum")
def array_accum(input_: Image, axis: int, reducer: Reducer | None) -> Image:
    where = "Image.arrayAccum"
    used = SUM if reducer is None else reducer
    if used.inputs != 1 or len(used.outputs) != 1:
        raise EarthError(f"{where}: The reducer must have one input and one output.")

    def accumulate(stack: Stack) -> Stack:
        lengths = range(1, stack.shape[axis + 1] + 1)
        parts = []
        for length in lengths:
            check_time()
            parts += _reduce(used, [np.take(stack, range(length), axis + 1)], [axis])
        return np.concatenate(parts, axis + 1) if parts else stack

    (type_,) = used.types([DOUBLE]).values()
    return _each(input_, accumulate, where, type_=type_)


@algorithm("Image.arraySlice")
def array_slice(input_: Image, axis: int, start: Image | None, end: Image | None, step: int) -> Image:
    where = "Image.arraySlice"
    if step < 1 or not 0 <= axis < MAX_DIMENSIONS:
        raise EarthError(f"{where}: Invalid step {step} or axis {axis}.")
    # Where an end is masked the slice goes on to that of the array.
    starts = unmask(start or Image((make_constant(0),)), None, same_footprint=False)
    ends = unmask(end or Image((make_constant(FAR),)), Image((make_constant(FAR),)), same_footprint=False)

    def cut(stack: Stack, first: Stack, last: Stack) -> Stack:
        found: Stack = stack[(slice(None),) * (axis + 1) + (slice(int(first[0]), int(last[0]), step),)]
        return found

    limits = zip(match_bands(input_, starts, where), match_bands(input_, ends, where), strict=True)
    bands = [make_array_band([band, one, two], cut, band.type, where, settled=2) for (band, one), (_, two) in limits]
    return Image(tuple(bands), input_.properties)


@algorithm("Image.arrayCat")
def array_cat(image1: Image, image2: Image, axis: int) -> Image:
    where = "Image.arrayCat"
    bands = []
    for name, (one, two) in pair_bands(image1, image2, where):
        dimensions = max(one.type.dimensions, two.type.dimensions, axis + 1)
        type_ = make_array_type(union_type([one, two]), dimensions)
        bands.append(make_array_band([one, two], lambda *found: join_stacks(found, axis), type_, where, name))
    return Image(tuple(bands), image1.properties)


@algorithm("Image.arrayMask")
def array_mask(input_: Image, mask: Image) -> Image:
    """Along the one axis in which the mask has several elements those that are not zero stay, pixel by pixel."""
    where = "Image.arrayMask"

    def masked(band: Band, other: Band) -> Band:
        def pixels(sampler: Sampler) -> ArrayPixels:
            source, flags = sampler.arrays(band), sampler.arrays(other)
            valid = np.minimum(source.mask, flags.mask)
            found = np.empty(sampler.shape, object)
            for at in zip(*np.nonzero(valid > 0), strict=True):
                found[at] = _keep(source.values[at], flags.values[at], where)
            return ArrayPixels(found, valid)

        return arrays.derive_band(band, pixels, band.type)

    return Image(tuple(masked(*pair) for pair in match_bands(input_, mask, where)), input_.properties)


@algorithm("Image.arraySort")
def array_sort(image: Image, keys: Image | None) -> Image:
    where = "Image.arraySort"

    def sort(stack: Stack, order: Stack) -> Stack:
        long = [axis for axis, length in enumerate(order.shape[1:], 1) if length > 1]
        if len(long) > 1:
            raise ValueError(f"The keys have several elements along {len(long)} axes")
        axis = long[0] if long else 1
        return np.take_along_axis(stack, np.argsort(order, axis, kind="stable"), axis)

    bands = [
        make_array_band([band, key], sort, band.type, where) for band, key in match_bands(image, keys or image, where)
    ]
    return Image(tuple(bands), image.properties)


@algorithm("Image.arrayLength")
def array_length(input_: Image, axis: int) -> Image:
    def length(stack: Stack) -> Stack:
        return np.full(len(stack), stack.shape[axis + 1] if axis + 1 < stack.ndim else 1)

    return _each(input_, length, "Image.arrayLength", dimensions=lambda _: 0, type_=UINT32)


@algorithm("Image.arrayLengths")
def array_lengths(input_: Image) -> Image:
    def lengths(stack: Stack) -> Stack:
        return np.broadcast_to(np.array(stack.shape[1:]), (len(stack), stack.ndim - 1))

    return _each(input_, lengths, "Image.arrayLengths", dimensions=lambda _: 1, type_=UINT32)


@algorithm("Image.arrayDimensions")
def array_dimensions(input_: Image) -> Image:
    def dimensions(stack: Stack) -> Stack:
        return np.full(len(stack), stack.ndim - 1)

    return _each(input_, dimensions, "Image.arrayDimensions", dimensions=lambda _: 0, type_=UINT32)


@algorithm("Image.arrayTranspose", "Image.matrixTranspose")
def array_transpose(input_: Image, axis1: int, axis2: int) -> Image:
    def transpose(stack: Stack) -> Stack:
        highest_axis = max(axis1, axis2)
        lifted = stack.reshape(stack.shape + (1,) * max(highest_axis + 2 - stack.ndim, 0))
        return np.swapaxes(lifted, axis1 + 1, axis2 + 1)

    if min(axis1, axis2) < 0:
        raise EarthError(f"Image.arrayTranspose: Invalid axes {axis1} and {axis2}.")

    def dimensions(band: Band) -> int:
        return max(band.type.dimensions, axis1 + 1, axis2 + 1)

    return _each(input_, transpose, "Image.arrayTranspose", dimensions=dimensions)


@algorithm("Image.arrayRepeat")
def array_repeat(input_: Image, axis: int, copies: Image) -> Image:
    where = "Image.arrayRepeat"

    def repeat(stack: Stack, counts: Stack) -> Stack:
        if not 1 <= counts[0] * stack.size <= arrays.SIZE:
            raise ValueError(f"{counts[0]} copies are too few or too many")
        return join_stacks([stack] * int(counts[0]), axis)

    bands = [
        make_array_band(
            [band, count], repeat, make_array_type(band.type, max(band.type.dimensions, axis + 1)), where, settled=1
        )
        for band, count in match_bands(input_, copies, where)
    ]
    return Image(tuple(bands), input_.properties)


@algorithm("Image.arrayReshape")
def array_reshape(image: Image, lengths: Image, dimensions: int) -> Image:
    where = "Image.arrayReshape"

    def reshape(stack: Stack, shapes: Stack) -> Stack:
        return stack.reshape(len(stack), *(int(length) for length in shapes[0]))

    bands = [
        make_array_band([band, length], reshape, make_array_type(band.type, dimensions), where, settled=1)
        for band, length in match_bands(image, lengths, where)
    ]
    return Image(tuple(bands), image.properties)


@algorithm("Image.arrayPad")
def array_pad(image: Image, lengths: list[int], pad: float) -> Image:
    def padded(stack: Stack) -> Stack:
        new_shape = [max(length, have) for length, have in zip(lengths, stack.shape[1:], strict=True)]
        if np.prod(new_shape) * len(stack) > arrays.SIZE:
            raise ValueError("The arrays would be too large")
        widths = [(0, 0), *((0, length - have) for length, have in zip(new_shape, stack.shape[1:], strict=True))]
        return np.pad(stack, widths, constant_values=pad)

    def one(band: Band) -> Band:
        return make_array_band([band], padded, band.type.union(make_constant(pad).type), "Image.arrayPad")

    return map_bands(image, one)


@algorithm("Image.arrayArgmax")
def array_argmax(image: Image) -> Image:
    def argmax(stack: Stack) -> Stack:
        flat = stack.reshape(len(stack), -1).argmax(axis=1)
        return np.stack(np.unravel_index(flat, stack.shape[1:]), axis=1)

    return _each(image, argmax, "Image.arrayArgmax", dimensions=lambda _: 1, type_=UINT32)


@algorithm("Image.arrayDotProduct")
def array_dot_product(image1: Image, image2: Image) -> Image:
    where = "Image.arrayDotProduct"

    def dot(left: Stack, right: Stack) -> Stack:
        if left.ndim != 2 or left.shape != right.shape:
            raise ValueError("The arrays must have one dimension and the same length")
        found: Stack = (left.astype(np.float64) * right).sum(axis=1)
        return found

    return Image(
        tuple(make_array_band(pair, dot, DOUBLE, where, name) for name, pair in pair_bands(image1, image2, where))
    )


def _each(
    image: Image,
    function: Callable[[Stack], Stack],
    where: str,
    *,
    dimensions: Callable[[Band], int] = lambda band: band.type.dimensions,
    type_: PixelType | None = None,
) -> Image:
    """A function on each band; the dimensions and the type are those of the band unless said otherwise."""
    return map_bands(
        image,
        lambda band: make_array_band([band], function, make_array_type(type_ or band.type, dimensions(band)), where),
    )


def _reduce(reducer: Reducer, fields: list[Stack], axes: list[int]) -> list[Stack]:
    """A reducer's outputs over some axes, whose lengths become 1."""
    ndim = fields[0].ndim
    if max(axes) + 1 >= ndim:
        raise ValueError(f"The axes {axes} are not axes of an array of {ndim - 1} dimensions")
    order = [axis + 1 for axis in axes] + [axis for axis in range(ndim) if axis - 1 not in axes]
    moved = [np.transpose(field, order) for field in fields]
    stacks = [one.reshape(-1, *one.shape[len(axes) :]) for one in moved]
    results = reducer.stack(stacks, [np.ones(stack.shape) for stack in stacks]).values()
    return [np.expand_dims(pixels.values, tuple(axis + 1 for axis in axes)) for pixels in results]


def _keep(values: Stack, flags: Stack, where: str) -> Stack:
    long = [axis for axis, length in enumerate(flags.shape) if length > 1]
    axis = long[0] if long else 0
    if len(long) > 1 or flags.shape[axis] != values.shape[axis]:
        raise EarthError(f"{where}: A mask of shape {flags.shape} does not fit an array of shape {values.shape}.")
    found: Stack = np.compress(flags.reshape(-1) != 0, values, axis)
    return found
