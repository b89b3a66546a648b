"""The reads of this engine's arrays that reading a variable would make, found without making them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..noted_reads import noted_reads
from ..traffic.recording import RecordingReader

if TYPE_CHECKING:
    import xarray as xr

    from ..noted_reads import Read


def reads_of(variable: xr.Variable) -> list[Read]:
    """The reads of a whole variable: none where it is in memory, or where its Dask graph is not understood."""
    if variable.chunks is not None:
        from ..graph_reads import reads_of_arrays  # noqa: PLC0415 - it imports Dask

        try:
            return [read for part in reads_of_arrays([variable.data]) for read in noted_reads(*part)]
        except Exception:  # noqa: BLE001 - graphs of other libraries may fail in any way
            return []
    if variable._in_memory:  # noqa: SLF001 - there is no public way to ask without reading
        return []
    return noted_reads(variable, (slice(None),) * variable.ndim)


def reads_of_corner(variable: xr.Variable) -> list[Read]:
    """The reads of the first element along each dimension."""
    return reads_of(variable.isel(dict.fromkeys(variable.dims, slice(0, 1))))


def records_failures(dataset: xr.Dataset) -> bool:
    """Whether failed requests become missing pixels, as in a dataset that was opened with ``errors="record"``."""
    return any(
        isinstance(read.pixels.reader, RecordingReader)
        for array in dataset.data_vars.values()
        for read in reads_of_corner(array.variable)
    )
