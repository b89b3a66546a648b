"""Numbers, against Python's math."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import ee
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.evaluator.registry import REGISTRY

if TYPE_CHECKING:
    from tests.emulator.evaluating import Info

integers = st.integers(-(2**31), 2**31)
floats = st.floats(-1e6, 1e6)


@given(integers, integers)
def test_arithmetic_of_integers_stays_in_the_integers(left: int, right: int) -> None:
    for name, expected in {"add": left + right, "subtract": left - right, "multiply": left * right}.items():
        found = REGISTRY[f"Number.{name}"](left, right)
        assert found == expected
        assert isinstance(found, int)


@given(floats, floats)
def test_division_is_exact_and_0_for_0(left: float, right: float) -> None:
    assert REGISTRY["Number.divide"](left, right) == (left / right if right else 0)


@given(integers, integers)
def test_comparisons_give_0_or_1(left: int, right: int) -> None:
    expected = {"lt": left < right, "lte": left <= right, "gt": left > right, "eq": left == right, "neq": left != right}
    for name, truth in expected.items():
        assert REGISTRY[f"Number.{name}"](left, right) == int(truth)


@given(st.integers(0, 2**31), st.integers(0, 2**31))
def test_bits(left: int, right: int) -> None:
    assert REGISTRY["Number.bitwiseAnd"](left, right) == left & right
    assert REGISTRY["Number.bitwise_or"](left, right) == left | right
    assert REGISTRY["Number.bitwiseXor"](left, right) == left ^ right
    assert REGISTRY["Number.bitwiseNot"](left) == ~left
    assert REGISTRY["Number.bitCount"](left) == left.bit_count()
    assert REGISTRY["Number.leftShift"](left, 3) == left << 3
    assert REGISTRY["Number.rightShift"](left, 3) == left >> 3


@given(st.floats(0, 100))
def test_the_incomplete_gamma_function_has_closed_forms(x: float) -> None:
    gammainc = REGISTRY["Number.gammainc"]
    assert gammainc(x, 0.5) == pytest.approx(math.erf(math.sqrt(x)), abs=1e-12)
    for a in (1, 7, 30):
        terms = math.fsum(x**k / math.factorial(k) for k in range(a))
        assert gammainc(x, a) == pytest.approx(1 - math.exp(-x) * terms, abs=1e-12)


@given(st.floats(0.01, 100))
def test_functions(value: float) -> None:
    for name in (
        "sqrt",
        "exp",
        "log",
        "log10",
        "sin",
        "cos",
        "tan",
        "atan",
        "sinh",
        "cosh",
        "tanh",
        "cbrt",
        "erf",
        "gamma",
    ):
        assert REGISTRY[f"Number.{name}"](value) == pytest.approx(getattr(math, name)(value), rel=1e-12)


def test_rounding(info: Info) -> None:
    assert [info(ee.Number(v).round()) for v in (0.5, 1.5, -0.5, 2.4)] == [1, 2, 0, 2]
    assert info(ee.Number(-2.5).floor()) == -3
    assert info(ee.Number(-2.5).ceil()) == -2
    assert info(ee.Number(-2.7).int()) == -2
    assert info(ee.Number(-7).mod(3)) == -1


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("toUint8", 300, 255),
        ("toUint8", -5, 0),
        ("toInt8", -300, -128),
        ("toByte", 3.9, 3),
        ("toInt16", 40000, 32767),
        ("toUint16", 70000, 65535),
        ("toUint32", -1, 0),
        ("toInt32", 2**40, 2**31 - 1),
        ("toInt64", 2**40, 2**40),
        ("toFloat", 0.1, 0.10000000149011612),
        ("toDouble", 1, 1.0),
    ],
)
def test_casts_clamp(info: Info, name: str, value: float, expected: float) -> None:
    assert info(getattr(ee.Number(value), name)()) == expected


def test_scaling(info: Info) -> None:
    assert info(ee.Number(15).clamp(0, 10)) == 10
    assert info(ee.Number(15).unitScale(10, 20)) == 0.5
    assert info(ee.Number(15).unitScale(10, 10)) == 0


def test_angles_take_x_before_y(info: Info) -> None:
    assert info(ee.Number(0).atan2(1)) == pytest.approx(math.pi / 2)


def test_a_number_that_json_has_not_is_text(info: Info) -> None:
    assert info(ee.Number(-1).sqrt()) == "NaN"
    assert info(ee.Number(0).log()) == "-Infinity"


@pytest.mark.parametrize(
    ("value", "pattern", "expected"),
    [
        (3.14159, "%.2f", "3.14"),
        (42, "%05d", "00042"),
        (42.0, "%d", "42"),
        (42, "%s", "42"),
        (2.5, "v%s!", "v2.5!"),
        (1234567, "%,d", "1,234,567"),
        (255, "%x", "ff"),
        (5, "%+d", "+5"),
        (7, "%-3d|", "7  |"),
        (1234.5, "%.1e", "1.2e+03"),
    ],
)
def test_formats(info: Info, value: float, pattern: str, expected: str) -> None:
    assert info(ee.Number(value).format(pattern)) == expected


@pytest.mark.parametrize("pattern", ["", "abc", "%d %d", "%q", "%"])
def test_a_pattern_that_is_none_is_refused(info: Info, pattern: str) -> None:
    with pytest.raises(EarthError, match="is not a format"):
        info(ee.Number(1).format(pattern))


def test_a_fraction_in_an_integer_format_is_refused(info: Info) -> None:
    with pytest.raises(EarthError, match=r"The format '%d' needs an integer; found 1\.5"):
        info(ee.Number(1.5).format("%d"))


def test_parsing(info: Info) -> None:
    assert info(ee.Number.parse("12")) == 12
    assert info(ee.Number.parse("-1.5e3")) == -1500
    assert info(ee.Number.parse("ff", 16)) == 255
    with pytest.raises(EarthError, match="Cannot parse 'x' as a number"):
        info(ee.Number.parse("x"))
    with pytest.raises(EarthError, match="Cannot parse '9' as a number with radix 8"):
        info(ee.Number.parse("9", 8))
