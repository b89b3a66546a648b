"""Pixels: computePixels and getPixels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .. import request_limits
from ..errors import EarthError
from ..evaluator.interpreter import evaluate
from ..images.image import Image, Sampler
from ..scheduling import COMPUTE_SLOTS
from . import payload
from .encode import encode, encode_geo_tiff, zip_files
from .image_grid import complete_grid
from .layer import Layer
from .limits import check_bands, check_total, request_bytes
from .pixel_request import COMPUTE_FIELDS, GET_FIELDS, FileFormat, parse_pixel_request
from .rest_assets import find_asset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..catalogue.assets import Catalogue
    from ..images.image import Band
    from ..types import PixelGrid
    from .call import Call
    from .encode import Encoded
    from .payload import Json
    from .pixel_request import PixelRequest
    from .state import ServiceState


def compute_pixels(state: ServiceState, call: Call) -> Encoded:
    """Answer ``image:computePixels``."""
    body = call.body(*COMPUTE_FIELDS)
    request = parse_pixel_request(body)
    if request.file_format is FileFormat.ZIPPED_GEO_TIFF_PER_BAND:  # REST reference, ImageFileFormat
        raise EarthError("File format ZIPPED_GEO_TIFF_PER_BAND is for thumbnails only.")
    return render_image(required_image(state.catalogue, body), request, junk=state.junk_under_masks)


def get_pixels(state: ServiceState, call: Call) -> Encoded:
    """Answer ``assets.getPixels``."""
    request_limits.start()
    request = parse_pixel_request(call.body(*GET_FIELDS))
    if request.file_format is FileFormat.ZIPPED_GEO_TIFF_PER_BAND:
        raise EarthError("File format ZIPPED_GEO_TIFF_PER_BAND is for thumbnails only.")
    image = find_asset(state.catalogue, call.name)
    if not isinstance(image, Image):
        raise EarthError(f"Asset '{call.name[:500]}' is not an image, so it has no pixels.")
    return render_image(image, request, junk=state.junk_under_masks)


def required_expression(body: Json) -> Json:
    """The expression of a body."""
    if "expression" not in body:
        raise EarthError("The request has no 'expression'.")
    return payload.message(body["expression"], "expression")


def required_image(catalogue: Catalogue, body: Json) -> Image:
    """The image that a body's expression evaluates to."""
    image = evaluate(required_expression(body), catalogue)
    if not isinstance(image, Image):
        raise EarthError(f"The expression is no image but {describe_kind(image)}, so it has no pixels.")
    return image


@dataclass(frozen=True, slots=True)
class Sheet:
    """Bands on one grid: what becomes one file.

    Attributes
    ----------
    bands : list of Band
    grid : PixelGrid
    """

    bands: list[Band]
    grid: PixelGrid

    def layers(self, sampler: Sampler | None = None) -> list[Layer]:
        """Compute the pixels."""
        sampler = sampler or Sampler(self.grid)
        return [Layer(band.name, band.type.dtype, sampler(band), band.type.wide) for band in self.bands]


def plan_sheets(image: Image, request: PixelRequest) -> list[Sheet]:
    """Choose the bands and grids of a request's files, and check them against the limits; no pixel is computed."""
    bands = select_bands(image, request.band_ids)
    check_bands(len(bands))
    apart = request.file_format is FileFormat.ZIPPED_GEO_TIFF_PER_BAND
    groups = [[band] for band in bands] if apart else [bands]
    sheets = [Sheet(group, complete_grid(request.grid, group[0], request.region)) for group in groups]
    for band in bands:
        if band.type.dimensions:
            raise EarthError(f"Band '{band.name}' holds arrays; pixels are served of scalar bands only.")
    check_total(
        sum(
            request_bytes(sheet.grid.width, sheet.grid.height, (band.type.dtype for band in sheet.bands))
            for sheet in sheets
        )
    )
    return sheets


def render_image(image: Image, request: PixelRequest, *, junk: bool = False) -> Encoded:
    """Check an image's request against the limits, then compute its pixels and write them; `junk` as in `encode`."""
    sheets = plan_sheets(image, request)
    values = sum(sheet.grid.width * sheet.grid.height * len(sheet.bands) for sheet in sheets)
    with COMPUTE_SLOTS.hold(values):
        if request.file_format in (FileFormat.ZIPPED_GEO_TIFF, FileFormat.ZIPPED_GEO_TIFF_PER_BAND):
            encoded = zip_files(_files(sheets, _prefix(image, request), request.file_format))
        else:
            (sheet,) = sheets
            encoded = encode(sheet.layers(), sheet.grid, request.file_format, request.visualization, junk=junk)
    return replace(encoded, values=values)


def _files(sheets: list[Sheet], prefix: str, file_format: FileFormat) -> Iterator[tuple[str, bytes]]:
    """GeoTIFFs with their names: ``prefix.band.tif`` of one band (as public downloads are), ``prefix.tif`` of all.

    The name of the latter at the service is unknown.
    """
    for sheet in sheets:
        band = f".{sheet.bands[0].name}" if file_format is FileFormat.ZIPPED_GEO_TIFF_PER_BAND else ""
        yield f"{prefix}{band}.tif", encode_geo_tiff(sheet.layers(), sheet.grid)


def _prefix(image: Image, request: PixelRequest) -> str:
    """The name asked for, else that of a stored image, else ``download``; never a path."""
    name = request.filename_prefix or (image.id or "download").rpartition("/")[2]
    return name.replace("/", "_").replace("\\", "_")


def select_bands(image: Image, names: tuple[str, ...]) -> list[Band]:
    """Bands by their names, in that order; all where there are no names."""
    if not names:
        return list(image.bands)
    by_name = {band.name: band for band in image.bands}
    for name in names:
        if name not in by_name:
            raise EarthError(
                f"Image.select: Band pattern '{name}' did not match any bands. Available bands: "
                f"[{', '.join(image.names)}]"
            )
    return [by_name[name] for name in names]


def describe_kind(value: Any) -> str:  # noqa: ANN401 - whatever the expression computed
    """What a value is, for a sentence."""
    return "null" if value is None else f"of type {type(value).__name__}"
