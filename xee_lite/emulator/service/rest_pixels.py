"""The pixels part of the REST surface: computePixels and getPixels."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..errors import EarthError
from ..evaluator.graph import evaluate
from ..pixels.image import Image, Sampler
from . import payload
from .encode import Layer, encode
from .image_grid import complete
from .limits import check_bands, check_bytes
from .pixel_request import COMPUTE_FIELDS, GET_FIELDS, parse_pixel_request
from .rest_assets import find_asset

if TYPE_CHECKING:
    from ..catalogue.assets import Catalogue
    from ..pixels.image import Band
    from .encode import Encoded
    from .payload import Json
    from .pixel_request import PixelRequest


def compute_pixels(catalogue: Catalogue, body: Json) -> Encoded:
    """Answer ``image:computePixels``."""
    payload.message(body, "", COMPUTE_FIELDS)
    request = parse_pixel_request(body)
    image = evaluate(required_expression(body), catalogue)
    if not isinstance(image, Image):
        raise EarthError(f"The expression is no image but {_kind(image)}, so it has no pixels.")
    return render(image, request)


def get_pixels(catalogue: Catalogue, name: str, body: Json) -> Encoded:
    """Answer ``assets.getPixels``."""
    payload.message(body, "", GET_FIELDS)
    request = parse_pixel_request(body)
    image = find_asset(catalogue, name)
    if not isinstance(image, Image):
        raise EarthError(f"Asset '{name[:500]}' is not an image, so it has no pixels.")
    return render(image, request)


def required_expression(body: Json) -> Json:
    """The expression of a body."""
    if "expression" not in body:
        raise EarthError("The request has no 'expression'.")
    return payload.message(body["expression"], "expression")


def render(image: Image, request: PixelRequest) -> Encoded:
    """Check an image's request against the limits, then compute its pixels and write them."""
    bands = _selected(image, request.band_ids)
    check_bands(len(bands))
    grid = complete(request.grid, bands[0], request.region)
    for band in bands:
        if band.type.dimensions:
            raise EarthError(f"Band '{band.name}' holds arrays; pixels are served of scalar bands only.")
    check_bytes(grid.width, grid.height, (band.type.dtype for band in bands))
    sampler = Sampler(grid)
    layers = [Layer(band.name, band.type.dtype, sampler(band)) for band in bands]
    encoded = encode(layers, grid, request.file_format, request.visualization)
    return replace(encoded, values=grid.width * grid.height * len(bands))


def _selected(image: Image, names: tuple[str, ...]) -> list[Band]:
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


def _kind(value: Any) -> str:  # noqa: ANN401 - whatever the expression computed
    return "null" if value is None else f"of type {type(value).__name__}"
