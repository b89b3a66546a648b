"""Reducing the pixels of a region to a few values."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import EarthError
from ..images import extents
from ..images.image import Sampler
from ..images.pixelwise import is_placed
from ..images.region import LEAST_SHARE, Region
from ..request_limits import check_memory, hold
from .bands import some_bands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..geometry.geometry import Geometry
    from ..images.image import Band, Image
    from ..reducers.reduce import Reducer
    from ..types import Projection

Columns = list[npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Aggregation:
    """The parameters of a reduction over a region besides the image and the region.

    Attributes
    ----------
    reducer : Reducer
    projection : Projection
        Whose pixels are reduced.
    max_pixels : float
        More are refused.
    best_effort : bool
        Whether the scale grows until they are few enough.
    where : str
        The algorithm, for messages.
    """

    reducer: Reducer
    projection: Projection
    max_pixels: float
    best_effort: bool
    where: str


def reduce_region(image: Image, geometry: Geometry, how: Aggregation) -> list[dict[str, Any]]:
    """Reduce an image over a region.

    Weighted reducers take every pixel of which half a percent lies in the region, with that part times the mask as its
    weight; the others take fully the pixels whose centre lies in it (the service's guide to reduceRegion).

    Returns
    -------
    list of dict
        Per group of inputs (each band alone, or all bands together) the reducer's outputs.

    Raises
    ------
    EarthError
        If there are too many pixels, or the bands do not fit the reducer's inputs.
    """
    region = check_affordable(geometry, how)
    size = 0
    groups = select_inputs(image, how.reducer, how.where)
    taken: list[list[tuple[Columns, Columns]]] = [[] for _ in groups]
    for tile in region.tiles():
        sampler = Sampler(tile.grid)
        counted = tile.shares >= LEAST_SHARE if how.reducer.weighted or not region.has_area else tile.centres
        shares = tile.shares if how.reducer.weighted else tile.centres.astype(np.float64)
        for group, parts in zip(groups, taken, strict=True):
            pixels = [sampler.arrays(band) if how.reducer.of_arrays else sampler(band) for band in group]
            kept = counted & np.logical_and.reduce([one.mask > 0 for one in pixels])
            if kept.any():
                weights = [shares[kept] * one.mask[kept] for one in pixels]
                values = [one.values[kept] for one in pixels]
                for array in (*values, *weights):
                    hold(array, array.nbytes)
                    size += array.nbytes
                check_memory(size)  # as much again, when they are joined
                parts.append((values, weights))
    return [how.reducer.columns(*_join(parts, len(group))) for group, parts in zip(groups, taken, strict=True)]


def select_inputs(image: Image, reducer: Reducer, where: str) -> list[Sequence[Band]]:
    """Which bands go into a reducer together: each alone, or all of them.

    Raises
    ------
    EarthError
        If the reducer takes several inputs, and not as many as there are bands.
    """
    if reducer.inputs == 1:
        return [(band,) for band in image.bands]
    if reducer.inputs != len(image.bands):
        raise EarthError(
            f"{where}: The reducer needs {reducer.inputs} inputs, but the image has {len(image.bands)} bands.",
        )
    return [image.bands]


def name_outputs(image: Image, reducer: Reducer, results: list[dict[str, Any]]) -> dict[str, Any]:
    """Results under the names of their bands, with the output's name behind where there are several."""
    if reducer.inputs > 1:
        return results[0]
    if len(reducer.outputs) == 1:
        return {band.name: result[reducer.outputs[0]] for band, result in zip(image.bands, results, strict=True)}
    return {
        f"{band.name}_{output}": value
        for band, result in zip(image.bands, results, strict=True)
        for output, value in result.items()
    }


def working_projection(image: Image, where: str) -> Projection:
    """The projection of an image's first band, which must be one of its own.

    Raises
    ------
    EarthError
        If it is the default one of composites and constants.
    """
    first = some_bands(image, where)[0]
    if not is_placed(first) or first.projection.transform == (1.0, 0.0, 0.0, 0.0, 1.0, 0.0):
        raise EarthError(
            f"{where}: The default WGS84 projection is invalid for aggregations. "
            "Specify a scale or crs & crs_transform.",
        )
    return first.projection


def region_or_footprint(image: Image, geometry: Geometry | None, where: str) -> Geometry:
    """The region asked for, or the footprint of the first band.

    Raises
    ------
    EarthError
        If there is none.
    """
    found = geometry or (extents.find_outline(image.bands[0]) if image.bands else None)
    if found is None or found.unbounded:
        raise EarthError(f"{where}: Provide 'geometry' parameter when aggregating over an unbounded image.")
    return found


def check_affordable(geometry: Geometry, how: Aggregation) -> Region:
    """A geometry laid over pixels that are few enough, or larger ones if that is allowed.

    Raises
    ------
    EarthError
        If they are too many.
    """
    if not how.max_pixels > 0:
        raise EarthError(f"{how.where}: 'maxPixels' must be positive, got {how.max_pixels}.")
    region = Region(geometry, how.projection)
    if math.isinf(how.max_pixels):
        return region
    count = region.size(how.max_pixels)
    projection = how.projection
    while count > how.max_pixels:
        if not how.best_effort:
            raise EarthError(
                f"{how.where}: Too many pixels in the region. Found {count}, but maxPixels allows only "
                f"{how.max_pixels:.0f}. Ensure that you are not aggregating at a higher resolution than you intended; "
                "that is a frequent cause of this error. If not, then you may set the 'maxPixels' argument to a limit "
                "suitable for your computation; set 'bestEffort' to true to aggregate at whatever scale results in "
                "'maxPixels' total pixels; or both.",
            )
        factor = max(math.sqrt(count / how.max_pixels), 1.01)
        a, b, c, d, e, f = projection.transform
        projection = replace(projection, transform=(a * factor, b * factor, c, d * factor, e * factor, f))
        region = Region(geometry, projection)
        count = region.size(how.max_pixels)
    return region


def _join(parts: list[tuple[Columns, Columns]], inputs: int) -> tuple[Columns, Columns]:
    if not parts:
        return [np.zeros(0)] * inputs, [np.zeros(0)] * inputs
    values, weights = zip(*parts, strict=True)
    return (
        [np.concatenate(pieces) for pieces in zip(*values, strict=True)],
        [np.concatenate(pieces) for pieces in zip(*weights, strict=True)],
    )
