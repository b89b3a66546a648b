"""Ordinary kriging: the best linear estimate between points, given how alike they are at a distance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..geometry.sphere import RADIUS, ROUNDING, centre_vectors, compute_angles, split_blocks
from ..images.image import Band, Pixels, Sampler
from ..images.pixelwise import make_constant
from ..request_limits import check_time
from ..types import DOUBLE

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


def interpolate(points: Floats, values: Floats, variogram: Variogram, reach: float, name: str) -> Band:
    """The estimates from the points that are near each pixel; masked where there are none.

    Parameters
    ----------
    points : ndarray, shape (n, 3)
        Unit vectors of the points.
    values : ndarray, shape (n,)
    variogram : Variogram
    reach : float
        Metres.
    name : str
        Of the band.
    """

    def compute(sampler: Sampler) -> Pixels:
        found = _estimate(centre_vectors(sampler.grid), points, values, variogram, reach)
        known = np.isfinite(found)
        return Pixels(np.where(known, found, 0), known.astype(np.float32))

    return make_constant(0).derived(compute, name=name, type_=DOUBLE)


def _estimate(at: Floats, points: Floats, values: Floats, variogram: Variogram, reach: float) -> Floats:
    found = np.full(at.shape[0] * at.shape[1], np.nan)
    for members, middle, radius in split_blocks(at):
        near = np.flatnonzero(compute_angles(middle, points)[0] <= reach / RADIUS + radius + ROUNDING)
        metres = compute_angles(at.reshape(-1, 3)[members], points[near]) * RADIUS
        patterns, which = np.unique(metres <= reach, axis=0, return_inverse=True)
        for number, pattern in enumerate(patterns):
            check_time()
            used, alike = near[pattern], which.ravel() == number
            if used.size:
                between = variogram(compute_angles(points[used], points[used]) * RADIUS)
                found[members[alike]] = _weights(between, variogram(metres[alike][:, pattern])) @ values[used]
    return found.reshape(at.shape[:2])


def _weights(between: Floats, towards: Floats) -> Floats:
    """Of the points, for each pixel: those of the least variance among all that sum up to 1."""
    count = len(between)
    system = np.ones((count + 1, count + 1))
    system[:count, :count], system[count, count] = between, 0
    right = np.column_stack([towards, np.ones(len(towards))])
    solved: Floats = np.linalg.lstsq(system, right.T)[0][:count].T.astype(np.float64)
    return solved
