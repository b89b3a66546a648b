"""The requests of a pointwise read: boxes around points near one another, and what each point takes of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .chunks import chunk_shape
from .clusters import Boxes, clustered
from .points import COLUMN, ROW, compact, cut, equal_bounds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .costs import ReadCost
    from .limits import Budget
    from .points import Points

Integers = npt.NDArray[np.intp]
Part = tuple[slice, slice]
"""Parts of the lists of rows and columns."""

_PICKED = 2**14
"""Pixels that are copied out of a reply at a time; chosen: 64 kB of float32, which stay in a cache."""


@dataclass(frozen=True, slots=True)
class PointRead:
    """One request of a pointwise read.

    Attributes
    ----------
    items, bands : tuple of int
        Those requested, each once and ascending.
    rows, columns : range
        The box that is read.
    members : ndarray of int
        Numbers of the points that take pixels of it.
    points : Points
        All points.
    part : (rows, columns)
        The part of the points' lists of rows and columns that is taken of it.
    """

    items: tuple[int, ...]
    bands: tuple[int, ...]
    rows: range
    columns: range
    members: Integers
    points: Points
    part: Part

    @property
    def size(self) -> int:
        """Pixels that are requested, over all items and bands."""
        return len(self.items) * len(self.bands) * len(self.rows) * len(self.columns)

    def of_items(self, items: tuple[int, ...]) -> PointRead:
        """The part of the request that asks for some of its items."""
        axis = self.points.axes[0]
        members = self.members[np.isin(axis[self.members, 0], items)] if len(axis) > 1 else self.members
        return replace(self, items=items, members=members)

    def target_in(self, out: npt.NDArray[np.generic]) -> npt.NDArray[np.generic] | None:
        """The part of an array of the shape `Points.sizes` that has just the pixels of the reply; None if none has."""
        if len(self.members) > 1:
            return None
        item_list, *others = (each[0] for each in self._lists())
        kept = np.flatnonzero(np.isin(item_list, self.items))
        lists = (item_list[kept], *others)
        read = (self.items, self.bands, self.rows, self.columns)
        run = slice(kept[0], kept[-1] + 1)
        if run.stop - run.start > len(kept) or not all(map(np.array_equal, lists, read)):
            return None
        return out[self.members[0], run, :, self.part[0], self.part[1]]

    def scatter(self, pixels: npt.NDArray[np.generic], out: npt.NDArray[np.generic]) -> None:
        """Put the pixels (item, band, row, column) of a reply into an array of the shape `Points.sizes`."""
        items, bands, rows, columns = self._lists()
        # This request may have only some items of the list that all points share.
        kept = np.flatnonzero(np.isin(items[0], self.items)) if len(items) == 1 else np.arange(items.shape[1])
        lists = (
            np.searchsorted(self.items, items[:, kept]),
            np.searchsorted(self.bands, bands),
            rows - self.rows.start,
            columns - self.columns.start,
        )
        # In the dimensions (point, item, band, row, column), so that NumPy broadcasts the lists of a point.
        pick = [
            np.expand_dims(each, [axis for axis in (1, 2, 3, 4) if axis != number])
            for number, each in enumerate(lists, start=1)
        ]
        target = out[..., self.part[0], self.part[1]]
        # NumPy copies what it picks: many points at a time where each has few pixels, else one.
        step = max(1, _PICKED // (target[0, 0].size * len(kept)))
        for start in range(0, len(self.members), step):
            some = slice(start, start + step)
            part = tuple(each[some] if len(each) > 1 else each for each in pick)
            target[np.ix_(self.members[some], kept)] = pixels[part]

    def _lists(self) -> list[Integers]:
        """The four lists of the points that take pixels of it, shape (points or 1, length)."""
        axes = self.points.axes
        whole = (slice(None), slice(None), *self.part)
        return [
            axis[self.members if len(axis) > 1 else slice(None), part] for axis, part in zip(axes, whole, strict=True)
        ]


def point_reads(points: Points, cost: ReadCost, budget: Budget, seams: Sequence[int]) -> tuple[Points, list[PointRead]]:
    """Plan the requests that read points.

    Parameters
    ----------
    points : Points
        Not empty.
    cost : ReadCost
        By which windows are joined.
    budget : Budget
        Over how many requests the items of a window are spread.
    seams : sequence of int
        Columns before which a request has to end.

    Returns
    -------
    (Points, reads)
        The points in the form to which the reads refer.
    """
    points = compact(points, cost, seams)
    points, parts = cut(points, _largest(points, cost, budget))
    windows = [window for part in parts for window in _windows(points, part, cost, seams)]
    limit = budget.per_request(sum(window.size for window in windows) * cost.pixel_bytes)
    return points, [read for window in windows for read in _spread(window, cost, limit)]


def _largest(points: Points, cost: ReadCost, budget: Budget) -> tuple[int, int]:
    """The largest sides of a box that one request reads."""
    items, bands = (len(np.unique(axis)) if len(axis) == 1 else 1 for axis in points.axes[:2])
    height, width = (int(np.ptp(points.axes[axis], axis=1).max()) + 1 for axis in (ROW, COLUMN))
    pixel = bands * cost.pixel_bytes
    limit = budget.per_request(points.sizes[0] * items * height * width * pixel)
    shape = chunk_shape((items, height, width), pixel, bands * cost.wire_bands, budget=limit, limits=cost.limits)
    return shape[1:]


def _windows(points: Points, part: Part, cost: ReadCost, seams: Sequence[int]) -> Iterator[PointRead]:
    """The boxes that are read, each with all its items, however many requests these take."""
    axes = points.axes[:2]
    rows, columns = points.axes[ROW][:, part[0]], points.axes[COLUMN][:, part[1]]
    single = [axis[:, 0] if len(axis) > 1 else np.zeros(1, dtype=np.intp) for axis in axes]
    shared = [() if len(axis) > 1 else tuple(np.unique(axis).tolist()) for axis in axes]
    first = _stacked([*single, rows.min(axis=1), columns.min(axis=1)], points.sizes[0])
    last = _stacked([*single, rows.max(axis=1), columns.max(axis=1)], points.sizes[0])
    sides = np.searchsorted(seams, first[COLUMN], side="right")
    for side in np.unique(sides):
        here = np.flatnonzero(sides == side)
        counts = np.ones((2, len(here)), dtype=np.intp)
        boxes = Boxes(first[:, here], last[:, here], counts, (len(shared[0]) or 1, len(shared[1]) or 1))
        order, starts = clustered(boxes, cost)
        corners = np.minimum.reduceat(first[ROW:, here[order]], starts, axis=1).T.tolist()
        ends = (np.maximum.reduceat(last[ROW:, here[order]], starts, axis=1) + 1).T.tolist()
        for members, corner, end in zip(np.split(here[order], starts[1:]), corners, ends, strict=True):
            spans = [range(*span) for span in zip(corner, end, strict=True)]
            names = [same or tuple(np.unique(axis[members]).tolist()) for same, axis in zip(shared, axes, strict=True)]
            yield PointRead(names[0], names[1], spans[0], spans[1], members, points, part)


def _stacked(axes: list[Integers], count: int) -> Integers:
    """Axes of ``count`` elements, or of one for all, as rows of one array."""
    return np.stack([np.broadcast_to(axis, count) for axis in axes])


def _spread(window: PointRead, cost: ReadCost, limit: int) -> Iterator[PointRead]:
    """The requests for a box: as many items in each as nearly equal shares allow, and bytes up to the limit."""
    if len(window.items) == 1:
        yield window
        return
    image = window.size // len(window.items) * cost.pixel_bytes
    fit = int(cost.items_per_request(len(window.bands), len(window.rows), len(window.columns)))
    fit = min(fit, max(1, limit // image))
    count = math.ceil(len(window.items) / fit)
    for start, stop in pairwise(equal_bounds(len(window.items), count)):
        yield window.of_items(window.items[start:stop]) if count > 1 else window
