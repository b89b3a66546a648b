"""GeoTIFF replies: checked to be what was asked for in size, type, bands and place, and then read by GDAL."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError, TruncatedError, WireError
from .pixel_parts import PixelPart, one_part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from affine import Affine

_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""The first bytes: little and big endian, classic (TIFF 6.0) and BigTIFF."""

_LOSSLESS = frozenset({"", "none", "uncompressed", "lzw", "deflate", "packbits", "zstd", "lzma", "adobe_deflate"})
"""Compressions that keep every value, by rasterio's names in lower case."""

_TOLERANCE = 1e-3
"""Pixels by which the corner of a reply may differ from what was asked for, since its text is rounded; chosen."""


@dataclass(frozen=True, slots=True)
class ExpectedTiff:
    """What was asked for, and what a reply has to be.

    Attributes
    ----------
    shape : (bands, height, width)
    dtype : numpy.dtype
    transform : affine.Affine
        From (column, row) to the coordinates that were asked for.
    nodata : float
        The number that was asked for where pixels are missing.
    """

    shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    transform: Affine
    nodata: float


def is_tiff(content: bytes | bytearray) -> bool:
    """Whether bytes begin as a TIFF does, whatever they are called."""
    return bytes(content[:4]) in _MAGIC


@dataclass(frozen=True, slots=True)
class DecodedTiff:
    """The pixels of a reply, and how much of it was never written.

    Attributes
    ----------
    parts : list of PixelPart
        All pixels; those of blocks that were never written are the number for missing ones.
    hollow : int
        How many blocks were never written.
    """

    parts: list[PixelPart]
    hollow: int


