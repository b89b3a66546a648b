"""Encoding of exports: TIFF, LERC, and pictures of 8 bits."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PIL import Image as Picture

from ..service.encode import Encoded
from ..types import parse_crs
from .envelope import unsupported
from .lerc_1 import encode_lerc_1
from .merging import fill

if TYPE_CHECKING:
    from .export_request import ExportRequest
    from .merging import Pixmap

Bytes = npt.NDArray[np.uint8]
_COMPRESSIONS = {"none": "none", "lz77": "deflate", "jpeg": "jpeg"}
_PICTURES = {
    "png": ("PNG", "image/png"),
    "png8": ("PNG", "image/png"),
    "png24": ("PNG", "image/png"),
    "png32": ("PNG", "image/png"),
    "jpg": ("JPEG", "image/jpeg"),
    "jpeg": ("JPEG", "image/jpeg"),
    "gif": ("GIF", "image/gif"),
    "bmp": ("BMP", "image/bmp"),
}
MEDIA_TYPES = {**{name: media for name, (_, media) in _PICTURES.items()}, "tiff": "image/tiff", "jpgpng": "image/jpg"}
"""Of the formats; of LERC, ``application/octet-stream``. The server's own for LERC is unknown."""
SUFFIXES = {
    "tiff": "tif",
    "lerc": "lerc",
    "jpgpng": "jpg",
    "jpeg": "jpg",
    "png8": "png",
    "png24": "png",
    "png32": "png",
}
"""Of files, where they are others than the format's name."""


def encode_export(pixels: Pixmap, request: ExportRequest) -> Encoded:
    """Write an export in the format asked for.

    Raises
    ------
    ServerError
        If the format can not hold it here.
    """
    if request.format == "tiff":
        return Encoded(_encode_tiff(pixels, request), "image/tiff", pixels.values.size)
    if request.format == "lerc":
        return Encoded(_encode_lerc(pixels, request), "application/octet-stream", pixels.values.size)
    return _encode_picture(pixels, request)


def _encode_tiff(pixels: Pixmap, request: ExportRequest) -> bytes:
    """A GeoTIFF; where there is no raster near, one without any tile, as reported of one server."""
    from affine import Affine  # noqa: PLC0415 - as rasterio
    from rasterio.io import MemoryFile  # noqa: PLC0415 - GDAL takes long to load

    values, tag = fill(pixels, request.no_data)
    grid = request.grid
    if request.compression == "jpeg" and (values.dtype != np.uint8 or len(values) not in (1, 3)):
        raise unsupported("compression=JPEG of other pixels than 1 or 3 bands of U8")
    profile: dict[str, Any] = {
        "driver": "GTiff",
        "width": grid.width,
        "height": grid.height,
        "count": len(values),
        "dtype": values.dtype.name,
        "crs": parse_crs(grid.crs).to_wkt(),
        "transform": Affine(*grid.transform),
        "tiled": True,
        "blockxsize": 128,
        "blockysize": 128,
        "interleave": "pixel",
        "compress": _COMPRESSIONS[request.compression],
        "sparse_ok": pixels.hollow,
        "nodata": tag,
    }
    with MemoryFile() as file:
        with file.open(**profile) as dataset:
            if not pixels.hollow:
                dataset.write(values)
        return bytes(file.read())


def _encode_lerc(pixels: Pixmap, request: ExportRequest) -> bytes:
    """Version 1 of one band that float32 holds; version 2 of all bands as one blob, with the mask of each band.

    Whether the server joins bands so, is unknown.
    """
    count = len(pixels.values)
    if request.lerc_version == 1:
        if count > 1 or not np.can_cast(pixels.values.dtype, np.float32):
            raise unsupported("LERC version 1, which is the default, of more than a band that float32 holds")
        return encode_lerc_1(pixels.values[0], pixels.valid[0])
    try:
        import lerc  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise unsupported("LERC version 2 without a library for it: pip install pylerc") from error
    values = np.ascontiguousarray(pixels.values if count > 1 else pixels.values[0])
    valid = np.ascontiguousarray(pixels.valid if count > 1 else pixels.valid[0])
    mask = None if valid.all() else valid
    room = values.nbytes * 2 + 4096
    code, size, encoded = lerc.encode(values, 1, mask is not None, mask, request.tolerance, room)
    if code != 0:
        raise unsupported("LERC of such pixels")
    return bytes(memoryview(encoded)[:size])


def _encode_picture(pixels: Pixmap, request: ExportRequest) -> Encoded:
    """A picture of 1 or 3 bands; what is no U8 is stretched between its least and its largest value."""
    count = 3 if len(pixels.values) >= 3 else 1
    valid: npt.NDArray[np.bool_] = np.logical_and.reduce(pixels.valid[:count])
    shown = np.moveaxis(np.stack([_stretch(one, valid) for one in pixels.values[:count]]), 0, -1)
    name = request.format
    if name == "jpgpng":
        name = "jpg" if valid.all() else "png32"
    colours = np.broadcast_to(shown, (*valid.shape, 3)) if name in ("png24", "png32") else shown
    if name == "png32":
        colours = np.concatenate([colours, np.where(valid, 255, 0).astype(np.uint8)[..., np.newaxis]], axis=-1)
    kind, media_type = _PICTURES[name]
    picture = Picture.fromarray(np.ascontiguousarray(colours.squeeze(-1) if colours.shape[-1] == 1 else colours))
    if name == "png8" and picture.mode != "L":
        picture = picture.quantize(256)
    out = io.BytesIO()
    picture.save(out, kind)
    return Encoded(out.getvalue(), media_type, pixels.values.size)


def _stretch(values: npt.NDArray[Any], valid: npt.NDArray[np.bool_]) -> Bytes:
    if values.dtype == np.uint8:
        return np.where(valid, values, 0).astype(np.uint8)
    known = np.where(valid & np.isfinite(values), values, np.nan).astype(np.float64)
    if np.isnan(known).all():
        return np.zeros(values.shape, np.uint8)
    low, high = float(np.nanmin(known)), float(np.nanmax(known))
    scaled = (np.nan_to_num(known, nan=low) - low) * (255 / (high - low) if high > low else 0)
    return np.rint(scaled).astype(np.uint8)
