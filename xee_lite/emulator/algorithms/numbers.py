"""Numbers."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..images.operators import BINARY, UNARY
from ..values.text import plain, text_of
from ..values.type_names import Long

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..value import Value

Number = int | float

INT64 = np.iinfo(np.int64)
_ALWAYS_FLOAT = frozenset({"divide", "pow", "atan2", "hypot", "gammainc"})
_FORMAT = re.compile(r"([^%]*)%([-#+ 0,]*)(\d*)(\.\d+)?([sdoxXeEfgG])([^%]*)")
"""Java's printf patterns, without the rare ones: brackets for negatives, hexadecimal floats, characters."""


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _spellings(name: str) -> set[str]:
    """The algorithm's name, and the older one with underscores that the service still serves for some."""
    older = "first_nonzero" if name == "firstNonZero" else _snake(name)
    keeps_old = name.startswith("bitwise") or name in {"leftShift", "rightShift", "firstNonZero"}
    return {f"Number.{name}", f"Number.{older}"} if keeps_old else {f"Number.{name}"}


def _result(value: Value) -> Number:
    found = np.asarray(value).item()
    return int(found) if isinstance(found, bool) else found


def _binary(name: str) -> Callable[[Number, Number], Number]:
    operator = BINARY[name]

    def function(left: Number, right: Number) -> Number:
        if operator.integral:
            left, right = whole(left), whole(right)
        elif name in _ALWAYS_FLOAT or not (_fits(left) and _fits(right)):
            left, right = float(left), float(right)
        with np.errstate(all="ignore"):
            result = _result(operator.function(_scalar(left), _scalar(right)))
        return plain(result) if name == "pow" else result

    return function


def _unary(name: str) -> Callable[[Number], Number]:
    operator = UNARY[name]

    def function(value: Number) -> Number:
        with np.errstate(all="ignore"):
            result = _result(operator.function(_scalar(whole(value) if operator.integral else value)))
        return plain(result) if name in {"floor", "ceil", "round"} else result

    return function


def whole(value: Number) -> int:
    """A number as a 64-bit integer, as Java casts: without its fraction, within the range, NaN as 0."""
    if math.isnan(value):
        return 0
    return int(min(max(value, INT64.min), INT64.max))


def _fits(value: Number) -> bool:
    """Whether a number is an integer of 64 bits."""
    return isinstance(value, int) and INT64.min <= value <= INT64.max


def _scalar(value: Number) -> Value:
    return np.asarray(value if _fits(value) else float(value))


for _name in BINARY:
    algorithm(*_spellings(_name))(_binary(_name))
for _name in UNARY:
    algorithm(*_spellings(_name))(_unary(_name))


def _integer_cast(low: int, high: int) -> Callable[[Number], Long]:
    def cast(value: Number) -> Long:
        return Long(min(max(whole(value), low), high))

    return cast


_INTEGERS = {
    ("uint8", "byte"): (0, 255),
    ("int8",): (-128, 127),
    ("uint16",): (0, 65535),
    ("int16", "short"): (-32768, 32767),
    ("uint32",): (0, 2**32 - 1),
    ("int32", "int"): (-(2**31), 2**31 - 1),
    ("int64", "long"): (-(2**63), 2**63 - 1),
}
for _names, (_low, _high) in _INTEGERS.items():
    for _name in _names:
        algorithm(f"Number.{_name}", f"Number.to{_name.capitalize()}")(_integer_cast(_low, _high))


@algorithm("Number.float", "Number.toFloat")
def to_float(value: Number) -> float:
    with np.errstate(over="ignore"):
        return float(np.float32(value))


@algorithm("Number.double", "Number.toDouble")
def to_double(value: Number) -> float:
    return float(value)


@algorithm("Number.clamp")
def clamp(value: Number, low: float, high: float) -> Number:
    return min(max(value, low), high)


@algorithm("Number.unitScale")
def unit_scale(value: Number, low: float, high: float) -> float:
    return 0.0 if low == high else (value - low) / (high - low)


@algorithm("Number.parse")
def parse(text: str, radix: int) -> Number:
    where = "Number.parse"
    try:
        return int(text, radix)
    except ValueError as error:
        if radix != 10:
            raise EarthError(f"{where}: Cannot parse '{text}' as a number with radix {radix}.") from error
    try:
        return float(text)
    except ValueError as error:
        raise EarthError(f"{where}: Cannot parse '{text}' as a number.") from error


@algorithm("Number.format")
def format_(value: Number, pattern: str) -> str:
    where = "Number.format"
    match = _FORMAT.fullmatch(pattern)
    if match is None:
        raise EarthError(f"{where}: '{pattern}' is not a format such as '%.2f', '%05d' or '%s'.")
    before, flags, width, precision, conversion, after = match.groups(default="")
    if max(len(width), len(precision)) > 4:
        raise EarthError(f"{where}: The format '{pattern[:100]}' asks for more characters than a number needs.")
    number = plain(value)
    if conversion in "doxX" and not isinstance(number, int):
        raise EarthError(f"{where}: The format '{pattern}' needs an integer; found {text_of(value)}.")
    if conversion == "s":
        return before + text_of(value).rjust(int(width or 0)) + after
    return before + format(number, _python_spec(flags, width, precision, conversion)) + after


def _python_spec(flags: str, width: str, precision: str, conversion: str) -> str:
    """The format of Java's Formatter in Python's own words."""
    align = "<" if "-" in flags else ""
    sign = "+" if "+" in flags else " " if " " in flags else ""
    alternate = "#" if "#" in flags else ""
    zeros = "0" if "0" in flags else ""
    commas = "," if "," in flags else ""
    return f"{align}{sign}{alternate}{zeros}{width}{commas}{precision}{conversion}"
