"""The native grid of a scene, and where its pixels lie."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ...geometry.coordinates import apply, transform
from ...types import WGS84

if TYPE_CHECKING:
    from ...types import Projection
    from .waves import Array

Indices = npt.NDArray[np.int64]

FINE = 0.01
"""Degrees. On grids of smaller pixels the waves of a field are linear between nodes (see `positions`)."""
METRES = 111_320.0
"""Of a degree."""
SINUSOIDAL = "SR-ORG:6974"
SPHERE = 6371007.181
"""Radius in metres of MODIS' sinusoidal projection."""


@dataclass(frozen=True)
class Frame:
    """A native grid of one scene.

    Attributes
    ----------
    projection : Projection
    dimensions : (width, height)
    """

    projection: Projection
    dimensions: tuple[int, int]

    @cached_property
    def pixel(self) -> float:
        """Degrees along a side of a pixel, about."""
        a, b, _, d, e, _ = self.projection.transform
        return math.sqrt(abs(a * e - b * d)) / (1 if self.is_geographic else METRES)

    @cached_property
    def is_geographic(self) -> bool:
        """Whether the coordinates are degrees."""
        return self.projection.pyproj.is_geographic

    @property
    def is_fine(self) -> bool:
        """Whether waves are linear between nodes."""
        return self.pixel < FINE

    @property
    def is_curved(self) -> bool:
        """Whether degrees are no closed formula of rows and columns, and therefore expensive."""
        return not (self.is_geographic or self.projection.crs == SINUSOIDAL)

    def degrees(self, rows: npt.NDArray[Any], cols: npt.NDArray[Any]) -> tuple[Array, Array]:
        """Longitude and latitude of pixel centres: of each by itself, whatever else is asked for.

        Where rows are shaped (m, 1) and columns (1, n), so is the latitude, and on geographic grids the longitude.
        """
        x, y = apply(self.projection.transform, cols + 0.5, rows + 0.5)
        if self.projection.crs == SINUSOIDAL:
            phi = y / SPHERE
            return np.degrees(x) / (SPHERE * np.cos(phi)), np.degrees(phi)
        return transform(x, y, self.projection.crs, WGS84.crs)
