"""Raster styles of the OGC: Styled Layer Descriptor 1.0 and Symbology Encoding 1.1.

GeoServer's types of colour maps are those that the service's description names; what lies outside of their quantities
is coloured as there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

# What could be expanded without end is refused before, and nothing is ever loaded.
from xml.etree import ElementTree as ET

import numpy as np
import numpy.typing as npt

from ..errors import EarthError, NotImplementedHereError
from .colour import colour_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WHERE = "Image.sldStyle"
STRETCHES = ("Normalize", "Histogram")
"""How contrast can be stretched (Symbology Encoding 1.1, 11.6.4; the description of the algorithm)."""

Floats = npt.NDArray[np.float64]
Paint = Callable[[Floats], Floats]
"""From values to red, green, blue and opacity along a new first axis, the colours 0 to 255."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A band to show.

    Attributes
    ----------
    source : str, optional
        Its name, or its number from 1; the first band without one.
    gamma : float
        A value v in 0..1 becomes ``v ** (1 / gamma)``.
    stretch : {"Normalize", "Histogram"}, optional
        How contrast is stretched: linearly from the least value to the greatest, or so that all levels of brightness
        have equally many pixels.
    """

    source: str | None = None
    gamma: float = 1.0
    stretch: str | None = None


@dataclass(frozen=True, slots=True)
class Style:
    """How a raster is shown.

    Attributes
    ----------
    channels : tuple of Channel
        Three of them, or a single one.
    paint : callable, optional
        The colours of a single channel's values.
    shown : bool
        Whether there is anything to see at all.
    """

    channels: tuple[Channel, ...]
    paint: Paint | None
    shown: bool


def parse(text: str) -> Style:
    """Read a document, or the part of one from its RasterSymbolizer on.

    Raises
    ------
    EarthError
        If it is none, or asks for what is not there.
    """
    if re.search(r"<!\s*(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise EarthError(f"{WHERE}: The style must not declare a document type.")
    try:
        root = ET.fromstring(text)  # noqa: S314 - see the import
    except (ET.ParseError, UnicodeEncodeError) as error:
        raise EarthError(f"{WHERE}: The style is not well-formed XML: {error}.") from error
    found = _all(root.iter(), "RasterSymbolizer")
    if len(found) != 1:
        raise EarthError(f"{WHERE}: The style must have exactly one RasterSymbolizer, and it has {len(found)}.")
    symbolizer = found[0]
    for name in ("ShadedRelief", "ImageOutline"):
        if _all(symbolizer, name):
            raise EarthError(f"{WHERE}: {name} is not supported.")
    channels = _channels(symbolizer)
    maps = _all(symbolizer, "ColorMap")
    if maps and len(channels) != 1:
        raise EarthError(f"{WHERE}: A ColorMap needs a single channel, and there are {len(channels)}.")
    opacity = _all(symbolizer, "Opacity")
    shown = not opacity or _number(opacity[0].text, "Opacity") != 0
    return Style(channels, _colour_map(maps[0]) if maps else None, shown)


def _all(elements: Iterable[ET.Element], name: str) -> list[ET.Element]:
    """Elements of a name, in any namespace, among the children of one or among several."""
    return [child for child in elements if child.tag.rpartition("}")[2] == name]


def _channels(symbolizer: ET.Element) -> tuple[Channel, ...]:
    overall = _gamma(symbolizer)
    stretch = _stretch(symbolizer)
    selections = _all(symbolizer, "ChannelSelection")
    if not selections:
        return (Channel(gamma=overall, stretch=stretch),)
    chosen = {name: _all(selections[0], f"{name}Channel") for name in ("Red", "Green", "Blue", "Gray")}
    colours = [part for name in ("Red", "Green", "Blue") for part in chosen[name][:1]]
    if len(colours) != 3 and (colours or not chosen["Gray"]):
        raise EarthError(f"{WHERE}: A ChannelSelection must have a red, a green and a blue channel, or a gray one.")
    return tuple(_channel(part, overall, stretch) for part in colours or chosen["Gray"][:1])


def _channel(element: ET.Element, overall: float, stretch: str | None) -> Channel:
    names = _all(element, "SourceChannelName")
    if not names or not (names[0].text or "").strip():
        raise EarthError(f"{WHERE}: A channel needs a SourceChannelName.")
    return Channel((names[0].text or "").strip(), _gamma(element) * overall, _stretch(element) or stretch)


def _gamma(parent: ET.Element) -> float:
    for enhancement in _all(parent, "ContrastEnhancement"):
        for value in _all(enhancement, "GammaValue"):
            number = _number(value.text, "GammaValue")
            if number <= 0:
                raise EarthError(f"{WHERE}: A GammaValue must be positive, got {number}.")
            return number
    return 1.0


def _stretch(parent: ET.Element) -> str | None:
    """The stretch of a channel or of all; its options, which are GeoServer's own, are not implemented."""
    for enhancement in _all(parent, "ContrastEnhancement"):
        found = [child for name in STRETCHES for child in _all(enhancement, name)]
        if len(found) > 1:
            raise EarthError(f"{WHERE}: A ContrastEnhancement has one of {', '.join(STRETCHES)}, not several.")
        for child in found:
            if len(child):
                raise NotImplementedHereError(f"{WHERE}: This emulator has no options of a contrast stretch.")
            return child.tag.rpartition("}")[2]
    return None


