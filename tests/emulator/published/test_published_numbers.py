"""What the samples of the reference print of numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import ee
import pytest

from tests.emulator.published.agreement import Info, Sample, agree, cases

if TYPE_CHECKING:
    from collections.abc import Callable


def with_x_and_y(text: str) -> Any:
    return ee.Number.expression(text, {"x": 5, "y": 10})


SAMPLES: dict[str, list[Sample]] = {
    "Number": [
        (lambda: ee.Number(1.0), 1),
        (lambda: ee.Number(1.2e-35), 1.2e-35),
        (lambda: ee.Number(3.4e10), 34_000_000_000),
        (lambda: ee.Number(2.3).abs(), 2.3),
        (lambda: ee.Number(-1).acos(), math.pi),
        (lambda: ee.Number(1).asin(), math.pi / 2),
        (lambda: ee.Number(-1e13).atan(), -math.pi / 2),
        (lambda: ee.Number(0).atan2(0), 0),
        (lambda: ee.Number(1).atan2(0), 0),
        (lambda: ee.Number(0).atan2(1), math.pi / 2),
        (lambda: ee.Number(-1).atan2(0), math.pi),
        (lambda: ee.Number(0).atan2(-1), -math.pi / 2),
        (lambda: ee.Number(27).cbrt(), 3),
        (lambda: ee.Number(2.1).ceil(), 3),
        (lambda: ee.Number(-2.9).ceil(), -2),
        (lambda: ee.Number(2.9).floor(), 2),
        (lambda: ee.Number(-2.1).floor(), -3),
        (lambda: ee.Number(10.4).round(), 10),
        (lambda: ee.Number(10.5).round(), 11),
        (lambda: ee.Number(10.9).round(), 11),
        (lambda: ee.Number(-5).signum(), -1),
        (lambda: ee.Number(0).signum(), 0),
        (lambda: ee.Number(5).cosh(), 74.209948524),
        (lambda: ee.Number(-1).cosh(), 1.543080634),
        (lambda: ee.Number(-5).tanh(), -0.999909204),
        (lambda: ee.Number(1).tanh(), 0.761594155),
        (lambda: ee.Number(3 * math.pi / 2).sin(), -1),
        (lambda: ee.Number(math.pi / 4).sin(), 0.707106781),
        (lambda: ee.Number(-1).exp(), 0.367879441),
        (lambda: ee.Number(2).exp(), 7.389056098),
        (lambda: ee.Number(math.exp(-1)).log(), -1),
        (lambda: ee.Number(100).sqrt(), 10),
        (lambda: ee.Number(5).pow(-2), 0.04),
        (lambda: ee.Number(5).pow(2.2), 34.493241536),
        (lambda: ee.Number(5.2).pow(2), 27.04),
        (lambda: ee.Number(-5).pow(2), 25),
        (lambda: ee.Number(-3).hypot(4), 5),
        (lambda: ee.Number(5).divide(10), 0.5),
        (lambda: ee.Number(5).divide(-10.2), -0.490196078),
        (lambda: ee.Number(-10.2).divide(-5), 2.04),
        (lambda: ee.Number(10).divide(0), 0),
        (lambda: ee.Number(12).mod(5), 2),
        (lambda: ee.Number(1).mod(-2), 1),
        (lambda: ee.Number(5.5).mod(2), 1.5),
        (lambda: ee.Number(-12).mod(5), -2),
        (lambda: ee.Number(-1).mod(2), -1),
        (lambda: ee.Number(-4).mod(2), 0),
        (lambda: ee.Number(259).clamp(0, 255), 255),
        (lambda: ee.Number(-259).clamp(0, 255), 0),
        (lambda: ee.Number(-10).unitScale(0, 100), -0.1),
        (lambda: ee.Number(5).lte(5), 1),
        (lambda: ee.Number(10).lte(5), 0),
        (lambda: ee.Number(5).And(10), 1),
        (lambda: ee.Number(5).And(0), 0),
        (lambda: ee.Number(5).Not(), 0),
        (lambda: ee.Number(0).Not(), 1),
        (lambda: ee.Number(1).first(2), 1),
        (lambda: ee.Number(0).firstNonZero(5), 5),
        (lambda: ee.Number(5).firstNonZero(0), 5),
    ],
    "Number, by bits": [
        (lambda: ee.Number(25).bitwiseAnd(21), 17),
        (lambda: ee.Number(25).bitwiseNot(), -26),
        (lambda: ee.Number(20).leftShift(2), 80),
        (lambda: ee.Number(20).rightShift(2), 5),
        (lambda: ee.Number(3).bitCount(), 2),
        (lambda: ee.Number(0xFFFF).bitCount(), 16),
        (lambda: ee.Number(-1).bitCount(), 64),
        (lambda: ee.Number(-1).toInt8().bitCount(), 64),
        (lambda: ee.Number(-2).bitCount(), 63),
    ],
    "Number, special functions": [
        (lambda: ee.Number(-1.5).digamma(), 0.703156637),
        (lambda: ee.Number(-1).digamma(), "-Infinity"),
        (lambda: ee.Number(0).digamma(), "-Infinity"),
        (lambda: ee.Number(0.5).digamma(), -1.963510028),
        (lambda: ee.Number(1).digamma(), -0.577215667),
        (lambda: ee.Number(100).digamma(), 4.600161852),
        (lambda: ee.Number(1e13).digamma(), 29.933606208),
        (lambda: ee.Number(-100).trigamma(), "Infinity"),
        (lambda: ee.Number(0.001).trigamma(), 1000001.642533195),
        (lambda: ee.Number(0.5).trigamma(), 4.9348022),
        (lambda: ee.Number(200).trigamma(), 0.00501252),
        (lambda: ee.Number(0.001).gamma(), 999.423772484),
        (lambda: ee.Number(0.5).gamma(), 1.77245385),
        (lambda: ee.Number(100).gamma(), 9.332621544e155),
        (lambda: ee.Number(200).gamma(), "Infinity"),
        (lambda: ee.Number(1).gammainc(1), 0.632120558),
        (lambda: ee.Number(10).gammainc(1), 0.9999546),
        (lambda: ee.Number(-1).gammainc(1), "NaN"),
        (lambda: ee.Number(10).gammainc(-1), "NaN"),
        (lambda: ee.Number(-0.001).erf(), -0.001128378),
        (lambda: ee.Number(10).erf(), 1),
        (lambda: ee.Number(-1).erfInv(), "-Infinity"),
        (lambda: ee.Number(0.001).erfInv(), 0.000886227),
    ],
    "Number, casts": [
        (lambda: ee.Number(32767 + 12345).short(), 32767),
        (lambda: ee.Number(-32768 - 12345).short(), -32768),
        (lambda: ee.Number(127 + 12345).int8(), 127),
        (lambda: ee.Number(-128 - 12345).int8(), -128),
        (lambda: ee.Number(255 + 12345).toByte(), 255),
    ],
    "Number, text": [
        (lambda: ee.Number(1).format("%03d"), "001"),
        (lambda: ee.Number(1.23476).format("%.1f"), "1.2"),
        (lambda: ee.Number(1.23476).format("%.3f"), "1.235"),
        (lambda: ee.Number(123476).format("%.3e"), "1.235e+05"),
        (lambda: ee.Number(123476).format("%.2f"), "123476.00"),
        (lambda: ee.Number.parse("10"), 10),
        (lambda: ee.Number.parse(ee.Feature(None, {"id": "1000"}).get("id")), 1000),
        (lambda: ee.Number.parse("0001"), 1),
        (lambda: ee.Number.parse("3E8", 16), 1000),
    ],
    "Number, expression": [
        (lambda: with_x_and_y("x + y"), 15),
        (lambda: with_x_and_y("x / y"), 0.5),
        (lambda: with_x_and_y("x ** y"), 9765625),
        (lambda: with_x_and_y("x % y"), 5),
        (lambda: with_x_and_y("x || y"), 1),
        (lambda: with_x_and_y("x && y"), 1),
        (lambda: with_x_and_y("!(x)"), 0),
        (lambda: with_x_and_y("x != y"), 1),
        (lambda: with_x_and_y("(x < y) ? 100 : 1000"), 100),
        (lambda: with_x_and_y("100 * (x + y)"), 1500),
        (lambda: ee.Number.expression("Math.PI", None), math.pi),
        (lambda: ee.Number.expression("Math.E", None), math.e),
        (lambda: ee.Number.expression("vals.x * vals.y", {"vals": {"x": 5, "y": 10}}), 50),
        (lambda: with_x_and_y("subtract(add(x, y), 5)"), 10),
    ],
}


@pytest.mark.parametrize(("sample", "expected"), cases(SAMPLES))
def test_numbers_print_what_the_reference_says(sample: Callable[[], Any], expected: Any, info: Info) -> None:
    found = info(sample())
    assert agree(found, expected), found
