"""The original files of rasters, fetched in as few requests as the service allows, where they are missing."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ..errors import InputError, TooMuchError, TruncatedError, WireError, brief
from ..traffic.concurrency import run_all
from ..traffic.events import RequestInfo
from .catalogue import check_ids, rows_of
from .download_record import complete_files, write_record
from .file_names import relative_paths
from .file_sink import FileSink
from .raster_formats import format_of, images_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from .service import Service
    from .session import Params, Session

_DEFAULT_BATCH = 20
"""Rasters in one request where the service does not say: maxDownloadImageCount of the public services that do."""

_MAX_FILE_BYTES = 2**40
"""Bytes of a file whose size the service does not say (chosen)."""


@dataclass(frozen=True, slots=True)
class DownloadedRaster:
    """The files of one raster.

    Attributes
    ----------
    raster : int
    files : tuple of Path
        All of them, in one folder: those that GDAL opens, and those that belong to them.
    images : tuple of Path
        Those that GDAL opens; most rasters have one.
    format : str
        The format of the first of these, such as "TIFF"; empty where neither its bytes nor its name say.
    """

    raster: int
    files: tuple[Path, ...]
    images: tuple[Path, ...]
    format: str


@dataclass(frozen=True, slots=True)
class _RemoteFile:
    """One file that the service lists.

    Attributes
    ----------
    id : str
    size : int, optional
        Bytes.
    rasters : tuple of int
        The rasters that it belongs to.
    """

    id: str
    size: int | None
    rasters: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """How rasters are asked for.

    Attributes
    ----------
    geometry : dict, optional
        A geometry that rasters are cut to, as JSON of the REST API.
    geometry_type : str
    format : str, optional
        With ":Conversion" after it where rasters that are not cut are converted too.
    """

    geometry: Mapping[str, Any] | None = None
    geometry_type: str = "esriGeometryEnvelope"
    format: str | None = None

    def params(self, ids: Sequence[int]) -> Params:
        """The parameters of a request for some rasters."""
        cut: Params = {}
        if self.geometry is not None:
            cut = {"geometry": dict(self.geometry), "geometryType": self.geometry_type}
        return {"rasterIds": ",".join(map(str, ids)), **cut, "format": self.format}

    def recorded(self, url: str, raster: int) -> dict[str, Any]:
        """The request for one raster, for its record."""
        geometry = None if self.geometry is None else dict(self.geometry)
        cut = {"geometry": geometry, "geometry_type": self.geometry_type}
        return {"url": url, "raster": raster, **cut, "format": self.format}


def fetch_rasters(
    session: Session, service: Service, ids: Sequence[int], folder: Path, order: Order
) -> list[DownloadedRaster]:
    """Fetch the files of rasters that are not complete yet, and list those of all.

    Raises
    ------
    InputError
        If the catalogue does not have a raster, or the service offers no downloads.
    WireError
        If files are changed by somebody else while they are fetched.
    """
    service.require("Catalog", "downloading rasters")
    service.require("Download", "downloading rasters")

    def complete(raster: int) -> tuple[Path, ...] | None:
        return complete_files(folder / str(raster), order.recorded(session.url, raster))

    missing = [raster for raster in ids if complete(raster) is None]
    if missing:
        check_ids(missing, rows_of(session, service, missing, fields=()), service)
        folder.mkdir(parents=True, exist_ok=True)
        size = service.max_downloads or _DEFAULT_BATCH
        for start in range(0, len(missing), size):
            batch = missing[start : start + size]
            _fetch_batch(session, batch, _listed(session, batch, order), folder, order)
    downloaded = []
    for raster in ids:
        files = complete(raster)
        if files is None:
            raise WireError(f"the files of raster {raster} in {folder} were changed while they were downloaded")
        images = images_of(files)
        downloaded.append(DownloadedRaster(raster, files, images, format_of(images[0]) if images else ""))
    return downloaded


def _listed(session: Session, ids: list[int], order: Order) -> list[_RemoteFile]:
    """The files of some rasters, asked for in halves where they are more than the service gives at once."""
    try:
        reply = session.json("download", order.params(ids))
    except TooMuchError:
        if len(ids) < 2:
            raise
        middle = len(ids) // 2
        return _listed(session, ids[:middle], order) + _listed(session, ids[middle:], order)
    listed = reply.get("rasterFiles")
    if not isinstance(listed, list):
        raise WireError(f"the reply of download lists no files: it has {brief(sorted(reply))}")
    files = [_remote_file(entry, ids) for entry in listed]
    without = next((raster for raster in ids if not any(raster in file.rasters for file in files)), None)
    if without is not None:
        where = "" if order.geometry is None else "; it may lie outside of geometry="
        raise InputError(f"{session.url} offers no file of raster {without}{where}: leave it out.")
    return files


def _remote_file(entry: Any, ids: list[int]) -> _RemoteFile:  # noqa: ANN401 - JSON
    name = entry.get("id") if isinstance(entry, dict) else None
    if not isinstance(name, str) or not name:
        raise WireError(f"the reply of download has a file without an id: {brief(entry)}")
    size, rasters = entry.get("size"), entry.get("rasterIds")
    is_size = isinstance(size, int) and not isinstance(size, bool) and 0 <= size <= _MAX_FILE_BYTES
    own = tuple(raster for raster in rasters if raster in ids) if isinstance(rasters, list) else ()
    if not own and len(ids) == 1:
        own = (ids[0],)
    return _RemoteFile(name, size if is_size else None, own)


@dataclass(frozen=True, slots=True)
class _LocalFile:
    """A file of a batch, and its paths: one for each raster that it belongs to."""

    remote: _RemoteFile
    paths: list[Path] = field(default_factory=list)


def _fetch_batch(session: Session, ids: list[int], remotes: list[_RemoteFile], folder: Path, order: Order) -> None:
    """Fetch all files of a batch, each once, and write the records of its rasters."""
    files = [_LocalFile(remote) for remote in remotes]
    paths: dict[int, list[Path]] = {}
    for raster in ids:
        own = [file for file in files if raster in file.remote.rasters]
        names = relative_paths([file.remote.id for file in own])
        paths[raster] = [folder.joinpath(str(raster), *parts) for parts in names]
        for file, path in zip(own, paths[raster], strict=True):
            file.paths.append(path)
    run_all([partial(_fetch_file, session, file) for file in files if file.paths], session.concurrency)
    for raster in ids:
        write_record(folder / str(raster), order.recorded(session.url, raster), paths[raster])


def _fetch_file(session: Session, file: _LocalFile) -> None:
    """Fetch one file, unless it is there, and copy it for the other rasters that it belongs to.

    What is there is complete: parts have another name until they are.
    """
    first, size = file.paths[0], file.remote.size
    if size is None or not first.is_file() or first.is_symlink() or first.stat().st_size != size:
        _stream(session, file.remote, first)
    for path in file.paths[1:]:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(first, path)


def _stream(session: Session, file: _RemoteFile, path: Path) -> None:
    """Write a file under another name, which it keeps until it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{uuid4().hex}.part")
    params = {"id": file.id, "rasterId": file.rasters[0]}

    def call() -> None:
        with part.open("wb") as opened:
            sink = FileSink(opened)
            session.content("file", params, _MAX_FILE_BYTES if file.size is None else file.size, sink)
        if file.size is not None and sink.size != file.size:
            raise TruncatedError(f"the file has {sink.size} bytes, but the service lists {file.size}")

    try:
        session.call(call, RequestInfo(f"{session.url}/file", (file.id,)))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
