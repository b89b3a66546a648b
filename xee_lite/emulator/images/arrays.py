"""Bands whose pixels are arrays.

Arrays of one image may differ in shape from pixel to pixel. Every operation gathers the pixels of one shape and
computes them at once: NumPy sees one array with a leading axis for the pixels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import compress
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import EarthError
from ..types import MAX_DIMENSIONS, PixelType
from .casts import convert
from .image import ArrayPixels, Band, Pixels, Sampler, everywhere, not_scalar
from .pixelwise import choose_template, lowest, make_constant, working_dtype

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .image import Mask, Values
    from .operators import Binary, Unary

Stack = npt.NDArray[Any]
Function = Callable[..., Stack]
"""From a stack for each input, of shape (pixels, ...), to one of results."""

SIZE = 2**24
"""Numbers in the arrays of one operation on one grid: this emulator's own limit."""


def make_array_band(
    inputs: Sequence[Band],
    function: Function,
    type_: PixelType,
    where: str,
    name: str | None = None,
    *,
    settled: int = 0,
) -> Band:
    """The band that a function makes of the arrays and numbers of others; masked where any of them is.

    Parameters
    ----------
    inputs : sequence of Band
        Of arrays or of numbers, which come as stacks of no further dimensions.
    function : callable
        Gets a stack for each input.
    type_ : PixelType
        Of the result; without dimensions it is a band of numbers.
    where : str
        The algorithm, for messages.
    name : str, optional
        That of the first input by default.
    settled : int
        How many of the last inputs are the same in all pixels of a stack, so that the function may look at the first.
    """

    def pixels(sampler: Sampler) -> ArrayPixels:
        sources = [read_pixels(sampler, band) for band in inputs]
        mask = lowest(*(source.mask for source in sources))
        values = np.empty(sampler.shape, object)
        flat = [np.broadcast_to(source.values, sampler.shape).reshape(-1) for source in sources]
        for members in _alike(flat, np.flatnonzero(mask > 0), settled):
            stacks = [stack_arrays(column[members]) for column in flat]
            found = _check(function, stacks, where).astype(type_.storage, copy=False)
            if found.ndim != type_.dimensions + 1:
                raise EarthError(
                    f"{where}: The arrays have {found.ndim - 1} dimensions where {type_.dimensions} belong."
                )
            if len(found) != len(members):
                raise EarthError(f"{where}: The axis along the pixels is none of their arrays.")
            if found.size > SIZE:
                raise EarthError("User memory limit exceeded.")
            scatter(values, members, found)
        return ArrayPixels(values, mask)

    return derive_band(choose_template(inputs[0], *inputs), pixels, type_, name)


def derive_band(
    template: Band, pixels: Callable[[Sampler], ArrayPixels], type_: PixelType, name: str | None = None
) -> Band:
    """A band of arrays, or of numbers if its type has no dimensions, in the place of another."""
    if type_.dimensions == 0:

        def numbers(sampler: Sampler) -> Pixels:
            found = pixels(sampler)
            values = np.zeros(sampler.shape, type_.storage)
            known = found.mask > 0
            values[known] = found.values[known]
            return Pixels(values, found.mask)

        return template.derived(numbers, name=name, type_=type_)

    def refuse(sampler: Sampler) -> Pixels:
        del sampler
        raise not_scalar(name or template.name, type_)

    return replace(template.derived(refuse, name=name, type_=type_), arrays=pixels)


def constant_arrays(values: npt.NDArray[Any]) -> Band:
    """A band of the same array everywhere."""
    whole = values.dtype.kind != "f"
    low, high = (values.min(), values.max()) if values.size else (0, 0)
    type_ = PixelType("int", int(low), int(high), values.ndim) if whole else PixelType("double", dimensions=values.ndim)
    single = np.empty((), object)
    single[()] = values.astype(type_.storage)

    def pixels(sampler: Sampler) -> ArrayPixels:
        return ArrayPixels(np.broadcast_to(single, sampler.shape), everywhere(sampler.shape))

    return derive_band(make_constant(0), pixels, type_)


def first_elements(band: Band) -> Band:
    """The first number of each array, which is what a map shows of it (the reference on ``Image.toArray``)."""
    if not band.type.dimensions:
        return band
    return make_array_band(
        [band], lambda stack: stack.reshape(len(stack), -1)[:, 0], make_array_type(band.type, 0), "Image.visualize"
    )


def apply_elementwise(operator: Unary | Binary, bands: Sequence[Band], where: str) -> Band:
    """An operator on the elements of arrays; a number goes with all elements of the other operand."""
    types = [band.type for band in bands]
    found = operator.type(*types)
    dimensions = max(type_.dimensions for type_ in types)
    type_ = replace(found, dimensions=dimensions)
    work = working_dtype(found, *types)

    def function(*stacks: Stack) -> Stack:
        lifted = [stack if stack.ndim > 1 else stack.reshape(-1, *[1] * dimensions) for stack in stacks]
        shapes = {stack.shape for stack in stacks if stack.ndim > 1}
        if len(shapes) > 1:
            raise ValueError(
                f"The arrays have different shapes, {' and '.join(str(one[1:]) for one in sorted(shapes))}"
            )
        return operator.function(*(stack.astype(work, copy=False) for stack in lifted))

    return make_array_band(bands, function, type_, where)


