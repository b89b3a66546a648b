"""Variables that xarray loads or writes one after the other, read together.

Without Dask, ``load``, ``compute``, ``to_netcdf`` and ``to_zarr`` of a dataset take one variable after the other, each
of which would wait for its own replies. When the first of them is read, the others of the same dataset are read with
it: as many requests at once as the service allows, and the bands of one window in one request where they fit into it.
Each variable takes its part when xarray comes to it.
"""

from __future__ import annotations

import sys
import threading
import weakref
from typing import TYPE_CHECKING, Any

import xarray as xr
from xarray.backends.writers import dump_to_store

from .options import OPTIONS
from .read_ahead import Read, noted_reads, read_key
from .repeated_reads import read_once

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType

    from xarray.core.indexing import ExplicitIndexer

    from .read_ahead import Pixels, Readable, ReadKey

_LOADERS: dict[Any, tuple[str, bool]] = {
    xr.Dataset.load.__code__: ("self", True),
    dump_to_store.__code__: ("dataset", False),
}
"""Functions of xarray that read all variables of a dataset: what they call it, and whether all stay in memory."""


class _Taken(threading.local):
    """What has been read of a dataset and waits for xarray, in this thread."""

    def __init__(self) -> None:
        self.values: dict[ReadKey, Pixels] = {}


_taken = _Taken()


def read_with_siblings(
    pixels: Readable, key: ExplicitIndexer, read_together: Callable[[list[Read]], Mapping[ReadKey, Pixels]]
) -> Pixels:
    """Read a part of an array, and with it what xarray will read next of the same dataset.

    Parameters
    ----------
    pixels, key
        What is read.
    read_together : callable
        Reads several parts at once.
    """
    name = read_key(pixels, key)
    if name in _taken.values:
        return _taken.values.pop(name)
    found = _dataset_being_read()
    if found is None:
        return read_once(pixels, key)
    dataset, stays = found
    reads = {read_key(read.pixels, read.key): read for read in _reads_of(dataset)}
    waiting = [read for other, read in reads.items() if other not in _taken.values]
    size = sum(read.pixels.bytes_of(read.key) for read in waiting)
    if name not in reads or (not stays and size > OPTIONS.read_ahead_bytes):
        return pixels.read(key)
    values = {**_taken.values, **read_together(waiting)}
    mine = values.pop(name)
    _taken.values = values
    weakref.finalize(dataset, values.clear)  # what xarray does not come to, because it failed, is not kept
    return mine


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
    """What reading each variable that is not in memory, nor Dask's, reads."""
    lazy = [variable for variable in dataset.variables.values() if variable.chunks is None]
    waiting = [variable for variable in lazy if not variable._in_memory]  # noqa: SLF001 - else one can only see it by reading
    return [read for variable in waiting for read in noted_reads(variable, (slice(None),) * variable.ndim)]
