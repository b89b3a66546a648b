"""Download Rasters: the original files of rasters, in as few requests as the service allows, and safe to go on with."""

from __future__ import annotations

import json
import shutil
import warnings
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ..errors import InputError, TooMuchError, TruncatedError, WireError, XeeLiteWarning, brief
from ..options import OPTIONS
from ..traffic.concurrency import run_all
from ..traffic.events import RequestInfo
from .address import service_url
from .catalogue import missing_ids, rows_of
from .esri_geometry import envelope_of, polygon_of
from .file_names import relative_paths
from .file_sink import FileSink
from .limits import IMAGE_SERVER
from .raster_formats import check_format, format_of, images_of
from .service import Service, service_of
from .session import Session

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from .session import Params

_DEFAULT_BATCH = 20
"""Rasters in one request where the service does not say: what services say by default."""

_LARGEST = 2**40
"""Bytes of a file whose size the service does not tell."""

_LEDGER = "xee_lite-download.json"
"""In the folder of each raster: what was asked for and came, so that it is not asked for again."""


@dataclass(frozen=True, slots=True)
class DownloadedRaster:
    """The files of one raster.

    Attributes
    ----------
    raster : int
    files : tuple of Path
        All of them, in one folder: what GDAL opens, and what belongs to it.
    images : tuple of Path
        Those that GDAL opens; most rasters have one.
    format : str
        What the first of these is, such as "TIFF"; empty where neither its bytes nor its name tell.
    """

    raster: int
    files: tuple[Path, ...]
    images: tuple[Path, ...]
    format: str


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file that the service offers.

    Attributes
    ----------
    id : str
    size : int, optional
        Bytes.
    rasters : tuple of int
        That it belongs to.
    """

    id: str
    size: int | None
    rasters: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for of each raster.

    Attributes
    ----------
    geometry : dict, optional
        Esri's JSON of what rasters are cut to.
    geometry_type : str
    format : str, optional
        As a request has it, with ":Conversion" where it is forced.
    """

    geometry: Mapping[str, Any] | None = None
    geometry_type: str = "esriGeometryEnvelope"
    format: str | None = None

    def params(self, ids: Sequence[int]) -> Params:
        """As a request has it."""
        cut: Params = {}
        if self.geometry is not None:
            cut = {"geometry": dict(self.geometry), "geometryType": self.geometry_type}
        return {"rasterIds": ",".join(map(str, ids)), **cut, "format": self.format}

    @property
    def plain(self) -> dict[str, Any]:
        """For the ledger."""
        geometry = None if self.geometry is None else dict(self.geometry)
        return {"geometry": geometry, "geometry_type": self.geometry_type, "format": self.format}


def download(
    url: str,
    rasters: int | Sequence[int],
    folder: str | os.PathLike[str],
    *,
    geometry: object = None,
    geometry_type: str = "envelope",
    format: str = "TIFF",  # noqa: A002 - what the REST API calls it
    convert: bool = False,
) -> list[DownloadedRaster]:
    """Download the original files of rasters of an image service.

    Each raster gets a folder of its own, named by its id, in which all its files stand: image, world file, overviews
    and statistics. What is there already, complete and of the same request, is not asked for again, so that a download
    that was interrupted goes on.

    Parameters
    ----------
    url : str
        ``https://host/.../ImageServer`` of a service with the capabilities Catalog and Download.
    rasters : int or sequence of int
        Their ids, as the index of `query` has them.
    folder : path
        Made where it is not there.
    geometry : (west, south, east, north), geometry, or Esri's JSON, optional
        What rasters are cut to: degrees, or the CRS that a geometry says.
    geometry_type : "envelope" or "polygon", default "envelope"
        Whether they are cut to the box around the geometry or to the geometry.
    format : str, default "TIFF"
        TIFF, Imagine Image, JPEG, NITF, BIL, BSQ, BIP, ENVI, JP2, GIF, BMP or PNG. A service honours it for rasters
        that are really cut; others come in their own format.
    convert : bool, default False
        Whether rasters that are not cut are converted too.

    Returns
    -------
    list of DownloadedRaster
        In the order of the ids.

    Raises
    ------
    InputError
        If a raster is not there, or the service offers no downloads.
    RequestError
        When the service could not give a file; what came before it stays.

    Warns
    -----
    XeeLiteWarning
        Where a format was not honoured.

    Examples
    --------
    >>> from xee_lite import imageserver
    >>> url = "https://example.org/arcgis/rest/services/Orthos/ImageServer"
    >>> imageserver.download(url, [5, 6], "orthos", geometry=(7.0, 46.0, 7.1, 46.1))  # doctest: +SKIP
    """
    session = Session(service_url(url))
    wanted = check_format(format)
    order = _order(geometry, geometry_type, wanted, convert=convert)
    service = service_of(session.url, session.json())
    ids = [rasters] if isinstance(rasters, int) else list(dict.fromkeys(rasters))
    if not ids or not all(isinstance(one, int) and not isinstance(one, bool) for one in ids):
        raise InputError(f"rasters={brief(rasters)}: pass ids of rasters, which are whole numbers.")
    found = fetch_rasters(session, service, ids, Path(folder), order)
    _warn_of_formats(found, order, wanted, convert=convert)
    return found


