"""Images styled by SLD (OGC Styled Layer Descriptor)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..evaluator.registry import algorithm
from ..images.image import Band, Image, Pixels, Sampler
from ..images.pixelwise import choose_template, lowest
from ..pixels.bands import find_band, some_bands
from ..pixels.stretching import Curve, Floats, Stretch
from ..types import UINT8
from ..values.colour import RGB
from ..values.sld import WHERE, Channel, Style, parse

if TYPE_CHECKING:
    from collections.abc import Sequence


@algorithm("Image.sldStyle")
def sld_style(input_: Image, sld_xml: str) -> Image:
    """Without a map of colours and a stretch values are bytes.

    A stretch goes by the values of a band all over it, read at a scale at which they are not too many; from which
    pixels the service takes them is not documented, nor what the bands are called, nor the form of the property
    ``histogram_<band>``: here it is the output of ``Reducer.histogram``.
    """
    style = parse(sld_xml)
    sources = [_source(input_, channel) for channel in style.channels]
    stretched = {
        source.name: Stretch.of(source)
        for source, channel in zip(sources, style.channels, strict=True)
        if channel.stretch
    }
    curves = [
        stretched[source.name].curve(channel.stretch) if channel.stretch else None
        for source, channel in zip(sources, style.channels, strict=True)
    ]
    token = object()

    def band(number: int, name: str) -> Band:
        def compute(sampler: Sampler) -> Pixels:
            pixels = [sampler(source) for source in sources]
            colours = sampler.share(token, lambda: _coloured(style, pixels, curves))
            mask = lowest(*(one.mask for one in pixels))
            seen = (colours[3] > 0) & style.shown
            return Pixels(np.floor(colours[number] + 0.5).astype(np.uint8), np.where(seen, mask, np.float32(0)))

        return choose_template(sources[0].derived(compute, *sources, name=name, type_=UINT8), *sources)

    histograms = {f"histogram_{name}": stretch.histogram for name, stretch in stretched.items()}
    bands = tuple(band(number, name) for number, name in enumerate(RGB))
    return Image(bands, {**input_.properties, **histograms})


def _source(image: Image, channel: Channel) -> Band:
    """The band of a name, else that of a number from 1."""
    name = channel.source
    if name is None:
        return some_bands(image, WHERE)[0]
    if name not in image.names and name.isdecimal() and 0 < int(name) <= len(image.bands):
        return image.bands[int(name) - 1]
    return find_band(image, name, WHERE)


def _coloured(style: Style, pixels: list[Pixels], curves: Sequence[Curve | None]) -> Floats:
    """Red, green, blue and opacity, of shape (4, height, width)."""
    values = [np.nan_to_num(one.values.astype(np.float64)) for one in pixels]
    if style.paint is not None:
        return style.paint(values[0] if curves[0] is None else 255 * curves[0](values[0]))
    bytes_ = [
        255 * (np.clip(one, 0, 255) / 255 if curve is None else curve(one)) ** (1 / channel.gamma)
        for one, channel, curve in zip(values, style.channels, curves, strict=True)
    ]
    return np.stack([*(bytes_ if len(bytes_) == 3 else bytes_ * 3), np.ones(values[0].shape)])
