"""Canny's edge detector: where the gradient of a smoothed image is highest across the edge."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ..images.image import Band, Pixels, Sampler
from ..types import DOUBLE
from .neighbourhood import read_neighbourhood

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

WIDTHS = 3
"""Standard deviations to which the Gaussian reaches."""

ACROSS = ((0, 1), (1, 1), (1, 0), (1, -1))
"""Rows and columns to a neighbour in the directions of 0, 45, 90 and 135 degrees from the columns to the rows."""


def detect_edges(band: Band, threshold: float, sigma: float) -> Band:
    """The gradient's magnitude on edges, and 0 elsewhere.

    J. Canny, A computational approach to edge detection, 1986, with one threshold and so without hysteresis. Which
    differences make the gradient is not documented: here Sobel's, as they are. (Users set thresholds of up to 3 for
    steps of 1, which halves of differences never reach.) Masked pixels take no part in the smoothing, and there is no
    edge beside them.

    Parameters
    ----------
    band : Band
    threshold : float
        Magnitudes have to be above it.
    sigma : float
        Of the Gaussian, in pixels; 0 is none.
    """
    reach = math.ceil(WIDTHS * sigma)

    def compute(sampler: Sampler) -> Pixels:
        source = read_neighbourhood(sampler, band, (reach + 2,) * 4)
        if source.is_nothing:
            return Pixels.nothing(sampler.shape, np.float64)
        valid = (source.mask > 0).astype(np.float64)
        values = np.where(valid > 0, source.values, 0).astype(np.float64)
        inner = np.s_[reach : valid.shape[0] - reach, reach : valid.shape[1] - reach]
        total, weights = _smooth(values, sigma, reach), _smooth(valid, sigma, reach)
        smooth = np.divide(total, weights, out=np.zeros_like(total), where=weights > 0)
        found = _thin(*_gradient(smooth, valid[inner] > 0))
        with np.errstate(invalid="ignore"):
            return Pixels(np.where(found > threshold, found, 0), source.mask[inner][2:-2, 2:-2])

    return band.derived(compute, type_=DOUBLE)


def _smooth(values: Floats, sigma: float, reach: int) -> Floats:
    if not reach:
        return values
    weights = np.exp(-((np.arange(-reach, reach + 1) / sigma) ** 2) / 2)
    for axis in (0, 1):
        length = values.shape[axis] - 2 * reach
        parts = [weight * values.take(range(at, at + length), axis) for at, weight in enumerate(weights)]
        values = np.add.reduce(parts)
    return values


def _gradient(values: Floats, valid: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Sobel's differences to the right and downwards; 0 where a pixel among the nine is missing."""
    nine = np.lib.stride_tricks.sliding_window_view(valid, (3, 3)).all(axis=(2, 3))
    sides = values[:, 2:] - values[:, :-2]
    right = sides[:-2] + 2 * sides[1:-1] + sides[2:]
    ends = values[2:] - values[:-2]
    down = ends[:, :-2] + 2 * ends[:, 1:-1] + ends[:, 2:]
    return np.where(nine, right, 0), np.where(nine, down, 0)


def _thin(right: Floats, down: Floats) -> Floats:
    """Magnitudes that are not below those on both sides of the edge; of two equal ones the second."""
    magnitude = np.hypot(right, down)
    sector = np.rint(np.arctan2(down, right)[1:-1, 1:-1] / (np.pi / 4)).astype(np.int64) % 4
    own = magnitude[1:-1, 1:-1]
    height, width = own.shape
    keep = np.zeros(own.shape, bool)
    for number, (row, col) in enumerate(ACROSS):
        before = magnitude[1 - row : 1 - row + height, 1 - col : 1 - col + width]
        after = magnitude[1 + row : 1 + row + height, 1 + col : 1 + col + width]
        keep |= (sector == number) & (own >= before) & (own > after)
    return np.where(keep, own, 0)
