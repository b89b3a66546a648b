"""What the tests of the local Image Server serve, and how they ask for it."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

import numpy as np
import rasterio
from rasterio.io import MemoryFile

from xee_lite import emulator

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from xee_lite.emulator.images.image import Image

CRS = 32631
WEST, NORTH, PIXEL = 400_000.0, 4_600_000.0, 10.0
SHAPE = (40, 50)
"""Rows and columns of a scene."""
SHIFT = 20
"""Columns that each scene lies further east than the one before."""
START, DAY = 1_577_836_800_000, 86_400_000
OWN = "projects/xee-lite/assets"
SERIES, ONE, DEGREES = f"{OWN}/folder/series", f"{OWN}/one", f"{OWN}/degrees"


def scene(number: int, band: int, dtype: str = "u2") -> np.ma.MaskedArray[Any, Any]:
    """The pixels of a band of a scene: nearly all different, a tenth of them missing."""
    rng = np.random.default_rng(10 * number + band)
    values = rng.integers(1, 60_000, SHAPE).astype(dtype)
    return np.ma.array(values, mask=rng.random(SHAPE) < 0.1)


def image(number: int, **properties: Any) -> Image:
    return emulator.memory_image(
        {"red": scene(number, 0), "nir": scene(number, 1)},
        crs=f"EPSG:{CRS}",
        transform=[PIXEL, 0, WEST + number * SHIFT * PIXEL, 0, -PIXEL, NORTH],
        properties={"system:index": f"i{number}", "system:time_start": START + number * DAY, **properties},
    )


def assets() -> dict[str, Image | emulator.MemoryCollection]:
    scenes = [image(number, cloud=number * 12.5, sat="ab"[number % 2]) for number in range(3)]
    degrees = emulator.memory_image(
        {"b": scene(7, 0, "f4")}, crs="EPSG:4326", transform=[0.001, 0, 1.8, 0, -0.001, 41.6]
    )
    return {SERIES: emulator.memory_collection(scenes), ONE: image(0), DEGREES: degrees}


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    content_type: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> tuple[int, str]:
        """Code and first detail, or the message where there is none."""
        error = self.json["error"]
        return error["code"], (error["details"] or [error["message"]])[0]


@dataclass(frozen=True)
class Service:
    """Asks one service."""

    url: str

    def get(self, path: str = "", **parameters: Any) -> Reply:
        """Ask with a query; ``headers`` is no parameter."""
        headers = parameters.pop("headers", None)
        values = {key: _text(value) for key, value in {"f": "json", **parameters}.items()}
        return self.send("GET", f"{urlsplit(self.url).path}{path}?{urlencode(values, quote_via=quote)}", None, headers)

    def post(self, path: str = "", **parameters: Any) -> Reply:
        """Ask with a form."""
        form = urlencode({key: _text(value) for key, value in {"f": "json", **parameters}.items()})
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return self.send("POST", f"{urlsplit(self.url).path}{path}", form, kind)

    def send(self, verb: str, path: str, body: str | None, headers: Mapping[str, str] | None = None) -> Reply:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        try:
            connection.request(verb, path, body, dict(headers or {}))
            reply = connection.getresponse()
            return Reply(reply.status, reply.read(), reply.headers.get("content-type", ""))
        finally:
            connection.close()

    def export(self, cols: tuple[int, int], rows: tuple[int, int], **parameters: Any) -> Reply:
        """Whole pixels of the service's own grid, half open ranges of columns and rows from its upper left corner."""
        bbox = (WEST + cols[0] * PIXEL, NORTH - rows[1] * PIXEL, WEST + cols[1] * PIXEL, NORTH - rows[0] * PIXEL)
        given = {
            "bbox": ",".join(map(repr, bbox)),
            "size": f"{cols[1] - cols[0]},{rows[1] - rows[0]}",
            "format": "tiff",
            "f": "image",
            "adjustAspectRatio": "false",
            "interpolation": "RSP_NearestNeighbor",
        }
        return self.get("/exportImage", **{**given, **parameters})


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, (dict, list)) else str(value)


def service(earth: emulator.Emulator, asset: str) -> Service:
    return Service(earth.image_server_url(asset))


def opened(reply: Reply) -> tuple[npt.NDArray[Any], Any]:
    """The pixels of a TIFF as they are stored, and what the file says of them."""
    assert reply.body[:4] == b"II*\0", reply.body[:300]
    with MemoryFile(reply.body) as file, file.open() as dataset:
        return dataset.read(), dataset.profile


def lock(*numbers: int) -> dict[str, Any]:
    return {"mosaicMethod": "esriMosaicLockRaster", "lockRasterIds": list(numbers)}


def mosaic(order: list[int], band: int, *, last: bool = False) -> np.ma.MaskedArray[Any, Any]:
    """The scenes joined on the grid of the collection: the first valid pixel wins, or the last one."""
    out = np.ma.array(np.zeros((SHAPE[0], SHAPE[1] + 2 * SHIFT), "u2"), mask=True)
    for number in order if last else order[::-1]:
        here = out[:, number * SHIFT : number * SHIFT + SHAPE[1]]
        pixels = scene(number, band)
        here[~pixels.mask] = pixels[~pixels.mask]
    return out


def rasterio_read(path: Any) -> tuple[np.ma.MaskedArray[Any, Any], Any]:
    with rasterio.open(path) as dataset:
        return dataset.read(masked=True), dataset.profile
