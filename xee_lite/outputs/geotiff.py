"""An export to GeoTIFF files that goes on where it was interrupted."""

from __future__ import annotations

from collections import defaultdict
from itertools import product
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import xarray as xr

from ..errors import InputError, brief
from ..grids.georeference import grid_of
from ..traffic.cancellation import CancelledError
from .identity import identity_of
from .parts import chunks_by_name, parts_of
from .raster_file import RasterWriter
from .raster_layout import files_of, pixels_of
from .running import PART_BYTES, check_export, require, write_parts, writing
from .staging import Staging, staging_folder

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

    import numpy.typing as npt

    from ..argument_values import Errors
    from .parts import Part
    from .progress import Export, ProgressArgument
    from .raster_file import Driver
    from .raster_layout import RasterBand, RasterFile

_FILE = "file "
"""Before the path of a file in the journal, which is whole."""

_BEGUN = 4
"""Files that are open at once before they have all of their parts; a dataset of many files has one part in many."""


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
    written while its later parts are read, and the folder is removed at the end. So it takes room for the pixels twice
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
    parts = _in_order_of(files, parts_of(ds, chunks, PART_BYTES, {}))
    settings = {"format": driver, "overviews": overviews}
    complete = False
    with writing():
        staging = Staging(staging_folder(Path(path)), ds, parts, identity_of(ds, parts, settings))
        source = _Staged(staging)
        writers = {
            file.path: RasterWriter(file, grid, pixels, source, driver=driver, overviews=overviews) for file in files
        }
        try:
            waiting = _Waiting(files, parts, staging, writers)
            done = frozenset(staging.journal.done)
            recorder = write_parts(ds, parts, done, waiting.write, errors=errors, progress=progress, staged=True)
            waiting.finish()
            complete = not recorder.failed
        finally:
            for writer in writers.values():
                writer.discard()
            staging.close(complete=complete)
    return recorder.export([file.path for file in files if not waiting.lacks(file)])


class _Waiting:
    """Files that wait for their parts: each is written as its parts come, and a part is removed when no file needs it.

    A file is written by the threads that bring its parts, one at a time. Few files are begun before they have all of
    their parts, so that few are open at once.
    """

    def __init__(
        self, files: list[RasterFile], parts: list[Part], staging: Staging, writers: Mapping[Path, RasterWriter]
    ) -> None:
        self._staging = staging
        self._lock = Lock()
        owners = _owners(files)
        keys = [key.removeprefix(_FILE) for key in staging.journal.done if key.startswith(_FILE)]
        written = {path for path in map(Path, keys) if path.exists()}
        self._writers = {path: writer for path, writer in writers.items() if path not in written}
        self._begun: set[Path] = set()
        self._busy = {path: Lock() for path in self._writers}
        self._needed: dict[str, set[Path]] = {}
        self._lacking: dict[Path, set[str]] = {path: set() for path in self._writers}
        self._sources: dict[Path, list[Part]] = defaultdict(list)
        for part in parts:
            mine = {owners[key].path for key in _planes(part)} - written
            self._needed[part.key] = mine
            for path in mine:
                self._sources[path].append(part)
            if mine and not staging.has(part):
                staging.journal.done.discard(part.key)  # of a file that was written, and is gone
            for path in mine:
                if part.key not in staging.journal.done:
                    self._lacking[path].add(part.key)

    def write(self, part: Part, values: xr.Dataset) -> None:
        """Keep a part, and go on with the files that it belongs to."""
        self._staging.write(part, values)
        with self._lock:
            paths = list(self._needed[part.key])
            for path in paths:
                self._lacking[path].discard(part.key)
        for path in paths:
            self._go_on(path)

    def finish(self) -> None:
        """Write the files whose parts an earlier run had kept."""
        for path in [path for path in self._writers if not self._lacking[path]]:
            self._go_on(path)

    def lacks(self, file: RasterFile) -> bool:
        """Whether a file could not be written."""
        return file.path in self._writers

    def _go_on(self, path: Path) -> None:
        """Write a file as far as its parts are there, unless another thread does, which then looks for more itself."""
        while (writer := self._may_go_on(path)) is not None and self._busy[path].acquire(blocking=False):
            try:
                if path not in self._writers:
                    return
                if writer.go_on():
                    writer.finish()
                    self._staging.journal.add(f"{_FILE}{path}")
                    self._finished(path)
            except CancelledError:  # between two windows: where failures are recorded, the export goes on
                raise
            except BaseException:
                with self._lock:
                    self._writers.pop(path, None)  # no other thread goes on with a file that could not be written
                raise
            finally:
                self._busy[path].release()

    def _may_go_on(self, path: Path) -> RasterWriter | None:
        """The writer of a file, if it has something to write and may be open."""
        with self._lock:
            writer = self._writers.get(path)
            if writer is None or not writer.can_go_on():
                return None
            if path not in self._begun and self._lacking[path] and len(self._begun) >= _BEGUN:
                return None
            self._begun.add(path)
            return writer

    def _finished(self, path: Path) -> None:
        """Forget a file, and remove the parts that no other one needs."""
        with self._lock:
            del self._writers[path]
            self._begun.discard(path)
            for part in self._sources[path]:
                self._needed[part.key].discard(path)
            unneeded = [part for part in self._sources[path] if not self._needed[part.key]]
        for part in unneeded:
            self._staging.drop(part)


class _Staged:
    """Pixels of the bands of files, from the parts on disk."""

    def __init__(self, staging: Staging) -> None:
        self._staging = staging

    def holds(self, band: RasterBand, rows: slice, columns: slice) -> bool:
        """Whether all parts are there that rows and columns of a band touch."""
        return self._staging.holds(band.variable, _box(band, rows, columns))

    def read(self, band: RasterBand, rows: slice, columns: slice) -> npt.NDArray[Any]:
        """Rows and columns of a band."""
        box: npt.NDArray[Any] = self._staging.read(band.variable, _box(band, rows, columns))
        return box.reshape(box.shape[-2:])


def _box(band: RasterBand, rows: slice, columns: slice) -> dict[str, slice]:
    return {**{dim: slice(step, step + 1) for dim, step in band.where.items()}, "y": rows, "x": columns}


def _owners(files: list[RasterFile]) -> dict[tuple[object, ...], RasterFile]:
    """The file of each variable and step, in the order in which they are written."""
    return {(band.variable, *band.where.values()): file for file in files for band in file.bands}


def _in_order_of(files: list[RasterFile], parts: list[Part]) -> list[Part]:
    """Parts in the order in which the files take them, so that a file is written while its later parts are read."""
    positions = {plane: position for position, plane in enumerate(_owners(files))}
    return sorted(parts, key=lambda part: min(positions[plane] for plane in _planes(part)))


def _planes(part: Part) -> Iterator[tuple[object, ...]]:
    """The variables and steps that a part is of."""
    steps = [range(start, stop) for _, start, stop in part.region[:-2]]
    for name in part.names:
        for position in product(*steps):
            yield name, *position
