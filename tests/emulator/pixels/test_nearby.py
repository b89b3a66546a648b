"""Composites of many images, made place by place, against those of the images that are known to lie there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer
from shapely.geometry import box

from xee_lite.emulator.catalogue.memory import memory_image
from xee_lite.emulator.catalogue.standin import StandIns
from xee_lite.emulator.catalogue.standin.catalogue import UNIFORM
from xee_lite.emulator.catalogue.standin.schema import dataset, dataset_ids
from xee_lite.emulator.geometry.geometry import Geometry
from xee_lite.emulator.pixels import nearby
from xee_lite.emulator.types import PixelGrid
from xee_lite.emulator.values.stored import Query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from xee_lite.emulator.images.image import Image

    Sampled = Callable[[Any, PixelGrid], dict[str, np.ma.MaskedArray[Any, Any]]]

S2, L8 = "COPERNICUS/S2_SR_HARMONIZED", "LANDSAT/LC08/C02/T1_L2"
HERE = PixelGrid("EPSG:32632", (1000.0, 0.0, 560_000.0, 0.0, -1000.0, 5_230_000.0), 24, 20)
"""Where tiles of Sentinel-2 overlap, and rows of Landsat."""
DEGREE = PixelGrid("EPSG:4326", (0.1, 0.0, 7.0, 0.0, -0.1, 1.0), 10, 10)
"""The eighth image of the row."""
COUNT = 100
AROUND = [9.5, 46.5, 10.5, 47.6]
CRSS = ["EPSG:4326", "EPSG:32601", "EPSG:32760", "EPSG:3857", "EPSG:3995", "EPSG:3031", "EPSG:3035", "EPSG:5070"]


@dataclass
class Row:
    """A hundred images that are alike, side by side from the meridian of Greenwich; what it was asked for is kept."""

    id: str = "T/row"
    version: int = 1
    uniform: bool = True
    properties: dict[str, Any] = field(default_factory=dict)
    queries: list[Query] = field(default_factory=list)

    def images(self, query: Query) -> Iterator[Image]:
        """Those whose footprint meets the place."""
        self.queries.append(query)
        for number in range(COUNT):
            image = memory_image(
                {"v": np.full((2, 2), number, np.uint8)},
                crs="EPSG:4326",
                transform=(0.5, 0.0, float(number), 0.0, -0.5, 1.0),
                properties={"system:index": f"{number:03d}"},
            )
            if query.valid_in is None or query.valid_in.shape.intersects(box(number, 0, number + 1, 1)):
                yield image

    def image(self, index: str) -> Image | None:
        """The image of one index."""
        return next((one for one in self.images(Query()) if one.properties["system:index"] == index), None)


class Catalogue(StandIns):
    """The stand-ins, and a row of images."""

    def __init__(self) -> None:
        super().__init__()
        self.row = Row()

    def find(self, asset_id: str) -> Any:
        """The asset of that id, or None."""
        return self.row if asset_id == self.row.id else super().find(asset_id)


@pytest.fixture
def catalogue() -> Catalogue:
    return Catalogue()


def clear(image: Any) -> Any:
    """As the catalogue's own page for Sentinel-2 masks clouds."""
    quality = image.select("QA60")
    free = quality.bitwiseAnd(1 << 10).eq(0).And(quality.bitwiseAnd(1 << 11).eq(0))
    return image.updateMask(free).divide(10_000).copyProperties(image, ["system:time_start"])


def scenes(name: str) -> Any:
    return ee.ImageCollection(name).filterDate("2020-06-01", "2020-06-13")


COMPOSITES: dict[str, Callable[[Any], Any]] = {
    "mosaic": lambda images: images.select(["B4", "B8"]).mosaic(),
    "median": lambda images: images.map(clear).select(["B4", "B3"]).median(),
    "mean": lambda images: images.select("B8").mean(),
    "count": lambda images: images.map(clear).select("B4").count(),
    "greenest": lambda images: (
        images.map(lambda image: image.addBands(image.normalizedDifference(["B8", "B4"]).rename("greenness")))
        .select(["B8", "greenness"])
        .qualityMosaic("greenness")
    ),
    "percentiles": lambda images: images.select("B2").reduce(ee.Reducer.percentile([10, 50, 90])),
    "fit": lambda images: images.select(["B2", "B3"]).reduce(ee.Reducer.linearFit()),
    "least clouds first": lambda images: images.filter(ee.Filter.lt("CLOUDY_PIXEL_PERCENTAGE", 60)).select("B4").min(),
}


@pytest.mark.parametrize("name", COMPOSITES)
def test_it_has_the_pixels_that_the_images_around_give(pixels: Sampled, name: str) -> None:
    """Of twelve days, in which a hundred thousand scenes were taken of the whole Earth."""
    make = COMPOSITES[name]
    everywhere = pixels(make(scenes(S2)), HERE)
    expected = pixels(make(scenes(S2).filterBounds(ee.Geometry.Rectangle(AROUND))), HERE)
    assert list(everywhere) == list(expected)
    for band, truth in expected.items():
        assert everywhere[band].dtype == truth.dtype
        assert np.array_equal(np.ma.getmaskarray(everywhere[band]), np.ma.getmaskarray(truth))
        assert np.array_equal(everywhere[band].filled(0), truth.filled(0))
    assert any(band.count() for band in expected.values())


