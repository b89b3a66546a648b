"""Statistics of regions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..pixels.aggregation import Aggregation, name_outputs, reduce_region, region_or_footprint, working_projection
from ..types import WGS84, Projection
from ..values.collection import Collection
from ..values.feature import geometry_of
from .projections import resolved

if TYPE_CHECKING:
    from ..geometry.geometry import Geometry
    from ..images.image import Image
    from ..reducers.reduce import Reducer
    from ..values.feature import Element


@algorithm("Image.reduceRegion")
def reduce_one_region(
    image: Image,
    reducer: Reducer,
    geometry: Geometry | None = None,
    scale: float | None = None,
    crs: Projection | None = None,
    crs_transform: list[float] | None = None,
    best_effort: bool = False,
    max_pixels: float = 1e7,
    tile_scale: float = 1,
) -> dict[str, Any]:
    where = "Image.reduceRegion"
    check_tile_scale(tile_scale)
    region = region_or_footprint(image, geometry, where)
    projection = projection_of(image, scale, crs, crs_transform, where)
    how = Aggregation(reducer, projection, max_pixels, best_effort, where)
    return name_outputs(image, reducer, reduce_region(image, region, how))


@algorithm("Image.reduceRegions")
def reduce_many_regions(
    image: Image,
    collection: Collection,
    reducer: Reducer,
    scale: float | None = None,
    crs: Projection | None = None,
    crs_transform: list[float] | None = None,
    tile_scale: float = 1,
    max_pixels_per_region: float | None = None,
) -> Collection:
    where = "Image.reduceRegions"
    check_tile_scale(tile_scale)
    limit = np.inf if max_pixels_per_region is None else max_pixels_per_region
    how = Aggregation(
        reducer, projection_of(image, scale, crs, crs_transform, where), limit, best_effort=False, where=where
    )

    def reduced(feature: Element) -> Element:
        region_geometry = geometry_of(feature)
        if region_geometry is None:
            return feature
        results = reduce_region(image, region_geometry, how)
        # A single band gives its name to nothing: the outputs keep their own.
        found = results[0] if len(image.bands) == 1 else name_outputs(image, reducer, results)
        return replace(feature, properties={**feature.properties, **found})

    return Collection(lambda _: map(reduced, collection), "Feature", collection.properties)


def projection_of(
    image: Image,
    scale: float | None,
    crs: Projection | None,
    crs_transform: list[float] | None,
    where: str,
) -> Projection:
    """The projection to work in: the one asked for, or the image's own."""
    if crs is not None or not image.bands:
        return resolved(crs or WGS84, crs_transform, scale, where)
    if scale is None and crs_transform is None:
        return working_projection(image, where)
    return resolved(image.bands[0].projection, crs_transform, scale, where)


def check_tile_scale(tile_scale: float) -> None:
    if not 0.1 <= tile_scale <= 16:
        raise EarthError("ReduceRegion.AggregationContainer: Valid tileScales are 0.1 to 16.")
