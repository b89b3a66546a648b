"""Pixel types as values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..images.casts import NAMED
from ..types import PixelType, Precision

if TYPE_CHECKING:
    from collections.abc import Callable


@algorithm("PixelType")
def pixel_type(
    precision: Precision | PixelType,
    min_value: float | None = None,
    max_value: float | None = None,
    dimensions: int = 0,
) -> PixelType:
    """A type; a range that is open at one end is no range, as in the service's samples."""
    if isinstance(precision, PixelType):
        return precision
    if precision not in ("int", "float", "double"):
        raise EarthError(f"PixelType: Unknown precision '{precision}'; it is one of 'int', 'float', 'double'.")
    if min_value is None or max_value is None:
        if precision == "int":
            raise EarthError("PixelType: Integers need 'minValue' and 'maxValue'.")
        return PixelType(precision, dimensions=dimensions)
    if min_value > max_value:
        raise EarthError(f"PixelType: The minimum {min_value} is greater than the maximum {max_value}.")
    return PixelType(precision, min_value, max_value, dimensions)


def _named(type_: PixelType) -> Callable[[], PixelType]:
    return lambda: type_


for _name in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "float", "double"):
    algorithm(f"PixelType.{_name}")(_named(NAMED[_name]))


@algorithm("PixelType.precision")
def precision(pixel_type: PixelType) -> Precision:
    return pixel_type.precision


@algorithm("PixelType.minValue")
def min_value(pixel_type: PixelType) -> float | None:
    return pixel_type.min


@algorithm("PixelType.maxValue")
def max_value(pixel_type: PixelType) -> float | None:
    return pixel_type.max


@algorithm("PixelType.dimensions")
def dimensions(pixel_type: PixelType) -> int:
    return pixel_type.dimensions
