"""A dataset as an Apache Beam pipeline that reads its chunks and writes them to a Zarr store, without Dask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import InputError, brief
from ..outputs.parts import chunks_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import apache_beam
    import xarray as xr


def read_chunks(ds: xr.Dataset, chunks: Mapping[str, int] | None = None) -> apache_beam.PTransform:
    """A transform that begins a pipeline: its elements are the chunks of a dataset, as xarray-beam has them.

    Each chunk is read where Beam runs it, by the request that was planned for it. A worker begins its session by
    itself, with the URL and project of the dataset and the credentials that it finds. Options of this process travel
    with the dataset. On Beam they hold for each worker process, since its workers do not know of each other: set
    ``xee_lite.set_options(max_concurrent_requests=...)`` to the quota divided by the number of worker processes.

    Parameters
    ----------
    ds : xarray.Dataset
        Opened with this engine without ``chunks=``, and maybe indexed.
    chunks : mapping of str to int, optional
        Sizes along dimensions; by default a chunk is one request.

    Returns
    -------
    apache_beam.PTransform
        Its output is a collection of (``xarray_beam.Key``, `xarray.Dataset`).

    Raises
    ------
    InputError
        If the dataset has Dask arrays, which would run a scheduler within each task of Beam, or if chunks are not
        possible.

    Examples
    --------
    >>> import xarray as xr
    >>> from xee_lite.distributed.beam import read_chunks
    >>> ds = xr.open_dataset("USGS/SRTMGL1_003", engine="xee_lite", bbox=(6.8, 45.8, 7.0, 46.0))
    >>> transform = read_chunks(ds)  # then pipeline | transform
    """
    xbeam = _xarray_beam()
    _check(ds)
    transform: apache_beam.PTransform = xbeam.DatasetToChunks(ds, _chunks(ds, chunks), split_vars=False)
    return transform


def write_zarr(ds: xr.Dataset, store: str, chunks: Mapping[str, int] | None = None) -> apache_beam.PTransform:
    """A whole pipeline: read the chunks of a dataset, and write them to a Zarr store.

    Parameters
    ----------
    ds : xarray.Dataset
        As for `read_chunks`.
    store : path or URL
        For Zarr; the store is made, or overwritten.
    chunks : mapping of str to int, optional
        Sizes along dimensions, of the chunks of the store too.

    Returns
    -------
    apache_beam.PTransform
        To be applied to a pipeline.

    Raises
    ------
    InputError
        As for `read_chunks`.

    Examples
    --------
    >>> import apache_beam as beam
    >>> import xarray as xr
    >>> from xee_lite.distributed.beam import write_zarr
    >>> ds = xr.open_dataset("USGS/SRTMGL1_003", engine="xee_lite", bbox=(6.8, 45.8, 7.0, 46.0))
    >>> with beam.Pipeline("DirectRunner") as pipeline:
    ...     _ = pipeline | write_zarr(ds, "dem.zarr")
    """
    xbeam = _xarray_beam()
    read = read_chunks(ds, chunks)
    template = xbeam.make_template(ds, lazy_vars=set(ds.data_vars))
    sizes = _chunks(ds, chunks)
    transform: apache_beam.PTransform = read | xbeam.ChunksToZarr(store, template, sizes)
    return transform


def _xarray_beam() -> Any:  # noqa: ANN401 - an untyped library
    try:
        import xarray_beam  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise InputError(
            f"Pipelines of Apache Beam need {error.name}, which is not installed: pip install 'xee_lite[beam]'."
        ) from error
    return xarray_beam


def _check(ds: xr.Dataset) -> None:
    lazy = [str(name) for name, array in ds.variables.items() if array.chunks is not None]
    if lazy:
        raise InputError(
            f"The dataset is of Dask (such as {brief(lazy[0])}), which Beam's workers would run once more each: open "
            "it without chunks=."
        )


def _chunks(ds: xr.Dataset, given: Mapping[str, int] | None) -> dict[str, int]:
    """The size of a chunk along each dimension of the data variables: the given one, else that of a request."""
    planned: dict[str, int] = {}
    for array in ds.data_vars.values():
        for dim, size in chunks_of(array.variable).items():
            planned[dim] = min(planned.get(dim, size), size)
    for dim, size in (given or {}).items():
        if dim not in planned:
            raise InputError(f"chunks has {brief(dim)}, which is no dimension: pass {', '.join(planned)}.")
        if not isinstance(size, int) or isinstance(size, bool) or (size < 1 and size != -1):
            raise InputError(f"chunks[{dim!r}] is {brief(size)}: pass pixels, 1 or more, or -1 for all.")
        planned[dim] = ds.sizes[dim] if size == -1 else min(size, ds.sizes[dim])
    return planned
