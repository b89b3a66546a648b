"""Export to a Zarr store, which goes on where it was interrupted, or adds to the store along a dimension."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError, XeeLiteWarning, brief
from .identity import CONTENT, identity_of
from .parts import chunks_by_name, parts_of
from .progress import Export
from .running import PART_BYTES, check_export, require, write_parts, writing
from .zarr_place import Folder
from .zarr_target import ZarrTarget, label_name, labels_of, make

if TYPE_CHECKING:
    from collections.abc import Mapping

    import icechunk
    import xarray as xr

    from ..argument_values import Errors
    from .journal import Identity
    from .parts import Part
    from .progress import ProgressArgument
    from .zarr_place import Notes, ZarrPlace

_BEFORE = "length before"
"""The word, in the identity of an export with append=, for the length that the store had before."""


def to_zarr(
    ds: xr.Dataset,
    store: str | os.PathLike[str] | icechunk.Repository,
    *,
    append: str | None = None,
    errors: Errors = "raise",
    progress: ProgressArgument = None,
) -> Export:
    """Write a dataset to a Zarr store, and go on where an earlier run of the same call was interrupted.

    The parts of the dataset, a chunk each, are read side by side, as many at once as the service allows, and written as
    they come, whatever Dask's scheduler is. A journal beside the store says which parts are written; it is removed at
    the end. After a run that was killed the same call reads the parts that are missing, and the store ends as if the
    run had not been killed. The store has Zarr format 3, as ``ds.to_zarr(store)`` writes it; a chunk of more than 8 MiB
    is a shard of smaller ones where its sizes can be divided.

    Parameters
    ----------
    ds : xarray.Dataset
        Opened with this engine, and maybe indexed or computed with; with Dask or without.
    store : path, or icechunk.Repository
        A folder that does not exist yet, or whose export was interrupted. In an Icechunk repository the branch "main"
        is written, with a commit for each batch of parts, which records the parts. Other stores are written by
        ``ds.to_zarr(store)``.
    append : str, optional
        Dimension along which images that a store lacks are added to it: images are known by their ``id``, or else by
        their value along the dimension. A store that does not exist is made.
    errors : {"raise", "record"}
        Whether a part that fails for good ends the export, or is recorded and left missing.
    progress : True or callable, optional
        True shows a line on standard error. A callable gets an `xee_lite.Progress` from time to time.

    Returns
    -------
    Export
        How many parts were written, which were there already, and which failed.

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
    require("zarr")
    check_export(ds, errors)
    place = _place_of(store)
    with writing():
        if append is None:
            return _create(ds, place, errors, progress)
        return _grow(ds, place, append, errors, progress)


def _place_of(store: object) -> ZarrPlace:
    """The place of a store.

    Raises
    ------
    InputError
        If the store is neither a folder nor an Icechunk repository: only there an interrupted export can go on.
    """
    if type(store).__module__.partition(".")[0] == "icechunk":
        from .icechunk_place import place_of  # noqa: PLC0415 - needs an extra

        return place_of(store)
    if not isinstance(store, (str, os.PathLike)) or "://" in str(store):
        raise InputError(
            f"store={brief(store)} is neither the path of a folder nor an icechunk.Repository, where it can be noted "
            "what is written: pass one of these, or write with ds.to_zarr(store), which begins anew where it is "
            "interrupted."
        )
    return Folder(Path(store))


def _create(ds: xr.Dataset, place: ZarrPlace, errors: Errors, progress: ProgressArgument) -> Export:
    head, _ = place.head()
    if head is None and place.exists():
        raise InputError(
            f"{place.name} exists already: pass another path, remove it, or pass append='time' to add images that it "
            "lacks."
        )
    if head is not None and _BEFORE in head:
        raise InputError(f"{place.name} is of an unfinished export with append=: run that again, or remove the store.")
    chunks = chunks_by_name(ds)
    parts = parts_of(ds, chunks, PART_BYTES, {})
    notes = place.begin(identity_of(ds, parts, {"format": "zarr"}), lambda: make(ds, place, chunks))
    return _fill(ZarrTarget(place), ds, parts, {}, notes, errors, progress)


