"""Spectral distances, and operations on neighbourhoods that use them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import EarthError, NotImplementedHereError
from ..evaluator.registry import algorithm
from ..images.arrays import Stack, make_array_band
from ..images.image import Image
from ..pixels import spectra
from ..pixels.bands import some_bands
from ..types import DOUBLE
from ..values.kernel import Kernel, Size, make_shape

if TYPE_CHECKING:
    from ..images.image import Band


@algorithm("Image.spectralDistance")
def spectral_distance(image1: Image, image2: Image, metric: str) -> Image:
    where = "Image.spectralDistance"
    _check(metric, where)
    if not image1.bands or not image2.bands:
        raise EarthError(f"{where}: Both images need bands.")
    one, other = image1.bands[0], image2.bands[0]
    if one.type.dimensions or other.type.dimensions:
        return Image((_between_arrays(one, other, metric, where),), image1.properties)
    if len(image1.bands) != len(image2.bands):
        raise EarthError(
            f"{where}: The images must have the same number of bands; got {len(image1.bands)} and {len(image2.bands)}."
        )
    pairs = list(zip(image1.bands, image2.bands, strict=True))
    return Image((spectra.spectral_distance(pairs, metric),), image1.properties)


@algorithm("Image.spectralErosion")
def spectral_erosion(image: Image, metric: str, kernel: Kernel | None, use_centroid: bool) -> Image:
    return _morphology(image, metric, kernel, use_centroid, far=False)


@algorithm("Image.spectralDilation")
def spectral_dilation(image: Image, metric: str, kernel: Kernel | None, use_centroid: bool) -> Image:
    return _morphology(image, metric, kernel, use_centroid, far=True)


@algorithm("Image.spectralGradient")
def spectral_gradient(image: Image, metric: str, kernel: Kernel | None, use_centroid: bool) -> Image:
    bands = _bands(image, metric, "Image.spectralGradient")
    return Image((spectra.spectral_gradient(bands, metric, _used(kernel), centroid=use_centroid),), image.properties)


def _morphology(image: Image, metric: str, kernel: Kernel | None, use_centroid: bool, *, far: bool) -> Image:
    bands = _bands(image, metric, "Image.spectralDilation" if far else "Image.spectralErosion")
    found = spectra.spectral_extremes(bands, metric, _used(kernel), centroid=use_centroid, far=far)
    return Image(tuple(found), image.properties)


def _bands(image: Image, metric: str, where: str) -> tuple[Band, ...]:
    _check(metric, where)
    bands = some_bands(image, where)
    if any(band.type.dimensions for band in bands):
        raise NotImplementedHereError(f"{where}: This emulator needs bands of numbers, not of arrays.")
    return bands


def _used(kernel: Kernel | None) -> Kernel:
    return make_shape("square", Size((1.0, 1.0))) if kernel is None else kernel


def _check(metric: str, where: str) -> None:
    if metric not in spectra.METRICS:
        raise EarthError(f"{where}: Unknown metric '{metric}'; it is one of {', '.join(spectra.METRICS)}.")


def _between_arrays(one: Band, other: Band, metric: str, where: str) -> Band:
    def function(left: Stack, right: Stack) -> Stack:
        if left.ndim != 2 or left.shape != right.shape:
            raise ValueError("The arrays must have one dimension and the same length")
        values: Any = spectra.METRICS[metric](left.T.astype(np.float64), right.T.astype(np.float64))
        return np.asarray(values)

    return make_array_band([one, other], function, DOUBLE, where, "distance")
