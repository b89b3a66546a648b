"""Correlation reducers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ..numerics.special import beta_share
from ..types import DOUBLE
from .batches import Values, reduce_in_batches, reduce_one_by_one

if TYPE_CHECKING:
    from .reduce import Reducer

OUTPUTS = ("correlation", "p-value")


def pearsons_correlation() -> Reducer:
    """Pearson's correlation, and the probability of one as large by chance (two-sided, Student's t)."""

    def correlate(records: Values) -> list[float | None]:
        return _correlation(records[:, 0], records[:, 1]) if len(records) else [None, None]

    return reduce_in_batches(2, OUTPUTS, reduce_one_by_one(correlate, 2), [DOUBLE] * 2, where="Reducer.correlation")


def spearmans_correlation() -> Reducer:
    """Pearson's correlation of the ranks, equal values having the mean of theirs."""

    def correlate(records: Values) -> list[float | None]:
        return _correlation(_ranks(records[:, 0]), _ranks(records[:, 1])) if len(records) else [None, None]

    return reduce_in_batches(2, OUTPUTS, reduce_one_by_one(correlate, 2), [DOUBLE] * 2, where="Reducer.correlation")


def _correlation(x: Values, y: Values) -> list[float | None]:
    dx, dy = x - x.mean(), y - y.mean()
    spread = math.sqrt(float(dx @ dx) * float(dy @ dy))
    if not spread:
        return [None, None]
    found = max(-1.0, min(1.0, float(dx @ dy) / spread))
    freedom = len(x) - 2
    if freedom < 1:
        return [found, None]
    # Of Student's t = r sqrt(f / (1 - r²)) the two tails are the share of a beta distribution below 1 - r².
    return [found, beta_share(1 - found * found, freedom / 2, 0.5)]


def _ranks(values: Values) -> Values:
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    means: Values = last - (counts - 1) / 2
    return means[which]
