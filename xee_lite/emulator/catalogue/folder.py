"""A folder of GeoTIFFs and tables as assets, STAC Items beside them.

Each GeoTIFF directly in the folder is an image; each sub-folder that holds GeoTIFFs is an image collection; each
GeoJSON or GeoPackage file is a table. GDAL is given only the paths that a walk found: what a request says never becomes
a path.
"""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import EarthError
from .memory import VERSION
from .names import root_id
from .raster import Raster, Tell
from .sidecar import merge_sidecar, read_sidecar
from .tables import TABLE_SUFFIXES, TableFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..images.image import Image
    from ..values.stored import Query, StoredCollection
    from .tree import Loader

RASTER_SUFFIXES = frozenset({".tif", ".tiff"})


@dataclass(frozen=True, slots=True)
class Contents:
    """What a folder holds.

    Attributes
    ----------
    loaders : dict of str to callable
        By asset id, what opens the asset; files are opened when they are first asked for.
    folders : dict of str to mapping
        Properties of the folders that stay even when they are empty, by id.
    paths : dict of str to Path
        The file or folder of each asset, images of collections included.
    """

    loaders: dict[str, Loader] = field(default_factory=dict)
    folders: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    paths: dict[str, Path] = field(default_factory=dict)


def folder_contents(data: str | os.PathLike[str], project: str, tell: Tell | None = None) -> Contents:
    """Find the assets of a folder.

    Parameters
    ----------
    data : path
        Symbolic links that lead out of it, and hidden files, are left out.
    project : str
        Asset ids are ``projects/<project>/assets/<path in the folder, without suffix>``.
    tell : callable, optional
        ``tell(path, reason)`` is called with each file that can not be served, when it is first looked at.

    Raises
    ------
    FileNotFoundError
        If ``data`` is not a folder.
    """
    root = Path(data).resolve()
    if not root.is_dir():
        raise FileNotFoundError(f"The data folder '{data}' is not there, or is no folder.")
    tell = tell or (lambda _path, _reason: None)
    contents = Contents()
    for folder, files in _walk(root).items():
        parent = "/".join([root_id(project), *folder.parts])
        rasters = [file for file in files if file.suffix.lower() in RASTER_SUFFIXES]
        if folder.parts:
            _add_folder(contents, parent, root / folder, rasters, tell)
        if parent not in contents.loaders:
            for file in rasters:
                contents.loaders[f"{parent}/{file.stem}"] = partial(
                    _image_of, Raster(file, f"{parent}/{file.stem}", tell)
                )
        for file in files:
            contents.paths.setdefault(f"{parent}/{file.stem}", file)
            if file.suffix.lower() in TABLE_SUFFIXES:
                table = TableFile(file, f"{parent}/{file.stem}", tell)
                contents.loaders.setdefault(f"{parent}/{file.stem}", table.asset)
    return contents


def _add_folder(contents: Contents, asset_id: str, folder: Path, rasters: list[Path], tell: Tell) -> None:
    """A folder with GeoTIFFs is a collection, unless it was made as a folder; one that was made stays when empty."""
    sidecar = read_sidecar(folder)
    contents.paths[asset_id] = folder
    properties = merge_sidecar({}, sidecar)
    if sidecar.get("type", "IMAGE_COLLECTION" if rasters else None) == "IMAGE_COLLECTION":
        contents.loaders[asset_id] = partial(_itself, FolderCollection(asset_id, rasters, tell, properties))
    elif sidecar:
        contents.folders[asset_id] = properties


def _itself(collection: FolderCollection) -> StoredCollection:
    return collection


def _image_of(raster: Raster) -> Image:
    return raster.image


def _walk(root: Path) -> dict[Path, list[Path]]:
    """Files by the folder they are in, relative to the root; links that lead out of it are left out."""
    found: dict[Path, list[Path]] = defaultdict(list)
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        here = found[Path(folder).relative_to(root)]
        for name in sorted(files):
            path = Path(folder, name)
            served = path.suffix.lower() in RASTER_SUFFIXES | TABLE_SUFFIXES and not name.startswith(".")
            # Of what is no file, such as a pipe, reading would never end.
            if served and path.is_file() and path.resolve().is_relative_to(root):
                here.append(path)
    return dict(found)


class FolderCollection:
    """The GeoTIFFs of one folder as an image collection; ``system:index`` is a file's name without its suffix.

    Files that can not be served are left out.
    """

    def __init__(
        self, asset_id: str, files: list[Path], tell: Tell, properties: Mapping[str, Any] | None = None
    ) -> None:
        self.id = asset_id
        self.version = VERSION
        self.properties: Mapping[str, Any] = properties or {}
        self._rasters = {path.stem: Raster(path, f"{asset_id}/{path.stem}", tell) for path in files}

    def images(self, query: Query) -> Iterator[Image]:
        """Images in the order of their system:index; files are opened one by one."""
        for index in sorted(self._rasters):
            if query.index in (None, index):
                try:
                    image = self._rasters[index].image
                except EarthError:
                    continue
                yield image

    def image(self, index: str) -> Image | None:
        """The image of one system:index."""
        return self._rasters[index].image if index in self._rasters else None
