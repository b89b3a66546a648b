"""What reading a variable reads of the arrays of this engine; nothing is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import LazyPixels
from ..noted_reads import noted_reads
from ..traffic.recording import RecordingReader

if TYPE_CHECKING:
    import xarray as xr

    from ..noted_reads import Read


def reads_of(variable: xr.Variable) -> list[Read]:
    """The reads of a whole variable: none where it is in memory, or where its Dask graph is not understood."""
    if variable.chunks is not None:
        from ..graph_reads import reads_of_arrays  # noqa: PLC0415 - which imports Dask

        try:
            return [read for part in reads_of_arrays([variable.data]) for read in noted_reads(*part)]
        except Exception:  # noqa: BLE001 - other people's graphs may fail in any way
            return []
    if variable._in_memory:  # noqa: SLF001 - else one can only see it by reading
        return []
    return noted_reads(variable, (slice(None),) * variable.ndim)


def reads_of_corner(variable: xr.Variable) -> list[Read]:
    """The reads of the first element along each dimension."""
    return reads_of(variable.isel(dict.fromkeys(variable.dims, slice(0, 1))))


def records_failures(dataset: xr.Dataset) -> bool:
    """Whether a request that fails becomes missing pixels, as of a dataset opened with ``errors="record"``."""
    return any(
        isinstance(read.pixels, LazyPixels) and isinstance(read.pixels.reader, RecordingReader)
        for array in dataset.data_vars.values()
        for read in reads_of_corner(array.variable)
    )
