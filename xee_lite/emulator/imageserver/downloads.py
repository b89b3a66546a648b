"""Files that can be downloaded: which a raster has, under which ids, and where they lie.

What a request says never becomes a path: an id is looked up among those that were given out.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from .envelope import TOO_MANY_BYTES, ServerError, invalid
from .raster_files import TIFF, clip_grid, own_grid, write_files
from .shapes import project

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shapely.geometry.base import BaseGeometry

    from ..types import PixelGrid
    from .options import ImageServerOptions
    from .raster import Raster
    from .raster_files import FileKind
    from .services import ImageService

_NOT_IN_NAMES = re.compile(r"[^\w-]", re.ASCII)
_BESIDE = (".tfw", ".tif.aux.xml", ".tiff.aux.xml", ".tif.ovr", ".tiff.ovr", ".tif.msk", ".tiff.msk")
"""What belongs to a TIFF of the data folder, by what follows the stem."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that can be downloaded.

    Attributes
    ----------
    id : str
    path : Path
    raster_ids : tuple of int
    native : bool
        Whether it is as it is stored, neither clipped nor converted.
    """

    id: str
    path: Path
    raster_ids: tuple[int, ...]
    native: bool


@dataclass(frozen=True, slots=True)
class Clip:
    """What is wanted of each raster.

    Attributes
    ----------
    shape : geometry, optional
        In the CRS of the service.
    cuts : bool
        Whether pixels within the box around the shape, and outside of it, are missing: of polygons.
    text : str
        The geometry as the request has it, by which its files are told from others.
    kind : FileKind, optional
        None is the native format.
    convert : bool
        Whether rasters that are not clipped are converted too.
    """

    shape: BaseGeometry | None = None
    cuts: bool = False
    text: str = ""
    kind: FileKind | None = None
    convert: bool = False


class Downloads:
    """The files of all services.

    Parameters
    ----------
    file_of : callable
        The file of the data folder that an asset is; None of those in memory.
    options : ImageServerOptions
    """

    def __init__(self, file_of: Callable[[str], Path | None], options: ImageServerOptions) -> None:
        self._file_of = file_of
        self._options = options
        self._folder: Path | None = None
        self._known: dict[tuple[str, str], StoredFile] = {}
        self._links: dict[str, StoredFile] = {}
        self._lock = threading.Lock()

    def list_files(self, service: ImageService, rasters: Sequence[Raster], clip: Clip, url: str) -> list[StoredFile]:
        """The files of rasters; one that belongs to several is there once.

        Raises
        ------
        ServerError
            If they are too large together.
        """
        limit = self._options.max_download_megabytes * 1e6
        found: dict[Path, StoredFile] = {}
        total = 0.0
        for raster in rasters:
            for path, native in self._files(service, raster, clip, limit - total):
                if path not in found:
                    total += path.stat().st_size
                    found[path] = StoredFile(self._id(service, path, native, url), path, (raster.id,), native)
                else:
                    found[path] = replace(found[path], raster_ids=(*found[path].raster_ids, raster.id))
            if total > limit:
                raise invalid(TOO_MANY_BYTES)
        with self._lock:
            for file in found.values():
                known = self._known.get((service.name, file.id), file)
                ids = tuple(sorted({*known.raster_ids, *file.raster_ids}))
                self._known[service.name, file.id] = self._links[_link(file.path)] = replace(file, raster_ids=ids)
        return list(found.values())

    def find(self, service: ImageService, file_id: str, raster_id: int) -> StoredFile:
        """A file that was listed.

        Raises
        ------
        ServerError
            If no raster of that id has one of that id.
        """
        with self._lock:
            file = self._known.get((service.name, file_id))
        if file is None or raster_id not in file.raster_ids:
            raise ServerError(details="The file is not found.")  # the server's own text is unknown
        if file.native and self._options.registered_data:
            raise ServerError("Bad Request", status=400)
        return file

    def find_link(self, link: str) -> StoredFile:
        """A file by the part of its URL that is its own.

        Raises
        ------
        ServerError
            404 if there is none.
        """
        with self._lock:
            if link not in self._links:
                raise ServerError("File not found", code=404, status=404)
            return self._links[link]

    def close(self) -> None:
        """Remove what was written."""
        with self._lock:
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)

    def _files(self, service: ImageService, raster: Raster, clip: Clip, limit: float) -> list[tuple[Path, bool]]:
        clipped = clip.shape is not None and not clip.shape.covers(raster.shape)
        if clip.shape is not None and not clip.shape.intersects(raster.shape):
            return []
        if not clipped and not clip.convert:
            stored = None if raster.variable else self._file_of(raster.asset)
            if stored is not None:
                return [(path, True) for path in (stored, *_companions(stored))]
            return [(path, True) for path in self._written(service, raster, TIFF, Clip(), None, limit)]
        kind = clip.kind or TIFF
        shape = None
        if clipped and clip.shape is not None:
            shape = project(clip.shape, service.crs, raster.bands[0].projection.crs)
        return [(path, False) for path in self._written(service, raster, kind, clip, shape, limit)]

    def _written(
        self,
        service: ImageService,
        raster: Raster,
        kind: FileKind,
        clip: Clip,
        shape: BaseGeometry | None,
        limit: float,
    ) -> list[Path]:
        """Files of an own folder, which are written when they are first asked for; an overview shares its raster's."""
        grid = own_grid(raster) if shape is None else clip_grid(raster, shape)
        if grid is None:
            return []
        if _estimate(raster, grid) > limit:
            raise invalid(TOO_MANY_BYTES)
        text = "" if clip == Clip() else f"{clip.text if shape is not None else ''}\0{kind}"
        key = hashlib.sha256(f"{service.name}\0{raster.asset}\0{raster.variable}\0{text}".encode()).hexdigest()[:16]
        name = "_".join(filter(None, (raster.asset.rpartition("/")[2], raster.variable)))
        stem = _NOT_IN_NAMES.sub("_", name)[:100] + ("" if not text else f"_{key}")
        with self._lock:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="arcgisoutput"))
            folder = self._folder / f"_ags_{key}"
            if not folder.exists():
                draft = Path(tempfile.mkdtemp(dir=self._folder))
                write_files(raster, grid, draft / stem, kind, shape if clip.cuts else None)
                draft.rename(folder)
        return sorted(folder.iterdir())

    def _id(self, service: ImageService, path: Path, native: bool, url: str) -> str:
        if self._options.file_ids == "url":
            return f"{url}/rest/directories/arcgisoutput/{_link(path)}"
        if self._options.file_ids == "handle":
            return f"t{int(hashlib.sha256(str(path).encode()).hexdigest()[:12], 16)}"
        if self._options.file_ids == "name":
            return path.name
        return rf".\{'data' if native else 'arcgisoutput'}\{service.name}\{path.name}"


def _estimate(raster: Raster, grid: PixelGrid) -> int:
    size = max(band.type.dtype.itemsize for band in raster.bands)
    return grid.width * grid.height * len(raster.bands) * size


def _link(path: Path) -> str:
    return f"{hashlib.sha256(str(path).encode()).hexdigest()[:32]}/{path.name}"


def _companions(file: Path) -> list[Path]:
    """What lies beside a file of the data folder and belongs to it; links are left out, as they may lead elsewhere."""
    beside = [file.with_name(f"{file.stem}{ending}") for ending in _BESIDE]
    return [path for path in beside if path.is_file() and not path.is_symlink()]
