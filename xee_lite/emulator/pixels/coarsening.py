"""Aggregation to larger pixels: a reducer over the input pixels under an output pixel, weighted by their shares."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import EarthError
from ..geometry.coordinates import find_positions
from ..images import extents
from ..images.image import Band, Pixels, Sampler
from ..images.pixelwise import is_placed
from .outputs import compute_in_blocks, make_output_bands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..reducers.reduce import Reducer
    from ..types import Floats, PixelGrid, Projection


@dataclass(frozen=True, slots=True)
class _Cells:
    """Where output pixels lie among input pixels: bounds that broadcast to the shape of the output.

    In another CRS an output pixel is no rectangle of the input's; its bounding box stands for it.
    """

    left: Floats
    right: Floats
    top: Floats
    bottom: Floats

    @property
    def max_count(self) -> int:
        """Input pixels under the largest output pixel."""
        return math.ceil(float(np.max(self.right - self.left)) * float(np.max(self.bottom - self.top)) - 1e-6)

    @property
    def taps(self) -> tuple[int, int]:
        """Rows and columns of input pixels that an output pixel may touch."""
        return _reach(self.top, self.bottom), _reach(self.left, self.right)


def coarsen_bands(
    bands: Sequence[Band], reducer: Reducer, names: Sequence[str], max_pixels: int, *, best_effort: bool
) -> list[Band]:
    """Bands that are reduced wherever they are asked for in larger pixels than their own.

    Parameters
    ----------
    bands : sequence of Band
        The reducer's inputs.
    reducer : Reducer
        Gets as weights the input's mask times the fraction of the output pixel that the input pixel covers.
    names : sequence of str
        For the outputs.
    max_pixels : int
        Input pixels for one output pixel.
    best_effort : bool
        Whether more of them are thinned out evenly instead of refused, or, of a band that keeps levels, taken from the
        first level that has few enough.

    Raises
    ------
    EarthError
        When computed, if more input pixels are needed for an output pixel.
    """
    types = reducer.types([band.type for band in bands])
    if any(type_.dimensions for type_ in types.values()):
        raise EarthError("Image.reduceResolution: The reducer must give numbers, and not arrays.")
    if not is_placed(bands[0]):
        return [bands[0].renamed(name) for name, _ in zip(names, types, strict=True)]

    def found(sampler: Sampler) -> dict[str, Pixels]:
        projection = bands[0].projection
        cells = _cells(sampler.grid, projection)
        if cells is None or cells.max_count <= 1:
            return dict.fromkeys(reducer.outputs, sampler(bands[0]))
        if cells.max_count > max_pixels:
            if not best_effort:
                raise EarthError(
                    f"Image.reduceResolution: {cells.max_count} input pixels lie under an output pixel, but maxPixels "
                    f"allows only {max_pixels}; raise it, or set 'bestEffort' to true.",
                )
            factor = math.sqrt(cells.max_count / max_pixels)
            if bands[0].levels:
                factor = 2.0 ** math.ceil(math.log2(factor))
            projection = extents.coarsen_projection(projection, factor)
        return _reduce(sampler, bands, projection, reducer)

    return make_output_bands(bands[0], names, types, found)


def _reduce(sampler: Sampler, bands: Sequence[Band], projection: Projection, reducer: Reducer) -> dict[str, Pixels]:
    grid = sampler.grid
    cells = _cells(grid, projection)
    taps = 1 if cells is None else cells.taps[0] * cells.taps[1]

    def block(rows: slice, columns: slice) -> dict[str, Pixels]:
        size = columns.stop - columns.start, rows.stop - rows.start
        window = extents.make_window(grid.projection, (columns.start, rows.start), size)
        return _block(sampler.at(window), bands, projection, reducer)

    return compute_in_blocks(sampler.shape, 16 * taps * len(bands), block)


def _block(sampler: Sampler, bands: Sequence[Band], projection: Projection, reducer: Reducer) -> dict[str, Pixels]:
    cells = _cells(sampler.grid, projection)
    if cells is None:
        return dict.fromkeys(reducer.outputs, Pixels.nothing(sampler.shape, np.float64))
    (down, across), first = cells.taps, (math.floor(cells.left.min()), math.floor(cells.top.min()))
    size = math.floor(cells.left.max()) + across - first[0], math.floor(cells.top.max()) + down - first[1]
    source = sampler.at(extents.make_window(projection, first, size))
    rows, heights = _overlaps(cells.top, cells.bottom, down)
    cols, widths = _overlaps(cells.left, cells.right, across)
    shares = [np.broadcast_to(tall * wide, sampler.shape) for tall in heights for wide in widths]
    offsets = [(row - first[1], col - first[0]) for row in rows for col in cols]
    values, weights = [], []
    for band in bands:
        pixels = source(band)
        values.append(np.stack([np.broadcast_to(pixels.values[at], sampler.shape) for at in offsets]))
        weights.append(np.stack([pixels.mask[at] * share for at, share in zip(offsets, shares, strict=True)]))
    return reducer.stack(values, weights)


def _cells(grid: PixelGrid, projection: Projection) -> _Cells | None:
    """None where the grid has no image in the projection, in full."""
    corners = extents.make_window(grid.projection, (0, 0), (grid.width + 1, grid.height + 1))
    a, b, c, d, e, f = corners.transform
    shifted = replace(corners, transform=(a, b, c - (a + b) / 2, d, e, f - (d + e) / 2))
    x, y = find_positions(shifted, projection)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return None
    return _Cells(_least(x), -_least(-x), _least(y), -_least(-y))


def _least(corners: Floats) -> Floats:
    """The least of a pixel's corners, along the axes that there are."""
    if corners.shape[0] > 1:
        corners = np.minimum(corners[:-1], corners[1:])
    return np.minimum(corners[:, :-1], corners[:, 1:]) if corners.shape[1] > 1 else corners


def _reach(start: Floats, stop: Floats) -> int:
    return int(np.max(np.ceil(stop - 1e-9) - np.floor(start))) or 1


def _overlaps(start: Floats, stop: Floats, taps: int) -> tuple[list[npt.NDArray[Any]], list[Floats]]:
    """Indices of the input pixels along one axis, and which part of the output pixel each covers."""
    base = np.floor(start)
    indices = [base + tap for tap in range(taps)]
    parts = [np.clip(np.minimum(stop, one + 1) - np.maximum(start, one), 0, None) / (stop - start) for one in indices]
    return [one.astype(np.int64) for one in indices], parts
