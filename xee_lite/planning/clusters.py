"""Clusters: windows near one another are joined where one read of the box around them costs less than a read for each.

Windows are sorted along a Z-order curve, on which the cells of a quadtree (an octree, where items vary too) are
intervals. From the leaves up, each cell is read as one box or as its parts are, whichever costs less. That takes a sort
and one pass over the cells for each level. Windows on both sides of the border of a large cell are joined by further
passes with moved cells, each of which begins with the boxes of the one before.

So a plan never costs more than a read for each window, nor than a read of the box around all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from .costs import Costs, ReadCost

Integers = npt.NDArray[np.intp]

SHIFTS = (0.0, 1 / 3, 2 / 3)
"""How far the cells are moved in each pass, in sides of the largest cell. By thirds, cells of all sizes get other
borders: 1/3 has no end in binary digits. That there are three passes is chosen."""

_CODE_BITS = 62
"""Bits of a position on the curve, which an int64 holds; where coordinates have more, their last ones do not sort."""


@dataclass(frozen=True, slots=True)
class Boxes:
    """Boxes of pixels, each by its first and last item, band, row and column.

    Attributes
    ----------
    first, last : ndarray of int, shape (4, boxes)
    counts : ndarray of int, shape (2, boxes)
        Items and bands that are read of a box, which may be fewer than lie between the first and the last.
    shared : (items, bands)
        How many of each every item and band of a box stands for.
    """

    first: Integers
    last: Integers
    counts: Integers
    shared: tuple[int, int] = (1, 1)

    def taken(self, order: Integers) -> Boxes:
        """The boxes in another order."""
        return Boxes(self.first[:, order], self.last[:, order], self.counts[:, order], self.shared)

    def joined(self, starts: Integers) -> Boxes:
        """The boxes around the runs of boxes that begin at these positions."""
        first = np.minimum.reduceat(self.first, starts, axis=1)
        last = np.maximum.reduceat(self.last, starts, axis=1)
        counts = np.minimum((last - first + 1)[:2], np.add.reduceat(self.counts, starts, axis=1))
        return Boxes(first, last, counts, self.shared)

    def costs(self, cost: ReadCost) -> Costs:
        """The cost of reading each box."""
        height, width = (self.last - self.first + 1)[2:]
        return cost(self.counts[0] * self.shared[0], self.counts[1] * self.shared[1], height, width)


def clustered(boxes: Boxes, cost: ReadCost) -> tuple[Integers, Integers]:
    """Group boxes that are to be read together.

    Parameters
    ----------
    boxes : Boxes
        Each of which fits into a request.
    cost : ReadCost

    Returns
    -------
    (order, starts)
        Positions of all boxes, group after group, and where in this order each group begins.
    """
    labels = np.arange(boxes.first.shape[1])
    if (np.ptp(boxes.first[:2], axis=1) > 0).any():
        boxes, labels = _distinct(boxes)
        boxes, labels = _pass(boxes, labels, _codes_by_window(boxes), cost)
    for shift in SHIFTS:
        boxes, labels = _pass(boxes, labels, _codes_by_place(boxes, shift), cost)
    order = np.argsort(labels, kind="stable")
    return order, np.flatnonzero(np.diff(labels[order], prepend=-1))


def _distinct(boxes: Boxes) -> tuple[Boxes, Integers]:
    """The distinct boxes, and for each given one which of these it is: a box that is asked for twice costs once."""
    corners = np.concatenate([boxes.first, boxes.last])
    order = np.lexsort(corners)
    changes = (np.diff(corners[:, order], axis=1) != 0).any(axis=0)
    starts = np.concatenate([[0], np.flatnonzero(changes) + 1])
    labels = np.empty_like(order)
    labels[order] = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(order)))
    return boxes.taken(order).joined(starts), labels


def _pass(boxes: Boxes, labels: Integers, codes: tuple[Integers, int], cost: ReadCost) -> tuple[Boxes, Integers]:
    """Join boxes in the cells of one tree: the boxes that result, and which of them each label stands for."""
    numbers, bits = codes
    order = np.argsort(numbers, kind="stable")
    runs = _joined_runs(boxes.taken(order), numbers[order], bits, cost)
    starts = np.flatnonzero(np.diff(runs, prepend=-1))
    renamed = np.empty_like(order)
    renamed[order] = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(order)))
    return boxes.taken(order).joined(starts), renamed[labels]


def _joined_runs(leaves: Boxes, codes: Integers, bits: int, cost: ReadCost) -> Integers:
    """For each leaf, the first leaf of the run that is read as one box, at the least cost over all cells of a tree."""
    total = len(codes)
    runs, first_leaves, cells = np.arange(total), np.arange(total), leaves
    best = leaves.costs(cost)
    while True:
        starts = np.flatnonzero(np.diff(codes, prepend=-1))
        if len(starts) < len(codes):
            cells, codes, first_leaves = cells.joined(starts), codes[starts], first_leaves[starts]
            apart, whole = np.add.reduceat(best, starts), cells.costs(cost)
            together = whole <= apart
            best = np.minimum(whole, apart)
            sizes = np.diff(first_leaves, append=total)
            runs = np.where(np.repeat(together, sizes), np.repeat(first_leaves, sizes), runs)
        if len(codes) == 1:
            return runs
        codes = codes >> bits


def _codes_by_window(boxes: Boxes) -> tuple[Integers, int]:
    """Codes that sort by window and then by item, so that the items of one window are joined first."""
    window = np.concatenate([boxes.first[2:], boxes.last[2:]])
    order = np.lexsort(window)
    changes = (np.diff(window[:, order], axis=1) != 0).any(axis=0)
    numbers = np.empty_like(order)
    numbers[order] = np.concatenate([[0], np.cumsum(changes)])
    items = boxes.first[0] - boxes.first[0].min()
    return (numbers << int(items.max()).bit_length()) | items, 1


def _codes_by_place(boxes: Boxes, shift: float) -> tuple[Integers, int]:
    """Codes of the boxes' centres: positions on a Z-order curve over the axes that vary."""
    centres = (boxes.first + boxes.last) // 2
    centres = centres - centres.min(axis=1, keepdims=True)
    bits = int(centres.max()).bit_length()
    moved = [axis + int(shift * 2**bits) for axis in centres if axis.any()]
    if not moved:
        return np.zeros(centres.shape[1], dtype=np.intp), 1
    bits = max(int(axis.max()).bit_length() for axis in moved)
    dropped = max(0, bits - _CODE_BITS // len(moved))
    codes = np.zeros(centres.shape[1], dtype=np.intp)
    for bit in range(bits - dropped):
        for number, axis in enumerate(moved):
            codes |= ((axis >> (bit + dropped)) & 1) << (bit * len(moved) + number)
    return codes, len(moved)
