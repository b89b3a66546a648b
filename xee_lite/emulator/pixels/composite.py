"""Composites: many images reduced to one, pixel by pixel and band by band, matched by name.

What can be kept as a running result is: a mosaic, a mean or a count over a thousand scenes holds one scene at a time.
Statistics that need all values of a pixel at once are in ``stacking.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..images.casts import convert
from ..images.image import Band, Pixels, Sampler
from ..types import BOOLEAN, UINT32, WGS84, PixelType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ..images.image import Image

Array = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]


def bands_by_name(images: Iterable[Image]) -> dict[str, list[Band]]:
    """Bands of all images by name, in the order in which names first appear."""
    found: dict[str, list[Band]] = {}
    for image in images:
        for band in image.bands:
            found.setdefault(band.name, []).append(band)
    return found


def union(bands: Sequence[Band]) -> PixelType:
    """The type that holds the values of all bands."""
    return reduce(PixelType.union, (band.type for band in bands))


def mosaic(name: str, bands: Sequence[Band]) -> Band:
    """The last valid pixel on top; a partly valid one (a mask between 0 and 1) hides what is below it, too."""
    type_ = union(bands)

    def compute(sampler: Sampler) -> Pixels:
        values, mask = np.zeros(sampler.shape, type_.storage), np.zeros(sampler.shape, np.float32)
        for band in reversed(bands):
            pixels = sampler(band)
            if pixels.is_nothing:
                continue
            fresh = (mask == 0) & (pixels.mask > 0)
            np.copyto(values, convert(pixels.values, band.type, type_), where=fresh)
            np.copyto(mask, pixels.mask, where=fresh)
            if mask.all():
                break
        return Pixels(values, mask)

    return Band(name, type_, WGS84, compute)


@dataclass(frozen=True, slots=True)
class Running:
    """A statistic that is updated scene by scene.

    Attributes
    ----------
    start : callable
        The result before the first scene, from its type.
    update : callable
        ``update(result, values, valid)`` changes the result in place where a scene is valid.
    type : callable
        From the union of the inputs' types to that of the result.
    mean : bool
        Whether the result is divided by the number of valid scenes.
    """

    start: Callable[[PixelType], float]
    update: Callable[[Array, Array, Flags], Any]
    type: Callable[[PixelType], PixelType]
    mean: bool = False


def compute_running(name: str, bands: Sequence[Band], statistic: Running) -> Band:
    """A statistic over the valid pixels of bands; masked where no band is valid, a count too."""
    type_ = statistic.type(union(bands))

    def compute(sampler: Sampler) -> Pixels:
        result = np.full(sampler.shape, statistic.start(type_), type_.storage)
        count = np.zeros(sampler.shape, np.int32)
        for band in bands:
            pixels = sampler(band)
            if not pixels.is_nothing:
                valid = pixels.mask > 0
                statistic.update(result, pixels.values, valid)
                count += valid
        if statistic.mean:
            result /= np.maximum(count, 1)
        some = count > 0
        return Pixels(np.where(some, result, result.dtype.type(0)), some.astype(np.float32))

    return Band(name, type_, WGS84, compute)


def pick_best(images: Sequence[Sequence[Band]], quality: str) -> list[Band]:
    """At each pixel the bands of the image whose quality band is highest there; of equals the last."""
    ranked = [next((band for band in bands if band.name == quality), None) for bands in images]
    token = object()

    def choose(sampler: Sampler) -> Array:
        chosen = np.full(sampler.shape, -1, np.int32)
        top = np.full(sampler.shape, -np.inf)
        for index, band in enumerate(ranked):
            pixels = None if band is None else sampler(band)
            if pixels is None or pixels.is_nothing:
                continue
            better = (pixels.mask > 0) & (pixels.values >= top)
            np.copyto(top, pixels.values, where=better, casting="unsafe")
            chosen[better] = index
        return chosen

    def composed(name: str) -> Band:
        bands = {index: band for index, own in enumerate(images) for band in own if band.name == name}
        type_ = union(list(bands.values()))

        def compute(sampler: Sampler) -> Pixels:
            chosen = sampler.share(token, lambda: choose(sampler))
            values, mask = np.zeros(sampler.shape, type_.storage), np.zeros(sampler.shape, np.float32)
            for index in np.unique(chosen).tolist():
                if index in bands:
                    pixels = sampler(bands[index])
                    np.copyto(values, convert(pixels.values, bands[index].type, type_), where=chosen == index)
                    np.copyto(mask, pixels.mask, where=chosen == index)
            return Pixels(values, mask)

        return Band(name, type_, WGS84, compute)

    return [composed(name) for name in dict.fromkeys(band.name for bands in images for band in bands)]


def _accumulate(ufunc: np.ufunc) -> Callable[[Array, Array, Flags], Any]:
    return lambda result, values, valid: ufunc(result, values, out=result, where=valid, casting="unsafe")


def _logical(ufunc: np.ufunc) -> Callable[[Array, Array, Flags], Any]:
    return lambda result, values, valid: ufunc(result, values != 0, out=result, where=valid)


def _double(type_: PixelType) -> PixelType:
    return PixelType("double", type_.min, type_.max)


def _limits(type_: PixelType) -> tuple[float, float]:
    """The first and the last value of a type's storage."""
    dtype = type_.storage
    if dtype.kind == "f":
        return -np.inf, np.inf
    bits = 8 * dtype.itemsize
    return (0, 2**bits - 1) if dtype.kind == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def _count(result: Array, _: Array, valid: Flags) -> None:
    result += valid


RUNNING: dict[str, Running] = {
    "count": Running(lambda _: 0, _count, lambda _: UINT32),
    "sum": Running(lambda _: 0, _accumulate(np.add), lambda _: PixelType("double")),
    "mean": Running(lambda _: 0, _accumulate(np.add), _double, mean=True),
    "product": Running(lambda _: 1, _accumulate(np.multiply), lambda _: PixelType("double")),
    "min": Running(lambda type_: _limits(type_)[1], _accumulate(np.minimum), lambda type_: type_),
    "max": Running(lambda type_: _limits(type_)[0], _accumulate(np.maximum), lambda type_: type_),
    "and": Running(lambda _: 1, _logical(np.logical_and), lambda _: BOOLEAN),
    "or": Running(lambda _: 0, _logical(np.logical_or), lambda _: BOOLEAN),
}
"""By the name of the algorithm, without ``reduce.``."""