def _order(geometry: object, geometry_type: str, name: str, *, convert: bool) -> Order:
    if geometry_type not in ("envelope", "polygon"):
        raise InputError(f"geometry_type={brief(geometry_type)} is unknown: pass 'envelope' or 'polygon'.")
    if not isinstance(convert, bool):
        raise InputError(f"convert={brief(convert)} is neither True nor False.")
    spelled = f"{name}:Conversion" if convert else name if geometry is not None else None
    if geometry is None:
        return Order(format=spelled)
    if geometry_type == "polygon":
        return Order(polygon_of(geometry), "esriGeometryPolygon", spelled)
    return Order(envelope_of(geometry), "esriGeometryEnvelope", spelled)


def fetch_rasters(
    session: Session, service: Service, ids: Sequence[int], folder: Path, order: Order
) -> list[DownloadedRaster]:
    """Get the files of rasters, those that are not complete yet.

    Raises
    ------
    InputError
        If a raster is not there, or the service offers no downloads.
    """
    service.require("Catalog", "downloading rasters")
    service.require("Download", "downloading rasters")
    missing = [one for one in ids if _complete(session, folder, one, order) is None]
    if missing:
        missing_ids(missing, rows_of(session, service, missing, fields=()), service)
        folder.mkdir(parents=True, exist_ok=True)
        size = service.max_downloads or _DEFAULT_BATCH
        for start in range(0, len(missing), size):
            batch = missing[start : start + size]
            _fetch_batch(session, batch, _listed(session, batch, order), folder, order)
    found = []
    for one in ids:
        files = _complete(session, folder, one, order)
        if files is None:
            raise WireError(f"the files of raster {one} in {folder} were changed while they were downloaded")
        images = images_of(files)
        found.append(DownloadedRaster(one, files, images, format_of(images[0]) if images else ""))
    return found


def _listed(session: Session, ids: list[int], order: Order) -> list[RemoteFile]:
    """The files of some rasters; halves of them where all are more than the service gives at once."""
    try:
        answer = session.json("download", order.params(ids))
    except TooMuchError:
        if len(ids) < 2:
            raise
        middle = len(ids) // 2
        return _listed(session, ids[:middle], order) + _listed(session, ids[middle:], order)
    listed = answer.get("rasterFiles")
    if not isinstance(listed, list):
        raise WireError(f"the reply of download lists no files: it has {brief(sorted(answer))}")
    files = [_remote(one, ids) for one in listed]
    bare = next((one for one in ids if not any(one in file.rasters for file in files)), None)
    if bare is not None:
        where = "" if order.geometry is None else "; it may lie outside of geometry="
        raise InputError(f"{session.url} offers no file of raster {bare}{where}: leave it out.")
    return files


def _remote(found: Any, ids: list[int]) -> RemoteFile:  # noqa: ANN401 - JSON
    name = found.get("id") if isinstance(found, dict) else None
    if not isinstance(name, str) or not name:
        raise WireError(f"the reply of download has a file without an id: {brief(found)}")
    size, rasters = found.get("size"), found.get("rasterIds")
    whole = isinstance(size, int) and not isinstance(size, bool) and 0 <= size <= _LARGEST
    named = tuple(one for one in rasters if one in ids) if isinstance(rasters, list) else ()
    if not named and len(ids) == 1:
        named = (ids[0],)
    return RemoteFile(name, size if whole else None, named)


