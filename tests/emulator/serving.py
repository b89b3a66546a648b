"""Talking to a running emulator: plain HTTP, the official client, and the files that it serves."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import ee
import rasterio
from rasterio.crs import CRS
from rasterio.enums import ColorInterp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from rasterio.transform import Affine

    from xee_lite import emulator


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    body: bytes
    content_type: str
    profile: str | None = None

    @property
    def json(self) -> Any:
        """Body as JSON."""
        return json.loads(self.body)

    @property
    def message(self) -> str:
        """Text of an error."""
        text: str = self.json["error"]["message"]
        return text


PROFILE = "x-earth-engine-computation-profile"
"""Header with the id of a computation's profile."""
Ask = Callable[..., Reply]


def asking(url: str) -> Ask:
    """Plain HTTP requests to a server: ``ask(method, path, body, headers)``."""

    def ask(method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Reply:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        data = json.dumps(body) if isinstance(body, (dict, list)) else body
        try:
            connection.request(method, path, data, headers or {})
            reply = connection.getresponse()
            return Reply(reply.status, reply.read(), reply.headers.get("content-type", ""), reply.headers.get(PROFILE))
        finally:
            connection.close()

    return ask


@contextmanager
def official_client(server: emulator.Emulator) -> Iterator[None]:
    """The official client on a server, without its retries."""
    server.initialize()
    ee.data.setMaxRetries(0)
    yield
    ee.Reset()


def write_raster(path: Path, data: np.ndarray[Any, Any], crs: str, transform: Affine, **profile: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    count, height, width = data.shape
    alpha = profile.pop("alpha", False)
    names = profile.pop("names", ())
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        count=count,
        height=height,
        width=width,
        dtype=data.dtype,
        crs=CRS.from_user_input(crs),
        transform=transform,
        **profile,
    ) as dataset:
        dataset.write(data)
        for number, name in enumerate(names, start=1):
            dataset.set_band_description(number, name)
        if alpha:
            dataset.colorinterp = [*dataset.colorinterp[:-1], ColorInterp.alpha]


def stac_item(stem: str, day: int, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": stem,
        "geometry": {"type": "Point", "coordinates": [5, 44]},
        "bbox": [5, 44, 5, 44],
        "properties": {"datetime": f"2020-01-{day:02d}T00:00:00Z", **properties},
        "links": [],
        "assets": {"data": {"href": f"./{stem}.tif", "eo:bands": [{"name": "warm"}, {"name": "cold"}]}},
    }