def _colour_map(element: ET.Element) -> Paint:
    for function in _all(element, "Categorize"):
        values = [_colour(one.text, None) for one in _all(function, "Value")]
        bounds = [_number(one.text, "Threshold") for one in _all(function, "Threshold")]
        if len(values) != len(bounds) + 1:
            raise EarthError(f"{WHERE}: Categorize needs one Value more than Thresholds.")
        return _steps(bounds, values, after=function.get("thresholdsBelongTo", "succeeding") == "succeeding")
    for function in _all(element, "Interpolate"):
        points = [(_all(one, "Data"), _all(one, "Value")) for one in _all(function, "InterpolationPoint")]
        if not points or not all(data and value for data, value in points):
            raise EarthError(f"{WHERE}: Interpolate needs InterpolationPoints of Data and Value.")
        breakpoints = [_number(data[0].text, "Data") for data, _ in points]
        return _ramp(breakpoints, [_colour(value[0].text, None) for _, value in points])
    entries = _all(element, "ColorMapEntry")
    if not entries:
        raise EarthError(f"{WHERE}: The ColorMap has no entries.")
    quantities = [_number(one.get("quantity"), "quantity") for one in entries]
    colours = [_colour(one.get("color"), one.get("opacity")) for one in entries]
    kind = element.get("type", "ramp")
    if kind == "ramp":
        return _ramp(quantities, colours)
    if kind == "intervals":
        return _steps(quantities, [*colours, (0.0, 0.0, 0.0, 0.0)], after=True)
    if kind == "values":
        return _values(quantities, colours)
    raise EarthError(f"{WHERE}: Unknown type '{kind}' of a ColorMap; it is 'ramp', 'intervals' or 'values'.")


def _ramp(breakpoints: Sequence[float], colours: Sequence[tuple[float, ...]]) -> Paint:
    """Colours between colours; the first and the last one go on. Nothing is half transparent."""
    if any(one >= other for one, other in pairwise(breakpoints)):
        raise EarthError(f"{WHERE}: The quantities must ascend, got {list(breakpoints)}.")
    channels = np.array(colours).T

    def paint(values: Floats) -> Floats:
        return np.stack([np.interp(values, breakpoints, channel) for channel in channels])

    return paint


def _steps(bounds: Sequence[float], colours: Sequence[tuple[float, ...]], *, after: bool) -> Paint:
    """A colour between each two bounds, which belong to what comes after them or before."""
    if any(one > other for one, other in pairwise(bounds)):
        raise EarthError(f"{WHERE}: The quantities must ascend, got {list(bounds)}.")
    channels = np.array(colours).T

    def paint(values: Floats) -> Floats:
        found: Floats = channels[:, np.searchsorted(bounds, values, "right" if after else "left")]
        return found

    return paint


def _values(quantities: Sequence[float], colours: Sequence[tuple[float, ...]]) -> Paint:
    def paint(values: Floats) -> Floats:
        found = np.zeros((4, *values.shape))
        for quantity, colour in zip(quantities, colours, strict=True):
            found[:, values == quantity] = np.array(colour)[:, np.newaxis]
        return found

    return paint


def _colour(text: str | None, opacity: str | None) -> tuple[float, ...]:
    colour = colour_of((text or "").strip())
    if colour is None:
        raise EarthError(f"{WHERE}: {text!r} is not a colour; give #RRGGBB.")
    visible = opacity is None or _number(opacity, "opacity") != 0
    return (*map(float, colour[:3]), float(visible))


def _number(text: str | None, name: str) -> float:
    try:
        number = float(text or "")
    except ValueError as error:
        raise EarthError(f"{WHERE}: '{name}' must be a number, got {text!r}.") from error
    if not math.isfinite(number):
        raise EarthError(f"{WHERE}: '{name}' must be finite, got {text!r}.")
    return number
