"""Images styled by SLD (OGC Styled Layer Descriptor)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..evaluator.registry import algorithm
from ..images.image import Band, Image, Pixels, Sampler
from ..images.pixelwise import choose_template, lowest
from ..pixels.bands import find_band, some_bands
from ..types import UINT8
from ..values.colour import RGB
from ..values.sld import WHERE, Channel, Style, parse

if TYPE_CHECKING:
    import numpy.typing as npt


@algorithm("Image.sldStyle")
def sld_style(input_: Image, sld_xml: str) -> Image:
    """Without a map of colours values are bytes. What the bands are called is not documented."""
    style = parse(sld_xml)
    sources = [_source(input_, channel) for channel in style.channels]
    token = object()

    def band(number: int, name: str) -> Band:
        def compute(sampler: Sampler) -> Pixels:
            pixels = [sampler(source) for source in sources]
            colours = sampler.share(token, lambda: _coloured(style, pixels))
            mask = lowest(*(one.mask for one in pixels))
            seen = (colours[3] > 0) & style.shown
            return Pixels(np.floor(colours[number] + 0.5).astype(np.uint8), np.where(seen, mask, np.float32(0)))

        return choose_template(sources[0].derived(compute, *sources, name=name, type_=UINT8), *sources)

    return Image(tuple(band(number, name) for number, name in enumerate(RGB)), input_.properties)


def _source(image: Image, channel: Channel) -> Band:
    """The band of a name, else that of a number from 1."""
    name = channel.source
    if name is None:
        return some_bands(image, WHERE)[0]
    if name not in image.names and name.isdecimal() and 0 < int(name) <= len(image.bands):
        return image.bands[int(name) - 1]
    return find_band(image, name, WHERE)


def _coloured(style: Style, pixels: list[Pixels]) -> npt.NDArray[np.float64]:
    """Red, green, blue and opacity, of shape (4, height, width)."""
    values = [np.nan_to_num(one.values.astype(np.float64)) for one in pixels]
    if style.paint is not None:
        return style.paint(values[0])
    bytes_ = [
        255 * (np.clip(one, 0, 255) / 255) ** (1 / channel.gamma)
        for one, channel in zip(values, style.channels, strict=True)
    ]
    return np.stack([*(bytes_ if len(bytes_) == 3 else bytes_ * 3), np.ones(values[0].shape)])
