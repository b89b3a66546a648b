"""Parts that an expression uses several times, read once.

Without Dask, ``(ds.B8 - ds.B4) / (ds.B8 + ds.B4)`` makes xarray read each variable each time that it is used: it aligns
shallow copies of the variables first, and gives each copy a cache of its own, which ends with it. So what an expression
reads is kept for its next use, within ``read_ahead_bytes``, until the dataset is gone.
"""

from __future__ import annotations

import os
import sys
import weakref
from collections import OrderedDict
from threading import RLock
from typing import TYPE_CHECKING

import xarray as xr
from xarray.core.indexing import MemoryCachedArray

from .noted_reads import read_key
from .options import OPTIONS

if TYPE_CHECKING:
    from types import CodeType, FrameType

    from xarray.core.indexing import ExplicitIndexer

    from .noted_reads import ReadKey
    from .pixel_array import PixelArray, Pixels

_EXPRESSIONS: set[CodeType] = {xr.Variable._binary_op.__code__, xr.apply_ufunc.__code__}  # noqa: SLF001 - xarray names no other
"""Functions of xarray through which operators and NumPy's functions take the values of variables."""

_CACHE: CodeType = MemoryCachedArray.get_duck_array.__code__
"""The function of xarray that reads for its cache: not where a dataset was opened with ``cache=False``."""


class _Kept:
    """What expressions have read, the least recently used first.

    The keys have the id of an array in place of the array, which is not kept alive. The lock is re-entrant, since a
    dataset may be collected in the middle of anything.
    """

    def __init__(self) -> None:
        self.values: OrderedDict[ReadKey, Pixels] = OrderedDict()
        self._bytes = 0
        self._lock = RLock()

    def copy_of(self, name: ReadKey) -> Pixels | None:
        """A copy of what is kept, since users may write into what they get."""
        with self._lock:
            found = self.values.get(name)
            if found is not None:
                self.values.move_to_end(name)
        return None if found is None else found.copy()

    def keep(self, name: ReadKey, value: Pixels) -> None:
        """Keep a copy, and drop the least recently used ones beyond ``read_ahead_bytes``."""
        max_bytes = OPTIONS.read_ahead_bytes
        if value.nbytes > max_bytes:
            return
        with self._lock:
            if name not in self.values:
                self.values[name] = value.copy()
                self._bytes += value.nbytes
            while self._bytes > max_bytes:
                self._bytes -= self.values.popitem(last=False)[1].nbytes

    def forget(self, array: int) -> None:
        """Drop all parts of an array that is gone."""
        with self._lock:
            for name in [name for name in self.values if name[0] == array]:
                self._bytes -= self.values.pop(name).nbytes


_kept = _Kept()


def read_once(pixels: PixelArray, key: ExplicitIndexer) -> Pixels:
    """Read a part of an array, or take what the same expression has read before."""
    if not _in_cached_expression():
        return pixels.read(key)
    name = id(pixels), *read_key(pixels, key)[1:]
    found = _kept.copy_of(name)
    if found is None:
        found = pixels.read(key)
        _kept.keep(name, found)
        weakref.finalize(pixels, _forget, id(pixels))
    return found


def _in_cached_expression() -> bool:
    """Whether xarray reads for a cache of its own, within a function that takes the values of an expression."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - CPython's, as the documentation of `sys` has it
    cached = False
    while frame is not None:
        cached = cached or frame.f_code is _CACHE
        if cached and frame.f_code in _EXPRESSIONS:
            return True
        frame = frame.f_back
    return False


def _forget(array: int) -> None:
    _kept.forget(array)


def _renew() -> None:
    """A forked child keeps nothing, and no lock is held by a thread that it does not have."""
    global _kept  # noqa: PLW0603 - one for the process, as the options are
    _kept = _Kept()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
