"""Colour spaces, and blending of images."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..images.casts import convert
from ..images.image import Band, Image, Pixels, Sampler
from ..images.pixelwise import choose_template, lowest, pair_bands
from ..types import FLOAT

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


@algorithm("Image.rgbToHsv")
def rgb_to_hsv(image: Image) -> Image:
    return _converted(image, "rgbToHsv", ("hue", "saturation", "value"), _hsv)


@algorithm("Image.hsvToRgb")
def hsv_to_rgb(image: Image) -> Image:
    return _converted(image, "hsvToRgb", ("red", "green", "blue"), _rgb)


@algorithm("Image.blend")
def blend(bottom: Image, top: Image) -> Image:
    """The mask of the upper image is its opacity, and what it lets through is that of the lower one."""
    matched = pair_bands(bottom, top, "Image.blend")
    return Image(tuple(replace(_over(*pair), name=name) for name, pair in matched), bottom.properties)


def _over(below: Band, above: Band) -> Band:
    type_ = below.type.union(above.type)

    def compute(sampler: Sampler) -> Pixels:
        lower, upper = sampler(below), sampler(above)
        through = lower.mask * (1 - upper.mask)
        mask = upper.mask + through
        covered = convert(upper.values, above.type, type_)
        let = convert(lower.values, below.type, type_)
        values = np.where(upper.mask > 0, covered, let)
        partly = (upper.mask > 0) & (through > 0)
        if partly.any():
            mixed = (covered * upper.mask.astype(np.float64) + let * through.astype(np.float64))[partly] / mask[partly]
            values[partly] = mixed if type_.precision != "int" else np.floor(mixed + 0.5)
        return Pixels(values, mask)

    return choose_template(below.derived(compute, below, above, type_=type_), below, above)


def _converted(image: Image, name: str, names: tuple[str, ...], function: Callable[..., list[Floats]]) -> Image:
    bands = image.bands
    if len(bands) != 3:
        raise EarthError(f"Image.{name}: The image must have three bands, and it has {len(bands)}.")
    token = object()

    def compute(sampler: Sampler, index: int) -> Pixels:
        pixels = [sampler(band) for band in bands]
        found = sampler.share(token, lambda: function(*(one.values.astype(np.float64) for one in pixels)))
        return Pixels(found[index].astype(np.float32), lowest(*(one.mask for one in pixels)))

    def band(index: int) -> Band:
        return choose_template(
            bands[0].derived(lambda sampler: compute(sampler, index), *bands, name=names[index], type_=FLOAT), *bands
        )

    return Image(tuple(band(index) for index in range(3)), image.properties)


def _hsv(red: Floats, green: Floats, blue: Floats) -> list[Floats]:
    """Hue as a part of the circle that begins with red."""
    value = np.maximum.reduce([red, green, blue])
    spread = value - np.minimum.reduce([red, green, blue])
    with np.errstate(all="ignore"):
        saturation = np.where(value == 0, 0, spread / value)
        sectors = [(green - blue) / spread % 6, (blue - red) / spread + 2, (red - green) / spread + 4]
        hue = np.select([spread == 0, value == red, value == green], [np.zeros_like(value), *sectors[:2]], sectors[2])
    return [np.nan_to_num(hue / 6), np.nan_to_num(saturation), value]


def _rgb(hue: Floats, saturation: Floats, value: Floats) -> list[Floats]:
    def channel(offset: float) -> Floats:
        with np.errstate(all="ignore"):
            position = (offset + hue * 6) % 6
            part = np.clip(np.minimum(position, 4 - position), 0, 1)
            found: Floats = np.nan_to_num(value - value * saturation * part)
            return found

    return [channel(5), channel(3), channel(1)]
