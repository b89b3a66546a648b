"""Superpixels (SNIC)."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..images.image import Band, Pixels, Sampler, everywhere
from ..request_limits import check_time
from ..types import BOOLEAN, DOUBLE, UINT32, WGS84
from .cellwise import SIDE, cell_origin, compute_by_cell
from .components import PERIOD, label_pixels
from .outputs import make_output_bands

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Labels = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

PATIENCE = 2**15
"""Pixels between two looks at the clock."""


@dataclass(frozen=True, slots=True)
class Growth:
    """How superpixels grow.

    Attributes
    ----------
    size : int
        Pixels between seeds.
    compactness : float
        How much positions count beside values.
    eight : bool
        Whether corners connect.
    margin : int
        Pixels around a cell that are looked at, too.
    """

    size: int
    compactness: float
    eight: bool
    margin: int


def make_seeds(size: int, *, hexagonal: bool) -> Band:
    """1 on a lattice of pixels, 0 elsewhere.

    The lattice begins where the CRS does, half a step from its corner. Neither that nor the values are documented.
    """

    def compute(sampler: Sampler) -> Pixels:
        left, top = cell_origin(sampler.grid)
        col = np.arange(left, left + sampler.shape[1])[np.newaxis]
        row = np.arange(top, top + sampler.shape[0])[:, np.newaxis]
        if not hexagonal:
            on = (col % size == size // 2) & (row % size == size // 2)
        else:
            # Rows of triangles of equal sides, every second moved by half a side.
            step = size * math.sqrt(3) / 2
            number = np.floor((row + 0.5) / step)
            on = (row == np.floor((number + 0.5) * step)) & ((col + (number % 2) * (size // 2)) % size == size // 2)
        return Pixels(on.astype(BOOLEAN.storage), everywhere(sampler.shape))

    return Band("seeds", BOOLEAN, WGS84, compute)


def make_superpixels(bands: Sequence[Band], seed: Band, growth: Growth) -> list[Band]:
    """A label for each superpixel, and the means of the bands.

    R. Achanta and S. Süsstrunk, Superpixels and polygons using simple non-iterative clustering, 2017, with the squared
    distance of their program: that of the values, and that of the positions times the squared compactness over the
    squared step of the seeds. Cells are clustered one by one, as the service does with tiles; its labels are not known.
    """
    names = ["clusters", *(f"{band.name}_mean" for band in bands)]
    types = dict(zip(names, [UINT32] + [DOUBLE] * len(bands), strict=True))

    def cell(sampler: Sampler) -> dict[str, Pixels]:
        pixels = [sampler(band) for band in bands]
        mask = np.minimum.reduce([one.mask for one in pixels])
        starts = sampler(seed)
        if not mask.any():
            return dict.fromkeys(names, Pixels.nothing((SIDE, SIDE), np.float64))
        values = np.stack([one.values for one in pixels]).astype(np.float64)
        labels = label_pixels(np.zeros(sampler.shape), (starts.values != 0) & (starts.mask > 0), eight=growth.eight)
        box = _box(mask > 0)
        found = np.zeros(sampler.shape, np.int64)
        found[box] = grow_labels(values[:, *box], mask[box] > 0, labels[box].astype(np.int64), growth)
        inner = np.s_[growth.margin : growth.margin + SIDE, growth.margin : growth.margin + SIDE]
        here, known = found[inner], np.where(found[inner] > 0, mask[inner], np.float32(0))
        count = np.maximum(np.bincount(found.ravel()), 1)
        means = [np.bincount(found.ravel(), one.ravel())[here] / count[here] for one in values]
        identifiers = _first_pixels(sampler, labels)[here].astype(UINT32.storage)
        return {name: Pixels(one, known) for name, one in zip(names, [identifiers, *means], strict=True)}

    return make_output_bands(
        bands[0],
        names,
        types,
        lambda sampler: compute_by_cell(sampler, SIDE, growth.margin, lambda part, _: cell(part)),
    )


def grow_labels(values: Floats, valid: Flags, labels: Labels, growth: Growth) -> Labels:
    """Label all valid pixels that can be reached from those that have labels.

    Parameters
    ----------
    values : ndarray of float64, shape (bands, height, width)
    valid : ndarray of bool, shape (height, width)
    labels : ndarray of int64, same shape
        From 1; 0 elsewhere.
    growth : Growth

    Returns
    -------
    ndarray of int64, same shape
        0 where no seed reaches.
    """
    width = labels.shape[1] + 2
    weight = growth.compactness / growth.size
    coordinates = weight * np.indices((labels.shape[0] + 2, width), np.float64)
    points = (
        np.concatenate([coordinates, np.pad(values, [(0, 0), (1, 1), (1, 1)])]).reshape(2 + len(values), -1).T.tolist()
    )
    around = [-width, -1, 1, width] + ([-width - 1, -width + 1, width - 1, width + 1] if growth.eight else [])
    start = np.pad(np.where(valid, labels, 0), 1).ravel()
    # Of equally near pixels the one that was found first comes first, and so all seeds before any other.
    heap = [(0.0, order, index, int(start[index])) for order, index in enumerate(np.flatnonzero(start).tolist())]
    order = len(heap)
    found = [0] * len(start)
    # How near the nearest superpixel is that waits for a pixel; nothing is nearer than what is taken.
    nearest = np.where(np.pad(valid, 1), np.inf, -1.0).ravel().tolist()
    counts = [0] * (int(labels.max(initial=0)) + 1)
    sums = [[0.0] * (2 + len(values)) for _ in counts]
    steps = 0
    while heap:
        steps += 1
        if steps % PATIENCE == 0:
            check_time()
        _, _, index, label = heapq.heappop(heap)
        if found[index]:
            continue
        found[index], nearest[index] = label, -1.0
        counts[label] += 1
        mine, count = sums[label], counts[label]
        for at, one in enumerate(points[index]):
            mine[at] += one
        middle = [total / count for total in mine]
        for step in around:
            beside = index + step
            if nearest[beside] < 0:
                continue
            far = 0.0
            for one, other in zip(points[beside], middle, strict=True):
                far += (one - other) * (one - other)
            if far < nearest[beside]:
                nearest[beside] = far
                heapq.heappush(heap, (far, order, beside, label))
                order += 1
    return np.array(found, np.int64).reshape(-1, width)[1:-1, 1:-1]


def _box(valid: Flags) -> tuple[slice, slice]:
    """The rows and columns from the first valid pixel to the last."""
    rows, cols = np.flatnonzero(valid.any(axis=1)), np.flatnonzero(valid.any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(cols[0]), int(cols[-1]) + 1)


def _first_pixels(sampler: Sampler, labels: npt.NDArray[np.int32]) -> Labels:
    """For each label the place of its first pixel in the grid, so that it is the same in all cells."""
    left, top = cell_origin(sampler.grid)
    present, first = np.unique(labels, return_index=True)
    row, col = np.divmod(first, labels.shape[1])
    named = np.zeros(int(labels.max(initial=0)) + 1, np.int64)
    named[present] = ((row + top) % PERIOD) * PERIOD + (col + left) % PERIOD
    return named