@dataclass(frozen=True, slots=True)
class _Place:
    """A file of a batch, and all the places where it belongs."""

    file: RemoteFile
    paths: list[Path] = field(default_factory=list)


def _fetch_batch(session: Session, ids: list[int], files: list[RemoteFile], folder: Path, order: Order) -> None:
    """All files of a batch, each once, and then the ledgers."""
    places = [_Place(file) for file in files]
    ledgers: dict[int, list[dict[str, Any]]] = {}
    for one in ids:
        own = [place for place in places if one in place.file.rasters]
        for place, parts in zip(own, relative_paths([place.file.id for place in own]), strict=True):
            place.paths.append(folder.joinpath(str(one), *parts))
    tasks = [partial(_fetch_file, session, place) for place in places if place.paths]
    run_all(tasks, OPTIONS.concurrency(IMAGE_SERVER.concurrent_requests))
    for one in ids:
        home = folder / str(one)
        ledgers[one] = [
            {"name": path.relative_to(home).as_posix(), "size": path.stat().st_size}
            for place in places
            for path in place.paths
            if path.is_relative_to(home)
        ]
        _write_ledger(home / _LEDGER, {"url": session.url, "raster": one, **order.plain, "files": ledgers[one]})


def _fetch_file(session: Session, place: _Place) -> None:
    """One file, and copies of it for other rasters that have it too."""
    file, first = place.file, place.paths[0]
    if not (file.size is not None and first.is_file() and first.stat().st_size == file.size and _is_whole(first)):
        _stream(session, file, first)
    for path in place.paths[1:]:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(first, path)


def _is_whole(path: Path) -> bool:
    """Whether nothing speaks against a file: parts have another name until they are complete."""
    return not path.is_symlink()


def _stream(session: Session, file: RemoteFile, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{uuid4().hex}.part")
    params = {"id": file.id, "rasterId": file.rasters[0]}

    def call() -> None:
        with part.open("wb") as opened:
            sink = FileSink(opened)
            session.content("file", params, _LARGEST if file.size is None else file.size, sink)
        if file.size is not None and sink.size != file.size:
            raise TruncatedError(f"the file has {sink.size} bytes, but the service lists {file.size}")

    try:
        session.call(call, RequestInfo(f"{session.url}/file", (file.id,)))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _write_ledger(path: Path, entries: dict[str, Any]) -> None:
    part = path.with_name(f"{uuid4().hex}.part")
    part.write_text(json.dumps(entries, indent=1, sort_keys=True), "utf-8")
    part.replace(path)


def _complete(session: Session, folder: Path, raster: int, order: Order) -> tuple[Path, ...] | None:
    """The files of a raster, where all of them are there, of this request and of the sizes that they came with."""
    home = folder / str(raster)
    try:
        said = json.loads((home / _LEDGER).read_text("utf-8"))
        files = [(home / str(one["name"]), int(one["size"])) for one in said.pop("files")]
        inside = all(path.resolve().is_relative_to(home.resolve()) for path, _ in files)
        there = inside and all(path.stat().st_size == size for path, size in files)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    asked = {"url": session.url, "raster": raster, **json.loads(json.dumps(order.plain))}
    return tuple(path for path, _ in files) if there and said == asked and files else None


def _warn_of_formats(found: list[DownloadedRaster], order: Order, wanted: str, *, convert: bool) -> None:
    """Say where another format came than was asked for."""
    others = [one for one in found if order.format is not None and one.format not in ("", wanted)]
    if not others:
        return
    names = ", ".join(str(one.raster) for one in others[:8]) + (", …" if len(others) > 8 else "")
    came = ", ".join(sorted({one.format for one in others}))
    why = (
        "the server writes TIFF where a raster's type or bands do not fit a format; pass format='TIFF'"
        if convert
        else "rasters that lie wholly within geometry= are not cut, and keep their own; pass convert=True"
    )
    warnings.warn(f"Rasters {names} came as {came}, not as {wanted}: {why}.", XeeLiteWarning, stacklevel=3)
