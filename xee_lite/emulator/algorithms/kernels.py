"""Kernels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import EarthError
from ..evaluator.coerce import coercion, instance
from ..evaluator.registry import algorithm
from ..values import kernel as kernels
from ..values.kernel import DISTANCES, MAX_RADIUS, SHAPES, Kernel, Size, make_shape

if TYPE_CHECKING:
    from collections.abc import Callable

coercion("Kernel")(instance(Kernel))

EDGES: dict[str, list[list[float]]] = {
    "laplacian4": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "laplacian8": [[1, 1, 1], [1, -8, 1], [1, 1, 1]],
    "sobel": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "roberts": [[1, 0], [0, -1]],
    "prewitt": [[1, 0, -1], [1, 0, -1], [1, 0, -1]],
    "compass": [[1, 1, -1], [1, -2, -1], [1, 1, -1]],
    "kirsch": [[5, -3, -3], [5, 0, -3], [5, -3, -3]],
}
"""Weights as the service's documentation prints them."""


def _make_sized(kind: str) -> Callable[[float, str, bool, float], Kernel]:
    def make(radius: float, units: str, normalize: bool, magnitude: float) -> Kernel:
        return make_shape(kind, Size((radius, radius), units, normalize, magnitude))

    return make


def _edge(kind: str) -> Callable[[float, bool], Kernel]:
    weights = np.array(EDGES[kind], np.float64)
    return lambda magnitude, normalize: kernels.fixed(kind, weights, normalize=normalize, magnitude=magnitude)


for _kind in [*SHAPES, *DISTANCES]:
    algorithm(f"Kernel.{_kind}")(_make_sized(_kind))
for _kind in EDGES:
    algorithm(f"Kernel.{_kind}")(_edge(_kind))


@algorithm("Kernel.rectangle")
def rectangle(x_radius: float, y_radius: float, units: str, normalize: bool, magnitude: float) -> Kernel:
    made = make_shape("square", Size((x_radius, y_radius), units, normalize, magnitude))
    return Kernel("rectangle", made.at, {**made.parameters, "xRadius": x_radius, "yRadius": y_radius})


@algorithm("Kernel.gaussian")
def gaussian(radius: float, sigma: float, units: str, normalize: bool, magnitude: float) -> Kernel:
    return kernels.gaussian(sigma, Size((radius, radius), units, normalize, magnitude))


@algorithm("Kernel.fixed")
def fixed(width: int, height: int, weights: list[list[Any]], x: int, y: int, normalize: bool) -> Kernel:
    where = "Kernel.fixed"
    try:
        values = np.array(weights, np.float64)
    except (TypeError, ValueError) as error:
        raise EarthError(f"{where}: 'weights' must be lists of numbers, all of one length.") from error
    if values.ndim != 2 or not values.size or max(values.shape) > 2 * MAX_RADIUS + 1 or not np.isfinite(values).all():
        raise EarthError(f"{where}: 'weights' must be a list of rows of finite numbers, got the shape {values.shape}.")
    rows, cols = values.shape
    if width not in (-1, cols) or height not in (-1, rows):
        raise EarthError(f"{where}: There are {cols}x{rows} weights, but the kernel is said to be {width}x{height}.")
    centre = _focus(x, cols), _focus(y, rows)
    if not (0 <= centre[0] < cols and 0 <= centre[1] < rows):
        raise EarthError(f"{where}: The focus {centre} lies outside of the {cols}x{rows} weights.")
    return kernels.fixed("fixed", values, centre, normalize=normalize)


def _focus(offset: int, size: int) -> int:
    """The position of the focus along an axis: the middle by default, else an offset.

    The guide's own example says -4 of the middle of nine: a negative offset is taken for where the first weight lies as
    seen from the focus. What -1 would be besides the default is not known.
    """
    return size // 2 if offset == -1 else abs(offset)


@algorithm("Kernel.rotate")
def rotate(kernel: Kernel, rotations: int) -> Kernel:
    return kernels.rotate_kernel(kernel, rotations)


@algorithm("Kernel.add")
def add(kernel1: Kernel, kernel2: Kernel, normalize: bool) -> Kernel:
    return kernels.add_kernels(kernel1, kernel2, normalize=normalize)


@algorithm("Kernel.inverse")
def inverse(kernel: Kernel) -> Kernel:
    return kernels.invert_kernel(kernel)
