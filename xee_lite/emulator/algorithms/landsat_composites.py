"""The best scenes of Landsat collections, and composites of their least cloudy pixels."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..images.image import Band, Image, Pixels, Sampler
from ..images.operators import Unary
from ..images.pixelwise import apply_unary, lowest
from ..pixels.bands import find_band
from ..pixels.composite import RUNNING, compute_running
from ..pixels.stacking import reduce_images
from ..reducers.statistics import percentile as percentile_reducer
from ..types import DOUBLE, FLOAT, UINT8
from .landsat import is_thermal, simple_cloud_score, spectral, top_of_atmosphere

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..values.collection import Collection

WHERE = "Landsat.simpleComposite"


@algorithm("Landsat.pathRowLimit")
def path_row_limit(collection: Collection, max_scenes_per_path_row: int, max_scenes_total: int) -> Collection:
    """The scenes of the least CLOUD_COVER, in their own order.

    The service counts the scenes of each request for pixels, and by what it ranks them is not documented. Here the
    collection is limited once, as a whole: in one that covers more ground than a request, the total is the smaller.
    """
    for name, limit in ("maxScenesPerPathRow", max_scenes_per_path_row), ("maxScenesTotal", max_scenes_total):
        if limit < 1:
            raise EarthError(f"Landsat.pathRowLimit: '{name}' must be at least 1, got {limit}.")
    return collection.with_source(lambda _: _clearest(collection, max_scenes_per_path_row, max_scenes_total))


@algorithm("Landsat.simpleComposite")
def simple_composite(
    collection: Collection, percentile: int, cloud_score_range: int, max_depth: int, as_float: bool
) -> Image:
    """A percentile, at each pixel, of the scenes whose cloud score is at most so much above the lowest there.

    Of each path and row the ``max_depth`` scenes of the least CLOUD_COVER take part. The description calls the limit
    an approximate one; how many the service takes where scenes of several rows overlap is unknown.
    """
    if cloud_score_range < 0 or max_depth < 1:
        raise EarthError(
            f"{WHERE}: 'cloudScoreRange' must not be negative and 'maxDepth' at least 1, "
            f"got {cloud_score_range} and {max_depth}.",
        )
    reducer = percentile_reducer([percentile], None)
    scenes = [(raw, simple_cloud_score(top_of_atmosphere(raw))) for raw in _clearest(collection, max_depth)]
    if not scenes:
        return Image(())
    clouds = [find_band(scored, "cloud", WHERE) for _, scored in scenes]
    least = compute_running("cloud", clouds, RUNNING["min"])
    stacks: dict[str, list[Band]] = {}
    for (raw, scored), cloud in zip(scenes, clouds, strict=True):
        for band in spectral(scored):
            scaled = band if as_float else _scale(band, thermal=is_thermal(raw, band))
            stacks.setdefault(band.name, []).append(_accepted(scaled, cloud, least, cloud_score_range))
    found = [band for name, stack in stacks.items() for band in reduce_images([stack], reducer, [name])]
    return Image(tuple(_as_float(band) if as_float else _as_byte(band) for band in found))


def _clearest(images: Iterable[Image], per_path_row: int, total: float = math.inf) -> list[Image]:
    """The least cloudy images of each path and row, and of all; one that does not tell its clouds comes last."""
    listed = list(images)
    covers = [image.properties.get("CLOUD_COVER") for image in listed]
    ranks = [float(cover) if isinstance(cover, (int, float)) else math.inf for cover in covers]
    taken: Counter[str] = Counter()
    kept: list[int] = []
    for position in sorted(range(len(listed)), key=ranks.__getitem__):
        properties = listed[position].properties
        path_row = f"{properties.get('WRS_PATH')} {properties.get('WRS_ROW')}"
        if taken[path_row] < per_path_row and len(kept) < total:
            taken[path_row] += 1
            kept.append(position)
    return [listed[position] for position in sorted(kept)]


def _accepted(band: Band, cloud: Band, least: Band, width: int) -> Band:
    """A band where its scene is hardly more cloudy than the clearest."""

    def compute(sampler: Sampler) -> Pixels:
        pixels, own, best = sampler(band), sampler(cloud), sampler(least)
        near = own.values.astype(np.int32) <= best.values.astype(np.int32) + width
        return Pixels(pixels.values, np.where(near, lowest(pixels.mask, own.mask), np.float32(0)))

    return band.derived(compute, band, cloud, least)


def _scale(band: Band, *, thermal: bool) -> Band:
    """As the served description has it; the rounding follows where the percentile is known."""
    operator = Unary(lambda values: values - 100 if thermal else 255 * values, lambda _: DOUBLE)
    return apply_unary(operator, band, WHERE)


def _as_byte(band: Band) -> Band:
    return apply_unary(Unary(lambda values: np.clip(np.rint(values), 0, 255), lambda _: UINT8), band, WHERE)


def _as_float(band: Band) -> Band:
    return apply_unary(Unary(lambda values: values, lambda _: FLOAT), band, WHERE)
