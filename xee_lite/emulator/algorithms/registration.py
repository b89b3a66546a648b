"""Registration: displacing images so that they fit, and measuring how well they do."""

from __future__ import annotations

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..images.image import Image
from ..images.pixelwise import map_bands
from ..images.resampling import WARPS, displace_band
from ..pixels.correlation import Search, correlate

MAX_PIXELS = 128
"""Of a gap or a window: this emulator's own limit."""


@algorithm("Image.displace")
def displace(image: Image, displacement: Image, mode: str, max_offset: float | None) -> Image:
    """The greatest offset makes the service faster, and nothing here."""
    where = "Image.displace"
    if mode not in WARPS:
        raise EarthError(f"{where}: Unknown mode '{mode}'; it is one of {', '.join(WARPS)}.")
    if len(displacement.bands) < 2:
        raise EarthError(f"{where}: The displacement needs two bands, and it has {len(displacement.bands)}.")
    if max_offset is not None and not max_offset >= 0:
        raise EarthError(f"{where}: 'maxOffset' must not be negative, got {max_offset}.")
    across, down = displacement.bands[:2]
    return map_bands(image, lambda band: displace_band(band, across, down, mode))


@algorithm("CrossCorrelation")
def cross_correlation(image_a: Image, image_b: Image, max_gap: int, window_size: int, max_masked_frac: float) -> Image:
    where = "CrossCorrelation"
    if not image_a.bands or len(image_a.bands) != len(image_b.bands):
        raise EarthError(
            f"{where}: The images must have the same number of bands; got {len(image_a.bands)} and "
            f"{len(image_b.bands)}."
        )
    if not (0 <= max_gap <= MAX_PIXELS and 0 < window_size <= MAX_PIXELS):
        raise EarthError(
            f"{where}: At most {MAX_PIXELS} pixels can be a gap or a window; got {max_gap} and {window_size}."
        )
    if not 0 <= max_masked_frac <= 1:
        raise EarthError(f"{where}: 'maxMaskedFrac' must be between 0 and 1, got {max_masked_frac}.")
    found = correlate(image_a.bands, image_b.bands, Search(max_gap, window_size, max_masked_frac))
    return Image(tuple(found), image_a.properties)
