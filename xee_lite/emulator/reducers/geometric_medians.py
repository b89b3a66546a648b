"""The geometric median: the point whose distances to all others have the least sum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..request_limits import check_time
from ..types import DOUBLE
from .batches import Flags, Found, Values, reduce_in_batches
from .reduce import check_inputs

if TYPE_CHECKING:
    from .reduce import Reducer

ROUNDS = 1000
CLOSE = 1e-9
"""Of the spread of the points: a step that is shorter ends the search."""


def geometric_median(inputs: int) -> Reducer:
    """A reducer of points with an output for each coordinate.

    What the service calls its outputs is not documented; programs rename them.
    """
    check_inputs(inputs, "Reducer.geometricMedian")
    outputs = ("geometricMedian", *(f"geometricMedian{i}" for i in range(1, inputs)))

    def statistic(points: Values, valid: Flags) -> list[Found]:
        known: Flags = np.logical_or.reduce(valid)
        found = np.zeros((valid.shape[1], inputs))
        if known.any():
            found[known] = find_medians(np.transpose(points[..., known], (2, 1, 0)), valid[:, known].T)
        return [(found[:, i], known) for i in range(inputs)]

    return reduce_in_batches(inputs, outputs, statistic, [DOUBLE] * inputs, where="Reducer.geometricMedian")


def find_medians(points: Values, valid: Flags) -> Values:
    """The medians of many sets of points.

    Weiszfeld's iteration, with the step of Vardi and Zhang (2000) where it meets a point. It nears a point that is the
    median itself but slowly, so in the end the nearest point is asked whether it is.

    Parameters
    ----------
    points : ndarray, shape (sets, points, coordinates)
    valid : ndarray of bool, shape (sets, points)
        At least one in each set.

    Returns
    -------
    ndarray, shape (sets, coordinates)
    """
    share = valid / valid.sum(axis=1, keepdims=True)
    found = (points * share[..., np.newaxis]).sum(axis=1)
    spread = np.sqrt((np.square(points - found[:, np.newaxis]).sum(axis=2) * share).sum(axis=1))
    moving = np.arange(len(points))
    for _ in range(ROUNDS):
        check_time()
        step = _step(points[moving], valid[moving], found[moving])
        found[moving] += step
        moving = moving[np.linalg.norm(step, axis=1) > CLOSE * spread[moving]]
        if not moving.size:
            break
    away = np.where(valid, np.linalg.norm(points - found[:, np.newaxis], axis=2), np.inf)
    nearest = np.take_along_axis(points, away.argmin(axis=1)[:, np.newaxis, np.newaxis], axis=1)[:, 0]
    pull, _, here = _forces(points, valid, nearest)
    best = np.linalg.norm(pull, axis=1) <= here
    return np.where(best[:, np.newaxis], nearest, found)


def _step(points: Values, valid: Flags, point: Values) -> Values:
    """The way to the mean of the points weighted by their inverse distances."""
    pull, weight, here = _forces(points, valid, point)
    # At a point of the set: it stays if the others pull no harder than it holds.
    free = np.where(here > 0, np.maximum(1 - here / np.maximum(np.linalg.norm(pull, axis=1), 1e-300), 0), 1)
    step: Values = pull * (free / np.maximum(weight, 1e-300))[:, np.newaxis]
    return step


def _forces(points: Values, valid: Flags, point: Values) -> tuple[Values, Values, Values]:
    """The sums of the unit vectors to the other points and of their inverse distances, and how many points are here."""
    towards = points - point[:, np.newaxis]
    away = np.linalg.norm(towards, axis=2)
    inverse = np.where(valid & (away > 0), 1 / np.where(away > 0, away, 1), 0)
    pull: Values = (towards * inverse[..., np.newaxis]).sum(axis=1)
    return pull, inverse.sum(axis=1), (valid & (away == 0)).sum(axis=1).astype(np.float64)
