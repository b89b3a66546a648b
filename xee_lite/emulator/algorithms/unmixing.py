"""Linear unmixing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import EarthError, NotImplementedHereError
from ..evaluator.registry import algorithm
from ..images.image import Band, Image, Pixels, Sampler
from ..images.pixelwise import choose_template, lowest
from ..types import DOUBLE

if TYPE_CHECKING:
    import numpy.typing as npt


@algorithm("Image.unmix")
def unmix(image: Image, endmembers: list[list[Any]], sum_to_one: bool, non_negative: bool) -> Image:
    """The pseudo-inverse of the endmembers times each pixel, in bands ``band_0``, ``band_1``, ..."""
    where = "Image.unmix"
    if sum_to_one or non_negative:
        raise NotImplementedHereError(f"{where}: This emulator implements unmixing without constraints only.")
    try:
        spectra = np.array(endmembers, np.float64)
    except (TypeError, ValueError) as error:
        raise EarthError(f"{where}: The endmembers must be lists of numbers, all of one length.") from error
    if spectra.ndim != 2 or not spectra.size or not np.isfinite(spectra).all():
        raise EarthError(f"{where}: The endmembers must be lists of finite numbers, got the shape {spectra.shape}.")
    if spectra.shape[1] != len(image.bands):
        raise EarthError(f"{where}: The endmembers have {spectra.shape[1]} bands, and the image {len(image.bands)}.")
    inverse: npt.NDArray[Any] = np.linalg.pinv(spectra.T)

    def share(number: int) -> Band:
        def compute(sampler: Sampler) -> Pixels:
            pixels = [sampler(band) for band in image.bands]
            total = np.zeros(sampler.shape)
            for weight, one in zip(inverse[number], pixels, strict=True):
                total += weight * one.values
            return Pixels(total, lowest(*(one.mask for one in pixels)))

        first = image.bands[0]
        band = first.derived(compute, *image.bands, name=f"band_{number}", type_=DOUBLE)
        return choose_template(band, *image.bands)

    return Image(tuple(share(number) for number in range(len(spectra))), image.properties)
