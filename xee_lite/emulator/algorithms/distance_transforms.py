"""Distance transforms."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..images.image import Image
from ..images.pixelwise import map_bands
from ..pixels import distances
from ..pixels.bands import find_band, only_band
from ..values.kernel import DISTANCES, Size, make_shape

if TYPE_CHECKING:
    from ..values.kernel import Kernel


@algorithm("Image.fastDistanceTransform")
def fast_distance_transform(image: Image, neighborhood: int, units: str, metric: str) -> Image:
    where = "Image.fastDistanceTransform"
    if units != "pixels":
        raise EarthError(f"{where}: Only 'pixels' are supported as units, got '{units}'.")
    if metric not in {"squared_euclidean", "manhattan", "chebyshev"}:
        raise EarthError(
            f"{where}: Unknown metric '{metric}'; it is one of 'squared_euclidean', 'manhattan', 'chebyshev'.",
        )
    distances.check_reach(neighborhood, where)
    return Image((distances.transform_distances(only_band(image, where), neighborhood, metric),), image.properties)


@algorithm("Image.rsedTransform")
def rsed_transform(image: Image, neighborhood: int, units: str) -> Image:
    """The names and the type of the results are not documented: here those of the input's bands, and doubles."""
    where = "Image.rsedTransform"
    if units != "pixels":
        raise EarthError(f"{where}: Only 'pixels' are supported as units, got '{units}'.")
    distances.check_reach(neighborhood, where)
    return map_bands(image, lambda band: distances.lower_parabolas(band, neighborhood))


@algorithm("Image.distance")
def distance(image: Image, kernel: Kernel | None, skip_masked: bool) -> Image:
    """The radius of the kernel that stands in for none is not documented; it is that of fastDistanceTransform."""
    used = make_shape("euclidean", Size((256.0, 256.0), normalize=False)) if kernel is None else kernel
    if used.kind not in DISTANCES or used.parameters["normalize"] or used.parameters["magnitude"] != 1:
        raise EarthError(
            f"Image.distance: The kernel must be one of {', '.join(DISTANCES)}, as it is made by default; "
            f"got '{used.kind}'.",
        )
    return map_bands(image, lambda band: distances.within_kernel(band, used, skip_masked=skip_masked))


@algorithm("Image.directionalDistanceTransform")
def directional_distance_transform(source: Image, angle: float, max_distance: int, label_band: str | None) -> Image:
    where = "Image.directionalDistanceTransform"
    distances.check_reach(max_distance, where)
    if not math.isfinite(angle):
        raise EarthError(f"{where}: The angle must be a finite number of degrees, got {angle}.")
    if label_band is None and len(source.bands) != 1:
        raise EarthError(f"{where}: Without 'labelBand' the image must have one band; it has {len(source.bands)}.")
    label = source.bands[0] if label_band is None else find_band(source, label_band, where)
    others = [band for band in source.bands if band is not label and band.name != "distance"]
    return Image(tuple(distances.directional_distances(others, label, angle, max_distance)), source.properties)
