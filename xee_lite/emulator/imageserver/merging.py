"""The pixels of an export: the rasters of a mosaic on one grid, joined, with missing ones filled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..geometry.coordinates import are_apart
from ..images.image import Sampler
from ..images.pixelwise import is_placed
from ..images.resampling import resample_band
from ..types import DOUBLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..images.image import Band, Pixels
    from ..types import PixelGrid
    from .export_request import ExportRequest, NoData
    from .mosaic_rule import Selection
    from .raster import Raster

Array = npt.NDArray[Any]
_KERNELS = {"Bilinear": "bilinear", "Cubic": "bicubic"}


@dataclass(frozen=True, slots=True)
class Pixmap:
    """Pixels of some bands.

    Attributes
    ----------
    values : ndarray, shape (band, height, width)
    valid : ndarray of bool, shape (band, height, width)
    hollow : bool
        Whether no raster is anywhere near.
    """

    values: Array
    valid: npt.NDArray[np.bool_]
    hollow: bool = False


def merge_rasters(selection: Selection, request: ExportRequest, most: int) -> Pixmap:
    """Read and join the rasters that touch the grid, the first ``most`` of them."""
    near = [raster for raster in selection.rasters if _touches(raster, request.grid)][:most]
    shape = (len(request.bands), request.grid.height, request.grid.width)
    if not near:
        return Pixmap(np.zeros(shape, request.dtype), np.zeros(shape, bool), hollow=True)
    sampler = Sampler(request.grid)
    values, valid = np.zeros(shape, request.dtype), np.zeros(shape, bool)
    for place, band in enumerate(request.bands):
        layers = _layers(near, band, sampler, request.resampling)
        joined, valid[place] = _join(layers, selection.operation, request.dtype, shape[1:])
        values[place] = cast(joined, request.dtype)
    return Pixmap(values, valid)


def _touches(raster: Raster, grid: PixelGrid) -> bool:
    band = raster.bands[0]
    return band.dimensions is None or not are_apart(grid, band.projection, band.dimensions)


def _layers(rasters: Sequence[Raster], band: int, sampler: Sampler, resampling: str) -> Iterator[Pixels]:
    """The band of each raster; one that a raster has not is missing there."""
    for raster in rasters:
        if band < len(raster.bands):
            yield sampler(resampled(raster.bands[band], resampling))


def resampled(band: Band, resampling: str) -> Band:
    """A band that is interpolated in double precision, so that large integers stay what they are."""
    if resampling not in _KERNELS or not is_placed(band):
        return band

    def compute(sampler: Sampler) -> Pixels:
        pixels = sampler(band)
        return replace(pixels, values=pixels.values.astype(np.float64))

    return resample_band(band.derived(compute, type_=DOUBLE), _KERNELS[resampling])


def _join(
    layers: Iterator[Pixels], operation: str, dtype: np.dtype[np.generic], shape: tuple[int, ...]
) -> tuple[Array, npt.NDArray[np.bool_]]:
    kept = dtype if operation in ("FIRST", "LAST", "MIN", "MAX") else np.dtype(np.float64)
    values, count = np.zeros(shape, kept), np.zeros(shape, np.int32)
    for layer in layers:
        here = layer.mask > 0
        new = cast(layer.values, kept)
        free = here & (count == 0)
        if operation == "FIRST":
            np.copyto(values, new, where=free)
        elif operation == "LAST":
            np.copyto(values, new, where=here)
        elif operation in ("MIN", "MAX"):
            better = np.fmin if operation == "MIN" else np.fmax
            np.copyto(values, np.where(free, new, better(values, new)), where=here)
        else:
            np.add(values, new, out=values, where=here)
        count += here
        if operation == "FIRST" and count.all():
            break
    if operation == "MEAN":
        np.divide(values, count, out=values, where=count > 0)
    return values, count > 0


def cast(values: Array, dtype: np.dtype[np.generic]) -> Array:
    """Values in a pixel type; those beyond its range become its ends, fractions the nearest integer.

    The documentation says that values out of range are truncated; how is unknown.
    """
    if np.can_cast(values.dtype, dtype, "safe"):
        return values.astype(dtype, copy=False)
    if dtype.kind == "f":
        with np.errstate(over="ignore"):
            return values.astype(dtype)
    info = np.iinfo(dtype.name)
    with np.errstate(invalid="ignore"):
        whole = np.nan_to_num(np.rint(values)) if values.dtype.kind == "f" else values.astype(np.int64)
        clipped: Array = np.clip(whole, info.min, info.max).astype(dtype)
    return clipped


def fill(pixels: Pixmap, no_data: NoData | None) -> tuple[Array, float | None]:
    """Put what stands for missing pixels, and say the value of the tag that tells of it.

    Without ``noData`` it is 0 and no tag (field reports). A number that the type does not hold counts as none; what
    the server does then is unknown. A tag tells one number, so there is none where bands have several.
    """
    values = np.where(pixels.valid, pixels.values, 0).astype(pixels.values.dtype)
    if no_data is None or not all(_fits(value, values.dtype) for value in no_data.values):
        return values, None
    missing = ~pixels.valid
    fills = np.array(no_data.values).astype(values.dtype)
    matched = missing | (values == fills[:, np.newaxis, np.newaxis])
    if no_data.every:
        missing &= matched.all(axis=0)
    values = np.where(missing, fills[:, np.newaxis, np.newaxis], values)
    same = len(set(no_data.values)) == 1
    return values, no_data.values[0] if same else None


def _fits(value: float, dtype: np.dtype[np.generic]) -> bool:
    if dtype.kind == "f":
        return bool(np.isfinite(np.float64(value).astype(dtype)))
    info = np.iinfo(dtype.name)
    return info.min <= value <= info.max and value == int(value)
