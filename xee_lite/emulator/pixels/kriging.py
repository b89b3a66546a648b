"""Ordinary kriging: the best linear estimate between points, given how alike they are at a distance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..allowance import check_time
from ..types import DOUBLE
from .image import Band, Pixels, Sampler
from .pixelwise import constant
from .sphere import HELD, RADIUS, angles, centres

if TYPE_CHECKING:
    from collections.abc import Callable

Floats = npt.NDArray[np.float64]


def _spherical(share: Floats) -> Floats:
    found: Floats = np.where(share < 1, 1.5 * share - 0.5 * share**3, 1.0)
    return found


SHAPES: dict[str, Callable[[Floats], Floats]] = {
    "exponential": lambda share: 1 - np.exp(-3 * share),
    "gaussian": lambda share: 1 - np.exp(-3 * share * share),
    "spherical": _spherical,
}
"""How a variogram rises from 0 to 1, over the distance as a share of the range: the textbook models, of which the first
two reach 95 % there, which is the practical range (Journel and Huijbregts, 1978)."""


@dataclass(frozen=True, slots=True)
class Variogram:
    """Half the mean squared difference of two values, by their distance.

    Attributes
    ----------
    shape : str
        One of `SHAPES`.
    range : float
        Metres.
    sill : float
        Where it ends, the nugget included.
    nugget : float
        Where it begins; at a distance of 0 it is 0, so that estimates meet the points.
    """

    shape: str
    range: float
    sill: float
    nugget: float

    def __call__(self, metres: Floats) -> Floats:
        """The semivariances at distances."""
        rise = SHAPES[self.shape](metres / self.range)
        return np.where(metres > 0, self.nugget + (self.sill - self.nugget) * rise, 0.0)


def kriged(places: Floats, values: Floats, variogram: Variogram, reach: float, name: str) -> Band:
    """The estimates from the points that are near each pixel; masked where there are none.

    Parameters
    ----------
    places : ndarray, shape (n, 3)
        Unit vectors of the points.
    values : ndarray, shape (n,)
    variogram : Variogram
    reach : float
        Metres.
    name : str
        Of the band.
    """

    def compute(sampler: Sampler) -> Pixels:
        found = _estimated(centres(sampler), places, values, variogram, reach).reshape(sampler.shape)
        known = np.isfinite(found)
        return Pixels(np.where(known, found, 0), known.astype(np.float32))

    return constant(0).derived(compute, name=name, type_=DOUBLE)


def _estimated(at: Floats, places: Floats, values: Floats, variogram: Variogram, reach: float) -> Floats:
    found = np.full(len(at), np.nan)
    there = np.flatnonzero(np.isfinite(at).all(axis=1))
    if not len(places):
        return found
    between = variogram(angles(places, places) * RADIUS)
    for part in np.array_split(there, max(math.ceil(len(there) * len(places) / HELD), 1)):
        metres = angles(at[part], places) * RADIUS
        patterns, which = np.unique(metres <= reach, axis=0, return_inverse=True)
        for number, near in enumerate(patterns):
            check_time()
            members = np.flatnonzero(which.ravel() == number)
            if near.any():
                weights = _weights(between[np.ix_(near, near)], variogram(metres[np.ix_(members, near)]))
                found[part[members]] = weights @ values[near]
    return found


def _weights(between: Floats, towards: Floats) -> Floats:
    """Of the points, for each pixel: those of the least variance among all that sum up to 1."""
    count = len(between)
    system = np.ones((count + 1, count + 1))
    system[:count, :count], system[count, count] = between, 0
    right = np.column_stack([towards, np.ones(len(towards))])
    solved: Floats = np.linalg.lstsq(system, right.T)[0][:count].T.astype(np.float64)
    return solved
