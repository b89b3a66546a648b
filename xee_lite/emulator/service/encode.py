"""Encoding of pixels: NPY, GeoTIFF, and archives of them; see `pictures` for PNG and others."""

from __future__ import annotations

import io
import math
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..types import parse_crs
from .pictures import encode_picture, paint_layers
from .pixel_request import FileFormat

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..images.image import Mask
    from ..types import PixelGrid
    from .layer import Dtype, Layer
    from .visualize import Visualization

BLOCK = 2**16
"""Pixels that are copied at once, so that they stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """Bytes, and what they are.

    The service's own content types are not known; clients do not look at them.

    Attributes
    ----------
    content : bytes
    media_type : str
    values : int
        Pixel values (width x height x bands) that were computed for it.
    """

    content: bytes | memoryview
    media_type: str
    values: int = 0


def encode(
    layers: Sequence[Layer],
    grid: PixelGrid,
    file_format: FileFormat,
    visualization: Visualization | None = None,
    *,
    junk: bool = False,
) -> Encoded:
    """Write computed bands in the format asked for; `junk` as in `npy`."""
    if file_format is FileFormat.NPY:
        return Encoded(encode_npy(layers, grid, junk=junk), "application/octet-stream")
    if file_format is FileFormat.GEO_TIFF:
        return Encoded(encode_geo_tiff(layers, grid), "image/tiff")
    return Encoded(*encode_picture(paint_layers(layers, visualization), file_format))


def zip_files(files: Iterable[tuple[str, bytes]]) -> Encoded:
    """Write files, by their names, into a zip file. GeoTIFFs are compressed already, so that they are only stored."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as members:
        for name, content in files:
            members.writestr(zipfile.ZipInfo(name), content)
    return Encoded(out.getbuffer(), "application/zip")


_JUNK = (-3.4e38, -math.inf)
"""What was seen in masked pixels of float bands of the service: nodata of the stored file, and -inf."""


def encode_npy(layers: Sequence[Layer], grid: PixelGrid, *, junk: bool = False) -> memoryview:
    """One structured array of shape (height, width), a field per band; masked pixels are 0.

    With `junk`, those of float bands are what has been seen at the service where something else than 0 lay there.

    The header is version 1.0, the only one that GDAL reads, unless the names of the bands do not fit into it.
    """
    dtype = np.dtype([(layer.name, layer.dtype) for layer in layers])
    header = _npy_header(dtype, (grid.height, grid.width))
    content = bytearray(len(header) + dtype.itemsize * grid.height * grid.width)
    content[: len(header)] = header
    table = np.ndarray((grid.height, grid.width), dtype, buffer=content, offset=len(header))
    for layer in layers:
        values = fit_to_dtype(layer)
        if layer.pixels.is_valid:
            table[layer.name] = values
        else:
            _copy(values, layer.pixels.mask, table[layer.name])
            if junk and layer.dtype.kind == "f":
                _spoil(table[layer.name], layer.pixels.mask)
    return memoryview(content)  # tens of megabytes, which are not copied


def _copy(values: npt.NDArray[Any], mask: Mask, out: npt.NDArray[Any]) -> None:
    """Copy what is not masked, and 0 where it is: bits times 0 or 1, which takes no branches."""
    bits = f"u{out.itemsize}"
    rows = max(BLOCK // values.shape[1], 1)
    for start in range(0, len(values), rows):
        some = slice(start, start + rows)
        np.multiply(values[some].view(bits), mask[some] > 0, out=out[some].view(bits))


def _spoil(out: npt.NDArray[Any], mask: Mask) -> None:
    """Put junk where pixels are masked, in turns."""
    masked = np.broadcast_to(mask, out.shape) <= 0
    out[masked] = np.resize(np.array(_JUNK, out.dtype), np.count_nonzero(masked))


def _npy_header(dtype: np.dtype[np.void], shape: tuple[int, int]) -> bytes:
    description = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    out = io.BytesIO()
    try:
        np.lib.format.write_array_header_1_0(out, description)
    except ValueError:  # over 64 KiB
        out = io.BytesIO()
        np.lib.format.write_array_header_2_0(out, description)
    return out.getvalue()


def fit_to_dtype(layer: Layer) -> npt.NDArray[Any]:
    """Values in the wire's dtype; those that it can not hold become the nearest that it can."""
    values = layer.pixels.values
    if np.can_cast(values.dtype, layer.dtype, "safe") or layer.dtype.kind == "f":
        return values.astype(layer.dtype, copy=False)
    info = np.iinfo(layer.dtype.name)
    if values.dtype.kind == "f":
        values = np.nan_to_num(values, nan=0.0, posinf=info.max, neginf=info.min)
    return np.clip(values, info.min, info.max).astype(layer.dtype)


def encode_geo_tiff(layers: Sequence[Layer], grid: PixelGrid) -> bytes:
    """A tiled GeoTIFF of one data type that holds all bands; masked pixels carry the value of the nodata tag.

    Nodata is 0 for unsigned integers, the minimum for signed ones, -inf for floats (measured by geedim). Integers of 64
    bits come as float64, and masked ones are 0 in spite of the tag (a note in geedim). Bands have no descriptions
    (public downloads have none).
    """
    from rasterio.io import MemoryFile  # noqa: PLC0415 - GDAL takes long to load, and NPY does without

    dtype = common_dtype([np.dtype("f8") if layer.wide else layer.dtype for layer in layers])
    nodata = _nodata(dtype)
    profile = {
        "driver": "GTiff",
        "width": grid.width,
        "height": grid.height,
        "count": len(layers),
        "dtype": dtype.name,
        "crs": parse_crs(grid.crs).to_wkt(),
        "transform": _affine(grid),
        "nodata": nodata,
        "tiled": True,
        "blockxsize": 256,
        "blockysize": 256,
        "compress": "lzw",
        "interleave": "pixel",
    }
    with MemoryFile() as file:
        with file.open(**profile) as dataset:
            for index, layer in enumerate(layers, start=1):
                values = (layer.pixels.values if layer.wide else fit_to_dtype(layer)).astype(dtype, copy=False)
                hidden = dtype.type(0 if layer.wide else nodata)
                dataset.write(np.where(layer.pixels.mask > 0, values, hidden), index)
        return bytes(file.read())


def common_dtype(dtypes: Sequence[Dtype]) -> Dtype:
    """The dtype that holds the values of all; what would take 64-bit integers is float64, as at the service."""
    dtype = np.result_type(*dtypes)
    return np.dtype("f8") if dtype.kind in "iu" and dtype.itemsize == 8 else dtype


def _nodata(dtype: Dtype) -> float:
    if dtype.kind == "f":
        return -np.inf
    return 0 if dtype.kind == "u" else int(np.iinfo(dtype.name).min)


def _affine(grid: PixelGrid) -> Any:  # noqa: ANN401 - the affine package has no types
    from affine import Affine  # noqa: PLC0415 - only GeoTIFF needs it

    return Affine(*grid.transform)
