"""Pixel-wise operators: their functions and the types of their results."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..numerics.special import gamma_share
from . import ranges

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..types import PixelType

    Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Unary:
    """An operator of one value.

    Attributes
    ----------
    function : callable
        From an array to an array.
    type : callable
        From the pixel type of the input to that of the output.
    integral : bool
        Whether only integers make sense.
    """

    function: Callable[[Array], Array]
    type: Callable[[PixelType], PixelType]
    integral: bool = False


@dataclass(frozen=True, slots=True)
class Binary:
    """An operator of two values; attributes as of `Unary`."""

    function: Callable[[Array, Array], Array]
    type: Callable[[PixelType, PixelType], PixelType]
    integral: bool = False


def divide(left: Array, right: Array) -> Array:
    """Quotient; 0 for division by 0."""
    zeros = np.zeros(np.broadcast_shapes(left.shape, right.shape), left.dtype)
    return np.divide(left, right, out=zeros, where=right != 0)


def remainder(left: Array, right: Array) -> Array:
    """Remainder, signed like the dividend; 0 for division by 0."""
    zeros = np.zeros(np.broadcast_shapes(left.shape, right.shape), left.dtype)
    return np.fmod(left, right, out=zeros, where=right != 0)


def _shift(ufunc: np.ufunc, opposite: np.ufunc) -> Callable[[Array, Array], Array]:
    def shift(left: Array, right: Array) -> Array:
        shifted = ufunc(left, np.clip(right, 0, 63))
        back = right < 0
        if back.any():
            shifted = np.where(back, opposite(left, np.clip(-right, 0, 63)), shifted)
        return shifted  # type: ignore[no-any-return]

    return shift


def _bit_count(value: Array) -> Array:
    return np.bitwise_count(value.astype(np.int64).view(np.uint64))


def _gamma_share(left: Array, right: Array) -> Array:
    return np.asarray(np.frompyfunc(gamma_share, 2, 1)(left, right)).astype(np.float64)


def _half_up(value: Array) -> Array:
    """The nearest integer, halves upwards, as Java's Math.round."""
    return value if value.dtype.kind in "iu" else np.floor(value + value.dtype.type(0.5))


BINARY: dict[str, Binary] = {
    "add": Binary(np.add, ranges.corners(operator.add)),
    "subtract": Binary(np.subtract, ranges.corners(operator.sub)),
    "multiply": Binary(np.multiply, ranges.corners(operator.mul)),
    "divide": Binary(divide, ranges.quotient),
    "mod": Binary(remainder, ranges.remainder),
    "max": Binary(np.maximum, ranges.corners(max)),
    "min": Binary(np.minimum, ranges.corners(min)),
    "first": Binary(lambda left, _: left, ranges.either),
    "firstNonZero": Binary(lambda left, right: np.where(left != 0, left, right), ranges.either),
    "and": Binary(np.logical_and, ranges.boolean),
    "or": Binary(np.logical_or, ranges.boolean),
    "lt": Binary(np.less, ranges.boolean),
    "lte": Binary(np.less_equal, ranges.boolean),
    "gt": Binary(np.greater, ranges.boolean),
    "gte": Binary(np.greater_equal, ranges.boolean),
    "eq": Binary(np.equal, ranges.boolean),
    "neq": Binary(np.not_equal, ranges.boolean),
    "pow": Binary(np.power, ranges.floating),
    # The operands are x and y: the angle of the vector (1, 0) is 0, of (0, 1) half of pi.
    "atan2": Binary(lambda x, y: np.arctan2(y, x), ranges.floating),
    "hypot": Binary(np.hypot, ranges.floating),
    "gammainc": Binary(_gamma_share, ranges.floating),
    "bitwiseAnd": Binary(np.bitwise_and, ranges.bits, integral=True),
    "bitwiseOr": Binary(np.bitwise_or, ranges.bits, integral=True),
    "bitwiseXor": Binary(np.bitwise_xor, ranges.bits, integral=True),
    "leftShift": Binary(_shift(np.left_shift, np.right_shift), ranges.shift_range(1), integral=True),
    "rightShift": Binary(_shift(np.right_shift, np.left_shift), ranges.shift_range(-1), integral=True),
}
"""By the algorithm's name, without ``Image.``."""

UNARY: dict[str, Unary] = {
    "not": Unary(np.logical_not, ranges.boolean),
    "bitwiseNot": Unary(np.invert, ranges.complement, integral=True),
    "bitCount": Unary(_bit_count, lambda _: ranges.make_type("int", (0, 64)), integral=True),
    "abs": Unary(np.abs, ranges.magnitude),
    "signum": Unary(np.sign, lambda value: ranges.make_type(value.precision, (-1, 1))),
    "floor": Unary(np.floor, ranges.map_range(math.floor)),
    "ceil": Unary(np.ceil, ranges.map_range(math.ceil)),
    "round": Unary(_half_up, ranges.map_range(lambda value: math.floor(value + 0.5))),
    "sqrt": Unary(np.sqrt, ranges.floating),
    "cbrt": Unary(np.cbrt, ranges.floating),
    "exp": Unary(np.exp, ranges.floating),
    "log": Unary(np.log, ranges.floating),
    "log10": Unary(np.log10, ranges.floating),
    "sin": Unary(np.sin, ranges.within(-1, 1)),
    "cos": Unary(np.cos, ranges.within(-1, 1)),
    "tan": Unary(np.tan, ranges.floating),
    "asin": Unary(np.arcsin, ranges.within(-math.pi / 2, math.pi / 2)),
    "acos": Unary(np.arccos, ranges.within(0, math.pi)),
    "atan": Unary(np.arctan, ranges.within(-math.pi / 2, math.pi / 2)),
    "sinh": Unary(np.sinh, ranges.floating),
    "cosh": Unary(np.cosh, ranges.floating),
    "tanh": Unary(np.tanh, ranges.within(-1, 1)),
}
"""By the algorithm's name, without ``Image.``."""
