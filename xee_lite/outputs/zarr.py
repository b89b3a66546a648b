"""An export to a Zarr store that goes on where it was interrupted, and grows along a dimension."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError, XeeLiteWarning, brief
from .identity import identity_of
from .journal import Journal, head_of
from .parts import chunks_of, parts_of
from .progress import Export
from .running import PART_BYTES, unwritten, write_parts
from .zarr_target import ZarrTarget, label_name, labels_of, make

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    import xarray as xr

    from .parts import Part
    from .progress import Errors, ProgressArgument

_BEFORE = "length before"
"""What the journal of a growing store calls the length that it had."""


def to_zarr(
    ds: xr.Dataset,
    store: str | os.PathLike[str],
    *,
    append: str | None = None,
    errors: Errors = "raise",
    progress: ProgressArgument = None,
) -> Export:
    """Write a dataset to a Zarr store, and go on where an earlier run of the same call was interrupted.

    The parts of the dataset, a chunk each, are read side by side, as many at once as the service allows, and written as
    they come, whatever Dask's scheduler is. A journal beside the store says which parts are written; it is removed at
    the end. A run that was killed is started again by the same call: it reads what is missing, and the store ends as
    that of a run that was not. What is written is Zarr format 3, the same as ``ds.to_zarr(store)`` writes; a chunk of
    more than 8 MiB is a shard of smaller ones where its sizes can be divided.

    Parameters
    ----------
    ds : xarray.Dataset
        Opened with this engine, and maybe indexed or computed with; with Dask or without.
    store : path
        A folder that does not exist yet, or whose export was interrupted.
    append : str, optional
        Dimension along which what is not there yet is added to a store that exists: images whose ``id`` it does not
        have, or else whose value along the dimension it does not have. A store that does not exist is made.
    errors : {"raise", "record"}
        Whether a part that fails for good ends the export, or is recorded and left missing.
    progress : True or callable, optional
        True shows a line on standard error. A callable gets an `xee_lite.Progress` from time to time.

    Returns
    -------
    Export
        What was written, what was there already, and what failed.

    Raises
    ------
    InputError
        If the store exists, or belongs to an export of another grid, collection or argument.
    RequestError
        When the service could not give a part; the same call goes on from there.
    OutputError
        When the store could not be written.

    Examples
    --------
    >>> import xarray as xr
    >>> import xee_lite
    >>> ds = xr.open_dataset("USGS/SRTMGL1_003", engine="xee_lite", bbox=(6.8, 45.8, 7.0, 46.0))
    >>> print(xee_lite.to_zarr(ds, "dem.zarr").paths)
    ('dem.zarr',)
    """
    path = Path(store)
    try:
        if append is None:
            return _create(ds, path, errors, progress)
        return _grow(ds, path, append, errors, progress)
    except OSError as error:
        raise unwritten(error) from error


def _create(ds: xr.Dataset, path: Path, errors: Errors, progress: ProgressArgument) -> Export:
    journal_path = _journal_of(path)
    if path.exists() and not journal_path.exists():
        raise InputError(
            f"{path} exists already: pass another path, remove it, or pass append='time' to add images that it lacks."
        )
    chunks = {str(name): chunks_of(array.variable) for name, array in ds.data_vars.items()}
    parts = parts_of(ds, chunks, PART_BYTES, {})
    journal_path.parent.mkdir(parents=True, exist_ok=True)
    journal = Journal(journal_path, identity_of(ds, parts, {"format": "zarr"}))
    if not journal.done:
        make(ds, path, chunks)
    return _fill(ZarrTarget(path), ds, parts, {}, journal, errors, progress)


def _grow(ds: xr.Dataset, path: Path, dim: str, errors: Errors, progress: ProgressArgument) -> Export:
    """Finish what an interrupted run was adding, then add what the store lacks."""
    if dim not in ds.dims:
        raise InputError(f"append={brief(dim)} is no dimension of the dataset: it has {', '.join(map(str, ds.dims))}.")
    label = label_name(ds, dim)
    here = labels_of(ds, label)
    head, done = head_of(_journal_of(path))
    finished = Export((str(path),), 0, 0, 0, 0)
    if head is not None and _BEFORE not in head:
        raise InputError(f"{path} is of an unfinished export without append=: run that again, or remove the store.")
    kept = int(head[_BEFORE]) if head is not None else None
    if kept is not None and done:
        planned = labels_of(ZarrTarget(path).decoded, label)[kept:]
        lacking = [name for name in planned if name not in set(here)]
        if lacking:
            raise InputError(
                f"{path} is waiting for {len(lacking)} images that the dataset does not have, such as "
                f"{brief(lacking[0])}: run the interrupted export again, with these in it."
            )
        part = ds.isel({dim: [here.index(name) for name in planned]})
        finished = _add(part, path, dim, kept, errors, progress)
        kept = None
    if kept is None:
        kept = ZarrTarget(path).decoded.sizes[dim] if path.exists() else 0
    there = set(labels_of(ZarrTarget(path).decoded, label)[:kept]) if kept else set()
    new = ds.isel({dim: [number for number, name in enumerate(here) if name not in there]})
    if not new.sizes[dim] or finished.failed:
        return finished
    return finished + _add(new, path, dim, kept, errors, progress)


def _add(ds: xr.Dataset, path: Path, dim: str, kept: int, errors: Errors, progress: ProgressArgument) -> Export:
    """Add a dataset to a store of which so many images are kept, or go on with that."""
    if kept:
        target = ZarrTarget(path)
        target.check(ds, dim)
        chunks = {str(name): target.chunks(str(name)) for name in ds.data_vars}
        _warn_of_order(target.decoded, ds, dim, kept)
    else:
        chunks = {str(name): chunks_of(array.variable) for name, array in ds.data_vars.items()}
    growing = ds[[name for name, array in ds.data_vars.items() if dim in array.dims]] if kept else ds
    parts = parts_of(growing, chunks, PART_BYTES, {dim: kept})
    path.parent.mkdir(parents=True, exist_ok=True)
    settings = {"format": "zarr", "append": dim}
    journal = Journal(_journal_of(path), {**identity_of(ds, parts, settings), _BEFORE: str(kept)})
    if not kept:
        if not journal.done:
            make(ds, path, chunks)
        target = ZarrTarget(path)
    else:
        target.extend(ds, dim, kept)
    return _fill(target, growing, parts, {dim: kept}, journal, errors, progress)


def _fill(
    target: ZarrTarget,
    ds: xr.Dataset,
    parts: list[Part],
    start: Mapping[str, int],
    journal: Journal,
    errors: Errors,
    progress: ProgressArgument,
) -> Export:
    """Write the parts that the journal lacks."""

    def write(part: Part, values: xr.Dataset) -> None:
        target.write(part, values, start)
        journal.add(part.key)

    complete = False
    try:
        recorder = write_parts(ds, parts, frozenset(journal.done), write, errors=errors, progress=progress)
        complete = not recorder.failed
    finally:
        for leftover in target.path.rglob("*.partial"):  # of a process that was killed while it wrote a chunk
            leftover.unlink(missing_ok=True)
        journal.close(complete=complete)
    return recorder.export([target.path])


def _warn_of_order(there: xr.Dataset, ds: xr.Dataset, dim: str, kept: int) -> None:
    """Say that what is added comes before what is there."""
    if dim in there.coords and dim in ds.coords and kept and ds[dim].values[0] < there[dim].values[kept - 1]:
        warnings.warn(
            f"What is added along {dim!r} begins at {ds[dim].values[0]}, before the end of the store, "
            f"{there[dim].values[kept - 1]}: sort it after reading with ds.sortby({dim!r}).",
            XeeLiteWarning,
            stacklevel=2,
        )


def _journal_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.journal")
