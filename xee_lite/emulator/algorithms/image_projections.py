"""Images on other grids: reprojecting, resampling, aggregating, displacing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import EarthError, NotImplementedHereError
from ..evaluator.registry import algorithm
from ..images import extents
from ..images.image import Band, Image, Pixels, Sampler
from ..images.pixelwise import map_bands
from ..images.resampling import KERNELS, reproject_band, resample_band
from ..pixels.aggregation import select_inputs
from ..pixels.coarsening import coarsen_bands
from ..types import PixelGrid, Projection, Transform
from .projections import resolved

if TYPE_CHECKING:
    from ..reducers.reduce import Reducer

Numbers = list[float]


@algorithm("Image.reproject")
def reproject(
    image: Image,
    crs: Projection,
    crs_transform: Numbers | None = None,
    scale: float | None = None,
) -> Image:
    target = resolved(crs, crs_transform, scale, "Image.reproject")
    return map_bands(image, lambda band: reproject_band(band, target))


@algorithm("Image.setDefaultProjection")
def set_default_projection(
    image: Image,
    crs: Projection,
    crs_transform: Numbers | None = None,
    scale: float | None = None,
) -> Image:
    target = resolved(crs, crs_transform, scale, "Image.setDefaultProjection")
    return map_bands(image, lambda band: extents.assign_projection(band, target))


@algorithm("Image.resample")
def resample(image: Image, mode: str = "bilinear") -> Image:
    if mode not in KERNELS:
        raise EarthError(f"Image.resample: Unknown mode '{mode}'; it is one of {', '.join(KERNELS)}.")
    return map_bands(image, lambda band: resample_band(band, mode))


@algorithm("Image.changeProj")
def change_proj(input_: Image, src_proj: Projection, dst_proj: Projection) -> Image:
    def moved(band: Band) -> Band:
        def compute(sampler: Sampler) -> Pixels:
            grid = sampler.grid
            if grid.crs != dst_proj.crs:
                raise NotImplementedHereError(
                    f"Image.changeProj: This emulator computes it in {dst_proj.crs} only, not in {grid.crs}.",
                )
            affine = _carried(grid.transform, dst_proj, src_proj)
            return sampler.at(PixelGrid(src_proj.crs, affine, grid.width, grid.height))(band)

        own = band.projection
        known = own.crs == src_proj.crs
        projection = Projection(dst_proj.crs, _carried(own.transform, src_proj, dst_proj)) if known else dst_proj
        levels = band.levels if known else 0
        return replace(band.derived(compute), projection=projection, footprint=None, levels=levels)

    return map_bands(input_, moved)


@algorithm("Image.translate")
def translate(input_: Image, x: float, y: float, units: str = "meters", proj: Projection | None = None) -> Image:
    if units not in {"meters", "pixels"}:
        raise EarthError(f"Image.translate: Unknown units '{units}'; they are 'meters' or 'pixels'.")
    if not input_.bands:
        return input_
    target = proj or input_.bands[0].projection
    if units == "meters":
        dx, dy = x / target.metres_per_unit, y / target.metres_per_unit
    else:
        start, stop = target.transform, extents.shift_projection(target, x, y).transform
        dx, dy = stop[2] - start[2], stop[5] - start[5]
    away = replace(target, transform=(1.0, 0.0, dx, 0.0, 1.0, dy))
    return change_proj(input_, Projection(target.crs), away)


@algorithm("Image.retile")
def retile(image: Image, size: int) -> Image:
    """The tiles of a computation change no pixel."""
    if not 1 <= size <= 32768:
        raise EarthError(f"Image.retile: The size must be between 1 and 32768, got {size}.")
    return image


@algorithm("Image.reduceResolution")
def reduce_resolution(image: Image, reducer: Reducer, best_effort: bool = False, max_pixels: int = 64) -> Image:
    if max_pixels < 1:
        raise EarthError(f"Image.reduceResolution: 'maxPixels' must be positive, got {max_pixels}.")
    bands: list[Band] = []
    for group in select_inputs(image, reducer, "Image.reduceResolution"):
        own = group[0].name
        many, alone = len(reducer.outputs) > 1, reducer.inputs == 1
        names = [f"{own}_{output}" if many and alone else own if alone else output for output in reducer.outputs]
        bands += coarsen_bands(group, reducer, names, max_pixels, best_effort=best_effort)
    return Image(tuple(bands), image.properties)


def _carried(affine: Transform, source: Projection, target: Projection) -> Transform:
    """The transform whose pixels lie in one projection as those of another transform lie in another projection."""
    return _product(target.transform, _product(_inverse(source.transform), affine))


def _product(left: Transform, right: Transform) -> Transform:
    a, b, c, d, e, f = left
    g, h, i, j, k, m = right
    return a * g + b * j, a * h + b * k, a * i + b * m + c, d * g + e * j, d * h + e * k, d * i + e * m + f


def _inverse(affine: Transform) -> Transform:
    a, b, c, d, e, f = affine
    area = a * e - b * d
    return e / area, -b / area, (b * f - e * c) / area, -d / area, a / area, (d * c - a * f) / area
