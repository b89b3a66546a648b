"""Kernels: weights of the pixels around a pixel."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import EarthError

Floats = npt.NDArray[np.float64]

MAX_RADIUS = 512
"""Pixels from the centre that a kernel may reach: this emulator's own limit, far more than needed."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of a kernel at one size of pixels.

    Attributes
    ----------
    values : ndarray of float64, shape (height, width)
    centre : (column, row)
        The pixel that the others surround.
    """

    values: Floats
    centre: tuple[int, int]

    @property
    def margins(self) -> tuple[int, int, int, int]:
        """How far the kernel reaches: to the left, to the top, to the right, to the bottom."""
        height, width = self.values.shape
        col, row = self.centre
        return max(col, 0), max(row, 0), max(width - 1 - col, 0), max(height - 1 - row, 0)

    @property
    def taps(self) -> list[tuple[int, int, float]]:
        """Column and row relative to the centre, and weight, where it is not zero; row by row."""
        rows, cols = np.nonzero(self.values)
        return [
            (int(col) - self.centre[0], int(row) - self.centre[1], float(self.values[row, col]))
            for row, col in zip(rows, cols, strict=True)
        ]


@dataclass(frozen=True, slots=True, eq=False)
class Kernel:
    """A kernel, which may grow and shrink with the pixels.

    Attributes
    ----------
    kind : str
        The algorithm that made it, without ``Kernel.``.
    at : callable
        From the size of a pixel in metres to the weights; kernels in pixels ignore it.
    parameters : mapping
        The arguments of the algorithm.
    """

    kind: str
    at: Callable[[float], Weights]
    parameters: Mapping[str, Any]

    @property
    def in_pixels(self) -> bool:
        """Whether the weights are the same for pixels of all sizes."""
        return bool(self.parameters.get("units", "pixels") == "pixels")

    def to_json(self) -> dict[str, object]:
        """The value of getInfo: the parameters, and the weights where they do not depend on the pixels.

        The weights are those of the service's documentation; the names of the other entries are not documented.
        """
        out: dict[str, object] = {"type": f"Kernel.{self.kind}", **self.parameters}
        if self.in_pixels:
            weights = self.at(1.0)
            out |= {"center": list(weights.centre), "weights": weights.values.tolist()}
        return out


@dataclass(frozen=True, slots=True)
class Size:
    """What the kernels of a radius have in common.

    Attributes
    ----------
    radius : (float, float)
        Horizontal and vertical.
    units : str
        ``pixels`` or ``meters``.
    normalize : bool
    magnitude : float
    """

    radius: tuple[float, float]
    units: str = "pixels"
    normalize: bool = True
    magnitude: float = 1.0

    def check(self, where: str) -> None:
        """Refuse what makes no kernel."""
        if not math.isfinite(self.magnitude):
            raise EarthError(f"{where}: The magnitude must be a finite number, got {self.magnitude}.")
        if not all(math.isfinite(radius) and radius >= 0 for radius in self.radius):
            raise EarthError(f"{where}: The radius must not be negative, got {min(self.radius)}.")
        if self.units not in {"pixels", "meters"}:
            raise EarthError(f"{where}: Unknown units '{self.units}'; they are 'pixels' or 'meters'.")

    def in_pixels(self, metres: float) -> tuple[float, float]:
        """The radius in pixels of that many metres."""
        unit = 1.0 if self.units == "pixels" else metres
        found = self.radius[0] / unit, self.radius[1] / unit
        if max(found) > MAX_RADIUS:
            raise EarthError(f"Kernel: A radius of {max(found):.0f} pixels is too large; at most {MAX_RADIUS} are.")
        return found


Shape = Callable[[Floats, Floats, float], npt.NDArray[Any]]
"""``shape(x, y, radius)``: the weights at distances from the centre, all in pixels."""

SHAPES: dict[str, Shape] = {
    "square": lambda x, y, _: np.ones(np.broadcast_shapes(x.shape, y.shape)),
    "plus": lambda x, y, _: (x == 0) | (y == 0),
    "cross": lambda x, y, _: np.abs(x) == np.abs(y),
    "diamond": lambda x, y, radius: np.abs(x) + np.abs(y) <= radius,
    "circle": lambda x, y, radius: x * x + y * y <= radius * radius,
    # Regular, which is the service's for a radius of 3; for others its rule is not known.
    "octagon": lambda x, y, radius: np.abs(x) + np.abs(y) <= radius * math.sqrt(2),
}
"""Kernels of ones and zeros."""

DISTANCES: dict[str, Shape] = {
    "euclidean": lambda x, y, _: np.hypot(x, y),
    "manhattan": lambda x, y, _: np.abs(x) + np.abs(y),
    "chebyshev": lambda x, y, _: np.maximum(np.abs(x), np.abs(y)),
}
"""Kernels whose weights are the distances from the centre, in their units."""


def make_shape(kind: str, size: Size) -> Kernel:
    """A kernel by its name and size."""
    size.check(f"Kernel.{kind}")

    def at(metres: float) -> Weights:
        across, down = size.in_pixels(metres)
        x, y = _axes(math.floor(across), math.floor(down))
        values = (SHAPES | DISTANCES)[kind](x, y, across).astype(np.float64)
        if kind in DISTANCES and size.units == "meters":
            values = values * metres
        return _centre(_scale(values, size.normalize, size.magnitude))

    return Kernel(kind, at, _size_arguments(size))


def gaussian(sigma: float, size: Size) -> Kernel:
    """Samples of a Gaussian.

    The service leaves out the pixels at the radius itself: a radius of 3 gives 5 by 5 weights in its documentation.
    """
    size.check("Kernel.gaussian")
    if not sigma > 0:
        raise EarthError(f"Kernel.gaussian: 'sigma' must be positive, got {sigma}.")

    def at(metres: float) -> Weights:
        radius, _ = size.in_pixels(metres)
        half = max(math.ceil(radius) - 1, 0)
        x, y = _axes(half, half)
        # Far below a pixel the centre alone is left; the square of a width must not vanish.
        width = max(sigma if size.units == "pixels" else sigma / metres, 1e-3)
        values = np.exp(-(x * x + y * y) / (2 * width * width))
        return _centre(_scale(values, size.normalize, size.magnitude))

    return Kernel("gaussian", at, {**_size_arguments(size), "sigma": sigma})


def fixed(
    kind: str,
    values: Floats,
    centre: tuple[int, int] | None = None,
    *,
    normalize: bool = False,
    magnitude: float = 1.0,
) -> Kernel:
    """A kernel of given weights; the centre is the middle, or right of it and below it."""
    Size((1.0, 1.0), "pixels", normalize, magnitude).check(f"Kernel.{kind}")
    height, width = values.shape
    weights = Weights(_scale(values, normalize, magnitude), centre or (width // 2, height // 2))
    return Kernel(kind, lambda _: weights, {})


def rotate_kernel(kernel: Kernel, turns: int) -> Kernel:
    """A kernel after quarter turns, clockwise."""

    def at(metres: float) -> Weights:
        weights = kernel.at(metres)
        for _ in range(turns % 4):
            col, row = weights.centre
            weights = Weights(np.rot90(weights.values, -1), (weights.values.shape[0] - 1 - row, col))
        return weights

    return Kernel("rotate", at, _units(kernel))


def add_kernels(first: Kernel, second: Kernel, *, normalize: bool) -> Kernel:
    """The sum of two kernels whose centres lie upon each other."""

    def at(metres: float) -> Weights:
        both = first.at(metres), second.at(metres)
        left, top, right, bottom = (max(reach) for reach in zip(*(one.margins for one in both), strict=True))
        total = np.zeros((top + bottom + 1, left + right + 1))
        for one in both:
            for col, row, weight in one.taps:
                total[top + row, left + col] += weight
        return Weights(_scale(total, normalize, 1.0), (left, top))

    return Kernel("add", at, _units(first, second))


def invert_kernel(kernel: Kernel) -> Kernel:
    """A kernel with each weight inverted; zeros stay."""

    def at(metres: float) -> Weights:
        weights = kernel.at(metres)
        values = weights.values
        return Weights(np.divide(1.0, values, out=np.zeros_like(values), where=values != 0), weights.centre)

    return Kernel("inverse", at, _units(kernel))


def _axes(across: int, down: int) -> tuple[Floats, Floats]:
    x = np.arange(-across, across + 1, dtype=np.float64)[np.newaxis, :]
    y = np.arange(-down, down + 1, dtype=np.float64)[:, np.newaxis]
    return x, y


def _centre(values: Floats) -> Weights:
    return Weights(values, (values.shape[1] // 2, values.shape[0] // 2))


def _scale(values: Floats, normalize: bool, magnitude: float) -> Floats:
    """Weights that sum to the magnitude if they are to be normalized; to zero, if some are negative.

    The service's guide to convolutions says that they then sum to zero and not how: here the positive weights sum to 1
    and the negative ones to -1.
    """
    if normalize:
        positive, negative = float(values[values > 0].sum()), float(-values[values < 0].sum())
        values = np.where(values > 0, values / (positive or 1.0), values / (negative or 1.0))
    return values * magnitude


def _size_arguments(size: Size) -> dict[str, Any]:
    across, down = size.radius
    radius = {"radius": across} if across == down else {"xRadius": across, "yRadius": down}
    return {**radius, "units": size.units, "normalize": size.normalize, "magnitude": size.magnitude}


def _units(*kernels: Kernel) -> dict[str, Any]:
    return {} if all(kernel.in_pixels for kernel in kernels) else {"units": "meters"}
