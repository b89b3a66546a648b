"""Evaluating ee objects in process: the official client serialises, the interpreter evaluates, no server between."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
from ee.apitestcase import ApiTestCase
from shapely.geometry import box

from xee_lite.emulator.catalogue.assets import Folder
from xee_lite.emulator.evaluator.describe import describe
from xee_lite.emulator.evaluator.interpreter import evaluate
from xee_lite.emulator.geometry.geometry import Geometry
from xee_lite.emulator.images.image import Band, Image, Pixels, Sampler
from xee_lite.emulator.types import UINT16, PixelGrid, Projection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from xee_lite.emulator.values.stored import Query, StoredCollection

DAY = 86_400_000


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
