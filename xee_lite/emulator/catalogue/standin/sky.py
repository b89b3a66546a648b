"""The sky of the stand-ins' planet: clouds, their shadows, and rain."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from .ground import Ground
from .waves import Array, ripple

GOLDEN = 0.381966
"""Of a turn: phases that are multiples of it never come near each other."""
CLOUDS = ((9.0, 0.42), (2.3, 0.28), (0.55, 0.16), (0.12, 0.09), (0.03, 0.05))
"""Wavelength in degrees, weight."""
RAINS = ((61.0, 0.4), (23.0, 0.3), (8.0, 0.35), (1.9, 0.2), (0.4, 0.1))
SHADOW_SHIFT = (0.010, 0.006)
"""Degrees from a shadow to the cloud that throws it."""


class Sky(Ground):
    """The ground and the sky above."""

    @cached_property
    def cloud(self) -> Array:
        """Probability of a cloud, percent; a new sky every day."""
        waves = (
            weight * self.ripple(length, GOLDEN * (self.day + 1) * order)
            for order, (length, weight) in enumerate(CLOUDS, start=1)
        )
        bias = 0.25 * self.ripple(17.0, 0.097 * self.day)
        out: Array = np.clip(50 + 160 * (sum(waves) + bias - 0.15), 0, 100)
        return out

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
        return (self._sunward.cloud >= 50) & ~self.cloudy

    @cached_property
    def _sunward(self) -> Sky:
        """Where the cloud is that would throw its shadow here."""
        east, north = SHADOW_SHIFT
        there = Sky(self.longitude + east, self.latitude + north, 0.0, smooth=self.smooth)
        there.day = self.day
        return there

    @cached_property
    def rain(self) -> Array:
        """Millimetres a day; cells drift 10 degrees eastward in a day and are new the next."""
        longitude = self.longitude - 10 * (self.hours / 24)
        waves = (
            weight * ripple(longitude, self.latitude, length, GOLDEN * (self.day + 3) * order)
            for order, (length, weight) in enumerate(RAINS, start=1)
        )
        out: Array = np.maximum(80 * (sum(waves) - 0.4), 0)
        return out
