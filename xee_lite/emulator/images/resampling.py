"""Pixels on another grid than a band's own: interpolation, aggregation, and a grid that is forced upstream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import EarthError
from ..geometry.coordinates import transform, unapply
from . import extents
from .image import Band, Mask, Pixels, Sampler, Values
from .levels import compute_by_level
from .pixelwise import choose_template, is_placed
from .ranges import interval, make_type
from .sampling import TIE, find_lookup, gather, locate

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..types import Floats, Projection

MAX_REPROJECTION = 50_000_000
"""Pixels of a forced grid that one request may need. Users report a cap near this number, and the text of the refusal;
the number itself is not documented."""

Kernel = tuple[int, "Callable[[Floats], list[Floats]]"]
"""How far the first tap lies before the pixel that a position falls behind, and the weights of all taps."""


def reproject_band(band: Band, projection: Projection) -> Band:
    """A band computed on a forced grid, from which a request takes the nearest pixel.

    Raises
    ------
    EarthError
        When it is computed, if the request needs too many pixels of that grid.
    """

    def compute(sampler: Sampler) -> Pixels:
        found = sampler.share(("unbounded", projection), lambda: find_lookup(sampler, projection, None))
        if found is None:
            return Pixels.nothing(sampler.shape, band.type.storage)
        row0, row1, col0, col1 = found.window
        if (row1 - row0) * (col1 - col0) > MAX_REPROJECTION:
            raise EarthError(f"Reprojection output too large ({col1 - col0}x{row1 - row0} pixels).")

        def read(row0: int, row1: int, col0: int, col1: int) -> tuple[Values, Mask | None]:
            pixels = sampler.at(extents.make_window(projection, (col0, row0), (col1 - col0, row1 - row0)))(band)
            return pixels.values, pixels.mask

        return found.spread(*gather(found, read), sampler.shape)

    return extents.assign_projection(band.derived(compute), projection)


def resample_band(band: Band, mode: str) -> Band:
    """A band whose values between its pixels' centres are interpolated.

    A pixel is masked where its nearest neighbour is; masked neighbours do not contribute. (The service documents
    neither, nor the type of the result: interpolated integers are floats here.) A band without a grid of its own has
    nothing to interpolate on and stays as it is. Of a band that keeps levels, the one that suits is interpolated.
    """
    if not is_placed(band):
        return band
    kernel = KERNELS[mode]
    found = interval(band.type) if mode == "bilinear" else None
    type_ = make_type("float" if band.type.precision == "int" else band.type.precision, found)

    def compute(sampler: Sampler) -> Pixels:
        if sampler.grid.projection == band.projection:
            pixels = sampler(band)
            return Pixels(pixels.values.astype(type_.storage, copy=False), pixels.mask)

        def at_level(part: Sampler, level: int) -> Pixels:
            projection = extents.coarsen_projection(band.projection, 2**level)
            return _interpolate(part, band, projection, locate(part, projection), kernel, type_.storage)

        return compute_by_level(sampler, band.projection, band.levels, at_level)

    return band.derived(compute, type_=type_)


def displace_band(band: Band, across: Band, down: Band, mode: str) -> Band:
    """A band whose pixels come from elsewhere.

    Values are interpolated on the band's own grid, or on that of the request if it has none; the type of the result is
    that of `resample`. (The service documents neither.)

    Parameters
    ----------
    band : Band
    across, down : Band
        Metres along the axes of their projection's CRS to where a pixel comes from.
    mode : str
        One of `WARPS`.
    """
    type_ = band.type
    if mode != "nearest_neighbor":
        found = interval(band.type) if mode == "bilinear" else None
        type_ = make_type("float" if band.type.precision == "int" else band.type.precision, found)

    def compute(sampler: Sampler) -> Pixels:
        steps = sampler(across), sampler(down)
        home = band.projection if is_placed(band) else sampler.grid.projection
        crs, metres = across.projection.crs, across.projection.metres_per_unit
        x, y = transform(*sampler.grid.centres(), sampler.grid.crs, crs)
        x, y = x + steps[0].values / metres, y + steps[1].values / metres
        pixel_positions = unapply(home.transform, *transform(x, y, crs, home.crs))
        pixels = _interpolate(sampler, band, home, pixel_positions, WARPS[mode], type_.storage)
        return Pixels(pixels.values, np.minimum.reduce([pixels.mask, steps[0].mask, steps[1].mask]))

    return choose_template(band.derived(compute, type_=type_), band, across)


def _interpolate(
    sampler: Sampler,
    band: Band,
    projection: Projection,
    pixel_positions: tuple[Floats, Floats],
    kernel: Kernel,
    dtype: np.dtype[Any],
) -> Pixels:
    """Values between the pixels of a projection, at columns and rows with fractions."""
    x, y = pixel_positions
    if not (np.isfinite(x).any() and np.isfinite(y).any()):
        return Pixels.nothing(sampler.shape, dtype)
    known = np.isfinite(x) & np.isfinite(y)
    x, y = np.where(np.isfinite(x), x, np.nanmin(x)), np.where(np.isfinite(y), y, np.nanmin(y))
    cols, across = _taps(x, kernel)
    rows, down = _taps(y, kernel)
    first = int(cols[0].min()), int(rows[0].min())
    size = int(cols[-1].max()) + 1 - first[0], int(rows[-1].max()) + 1 - first[1]
    if size[0] * size[1] > MAX_REPROJECTION:
        raise EarthError(f"Reprojection output too large ({size[0]}x{size[1]} pixels).")
    source = sampler.at(extents.make_window(projection, first, size))(band)
    total, weights = np.zeros(sampler.shape), np.zeros(sampler.shape)
    for row, above in zip(rows, down, strict=True):
        for col, beside in zip(cols, across, strict=True):
            at = row - first[1], col - first[0]
            weight = np.where(source.mask[at] > 0, above * beside, 0.0)
            total += weight * np.where(weight != 0, source.values[at], 0)
            weights += weight
    nearest = source.mask[np.floor(y + TIE).astype(np.int64) - first[1], np.floor(x + TIE).astype(np.int64) - first[0]]
    values = np.divide(total, weights, out=np.zeros_like(total), where=weights != 0)
    return Pixels(values.astype(dtype), np.where(known & (weights > 0), nearest, np.float32(0)))


def _taps(position: Floats, kernel: Kernel) -> tuple[list[Any], list[Floats]]:
    """Pixel indices of the taps at positions, and their weights."""
    before, weigh = kernel
    centred = position - 0.5
    base = np.floor(centred)
    weights = weigh(centred - base)
    index = base.astype(np.int64)
    return [index - before + tap for tap in range(len(weights))], weights


def _linear(offset: Floats) -> list[Floats]:
    return [1 - offset, offset]


def _cubic(offset: Floats) -> list[Floats]:
    """Keys' cubic convolution with a = -1/2."""
    t, t2, t3 = offset, offset**2, offset**3
    return [
        (-t + 2 * t2 - t3) / 2,
        (2 - 5 * t2 + 3 * t3) / 2,
        (t + 4 * t2 - 3 * t3) / 2,
        (t3 - t2) / 2,
    ]


def _nearest(offset: Floats) -> list[Floats]:
    return [np.where(offset < 0.5, 1.0, 0.0), np.where(offset < 0.5, 0.0, 1.0)]


KERNELS: dict[str, Kernel] = {"bilinear": (0, _linear), "bicubic": (1, _cubic)}
"""By the mode of ``Image.resample``."""

WARPS: dict[str, Kernel] = {"nearest_neighbor": (0, _nearest), **KERNELS}
"""By the mode of ``Image.displace``."""
