"""Casting: values are truncated towards zero and clamped into the range of the new type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import EarthError
from ..types import DOUBLE, FLOAT, INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, PixelType
from .image import Band, Pixels, Sampler, Values
from .ranges import interval

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMED: Mapping[str, PixelType] = {
    "int8": INT8,
    "int16": INT16,
    "int32": INT32,
    "int64": INT64,
    "uint8": UINT8,
    "uint16": UINT16,
    "uint32": UINT32,
    "byte": UINT8,
    "short": INT16,
    "int": INT32,
    "long": INT64,
    "float": FLOAT,
    "double": DOUBLE,
}
"""Types by the names that ``Image.cast`` takes."""


def cast(band: Band, type_: PixelType) -> Band:
    """A band in another type."""

    def compute(sampler: Sampler) -> Pixels:
        pixels = sampler(band)
        if pixels.is_nothing:
            return Pixels.nothing(sampler.shape, type_.storage)
        return Pixels(convert(pixels.values, band.type, type_), pixels.mask)

    return band.derived(compute, band, type_=type_)


def convert(values: Values, source: PixelType, target: PixelType) -> Values:
    """Bring values into a type: truncated and clamped, so that 300 becomes 255, 1.7 becomes 1 and NaN becomes 0."""
    dtype = target.storage
    ends, have = interval(target), interval(source)
    if ends is None:
        with np.errstate(over="ignore"):
            return values.astype(dtype, copy=False)
    whole = target.precision == "int"
    if have and ends[0] <= have[0] and have[1] <= ends[1] and (source.precision == "int" or not whole):
        return values.astype(dtype, copy=False)
    if whole and values.dtype.kind != "f":
        return _clip(values.astype(np.int64, copy=False), ends).astype(dtype)
    exact = values.astype(np.float64, copy=False)
    if whole:
        # The largest double below 2**63 stands for the end of the 64 bits, which no double is.
        ends = ends[0], min(ends[1], float(np.nextafter(2.0**63, 0)))
        exact = np.nan_to_num(np.trunc(exact), nan=0.0, posinf=ends[1], neginf=ends[0])
    return _clip(exact, ends).astype(dtype)


def _clip(values: Values, ends: tuple[float, float]) -> Values:
    low, high = (values.dtype.type(end) for end in ends)
    return np.clip(values, low, high)


def named_type(value: Any, where: str) -> PixelType:  # noqa: ANN401 - a name or a PixelType
    """The pixel type that a user names.

    Raises
    ------
    EarthError
        If it is no type's name.
    """
    if isinstance(value, PixelType):
        return value
    if isinstance(value, str) and value in NAMED:
        return NAMED[value]
    raise EarthError(f"{where}: Unknown pixel type '{value}'; it is one of {', '.join(NAMED)}.")