@pytest.mark.parametrize("name", [L8, "COPERNICUS/DEM/GLO30"])
def test_other_scenes(pixels: Sampled, name: str) -> None:
    images = ee.ImageCollection(name).filterDate("2000-01-01", "2020-08-01")
    band = "DEM" if name.endswith("30") else "SR_B5"
    images = images if band == "DEM" else images.filterDate("2020-06-20", "2020-07-20")
    found = pixels(images.select(band).mosaic(), HERE)[band]
    truth = pixels(images.filterBounds(ee.Geometry.Rectangle(AROUND)).select(band).mosaic(), HERE)[band]
    assert truth.count() > 0
    assert np.array_equal(np.ma.getmaskarray(found), np.ma.getmaskarray(truth))
    assert np.array_equal(found.filled(0), truth.filled(0))


def test_where_no_image_lies_nothing_is_valid(pixels: Sampled) -> None:
    antarctica = PixelGrid("EPSG:3031", (1000.0, 0.0, 0.0, 0.0, -1000.0, 0.0), 5, 4)
    found = pixels(scenes(S2).select("B4").median(), antarctica)["B4"]
    assert found.shape == (4, 5)
    assert found.count() == 0


def test_what_is_valid_everywhere_counts_everywhere(pixels: Sampled, catalogue: Catalogue) -> None:
    """An image that is filled beyond its footprint takes part at places where it does not lie."""
    images = ee.ImageCollection(catalogue.row.id)
    filled = pixels(images.map(lambda image: image.unmask(0, False)).count(), DEGREE)["v"]
    assert (filled == COUNT).all()
    assert not any(query.valid_in for query in catalogue.row.queries)


def test_only_images_around_are_looked_at(pixels: Sampled, catalogue: Catalogue) -> None:
    doubled = ee.ImageCollection(catalogue.row.id).map(lambda image: image.multiply(2)).sum()
    assert (pixels(doubled, DEGREE)["v"] == 14).all()
    asked = [query.valid_in for query in catalogue.row.queries if query.valid_in is not None]
    assert [place.shape.contains(box(7, 0, 8, 1)) for place in asked] == [True]
    assert asked[0].shape.within(box(6, -1, 9, 2))


def test_an_image_that_is_not_alike_spoils_it(pixels: Sampled, catalogue: Catalogue) -> None:
    catalogue.row.uniform = False
    assert (pixels(ee.ImageCollection(catalogue.row.id).sum(), DEGREE)["v"] == 7).all()
    assert not any(query.valid_in for query in catalogue.row.queries)


@pytest.mark.parametrize("name", [name for name in dataset_ids() if dataset(name).tiling in UNIFORM])
def test_the_images_of_a_collection_are_alike(name: str) -> None:
    """Nine of them, from its first year to its last, near the equator and in the north."""
    found: Any = StandIns().find(name)
    year = (found.dataset.end - found.dataset.start) / 4
    kinds = set()
    for place in (box(20, 0, 21, 1), box(10, 60, 11, 61), box(-100, 40, -99, 41)):
        for start in (found.dataset.start, found.dataset.start + 2 * year, found.dataset.end - year):
            query = Query(start, start + year, Geometry(place, geodesic=False))
            image = next(iter(found.images(query)), None)
            if image is not None:
                kinds.add(tuple((band.name, band.type) for band in image.bands))
    assert len(kinds) == 1


@given(
    crs=st.sampled_from(CRSS),
    width=st.integers(1, 300),
    height=st.integers(1, 300),
    pixel=st.floats(10, 50_000),
    x=st.floats(-0.4, 0.4),
    y=st.floats(-0.4, 0.4),
)
def test_the_place_of_a_grid_holds_all_its_pixels(
    crs: str, width: int, height: int, pixel: float, x: float, y: float
) -> None:
    """Across the antimeridian and around the poles too."""
    unit = 1 / 111_320 if crs == "EPSG:4326" else 1.0
    centre = (0.0, 0.0) if not crs.startswith("EPSG:32") else (500_000.0, 2_000_000.0)
    left, top = (middle + share * 2e7 * unit for middle, share in zip(centre, (x, y), strict=True))
    grid = PixelGrid(crs, (pixel * unit, 0.0, left, 0.0, -pixel * unit, top), width, height)
    place = nearby.grid_footprint(grid)
    if place is None:
        return
    west, south, east, north = place.shape.bounds
    lon, lat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(
        *np.meshgrid(left + pixel * unit * (np.arange(width) + 0.5), top - pixel * unit * (np.arange(height) + 0.5))
    )
    assert np.isfinite(lon).all()
    turned = [(lon + turn >= west) & (lon + turn <= east) for turn in (-360, 0, 360)]
    assert np.any(turned, axis=0).all()
    assert (np.clip(lat, -90, 90) >= south).all()
    assert (np.clip(lat, -90, 90) <= north).all()
