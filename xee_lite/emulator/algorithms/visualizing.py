"""Images turned into RGB for display."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import EarthError
from ..evaluator.registry import algorithm
from ..images.arrays import first_elements
from ..images.image import Band, Image, Pixels, Sampler
from ..images.pixelwise import choose_template, lowest
from ..pixels.bands import make_names_distinct, select_bands, some_bands
from ..pixels.draws import mix_bits
from ..types import UINT8
from ..values.colour import RGB, colour_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Channel = Callable[[Sampler], Floats]

VISUALIZE = "Image.visualize"


@algorithm("Image.visualize")
def visualize(
    image: Image,
    bands: Any,  # noqa: ANN401 - this and the following: a value, or one for each band
    gain: Any,  # noqa: ANN401
    bias: Any,  # noqa: ANN401
    min_: Any,  # noqa: ANN401
    max_: Any,  # noqa: ANN401
    gamma: Any,  # noqa: ANN401
    opacity: float | None,
    palette: Any,  # noqa: ANN401 - one colour or several
    force_rgb_output: bool,
) -> Image:
    """Values become bytes as ``255 * (value - min) / (max - min)``, or ``value * gain + bias``, rounded.

    How the service rounds, and what it stretches where neither is given, is not documented: here 0 to 255.
    """
    chosen = _choose(image, bands)
    colours = [] if palette is None else [_colour(text) for text in _texts(palette)]
    if colours and (len(chosen) != 1 or gamma is not None):
        raise EarthError(f"{VISUALIZE}: A palette needs a single band and no gamma; there are {len(chosen)} bands.")
    lines = _lines(len(chosen), gain, bias, min_, max_)
    powers = [1 / number if number > 0 else 1.0 for number in _each(gamma, len(chosen), 1.0, "gamma")]
    alpha = 1.0 if opacity is None else float(np.clip(opacity, 0, 1))

    def stretched(index: int) -> Channel:
        slope, offset = lines[index]

        def compute(sampler: Sampler) -> Floats:
            values = sampler(chosen[index]).values.astype(np.float64)
            with np.errstate(all="ignore"):
                share: Floats = np.clip(np.nan_to_num(values * slope + offset) / 255, 0, 1)
                return 255 * share ** powers[index]

        return compute

    def shown(name: str, compute: Channel) -> Band:
        def pixels(sampler: Sampler) -> Pixels:
            mask = lowest(*(sampler(band).mask for band in chosen))
            return Pixels(np.floor(compute(sampler) + 0.5).astype(np.uint8), mask * np.float32(alpha))

        return choose_template(chosen[0].derived(pixels, *chosen, name=name, type_=UINT8), *chosen)

    if colours:
        return Image(
            tuple(
                shown(name, _painted(stretched(0), heights))
                for name, heights in zip(RGB, zip(*colours, strict=True), strict=True)
            )
        )
    if len(chosen) == 1:
        names = RGB if force_rgb_output else ("vis-gray",)
        return Image(tuple(shown(name, stretched(0)) for name in names))
    channels = [stretched(index) for index in range(len(chosen))]
    channels += [lambda sampler: np.zeros(sampler.shape)] * (3 - len(chosen))
    return Image(tuple(shown(name, channel) for name, channel in zip(RGB, channels, strict=True)))


@algorithm("Image.randomVisualizer")
def random_visualizer(image: Image) -> Image:
    """A colour for each value of the first band, before the bands of the image. The service's colours are not known."""
    band = some_bands(image, "Image.randomVisualizer")[0]
    token = object()

    def bits(sampler: Sampler) -> npt.NDArray[np.uint64]:
        # Zero has two signs, and one colour.
        return mix_bits((sampler(band).values.astype(np.float64) + 0.0).view(np.uint64))

    def channel(name: str, shift: int) -> Band:
        def compute(sampler: Sampler) -> Pixels:
            mixed = sampler.share(token, lambda: bits(sampler))
            return Pixels((mixed >> np.uint64(shift)).astype(np.uint8), sampler(band).mask)

        return band.derived(compute, band, name=name, type_=UINT8)

    colours = [channel(name, shift) for name, shift in (("viz-red", 0), ("viz-green", 8), ("viz-blue", 16))]
    return Image(tuple(make_names_distinct([*colours, *image.bands])), image.properties)


def _lines(count: int, gain: Any, bias: Any, low: Any, high: Any) -> list[tuple[float, float]]:  # noqa: ANN401
    """Slope and offset of each band's stretch."""
    if gain is None and bias is None:
        ends = zip(_each(low, count, 0.0, "min"), _each(high, count, 255.0, "max"), strict=True)
        slopes = [(bottom, 255.0 / (top - bottom) if top != bottom else 0.0) for bottom, top in ends]
        return [(slope, -bottom * slope) for bottom, slope in slopes]
    if low is not None or high is not None:
        raise EarthError(f"{VISUALIZE}: Give 'gain' and 'bias', or 'min' and 'max', and not both.")
    return list(zip(_each(gain, count, 1.0, "gain"), _each(bias, count, 0.0, "bias"), strict=True))


def _painted(channel: Channel, heights: tuple[int, ...]) -> Channel:
    """A channel of a palette's colours, interpolated between them."""
    stops = np.linspace(0, 255, len(heights)) if len(heights) > 1 else np.zeros(1)
    return lambda sampler: np.interp(channel(sampler), stops, heights)


def _choose(image: Image, bands: Any) -> list[Band]:  # noqa: ANN401 - names or none
    chosen = list(image.bands[:3]) if not bands else select_bands(image, _texts(bands), VISUALIZE)
    if not 1 <= len(chosen) <= 3:
        raise EarthError(f"{VISUALIZE}: Between one and three bands can be shown, got {len(chosen)}.")
    return [first_elements(band) for band in chosen]


def _texts(value: Any) -> list[str]:  # noqa: ANN401 - what a client passes
    """A list, or the parts of a text between commas."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else list(_to_list(value))


def _each(value: Any, count: int, default: float, name: str) -> list[float]:  # noqa: ANN401 - what a client passes
    """A number for each band."""
    if value is None:
        return [default] * count
    given = _texts(value) if isinstance(value, str) else _to_list(value)
    try:
        numbers = [float(number) for number in given]
    except (TypeError, ValueError) as error:
        raise EarthError(f"{VISUALIZE}: '{name}' must be a number or a list of numbers, got {value!r}.") from error
    if len(numbers) not in (1, count) or not np.isfinite(numbers).all():
        raise EarthError(f"{VISUALIZE}: '{name}' needs one finite number, or one for each of {count} bands.")
    return numbers * count if len(numbers) == 1 else numbers


def _to_list(value: Any) -> list[Any]:  # noqa: ANN401 - what a client passes
    return value if isinstance(value, list) else [value]


def _colour(text: Any) -> tuple[int, ...]:  # noqa: ANN401 - what a client passes
    found = colour_of(text)
    if found is None:
        raise EarthError(f"{VISUALIZE}: {text!r} is not a colour; give RRGGBB or a CSS name.")
    return found[:3]
