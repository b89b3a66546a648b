"""What the samples of the reference print of arrays."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import ee
import pytest

from tests.emulator.published.agreement import Info, Sample, agree, cases

if TYPE_CHECKING:
    from collections.abc import Callable


THIRD_DIGIT = 1e-3
HALF = math.sqrt(0.5)
GOLDEN = (1 + math.sqrt(5)) / 2


def empty() -> Any:
    return ee.Array([], ee.PixelType.int8())


SAMPLES: dict[str, list[Sample]] = {
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
}

EIGEN: list[tuple[list[list[float]], list[list[float]]]] = [
    ([[0, 0], [0, 0]], [[0, 0, 1], [0, 1, 0]]),
    ([[1, 0], [0, 0]], [[1, 1, 0], [0, 0, 1]]),
    ([[0, 1], [0, 0]], [[0, 0, 1], [0, 1, 0]]),
    ([[0, 0], [1, 0]], [[0, -1, 0], [0, 0, -1]]),
    ([[0, 0], [0, 1]], [[1, 0, 1], [0, 1, 0]]),
    ([[1, 1], [0, 0]], [[1, 1, 0], [0, -HALF, HALF]]),
    ([[0, 0], [1, 1]], [[1, 0, -1], [0, -HALF, HALF]]),
    ([[1, 0], [1, 0]], [[1, HALF, HALF], [0, 0, 1]]),
    ([[1, 0], [0, 1]], [[1, 1, 0], [1, 0, 1]]),
    ([[0, 1], [1, 0]], [[1, HALF, HALF], [-1, HALF, -HALF]]),
    ([[0, 1], [0, 1]], [[1, HALF, HALF], [0, 1, 0]]),
    ([[1, 1], [1, 0]], [[GOLDEN, 0.850650808, 0.525731112], [1 - GOLDEN, 0.525731112, -0.850650808]]),
    ([[1, 1], [0, 1]], [[1, 0, 1], [1, 1, 0]]),
    ([[1, 0], [1, 1]], [[1, -1, 0], [1, 0, -1]]),
    ([[0, 1], [1, 1]], [[GOLDEN, -0.525731112, -0.850650808], [1 - GOLDEN, -0.850650808, 0.525731112]]),
    ([[1, 1], [1, 1]], [[2, HALF, HALF], [0, HALF, -HALF]]),
    ([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 0, 1]]),
    ([[2, 0, 0], [0, 3, 0], [0, 0, 4]], [[4, 0, 0, 1], [3, 0, 1, 0], [2, 1, 0, 0]]),
    ([[1, 0, 0], [0, 0, 0], [0, 0, 0]], [[1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]),
    (
        [[1, 1, 1]] * 3,
        [[3, *[-((1 / 3) ** 0.5)] * 3], [0, 0, -HALF, HALF], [0, -0.816496581, 0.408248290, 0.408248290]],
    ),
]
"""Eigenvalues and eigenvectors, with more digits than the two that the reference prints."""


@pytest.mark.parametrize(("sample", "expected"), cases(SAMPLES))
def test_arrays_print_what_the_reference_says(sample: Callable[[], Any], expected: Any, info: Info) -> None:
    found = info(sample())
    assert agree(found, expected), found


@pytest.mark.parametrize(("matrix", "rows"), EIGEN)
def test_eigenvectors_have_the_signs_of_the_reference(
    matrix: list[list[float]], rows: list[list[float]], info: Info
) -> None:
    assert agree(info(ee.Array(matrix).eigen()), rows)
