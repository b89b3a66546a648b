"""The lazy array, as xarray indexes it: its reads are made now, with others, or ahead of the tasks of Dask."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING

import numpy as np
from xarray.backends import BackendArray

from .noted_reads import is_noted
from .origin import Travelling
from .pixel_array import PixelArray
from .read_ahead import read_ahead_of
from .siblings import read_with_siblings
from .traffic.cancellation import new_scope
from .traffic.computes import current_compute, watch_computes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xarray.core.indexing import ExplicitIndexer

    from .pixel_array import Pixels
    from .planning.nodata import Codec
    from .read_plan import ReadPlan
    from .reader import Reader


class LazyPixels(Travelling, PixelArray, BackendArray):
    """Bands of a source as an array (item, band, y, x) that reads what it is asked for and nothing else.

    Its parameters are those of `PixelArray`.
    """

    def __init__(self, reader: Reader, codecs: Mapping[str, Codec], plan: ReadPlan) -> None:
        super().__init__(reader, codecs, plan)
        watch_computes()

    def __dask_tokenize__(self) -> object:
        """What its pixels are, the same in every process."""
        from dask.base import normalize_token  # noqa: PLC0415 - slow to import, and few ask

        return normalize_token((self.reader, self.codecs))

    def __getitem__(self, key: ExplicitIndexer) -> Pixels:
        """Read the part that xarray asks for, or take it where it was read ahead."""
        self.adopt_options()
        if is_noted(self, key):
            return np.broadcast_to(np.zeros((), self.dtype), self.shape_of(key))
        compute = current_compute()
        if compute is None:
            return read_with_siblings(self, key)
        return read_ahead_of(compute).read(self, key)

    async def async_getitem(self, key: ExplicitIndexer) -> Pixels:
        """Read the part that xarray asks for in a thread of its own, which ends when the waiting is cancelled."""
        pool = ThreadPoolExecutor(1, "xee_lite")
        try:
            with new_scope():
                return await asyncio.get_running_loop().run_in_executor(pool, copy_context().run, self.__getitem__, key)
        finally:
            pool.shutdown(wait=False)
