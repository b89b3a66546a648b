"""Parsing of computePixels and getPixels bodies, before anything is computed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from ..errors import EarthError
from ..types import parse_crs
from . import payload
from .limits import check_dimensions
from .visualize import Visualization

if TYPE_CHECKING:
    from ..types import Transform
    from .payload import Json

_SHARED = frozenset({"bandIds", "fileFormat", "grid", "visualizationOptions", "workloadTag"})
THUMBNAIL_FIELDS = _SHARED | {"expression", "filenamePrefix"}
"""Fields of a Thumbnail."""
COMPUTE_FIELDS = _SHARED | {"expression"}
"""Fields of a ComputePixelsRequest."""
GET_FIELDS = _SHARED | {"region"}
"""Fields of a GetPixelsRequest."""
_AFFINE = ("scaleX", "shearX", "translateX", "shearY", "scaleY", "translateY")


class FileFormat(StrEnum):
    """The formats that pixels are served in."""

    NPY = "NPY"
    GEO_TIFF = "GEO_TIFF"
    PNG = "PNG"
    JPEG = "JPEG"
    AUTO_JPEG_PNG = "AUTO_JPEG_PNG"
    ZIPPED_GEO_TIFF = "ZIPPED_GEO_TIFF"
    ZIPPED_GEO_TIFF_PER_BAND = "ZIPPED_GEO_TIFF_PER_BAND"


PICTURES = frozenset({FileFormat.PNG, FileFormat.JPEG, FileFormat.AUTO_JPEG_PNG})
_ELSEWHERE = {
    "TF_RECORD_IMAGE": "is for exports only",  # REST reference, ImageFileFormat
    "MULTI_BAND_IMAGE_TILE": "is not implemented here",
}
"""Formats of the API that pixels are not served in."""


@dataclass(frozen=True, slots=True)
class GridSpec:
    """A PixelGrid as it was sent: each part may be absent.

    Attributes
    ----------
    crs : str, optional
        Code or WKT; absent is the image's own.
    transform : Transform, optional
        Absent is the image's own, or what fits ``dimensions``.
    dimensions : (width, height), optional
        Absent is what covers the image.
    """

    crs: str | None = None
    transform: Transform | None = None
    dimensions: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class PixelRequest:
    """A request for pixels.

    Attributes
    ----------
    grid : GridSpec
    band_ids : tuple of str
        Bands in this order; none is all of them.
    file_format : FileFormat
    region : dict, optional
        GeoJSON whose bounding box is wanted.
    visualization : Visualization, optional
    filename_prefix : str
        What the names of zipped files begin with; empty is the service's choice.
    """

    grid: GridSpec = field(default_factory=GridSpec)
    band_ids: tuple[str, ...] = ()
    file_format: FileFormat = FileFormat.AUTO_JPEG_PNG
    region: Json | None = None
    visualization: Visualization | None = None
    filename_prefix: str = ""


def parse_pixel_request(body: Json) -> PixelRequest:
    """Read a request whose field names were checked already.

    Raises
    ------
    EarthError
        If a value has the wrong type or makes no grid.
    """
    bands = payload.texts(payload.given(body, "bandIds", []), "bandIds")
    repeated = [name for index, name in enumerate(bands) if name in bands[:index]]
    if repeated:
        raise EarthError(f"Band '{repeated[0]}' is asked for more than once in 'bandIds'.")
    payload.text(payload.given(body, "workloadTag", ""), "workloadTag")
    region = payload.given_message(body, "region")
    options = body.get("visualizationOptions")
    return PixelRequest(
        grid=parse_grid(payload.given_message(body, "grid")),
        band_ids=bands,
        file_format=parse_format(payload.given(body, "fileFormat")),
        region=None if region is None else payload.message(region, "region"),
        visualization=None if options in (None, {}) else Visualization.parse(options),
        filename_prefix=payload.text(payload.given(body, "filenamePrefix", ""), "filenamePrefix"),
    )


def parse_format(value: object) -> FileFormat:
    """Read an ImageFileFormat; none is the one that suits pictures."""
    if value in (None, "IMAGE_FILE_FORMAT_UNSPECIFIED"):
        return FileFormat.AUTO_JPEG_PNG
    name = payload.text(value, "fileFormat")
    if name in _ELSEWHERE:
        raise EarthError(f"File format {name} {_ELSEWHERE[name]}; ask for one of {', '.join(FileFormat)}.")
    try:
        return FileFormat(name)
    except ValueError:
        raise payload.make_enum_error(name, "ImageFileFormat", "file_format") from None


def parse_grid(value: object) -> GridSpec:
    """Read a PixelGrid, of which any part may be absent."""
    if value is None:
        return GridSpec()
    grid = payload.message(value, "grid", frozenset({"dimensions", "affineTransform", "crsCode", "crsWkt"}))
    return GridSpec(
        _crs(grid),
        _transform(payload.given_message(grid, "affineTransform")),
        _dimensions(payload.given_message(grid, "dimensions")),
    )


def _crs(grid: Json) -> str | None:
    if payload.given(grid, "crsCode") and payload.given(grid, "crsWkt"):
        raise EarthError("A grid has either 'crsCode' or 'crsWkt', not both.")
    for name in ("crsCode", "crsWkt"):
        if payload.given(grid, name):
            text = payload.text(grid[name], f"grid.{name}")
            if ("[" in text) != (name == "crsWkt"):
                raise EarthError(f"The CRS of a map projection could not be parsed: '{text[:200]}'.")
            parse_crs(text)
            return text
    return None


def _transform(value: object) -> Transform | None:
    if value is None:
        return None
    affine = payload.message(value, "grid.affineTransform", frozenset(_AFFINE))
    a, b, c, d, e, f = (
        payload.real(payload.given(affine, name, 0), f"grid.affineTransform.{name}") for name in _AFFINE
    )
    if a * e - b * d == 0:
        raise EarthError(f"The affine transform of the grid can not be inverted: {[a, b, c, d, e, f]}.")
    return a, b, c, d, e, f


def _dimensions(value: object) -> tuple[int, int] | None:
    if value is None:
        return None
    sizes = payload.message(value, "grid.dimensions", frozenset({"width", "height"}))
    width, height = (
        payload.integer(payload.given(sizes, name, 0), f"grid.dimensions.{name}") for name in ("width", "height")
    )
    check_dimensions(width, height)
    return width, height
