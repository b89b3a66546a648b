"""Fixtures: ee objects evaluated in process, without a server; and a running server over a folder of rasters."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
from ee.apitestcase import ApiTestCase
from rasterio.transform import Affine
from shapely.geometry import box

from tests.emulator.evaluating import DAY
from tests.emulator.serving import asking, official_client, stac_item, write_raster
from xee_lite import emulator
from xee_lite.emulator.catalogue.assets import Folder
from xee_lite.emulator.evaluator.describe import describe
from xee_lite.emulator.evaluator.interpreter import evaluate
from xee_lite.emulator.geometry.geometry import Geometry
from xee_lite.emulator.images.image import Band, Image, Pixels, Sampler
from xee_lite.emulator.types import UINT16, PixelGrid, Projection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.emulator.serving import Ask
    from xee_lite.emulator.values.stored import Query, StoredCollection

PROJECT = "xee-lite"
SERIES_START = 1577836800000
"""2020-01-01 in ms of Unix time."""


def scene(day: int) -> Image:
    """A stored image of one band, a degree wide, a day and a degree further east with each."""

    def compute(sampler: Sampler) -> Pixels:
        shape = sampler.grid.height, sampler.grid.width
        return Pixels(np.full(shape, day, np.uint16), np.ones(shape, np.float32))

    footprint = Geometry(box(day % 360, 0, day % 360 + 1, 1), geodesic=False)
    projection = Projection("EPSG:4326", (0.1, 0.0, float(day % 360), 0.0, -0.1, 1.0))
    band = Band("B1", UINT16, projection, compute, (10, 10), footprint=footprint)
    properties: dict[str, Any] = {
        "system:index": f"{day:06d}",
        "system:time_start": day * DAY,
        "system:footprint": footprint,
        "CLOUDS": (day * 37) % 100,
    }
    return Image((band,), properties, id=f"TEST/DAILY/{day:06d}", version=1_700_000_000_000_000)


@dataclass
class Daily:
    """A stored collection of one scene a day, without an end; it keeps a record of what it was asked for."""

    id: str = "TEST/DAILY"
    version: int = 1_700_000_000_000_001
    properties: dict[str, Any] = field(default_factory=lambda: {"title": "Daily scenes"})
    days: int | None = None
    queries: list[Query] = field(default_factory=list)
    made: int = 0

    def images(self, query: Query) -> Iterator[Image]:
        """Every scene that the query's span of time leaves."""
        self.queries.append(query)
        day = 0 if query.start is None else max(int(query.start // DAY), 0)
        while self.days is None or day < self.days:
            if query.end is not None and day * DAY >= query.end:
                return
            self.made += 1
            yield scene(day)
            day += 1

    def image(self, index: str) -> Image | None:
        """The scene of one index."""
        return scene(int(index))


class FakeCatalogue:
    """Two collections, one image and a folder."""

    def __init__(self) -> None:
        self.daily = Daily()
        self.week = Daily(id="TEST/WEEK", days=7)

    def find(self, asset_id: str) -> Image | StoredCollection | Folder | None:
        """The asset of that id, or None."""
        assets: dict[str, Image | StoredCollection | Folder] = {
            "TEST": Folder("TEST", ("TEST/DAILY", "TEST/WEEK")),
            "TEST/DAILY": self.daily,
            "TEST/WEEK": self.week,
            "TEST/DAILY/000003": scene(3),
        }
        return assets.get(asset_id)


@pytest.fixture(scope="module")
def offline() -> Iterator[None]:
    """The client knows the algorithms that it ships with, and no server."""
    install = ee.data._install_cloud_api_resource
    case = ApiTestCase()
    case.setUp()
    yield
    case.tearDown()
    ee.data._install_cloud_api_resource = install
    ee.Reset()


@pytest.fixture
def catalogue() -> FakeCatalogue:
    return FakeCatalogue()


@pytest.fixture
def value_of(offline: None, catalogue: FakeCatalogue) -> Callable[[Any], Any]:
    """Evaluate an ee object to a value of the emulator."""
    assert offline is None

    def compute(obj: Any) -> Any:
        return evaluate(ee.serializer.encode(obj, for_cloud_api=True), catalogue)

    return compute


@pytest.fixture
def info(value_of: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Evaluate an ee object to what getInfo gives."""
    return lambda obj: describe(value_of(obj))


@pytest.fixture
def pixels(value_of: Callable[[Any], Any]) -> Callable[[Any, PixelGrid], dict[str, np.ma.MaskedArray[Any, Any]]]:
    """Evaluate an ee image and sample its bands on a grid; masked where their mask is 0."""

    def compute(obj: Any, grid: PixelGrid) -> dict[str, np.ma.MaskedArray[Any, Any]]:
        image, sampler = value_of(obj), Sampler(grid)
        found = {band.name: sampler(band) for band in image.bands}
        return {name: np.ma.MaskedArray(one.values, one.mask == 0) for name, one in found.items()}

    return compute


@pytest.fixture(scope="session")
def rasters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an image in degrees, one in metres with alpha, one rotated, and a collection with STAC Items."""
    root = tmp_path_factory.mktemp("rasters") / "data"
    random = np.random.default_rng(7)
    dem = random.integers(-100, 4000, (1, 120, 200)).astype("int16")
    dem[0, 40:60, 50:70] = -999
    write_raster(
        root / "dem.tif", dem, "EPSG:4326", Affine(0.01, 0, 4.0, 0, -0.01, 45.0), nodata=-999, names=["elevation"]
    )
    rgb = random.integers(0, 256, (4, 90, 110)).astype("uint8")
    rgb[3] = np.where(rgb[3] > 100, 255, 0)
    write_raster(root / "photo.tif", rgb, "EPSG:32631", Affine(20, 0, 600000, 0, -20, 4900000), alpha=True)
    laea = "+proj=laea +lat_0=52 +lon_0=10 +x_0=4321000 +y_0=3210000 +a=6378388 +b=6356912 +units=m"
    rotated = Affine(93.97, 34.2, 4000000, 34.2, -93.97, 3000000)
    write_raster(root / "rotated.tiff", random.random((1, 30, 40), "float32"), laea, rotated)
    for day in (1, 2, 3):
        values = random.random((2, 50, 60), "float32")
        values[0, :10] = np.nan
        path = root / "series" / f"d{day}.tif"
        write_raster(path, values, "EPSG:3035", Affine(1000, 0, 4e6, 0, -1000, 3e6), nodata=np.nan, names=["x", "y"])
        item = stac_item(path.stem, day, cloud=day * 10, platform="s1", flags=["a"], ok=True)
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
