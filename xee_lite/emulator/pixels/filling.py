"""Filling of depressions in a surface."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np

from ..images.image import Band, Pixels, Sampler
from ..request_limits import check_time
from .cellwise import SIDE, compute_by_cell

if TYPE_CHECKING:
    import numpy.typing as npt

    Integers = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

PATIENCE = 2**16
"""Pixels between two looks at the clock."""


def fill_band_minima(band: Band, border: int | None, neighborhood: int) -> Band:
    """A band whose hollows are filled, as far as cells and so many pixels around them tell."""

    def part(sampler: Sampler) -> Pixels:
        source = sampler(band)
        inner = slice(neighborhood, sampler.shape[0] - neighborhood)
        if source.is_nothing:
            return Pixels.nothing((SIDE, SIDE), band.type.storage)
        valid = source.mask > 0
        values = flood(np.where(valid, source.values, 0).astype(np.int64), valid, border)
        return Pixels(values[inner, inner].astype(band.type.storage), source.mask[inner, inner])

    def compute(sampler: Sampler) -> Pixels:
        return compute_by_cell(sampler, SIDE, neighborhood, lambda cell, _: {"filled": part(cell)})["filled"]

    return band.derived(compute)


def flood(values: Integers, valid: Flags, border: int | None) -> Integers:
    """Raise each pixel to the lowest level over which it drains to an edge, through any of eight neighbours.

    The priority flood: from the outlets inwards, the lowest first (Barnes, Lehman and Mulla, Priority-flood, 2014).

    Parameters
    ----------
    values : ndarray of int64, shape (height, width)
    valid : ndarray of bool, same shape
        What is missing drains, as the edges do.
    border : int, optional
        The level to which outlets are raised.
    """
    shape = values.shape[0] + 2, values.shape[1] + 2
    level = np.pad(values, 1).ravel().tolist()
    dry = np.pad(valid, 1).ravel().tolist()
    around = [-shape[1] - 1, -shape[1], -shape[1] + 1, -1, 1, shape[1] - 1, shape[1], shape[1] + 1]
    heap = []
    for index in find_outlets(valid).tolist():
        level[index] = level[index] if border is None else max(level[index], border)
        heap.append((level[index], index))
        dry[index] = False
    heapq.heapify(heap)
    steps = 0
    while heap:
        steps += 1
        if steps % PATIENCE == 0:
            check_time()
        here, index = heapq.heappop(heap)
        for step in around:
            beside = index + step
            if dry[beside]:
                dry[beside] = False
                level[beside] = max(level[beside], here)
                heapq.heappush(heap, (level[beside], beside))
    return np.array(level, np.int64).reshape(shape)[1:-1, 1:-1]


def find_outlets(valid: Flags) -> npt.NDArray[np.intp]:
    """Valid pixels beside an edge or a missing pixel, as positions in the flattened raster with a rim of one pixel."""
    rimmed = np.pad(valid, 1)
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(rimmed, 1), (3, 3))
    return np.flatnonzero(rimmed & ~windows.all(axis=(2, 3)))
