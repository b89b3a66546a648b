"""One GeoTIFF of the data folder as an image."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import contextmanager
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
from pyproj.exceptions import ProjError
from rasterio._err import CPLE_BaseError
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from ..errors import EarthError
from ..geometry.coordinates import transform
from ..geometry.raster_footprint import raster_footprint
from ..images.image import Image, read_from
from ..types import Projection
from .assets import MASKS_TAG
from .memory import stored_band
from .sidecar import merge_sidecar, read_sidecar, size_of
from .stac import Item, read_item

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..images.image import Mask, Values


_UNSOUND = (OSError, ProjError, ValueError, TypeError, OverflowError)
"""What reading a header raises that says something impossible."""


Tell = Callable[["Path", str], None]
"""``tell(path, reason)``: is told which file can not be served."""


class Raster:
    """One GeoTIFF.

    The file is opened anew for each read: GDAL's datasets are not to be shared between threads, and opening takes a
    fraction of a millisecond.
    """

    def __init__(self, path: Path, asset_id: str, tell: Tell) -> None:
        self._path = path
        self._id = asset_id
        self._tell = tell

    @cached_property
    def image(self) -> Image:
        """The asset, from the file's header and its STAC Item.

        Raises
        ------
        EarthError
            If the file can not be served, in a sentence that says why.
        """
        try:
            return self._read_header()
        except (EarthError, *_UNSOUND) as error:
            if not isinstance(error, EarthError):
                error = EarthError(f"Asset '{self._id}' can not be served: {error}.")
            self._tell(self._path, error.message)
            raise error from None

    def _read_header(self) -> Image:
        item, sidecar = read_item(self._path), read_sidecar(self._path)
        with self._open() as dataset:
            if dataset.crs is None:
                reason = "ground control points in the place of a transform" if dataset.gcps[0] else "no CRS"
                raise EarthError(f"Asset '{self._id}' can not be served: the file has {reason}.")
            epsg = dataset.crs.to_epsg(confidence_threshold=100)
            crs = f"EPSG:{epsg}" if epsg else dataset.crs.to_wkt()
            projection = Projection(crs, tuple(dataset.transform)[:6])
            self._check(projection)
            size = (dataset.width, dataset.height)
            alpha = [i for i in dataset.indexes if dataset.colorinterp[i - 1] is ColorInterp.alpha]
            numbers = [i for i in dataset.indexes if i not in alpha]
            own_masks = MASKS_TAG in dataset.tags()
            if own_masks:
                numbers = numbers[: len(numbers) // 2]
            names = _names(item, [dataset.descriptions[i - 1] for i in numbers])
            types = dict(enumerate(sidecar.get("types", []), start=1)) if own_masks else {}
            policies = dict(enumerate(sidecar.get("pyramidingPolicy", []), start=1)) if own_masks else {}
            bands = []
            for name, number in zip(names, numbers, strict=True):
                dtype = np.dtype(types.get(number) or _served_dtype(dataset.dtypes[number - 1], self._id))
                flags = dataset.mask_flag_enums[number - 1]
                # Where the file has a nodata value too, GDAL's mask is that of the value alone.
                beside = alpha[0] if alpha and MaskFlags.alpha not in flags else None
                read = partial(self._read, number, dtype, MaskFlags.all_valid not in flags, beside)
                if own_masks:
                    read = partial(self._read_with_mask_band, number, dtype, number + len(numbers))
                policy = policies.get(number) or item.policy(number)
                bands.append(read_from(self._id, stored_band(name, read, projection, size, dtype, policy)))
        own = {
            "system:index": self._path.stem,
            "system:footprint": raster_footprint(projection, size),
            "system:asset_size": size_of(sidecar, self._path),
        }
        properties = merge_sidecar(item.properties, sidecar)
        # The version of an asset is when it was last changed, in microseconds.
        return Image(tuple(bands), {**properties, **own}, self._id, self._path.stat().st_mtime_ns // 1000)

    def _read(
        self,
        number: int,
        dtype: np.dtype[Any],
        masked: bool,
        alpha: int | None,
        row0: int,
        row1: int,
        col0: int,
        col1: int,
    ) -> tuple[Values, Mask | None]:
        window = ((row0, row1), (col0, col1))
        with self._reading(), self._open() as dataset:
            values = dataset.read(number, window=window).astype(dtype, copy=False)
            if not masked:
                return values, None
            if alpha is None:
                return values, dataset.read_masks(number, window=window).astype(np.float32) / np.float32(255)
            most = np.iinfo(dataset.dtypes[alpha - 1]).max
            opacity = dataset.read(alpha, window=window).astype(np.float32) / np.float32(most)
            return values, np.where(values == dataset.nodata, np.float32(0), opacity)

    def _read_with_mask_band(
        self, number: int, dtype: np.dtype[Any], mask: int, row0: int, row1: int, col0: int, col1: int
    ) -> tuple[Values, Mask | None]:
        window = ((row0, row1), (col0, col1))
        with self._reading(), self._open() as dataset:
            values = dataset.read(number, window=window).astype(dtype, copy=False)
            return values, dataset.read(mask, window=window).astype(np.float32)

    def _open(self) -> Any:  # noqa: ANN401 - rasterio has no types
        """Open the file as a GeoTIFF and nothing else: other formats can name files elsewhere."""
        with self._reading():
            return rasterio.open(self._path, driver="GTiff")

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """What GDAL can not read becomes an error of the request."""
        try:
            yield
        except (RasterioError, CPLE_BaseError, NotGeoreferencedWarning) as error:
            raise EarthError(f"Asset '{self._id}' can not be read: the file is not a sound GeoTIFF.") from error

    def _check(self, projection: Projection) -> None:
        """Refuse what has no place on the earth."""
        a, b, c, d, e, f = projection.transform
        if not math.isfinite(a * e - b * d) or a * e == b * d or not (math.isfinite(c) and math.isfinite(f)):
            raise EarthError(f"Asset '{self._id}' can not be served: its transform can not be inverted.")
        try:
            transform(np.zeros(1), np.zeros(1), projection.crs, "EPSG:4326")
        except EarthError as error:
            raise EarthError(f"Asset '{self._id}' can not be served: {error.message}") from error


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