def _grow(ds: xr.Dataset, place: ZarrPlace, dim: str, errors: Errors, progress: ProgressArgument) -> Export:
    """Finish the addition of an interrupted run, then add the images that the store lacks."""
    if dim not in ds.dims:
        raise InputError(f"append={brief(dim)} is no dimension of the dataset: it has {', '.join(map(str, ds.dims))}.")
    label = label_name(ds, dim)
    here = labels_of(ds, label)
    head, done = place.head()
    if head is not None and _BEFORE not in head:
        raise InputError(f"{place.name} is of an unfinished export without append=: run that, or remove the store.")
    finished = Export((place.name,), 0, 0, 0, 0)
    kept = int(head[_BEFORE]) if head is not None else None
    if head is not None and kept is not None and done:
        planned = labels_of(ZarrTarget(place).decoded, label)[kept:]
        lacking = [name for name in planned if name not in set(here)]
        if lacking:
            raise InputError(
                f"{place.name} is waiting for {len(lacking)} images that the dataset does not have, such as "
                f"{brief(lacking[0])}: run the interrupted export again, with these in it."
            )
        addition = _Addition(ds.isel({dim: [here.index(name) for name in planned]}), place, dim, kept)
        if addition.has_other_content(head):
            warnings.warn(
                f"{place.name}: what an interrupted run had added is read again, since the collection, its versions or "
                "an argument are not the same now.",
                XeeLiteWarning,
                stacklevel=3,
            )
            place.forget_parts()
        else:
            finished = addition.write(errors, progress)
            kept = None
    if kept:  # an interrupted run has written no part, but may have made arrays longer
        ZarrTarget(place).restore(dim, kept)
    if kept is None:
        kept = ZarrTarget(place).decoded.sizes[dim] if place.exists() else 0
    there = set(labels_of(ZarrTarget(place).decoded, label)[:kept]) if kept else set()
    new = ds.isel({dim: [number for number, name in enumerate(here) if name not in there]})
    if (kept and not new.sizes[dim]) or finished.failed:
        return finished
    return finished + _Addition(new, place, dim, kept).write(errors, progress)


class _Addition:
    """A dataset that is added to a store after so many of its images."""

    def __init__(self, ds: xr.Dataset, place: ZarrPlace, dim: str, kept: int) -> None:
        self._whole, self._place, self._dim, self._kept = ds, place, dim, kept
        if kept:
            target = ZarrTarget(place)
            target.check(ds, dim)
            self._chunks = {str(name): target.chunks(str(name)) for name in ds.data_vars}
            growing = [name for name, array in ds.data_vars.items() if dim in array.dims]
            self._growing = ds[growing]
        else:
            self._chunks = chunks_by_name(ds)
            self._growing = ds
        self._parts = parts_of(self._growing, self._chunks, PART_BYTES, {dim: kept})
        settings = {"format": "zarr", "append": dim}
        self._identity = {**identity_of(ds, self._parts, settings), _BEFORE: str(kept)}

    def has_other_content(self, head: Identity) -> bool:
        """Whether it differs from an interrupted addition in the sources or the computations of its pixels alone."""
        return {word for word in {*head, *self._identity} if head.get(word) != self._identity.get(word)} == {CONTENT}

    def write(self, errors: Errors, progress: ProgressArgument) -> Export:
        """Make the arrays longer, and write the parts."""
        if self._kept:
            _warn_of_order(ZarrTarget(self._place).decoded, self._whole, self._dim, self._kept)
        notes = self._place.begin(self._identity, self._prepare)
        target = ZarrTarget(self._place)
        return _fill(target, self._growing, self._parts, {self._dim: self._kept}, notes, errors, progress)

    def _prepare(self) -> None:
        if self._kept:
            ZarrTarget(self._place).extend(self._whole, self._dim, self._kept)
        else:
            make(self._whole, self._place, self._chunks)


def _fill(
    target: ZarrTarget,
    ds: xr.Dataset,
    parts: list[Part],
    start: Mapping[str, int],
    notes: Notes,
    errors: Errors,
    progress: ProgressArgument,
) -> Export:
    """Write the parts that are not noted as written."""

    def write(part: Part, values: xr.Dataset) -> None:
        with notes.lock:
            target.write(part, values, start)
            notes.add(part.key)

    complete = False
    try:
        recorder = write_parts(ds, parts, frozenset(notes.done), write, errors=errors, progress=progress)
        complete = not recorder.failed
    finally:
        notes.close(complete=complete)
    return recorder.export([target.place.name])


def _warn_of_order(there: xr.Dataset, ds: xr.Dataset, dim: str, kept: int) -> None:
    """Warn of images that begin before the end of the store, which then is not sorted."""
    if dim in there.coords and dim in ds.coords and ds.sizes[dim] and ds[dim].values[0] < there[dim].values[kept - 1]:
        warnings.warn(
            f"What is added along {dim!r} begins at {ds[dim].values[0]}, before the end of the store, "
            f"{there[dim].values[kept - 1]}: sort it after reading with ds.sortby({dim!r}).",
            XeeLiteWarning,
            stacklevel=4,
        )
