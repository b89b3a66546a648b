"""Map tiles: an image in the Web Mercator pyramid of 256 pixels a tile."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import EarthError
from ..images.arrays import first_elements
from .pixel_request import PICTURES, parse_pixel_request
from .rest_pixels import render_image, required_image, select_bands

if TYPE_CHECKING:
    from .call import Call
    from .encode import Encoded
    from .payload import Json
    from .state import ServiceState

SIDE = 256
"""Pixels of a tile (``ee.data.getMapId``)."""
HALF = math.pi * 6378137.0
"""Metres from the centre of EPSG:3857's square to its edge."""
_DEEPEST = 24
"""Zoom levels beyond it are refused; what the service does is unknown."""
_FIELDS = frozenset({"expression", "fileFormat", "bandIds", "visualizationOptions", "workloadTag"})


def create_map(state: ServiceState, call: Call) -> Json:
    """Answer ``maps.create``."""
    body = call.body(*_FIELDS)
    request = parse_pixel_request(body)
    if request.file_format not in PICTURES:
        raise EarthError(f"Map tiles are pictures: ask for one of {', '.join(sorted(PICTURES))}.")
    select_bands(required_image(state.catalogue, body), request.band_ids)
    return {"name": state.requests.add(f"{call.project}/maps", body)}


def get_tile(state: ServiceState, call: Call) -> Encoded:
    """Answer ``maps.tiles.get``."""
    body = state.requests[call.name]
    zoom, x, y = (_number(call.path[key]) for key in ("zoom", "x", "y"))
    image = required_image(state.catalogue, body)
    shown = replace(image, bands=tuple(first_elements(band) for band in image.bands))
    return render_image(shown, parse_pixel_request({**body, "grid": tile_grid(zoom, x, y)}))


def tile_grid(zoom: int, x: int, y: int) -> Json:
    """The PixelGrid of a tile; columns go around the Earth."""
    across = 2**zoom if 0 <= zoom <= _DEEPEST else 0
    if not 0 <= y < across:
        raise EarthError(f"There is no tile {zoom}/{x}/{y}: zoom is from 0 to {_DEEPEST}, y from 0 to 2**zoom - 1.")
    metres = 2 * HALF / across
    pixel = metres / SIDE
    return {
        "crsCode": "EPSG:3857",
        "dimensions": {"width": SIDE, "height": SIDE},
        "affineTransform": {
            "scaleX": pixel,
            "translateX": x % across * metres - HALF,
            "scaleY": -pixel,
            "translateY": HALF - y * metres,
        },
    }


def _number(text: str) -> int:
    if re.fullmatch(r"-?[0-9]{1,12}", text) is None:
        raise EarthError(f"'{text[:50]}' is no number of a tile.")
    return int(text)
