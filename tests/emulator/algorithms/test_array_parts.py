"""Parts and decompositions of arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest

from xee_lite.emulator.errors import EarthError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Value

MATRIX = [[4, 1, 2], [1, 3, 0], [2, 0, 5]]


def test_cutting_masking_and_padding(info: Value) -> None:
    array = ee.Array([[1, 2, 3], [4, 5, 6]])
    assert info(array.cut([1, -1])) == [[4, 5, 6]]
    assert info(array.cut([-1, 2])) == [[3], [6]]
    assert info(array.mask(ee.Array([[1], [0]]))) == [[1, 2, 3]]
    assert info(array.mask(ee.Array([[1, 0, 1]]))) == [[1, 3], [4, 6]]
    assert info(array.pad([3, 2], 9)) == [[1, 2, 3], [4, 5, 6], [9, 9, 9]]
    assert info(array.accum(1)) == [[1, 3, 6], [4, 9, 15]]
    assert info(array.accum(0, ee.Reducer.max())) == [[1, 2, 3], [4, 5, 6]]
    assert info(ee.Array([3, 1, 2]).accum(0, ee.Reducer.min())) == [3, 1, 1]


def test_the_documented_masks(info: Value) -> None:
    assert info(ee.Array([1]).mask([0])) == []
    assert info(ee.Array([0, 1, 2, 3]).mask([0, 4, -1, 1.2])) == [1, 2, 3]
    assert info(ee.Array([[1, 2, 3, 4]]).mask([[0, 0, 0, 0]])) == [[]]
    assert info(ee.Array([[1], [2], [3], [4]]).mask([[1], [0], [1], [1]])) == [[1], [3], [4]]


def test_bits_begin_with_the_lowest(info: Value) -> None:
    assert info(ee.Array.bitsToArray(6)) == [0, 1, 1]
    assert info(ee.Array.bitsToArray(0)) == [0]
    assert info(ee.Array.bitsToArray(-1)) == [1] * 64


def test_eigenvalues_come_first_in_descending_rows(info: Value) -> None:
    rows = np.array(info(ee.Array(MATRIX).eigen()))
    assert rows.shape == (3, 4)
    assert (np.diff(rows[:, 0]) <= 0).all()
    for value, *vector in rows:
        np.testing.assert_allclose(np.array(MATRIX) @ vector, value * np.array(vector), atol=1e-9)
        assert np.linalg.norm(vector) == pytest.approx(1)


def test_factors_multiply_to_the_matrix(info: Value) -> None:
    lower = np.array(info(ee.Array(MATRIX).matrixCholeskyDecomposition())["L"])
    np.testing.assert_allclose(lower @ lower.T, MATRIX, atol=1e-12)
    assert np.array_equal(lower, np.tril(lower))
    tall = [[1, 2], [3, 4], [5, 7]]
    found = {name: np.array(value) for name, value in info(ee.Array(tall).matrixQRDecomposition()).items()}
    np.testing.assert_allclose(found["Q"] @ found["R"], tall, atol=1e-12)
    found = {name: np.array(value) for name, value in info(ee.Array(tall).matrixSingularValueDecomposition()).items()}
    np.testing.assert_allclose(found["U"] @ found["S"] @ found["V"].T, tall, atol=1e-12)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: ee.Array([[1, 2]]).cut([5, 0]), "does not fit"),
        (lambda: ee.Array([1, 2]).mask(ee.Array([1, 0, 1])), "does not fit"),
        (lambda: ee.Array([[0, 1], [-1, 0]]).eigen(), "not real"),
        (lambda: ee.Array([[1, 2]]).eigen(), "Need a square matrix"),
        (lambda: ee.Array([[-1]]).matrixCholeskyDecomposition(), "not positive definite"),
        (lambda: ee.Array([1]).pad([10**9]), "larger than"),
        (lambda: ee.Array.bitsToArray(1.5), "must be an integer"),
    ],
)
def test_what_is_refused(info: Value, build: Callable[[], Any], message: str) -> None:
    with pytest.raises(EarthError, match=message):
        info(build())


def test_lower_and_upper_factors_with_partial_pivots(info: Value) -> None:
    for matrix in (MATRIX, [[0, 2, 1], [3, 1, 4], [6, 2, 1]], [[0, 0], [0, 5]]):
        found = {name: np.array(part) for name, part in info(ee.Array(matrix).matrixLUDecomposition()).items()}
        np.testing.assert_allclose(found["L"] @ found["U"], found["P"] @ np.array(matrix), atol=1e-12)
        np.testing.assert_array_equal(found["L"], np.tril(found["L"]))
        np.testing.assert_array_equal(np.diag(found["L"]), 1)
        np.testing.assert_array_equal(found["U"], np.triu(found["U"]))
        # Partial pivots leave no factor above one.
        assert np.abs(found["L"]).max() <= 1
        np.testing.assert_array_equal(np.sort(found["P"], axis=0)[-1], 1)
        assert found["P"].sum() == len(matrix)
    with pytest.raises(EarthError, match=r"Array\.matrixLUDecomposition: Need a square matrix"):
        info(ee.Array([[1, 2]]).matrixLUDecomposition())