def convert_arrays(band: Band, type_: PixelType) -> Band:
    """The same arrays in another type."""
    wanted = make_array_type(type_, band.type.dimensions)
    return make_array_band([band], lambda stack: convert(stack, band.type, type_), wanted, "Image.cast")


def join_stacks(stacks: Sequence[Stack], axis: int) -> Stack:
    """Stacks of arrays behind each other along an axis, which they get if they have it not."""
    return np.concatenate([one.reshape(one.shape + (1,) * max(axis + 2 - one.ndim, 0)) for one in stacks], axis + 1)


def join_unmasked(inputs: Sequence[Band], axis: int, type_: PixelType, where: str, name: str) -> Band:
    """At each pixel those of the bands behind each other that are not masked there; masked where all of them are."""

    def pixels(sampler: Sampler) -> ArrayPixels:
        sources = [read_pixels(sampler, band) for band in inputs]
        mask = np.maximum.reduce([np.broadcast_to(source.mask, sampler.shape) for source in sources])
        present = np.stack([np.broadcast_to(source.mask, sampler.shape).reshape(-1) > 0 for source in sources], axis=1)
        flat = [np.broadcast_to(source.values, sampler.shape).reshape(-1) for source in sources]
        values = np.empty(sampler.shape, object)
        patterns, which = np.unique(present, axis=0, return_inverse=True)
        for number, pattern in enumerate(patterns):
            columns = list(compress(flat, pattern))
            members = np.flatnonzero(which.reshape(-1) == number) if columns else np.empty(0, np.intp)
            for alike in _alike(columns, members, 0):
                stacks = [stack_arrays(column[alike]) for column in columns]
                found = _check(lambda *parts: join_stacks(parts, axis), stacks, where)
                if found.size > SIZE:
                    raise EarthError("User memory limit exceeded.")
                scatter(values, alike, found.astype(type_.storage, copy=False))
        return ArrayPixels(values, mask)

    return derive_band(choose_template(inputs[0], *inputs), pixels, type_, name)


def union_type(bands: Sequence[Band]) -> PixelType:
    """The type that holds the values of all bands."""
    type_ = bands[0].type
    for band in bands:
        type_ = type_.union(band.type)
    return type_


def make_array_type(type_: PixelType, dimensions: int) -> PixelType:
    """A type for arrays of so many dimensions.

    Raises
    ------
    EarthError
        If there are more than any array has.
    """
    if not 0 <= dimensions <= MAX_DIMENSIONS:
        raise EarthError(f"Arrays have 0 to {MAX_DIMENSIONS} dimensions; found {dimensions}.")
    return replace(type_, dimensions=dimensions)


def read_pixels(sampler: Sampler, band: Band) -> Pixels | ArrayPixels:
    """The pixels of a band of either kind."""
    return sampler.arrays(band) if band.type.dimensions else sampler(band)


def stack_arrays(column: Values) -> Stack:
    """The pixels of one shape as a stack."""
    return np.stack(column.tolist()) if column.dtype == object else column


def scatter(values: Values, members: npt.NDArray[np.intp], found: Stack) -> None:
    """Put an array each into a raster of objects, at positions of the flattened raster."""
    flat = values.reshape(-1)
    for index, row in zip(members.tolist(), found, strict=True):
        flat[index] = row


def update_mask(band: Band, mask: Callable[[Sampler, Mask], Mask]) -> Band:
    """The same arrays under another mask."""

    def pixels(sampler: Sampler) -> ArrayPixels:
        found = sampler.arrays(band)
        return ArrayPixels(found.values, mask(sampler, found.mask))

    return derive_band(band, pixels, band.type)


def _alike(columns: Sequence[Values], members: npt.NDArray[np.intp], settled: int) -> list[npt.NDArray[np.intp]]:
    """Pixels in groups whose arrays have the same shapes, and whose last columns have the same values."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    arrays = [column for column in columns if column.dtype == object]
    same = columns[len(columns) - settled :]
    if not arrays and not same:
        return [members] if members.size else []
    for index in members.tolist():
        shapes = tuple(column[index].shape for column in arrays)
        values = tuple(str(np.asarray(column[index]).tolist()) for column in same)
        groups.setdefault((shapes, values), []).append(index)
    return [np.array(group, np.intp) for group in groups.values()]


def _check(function: Function, stacks: list[Stack], where: str) -> Stack:
    try:
        with np.errstate(all="ignore"):
            return np.asarray(function(*stacks))
    except (ValueError, IndexError, TypeError, OverflowError, np.linalg.LinAlgError) as error:
        raise EarthError(f"{where}: {error}.") from error
