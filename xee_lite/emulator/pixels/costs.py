"""The cost of the cheapest path from the nearest source."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ..geometry.coordinates import transform
from ..images import extents
from ..images.image import Band, Pixels, Sampler
from ..request_limits import check_time
from ..types import DOUBLE
from .neighbourhood import read_neighbourhood

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from ..types import PixelGrid

    Floats = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

RADIUS = 6378137.0
"""Metres, of the sphere that the served description names."""

FORWARD = ((1, 0), (0, 1), (1, 1), (-1, 1))
"""Columns and rows to half of the neighbours; the way back is as long."""


def accumulate_costs(costs: Sequence[Band], source: Band, reach: float, *, geodetic: bool) -> list[Band]:
    """The cost of the cheapest path to each pixel, in each of several costs.

    Half of a step is paid at the cost of the pixel that it leaves, half at that of the one that it reaches. (The guide
    to cumulative costs gives costs per metre, eight neighbours, and paths of less than ``reach`` over the scale in
    pixels. How a step is paid is not documented; those who use it reckon with halves.) A path of so many steps stays
    within so many pixels, so that a pixel is the same in all windows.

    Parameters
    ----------
    costs : sequence of Band
        Per metre. The first decides which path is the cheapest, the next among equally cheap ones.
    source : Band
        Where it is not zero paths begin, at no cost.
    reach : float
        Metres.
    geodetic : bool
        Whether the length of a step is that on the sphere, or that in the plane of the projection.
    """
    token = object()

    def found(sampler: Sampler) -> tuple[Floats, Flags]:
        steps = math.floor(reach / sampler.grid.projection.nominal_scale)
        pixels = [read_neighbourhood(sampler, band, (steps,) * 4) for band in costs]
        start = read_neighbourhood(sampler, source, (steps,) * 4)
        open_ = np.logical_and.reduce([one.mask > 0 for one in pixels])
        size = sampler.shape[1] + 2 * steps, sampler.shape[0] + 2 * steps
        grid = extents.make_window(sampler.grid.projection, (-steps, -steps), size)
        lengths = _on_sphere(grid) if geodetic else _in_plane(grid)
        prices = np.stack([np.where(open_, one.values, 0).astype(np.float64) for one in pixels])
        best = _spread(prices, open_, (start.values != 0) & (start.mask > 0) & open_, lengths, steps)
        inner = best[:, steps : size[1] - steps, steps : size[0] - steps]
        return inner, np.isfinite(inner[0])

    def band(number: int, cost: Band) -> Band:
        def compute(sampler: Sampler) -> Pixels:
            best, known = sampler.share(token, lambda: found(sampler))
            return Pixels(np.where(known, best[number], 0), known.astype(np.float32))

        return cost.derived(compute, name="cumulative_cost", type_=DOUBLE)

    return [band(number, cost) for number, cost in enumerate(costs)]


def _spread(prices: Floats, open_: Flags, start: Flags, lengths: Sequence[Floats], steps: int) -> Floats:
    """The least sums over paths of at most so many steps: in each round those who were improved tell their neighbours.

    Returns
    -------
    ndarray of float64, shape of ``prices``
        Infinite where no path leads.
    """
    shape = start.shape[0] + 2, start.shape[1] + 2
    rim = [(0, 0), (1, 1), (1, 1)]
    price = np.pad(prices, rim).reshape(len(prices), -1)
    free = np.pad(open_, 1).ravel()
    ways = []
    for (col, row), length in zip(FORWARD, lengths, strict=True):
        step, flat = row * shape[1] + col, np.pad(length, 1).ravel()
        ways += [(step, flat, 0), (-step, flat, -step)]
    best = np.full(price.shape, np.inf)
    front = np.flatnonzero(np.pad(start, 1))
    best[:, front] = 0
    for _ in range(steps):
        check_time()
        before, better = best[:, front], np.zeros(best.shape[1], bool)
        for step, length, at in ways:
            there = front + step
            paid = before + (price[:, front] + price[:, there]) / 2 * length[front + at]
            less = free[there] & _less(paid, best[:, there])
            best[:, there[less]] = paid[:, less]
            better[there[less]] = True
        front = np.flatnonzero(better)
        if not front.size:
            break
    return best.reshape(len(prices), *shape)[:, 1:-1, 1:-1]


def _less(first: Floats, second: Floats) -> Flags:
    """Whether columns come before others in the order of a dictionary."""
    less: Flags = first[0] < second[0]
    same: Flags = first[0] == second[0]
    for one, other in zip(first[1:], second[1:], strict=True):
        less = less | (same & (one < other))
        same = same & (one == other)
    return less


def _in_plane(grid: PixelGrid) -> list[Floats]:
    a, b, _, d, e, _ = grid.transform
    metres = grid.projection.metres_per_unit
    shape = grid.height, grid.width
    return [np.full(shape, math.hypot(a * col + b * row, d * col + e * row) * metres) for col, row in FORWARD]


def _on_sphere(grid: PixelGrid) -> list[Floats]:
    """From each pixel along the great circle to its neighbour."""
    centres = transform(*grid.centres(), grid.crs, "EPSG:4326")
    longitude, latitude = (np.radians(np.broadcast_to(one, (grid.height, grid.width))) for one in centres)
    found = []
    for col, row in FORWARD:
        there = np.s_[row:, max(col, 0) : grid.width + min(col, 0)]
        here = np.s_[: grid.height - row, max(-col, 0) : grid.width - max(col, 0)]
        with np.errstate(invalid="ignore"):
            north, south = np.sin((latitude[there] - latitude[here]) / 2), np.cos(latitude[here])
            east = np.sin((longitude[there] - longitude[here]) / 2)
            share = north**2 + south * np.cos(latitude[there]) * east**2
            length = np.full((grid.height, grid.width), np.nan)
            length[here] = 2 * RADIUS * np.arcsin(np.sqrt(np.minimum(share, 1)))
        found.append(length)
    return found
