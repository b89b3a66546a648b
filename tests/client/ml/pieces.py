"""Datasets in memory and on a served grid, whose pixels say where they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from xee_lite.grids.coordinates import grid_coordinates
from xee_lite.grids.grid import Grid
from xee_lite.ml import ArrayCache

if TYPE_CHECKING:
    from xee_lite.ml import Patches

GRID = Grid("EPSG:32631", (30.0, 0.0, 399945.0, 0.0, -30.0, 4600035.0), (60, 80))


def in_memory(bands: int = 2, grid: Grid = GRID, times: int = 0) -> xr.Dataset:
    """Bands whose pixels are band * 10^6 + time * 10^5 + row * width + column."""
    pixels = np.arange(grid.height * grid.width, dtype=np.float32).reshape(grid.shape)
    dims = ("time", "y", "x") if times else ("y", "x")
    steps = np.arange(times)[:, None, None] * 1e5 if times else 0
    arrays = {f"b{band}": (dims, (pixels + steps + band * 1e6).astype(np.float32)) for band in range(bands)}
    return xr.Dataset(arrays).assign_coords(grid_coordinates(grid, lazy=False))


def truth(dataset: xr.Dataset, patches: Patches) -> npt.NDArray[Any]:
    """The patches (patch, ..., band, y, x), cut out of the pixels in memory one after the other."""
    values = np.stack([array.values for array in dataset.data_vars.values()], axis=-3)
    windows = map(patches.window, range(len(patches)))
    return np.stack([values[..., w.row : w.row + w.height, w.col : w.col + w.width] for w in windows])


def write_and_read(folder: str, seed: int) -> int:
    """How many entries were read that were not what their key says."""
    cache = ArrayCache(folder, max_bytes=2_000_000)
    wrong = 0
    for number in np.random.default_rng(seed).integers(0, 40, 400).tolist():
        out = np.empty(5000, dtype="i4")
        if cache.read(f"{number}".encode(), out):
            wrong += not (out == number).all()
        else:
            cache.write(f"{number}".encode(), np.full(5000, number, dtype="i4"))
    return wrong
