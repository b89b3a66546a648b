"""Edges and lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..images.image import Band, Image, Pixels, Sampler
from ..images.pixelwise import map_bands
from ..pixels.canny import detect_edges
from ..pixels.hough import find_lines
from ..pixels.neighbourhood import read_neighbourhood
from ..types import BOOLEAN

if TYPE_CHECKING:
    import numpy.typing as npt

MAX_SIGMA = 100
"""Pixels: this emulator's own limit, as the next one."""

MAX_GRID = 2048


@algorithm("Image.zeroCrossing")
def zero_crossing(image: Image) -> Image:
    """1 where the pixel to the right, below, or to the right below has the opposite sign (the guide to edges).

    Zeros, and masked pixels, have no sign; what the service makes of them is not documented.
    """
    return map_bands(image, _crossings)


@algorithm("CannyEdgeDetector")
def canny_edge_detector(image: Image, threshold: float, sigma: float) -> Image:
    where = "CannyEdgeDetector"
    if not 0 <= sigma <= MAX_SIGMA:
        raise EarthError(f"{where}: 'sigma' must be between 0 and {MAX_SIGMA}, got {sigma}.")
    return map_bands(image, lambda band: detect_edges(band, threshold, sigma))


@algorithm("HoughTransform")
def hough_transform(image: Image, grid_size: int, input_threshold: float, line_threshold: float, smooth: bool) -> Image:
    """Where cells begin is not documented; here it is where the CRS does, so that tiles fit together."""
    where = "HoughTransform"
    if not 0 < grid_size <= MAX_GRID:
        raise EarthError(f"{where}: 'gridSize' must be between 1 and {MAX_GRID} pixels, got {grid_size}.")
    if not line_threshold > 0:
        raise EarthError(f"{where}: 'lineThreshold' must be positive, got {line_threshold}.")
    return map_bands(image, lambda band: find_lines(band, grid_size, input_threshold, line_threshold, smooth=smooth))


def _crossings(band: Band) -> Band:
    def compute(sampler: Sampler) -> Pixels:
        source = read_neighbourhood(sampler, band, (0, 0, 1, 1))
        signs: npt.NDArray[np.int8] = np.where(source.mask > 0, np.sign(source.values), 0).astype(np.int8)
        here, others = signs[:-1, :-1], (signs[:-1, 1:], signs[1:, :-1], signs[1:, 1:])
        found = np.logical_or.reduce([here * other < 0 for other in others])
        return Pixels(found.astype(BOOLEAN.storage), source.mask[:-1, :-1])

    return band.derived(compute, type_=BOOLEAN)
