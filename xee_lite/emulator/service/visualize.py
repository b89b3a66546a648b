"""Values to colours, by VisualizationOptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import EarthError
from ..values.colour import colour_of
from . import payload

if TYPE_CHECKING:
    from collections.abc import Sequence

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Visualization:
    """How values become colours.

    Attributes
    ----------
    ranges : tuple of (min, max)
        What becomes black and white: one for all bands or one for each.
    gamma : float
        A value v in 0..1 becomes ``v ** (1 / gamma)``.
    palette : tuple of (red, green, blue)
        Colours for the values of one band, interpolated in between.
    opacity : float
        0 to 1, multiplies the mask.
    """

    ranges: tuple[tuple[float, float], ...] = ()
    gamma: float = 1.0
    palette: tuple[tuple[int, int, int], ...] = ()
    opacity: float = 1.0

    @classmethod
    def parse(cls, value: object) -> Visualization:
        """Read VisualizationOptions."""
        where = "visualizationOptions"
        options = payload.message(value, where, frozenset({"ranges", "paletteColors", "gamma", "opacity"}))
        gamma = payload.message(options.get("gamma") or {"value": 1}, f"{where}.gamma", frozenset({"value"}))
        parsed = cls(
            ranges=_ranges(payload.given(options, "ranges", []), f"{where}.ranges"),
            gamma=payload.real(gamma.get("value", 1), f"{where}.gamma.value"),
            palette=tuple(
                map(_colour, payload.texts(payload.given(options, "paletteColors", []), f"{where}.paletteColors"))
            ),
            opacity=payload.real(payload.given(options, "opacity", 1), f"{where}.opacity"),
        )
        if parsed.gamma <= 0 or not 0 <= parsed.opacity <= 1:
            raise EarthError("Visualization needs a gamma above 0 and an opacity from 0 to 1.")
        return parsed

    def render(self, bands: Sequence[npt.NDArray[Any]]) -> Bytes:
        """Colour 1 or 3 bands.

        Parameters
        ----------
        bands : sequence of ndarray, shape (height, width)

        Returns
        -------
        ndarray of uint8, shape (height, width, 3)
        """
        if self.palette and len(bands) != 1:
            raise EarthError(f"A palette colours one band, and the image has {len(bands)}; select one.")
        if len(self.ranges) not in (0, 1, len(bands)):
            raise EarthError(f"There are {len(self.ranges)} ranges for {len(bands)} bands; give one, or one for each.")
        ranges = self.ranges or ((0.0, 255.0),)
        stretched = [self._stretch(band, *ranges[index % len(ranges)]) for index, band in enumerate(bands)]
        if self.palette:
            return _interpolate(stretched[0], self.palette)
        return np.stack([_to_bytes(255 * band) for band in (stretched if len(bands) == 3 else stretched * 3)], axis=-1)

    def _stretch(self, band: npt.NDArray[Any], low: float, high: float) -> npt.NDArray[np.float64]:
        values = band.astype(np.float64)
        share = (values > low).astype(np.float64) if low == high else (values - low) / (high - low)
        out: npt.NDArray[np.float64] = np.clip(np.nan_to_num(share), 0, 1) ** (1 / self.gamma)
        return out


def stretch_plain(bands: Sequence[npt.NDArray[Any]]) -> Bytes:
    """Show 1 or 3 bands as they are: what lies outside of 0..255 is clipped; shape (height, width, 1 or 3)."""
    return np.stack([_to_bytes(band) for band in bands], axis=-1)


def _to_bytes(values: npt.NDArray[Any]) -> Bytes:
    out: Bytes = np.clip(np.nan_to_num(np.floor(values + 0.5)), 0, 255).astype(np.uint8)
    return out


def _interpolate(share: npt.NDArray[np.float64], palette: Sequence[tuple[int, int, int]]) -> Bytes:
    position = np.linspace(0, 1, len(palette)) if len(palette) > 1 else np.zeros(1)
    channels = [np.interp(share, position, channel) for channel in zip(*palette, strict=True)]
    return np.stack([_to_bytes(channel) for channel in channels], axis=-1)


def _ranges(value: object, where: str) -> tuple[tuple[float, float], ...]:
    if not isinstance(value, list):
        raise EarthError(f"Invalid value at '{where}' (a list).")
    entries = [payload.message(item, f"{where}[{i}]", frozenset({"min", "max"})) for i, item in enumerate(value)]
    return tuple(
        (
            payload.real(payload.given(entry, "min", 0), f"{where}.min"),
            payload.real(payload.given(entry, "max", 0), f"{where}.max"),
        )
        for entry in entries
    )


def _colour(text: str) -> tuple[int, int, int]:
    found = colour_of(text)
    if found is None:
        raise EarthError(f"'{text[:50]}' is not a colour; give RRGGBB or a CSS name.")
    return found[:3]
