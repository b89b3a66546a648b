"""Fields of the sky: clouds, their shadows, and rain."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from .ground import Ground, Shift

if TYPE_CHECKING:
    from .nodes import Bounds
    from .positions import Wave
    from .waves import Array

GOLDEN = 0.381966
"""Of a turn: phases that are multiples of it never come near each other."""
CLOUDS = ((9.0, 0.42), (2.3, 0.28), (0.55, 0.16), (0.12, 0.09), (0.03, 0.05))
"""Wavelength in degrees, weight."""
CONTRAST = 160.0
"""Percent of cloud for a weight of 1."""
MIDDLING = 50 - CONTRAST * 0.15
"""Percent of cloud where all waves are 0; a whole number, so that sums with it are exact as the waves' are."""
RAINS = ((61.0, 0.4), (23.0, 0.3), (8.0, 0.35), (1.9, 0.2), (0.4, 0.1))
HERE: Shift = (0.0, 0.0)
SUNWARD: Shift = (0.010, 0.006)
"""Degrees from a shadow to the cloud that throws it."""


class Sky(Ground):
    """The ground and the sky above."""

    @cached_property
    def cloud(self) -> Array:
        """Probability of a cloud, percent; a new sky every day."""
        if self._cloud_bounds[1] < 0:
            return np.zeros(self.shape, self.positions.dtype)
        percent = self._clouds(HERE)
        return np.clip(percent, 0, 100, out=percent)

    @cached_property
    def cloudy(self) -> Array:
        """Whether there is a cloud: its probability is 50 or more."""
        return self.cloud >= 50

    @cached_property
    def clear_of(self) -> float:
        """Percent that the clouds here stay below, as far as that is known without looking at each position."""
        return self._cloud_bounds[1]

    @cached_property
    def cirrus(self) -> Array:
        """Whether there is a thin high cloud, and no other."""
        if self.ripple_bounds(3.3, 0.175 * self.day)[1] < 0.8:
            return self._nowhere()
        return (self.ripple(3.3, 0.175 * self.day) > 0.8) & ~self.cloudy

    @cached_property
    def shadow(self) -> Array:
        """Whether a cloud throws its shadow here."""
        if self._clouds_between(SUNWARD)[1] < 50 or self._cloud_bounds[0] >= 50:
            return self._nowhere()
        return (self._clouds(SUNWARD) >= 50) & ~self.cloudy

    @cached_property
    def _cloud_bounds(self) -> Bounds:
        return self._clouds_between(HERE)

    def _clouds(self, shift: Shift) -> Array:
        """Percent, below 0 and above 100 too, of clouds that lie so many degrees to the east and to the north."""
        percent = self.positions.total(*self._cloud_waves(shift))
        percent += MIDDLING
        return percent

    def _clouds_between(self, shift: Shift) -> Bounds:
        """What the percentages of `_clouds` lie between."""
        low, high = self.positions.bounds(*self._cloud_waves(shift))
        return low + MIDDLING, high + MIDDLING

    def _cloud_waves(self, shift: Shift) -> tuple[str, list[Wave], float]:
        """What `Positions.total` takes."""
        phases = [GOLDEN * (self.day + 1) * order for order in range(1, len(CLOUDS) + 1)]
        waves = [
            self.wave(length, phase, CONTRAST * weight, shift=shift)
            for (length, weight), phase in zip(CLOUDS, phases, strict=True)
        ]
        waves.append(self.wave(17.0, 0.097 * self.day, CONTRAST * 0.25, shift=shift))
        return f"clouds {shift}", waves, 256

    def _nowhere(self) -> Array:
        return np.zeros(self.shape, bool)

    @cached_property
    def rain(self) -> Array:
        """Millimetres a day; cells drift 10 degrees eastward in a day and are new the next."""
        phases = [GOLDEN * (self.day + 3) * order for order in range(1, len(RAINS) + 1)]
        drift = -10 * (self.hours / 24), 0.0
        waves = [
            self.wave(length, phase, weight, shift=drift) for (length, weight), phase in zip(RAINS, phases, strict=True)
        ]
        cells = self.positions.total("rain", waves, 2)
        cells -= 0.4
        cells *= 80
        return np.maximum(cells, 0, out=cells)
