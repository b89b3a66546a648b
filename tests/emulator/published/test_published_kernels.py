"""What the samples of the reference print of kernels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import ee
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Info

THIRD_DIGIT = 1e-3

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
    (ee.Kernel.laplacian4, [[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
    (ee.Kernel.prewitt, [[1, 0, -1], [1, 0, -1], [1, 0, -1]]),
    (lambda: ee.Kernel.rectangle(2, 1), [[0.066] * 5] * 3),
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
