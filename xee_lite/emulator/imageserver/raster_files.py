"""The files of a raster: an image, its world file, overviews, mask and metadata, in a format of GDAL's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import numpy as np
import shapely

from ..images.extents import SLACK, make_window
from ..images.image import Sampler
from ..types import parse_crs
from .merging import cast

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt
    from shapely.geometry.base import BaseGeometry

    from ..types import PixelGrid
    from .raster import Raster

    Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class FileKind:
    """A format of files.

    Attributes
    ----------
    driver : str
        GDAL's.
    suffix : str
    options : tuple of (str, str)
        Of the creation; they keep all values.
    """

    driver: str
    suffix: str
    options: tuple[tuple[str, str], ...] = ()


TIFF = FileKind("GTiff", ".tif")
KINDS = {
    "TIFF": TIFF,
    "IMAGINE IMAGE": FileKind("HFA", ".img"),
    "JPEG": FileKind("JPEG", ".jpg"),
    "NITF": FileKind("NITF", ".ntf"),
    "BIL": FileKind("ENVI", ".bil", (("INTERLEAVE", "BIL"),)),
    "BSQ": FileKind("ENVI", ".bsq", (("INTERLEAVE", "BSQ"),)),
    "BIP": FileKind("ENVI", ".bip", (("INTERLEAVE", "BIP"),)),
    "ENVI": FileKind("ENVI", ".dat"),
    "JP2": FileKind("JP2OpenJPEG", ".jp2", (("QUALITY", "100"), ("REVERSIBLE", "YES"))),
    "GIF": FileKind("GIF", ".gif"),
    "BMP": FileKind("BMP", ".bmp"),
    "PNG": FileKind("PNG", ".png"),
}
"""Of the formats that the documentation lists."""


def own_grid(raster: Raster) -> PixelGrid:
    """The raster's own pixels."""
    band = raster.bands[0]
    return make_window(band.projection, band.origin, band.dimensions or (0, 0))


def clip_grid(raster: Raster, shape: BaseGeometry) -> PixelGrid | None:
    """The raster's own pixels that touch the box around a shape in its CRS; None if there are none."""
    band = raster.bands[0]
    xmin, ymin, xmax, ymax = shape.bounds
    a, b, c, d, e, f = band.projection.transform
    area = a * e - b * d
    x, y = np.array([xmin, xmax, xmin, xmax]) - c, np.array([ymin, ymin, ymax, ymax]) - f
    cols, rows = (e * x - b * y) / area, (a * y - d * x) / area
    width, height = band.dimensions or (0, 0)
    left, right = (
        int(value) for value in np.clip([np.floor(cols.min() + SLACK), np.ceil(cols.max() - SLACK)], 0, width)
    )
    top, bottom = (
        int(value) for value in np.clip([np.floor(rows.min() + SLACK), np.ceil(rows.max() - SLACK)], 0, height)
    )
    if right <= left or bottom <= top:
        return None
    first = band.origin[0] + left, band.origin[1] + top
    return make_window(band.projection, first, (right - left, bottom - top))


def write_files(
    raster: Raster, grid: PixelGrid, target: Path, kind: FileKind, shape: BaseGeometry | None = None
) -> list[Path]:
    """Write a raster's pixels on a grid of its own, and what belongs to them.

    Parameters
    ----------
    raster : Raster
    grid : PixelGrid
    target : Path
        The file's path without its suffix, in a folder that is empty.
    kind : FileKind
        What the driver can not write in it becomes a TIFF, as documented.
    shape : geometry, optional
        In the raster's CRS; pixels whose centres lie outside of it are missing.

    Returns
    -------
    list of Path
        The image first.
    """
    values, valid = _read(raster, grid)
    if shape is not None:
        x, y = np.broadcast_arrays(*grid.centres())
        valid = valid & shapely.contains_xy(shape, x, y)
    values = np.where(valid, values, 0).astype(values.dtype)
    path = _write_image(raster, grid, values, target, kind)
    if not valid.all():
        _write_mask(path, valid, grid)
    _write_world_file(path, grid)
    found = sorted(target.parent.iterdir())
    return [path, *(one for one in found if one != path)]


