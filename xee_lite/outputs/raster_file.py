"""A GeoTIFF, written always in the same order as its pixels come, so that the same pixels give the same bytes."""

from __future__ import annotations

import math
from contextlib import suppress
from itertools import product
from typing import TYPE_CHECKING, Any, Literal, Protocol

from ..errors import OutputError
from ..traffic.cancellation import current_scope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt
    from rasterio import DatasetReader, Env
    from rasterio.io import DatasetWriter

    from ..grids.grid import Grid
    from .raster_layout import Pixels, RasterBand, RasterFile

Driver = Literal["GTiff", "COG"]

_TILE = 512
"""Side of a tile, as GDAL's COG driver makes them."""

_WINDOW = 8 * _TILE
"""Columns that are written at once (chosen)."""

_LEVEL = 1
"""Of deflate: half the processor time of level 6 for 0.6 % more bytes (float32 noise of 0 to 3000, a third missing)."""

_CACHE_BYTES = 64 * 2**20
"""Of blocks that GDAL keeps (chosen); by default a twentieth of the memory of the machine."""


class PixelSource(Protocol):
    """Where the pixels of a file come from, a box after the other."""

    def holds(self, band: RasterBand, rows: slice, columns: slice) -> bool:
        """Whether they are there already."""

    def read(self, band: RasterBand, rows: slice, columns: slice) -> npt.NDArray[Any]:
        """Shape (y, x)."""


class RasterWriter:
    """A file that is written window by window, as far as its pixels are there; by one thread at a time.

    Parameters
    ----------
    file : RasterFile
        What is at its path is replaced at the end.
    grid : Grid
    pixels : Pixels
    source : PixelSource
    driver : "GTiff" or "COG"
    overviews : bool
        A COG has them in any case.
    """

    def __init__(
        self, file: RasterFile, grid: Grid, pixels: Pixels, source: PixelSource, *, driver: Driver, overviews: bool
    ) -> None:
        self._file, self._grid, self._pixels, self._source = file, grid, pixels, source
        self._driver, self._overviews = driver, overviews
        self._partial = file.path.with_name(f"{file.path.name}.partial")
        self._cloud_optimized = file.path.with_name(f"{file.path.name}.cog.partial")
        self._raster: DatasetWriter | None = None
        self._windows = iter(product(enumerate(file.bands, start=1), _windows(grid)))
        self._window = next(self._windows, None)

    def can_go_on(self) -> bool:
        """Whether the pixels of the next window are there, or all windows are written; from any thread."""
        window = self._window
        if window is None:
            return True
        (_, band), (rows, columns) = window
        return self._source.holds(band, rows, columns)

    def go_on(self) -> bool:
        """Write as far as the pixels are there.

        Returns
        -------
        bool
            Whether all windows are written, so that `finish` may put the file in its place.

        Raises
        ------
        CancelledError
            If the export is over.
        """
        scope = current_scope()
        with _gdal():
            while self._window is not None and self.can_go_on():
                scope.check()  # of a slow disk there may be much to write
                (number, band), (rows, columns) = self._window
                values = self._pixels.convert(band.variable, self._source.read(band, rows, columns))
                window = ((rows.start, rows.stop), (columns.start, columns.stop))
                self._opened().write(values, number, window=window)
                self._window = next(self._windows, None)
        return self._window is None

    def finish(self) -> None:
        """Close the file, and put it in its place when it is whole.

        Raises
        ------
        OutputError
            If it is not.
        """
        import rasterio  # noqa: PLC0415 - an extra
        from rasterio.enums import Resampling  # noqa: PLC0415 - as above
        from rasterio.shutil import copy  # noqa: PLC0415 - as above

        path, resampling = self._file.path, _resampling(self._pixels)
        with _gdal():
            self._opened().close()
            self._raster = None
            if self._driver == "COG":
                whole = self._cloud_optimized
                options = {"level": _LEVEL, "blocksize": _TILE, "overview_resampling": resampling}
                copy(self._partial, whole, driver="COG", **options, **_options(self._pixels))
                self._partial.unlink()
                _check_whole(whole, None)
                whole.replace(path)
                return
            longer = max(self._grid.shape)
            levels = [2**level for level in range(1, 16) if self._overviews and longer >> level >= _TILE // 2]
            if levels:
                with rasterio.open(self._partial, "r+") as raster:
                    raster.build_overviews(levels, Resampling[resampling])
            _check_whole(self._partial, levels)
            self._partial.replace(path)

    def discard(self) -> None:
        """Remove what is written of a file that is not finished; the next run writes it anew."""
        if self._raster is not None:
            with suppress(OSError):  # of a disk that is full
                self._raster.close()
            self._raster = None
        self._partial.unlink(missing_ok=True)
        self._cloud_optimized.unlink(missing_ok=True)

    def _opened(self) -> DatasetWriter:
        """The file to write to, which has its bands' descriptions before any pixels: so they stand at its beginning."""
        import rasterio  # noqa: PLC0415 - an extra

        if self._raster is not None:
            return self._raster
        self._file.path.parent.mkdir(parents=True, exist_ok=True)
        self._partial.unlink(missing_ok=True)  # of a run that was killed
        raster = self._raster = rasterio.open(
            self._partial,
            "w",
            driver="GTiff",
            width=self._grid.width,
            height=self._grid.height,
            count=len(self._file.bands),
            dtype=self._pixels.dtype.name,
            crs=self._grid.crs,
            transform=self._grid.transform,
            nodata=self._pixels.nodata,
            tiled=True,
            blockxsize=_TILE,
            blockysize=_TILE,
            interleave="band",
            zlevel=_LEVEL,
            **_options(self._pixels),
        )
        for number, band in enumerate(self._file.bands, start=1):
            raster.set_band_description(number, band.description)
        return raster


def _options(pixels: Pixels) -> dict[str, object]:
    """What the drivers of GTiff and COG call by the same names."""
    return {"compress": "deflate", "predictor": 3 if pixels.dtype.kind == "f" else 2, "bigtiff": "if_safer"}


def _gdal() -> Env:
    """GDAL's settings while a file is written, in the thread that writes."""
    from rasterio import Env  # noqa: PLC0415 - an extra

    return Env(GDAL_NUM_THREADS="ALL_CPUS", GDAL_CACHEMAX=_CACHE_BYTES, ZLEVEL_OVERVIEW=_LEVEL)


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
