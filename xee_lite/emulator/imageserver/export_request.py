"""What an export asks for: the grid, the bands, the type, the missing pixels and the format, all checked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..types import PixelGrid
from .envelope import TOO_LARGE, invalid, unsupported
from .parameters import to_number
from .raster import DTYPES
from .shapes import Extent, read_extent
from .spatial_references import read_spatial_reference

if TYPE_CHECKING:
    import numpy as np

    from .options import ImageServerOptions
    from .parameters import Parameters
    from .services import ImageService

FORMATS = ("jpgpng", "png", "png8", "png24", "png32", "jpg", "jpeg", "bmp", "gif", "tiff", "lerc")
"""``bip`` and ``bsq`` are not among them: their byte order is not documented."""
_INTERPOLATIONS = {
    "rsp_nearestneighbor": "Nearest",
    "rsp_bilinearinterpolation": "Bilinear",
    "rsp_cubicconvolution": "Cubic",
}
_DEFAULT_SIZE = (400, 400)


@dataclass(frozen=True, slots=True)
class NoData:
    """What stands for missing pixels.

    Attributes
    ----------
    values : tuple of float
        One for each band.
    every : bool
        Whether a pixel is missing only where all bands are (``esriNoDataMatchAll``).
    """

    values: tuple[float, ...]
    every: bool


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """An export.

    Attributes
    ----------
    grid : PixelGrid
    extent : Extent
        Of the grid.
    bands : tuple of int
        From 0.
    dtype : dtype
    no_data : NoData, optional
    resampling : str
        ``Nearest``, ``Bilinear`` or ``Cubic``.
    format : str
        One of `FORMATS`.
    compression : str
        Of TIFF: ``none``, ``lz77`` or ``jpeg``.
    tolerance : float
        The largest error of LERC.
    lerc_version : int
    """

    grid: PixelGrid
    extent: Extent
    bands: tuple[int, ...]
    dtype: np.dtype[np.generic]
    no_data: NoData | None
    resampling: str
    format: str
    compression: str = "none"
    tolerance: float = 0.0
    lerc_version: int = 1


def read_export(service: ImageService, options: ImageServerOptions, parameters: Parameters) -> ExportRequest:
    """Read the parameters of ``exportImage``.

    Raises
    ------
    ServerError
        If one can not be read, is not implemented here, or the image is too large.
    """
    check_rendering(parameters)
    extent, (width, height) = _frame(service, parameters)
    check_size(width, height, options)
    grid = PixelGrid(
        extent.crs,
        (extent.width / width, 0.0, extent.xmin, 0.0, -extent.height / height, extent.ymax),
        width,
        height,
    )
    bands = _bands(service, parameters)
    image_format = parameters.text("format", "jpgpng").lower()
    if image_format in ("bip", "bsq"):
        raise unsupported(f"the format {image_format}, whose byte order is not documented.")
    if image_format not in FORMATS:
        raise invalid("Parameter 'format' is none that there is.")
    compression = parameters.text("compression", "none").lower()
    if compression not in ("none", "lz77", "jpeg"):
        raise invalid("Parameter 'compression' is none that there is.")
    version = parameters.integer("lercVersion") or 1
    if version not in (1, 2):
        raise invalid("Parameter 'lercVersion' is neither 1 nor 2.")
    return ExportRequest(
        grid,
        extent,
        bands,
        _dtype(service, parameters),
        _no_data(parameters, options, len(bands)),
        _resampling(parameters, options),
        image_format,
        compression,
        max(parameters.number("compressionTolerance") or 0.0, 0.0),
        version,
    )


def check_size(width: int, height: int, options: ImageServerOptions) -> None:
    """Refuse an image of too many pixels, on a side or in all."""
    hidden = options.max_pixels is not None and width * height > options.max_pixels
    if width > options.max_image_width or height > options.max_image_height or hidden:
        raise invalid(TOO_LARGE)


def _frame(service: ImageService, parameters: Parameters) -> tuple[Extent, tuple[int, int]]:
    """The extent in the CRS of the image, grown until pixels are square unless that is not wanted, and the size."""
    source = read_spatial_reference(parameters.text("bboxSR"), "bboxSR") or service.crs
    text = parameters.text("bbox")
    extent = read_extent(text, source, "bbox") if text else service.extent
    if text.startswith("{"):
        source = extent.crs
    target = read_spatial_reference(parameters.text("imageSR"), "imageSR") or source
    if parameters.flag("validateExtent") and not service.extent.shape.covers(extent.to(service.crs).shape):
        raise invalid("The extent is not within the extent of the service.")  # the server's own text is unknown
    extent = extent.to(target)
    if not (extent.width > 0 and extent.height > 0):
        raise invalid("Parameter 'bbox' has no area.")
    size = parameters.integers("size") or list(_DEFAULT_SIZE)
    if len(size) != 2 or min(size) < 1:
        raise invalid("Parameter 'size' is no width and height.")
    width, height = size
    if parameters.flag("adjustAspectRatio", default=True):
        extent = grow(extent, width, height)
    return extent, (width, height)


def grow(extent: Extent, width: int, height: int) -> Extent:
    """The extent with square pixels, about the same centre, of which this one is a part."""
    across, down = extent.width / width, extent.height / height
    if math.isclose(across, down, rel_tol=1e-12):
        return extent
    pixel = max(across, down)
    x, y = (extent.xmin + extent.xmax) / 2, (extent.ymin + extent.ymax) / 2
    if across < pixel:
        return Extent(x - pixel * width / 2, extent.ymin, x + pixel * width / 2, extent.ymax, extent.crs)
    return Extent(extent.xmin, y - pixel * height / 2, extent.xmax, y + pixel * height / 2, extent.crs)


def check_rendering(parameters: Parameters) -> None:
    """Refuse rules of rendering, but the one that leaves pixels what they are."""
    rule = parameters.mapping("renderingRule")
    if rule.get("rasterFunction", "None") != "None" or set(rule) - {"rasterFunction", "rasterFunctionArguments"}:
        raise unsupported("rendering rules other than None")


def _bands(service: ImageService, parameters: Parameters) -> tuple[int, ...]:
    found = parameters.integers("bandIds")
    count = len(service.band_names)
    if found is None:
        return tuple(range(count))
    if not all(0 <= band < count for band in found):
        raise invalid(f"Parameter 'bandIds' names a band that is not there; there are {count}.")
    return tuple(found)


def _dtype(service: ImageService, parameters: Parameters) -> np.dtype[np.generic]:
    name = parameters.text("pixelType", "UNKNOWN").upper()
    if name == "UNKNOWN":
        return service.dtype
    if name not in DTYPES:
        raise unsupported(f"the pixel type '{name[:20]}'")
    return DTYPES[name]


def _no_data(parameters: Parameters, options: ImageServerOptions, count: int) -> NoData | None:
    text = parameters.text("noData")
    meaning = parameters.text("noDataInterpretation").lower()
    if meaning not in ("", "esrinodatamatchany", "esrinodatamatchall"):
        raise invalid("Parameter 'noDataInterpretation' is none that there is.")
    if not text:
        return None if options.no_data is None else NoData((options.no_data,) * count, every=False)
    values = [to_number(part.strip(), "noData") for part in text.split(",")]
    if len(values) not in (1, count):
        raise invalid(f"Parameter 'noData' is neither one number nor {count}.")
    every = meaning == "esrinodatamatchall" or (not meaning and len(values) > 1)
    return NoData(tuple(values * count if len(values) == 1 else values), every)


def _resampling(parameters: Parameters, options: ImageServerOptions) -> str:
    name = parameters.text("interpolation").lower()
    if not name:
        return options.resampling
    if name not in _INTERPOLATIONS:
        raise unsupported(f"the interpolation '{name[:50]}'")
    return _INTERPOLATIONS[name]