def _read(raster: Raster, grid: PixelGrid) -> tuple[Array, npt.NDArray[np.bool_]]:
    sampler = Sampler(grid)
    dtype = np.result_type(*(band.type.dtype for band in raster.bands))
    if dtype.kind in "iu" and dtype.itemsize == 8:
        dtype = np.dtype("f8")
    pixels = [sampler(band) for band in raster.bands]
    return np.stack([cast(one.values, dtype) for one in pixels]), np.stack([one.mask > 0 for one in pixels])


def _write_image(raster: Raster, grid: PixelGrid, values: Array, target: Path, kind: FileKind) -> Path:
    """The image; of a TIFF with overviews and metadata in files beside it."""
    import rasterio  # noqa: PLC0415 - GDAL takes long to load
    import rasterio.shutil  # noqa: PLC0415 - as above
    from affine import Affine  # noqa: PLC0415 - as above
    from rasterio._err import CPLE_BaseError  # noqa: PLC0415 - as above
    from rasterio.errors import RasterioError  # noqa: PLC0415 - as above

    profile: dict[str, Any] = {
        "driver": "GTiff",
        "width": grid.width,
        "height": grid.height,
        "count": len(values),
        "dtype": values.dtype.name,
        "crs": parse_crs(grid.crs).to_wkt(),
        "transform": Affine(*grid.transform),
    }
    source = target.with_name(f"{target.name}.tif")
    with rasterio.open(source, "w", **profile) as dataset:
        dataset.write(values)
        for number, band in enumerate(raster.bands, start=1):
            dataset.set_band_description(number, band.name)
    if kind is TIFF:
        return _with_companions(source, raster)
    path = target.with_name(f"{target.name}{kind.suffix}")
    before = set(target.parent.iterdir())
    try:
        rasterio.shutil.copy(source, path, driver=kind.driver, strict=True, **dict(kind.options))
    except (RasterioError, CPLE_BaseError):  # pixel type or number of bands
        for leftover in set(target.parent.iterdir()) - before:
            leftover.unlink()
        return _with_companions(source, raster)
    source.unlink()
    return path


def _with_companions(path: Path, raster: Raster) -> Path:
    import rasterio  # noqa: PLC0415 - as above

    with rasterio.Env(TIFF_USE_OVR="YES"), rasterio.open(path, "r+") as dataset:
        if min(dataset.shape) > 1:
            dataset.build_overviews([2], rasterio.enums.Resampling.nearest)
    name = escape(raster.name)
    text = f'<PAMDataset>\n  <Metadata>\n    <MDI key="Name">{name}</MDI>\n  </Metadata>\n</PAMDataset>\n'
    path.with_name(f"{path.name}.aux.xml").write_text(text, "utf-8")
    return path


def _write_mask(path: Path, valid: npt.NDArray[np.bool_], grid: PixelGrid) -> None:
    """A mask for each band in a file beside the image, as GDAL reads them: no number of the pixels is taken for it."""
    import rasterio  # noqa: PLC0415 - as above
    from affine import Affine  # noqa: PLC0415 - as above

    count, height, width = valid.shape
    flags = {f"INTERNAL_MASK_FLAGS_{number}": "0" for number in range(1, count + 1)}
    profile = {
        "driver": "GTiff",
        "width": width,
        "height": height,
        "count": count,
        "dtype": "uint8",
        "compress": "deflate",
        "transform": Affine(*grid.transform),
    }
    with rasterio.open(f"{path}.msk", "w", **profile) as dataset:
        dataset.write(np.where(valid, 255, 0).astype(np.uint8))
        dataset.update_tags(**flags)


def _write_world_file(path: Path, grid: PixelGrid) -> None:
    """The transform of pixel centres; its name ends in the first and the last letter of the image's and a w."""
    a, b, c, d, e, f = grid.transform
    numbers = (a, d, b, e, a / 2 + b / 2 + c, d / 2 + e / 2 + f)
    suffix = path.suffix[1:]
    text = "".join(f"{number!r}\n" for number in numbers)
    path.with_suffix(f".{suffix[0]}{suffix[-1]}w").write_text(text, "ascii")
