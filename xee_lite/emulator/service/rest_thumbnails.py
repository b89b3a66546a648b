"""Thumbnails and downloads: created with a POST, fetched with a plain GET."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..errors import EarthError
from ..evaluator.interpreter import evaluate
from ..images.image import Image
from ..scheduling import COMPUTE_SLOTS
from ..values.collection import Collection
from . import payload
from .encode import Encoded
from .image_grid import complete_grid, fit_grid
from .limits import check_dimensions, check_total
from .pictures import encode_animation, encode_filmstrip, paint_layers
from .pixel_request import PICTURES, THUMBNAIL_FIELDS, GridSpec, parse_format, parse_pixel_request
from .rest_pixels import (
    Sheet,
    describe_kind,
    plan_sheets,
    render_image,
    required_expression,
    required_image,
    select_bands,
)

if TYPE_CHECKING:
    from ..catalogue.assets import Catalogue
    from .call import Call
    from .payload import Json
    from .pictures import Bytes
    from .pixel_request import PixelRequest
    from .state import ServiceState

_DEFAULT_SIDE = 512
"""Pixels of the longer side of a thumbnail of no given size (guide to image visualization)."""
_FRAMES = 1000
"""Frames of an animation; what the service allows is unknown."""
_SEQUENCE_FIELDS = frozenset({"expression", "fileFormat", "grid", "visualizationOptions", "workloadTag"})
_VIDEO_FIELDS = _SEQUENCE_FIELDS | {"videoOptions"}
_FILMSTRIP_FIELDS = _SEQUENCE_FIELDS | {"orientation"}
_RATE = 10.0
"""Frames a second by default; the service's own default is unknown."""


def create_thumbnail(state: ServiceState, call: Call) -> Json:
    """Answer ``thumbnails.create``: errors of the request are raised here, as at the service."""
    body = call.body()
    plan_sheets(*_thumbnail(state.catalogue, body))
    return {"name": state.requests.add(f"{call.project}/thumbnails", body)}


def get_thumbnail(state: ServiceState, call: Call) -> Encoded:
    """Answer ``getPixels`` of thumbnails of all kinds."""
    catalogue, body = state.catalogue, state.requests[call.name]
    collection = call.name.split("/")[2]
    if collection == "videoThumbnails":
        return _encode_animated(catalogue, body)
    if collection == "filmstripThumbnails":
        return _strip(catalogue, body)
    return render_image(*_thumbnail(catalogue, body))


def create_video_thumbnail(state: ServiceState, call: Call) -> Json:
    """Answer ``videoThumbnails.create``."""
    body = call.body(*_VIDEO_FIELDS)
    _frame_rate(body)
    _Sequence.parse(state.catalogue, body)
    return {"name": state.requests.add(f"{call.project}/videoThumbnails", body)}


def create_filmstrip_thumbnail(state: ServiceState, call: Call) -> Json:
    """Answer ``filmstripThumbnails.create``."""
    body = call.body(*_FILMSTRIP_FIELDS)
    _vertical(body)
    _Sequence.parse(state.catalogue, body)
    return {"name": state.requests.add(f"{call.project}/filmstripThumbnails", body)}


def _thumbnail(catalogue: Catalogue, body: Json) -> tuple[Image, PixelRequest]:
    payload.message(body, "", THUMBNAIL_FIELDS)
    request = parse_pixel_request(body)
    image = required_image(catalogue, body)
    sized = request.grid != GridSpec() or "Image.clipToBoundsAndScale" in json.dumps(body["expression"])
    if request.file_format not in PICTURES or sized or not image.bands:
        return image, request
    grid = fit_grid(select_bands(image, request.band_ids)[0], _DEFAULT_SIDE)
    return image, replace(request, grid=GridSpec(grid.crs, grid.transform, (grid.width, grid.height)))


@dataclass(frozen=True, slots=True)
class _Sequence:
    """Images on one grid, that of the first: the frames of an animation."""

    sheets: list[Sheet]
    request: PixelRequest

    @classmethod
    def parse(cls, catalogue: Catalogue, body: Json) -> _Sequence:
        # A GIF is no ImageFileFormat, but what fileFormat says of animations.
        request = parse_pixel_request({name: value for name, value in body.items() if name != "fileFormat"})
        images = evaluate(required_expression(body), catalogue)
        if not isinstance(images, Collection):
            raise EarthError(f"The expression is no image collection but {describe_kind(images)}.")
        sheets: list[Sheet] = []
        for image in images:
            if not isinstance(image, Image) or not image.bands:
                raise EarthError("Every frame must be an image with bands.")
            if len(sheets) == _FRAMES:
                raise EarthError(f"There are more than {_FRAMES} frames.")
            grid = sheets[0].grid if sheets else complete_grid(request.grid, image.bands[0])
            sheets.append(Sheet(list(image.bands), grid))
        if not sheets:
            raise EarthError("The collection is empty, so there are no frames.")
        grid = sheets[0].grid
        check_dimensions(grid.width, grid.height)
        check_total(grid.width * grid.height * 4 * len(sheets))
        return cls(sheets, request)

    def frames(self) -> list[Bytes]:
        with COMPUTE_SLOTS.hold():
            return [paint_layers(sheet.layers(), self.request.visualization) for sheet in self.sheets]


def _encode_animated(catalogue: Catalogue, body: Json) -> Encoded:
    return Encoded(*encode_animation(_Sequence.parse(catalogue, body).frames(), _frame_rate(body)))


def _strip(catalogue: Catalogue, body: Json) -> Encoded:
    file_format = parse_format(payload.given(body, "fileFormat"))
    frames = _Sequence.parse(catalogue, body).frames()
    return Encoded(*encode_filmstrip(frames, file_format, vertical=_vertical(body)))


def _frame_rate(body: Json) -> float:
    name = payload.given(body, "fileFormat", "GIF")
    if name not in ("GIF", "AUTO_JPEG_PNG", "VIDEO_FILE_FORMAT_UNSPECIFIED"):  # the client sends the second for none
        raise EarthError("Animations are written as GIF only.")
    options = payload.message(
        body.get("videoOptions", {}), "videoOptions", frozenset({"framesPerSecond", "maxFrames", "maxPixelsPerFrame"})
    )
    rate = payload.real(payload.given(options, "framesPerSecond", _RATE), "videoOptions.framesPerSecond")
    if not 0.1 <= rate <= 120:  # documented of video exports
        raise EarthError(f"The frames per second must be from 0.1 to 120; found {rate:g}.")
    return rate


def _vertical(body: Json) -> bool:
    if parse_format(payload.given(body, "fileFormat")) not in PICTURES:
        raise EarthError(f"A filmstrip is a picture: ask for one of {', '.join(sorted(PICTURES))}.")
    orientation = payload.given(body, "orientation", "HORIZONTAL")
    if orientation not in ("HORIZONTAL", "VERTICAL"):
        raise EarthError("Invalid value at 'orientation'; it is HORIZONTAL or VERTICAL.")
    return bool(orientation == "VERTICAL")
