"""Arrays, against NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ee
import numpy as np
import pytest

from xee_lite.emulator.errors import EarthError

if TYPE_CHECKING:
    from tests.emulator.evaluating import Info

MATRIX = [[1, 2], [3, 5]]


def test_making_and_reading(info: Info) -> None:
    array = ee.Array(MATRIX)
    assert info(array) == MATRIX
    assert info(array.get([1, 0])) == 3
    assert info(array.length()) == [2, 2]
    assert info(array.toList()) == MATRIX
    assert info(ee.Array.identity(2)) == [[1, 0], [0, 1]]
    assert info(array.argmax()) == [1, 1]
    with pytest.raises(EarthError, match="The array has 2 dimensions, but the position has 1"):
        info(array.get([1]))
    with pytest.raises(EarthError, match=r"Array\.get: index 5 is out of bounds"):
        info(array.get([5, 0]))
    with pytest.raises(EarthError, match="different lengths"):
        info(ee.Array(ee.List([[1], [1, 2]])))


def test_arithmetic(info: Info) -> None:
    array = ee.Array(MATRIX)
    assert info(array.add(1)) == [[2, 3], [4, 6]]
    assert info(array.divide(ee.Array([[2, 2], [0, 2]]))) == [[0.5, 1], [0, 2.5]]
    assert info(array.sqrt()) == np.sqrt(MATRIX).tolist()
    assert info(array.gt(2)) == [[0, 0], [1, 1]]
    assert info(ee.Array([1.7, -300]).toInt8()) == [2, -128]
    with pytest.raises(EarthError, match="The arrays have different shapes"):
        info(array.add(ee.Array([1, 2])))


def test_shapes(info: Info) -> None:
    array = ee.Array(MATRIX)
    assert info(ee.Array.cat([array, array], 1)) == [[1, 2, 1, 2], [3, 5, 3, 5]]
    assert info(ee.Array.cat([[1, 2], [3, 4]], 1)) == [[1, 3], [2, 4]]
    assert info(array.slice(1, -1)) == [[2], [5]]
    assert info(array.slice(0, 0, 1)) == [[1, 2]]
    assert info(array.transpose()) == [[1, 3], [2, 5]]
    assert info(array.reshape([4])) == [1, 2, 3, 5]
    assert info(ee.Array([1, 2]).repeat(1, 3)) == [[1, 1, 1], [2, 2, 2]]
    assert info(array.slice(1, 0, 1).project([0])) == [1, 3]
    assert info(ee.Array([3, 1, 2]).sort()) == [1, 2, 3]
    assert info(ee.Array([10, 20, 30]).sort([3, 1, 2])) == [20, 30, 10]
    with pytest.raises(EarthError, match=r"Array\.reshape"):
        info(array.reshape([3]))


def test_reducing(info: Info) -> None:
    array = ee.Array(MATRIX)
    assert info(array.reduce(ee.Reducer.sum(), [0])) == [[4, 7]]
    assert info(array.reduce(ee.Reducer.mean(), [1])) == [[1.5], [4]]
    assert info(array.reduce(ee.Reducer.max(), [0, 1])) == [[5]]


def test_reducing_along_a_field_axis(info: Info) -> None:
    x, y = [1.0, 2.0, 3.0, 4.0], [2.0, 5.0, 7.0, 9.0]
    records = ee.Array(np.stack([x, y], 1).tolist())
    assert info(records.reduce(ee.Reducer.linearFit(), [0], 1)) == [pytest.approx(np.polyfit(x, y, 1))]
    deep = ee.Array(np.arange(12).reshape(3, 4, 1).tolist())
    assert info(deep.reduce(ee.Reducer.minMax(), [0], 2)) == [[[n, n + 8] for n in range(4)]]
    assert info(deep.reduce(ee.Reducer.minMax(), [1, 0], 2)) == [[[0, 11]]]


@pytest.mark.parametrize(
    ("axes", "field_axis", "text"),
    [
        ([0], None, "needs a 'fieldAxis'"),
        ([0], 0, "is not another axis"),
        ([0], 2, "is not another axis"),
        ([2], 1, "are not axes of an array of 2 dimensions"),
        ([0], 1, "Need 1 inputs"),
    ],
)
def test_fields_that_do_not_fit(info: Info, axes: list[int], field_axis: int | None, text: str) -> None:
    with pytest.raises(EarthError, match=text):
        info(ee.Array(MATRIX).reduce(ee.Reducer.minMax(), axes, field_axis))


def test_matrices(info: Info) -> None:
    array = ee.Array(MATRIX)
    assert info(array.matrixMultiply(array)) == (np.array(MATRIX) @ np.array(MATRIX)).tolist()
    assert info(array.matrixInverse()) == pytest.approx(np.array([[-5, 2], [3, -1]]).astype(float))
    assert info(array.matrixDeterminant()) == pytest.approx(-1)
    assert info(array.matrixTrace()) == 6
    assert info(array.matrixFnorm()) == pytest.approx(39**0.5)
    assert info(array.matrixDiagonal()) == [[1], [5]]
    assert info(array.matrixSolve(ee.Array([[5], [13]]))) == pytest.approx(np.array([[1.0], [2.0]]))
    assert info(ee.Array([[1], [2]]).matrixToDiag()) == [[1, 0], [0, 2]]
    assert info(ee.Array([1, 2]).dotProduct([3, 4])) == 11
    with pytest.raises(EarthError, match="Singular matrix"):
        info(ee.Array([[1, 1], [1, 1]]).matrixInverse())