def decode_geotiff(content: bytes | bytearray, expected: ExpectedTiff) -> DecodedTiff:
    """Read all bands of a TIFF in memory.

    Parameters
    ----------
    content : bytes
    expected : ExpectedTiff

    Returns
    -------
    DecodedTiff

    Raises
    ------
    WireError
        If it is no TIFF, or not the one that was asked for. Nothing is decoded then.
    InputError
        If rasterio is not installed.
    """
    try:
        import rasterio  # noqa: PLC0415 - an extra
        from rasterio.errors import NotGeoreferencedWarning, RasterioError  # noqa: PLC0415
        from rasterio.io import MemoryFile  # noqa: PLC0415
    except ImportError as error:
        raise InputError("TIFF is read by rasterio: pip install rasterio.") from error
    if not is_tiff(content):
        raise WireError(f"the reply is no TIFF: it begins with {bytes(content[:40])!r}")
    view: Any = memoryview(content)
    try:
        with warnings.catch_warnings(), rasterio.Env(GDAL_PAM_ENABLED="NO", GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"):
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with MemoryFile(view) as memory, memory.open(driver="GTiff") as source:
                _check(source, expected)
                blocks = list(_blocks(source))
                parts = _stored(content, blocks, source, expected)
                if parts is None:
                    parts = [one_part(source.read())]
    except RasterioError as error:
        raise TruncatedError(f"the reply is a TIFF that can not be read ({type(error).__name__})") from error
    hollow = [block for block in blocks if block.offset is None]
    # They come last and replace what GDAL has read for them: nodata where the file names it, and else 0.
    return DecodedTiff([*parts, *(_missing(block, expected) for block in hollow)], len(hollow))


def _missing(block: _Block, expected: ExpectedTiff) -> PixelPart:
    shape = tuple(part.stop - part.start for part in block.index)
    return PixelPart(*block.index, np.broadcast_to(expected.dtype.type(expected.nodata), shape))


def _check(source: Any, expected: ExpectedTiff) -> None:  # noqa: ANN401 - rasterio's dataset
    bands, height, width = expected.shape
    if (source.height, source.width) != (height, width):
        raise WireError(f"the reply has {source.height} x {source.width} pixels, but {height} x {width} were asked for")
    if source.count != bands:
        raise WireError(f"the reply has {source.count} bands, but {bands} were asked for")
    types = set(source.dtypes)
    if types != {expected.dtype.name}:
        raise WireError(f"the reply has pixels of {', '.join(sorted(types))}, but {expected.dtype.name} was asked for")
    compression = "" if source.compression is None else str(source.compression.value).lower()
    if compression not in _LOSSLESS:
        raise WireError(f"the reply is compressed by {compression!r}, which may change values")
    _check_nodata(source.nodata, expected)
    _check_place(source, expected)


def _check_nodata(nodata: float | None, expected: ExpectedTiff) -> None:
    """Refuse a file that marks missing pixels by another number than was asked for; it may mark them by none."""
    if nodata is None:
        return
    asked = float(expected.dtype.type(expected.nodata))
    sent = float(expected.dtype.type(nodata)) if expected.dtype.kind == "f" else float(nodata)
    if sent != asked and not (math.isnan(sent) and expected.dtype.kind == "f"):
        raise WireError(f"the reply marks missing pixels by {sent:g}, but {asked:g} was asked for")


def _check_place(source: Any, expected: ExpectedTiff) -> None:  # noqa: ANN401 - rasterio's dataset
    """Refuse a file that lies elsewhere, by two corners in pixels; one without georeferencing can not be checked."""
    if source.transform.is_identity:
        return
    _, height, width = expected.shape
    inverse = ~expected.transform
    for corner in ((0, 0), (width, height)):
        column, row = inverse @ (source.transform @ corner)
        if not max(abs(column - corner[0]), abs(row - corner[1])) <= _TOLERANCE:
            raise WireError(
                f"the reply lies elsewhere: its corner {corner} is at ({column:.6g}, {row:.6g}) of what was asked for, "
                "in pixels"
            )


@dataclass(frozen=True, slots=True)
class _Block:
    """A block of a file.

    Attributes
    ----------
    index : (slice, slice, slice)
        Its pixels: bands, rows and columns.
    offset : int, optional
        Where its bytes begin; None where it was never written.
    size : int
        Bytes.
    """

    index: tuple[slice, slice, slice]
    offset: int | None
    size: int


def _blocks(source: Any) -> Iterator[_Block]:  # noqa: ANN401 - rasterio's dataset
    """The blocks of a file, by the items of metadata in GDAL's domain "TIFF"."""
    by_pixel = _is_by_pixel(source)
    for band in [1] if by_pixel else source.indexes:
        bands = slice(0, source.count) if by_pixel else slice(band - 1, band)
        for (row, column), window in source.block_windows(band):
            offset, size = (
                source.get_tag_item(f"BLOCK_{what}_{column}_{row}", "TIFF", bidx=band) for what in ("OFFSET", "SIZE")
            )
            index = (bands, *window.toslices())
            yield _Block(index, None if offset is None else int(offset), int(size or 0))


def _is_by_pixel(source: Any) -> bool:  # noqa: ANN401 - rasterio's dataset
    """Whether a file is interleaved by pixel: a block has the values of all bands."""
    return str(getattr(source.interleaving, "value", "")).lower() == "pixel"


def _stored(
    content: bytes | bytearray,
    blocks: list[_Block],
    source: Any,  # noqa: ANN401 - rasterio's dataset
    expected: ExpectedTiff,
) -> list[PixelPart] | None:
    """The values of uncompressed blocks as views of the file, which GDAL would copy three times.

    None where a block is anything else than its values, so that GDAL has to read it.
    """
    if source.compression is not None:
        return None
    height, width = source.block_shapes[0]
    bands = expected.shape[0] if _is_by_pixel(source) else 1
    dtype = expected.dtype.newbyteorder("<" if content[:2] == b"II" else ">")
    row_bytes = width * bands * dtype.itemsize
    parts = []
    for block in blocks:
        if block.offset is None:
            continue
        _, rows, columns = block.index
        tall, wide = rows.stop - rows.start, columns.stop - columns.start
        # The last strip has only the rows that are left, while tiles are always whole.
        stored = next((count for count in (height, tall) if count * row_bytes == block.size), None)
        if stored is None or block.offset + block.size > len(content):
            return None
        values = np.frombuffer(content, dtype, stored * width * bands, block.offset).reshape(stored, width, bands)
        parts.append(PixelPart(*block.index, values[:tall, :wide].transpose(2, 0, 1)))
    return parts
