"""A GeoTIFF, written in one go and always in the same order, so that the same pixels give the same bytes."""

from __future__ import annotations

import math
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

from ..errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy.typing as npt
    from rasterio import DatasetReader

    from ..grids.grid import Grid
    from .raster_layout import Pixels, RasterBand

    ReadBox = Callable[[RasterBand, slice, slice], npt.NDArray[Any]]

Driver = Literal["GTiff", "COG"]

_TILE = 512
"""Side of a tile, as GDAL's COG driver makes them."""

_WINDOW = 8 * _TILE
"""Columns that are written at once."""


_LEVEL = 1
"""Of deflate: half the processor time of level 6 for 0.6 % more bytes (float32 noise of 0 to 3000, a third missing)."""

_CACHE_BYTES = 64 * 2**20
"""Of blocks that GDAL keeps, by default a twentieth of the memory of the machine."""


def write_raster(
    path: Path,
    grid: Grid,
    bands: tuple[RasterBand, ...],
    pixels: Pixels,
    read: ReadBox,
    *,
    driver: Driver,
    overviews: bool,
) -> None:
    """Write a file, and put it in its place when it is whole.

    Parameters
    ----------
    path : path
        What is there is replaced.
    grid : Grid
    bands : tuple of RasterBand
    pixels : Pixels
    read : callable
        Gives rows and columns of a band, as ndarray (y, x).
    driver : "GTiff" or "COG"
    overviews : bool
        A COG has them in any case.
    """
    import rasterio  # noqa: PLC0415 - an extra
    from rasterio.enums import Resampling  # noqa: PLC0415 - as above
    from rasterio.shutil import copy  # noqa: PLC0415 - as above

    partial = path.with_name(f"{path.name}.partial")
    options = {
        "compress": "deflate",
        "predictor": 3 if pixels.dtype.kind == "f" else 2,
        "bigtiff": "if_safer",
    }
    profile = {
        "driver": "GTiff",
        "width": grid.width,
        "height": grid.height,
        "count": len(bands),
        "dtype": pixels.dtype.name,
        "crs": grid.crs,
        "transform": grid.transform,
        "nodata": pixels.nodata,
        "tiled": True,
        "blockxsize": _TILE,
        "blockysize": _TILE,
        "interleave": "band",
        "zlevel": _LEVEL,
        **options,
    }
    partial.unlink(missing_ok=True)  # of a run that was killed
    with rasterio.Env(GDAL_NUM_THREADS="ALL_CPUS", GDAL_CACHEMAX=_CACHE_BYTES, ZLEVEL_OVERVIEW=_LEVEL):
        with rasterio.open(partial, "w", **profile) as raster:
            for number, band in enumerate(bands, start=1):
                raster.set_band_description(number, band.description)
                for rows, columns in _windows(grid):
                    window = ((rows.start, rows.stop), (columns.start, columns.stop))
                    raster.write(pixels.convert(band.variable, read(band, rows, columns)), number, window=window)
        if driver == "COG":
            whole = path.with_name(f"{path.name}.cog.partial")
            copy(
                partial,
                whole,
                driver="COG",
                level=_LEVEL,
                blocksize=_TILE,
                overview_resampling=_resampling(pixels),
                **options,
            )
            partial.unlink()
            _check_whole(whole, None)
            whole.replace(path)
            return
        levels = [2**level for level in range(1, 16) if overviews and max(grid.shape) >> level >= _TILE // 2]
        if levels:
            with rasterio.open(partial, "r+") as raster:
                raster.build_overviews(levels, Resampling[_resampling(pixels)])
        _check_whole(partial, levels)
        partial.replace(path)


def _check_whole(path: Path, overviews: list[int] | None) -> None:
    """Look that each tile lies in the file, since GDAL tells nobody of a write that failed in one of its threads.

    That is how a full disk shows. A tile that was never written would read as missing pixels, and overviews may be
    missing as a whole; a tile whose bytes are not the written ones is an error to whoever reads it, since compressed
    tiles have checksums.

    Raises
    ------
    OutputError
    """
    import rasterio  # noqa: PLC0415 - an extra

    size = path.stat().st_size
    try:
        with rasterio.open(path) as raster:
            found = raster.overviews(1)
        whole = overviews in (None, found)
        for level in (None, *range(len(found))):
            with rasterio.open(path, **({} if level is None else {"overview_level": level})) as raster:
                whole = whole and all(end <= size for end in _tile_ends(raster))
    except rasterio.errors.RasterioError:
        whole = False
    if not whole:
        raise OutputError(
            f"{path} could not be written whole, as on a disk that is full: make room and run the same export again, "
            "which goes on."
        )


def _tile_ends(raster: DatasetReader) -> Iterator[float]:
    """Where in the file each tile ends; infinity for one that is not there."""
    height, width = raster.block_shapes[0]
    rows, columns = range(-(-raster.height // height)), range(-(-raster.width // width))
    for band, row, column in product(raster.indexes, rows, columns):
        where = (raster.get_tag_item(f"BLOCK_{word}_{column}_{row}", "TIFF", bidx=band) for word in ("OFFSET", "SIZE"))
        offset, length = (int(text or 0) for text in where)
        yield offset + length if offset and length else math.inf


def _windows(grid: Grid) -> Iterator[tuple[slice, slice]]:
    """Whole tiles, row by row."""
    for row in range(0, grid.height, _TILE):
        for column in range(0, grid.width, _WINDOW):
            yield slice(row, min(row + _TILE, grid.height)), slice(column, min(column + _WINDOW, grid.width))


def _resampling(pixels: Pixels) -> str:
    """How an overview is made: integers may be classes, between which there is no mean."""
    return "average" if pixels.dtype.kind == "f" else "nearest"
