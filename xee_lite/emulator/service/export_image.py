"""Images as files, block by block, so that an export may be larger than a request."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..catalogue.assets import MASKS_TAG
from ..errors import EarthError
from ..pixels.image import Sampler
from ..types import PixelGrid, parse_crs
from .encode import Layer, common_dtype, fit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ..pixels.image import Band
    from .rest_pixels import Sheet

_BLOCK_BYTES = 2**25
"""Of pixels computed at once."""
_TILE = 256


@dataclass(frozen=True, slots=True)
class FileOptions:
    """How a GeoTIFF is written.

    Attributes
    ----------
    no_data : float, optional
        Value and tag of masked pixels. Without one, as documented, there is no tag; masked pixels are then NaN, or 0
        among integers (unknown of the service).
    cloud_optimized : bool
    masks : bool
        Write the masks as bands of their own, for an asset.
    tags : dict
        Metadata of the file.
    """

    no_data: float | None = None
    cloud_optimized: bool = False
    masks: bool = False
    tags: dict[str, str] | None = None


def write_geo_tiff(path: Path, sheet: Sheet, options: FileOptions, advance: Callable[[float], None]) -> None:
    """Write bands, with their names as descriptions.

    Parameters
    ----------
    path : Path
    sheet : Sheet
    options : FileOptions
    advance : callable
        Called with the share that is done, 0 to 1, after each block; may raise to stop.
    """
    import rasterio  # noqa: PLC0415 - GDAL takes long to load
    from affine import Affine  # noqa: PLC0415 - as above

    grid, bands = sheet.grid, sheet.bands
    dtype = common_dtype([band.type.dtype for band in bands])
    filling = _filling(options, dtype)
    profile: dict[str, Any] = {
        "driver": "COG" if options.cloud_optimized else "GTiff",
        "width": grid.width,
        "height": grid.height,
        "count": len(bands) * (2 if options.masks else 1),
        "dtype": dtype.name,
        "crs": parse_crs(grid.crs).to_wkt(),
        "transform": Affine(*grid.transform),
        "nodata": options.no_data,
        "compress": "lzw",
        "bigtiff": "if_safer",
    }
    if not options.cloud_optimized:
        profile |= {"tiled": True, "blockxsize": _TILE, "blockysize": _TILE}
    with rasterio.open(path, "w", **profile) as dataset:
        dataset.update_tags(**(options.tags or {}), **({MASKS_TAG: "1"} if options.masks else {}))
        for number, band in enumerate(bands, start=1):
            dataset.set_band_description(number, band.name)
        for row, block in _blocks(grid, bands):
            window = ((row, row + block.height), (0, grid.width))
            sampler = Sampler(block)
            for number, band in enumerate(bands, start=1):
                pixels = sampler(band)
                values = fit(Layer(band.name, band.type.dtype, pixels)).astype(dtype, copy=False)
                dataset.write(np.where(pixels.mask > 0, values, filling), number, window=window)
                if options.masks:
                    dataset.write((pixels.mask > 0).astype(dtype), number + len(bands), window=window)
            advance((row + block.height) / grid.height)


def check_types(bands: list[Band]) -> None:
    """Refuse bands whose types differ, as exports to files do."""
    names = [_type_name(band) for band in bands]
    other = next((name for name in names if name != names[0]), None)
    if other is not None:
        raise EarthError(
            f"Exported bands must have compatible data types; found inconsistent types: {names[0]} and {other}."
        )


def _type_name(band: Band) -> str:
    """A type as GDAL calls it."""
    name = band.type.dtype.name
    return "Byte" if name == "uint8" else name.title().replace("Uint", "UInt")


def _filling(options: FileOptions, dtype: np.dtype[np.generic]) -> Any:  # noqa: ANN401 - a scalar of that dtype
    if options.no_data is None:
        return dtype.type(np.nan if dtype.kind == "f" and not options.masks else 0)
    if dtype.kind != "f":
        info = np.iinfo(dtype.name)
        if not (info.min <= options.no_data <= info.max and options.no_data == math.floor(options.no_data)):
            raise EarthError(f"The noData value {options.no_data:g} is none that pixels of type {dtype.name} can have.")
    return dtype.type(options.no_data)


def _blocks(grid: PixelGrid, bands: list[Band]) -> Iterator[tuple[int, PixelGrid]]:
    """Rows of a grid, whole rows of tiles where they are not too many bytes."""
    row_bytes = grid.width * sum(band.type.dtype.itemsize + 4 for band in bands)
    rows = max(_BLOCK_BYTES // row_bytes // _TILE * _TILE, 1 if row_bytes * _TILE > 8 * _BLOCK_BYTES else _TILE)
    a, b, c, d, e, f = grid.transform
    for row in range(0, grid.height, rows):
        height = min(rows, grid.height - row)
        yield row, PixelGrid(grid.crs, (a, b, c + b * row, d, e, f + e * row), grid.width, height)
