"""Applying operators to bands: lazily, with masks, band by band."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import EarthError
from ..types import WGS84, PixelType
from .casts import convert
from .image import Band, Image, Mask, Pixels, Sampler, everywhere

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .operators import Binary, Unary

Pair = tuple[Band, Band]


def apply_unary(operator: Unary, band: Band, where: str) -> Band:
    """The band that an operator makes of another."""
    _check_integral(operator.integral, where, band)
    type_ = operator.type(band.type)
    work = working_dtype(type_, band.type)

    def compute(sampler: Sampler) -> Pixels:
        pixels = sampler(band)
        if pixels.is_nothing:
            return Pixels.nothing(sampler.shape, type_.storage)
        with np.errstate(all="ignore"):
            values = operator.function(pixels.values.astype(work, copy=False))
        return Pixels(values.astype(type_.storage, copy=False), pixels.mask)

    return band.derived(compute, band, type_=type_)


def apply_binary(operator: Binary, left: Band, right: Band, where: str) -> Band:
    """The band that an operator makes of two; masked where either of them is."""
    _check_integral(operator.integral, where, left, right)
    type_ = operator.type(left.type, right.type)
    work = working_dtype(type_, left.type, right.type)

    def compute(sampler: Sampler) -> Pixels:
        first, second = sampler(left), sampler(right)
        if first.is_nothing or second.is_nothing:
            return Pixels.nothing(sampler.shape, type_.storage)
        with np.errstate(all="ignore"):
            values = operator.function(first.values.astype(work, copy=False), second.values.astype(work, copy=False))
        return Pixels(values.astype(type_.storage, copy=False), lowest(first.mask, second.mask))

    return choose_template(left.derived(compute, left, right, type_=type_), left, right)


def choose(condition: Image, yes: Image, no: Image, where: str) -> Image:
    """Of two images the first where a condition is not zero, else the second; masked where the condition is."""
    both = pair_bands(yes, no, where)
    tests = condition.bands * len(both) if len(condition.bands) == 1 else condition.bands
    if len(tests) != len(both):
        raise EarthError(f"{where}: A condition of {len(tests)} bands cannot choose between {len(both)} bands.")
    return Image(tuple(_either(test, *pair, name) for test, (name, pair) in zip(tests, both, strict=True)))


def _either(test: Band, yes: Band, no: Band, name: str) -> Band:
    type_ = yes.type.union(no.type)

    def compute(sampler: Sampler) -> Pixels:
        condition, first, second = sampler(test), sampler(yes), sampler(no)
        holds = condition.values != 0
        values = np.where(holds, convert(first.values, yes.type, type_), convert(second.values, no.type, type_))
        return Pixels(values, lowest(condition.mask, np.where(holds, first.mask, second.mask)))

    return choose_template(test.derived(compute, test, yes, no, name=name, type_=type_), test, yes, no)


def choose_template(band: Band, *inputs: Band) -> Band:
    """Give a band the projection and the footprint of the first input that has any of its own.

    Constants and composites, which have none, leave the grid to the other operand. (How the service chooses between
    two inputs that differ is not documented; the first is the plainest.)
    """
    home = next((one for one in inputs if is_placed(one)), inputs[0])
    return replace(
        band,
        projection=home.projection,
        dimensions=home.dimensions,
        origin=home.origin,
        footprint=home.footprint,
        levels=home.levels,
    )


def is_placed(band: Band) -> bool:
    """Whether a band has a grid or a footprint of its own."""
    return band.dimensions is not None or band.footprint is not None or band.projection != WGS84


def pair_bands(left: Image, right: Image, where: str) -> list[tuple[str, Pair]]:
    """Match the bands of two images, and name the results.

    A single band goes with all of the other image; the same names are matched by name; equally many bands in their
    order (``Image.add`` as served). Of unequal numbers only the names that both have are left.

    Raises
    ------
    EarthError
        If one image has bands and the other has none, or if nothing matches.
    """
    first, second = left.bands, right.bands
    if bool(first) != bool(second):
        raise EarthError(
            f"{where}: If one image has no bands, the other must also have no bands. "
            f"Got {len(first)} and {len(second)}.",
        )
    if len(second) == 1:
        return [(band.name, (band, second[0])) for band in first]
    if len(first) == 1:
        return [(band.name, (first[0], band)) for band in second]
    by_name = {band.name: band for band in second}
    if len(first) == len(second) and set(by_name) != set(left.names):
        return [(one.name, (one, other)) for one, other in zip(first, second, strict=True)]
    matched = [(band.name, (band, by_name[band.name])) for band in first if band.name in by_name]
    if first and not matched:
        raise EarthError(
            f"{where}: The images have {len(first)} and {len(second)} bands and no band name in common. "
            f"Got [{', '.join(left.names)}] and [{', '.join(right.names)}].",
        )
    return matched


def map_bands(image: Image, function: Callable[[Band], Band]) -> Image:
    """An image with each band changed; its properties stay, it is no longer the stored asset."""
    return Image(tuple(function(band) for band in image.bands), image.properties)


def lowest(*masks: Mask) -> Mask:
    """The pixel-wise minimum of masks; without work where all but one are known to be valid everywhere."""
    found: Mask | None = None
    for mask in masks:
        if mask.size and mask.strides == (0, 0) and mask[0, 0] == 1:
            continue
        found = mask if found is None else np.minimum(found, mask)
    return masks[0] if found is None else found


def make_constant(value: float, name: str = "constant") -> Band:
    """A band of one value everywhere: an int of the type [v, v], anything else a double likewise."""
    # An integer of more than 64 bits has no pixel type: it is a double, too.
    whole = isinstance(value, int) and -(2**63) <= value < 2**63
    number: Any = int(value) if whole else float(value)
    type_ = PixelType("int" if whole else "double", number, number)
    if not np.isfinite(number):
        type_ = PixelType("double")
    single = np.asarray(number, type_.storage)
    return Band(
        name,
        type_,
        WGS84,
        lambda sampler: Pixels(np.broadcast_to(single, sampler.shape), everywhere(sampler.shape)),
    )


def working_dtype(result: PixelType, *inputs: PixelType) -> np.dtype[Any]:
    """The dtype to compute in: wide enough for the inputs and the result."""
    dtypes = [one.storage for one in inputs]
    if all(one.precision == "int" for one in (result, *inputs)):
        return _union([result, *inputs]).storage
    if result.precision == "int":
        return np.result_type(*dtypes)
    return np.result_type(result.storage, *dtypes)


def _union(types: Iterable[PixelType]) -> PixelType:
    first, *rest = types
    for other in rest:
        first = first.union(other)
    return first


def _check_integral(integral: bool, where: str, *bands: Band) -> None:
    for band in bands:
        if integral and band.type.precision != "int":
            raise EarthError(
                f"{where}: Bitwise operators need integers, but band '{band.name}' is {band.type.precision}; "
                "cast it first, for example with toInt().",
            )
