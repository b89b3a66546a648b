"""Ripples over a block of pixels that is small beside most of their waves.

A wave of parabolas is a polynomial between two multiples of half a turn. Where a block holds none of them, a patch of a
few of its pixels tells the wave at all others, to the last bits; where it does, the patch tells at least the turns.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ...pixels.patches import NODES, Patch
from .waves import BEND, ripple, wave

if TYPE_CHECKING:
    from collections.abc import Callable

    from .waves import Array

LEAST = 2**12
"""Pixels of a block of which a patch is worth while."""
MARGIN = 0.1
"""Of the range at the nodes: how far beyond it a parabola may reach between them."""


class Ripples:
    """Ripples at some places.

    Parameters
    ----------
    longitude, latitude : ndarray
        Degrees; they broadcast against each other.
    smooth : bool
        Whether a patch may be used.
    """

    def __init__(self, longitude: Array, latitude: Array, *, smooth: bool) -> None:
        self._longitude, self._latitude = longitude, latitude
        self._patch: Patch | None = None
        shape = longitude.shape
        if smooth and shape == latitude.shape and longitude.size >= LEAST and min(shape) >= NODES:
            patch = _patch(*shape)
            if patch.fits(longitude) and patch.fits(latitude):
                self._patch = patch
                self._u, self._v = patch.at_nodes(longitude), patch.at_nodes(latitude)

    def __call__(self, wavelength: float, phase: float) -> Array:
        """A ripple; see `waves.ripple`."""
        if self._patch is None:
            return ripple(self._longitude, self._latitude, wavelength, phase)
        u, v = self._u / wavelength, self._v / wavelength
        first, second = 0.6 * v + phase, 0.6 * u - phase
        if _breaks(first) or _breaks(second):
            return ripple(self._longitude, self._latitude, wavelength, phase)
        return _waves(self._patch, u + (phase + BEND * wave(first)), 1.1 * v + (BEND * wave(second) - 2 * phase))

    def along(self, function: Callable[[Array], Array]) -> Array:
        """A function of latitude that is smooth at the scale of a block."""
        if self._patch is None:
            return function(self._latitude)
        return self._patch.spread(function(self._v))


def _waves(patch: Patch, across: Array, along: Array) -> Array:
    """The mean of two waves whose turns are given at the nodes."""
    one, other = _breaks(across), _breaks(along)
    if not (one or other):
        return patch.spread((wave(across) + wave(along)) / 2)
    if one and other:
        total = wave(patch.spread(across))
        total += wave(patch.spread(along))
    else:
        whole, broken = (along, across) if one else (across, along)
        total = wave(patch.spread(broken))
        total += patch.spread(wave(whole))
    total /= 2
    return total


@lru_cache(maxsize=64)
def _patch(height: int, width: int) -> Patch:
    return Patch(np.arange(height, dtype=np.float64), np.arange(width, dtype=np.float64))


def _breaks(turns: Array) -> bool:
    """Whether a wave changes from one parabola to the next somewhere in the block."""
    low, high = float(turns.min()), float(turns.max())
    margin = MARGIN * (high - low) + 1e-9
    return math.floor(2 * (low - margin)) != math.floor(2 * (high + margin))
