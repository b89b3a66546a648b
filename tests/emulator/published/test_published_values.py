"""What the samples of the reference print of numbers, texts, lists, arrays, dates, kernels and their like.

Numbers agree to a millionth, or, where the sample has been rounded further, to its last digit.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import ee
import pytest

from tests.emulator.published.agreement import Info, Sample, agree

if TYPE_CHECKING:
    from collections.abc import Callable

THIRD_DIGIT = 1e-3


def empty() -> Any:
    return ee.Array([], ee.PixelType.int8())


def with_x_and_y(text: str) -> Any:
    return ee.Number.expression(text, {"x": 5, "y": 10})


def dated() -> Any:
    dates = {"2021-06-10": 10, "2021-06-20": 11, "2021-07-10": 19, "2021-07-20": 10}
    return ee.FeatureCollection(
        [ee.Feature(None, {"prop": value, "system:time_start": ee.Date(date)}) for date, value in dates.items()]
    )


def shapes() -> Any:
    return ee.FeatureCollection(
        [
            ee.Feature(ee.Geometry.Rectangle([0, 0, 1, 1]), {"x": 0}),
            ee.Feature(ee.Geometry.Rectangle([0, 0, 3, 3]), {"x": "foo"}),
            ee.Feature(ee.Geometry.Point(0, 0)),
        ]
    )


def pixel_type(precision: str, value: float) -> dict[str, Any]:
    return {"type": "PixelType", "precision": precision, "min": value, "max": value}


def projection(crs: str) -> dict[str, Any]:
    return {"type": "Projection", "crs": crs, "transform": [1, 0, 0, 0, 1, 0]}


SAMPLES: dict[str, list[Sample]] = {
    "Algorithms": [
        (lambda: ee.Algorithms.If(condition=False, trueCase="*true*", falseCase="*false*"), "*false*"),
        (lambda: ee.Algorithms.If(condition=True, trueCase="*true*", falseCase="*false*"), "*true*"),
        (lambda: ee.Algorithms.ObjectType(ee.Number(1)), "Integer"),
        (lambda: ee.Algorithms.ObjectType(ee.String("a string")), "String"),
        (lambda: ee.Algorithms.ObjectType(ee.List([1, "a string"])), "List"),
        (lambda: ee.Algorithms.ObjectType(ee.Feature(None, {"int": 42}).get("int")), "Integer"),
    ],
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
    "String": [
        (lambda: ee.String("🧲⚡️👀"), "🧲⚡️👀"),
        (lambda: ee.String("").length(), 0),
        (lambda: ee.String("abc123").length(), 6),
        (lambda: ee.String("cat").cat(" bird"), "cat bird"),
        (lambda: ee.String("a").compareTo("b"), -1),
        (lambda: ee.String("b").compareTo("a"), 1),
        (lambda: ee.String("Abies grandis").equals("abies grandis"), False),
        (lambda: ee.String("abc123").index(""), 0),
        (lambda: ee.String("abc123").index("c1"), 2),
        (lambda: ee.String("abc123").index("ZZ"), -1),
        (lambda: ee.String("aBc-Abc").rindex("A"), 4),
        (lambda: ee.String("aBc-Abc").rindex("Z"), -1),
        (lambda: ee.String("aBc-Abc").rindex(""), 7),
        (lambda: ee.String("").slice(-1), ""),
        (lambda: ee.String("uvwxyz").slice(-3), "xyz"),
        (lambda: ee.String("uvwxyz").slice(3, 3), ""),
        (lambda: ee.String("uvwxyz").slice(-4, 5), "wxy"),
        (lambda: ee.String("\t\n\r abc\t\n\r ").trim(), "abc"),
        (lambda: ee.String(" a\t\n\r b ").trim(), "a\t\n\r b"),
        (lambda: ee.String("AaBbCc123").toUpperCase(), "AABBCC123"),
        (lambda: ee.String("abc-abc").replace("abc", "X"), "X-abc"),
        (lambda: ee.String("abc-abc").replace("abc", "", "g"), "-"),
        (lambda: ee.String("aBc-Abc").replace("abc", "Z", "i"), "Z-Abc"),
        (lambda: ee.String("aBc-Abc").replace("abc", "Z", "ig"), "Z-Z"),
        (lambda: ee.String("ABCabc123").match(""), [""]),
        (lambda: ee.String("ABCabc123").match("ab", "g"), ["ab"]),
        (lambda: ee.String("ABCabc123").match("AB", "ig"), ["AB", "ab"]),
        (lambda: ee.String("ABCabc123").match("[a-z]+[0-9]+"), ["abc123"]),
        (lambda: ee.String("ABCabc123").match("\\d{2}"), ["12"]),
        (lambda: ee.String("ABCabc123").match("abc[^0-9]", "i"), ["ABCa"]),
        (lambda: ee.String('{"a": "abc", "b": 1}').decodeJSON(), {"a": "abc", "b": 1}),
        (lambda: ee.String.encodeJSON("earth"), '"earth"'),
        (lambda: ee.String.encodeJSON(ee.Number(1)), "1"),
        (lambda: ee.String.encodeJSON(ee.List([1, 2, 3])), "[1,2,3]"),
        (
            lambda: ee.String.encodeJSON(ee.Dictionary({"lc_name": "grassland", "lc_class": 3})),
            '{"lc_class":3,"lc_name":"grassland"}',
        ),
    ],
    "String, split": [
        (lambda: ee.String("aBAbcD").split("Ab"), ["aB", "cD"]),
        (lambda: ee.String("aBAbcD").split("ab", "i"), ["", "", "cD"]),
        (lambda: ee.String("aBAbcD").split("[bc]", "i"), ["a", "A", "", "D"]),
        (lambda: ee.String("aBAbcD").split("(BA|c)"), ["a", "b", "D"]),
        (lambda: ee.String("a,b,cdee f,g").split(""), list("a,b,cdee f,g")),
        (lambda: ee.String("a,b,cdee f,g").split("[[:space:]]"), ["a,b,cdee", "f,g"]),
        (lambda: ee.String("a,b,cdee f,g").split("ee"), ["a,b,cd", " f,g"]),
        (lambda: ee.String("a,b,cdee f,g").split("[a-z]"), ["", ",", ",", "", "", "", " ", ","]),
        (lambda: ee.String("a,b,cdee f,g").split("[^a-z]"), ["a", "b", "cdee", "f", "g"]),
        (lambda: ee.String("a.b*c?d").split("\\."), ["a", "b*c?d"]),
        (lambda: ee.String("a.b*c?d").split("[*]"), ["a.b", "c?d"]),
    ],
    "List": [
        (lambda: ee.List([None]), [None]),
        (lambda: ee.List([[], [[]], [1, [], "a"]]), [[], [[]], [1, [], "a"]]),
        (lambda: ee.List(["a"]).add(True), ["a", True]),
        (lambda: ee.List(["a"]).add(["b"]), ["a", ["b"]]),
        (lambda: ee.List(["a"]).add(ee.Dictionary()), ["a", {}]),
        (lambda: ee.List([["a", "b"]]).cat([["1", 1]]), [["a", "b"], ["1", 1]]),
        (lambda: ee.List([]).cat([2]), [2]),
        (lambda: ee.List([5, 10, 15, 20, 25, 30]).get(-2), 25),
        (lambda: ee.List([0, 1, 2, 2, 3, 4]).frequency(2), 2),
        (lambda: ee.List([0, 1, 2, 2, 3, 4]).frequency(9), 0),
        (lambda: ee.List([0, 1, 2, 3, 4]).splice(2, 1), [0, 1, 3, 4]),
        (lambda: ee.List([0, 1, 2, 3, 4]).splice(-2, 1), [0, 1, 2, 4]),
        (lambda: ee.List([0, 1, 2, 3, 4]).splice(2, 0, ["X", "Y", "Z"]), [0, 1, "X", "Y", "Z", 2, 3, 4]),
        (lambda: ee.List([0, 1, 2, 3, 4]).splice(2, 3, ["X", "Y", "Z"]), [0, 1, "X", "Y", "Z"]),
        (lambda: ee.List([1, 2, 3, None, 6, 7]).filter(ee.Filter.gt("item", 4)), [6, 7]),
        (lambda: ee.List([1, 2, 3, None, 6, 7]).filter(ee.Filter.notNull(["item"])), [1, 2, 3, 6, 7]),
        (lambda: ee.List([1, 2, 3, None, 6, 7]).filter(ee.Filter.inList("item", [1, 98, 99])), [1]),
        (lambda: ee.List.sequence(0, 5), [0, 1, 2, 3, 4, 5]),
        (lambda: ee.List.sequence(0, None, -2, 6), [0, -2, -4, -6, -8, -10]),
        (lambda: ee.List.sequence(0, 10, 2, 999).length(), 999),
        (lambda: ee.List.sequence(0, 10, 2, 3), [0, 5, 10]),
        (lambda: ee.List.sequence(start=10, count=3), [10, 11, 12]),
        (lambda: ee.List.sequence(start=3, step=2, end=6), [3, 5]),
        (lambda: ee.List.sequence(start=-1e9, end=1e9, count=3), [-1_000_000_000, 0, 1_000_000_000]),
    ],
    "Dictionary": [
        (lambda: ee.Dictionary(["B1", 182, "B2", 219]), {"B1": 182, "B2": 219}),
        (lambda: ee.Dictionary({"A": ee.Array([182, 219])}).getArray("A"), [182, 219]),
        (lambda: ee.Dictionary({"B1": 182, "B2": 219, "B3": 443}).select(["B[1-2]"]), {"B1": 182, "B2": 219}),
        (lambda: ee.Dictionary({"B1": 182}).select(["B1", "Region"], ignoreMissing=True), {"B1": 182}),
        (lambda: ee.Dictionary({"B1": 182, "B3": 443}).set("B3", -9999), {"B1": 182, "B3": -9999}),
        (lambda: ee.Dictionary({"B1": 182}).combine({"B1": -9999, "x": 1}, overwrite=False), {"B1": 182, "x": 1}),
        (lambda: ee.Dictionary({"B1": 182}).combine({"B1": -9999}, overwrite=True), {"B1": -9999}),
    ],
    "Array": [
        (lambda: ee.Array([[], []], ee.PixelType.float()), [[], []]),
        (lambda: ee.Array(ee.List.sequence(0, 10, 2)), [0, 2, 4, 6, 8, 10]),
        (lambda: ee.Array([[-3.1, -2], [-1, 0]]).abs(), [[3.1, 2], [1, 0]]),
        (lambda: ee.Array([[1, 3], [5, 7]]).accum(0), [[1, 3], [6, 10]]),
        (lambda: ee.Array([[1, 3], [5, 7]]).accum(1), [[1, 4], [5, 12]]),
        (lambda: ee.Array([2, -2, 3, 1]).accum(0, ee.Reducer.max()), [2, 2, 3, 3]),
        (lambda: ee.Array([2, -2, 3, 1]).accum(0, ee.Reducer.mean()), [2, 0, 1, 1]),
        (lambda: ee.Array([2, -2, 3]).accum(0, ee.Reducer.product()), [2, -4, -12]),
        (lambda: ee.Array([-1]).acos(), [math.pi]),
        (lambda: ee.Array([1, 1]).And([-2, 2]), [1, 1]),
        (lambda: ee.Array([1, 1]).And(ee.Array([0.0, 2.0], ee.PixelType.double())), [0, 1]),
        (lambda: empty().argmax(), None),
        (lambda: ee.Array([0, -1, 2, 1]).argmax(), [2]),
        (lambda: ee.Array([[3, 4, 2], [6, 5, 7]]).argmax(), [1, 2]),
        (lambda: ee.Array([1, 1, 1, 9, 9, 9]).argmax(), [3]),
        (lambda: ee.Array([0, 1, 8, 27]).cbrt(), [0, 1, 2, 3]),
        (lambda: ee.Array([-0.1]).ceil(), [0]),
        (lambda: ee.Array(1).digamma(), pytest.approx(-0.577, abs=THIRD_DIGIT)),
        (lambda: ee.Array(0).digamma(), "-Infinity"),
        (lambda: ee.Array(2).divide(0), 0),
        (lambda: ee.Array(2).divide([1]), [2]),
        (lambda: ee.Array([3, 4]).divide(2), [1.5, 2]),
        (lambda: ee.Array([3, 4]).divide([2, 4]), [1.5, 1]),
        (lambda: ee.Array([1.5, 2.5]).dotProduct([3, 4]), 14.5),
        (lambda: ee.Array([-6]).erf(), [-1]),
        (lambda: ee.Array([0.1]).erfcInv(), pytest.approx([1.163], abs=THIRD_DIGIT)),
        (lambda: ee.Array([1.9]).erfcInv(), pytest.approx([-1.163], abs=THIRD_DIGIT)),
        (lambda: ee.Array([0, 1, 2]).first(1), [0, 1, 2]),
        (lambda: ee.Array([-1, 0, 1]).firstNonZero([2, -1, 2]), [-1, -1, 1]),
        (lambda: empty().firstNonZero(empty()), []),
        (lambda: ee.Array([[0, 1, 2], [3, 4, 5]]).get([1, 2]), 5),
        (lambda: ee.Array.identity(0), []),
        (lambda: ee.Array.identity(2), [[1, 0], [0, 1]]),
        (lambda: ee.Array([0.1, 1, 10, 100]).log10(), [-1, 0, 1, 2]),
        (lambda: ee.Array([0, -3, 5, 3]).max([0, -1, 2, 4]), [0, -1, 5, 4]),
        (lambda: ee.Array([-1, -7, -8, -9]).mod([8, 8, 8, 8]), [-1, -7, 0, -1]),
        (lambda: ee.Array([8, 8, 8, 8]).mod([-1, -7, -8, -9]), [0, 1, 0, 8]),
        (lambda: ee.Array([2.5]).mod([1.2]), [0.1]),
        (lambda: ee.Array([-1, -0.1, 0, 0.1, 1]).Not(), [0, 0, 1, 0, 0]),
        (lambda: ee.Array([-2, -2, -2, -2]).pow([-2, -1, 0, 3]), [0.25, -0.5, 1, -8]),
        (lambda: ee.Array([0, 0, 0, 0]).pow([-2, -1, 0, 1]), ["Infinity", "Infinity", 1, 0]),
        (lambda: ee.Array([10, 10], ee.PixelType.int32()).pow([-2, 3]), [0.009999999776482582, 1000]),
        (lambda: ee.Array([-1, 0, 1]).subtract([-5, 6, 7]), [4, -6, -6]),
        (lambda: empty().subtract(empty()), []),
    ],
    "Array, by bits": [
        (lambda: empty().bitCount(), []),
        (lambda: ee.Array([[0, 1], [6, 13]]).bitCount(), [[0, 1], [2, 3]]),
        (lambda: ee.Array([-1], ee.PixelType.int8()).bitCount(), [64]),
        (lambda: ee.Array.bitsToArray(0), [0]),
        (lambda: ee.Array.bitsToArray(5), [1, 0, 1]),
        (lambda: ee.Array.bitsToArray(0xFF), [1] * 8),
        (lambda: ee.Array.bitsToArray(-1), [1] * 64),
        (lambda: ee.Array(0xFF).bitwise_not(), -256),
        (lambda: ee.Array(-3).bitwise_not(), 2),
        (lambda: ee.Array(0xFF).toInt64().bitwise_not(), -256),
        (lambda: ee.Array(-1).bitwise_and(ee.Array(0xFF)), 255),
        (lambda: ee.Array([6, 6]).bitwise_and(ee.Array([1, 11])), [0, 2]),
        (lambda: ee.Array(0x00FF).bitwise_xor(ee.Array(0xFF00)), 65535),
        (lambda: ee.Array([1, 2, 3]).bitwise_xor(ee.Array([5, 8, 16])), [4, 10, 19]),
    ],
    "Array, casts": [
        (lambda: ee.Array([-1]).byte(), [0]),
        (lambda: ee.Array([256]).byte(), [255]),
        (lambda: ee.Array([-0.1, 0.1, 0.5, 127.1, 255.1, 255.9]).byte(), [0, 0, 1, 127, 255, 255]),
        (lambda: ee.Array([[], []], ee.PixelType.float()).byte(), [[], []]),
        (lambda: ee.Array([1.1]).float().eq([1.1]), [0]),
        (lambda: ee.Array([1.1]).double().eq([1.1]), [1]),
        (lambda: ee.Array([1]).int8().eq(ee.Array([1]).int32()), [1]),
    ],
    "Array, shapes": [
        (lambda: ee.Array.cat([empty(), [1]]), [1]),
        (lambda: ee.Array.cat([[1], [2]], 1), [[1, 2]]),
        (lambda: ee.Array.cat([[0, 1, 2], [3, 4, 5]], 1), [[0, 3], [1, 4], [2, 5]]),
        (lambda: ee.Array.cat([[[0], [1]], [[3], [4]]]), [[0], [1], [3], [4]]),
        (lambda: ee.Array.cat([[[0], [1], [2]], [[3], [4], [5]]], 2), [[[0, 3]], [[1, 4]], [[2, 5]]]),
        (lambda: ee.Array([9]).cut([-1]), [9]),
        (lambda: ee.Array([0, 1, 2]).cut([2]), [2]),
        (lambda: ee.Array([[0, 1, 2], [3, 4, 5]]).cut([-1, 0]), [[0], [3]]),
        (lambda: ee.Array([[0, 1, 2], [3, 4, 5]]).cut([1, -1]), [[3, 4, 5]]),
        (lambda: ee.Array([1]).mask([0]), []),
        (lambda: ee.Array([0, 1, 2, 3]).mask([0, 4, -1, 1.2]), [1, 2, 3]),
        (lambda: ee.Array([[1, 2, 3, 4]]).mask([[0, 0, 0, 0]]), [[]]),
        (lambda: ee.Array([[1, 2, 3, 4]]).mask([[1, 0, 1, 1]]), [[1, 3, 4]]),
        (lambda: ee.Array([[1], [2], [3], [4]]).mask([[0], [0], [0], [0]]), []),
        (lambda: ee.Array([[1], [2], [3], [4]]).mask([[1], [0], [1], [1]]), [[1], [3], [4]]),
        (lambda: ee.Array([1, 2, 3, 4, 5, 6]).slice(0, 0, 10, 1), [1, 2, 3, 4, 5, 6]),
        (lambda: ee.Array([1, 2, 3, 4, 5, 6]).slice(0, 6), []),
        (lambda: ee.Array([1, 2, 3, 4, 5, 6]).slice(0, 0, -3), [1, 2, 3]),
        (lambda: ee.Array([1, 2, 3, 4, 5, 6]).slice(0, -2, 6), [5, 6]),
        (lambda: ee.Array([1, 2, 3, 4, 5, 6]).slice(0, 0, 6, 4), [1, 5]),
        (lambda: ee.Array([[1, 2], [3, 4], [5, 6]]).slice(0, 1, 3, 2), [[3, 4]]),
        (lambda: ee.Array([[1, 2], [3, 4], [5, 6]]).slice(1, 1), [[2], [4], [6]]),
        (lambda: empty().slice(0, 0, 0, 1), []),
    ],
    "Array, eigen": [
        (lambda: ee.Array([[0, 0], [0, 1]]).eigen(), [[1, 0, 1], [0, 1, 0]]),
        (lambda: ee.Array([[1, 0], [0, 0]]).eigen(), [[1, 1, 0], [0, 0, 1]]),
        (lambda: ee.Array([[1, 0], [0, 1]]).eigen(), [[1, 1, 0], [1, 0, 1]]),
        (lambda: ee.Array([[2, 0, 0], [0, 3, 0], [0, 0, 4]]).eigen(), [[4, 0, 0, 1], [3, 0, 1, 0], [2, 1, 0, 0]]),
        (
            lambda: ee.Array([[1, 1], [1, 1]]).eigen(),
            [[2, math.sqrt(0.5), math.sqrt(0.5)], [0, math.sqrt(0.5), -math.sqrt(0.5)]],
        ),
    ],
    "Date": [
        (lambda: ee.Date(0).format(), "1970-01-01T00:00:00"),
        (lambda: ee.Date(60 * 1000).format(), "1970-01-01T00:01:00"),
        (lambda: ee.Date("2020").format(), "2020-01-01T00:00:00"),
        (lambda: ee.Date("2017-6-24").format(), "2017-06-24T00:00:00"),
        (lambda: ee.Date("2017-6-24T00:14:46").format(), "2017-06-24T00:14:46"),
        (lambda: ee.Date("2021-4-30T07:15:31").get("minute"), 15),
        (lambda: ee.Date("2020-01-15").difference("2020-01-01", "days"), 14),
        (lambda: ee.Date("2020-01-01").difference("2020-01-15", "weeks"), -2),
        (lambda: ee.Date("2021-4-30T07:15:31.24").getRelative("year", "month"), 0),
        (lambda: ee.Date("2021-4-30T07:15:31.24").getRelative("day", "month"), 29),
        (lambda: ee.Date.unitRatio("day", "minute"), 1440),
        (lambda: ee.Date.unitRatio("week", "hour"), 168),
        (lambda: ee.Date.parse("YYYY MM dd", "2021 4 30").format("YYYY-MM-dd"), "2021-04-30"),
        (lambda: ee.Date.parse("YYYY-MM-dd", "2021-4-30").format("YYYY-MM-dd"), "2021-04-30"),
        (lambda: ee.Date.parse("YYYY/MM/dd", "2021/4/30").format("YYYY-MM-dd"), "2021-04-30"),
        (lambda: ee.Date.parse("YYYY-MM-dd HH:mm:ss", "2021-4-30 00:00:00").format("YYYY-MM-dd"), "2021-04-30"),
        (lambda: ee.Date.parse("MM/dd/YY", "4/30/21").format("YYYY-MM-dd"), "2021-04-30"),
        (lambda: ee.Date.parse("MMM. dd, YYYY", "Apr. 30, 2021").format("YYYY-MM-dd"), "2021-04-30"),
        (lambda: ee.DateRange("2017-06-24", "2017-07-24").contains(ee.DateRange("2017-06-30", "2017-07-10")), True),
        (lambda: ee.DateRange("2017-07-24", "2017-06-24").isEmpty(), True),
        (
            lambda: ee.DateRange("2017-06-24"),
            {"type": "DateRange", "dates": [1498262400000, 1498262400001]},
        ),
    ],
    "Date, time zones": [
        (lambda: ee.Date("2020-08-18").format(None, "GMT"), "2020-08-18T00:00:00"),
        (lambda: ee.Date("2020-08-18").format(None, "Etc/GMT+0"), "2020-08-18T00:00:00"),
        (lambda: ee.Date("2020-08-18").format(None, "Zulu"), "2020-08-18T00:00:00"),
        (lambda: ee.Date("2020-08-18").format(None, "America/Los_Angeles"), "2020-08-17T17:00:00"),
        (lambda: ee.Date("2020-08-18").format(None, "US/Pacific"), "2020-08-17T17:00:00"),
        (lambda: ee.Date("2020-08-18").format(None, "PST8PDT"), "2020-08-17T17:00:00"),
        (lambda: ee.Date("2020-08-18").format(None, "Australia/Tasmania"), "2020-08-18T10:00:00"),
        (lambda: ee.Date("2020-08-18").format(None, "Etc/GMT-10"), "2020-08-18T10:00:00"),
    ],
    "Filter": [
        (lambda: dated().filter(ee.Filter.date("2021-07-01", "2021-08-01")).aggregate_array("prop"), [19, 10]),
        (lambda: dated().filter(ee.Filter.date(1625875200000, 1626739200001)).aggregate_array("prop"), [19, 10]),
        (lambda: shapes().filter(ee.Filter.hasType(".geo", "Point")).size(), 1),
        (lambda: shapes().filter(ee.Filter.hasType(".geo", "Polygon")).size(), 2),
        (lambda: shapes().filter(ee.Filter.hasType("x", "Number")).aggregate_array("x"), [0]),
        (lambda: shapes().filter(ee.Filter.hasType("x", "String")).aggregate_array("x"), ["foo"]),
    ],
    "Feature": [
        (lambda: ee.Feature(None), {"type": "Feature", "geometry": None, "properties": {}}),
        (lambda: ee.Feature(None, {"id": "yada"}).id(), None),
        (lambda: ee.Feature(None, {"system:index": "abc123"}).id(), "abc123"),
    ],
    "Image": [
        (lambda: ee.Image.constant(1).bandTypes(), {"constant": pixel_type("int", 1)}),
        (lambda: ee.Image(math.pi).bandTypes(), {"constant": pixel_type("double", math.pi)}),
        (lambda: ee.Image.constant([-1.2, 4]).bandTypes().get("constant_1"), pixel_type("int", 4)),
        (lambda: ee.Image(math.pi).projection(), projection("EPSG:4326")),
        (lambda: ee.Image.constant([-1.2, 4]).bandNames(), ["constant_0", "constant_1"]),
        (lambda: ee.Image([0xFF, 0x88, 0x00]).bandNames(), ["constant", "constant_1", "constant_2"]),
    ],
    "PixelType": [
        (lambda: ee.PixelType("int", -20, -10), {"type": "PixelType", "precision": "int", "min": -20, "max": -10}),
        (lambda: ee.PixelType("double"), {"type": "PixelType", "precision": "double"}),
        (
            lambda: ee.PixelType("double", 1, 3, 2),
            {"type": "PixelType", "precision": "double", "min": 1, "max": 3, "dimensions": 2},
        ),
        (lambda: ee.PixelType("double", None, None, 1e8).dimensions(), 100_000_000),
        (lambda: ee.PixelType("double", None, 2.3, 0), {"type": "PixelType", "precision": "double"}),
        (lambda: ee.PixelType("double", 3.4, None, 0), {"type": "PixelType", "precision": "double"}),
    ],
    "Projection": [
        (
            lambda: ee.Projection("EPSG:3857"),
            projection("EPSG:3857"),
        ),
    ],
    "Reducer": [
        (lambda: ee.List([]).reduce(ee.Reducer.count()), 0),
        (lambda: ee.List([1, None, 3]).reduce(ee.Reducer.count()), 2),
        (lambda: ee.List([1, "", 3]).reduce(ee.Reducer.count()), 3),
        (lambda: ee.Array([1, 0, 3]).reduce(ee.Reducer.count(), [0]), [3]),
        (lambda: ee.Array([[1, 0, 3], [1, 2, 3]]).reduce(ee.Reducer.count(), [0]), [[2, 2, 2]]),
        (lambda: ee.Array([[1, 0, 3], [1, 2, 3]]).reduce(ee.Reducer.count(), [1]), [[3], [3]]),
        (lambda: ee.Array([[1, 0, 3], [1, 2, 3]]).reduce(ee.Reducer.count(), [1, 0]), [[6]]),
    ],
}

DISAGREEMENTS: list[tuple[Callable[[], Any], Any, str]] = [
    (
        lambda: ee.Algorithms.ObjectType(ee.Feature(None, {"n": ee.Number(-3).int8()}).get("n")),
        "Long",
        "a number does not remember what it was cast to",
    ),
    (
        lambda: ee.List(["a"]).add(ee.ImageCollection([])),
        ["a", {"type": "ImageCollection", "bands": []}],
        "a collection without elements has an empty list of them",
    ),
    (
        lambda: ee.Array([[0, 0], [0, 0]]).eigen(),
        [[0, 0, 1], [0, 1, 0]],
        "the order of equal eigenvalues is the library's",
    ),
    (
        lambda: ee.Array([[0, 1], [1, 1]]).eigen(),
        [pytest.approx([1.62, -0.53, -0.85], abs=5e-3), pytest.approx([-0.62, -0.85, 0.53], abs=5e-3)],
        "the sign of an eigenvector is the library's",
    ),
    (
        lambda: ee.Date("1975-07-23T21:13:59").format("zzzz"),
        "Coordinated Universal Time",
        "no list of the long names of time zones",
    ),
    (
        lambda: ee.Date("1975-07-23T21:13:59").format("zzzz", "PST8PDT"),
        "Pacific Daylight Time",
        "no list of the long names of time zones",
    ),
]
"""What comes out otherwise here, and why."""

FORMATS = {
    "YYYY GG": "1975 AD",
    "CC YY": "19 75",
    "xxxx ww": "1975 30",
    "yy DDD": "75 204",
    "MM dd": "07 23",
    "e E": "3 Wed",
    "e EEEEEEEE": "3 Wednesday",
    "a K h": "PM 9 9",
    "a KK hh": "PM 09 09",
    "H k m s S": "21 21 13 59 0",
    "HH kk mm ss SS": "21 21 13 59 00",
    "z": "UTC",
    "Z": "+0000",
    "ZZ": "+00:00",
    "ZZZ": "UTC",
    "YY 'yada' MM": "75 yada 07",
    "YY ''MM'' dd": "75 '07' 23",
}
"""Of 1975-07-23T21:13:59."""
FORMATS_IN_PST8PDT = {
    "z": "PDT",
    "Z": "-0700",
    "ZZ": "-07:00",
    "ZZZ": "PST8PDT",
}

PLUS = [[0.0 if 3 not in (row, column) else 0.076 for column in range(7)] for row in range(7)]
CROSS = [[0.0 if row not in (column, 6 - column) else 0.076 for column in range(7)] for row in range(7)]
DIAMOND = [[0.04 if abs(row - 3) + abs(column - 3) <= 3 else 0.0 for column in range(7)] for row in range(7)]
CIRCLE = [[0.034 if math.hypot(row - 3, column - 3) <= 3 else 0.0 for column in range(7)] for row in range(7)]
OCTAGON = [[0.027 if abs(row - 3) + abs(column - 3) <= 4 else 0.0 for column in range(7)] for row in range(7)]
KERNELS: list[tuple[Callable[[], Any], list[list[float]]]] = [
    (lambda: ee.Kernel.square(3), [[0.02] * 7] * 7),
    (lambda: ee.Kernel.plus(3), PLUS),
    (lambda: ee.Kernel.cross(3), CROSS),
    (lambda: ee.Kernel.diamond(3), DIAMOND),
    (lambda: ee.Kernel.circle(3), CIRCLE),
    (lambda: ee.Kernel.octagon(3), OCTAGON),
    (lambda: ee.Kernel.manhattan(3), [[abs(row) + abs(col) for col in range(-3, 4)] for row in range(-3, 4)]),
    (lambda: ee.Kernel.chebyshev(3), [[max(abs(row), abs(col)) for col in range(-3, 4)] for row in range(-3, 4)]),
    (
        lambda: ee.Kernel.euclidean(3),
        [
            [4.242, 3.605, 3.162, 3, 3.162, 3.605, 4.242],
            [3.605, 2.828, 2.236, 2, 2.236, 2.828, 3.605],
            [3.162, 2.236, 1.414, 1, 1.414, 2.236, 3.162],
            [3, 2, 1, 0, 1, 2, 3],
            [3.162, 2.236, 1.414, 1, 1.414, 2.236, 3.162],
            [3.605, 2.828, 2.236, 2, 2.236, 2.828, 3.605],
            [4.242, 3.605, 3.162, 3, 3.162, 3.605, 4.242],
        ],
    ),
    (
        lambda: ee.Kernel.gaussian(3),
        [
            [0.002, 0.013, 0.021, 0.013, 0.002],
            [0.013, 0.059, 0.098, 0.059, 0.013],
            [0.021, 0.098, 0.162, 0.098, 0.021],
            [0.013, 0.059, 0.098, 0.059, 0.013],
            [0.002, 0.013, 0.021, 0.013, 0.002],
        ],
    ),
    (lambda: ee.Kernel.fixed(weights=[[4, 3, 2], [4, 3, 2]]), [[4, 3, 2], [4, 3, 2]]),
    (ee.Kernel.compass, [[1, 1, -1], [1, -2, -1], [1, 1, -1]]),
    (ee.Kernel.kirsch, [[5, -3, -3], [5, 0, -3], [5, -3, -3]]),
    (ee.Kernel.laplacian8, [[1, 1, 1], [1, -8, 1], [1, 1, 1]]),
    (ee.Kernel.roberts, [[1, 0], [0, -1]]),
    (ee.Kernel.sobel, [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
    (lambda: ee.Kernel.sobel().inverse(), [[-1, 0, 1], [-0.5, 0, 0.5], [-1, 0, 1]]),
    (lambda: ee.Kernel.sobel().rotate(1), [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]),
    (lambda: ee.Kernel.sobel().rotate(-2), [[1, 0, -1], [2, 0, -2], [1, 0, -1]]),
    (
        lambda: ee.Kernel.chebyshev(2).add(ee.Kernel.square(1, "pixels", normalize=False, magnitude=100)),
        [[2, 2, 2, 2, 2], [2, 101, 101, 101, 2], [2, 101, 100, 101, 2], [2, 101, 101, 101, 2], [2, 2, 2, 2, 2]],
    ),
]


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        pytest.param(sample, expected, id=f"{group}-{number}")
        for group, samples in SAMPLES.items()
        for number, (sample, expected) in enumerate(samples)
    ],
)
def test_a_sample_prints_what_the_reference_says(sample: Callable[[], Any], expected: Any, info: Info) -> None:
    found = info(sample())
    assert agree(found, expected), found


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        pytest.param(sample, expected, marks=pytest.mark.xfail(strict=True, reason=reason), id=str(number))
        for number, (sample, expected, reason) in enumerate(DISAGREEMENTS)
    ],
)
def test_a_sample_prints_something_else_here(sample: Callable[[], Any], expected: Any, info: Info) -> None:
    assert agree(info(sample()), expected)


@pytest.mark.parametrize(("pattern", "text"), FORMATS.items())
def test_dates_are_written_as_in_the_reference(pattern: str, text: str, info: Info) -> None:
    assert info(ee.Date("1975-07-23T21:13:59").format(pattern)) == text


@pytest.mark.parametrize(("pattern", "text"), FORMATS_IN_PST8PDT.items())
def test_dates_in_a_time_zone_are_written_as_in_the_reference(pattern: str, text: str, info: Info) -> None:
    assert info(ee.Date("1975-07-23T21:13:59").format(pattern, "PST8PDT")) == text


@pytest.mark.parametrize(("kernel", "weights"), KERNELS)
def test_kernels_have_the_weights_of_the_reference(
    kernel: Callable[[], Any], weights: list[list[float]], info: Info
) -> None:
    """The reference cuts its weights after the third digit, or after the second."""
    found = info(kernel())["weights"]
    digit = 1e-2 if weights[3:4] == DIAMOND[3:4] or weights[0][0] == 0.02 else THIRD_DIGIT
    assert len(found) == len(weights)
    for row, expected in zip(found, weights, strict=True):
        assert row == pytest.approx(expected, abs=digit)
