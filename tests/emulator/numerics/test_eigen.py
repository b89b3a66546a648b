"""Eigenvectors, against NumPy's eigenvalues and against the equation that defines them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ee
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.numerics.eigen import symmetric_eigen
from xee_lite.emulator.numerics.schur import general_eigen

if TYPE_CHECKING:
    from tests.emulator.evaluating import Value

SEEDS = st.integers(0, 2**32 - 1)
SIZES = st.integers(1, 12)


@given(SEEDS, SIZES, st.sampled_from([1e-150, 1.0, 1e150]))
def test_symmetric_matrices_have_an_orthonormal_frame(seed: int, size: int, scale: float) -> None:
    half = np.random.default_rng(seed).normal(size=(size, size)) * scale
    matrix = half + half.T
    values, vectors = symmetric_eigen(matrix)
    np.testing.assert_allclose(np.sort(values), np.linalg.eigvalsh(matrix), rtol=1e-9, atol=1e-12 * scale)
    np.testing.assert_allclose(vectors @ vectors.T, np.eye(size), atol=1e-12)
    np.testing.assert_allclose(matrix @ vectors.T / scale, vectors.T * values / scale, atol=1e-11)


@given(SEEDS, SIZES)
def test_covariances_of_few_samples_have_equal_eigenvalues(seed: int, size: int) -> None:
    """Of n bands and two samples all eigenvalues but one are zero."""
    samples = np.random.default_rng(seed).normal(size=(2, size))
    matrix = np.atleast_2d(np.cov(samples, rowvar=False))
    values, vectors = symmetric_eigen(matrix)
    assert np.sum(np.abs(values) > 1e-12) <= 1
    np.testing.assert_allclose(vectors @ vectors.T, np.eye(size), atol=1e-12)


@given(SEEDS, st.integers(1, 8))
def test_other_matrices_keep_the_direction_of_their_eigenvectors(seed: int, size: int) -> None:
    random = np.random.default_rng(seed)
    frame = np.eye(size) + random.uniform(-0.9, 0.9, (size, size)) / size
    wanted = random.permutation(np.arange(size) - 2.5)
    matrix = frame @ np.diag(wanted) @ np.linalg.inv(frame)
    values, vectors = general_eigen(matrix)
    np.testing.assert_allclose(np.sort(values), np.sort(wanted), atol=1e-9)
    np.testing.assert_allclose(matrix @ vectors.T, vectors.T * values, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1)


@pytest.mark.parametrize("matrix", [[[0, 1], [-1, 0]], [[1, 0, 0], [0, 0, 1], [0, -1, 0]]])
def test_eigenvalues_that_are_not_real_are_refused(matrix: list[list[float]], info: Value) -> None:
    with pytest.raises(EarthError, match=r"Array\.eigen: The matrix has eigenvalues that are not real"):
        info(ee.Array(matrix).eigen())


def test_a_matrix_may_be_nearly_symmetric(info: Value) -> None:
    exact, nearly = (info(ee.Array([[0, 1], [1 + error, 1]]).eigen()) for error in (0, 1e-9))
    np.testing.assert_allclose(nearly, exact, atol=1e-8)
