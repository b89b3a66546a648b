"""Arithmetic, comparison, logic, bits and trigonometry on images."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..images import arrays
from ..images.image import Band, Image, Pixels, Sampler
from ..images.operators import BINARY, UNARY, Binary, Unary, divide
from ..images.pixelwise import apply_binary, apply_unary, choose_template, lowest, map_bands, pair_bands
from ..images.ranges import make_type
from ..pixels.bands import find_band
from ..types import DOUBLE, Precision

if TYPE_CHECKING:
    from collections.abc import Callable

ALIASES = {
    "firstNonZero": "first_nonzero",
    "bitwiseAnd": "bitwise_and",
    "bitwiseOr": "bitwise_or",
    "bitwiseXor": "bitwise_xor",
    "leftShift": "left_shift",
    "rightShift": "right_shift",
    "bitwiseNot": "bitwise_not",
}
"""Older spellings that the service still serves."""


def _names(name: str) -> list[str]:
    return [f"Image.{spelling}" for spelling in (name, ALIASES.get(name)) if spelling]


def _binary(name: str, operator: Binary) -> Callable[[Image, Image], Image]:
    def function(image1: Image, image2: Image) -> Image:
        where = f"Image.{name}"
        matched = pair_bands(image1, image2, where)
        bands = [replace(_combined(operator, one, two, where), name=label) for label, (one, two) in matched]
        return Image(tuple(bands))

    return function


def _unary(name: str, operator: Unary) -> Callable[[Image], Image]:
    def function(value: Image) -> Image:
        return map_bands(value, lambda band: _changed(operator, band, f"Image.{name}"))

    return function


def _combined(operator: Binary, left: Band, right: Band, where: str) -> Band:
    if left.type.dimensions or right.type.dimensions:
        return arrays.apply_elementwise(operator, [left, right], where)
    return apply_binary(operator, left, right, where)


def _changed(operator: Unary, band: Band, where: str) -> Band:
    if band.type.dimensions:
        return arrays.apply_elementwise(operator, [band], where)
    return apply_unary(operator, band, where)


for _name, _operator in BINARY.items():
    algorithm(*_names(_name))(_binary(_name, _operator))
for _name, _one in UNARY.items():
    algorithm(*_names(_name))(_unary(_name, _one))


@algorithm("Image.clamp")
def clamp(image: Image, low: float, high: float) -> Image:
    if not low <= high:
        raise EarthError(f"Image.clamp: 'low' must not be greater than 'high', got {low} and {high}.")
    operator = Unary(
        lambda values: np.clip(values, low, high),
        lambda type_: make_type(type_.precision if _whole(low, high) else _real(type_.precision), (low, high)),
    )
    return map_bands(image, lambda band: apply_unary(operator, band, "Image.clamp"))


@algorithm("Image.unitScale")
def unit_scale(image: Image, low: float, high: float) -> Image:
    operator = Unary(
        lambda values: (values - low) / (high - low), lambda type_: make_type(_real(type_.precision), None)
    )
    return map_bands(image, lambda band: apply_unary(operator, band, "Image.unitScale"))


@algorithm("Image.polynomial")
def polynomial(image: Image, coefficients: list[float]) -> Image:
    operator = Unary(
        lambda values: np.polynomial.polynomial.polyval(values, coefficients or [0]),
        lambda _: DOUBLE,
    )
    return map_bands(image, lambda band: apply_unary(operator, band, "Image.polynomial"))


@algorithm("Image.normalizedDifference")
def normalized_difference(input_: Image, band_names: list[str] | None = None) -> Image:
    left, right = _difference_inputs(input_, band_names)
    type_ = make_type("float", (-1.0, 1.0))
    work = np.result_type(left.type.storage, right.type.storage, np.float32)
    signed = any(band.type.min is None or band.type.min < 0 for band in (left, right))

    def compute(sampler: Sampler) -> Pixels:
        one, other = sampler(left), sampler(right)
        if one.is_nothing or other.is_nothing:
            return Pixels.nothing(sampler.shape, np.float32)
        first, second = one.values.astype(work, copy=False), other.values.astype(work, copy=False)
        mask = lowest(one.mask, other.mask)
        if signed:
            mask = np.where((first < 0) | (second < 0), np.float32(0), mask)
        with np.errstate(all="ignore"):
            values = divide(first - second, first + second)
        return Pixels(values.astype(np.float32, copy=False), mask)

    band = left.derived(compute, left, right, name="nd", type_=type_)
    return Image((choose_template(band, left, right),))


def _difference_inputs(image: Image, names: list[str] | None) -> tuple[Band, Band]:
    if names is not None and len(names) != 2:
        raise EarthError(f"Image.normalizedDifference: Exactly two bands are needed, and {len(names)} were named.")
    bands = (
        image.bands[:2]
        if names is None
        else tuple(find_band(image, name, "Image.normalizedDifference") for name in names)
    )
    if len(bands) < 2:
        raise EarthError(f"Image.normalizedDifference: The image has {len(bands)} bands, and two are needed.")
    return bands[0], bands[1]


def _whole(*numbers: float) -> bool:
    """Whether numbers are integers of 64 bits."""
    return all(abs(number) < 2**63 and float(number).is_integer() for number in numbers)


def _real(precision: Precision) -> Precision:
    return "float" if precision == "int" else precision
