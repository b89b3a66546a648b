"""The local Earth Engine itself: processor time of its process for a reply of 32 MiB, of each of the stand-ins.

From the request's first byte to the reply's last: pixels are computed, cast, encoded and sent. Every request asks for a
window of its own, so that nothing was computed before.
"""

from __future__ import annotations

import http.client
import itertools
import json
import math
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import shapely

from xee_lite.emulator.catalogue.standin import StandIns
from xee_lite.emulator.catalogue.standin.schema import dataset, dataset_ids
from xee_lite.emulator.geometry.coordinates import apply
from xee_lite.emulator.geometry.geometry import Geometry
from xee_lite.emulator.images.image import Image
from xee_lite.emulator.values.stored import Query

from ._service import SMALL

if TYPE_CHECKING:
    from xee_lite.emulator.catalogue.standin.schema import Dataset
    from xee_lite.emulator.images.image import Band

REPLY = 2**16 if SMALL else 2**25
"""Bytes of pixels."""
LIMIT = 48 * 2**20
"""As Earth Engine counts, one byte more for each value: 32 MiB of uint8 would be 64."""
WINDOWS = 1 if SMALL else 3
"""Requests of one image, of which the median is told."""
ASSETS = [name for name in dataset_ids() if dataset(name).tiling != "table"]
_SERVER = (
    "import sys; from xee_lite import emulator; earth = emulator.start(); print(earth.url, flush=True); "
    "sys.stdin.read(); earth.stop()"
)
_PREFERRED = ("B4", "B3", "B2", "B8")
"""Bands that are much used; of datasets without them the first that are not constant."""
_AMERICAN = {"USDA/NAIP/DOQQ"}


class StandIn:
    """Requests of one and of four bands."""

    params: ClassVar[list[list[Any]]] = [ASSETS[:2] if SMALL else ASSETS, [1, 4]]
    param_names: ClassVar[list[str]] = ["dataset", "bands"]
    unit = "s"

    def setup(self, name: str, count: int) -> None:
        """Start a server, and choose an image and its bands."""
        self.server = Server()
        self.image = image_of(name)
        self.bands = bands_of(dataset(name), self.image, count)

    def teardown(self, name: str, count: int) -> None:  # noqa: ARG002 - asv passes them
        """End the server."""
        self.server.stop()

    def track_cpu_seconds(self, name: str, count: int) -> float:  # noqa: ARG002 - as above
        """Processor time of a reply, the median of some windows."""
        return median(self.server.cost(body(self.image, self.bands, number)).seconds for number in range(WINDOWS))


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a reply.

    Attributes
    ----------
    seconds : float
        Of the processor.
    size : int
        Bytes.
    """

    seconds: float
    size: int


class Server:
    """A server process with the stand-ins."""

    def __init__(self) -> None:
        command = [sys.executable, "-c", _SERVER]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 - itself
        assert self._process.stdout is not None
        self._host = urlsplit(self._process.stdout.readline().strip()).netloc

    def cost(self, request: tuple[str, str]) -> Cost:
        """Ask for pixels."""
        connection = http.client.HTTPConnection(self._host)
        began = self._cpu()
        connection.request("POST", *request, {"Content-Type": "application/json"})
        reply = connection.getresponse()
        content = reply.read()
        seconds = self._cpu() - began
        connection.close()
        if reply.status != http.HTTPStatus.OK:
            raise RuntimeError(f"{request[0]}: {content[:300].decode()}")
        return Cost(seconds, len(content))

    def stop(self) -> None:
        """End the process."""
        self._process.communicate()

    def _cpu(self) -> float:
        """Seconds of processor time of all threads; the number of another process's clock is Linux's own rule."""
        return time.clock_gettime(~self._process.pid << 3 | 2)


def image_of(name: str) -> Image:
    """An image of a summer, in the Alps or in California."""
    found = StandIns().find(name)
    if isinstance(found, Image):
        return found
    about = dataset(name)
    summers = [(_ms(f"{year}-06-10"), _ms(f"{year}-09-01")) for year in (2020, 2022, 2019, 2005)]
    start, end = next((span for span in summers if about.start < span[0] and span[1] < about.end), (0, about.end))
    if about.tiling == "degrees" or about.cadence[1] == "year":
        start, end = about.start, about.end
    box = shapely.box(-121.05, 38, -121, 38.05) if name in _AMERICAN else shapely.box(5.1, 44.2, 5.2, 44.3)
    images = found.images(Query(start, end, Geometry(box)))  # type: ignore[union-attr] - no table was asked for
    return list(itertools.islice(images, 4))[-1]


def bands_of(about: Dataset, image: Image, count: int) -> list[Band]:
    """Some bands of one grid that are not constant, as many as there are."""
    fields = {band.name: band.field for band in about.bands}
    some = [band for band in image.bands if band.dimensions is not None and fields[band.name] != "constant"]
    some.sort(key=lambda band: _PREFERRED.index(band.name) if band.name in _PREFERRED else len(_PREFERRED))
    return [band for band in some if band.projection == some[0].projection][:count]


def body(image: Image, bands: list[Band], number: int) -> tuple[str, str]:
    """Path and body of a request for the n-th window; of a small raster for finer pixels than it has."""
    sizes = [band.type.dtype.itemsize for band in bands]
    pixels = min(REPLY // sum(sizes), LIMIT // sum(size + 1 for size in sizes))
    assert bands[0].dimensions is not None
    width, height = bands[0].dimensions
    finer = 1
    while width * height * finer**2 < 1.3 * pixels:
        finer *= 2
    width, height = width * finer, height * finer
    down = min(math.isqrt(pixels), height)
    across = min(pixels // down, width)
    a, b, c, d, e, f = bands[0].projection.transform
    affine = a / finer, b / finer, c, d / finer, e / finer, f
    at = 0.4 + 0.07 * number
    x, y = apply(affine, float(int((width - across) * at)), float(int((height - down) * at)))
    names = ("scaleX", "shearX", "translateX", "shearY", "scaleY", "translateY")
    grid = {
        "dimensions": {"width": across, "height": down},
        "affineTransform": dict(zip(names, (*affine[:2], x, *affine[3:5], y), strict=True)),
        "crsCode": bands[0].projection.crs,
    }
    path = f"/v1/projects/earthengine-public/assets/{image.id}:getPixels"
    return path, json.dumps({"fileFormat": "NPY", "grid": grid, "bandIds": [band.name for band in bands]})


def _ms(day: str) -> float:
    return datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000
