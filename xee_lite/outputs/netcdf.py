"""Export to a NetCDF file, which goes on where it was interrupted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from .identity import identity_of
from .parts import chunks_by_name, chunks_of, parts_of
from .running import PART_BYTES, check_export, write_parts, writing
from .staging import Staging, staging_folder

if TYPE_CHECKING:
    import os

    import numpy as np
    import numpy.typing as npt

    from ..argument_values import Errors
    from .progress import Export, ProgressArgument


_WRITTEN = "file"
"""The key in the journal for the file itself, once it is complete."""


def to_netcdf(
    ds: xr.Dataset, path: str | os.PathLike[str], *, errors: Errors = "raise", progress: ProgressArgument = None
) -> Export:
    """Write a dataset to a NetCDF file, and go on where an earlier run of the same call was interrupted.

    The parts of the dataset, a chunk each, are read side by side and kept in a folder beside the file. When all are
    there, ``xarray.Dataset.to_netcdf`` writes them to the file, and the folder is removed: the pixels take room on the
    disk twice while it runs. A file that exists is replaced at the end.

    Parameters
    ----------
    ds : xarray.Dataset
        Opened with this engine, and maybe indexed or computed with; with Dask or without.
    path : path
        The file; it appears when all of it is written.
    errors : {"raise", "record"}
        Whether a part that fails for good ends the export, or is recorded; then there is no file yet.
    progress : True or callable, optional
        True shows a line on standard error. A callable gets an `xee_lite.Progress` from time to time.

    Returns
    -------
    Export
        How many parts were written, which were there already, and which failed.

    Raises
    ------
    InputError
        If the folder beside the file belongs to another export.
    RequestError
        When the service could not give a part; the same call goes on from there.
    OutputError
        When the file could not be written.

    Examples
    --------
    >>> import xarray as xr
    >>> import xee_lite
    >>> ds = xr.open_dataset("USGS/SRTMGL1_003", engine="xee_lite", bbox=(6.8, 45.8, 7.0, 46.0))
    >>> print(xee_lite.to_netcdf(ds, "dem.nc").paths)
    ('dem.nc',)
    """
    check_export(ds, errors)
    target = Path(path)
    chunks = chunks_by_name(ds)
    parts = parts_of(ds, chunks, PART_BYTES, {})
    complete = False
    with writing():
        staging = Staging(staging_folder(target), ds, parts, identity_of(ds, parts, {"format": "netcdf"}))
        try:
            if not (_WRITTEN in staging.journal.done and target.exists()):
                staging.journal.done -= {part.key for part in parts if not staging.has(part)}
            done = frozenset(staging.journal.done)
            recorder = write_parts(ds, parts, done, staging.write, errors=errors, progress=progress, staged=True)
            if not recorder.failed and _WRITTEN not in done:
                _write(ds, staging, target)
                staging.journal.add(_WRITTEN)
            complete = not recorder.failed
        finally:
            staging.close(complete=complete)
    return recorder.export([target])


class _StagedVariable:
    """A variable in the folder, as an array for Dask."""

    def __init__(self, staging: Staging, name: str, variable: xr.Variable) -> None:
        self._staging, self._name = staging, name
        self._dims = [str(dim) for dim in variable.dims]
        self.shape, self.dtype, self.ndim = variable.shape, variable.dtype, variable.ndim

    def __getitem__(self, key: tuple[slice, ...]) -> npt.NDArray[np.generic]:
        """Read a box."""
        return self._staging.read(self._name, dict(zip(self._dims, key, strict=True)))


def _write(ds: xr.Dataset, staging: Staging, target: Path) -> None:
    """Write the file under another name, and rename it when it is complete."""
    import dask.array  # noqa: PLC0415 - slow to import, and few export

    variables: dict[str, Any] = {}
    for name, array in ds.data_vars.items():
        sizes = tuple(chunks_of(array.variable).values())
        staged = _StagedVariable(staging, str(name), array.variable)
        lazy = dask.array.from_array(staged, chunks=sizes, name=False, asarray=False)
        variables[str(name)] = xr.Variable(array.dims, lazy, array.attrs, array.encoding)
    partial = target.with_name(f"{target.name}.partial")
    xr.Dataset(variables, ds.coords, ds.attrs).to_netcdf(partial)
    partial.replace(target)
