"""The sky of the stand-ins' planet: clouds, their shadows, and rain."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from .ground import Ground

if TYPE_CHECKING:
    from .waves import Array

GOLDEN = 0.381966
"""Of a turn: phases that are multiples of it never come near each other."""
CLOUDS = ((9.0, 0.42), (2.3, 0.28), (0.55, 0.16), (0.12, 0.09), (0.03, 0.05))
"""Wavelength in degrees, weight."""
CONTRAST = 160.0
"""Percent of cloud for a weight of 1."""
RAINS = ((61.0, 0.4), (23.0, 0.3), (8.0, 0.35), (1.9, 0.2), (0.4, 0.1))
SHADOW_SHIFT = (0.010, 0.006)
"""Degrees from a shadow to the cloud that throws it."""


class Sky(Ground):
    """The ground and the sky above."""

    @cached_property
    def cloud(self) -> Array:
        """Probability of a cloud, percent; a new sky every day."""
        percent = self._clouds("clouds", (0.0, 0.0))
        return np.clip(percent, 0, 100, out=percent)

    @cached_property
    def cloudy(self) -> Array:
        """Whether there is a cloud: its probability is 50 or more."""
        return self.cloud >= 50

    @cached_property
    def cirrus(self) -> Array:
        """Whether there is a thin high cloud, and no other."""
        return (self.ripple(3.3, 0.175 * self.day) > 0.8) & ~self.cloudy

    @cached_property
    def shadow(self) -> Array:
        """Whether a cloud throws its shadow here."""
        return (self._clouds("clouds sunward", SHADOW_SHIFT) >= 50) & ~self.cloudy

    def _clouds(self, name: str, shift: tuple[float, float]) -> Array:
        """Percent, below 0 and above 100 too, of clouds that lie so many degrees to the east and to the north."""
        phases = [GOLDEN * (self.day + 1) * order for order in range(1, len(CLOUDS) + 1)]
        waves = [
            self.wave(length, phase, CONTRAST * weight, shift=shift)
            for (length, weight), phase in zip(CLOUDS, phases, strict=True)
        ]
        waves.append(self.wave(17.0, 0.097 * self.day, CONTRAST * 0.25, shift=shift))
        percent = self.places.total(name, waves, 256)
        percent += 50 - CONTRAST * 0.15
        return percent

    @cached_property
    def rain(self) -> Array:
        """Millimetres a day; cells drift 10 degrees eastward in a day and are new the next."""
        phases = [GOLDEN * (self.day + 3) * order for order in range(1, len(RAINS) + 1)]
        drift = -10 * (self.hours / 24), 0.0
        waves = [
            self.wave(length, phase, weight, shift=drift) for (length, weight), phase in zip(RAINS, phases, strict=True)
        ]
        cells = self.places.total("rain", waves, 2)
        cells -= 0.4
        cells *= 80
        return np.maximum(cells, 0, out=cells)
