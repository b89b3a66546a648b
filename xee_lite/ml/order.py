"""The order of an epoch: neighbours are read together, their samples are shuffled, and every reader gets a share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from .patches import Patches

    Integers = npt.NDArray[np.intp]

_RUN = 8
"""Runs of neighbours that are shuffled together: a batch is then of about as many places."""


@dataclass(frozen=True, slots=True)
class Share:
    """Which part of an epoch a process reads.

    Attributes
    ----------
    rank, ranks : int
        Of the processes that train together.
    worker, workers : int
        Of the processes that read for one of these.
    """

    rank: int = 0
    ranks: int = 1
    worker: int = 0
    workers: int = 1


def neighbours(patches: Patches, length: int) -> Integers:
    """The numbers of patches, such that runs of this length lie near one another."""
    height, width = patches.size
    if not len(patches):
        return np.empty(0, dtype=np.intp)
    extent = math.prod(int(np.ptp(axis)) + side for axis, side in ((patches.rows, height), (patches.columns, width)))
    side = max(height, width, math.isqrt(math.ceil(extent * length / len(patches))))
    down, right = (axis // side for axis in (patches.rows, patches.columns))
    return np.lexsort((patches.columns, patches.rows, np.where(down % 2, -right, right), down))


def rounds(patches: Patches, size: int, share: Share, *, seed: int, epoch: int, shuffle: bool) -> list[Integers]:
    """The numbers of the patches that a process gives in an epoch, in rounds that are read at once.

    Parameters
    ----------
    patches : Patches
    size : int
        Patches in a round.
    share : Share
    seed, epoch : int
        The same two give the same order in every process.
    shuffle : bool
        Runs of neighbours come in random order, and the patches of a round too. Each rank gets as many patches as the
        others; up to ``ranks - 1`` are left out, others in each epoch. Without, all patches come in their own order,
        and ranks differ by one patch at most.

    Returns
    -------
    list of ndarray of int
    """
    if shuffle:
        numbers = _shuffled_runs(patches, max(1, size // _RUN), np.random.default_rng([seed, epoch]))
        each = len(numbers) // share.ranks
        mine = numbers[share.rank * each : (share.rank + 1) * each]
    else:
        mine = _part(np.arange(len(patches)), share.rank, share.ranks)
    mine = _part(mine, share.worker, share.workers)
    found = [mine[start : start + size] for start in range(0, len(mine), size)]
    if not shuffle:
        return found
    random = np.random.default_rng([seed, epoch, share.rank, share.worker])
    return [random.permutation(numbers) for numbers in found]


def _shuffled_runs(patches: Patches, length: int, random: np.random.Generator) -> Integers:
    numbers = neighbours(patches, length)
    runs = [numbers[start : start + length] for start in range(0, len(numbers), length)]
    return np.concatenate([numbers[:0], *(runs[each] for each in random.permutation(len(runs)))])


def _part(numbers: Integers, part: int, parts: int) -> Integers:
    """One of as many parts, which differ by one at most in length."""
    return numbers[len(numbers) * part // parts : len(numbers) * (part + 1) // parts]
