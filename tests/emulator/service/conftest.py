"""A running emulator over a folder of rasters, and plain HTTP to talk to it."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import ee
import numpy as np
import pytest
import rasterio
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from rasterio.transform import Affine

from xee_lite import emulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from xee_lite.emulator.images.image import Image

PROJECT = "xee-lite"
SERIES_START = 1577836800000
"""2020-01-01 in ms of Unix time."""


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    body: bytes
    content_type: str

    @property
    def json(self) -> Any:
        """Body as JSON."""
        return json.loads(self.body)

    @property
    def message(self) -> str:
        """Text of an error."""
        text: str = self.json["error"]["message"]
        return text


Ask = Callable[..., Reply]


def asking(url: str) -> Ask:
    """Plain HTTP requests to a server: ``ask(method, path, body, headers)``."""

    def ask(method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Reply:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        data = json.dumps(body) if isinstance(body, (dict, list)) else body
        try:
            connection.request(method, path, data, headers or {})
            reply = connection.getresponse()
            return Reply(reply.status, reply.read(), reply.headers.get("content-type", ""))
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


def _write(path: Path, data: np.ndarray[Any, Any], crs: str, transform: Affine, **profile: Any) -> None:
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


def _item(stem: str, day: int, **properties: Any) -> dict[str, Any]:
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


@pytest.fixture(scope="session")
def rasters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an image in degrees, one in metres with alpha, one rotated, and a collection with STAC Items."""
    root = tmp_path_factory.mktemp("rasters") / "data"
    random = np.random.default_rng(7)
    dem = random.integers(-100, 4000, (1, 120, 200)).astype("int16")
    dem[0, 40:60, 50:70] = -999
    _write(root / "dem.tif", dem, "EPSG:4326", Affine(0.01, 0, 4.0, 0, -0.01, 45.0), nodata=-999, names=["elevation"])
    rgb = random.integers(0, 256, (4, 90, 110)).astype("uint8")
    rgb[3] = np.where(rgb[3] > 100, 255, 0)
    _write(root / "photo.tif", rgb, "EPSG:32631", Affine(20, 0, 600000, 0, -20, 4900000), alpha=True)
    laea = "+proj=laea +lat_0=52 +lon_0=10 +x_0=4321000 +y_0=3210000 +a=6378388 +b=6356912 +units=m"
    rotated = Affine(93.97, 34.2, 4000000, 34.2, -93.97, 3000000)
    _write(root / "rotated.tiff", random.random((1, 30, 40), "float32"), laea, rotated)
    for day in (1, 2, 3):
        values = random.random((2, 50, 60), "float32")
        values[0, :10] = np.nan
        path = root / "series" / f"d{day}.tif"
        _write(path, values, "EPSG:3035", Affine(1000, 0, 4e6, 0, -1000, 3e6), nodata=np.nan, names=["x", "y"])
        item = _item(path.stem, day, cloud=day * 10, platform="s1", flags=["a"], ok=True)
        path.with_suffix(".json").write_text(json.dumps(item))
    return root


@pytest.fixture(scope="session")
def small() -> emulator.MemoryCollection:
    """Three images in memory of 3 by 4 pixels, a day apart."""
    images = [
        emulator.memory_image(
            {"a": np.arange(12, dtype="uint16").reshape(3, 4) + 100 * day},
            crs="EPSG:32631",
            transform=[10, 0, 500000, 0, -10, 4000000],
            properties={"system:index": f"day{day}", "system:time_start": SERIES_START + 86400000 * day, "day": day},
        )
        for day in range(3)
    ]
    return emulator.memory_collection(images, {"title": "small"})


@pytest.fixture(scope="session")
def earth(rasters: Path, small: emulator.MemoryCollection) -> Iterator[emulator.Emulator]:
    """A running emulator."""
    values = np.arange(12, dtype="uint8").reshape(3, 4)
    one = emulator.memory_image(
        {
            "one": values,
            "two": np.ma.masked_less(values.astype("float32"), 3),
            "three": values[::-1].astype("int16") - 5,
        },
        crs="EPSG:32631",
        transform=[10, 0, 500000, 0, -10, 4000000],
        properties={"answer": 42, "system:time_start": SERIES_START},
    )
    wide = emulator.memory_image(
        {"wide": np.broadcast_to(np.uint8(7), (40000, 40000))}, crs="EPSG:4326", transform=[1e-3, 0, 0, 0, -1e-3, 40]
    )
    many = emulator.memory_image(
        {f"b{number}": np.zeros((2, 2), "uint8") for number in range(1025)},
        crs="EPSG:4326",
        transform=[1, 0, 0, 0, -1, 2],
    )
    own = f"projects/{PROJECT}/assets"
    assets: dict[str, Image | emulator.MemoryCollection] = {
        f"{own}/one": one,
        f"{own}/wide": wide,
        f"{own}/many": many,
        f"{own}/folder/small": small,
    }
    with emulator.start(data=rasters, project=PROJECT, assets=assets) as running:
        yield running


@pytest.fixture(scope="session")
def ask(earth: emulator.Emulator) -> Ask:
    """Plain HTTP to the emulator."""
    return asking(earth.url)


@pytest.fixture(scope="module")
def client(earth: emulator.Emulator) -> Iterator[None]:
    """The official client on the emulator."""
    with official_client(earth):
        yield
