"""An export to GeoTIFF files that goes on where it was interrupted."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from itertools import product
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import xarray as xr

from ..errors import InputError, brief
from ..grids.georeference import grid_of
from .identity import identity_of
from .parts import chunks_by_name, parts_of
from .raster_file import write_raster
from .raster_layout import files_of, pixels_of
from .running import PART_BYTES, check_export, require, write_parts, writing
from .staging import Staging, staging_folder

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    from ..argument_values import Errors
    from .parts import Part
    from .progress import Export, ProgressArgument
    from .raster_file import Driver
    from .raster_layout import RasterBand, RasterFile

_FILE = "file "
"""Before the path of a file in the journal, which is whole."""


def to_geotiff(
    data: xr.Dataset | xr.DataArray,
    path: str | os.PathLike[str],
    *,
    driver: Driver = "GTiff",
    overviews: bool = False,
    errors: Errors = "raise",
    progress: ProgressArgument = None,
) -> Export:
    """Write a dataset to GeoTIFF files, and go on where an earlier run of the same call was interrupted.

    The parts of the dataset, a chunk each, are read side by side and kept in a folder beside the files; a file is
    written as soon as its parts are there, and the folder is removed at the end. So it takes room for the pixels twice
    while it runs, and memory only for the parts under way. The files are tiled and compressed (deflate); each band has
    a description, missing pixels are NaN or the number in ``_FillValue``, and all bands have one type that holds them.
    Files that exist are replaced when the new ones are whole.

    Parameters
    ----------
    data : xarray.Dataset or xarray.DataArray
        Opened with this engine, and maybe indexed or computed with; with Dask or without. Each variable at each step of
        the dimensions before y and x is a band.
    path : path
        Names of coordinates in braces, such as "ndvi_{time:%Y%m%d}.tif" or "{id}.tif", give a file for each step.
    driver : {"GTiff", "COG"}
        COG writes Cloud Optimized GeoTIFFs.
    overviews : bool, default False
        Whether a GTiff has overviews too: means of floats, every second pixel of integers, which may be classes. They
        take as long as the file itself.
    errors : {"raise", "record"}
        Whether a part that fails for good ends the export, or is recorded; files that lack it are not written yet.
    progress : True or callable, optional
        True shows a line on standard error. A callable gets an `xee_lite.Progress` from time to time.

    Returns
    -------
    Export
        What was written, what was there already, and what failed.

    Raises
    ------
    InputError
        If the pattern gives one name to two steps, GeoTIFF can not hold a type, the grid is not known, or the folder
        beside the files belongs to another export.
    RequestError
        When the service could not give a part; the same call goes on from there.
    OutputError
        When a file could not be written.

    Examples
    --------
    >>> import xarray as xr
    >>> import xee_lite
    >>> ds = xr.open_dataset("USGS/SRTMGL1_003", engine="xee_lite", bbox=(6.8, 45.8, 7.0, 46.0))
    >>> print(xee_lite.to_geotiff(ds, "dem.tif").paths)
    ('dem.tif',)
    """
    require("rasterio")
    if driver not in ("GTiff", "COG"):
        raise InputError(f"driver={brief(driver)}: pass 'GTiff' or 'COG'.")
    ds = data.to_dataset(name=data.name or "data") if isinstance(data, xr.DataArray) else data
    check_export(ds, errors)
    files = files_of(ds, Path(path))
    pixels, grid = pixels_of(ds), grid_of(ds)
    chunks = chunks_by_name(ds)
    parts = parts_of(ds, chunks, PART_BYTES, {})
    settings = {"format": driver, "overviews": overviews}
    complete = False
    with writing():
        staging = Staging(staging_folder(Path(path)), ds, parts, identity_of(ds, parts, settings))

        def write_file(file: RasterFile) -> None:
            file.path.parent.mkdir(parents=True, exist_ok=True)
            read = partial(_read, staging)
            write_raster(file.path, grid, file.bands, pixels, read, driver=driver, overviews=overviews)
            staging.journal.add(f"{_FILE}{file.path}")

        try:
            waiting = _Waiting(files, parts, staging, write_file)
            done = frozenset(staging.journal.done)
            recorder = write_parts(ds, parts, done, waiting.write, errors=errors, progress=progress)
            waiting.finish()
            complete = not recorder.failed
        finally:
            staging.close(complete=complete)
    return recorder.export([file.path for file in files if not waiting.lacks(file)])


class _Waiting:
    """Files that wait for their parts: a file is written when it has all, a part is removed when no file needs it."""

    def __init__(
        self, files: list[RasterFile], parts: list[Part], staging: Staging, write_file: Callable[[RasterFile], None]
    ) -> None:
        self._staging, self._write_file = staging, write_file
        self._lock = Lock()
        owners = {(band.variable, *band.where.values()): file.path for file in files for band in file.bands}
        self._files = {file.path: file for file in files}
        keys = [key.removeprefix(_FILE) for key in staging.journal.done if key.startswith(_FILE)]
        written = {path for path in map(Path, keys) if path.exists()}
        self._needed: dict[str, set[Path]] = {}
        self._lacking: dict[Path, set[str]] = {file.path: set() for file in files if file.path not in written}
        self._sources: dict[Path, list[Part]] = defaultdict(list)
        for part in parts:
            mine = {owners[key] for key in _planes(part)} - written
            self._needed[part.key] = mine
            for path in mine:
                self._sources[path].append(part)
            if mine and not staging.has(part):
                staging.journal.done.discard(part.key)  # of a file that was written, and is gone
            for path in mine:
                if part.key not in staging.journal.done:
                    self._lacking[path].add(part.key)

    def write(self, part: Part, values: xr.Dataset) -> None:
        """Keep a part, and write the files that lacked nothing else."""
        self._staging.write(part, values)
        self._write_whole({path for path in self._needed[part.key] if self._arrived(path, part)})

    def finish(self) -> None:
        """Write the files whose parts an earlier run had kept."""
        self._write_whole({path for path, parts in self._lacking.items() if not parts})

    def lacks(self, file: RasterFile) -> bool:
        """Whether a file could not be written."""
        return bool(self._lacking.get(file.path))

    def _arrived(self, path: Path, part: Part) -> bool:
        with self._lock:
            self._lacking[path].discard(part.key)
            return not self._lacking[path]

    def _write_whole(self, paths: set[Path]) -> None:
        for path in paths:
            with self._lock:
                if self._lacking.pop(path, None) is None:
                    continue
            self._write_file(self._files[path])
            for part in self._sources[path]:
                with self._lock:
                    self._needed[part.key].discard(path)
                    needed = self._needed[part.key]
                if not needed:
                    self._staging.drop(part)


def _planes(part: Part) -> Iterator[tuple[object, ...]]:
    """The variables and steps that a part is of."""
    steps = [range(start, stop) for _, start, stop in part.region[:-2]]
    for name in part.names:
        for position in product(*steps):
            yield name, *position


def _read(staging: Staging, band: RasterBand, rows: slice, columns: slice) -> npt.NDArray[Any]:
    """Rows and columns of a band."""
    steps = {dim: slice(step, step + 1) for dim, step in band.where.items()}
    box: npt.NDArray[Any] = staging.read(band.variable, {**steps, "y": rows, "x": columns})
    return box.reshape(box.shape[-2:])
