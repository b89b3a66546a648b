"""Variables of a dataset that xarray loads or writes one after the other, read together.

Without Dask, ``load``, ``compute``, ``to_netcdf`` and ``to_zarr`` of a dataset read one variable after the other, each
of which would wait for its own replies. When the first of them is read, the others are read with it: as many requests
at once as the service allows, and the bands of one window in one request where they fit. Their pixels wait until xarray
asks for each variable.
"""

from __future__ import annotations

import sys
import threading
import weakref
from typing import TYPE_CHECKING, Any

import xarray as xr
from xarray.backends.writers import dump_to_store

from .joint_reads import read_together
from .noted_reads import Read, noted_reads, read_key
from .options import OPTIONS
from .repeated_reads import read_once

if TYPE_CHECKING:
    from types import FrameType

    from xarray.core.indexing import ExplicitIndexer

    from .noted_reads import ReadKey
    from .pixel_array import PixelArray, Pixels

_LOADERS: dict[Any, tuple[str, bool]] = {
    xr.Dataset.load.__code__: ("self", True),
    dump_to_store.__code__: ("dataset", False),
}
"""Functions of xarray that read all variables of a dataset: their name for it, and whether all stay in memory."""


class _Waiting(threading.local):
    """Variables of a dataset that are read, and for which xarray has not asked yet, in this thread."""

    def __init__(self) -> None:
        self.values: dict[ReadKey, Pixels] = {}


_waiting = _Waiting()


def read_with_siblings(pixels: PixelArray, key: ExplicitIndexer) -> Pixels:
    """Read a part of an array, and with it what xarray will read next of the same dataset."""
    name = read_key(pixels, key)
    if name in _waiting.values:
        return _waiting.values.pop(name)
    found = _dataset_being_read()
    if found is None:
        return read_once(pixels, key)
    dataset, stays = found
    reads = {read_key(read.pixels, read.key): read for read in _reads_of(dataset)}
    missing = [read for other, read in reads.items() if other not in _waiting.values]
    size = sum(read.pixels.bytes_of(read.key) for read in missing)
    if name not in reads or (not stays and size > OPTIONS.read_ahead_bytes):
        return pixels.read(key)
    values = {**_waiting.values, **read_together(missing)}
    own = values.pop(name)
    _waiting.values = values
    weakref.finalize(dataset, values.clear)  # if xarray fails before it asks for them
    return own


def _dataset_being_read() -> tuple[xr.Dataset, bool] | None:
    """The dataset of which xarray reads all variables now; None where it reads one by itself."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - CPython's, as the documentation of `sys` has it
    while frame is not None:
        if frame.f_code in _LOADERS:
            name, stays = _LOADERS[frame.f_code]
            dataset = frame.f_locals[name]
            return (dataset, stays) if isinstance(dataset, xr.Dataset) else None
        frame = frame.f_back
    return None


def _reads_of(dataset: xr.Dataset) -> list[Read]:
    """The reads of each variable that is neither in memory nor a Dask array."""
    without_dask = [variable for variable in dataset.variables.values() if variable.chunks is None]
    lazy = [variable for variable in without_dask if not variable._in_memory]  # noqa: SLF001 - else one can only see it by reading
    return [read for variable in lazy for read in noted_reads(variable, (slice(None),) * variable.ndim)]
