"""Pseudo-random numbers that depend on the position and a seed alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from ..types import Floats


def draw_uniform(longitude: Floats, latitude: Floats, stream: int) -> Floats:
    """Uniform numbers in [0, 1) from positions, the same for a position in any window of a grid.

    The service's own numbers are not known.

    Parameters
    ----------
    longitude, latitude : ndarray
        Degrees, or metres east and north; they are broadcast.
    stream : int
        Another one gives other numbers.
    """
    # A ten-millionth of a degree is a centimetre: below any pixel, above the rounding of coordinates.
    position = [
        np.round(np.nan_to_num(degrees) * 1e7).astype(np.int64).view(np.uint64) for degrees in (longitude, latitude)
    ]
    mixed = mix_bits(np.asarray(stream % 2**64, np.uint64) + mix_bits(position[0]))
    return np.asarray((mix_bits(mixed ^ position[1]) >> np.uint64(11)) * 2.0**-53, np.float64)


def mix_bits(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Other bits for all bits, which look random: the finaliser of SplitMix64."""
    with np.errstate(over="ignore"):
        bits = bits + np.uint64(0x9E3779B97F4A7C15)
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
