"""Kernels against the weights that the service's documentation prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest

from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.values.kernel import Size, make_shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Value

ROWS = {
    "circle": ["0001000", "0111110", "0111110", "1111111", "0111110", "0111110", "0001000"],
    "octagon": ["0011100", "0111110", "1111111", "1111111", "1111111", "0111110", "0011100"],
    "diamond": ["0001000", "0011100", "0111110", "1111111", "0111110", "0011100", "0001000"],
    "cross": ["1000001", "0100010", "0010100", "0001000", "0010100", "0100010", "1000001"],
    "plus": ["0001000", "0001000", "0001000", "1111111", "0001000", "0001000", "0001000"],
    "square": ["1111111"] * 7,
}


@pytest.mark.parametrize("kind", ROWS)
def test_shapes_are_the_documented_ones_and_sum_to_one(info: Value, kind: str) -> None:
    found = info(getattr(ee.Kernel, kind)(3))
    flags = np.array([[int(digit) for digit in row] for row in ROWS[kind]])
    np.testing.assert_allclose(found["weights"], flags / flags.sum())
    assert found["type"] == f"Kernel.{kind}"
    assert found["center"] == [3, 3]


def test_distances_are_not_normalized(info: Value) -> None:
    assert info(ee.Kernel.chebyshev(3))["weights"][0] == [3] * 7
    assert info(ee.Kernel.manhattan(3))["weights"][0] == [6, 5, 4, 3, 4, 5, 6]
    found = info(ee.Kernel.euclidean(3))["weights"]
    np.testing.assert_allclose(found[0], np.sqrt([18, 13, 10, 9, 10, 13, 18]))
    assert found[3] == [3, 2, 1, 0, 1, 2, 3]


def test_a_gaussian_leaves_out_the_radius_itself(info: Value) -> None:
    found = info(ee.Kernel.gaussian(3))["weights"]
    expected = [
        [0.002, 0.013, 0.021, 0.013, 0.002],
        [0.013, 0.059, 0.098, 0.059, 0.013],
        [0.021, 0.098, 0.162, 0.098, 0.021],
        [0.013, 0.059, 0.098, 0.059, 0.013],
        [0.002, 0.013, 0.021, 0.013, 0.002],
    ]
    np.testing.assert_allclose(found, expected, atol=1e-3)  # the documentation cuts its digits off


@pytest.mark.parametrize(
    ("kind", "weights"),
    [
        ("laplacian4", [[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
        ("laplacian8", [[1, 1, 1], [1, -8, 1], [1, 1, 1]]),
        ("sobel", [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
        ("roberts", [[1, 0], [0, -1]]),
        ("prewitt", [[1, 0, -1], [1, 0, -1], [1, 0, -1]]),
        ("compass", [[1, 1, -1], [1, -2, -1], [1, 1, -1]]),
        ("kirsch", [[5, -3, -3], [5, 0, -3], [5, -3, -3]]),
    ],
)
def test_edge_detectors(info: Value, kind: str, weights: list[list[int]]) -> None:
    found = info(getattr(ee.Kernel, kind)())
    assert found["weights"] == weights
    assert found["center"] == [1, 1]


def test_turns_sums_and_inverses(info: Value) -> None:
    sobel = ee.Kernel.sobel()
    assert info(sobel.rotate(1))["weights"] == [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]
    assert info(sobel.rotate(-2))["weights"] == [[1, 0, -1], [2, 0, -2], [1, 0, -1]]
    assert info(sobel.inverse())["weights"] == [[-1, 0, 1], [-0.5, 0, 0.5], [-1, 0, 1]]
    small = ee.Kernel.square(1, "pixels", False, 100)
    found = info(ee.Kernel.chebyshev(3).add(small))["weights"]
    assert found[2] == [3, 2, 101, 101, 101, 2, 3]
    assert found[3] == [3, 2, 101, 100, 101, 2, 3]


def test_a_turn_moves_the_focus(info: Value) -> None:
    fixed = ee.Kernel.fixed(weights=[[1, 2, 3], [4, 5, 6]], x=2, y=0)
    assert info(fixed)["center"] == [2, 0]
    lists = [[1] * 9 for _ in range(4)] + [[1, 1, 1, 1, 0, 1, 1, 1, 1]] + [[1] * 9 for _ in range(4)]
    # The guide's own example, whose focus is the zero in the middle.
    assert info(ee.Kernel.fixed(9, 9, lists, -4, -4, False))["center"] == [4, 4]
    assert info(ee.Kernel.fixed(weights=[[1, 2, 3, 4]], x=-3, y=0))["center"] == [3, 0]
    assert info(ee.Kernel.fixed(weights=[[1, 2, 3, 4]], x=-1, y=-1))["center"] == [2, 0]
    found = info(fixed.rotate(1))
    assert found["weights"] == [[4, 1], [5, 2], [6, 3]]
    assert found["weights"][found["center"][1]][found["center"][0]] == 3


def test_rectangles_and_magnitudes(info: Value) -> None:
    np.testing.assert_allclose(info(ee.Kernel.rectangle(2, 1))["weights"], np.full((3, 5), 1 / 15))
    np.testing.assert_allclose(info(ee.Kernel.plus(1, "pixels", True, 10))["weights"][1], [2, 2, 2])


def test_negative_weights_are_normalized_to_a_sum_of_zero(info: Value) -> None:
    found = np.array(info(ee.Kernel.kirsch(1, True))["weights"])
    assert found.sum() == pytest.approx(0)
    assert found[0, 0] == pytest.approx(1 / 3)


def test_kernels_in_metres_follow_the_pixels(info: Value) -> None:
    kernel = make_shape("circle", Size((100.0, 100.0), "meters"))
    assert kernel.at(50.0).values.shape == (5, 5)
    assert kernel.at(101.0).values.tolist() == [[1]]
    np.testing.assert_allclose(
        make_shape("euclidean", Size((60, 60), "meters", normalize=False)).at(30).values[2], [60, 30, 0, 30, 60]
    )
    assert "weights" not in info(ee.Kernel.circle(100, "meters"))


@pytest.mark.parametrize(
    ("kernel", "message"),
    [
        (lambda: ee.Kernel.circle(-1), "must not be negative"),
        (lambda: ee.Kernel.circle(1, "miles"), "Unknown units 'miles'"),
        (lambda: ee.Kernel.fixed(weights=[[1, 2], [3]]), "all of one length"),
        (lambda: ee.Kernel.fixed(5, 5, [[1]]), "said to be 5x5"),
        (lambda: ee.Kernel.fixed(weights=[[1]], x=4), "lies outside"),
        (lambda: ee.Kernel.fixed(weights=[[1, 2]], x=-2), "lies outside"),
        (lambda: ee.Kernel.circle(1e6), "too large"),
    ],
)
def test_what_makes_no_kernel(info: Value, kernel: Callable[[], Any], message: str) -> None:
    with pytest.raises(EarthError, match=message):
        info(kernel())
