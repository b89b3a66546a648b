"""What the samples of the reference print of images whose pixels are arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import pytest

from tests.emulator.published.agreement import Sample, agree, cases

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Info

PLACE = [-121, 42]


def line(*numbers: float) -> Any:
    """The same array of one dimension everywhere."""
    return ee.Image(list(numbers)).toArray()


def table(rows: int, columns: int, *numbers: float) -> Any:
    """The same matrix everywhere, filled row by row."""
    return line(*numbers).arrayReshape(line(rows, columns), 2)


def pixel(image: Any, band: str = "array") -> Any:
    """What one pixel holds."""
    return image.sample(ee.Geometry.Point(PLACE), 500).aggregate_first(band)


THREE = [0, 1, 2]
SIX = [0, 1, 2, 3, 4, 5]
TWELVE = list(range(12))
MIXED = [0, 10, 6, 5, 4, 7, 11, 1, 2, 9, 8, 3]
KEYS = [99, 98, 50, 45, 23, 18, 9, 8, 7, 5, 2, 0]


def grouped() -> Any:
    return line(*THREE).arrayRepeat(1, 3)


def holes() -> Any:
    return table(2, 3, 0, 1, 2, 4, 0, 5)


SAMPLES: dict[str, list[Sample]] = {
    "made": [
        (lambda: pixel(line(*THREE)), THREE),
        (lambda: pixel(line(*THREE).toArray(1)), [[0], [1], [2]]),
        (lambda: pixel(table(2, 3, *SIX).toArray(2)), [[[0], [1], [2]], [[3], [4], [5]]]),
        (lambda: line(*THREE).bandNames(), ["array"]),
    ],
    "repeated": [
        (lambda: pixel(line(*THREE).arrayRepeat(0, 3)), [0, 1, 2, 0, 1, 2, 0, 1, 2]),
        (lambda: pixel(grouped()), [[0, 0, 0], [1, 1, 1], [2, 2, 2]]),
        (lambda: pixel(grouped().arrayRepeat(0, 2)), [[0] * 3, [1] * 3, [2] * 3, [0] * 3, [1] * 3, [2] * 3]),
        (lambda: pixel(grouped().arrayRepeat(1, 2)), [[0] * 6, [1] * 6, [2] * 6]),
    ],
    "reshaped": [
        (lambda: pixel(table(2, 3, *SIX)), [[0, 1, 2], [3, 4, 5]]),
        (lambda: pixel(table(3, -1, *SIX)), [[0, 1], [2, 3], [4, 5]]),
        (lambda: pixel(table(2, 3, *SIX).arrayReshape(line(-1), 1)), SIX),
        (lambda: pixel(line(*SIX).toArray(1).arrayProject([0])), SIX),
        (lambda: pixel(table(2, 3, *SIX).arrayTranspose()), [[0, 3], [1, 4], [2, 5]]),
    ],
    "cut": [
        (lambda: pixel(line(*TWELVE).arraySlice(0, 0, 3)), [0, 1, 2]),
        (lambda: pixel(line(*TWELVE).arraySlice(0, -3)), [9, 10, 11]),
        (lambda: pixel(line(*TWELVE).arraySlice(0, 3, 6)), [3, 4, 5]),
        (lambda: pixel(line(*TWELVE).arraySlice(0, 4)), [4, 5, 6, 7, 8, 9, 10, 11]),
        (lambda: pixel(line(*TWELVE).arraySlice(0, 0, None, 3)), [0, 3, 6, 9]),
        (lambda: pixel(table(3, 4, *TWELVE).arraySlice(0, 1, 2)), [[4, 5, 6, 7]]),
        (lambda: pixel(table(3, 4, *TWELVE).arraySlice(1, 1, 2)), [[1], [5], [9]]),
        (lambda: pixel(table(3, 4, *TWELVE).arraySlice(1, 0, -1)), [[0, 1, 2], [4, 5, 6], [8, 9, 10]]),
        (lambda: pixel(line(*SIX).arrayGet(ee.Image([3]))), 3),
        (lambda: pixel(table(2, 3, *SIX).arrayGet(ee.Image([0, 2]))), 2),
    ],
    "joined": [
        (lambda: pixel(line(*THREE).arrayCat(line(3, 4, 5), 0)), SIX),
        (lambda: pixel(line(*THREE).arrayCat(line(3, 4, 5), 1)), [[0, 3], [1, 4], [2, 5]]),
        (
            lambda: pixel(line(*THREE).toArray(1).arrayCat(line(3, 4, 5).toArray(1), 0)),
            [[0], [1], [2], [3], [4], [5]],
        ),
        (lambda: pixel(line(*THREE).toArray(1).arrayCat(line(3, 4, 5).toArray(1), 1)), [[0, 3], [1, 4], [2, 5]]),
        (lambda: pixel(line(*THREE).arrayPad([5], 9)), [0, 1, 2, 9, 9]),
        (lambda: pixel(table(2, 3, *SIX).arrayPad([3, 5], 9)), [[0, 1, 2, 9, 9], [3, 4, 5, 9, 9], [9, 9, 9, 9, 9]]),
    ],
    "masked": [
        (lambda: pixel(line(0, 1, 2, 4, 0, 5).lte(2)), [1, 1, 1, 0, 1, 0]),
        (lambda: pixel(line(0, 1, 2, 4, 0, 5).arrayMask(line(0, 1, 2, 4, 0, 5).lte(2))), [0, 1, 2, 0]),
        (lambda: pixel(line(0, 1, 2, 4, 0, 5).arrayMask(line(0, 1, 2, 4, 0, 5))), [1, 2, 4, 5]),
        (lambda: pixel(holes().arrayMask(holes().arraySlice(0, 1, 2))), [[0, 2], [4, 5]]),
        (lambda: pixel(holes().arraySlice(1, 1, 2)), [[1], [0]]),
        (lambda: pixel(holes().arrayMask(holes().arraySlice(1, 1, 2))), [[0, 1, 2]]),
    ],
    "measured": [
        (lambda: pixel(line(*THREE).toArray(1).arrayDimensions()), 2),
        (lambda: pixel(line(*THREE).toArray(1).arrayLengths()), [3, 1]),
        (lambda: pixel(line(*THREE).toArray(1).arrayLength(0)), 3),
        (lambda: pixel(line(*THREE).toArray(1).arrayLength(1)), 1),
        (lambda: pixel(line(0, 1, 5, 2, 3, 4).arrayArgmax()), [2]),
        (lambda: pixel(table(2, 3, 0, 1, 5, 2, 3, 4).arrayArgmax()), [0, 2]),
        (lambda: pixel(line(*THREE).arrayDotProduct(line(3, 4, 5))), 14),
    ],
    "reduced": [
        (lambda: pixel(line(*SIX).arrayReduce(ee.Reducer.sum(), [0])), [15]),
        (lambda: pixel(table(2, 3, *SIX).arrayReduce(ee.Reducer.sum(), [0])), [[3, 5, 7]]),
        (lambda: pixel(table(2, 3, *SIX).arrayReduce(ee.Reducer.sum(), [1])), [[3], [12]]),
        (lambda: pixel(table(2, 3, *SIX).arrayReduce(ee.Reducer.sum(), [0, 1])), [[15]]),
        (lambda: pixel(line(*SIX).toArray(1).arrayReduce(ee.Reducer.minMax(), [0], 1)), [[0, 5]]),
        (
            lambda: pixel(table(2, 3, *SIX).toArray(2).arrayReduce(ee.Reducer.minMax(), [0], 2)),
            [[[0, 3], [1, 4], [2, 5]]],
        ),
        (lambda: pixel(line(1, 2, 3).arrayAccum(0, ee.Reducer.sum())), [1, 3, 6]),
        (
            lambda: pixel(table(3, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9).arrayAccum(0, ee.Reducer.sum())),
            [[1, 2, 3], [5, 7, 9], [12, 15, 18]],
        ),
        (
            lambda: pixel(table(3, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9).arrayAccum(1, ee.Reducer.sum())),
            [[1, 3, 6], [4, 9, 15], [7, 15, 24]],
        ),
    ],
    "sorted": [
        (lambda: pixel(line(*MIXED).arraySort()), TWELVE),
        (lambda: pixel(line(*MIXED).arraySort(line(*KEYS))), MIXED[::-1]),
        (
            lambda: pixel(table(3, 4, *MIXED).arraySort(line(3, 2, 1, 0).toArray(1).arrayTranspose())),
            [[5, 6, 10, 0], [1, 11, 7, 4], [3, 8, 9, 2]],
        ),
        (
            lambda: pixel(table(3, 4, *MIXED).arraySort(line(2, 1, 0).toArray(1))),
            [[2, 9, 8, 3], [4, 7, 11, 1], [0, 10, 6, 5]],
        ),
    ],
    "taken apart": [
        (lambda: line(*THREE).arrayFlatten([["a", "b", "c"]]).bandNames(), ["a", "b", "c"]),
        (
            lambda: line(*THREE).arrayRepeat(1, 2).arrayFlatten([["a", "b", "c"], ["x", "y"]]).bandNames(),
            ["a_x", "a_y", "b_x", "b_y", "c_x", "c_y"],
        ),
    ],
    "of a constant": [
        (
            lambda: ee.Image(ee.Array([0x00, 0x00, 0xFF])).bandTypes(),
            {"constant": {"type": "PixelType", "precision": "int", "min": 0, "max": 255, "dimensions": 1}},
        ),
    ],
}


@pytest.mark.parametrize(("sample", "expected"), cases(SAMPLES))
def test_a_sample_prints_what_the_reference_says(sample: Callable[[], Any], expected: Any, info: Info) -> None:
    found = info(sample())
    assert agree(found, expected), found
