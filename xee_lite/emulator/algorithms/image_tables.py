"""Values replaced through tables: remap, and piecewise-linear functions."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..images.image import Band, Image, Pixels, Sampler
from ..pixels.bands import find_band, some_bands
from ..types import DOUBLE, PixelType


@algorithm("Image.remap")
def remap(
    image: Image,
    from_: list[Any],
    to: list[Any],
    default_value: Any = None,  # noqa: ANN401 - a number or an array
    band_name: str | None = None,
) -> Image:
    where = "Image.remap"
    if len(from_) != len(to) or not from_:
        raise EarthError(
            f"{where}: 'from' and 'to' must have the same length of at least one; got {len(from_)} and {len(to)}.",
        )
    numbers = [*from_, *to, *([] if default_value is None else [default_value])]
    if not all(isinstance(number, (int, float)) for number in numbers):
        raise EarthError(f"{where}: This emulator remaps numbers only.")
    band = some_bands(image, where)[0] if band_name is None else find_band(image, band_name, where)
    return Image((_remapped(band, from_, to, default_value),), image.properties)


def _remapped(band: Band, old: list[float], new: list[float], default: float | None) -> Band:
    results = new if default is None else [*new, default]
    whole = all(isinstance(number, int) for number in results)
    type_ = PixelType("int" if whole else "double", min(results), max(results))
    order = np.argsort(np.asarray(old, np.float64), kind="stable")
    keys, values = np.asarray(old, np.float64)[order], np.asarray(new, type_.storage)[order]

    def compute(sampler: Sampler) -> Pixels:
        pixels = sampler(band)
        index = np.minimum(np.searchsorted(keys, pixels.values), len(keys) - 1)
        known = keys[index] == pixels.values
        if default is None:
            return Pixels(values[index], np.where(known, pixels.mask, np.float32(0)))
        return Pixels(np.where(known, values[index], values.dtype.type(default)), pixels.mask)

    return band.derived(compute, band, name="remapped", type_=type_)


@algorithm("Image.interpolate")
def interpolate(image: Image, x: list[float], y: list[float], behavior: str = "extrapolate") -> Image:
    if len(x) != len(y) or len(x) < 2 or any(b <= a for a, b in pairwise(x)):
        raise EarthError(
            "Image.interpolate: 'x' and 'y' must have the same length of at least two, and 'x' must strictly increase; "
            f"got {len(x)} and {len(y)} values.",
        )
    x, y = [float(number) for number in x], [float(number) for number in y]
    if behavior not in {"extrapolate", "clamp", "mask", "input"}:
        raise EarthError(
            f"Image.interpolate: Unknown behavior '{behavior}'; it is one of 'extrapolate', 'clamp', 'mask', 'input'.",
        )
    band = some_bands(image, "Image.interpolate")[0]

    def compute(sampler: Sampler) -> Pixels:
        pixels = sampler(band)
        values = pixels.values.astype(np.float64)
        inside = np.interp(values, x, y)
        outer = (values < x[0]) | (values > x[-1])
        if behavior == "mask":
            return Pixels(inside, np.where(outer, np.float32(0), pixels.mask))
        if behavior == "input":
            return Pixels(np.where(outer, values, inside), pixels.mask)
        if behavior == "extrapolate":
            with np.errstate(all="ignore"):
                low = y[0] + (values - x[0]) * (y[1] - y[0]) / (x[1] - x[0])
                high = y[-1] + (values - x[-1]) * (y[-1] - y[-2]) / (x[-1] - x[-2])
            inside = np.select([values < x[0], values > x[-1]], [low, high], inside)
        return Pixels(inside, pixels.mask)

    return Image((band.derived(compute, band, type_=DOUBLE),), image.properties)
