"""One GeoTIFF of the data folder as an image."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import RasterioError

from ..errors import EarthError
from ..geometry.raster_footprint import raster_footprint
from ..images.image import Image
from ..types import Projection
from .assets import MASKS_TAG
from .memory import VERSION, stored_band
from .sidecar import merge_sidecar, read_sidecar
from .stac import Item, read_item

if TYPE_CHECKING:
    from pathlib import Path

    from ..images.image import Mask, Values


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
        item, sidecar = read_item(self._path), read_sidecar(self._path)
        with self._open() as dataset:
            if dataset.crs is None:
                raise EarthError(f"Asset '{self._id}' can not be served: the file has no CRS.")
            epsg = dataset.crs.to_epsg(confidence_threshold=100)
            crs = f"EPSG:{epsg}" if epsg else dataset.crs.to_wkt()
            projection = Projection(crs, tuple(dataset.transform)[:6])
            size = (dataset.width, dataset.height)
            numbers = [i for i in dataset.indexes if dataset.colorinterp[i - 1] is not ColorInterp.alpha]
            own_masks = MASKS_TAG in dataset.tags()
            if own_masks:
                numbers = numbers[: len(numbers) // 2]
            names = _names(item, [dataset.descriptions[i - 1] for i in numbers])
            types = dict(enumerate(sidecar.get("types", []), start=1)) if own_masks else {}
            policies = dict(enumerate(sidecar.get("pyramidingPolicy", []), start=1)) if own_masks else {}
            bands = []
            for name, number in zip(names, numbers, strict=True):
                dtype = np.dtype(types.get(number) or _served_dtype(dataset.dtypes[number - 1], self._id))
                masked = MaskFlags.all_valid not in dataset.mask_flag_enums[number - 1]
                read = partial(self._read, number, dtype, masked)
                if own_masks:
                    read = partial(self._read_with_mask_band, number, dtype, number + len(numbers))
                policy = policies.get(number) or item.policy(number)
                bands.append(stored_band(name, read, projection, size, dtype, policy))
        own = {
            "system:index": self._path.stem,
            "system:footprint": raster_footprint(projection, size),
            "system:asset_size": self._path.stat().st_size,
        }
        properties = merge_sidecar(item.properties, sidecar)
        return Image(tuple(bands), {**properties, **own}, self._id, VERSION)

    def _read(
        self, number: int, dtype: np.dtype[Any], masked: bool, row0: int, row1: int, col0: int, col1: int
    ) -> tuple[Values, Mask | None]:
        window = ((row0, row1), (col0, col1))
        with self._open() as dataset:
            values = dataset.read(number, window=window).astype(dtype, copy=False)
            if not masked:
                return values, None
            return values, dataset.read_masks(number, window=window).astype(np.float32) / np.float32(255)

    def _read_with_mask_band(
        self, number: int, dtype: np.dtype[Any], mask: int, row0: int, row1: int, col0: int, col1: int
    ) -> tuple[Values, Mask | None]:
        window = ((row0, row1), (col0, col1))
        with self._open() as dataset:
            values = dataset.read(number, window=window).astype(dtype, copy=False)
            return values, dataset.read(mask, window=window).astype(np.float32)

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
