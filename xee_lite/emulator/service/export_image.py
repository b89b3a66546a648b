"""Images as GeoTIFFs, block by block, so that an export may be larger than a request."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ..catalogue.assets import MASKS_TAG
from ..errors import EarthError
from ..images import extents
from ..images.image import Sampler
from ..types import PixelGrid, parse_crs
from .encode import common_dtype, fit_to_dtype
from .layer import Layer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ..images.image import Band
    from .destinations import Drafts
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
    dimensions : (width, height), optional
        Of the files that an image is cut into where it is larger.
    skip_empty : bool
        Leave out files without any valid pixel.
    """

    no_data: float | None = None
    cloud_optimized: bool = False
    masks: bool = False
    tags: dict[str, str] | None = None
    dimensions: tuple[int, int] | None = None
    skip_empty: bool = False


def write_files(drafts: Drafts, sheet: Sheet, options: FileOptions, advance: Callable[[float], None]) -> None:
    """Write one file, or where it is larger than the options want several, named after their first row and column.

    The form of the names is documented (guide to exporting images, large file exports), and ten digits are what public
    files of such exports have.
    """
    parts = list(_tiles(sheet.grid, options.dimensions or (sheet.grid.width, sheet.grid.height)))
    for number, (row, col, grid) in enumerate(parts):
        draft = drafts(".tif" if len(parts) == 1 else f"-{row:010d}-{col:010d}.tif")
        tile = replace(sheet, grid=grid)
        share = partial(_share, advance, number, len(parts))
        if not write_geo_tiff(draft, tile, options, share) and options.skip_empty:
            drafts.drop(draft)


def _share(advance: Callable[[float], None], number: int, count: int, done: float) -> None:
    advance((number + done) / count)


def _tiles(grid: PixelGrid, size: tuple[int, int]) -> Iterator[tuple[int, int, PixelGrid]]:
    for row in range(0, grid.height, size[1]):
        for col in range(0, grid.width, size[0]):
            width, height = min(size[0], grid.width - col), min(size[1], grid.height - row)
            yield row, col, extents.make_window(grid.projection, (col, row), (width, height))


def write_geo_tiff(path: Path, sheet: Sheet, options: FileOptions, advance: Callable[[float], None]) -> bool:
    """Write bands, with their names as descriptions.

    Parameters
    ----------
    path : Path
    sheet : Sheet
    options : FileOptions
    advance : callable
        Called with the share that is done, 0 to 1, after each block; may raise to stop.

    Returns
    -------
    bool
        Whether there is any valid pixel.
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
    filled = False
    with rasterio.open(path, "w", **profile) as dataset:
        dataset.update_tags(**(options.tags or {}), **({MASKS_TAG: "1"} if options.masks else {}))
        for number, band in enumerate(bands, start=1):
            dataset.set_band_description(number, band.name)
        for row, block in _blocks(grid, bands):
            window = ((row, row + block.height), (0, grid.width))
            sampler = Sampler(block)
            for number, band in enumerate(bands, start=1):
                pixels = sampler(band)
                values = fit_to_dtype(Layer(band.name, band.type.dtype, pixels)).astype(dtype, copy=False)
                valid = pixels.mask > 0
                filled = filled or bool(valid.any())
                dataset.write(np.where(valid, values, filling), number, window=window)
                if options.masks:
                    dataset.write(valid.astype(dtype), number + len(bands), window=window)
            advance((row + block.height) / grid.height)
    return filled


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
    for row in range(0, grid.height, rows):
        yield row, extents.make_window(grid.projection, (0, row), (grid.width, min(rows, grid.height - row)))
