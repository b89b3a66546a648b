"""Contrast stretches: which brightness the values of a band get, by all of its values."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import EarthError
from ..images import extents
from ..images.image import Sampler
from ..reducers.histograms import full_histogram

if TYPE_CHECKING:
    from ..images.image import Band

Floats = npt.NDArray[np.float64]
Curve = Callable[[Floats], Floats]
"""From values to brightness, 0 to 1."""

SIDE = 512
"""Pixels along the longer side of a band's rectangle that are looked at: of larger ones every so-manieth."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The values of a band, in ascending order.

    Attributes
    ----------
    values : ndarray of float64
        Those that are valid.
    """

    values: Floats

    @classmethod
    def of(cls, band: Band) -> Stretch:
        """Look at a band all over.

        Raises
        ------
        EarthError
            If it has no bounds.
        """
        outline = extents.find_outline(band)
        (left, top), size = ((0, 0), None) if outline is None else extents.clip_rectangle(band, outline)
        if size is None:
            raise EarthError(
                f"Image.sldStyle: A contrast stretch goes by all values of a band, and '{band.name}' has no bounds; "
                "clip it."
            )
        factor = max(math.ceil(max(size) / SIDE), 1)
        projection = extents.coarsen_projection(extents.shift_projection(band.projection, left, top), factor)
        coarse = max(math.ceil(size[0] / factor), 1), max(math.ceil(size[1] / factor), 1)
        pixels = Sampler(extents.make_window(projection, (0, 0), coarse))(band)
        values = pixels.values[pixels.mask > 0].astype(np.float64)
        return cls(np.sort(values[np.isfinite(values)]))

    @property
    def histogram(self) -> Any:  # noqa: ANN401 - a dictionary, or None without values
        """How many values there are of each size."""
        (found,) = full_histogram(None, None).columns([self.values]).values()
        return found

    def curve(self, kind: str) -> Curve:
        """From values to brightness: linear (``Normalize``), or the share of smaller values (``Histogram``).

        The darkest value becomes black and the brightest white (Symbology Encoding 1.1, 11.6.4); where all are the same
        that is black.
        """
        if not self.values.size or self.values[0] == self.values[-1]:
            return lambda values: (values > (self.values[0] if self.values.size else 0)).astype(np.float64)
        low, high = self.values[0], self.values[-1]
        if kind == "Normalize":
            return lambda values: np.clip((values - low) / (high - low), 0, 1)
        levels, first = np.unique(self.values, return_index=True)
        return lambda values: np.interp(values, levels, first / first[-1])
