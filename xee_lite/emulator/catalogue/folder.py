"""A folder of GeoTIFFs as assets, STAC Items beside them.

Each GeoTIFF directly in the folder is an image; each sub-folder that holds GeoTIFFs is an image collection. The folder
is walked once, at the start, and GDAL is given only the paths found then: what a request says never becomes a path.
"""

from __future__ import annotations

import os
from collections import defaultdict
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import RasterioError

from ..errors import EarthError
from ..pixels.image import Band, Image
from ..pixels.sampling import stored
from ..service.names import root_id
from ..types import Projection
from .memory import VERSION, pixel_type
from .raster_footprint import raster_footprint
from .stac import Item, read_item

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..pixels.image import Mask, Values
    from .assets import Query
    from .tree import Loader

_SUFFIXES = frozenset({".tif", ".tiff"})


def folder_assets(data: str | os.PathLike[str], project: str) -> dict[str, Loader]:
    """Find the assets of a folder.

    Parameters
    ----------
    data : path
        Symbolic links that lead out of it, and hidden files, are left out.
    project : str
        Asset ids are ``projects/<project>/assets/<path in the folder, without suffix>``.

    Returns
    -------
    dict of str to callable
        By id, what opens the asset; files are opened when they are first asked for.

    Raises
    ------
    FileNotFoundError
        If ``data`` is not a folder.
    """
    root = Path(data).resolve()
    if not root.is_dir():
        raise FileNotFoundError(f"The data folder '{data}' is not there, or is no folder.")
    loaders: dict[str, Loader] = {}
    for place, files in _walk(root).items():
        parent = "/".join([root_id(project), *place.parts])
        if place.parts:
            loaders[parent] = partial(_itself, FolderCollection(parent, files))
        else:
            images = FolderCollection(parent, files)
            for file in files:
                loaders[f"{parent}/{file.stem}"] = partial(images.open, file.stem)
    return loaders


def _itself(collection: FolderCollection) -> FolderCollection:
    return collection


def _walk(root: Path) -> dict[Path, list[Path]]:
    """GeoTIFFs by the folder they are in, relative to the root."""
    found: dict[Path, list[Path]] = defaultdict(list)
    for place, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(place, name)
            inside = path.resolve().is_relative_to(root)
            if path.suffix.lower() in _SUFFIXES and not name.startswith(".") and inside:
                found[path.parent.relative_to(root)].append(path)
    return dict(found)


class FolderCollection:
    """The GeoTIFFs of one folder as an image collection; ``system:index`` is a file's name without its suffix."""

    def __init__(self, asset_id: str, files: list[Path]) -> None:
        self.id = asset_id
        self.version = VERSION
        self.properties: Mapping[str, Any] = {}
        self._rasters = {path.stem: Raster(path, f"{asset_id}/{path.stem}") for path in files}

    def images(self, query: Query) -> Iterator[Image]:
        """Images in the order of their system:index; files are opened one by one."""
        for index in sorted(self._rasters):
            if query.index in (None, index):
                yield self._rasters[index].image

    def image(self, index: str) -> Image | None:
        """The image of one system:index."""
        return self.open(index) if index in self._rasters else None

    def open(self, index: str) -> Image:
        """The image of an index that is known to be there."""
        return self._rasters[index].image


class Raster:
    """One GeoTIFF.

    The file is opened anew for each read: GDAL's datasets are not to be shared between threads, and opening takes a
    fraction of a millisecond.
    """

    def __init__(self, path: Path, asset_id: str) -> None:
        self._path = path
        self._id = asset_id

    @cached_property
    def image(self) -> Image:
        """The asset, from the file's header and its STAC Item."""
        item = read_item(self._path)
        with self._open() as dataset:
            if dataset.crs is None:
                raise EarthError(f"Asset '{self._id}' can not be served: the file has no CRS.")
            epsg = dataset.crs.to_epsg(confidence_threshold=100)
            crs = f"EPSG:{epsg}" if epsg else dataset.crs.to_wkt()
            projection = Projection(crs, tuple(dataset.transform)[:6])
            size = (dataset.width, dataset.height)
            numbers = [i for i in dataset.indexes if dataset.colorinterp[i - 1] is not ColorInterp.alpha]
            names = _names(item, [dataset.descriptions[i - 1] for i in numbers])
            bands = []
            for name, number in zip(names, numbers, strict=True):
                dtype = _served_dtype(dataset.dtypes[number - 1], self._id)
                masked = MaskFlags.all_valid not in dataset.mask_flag_enums[number - 1]
                read = partial(self._read, number, dtype, masked)
                bands.append(
                    Band(
                        name=name,
                        type=pixel_type(dtype),
                        projection=projection,
                        compute=stored(read, projection, size, dtype),
                        dimensions=size,
                    )
                )
        own = {
            "system:index": self._path.stem,
            "system:footprint": raster_footprint(projection, size),
            "system:asset_size": self._path.stat().st_size,
        }
        return Image(tuple(bands), {**item.properties, **own}, self._id, VERSION)

    def _read(
        self, number: int, dtype: np.dtype[Any], masked: bool, row0: int, row1: int, col0: int, col1: int
    ) -> tuple[Values, Mask | None]:
        window = ((row0, row1), (col0, col1))
        with self._open() as dataset:
            values = dataset.read(number, window=window).astype(dtype, copy=False)
            if not masked:
                return values, None
            return values, dataset.read_masks(number, window=window).astype(np.float32) / np.float32(255)

    def _open(self) -> Any:  # noqa: ANN401 - rasterio has no types
        """Open the file as a GeoTIFF and nothing else: other formats can name files elsewhere."""
        try:
            return rasterio.open(self._path, driver="GTiff")
        except RasterioError as error:
            raise EarthError(f"Asset '{self._id}' can not be read: the file is not a sound GeoTIFF.") from error


def _served_dtype(name: str, asset_id: str) -> np.dtype[Any]:
    """The dtype that a file's pixels are served in: 64-bit integers as doubles, as pixels have no such type."""
    dtype = np.dtype(name)
    if dtype.kind in "iu" and dtype.itemsize == 8:
        return np.dtype("f8")
    if dtype.kind not in "iuf":
        raise EarthError(f"Asset '{asset_id}' can not be served: its pixels are of type {name}.")
    return dtype


def _names(item: Item, descriptions: list[str | None]) -> list[str]:
    """Names of bands: the STAC Item's, else the descriptions in the file, else b1, b2, ..."""
    for names in (item.bands, descriptions):
        if len(names) == len(descriptions) and all(names) and len(set(names)) == len(names):
            return [str(name) for name in names]
    return [f"b{number}" for number in range(1, len(descriptions) + 1)]
