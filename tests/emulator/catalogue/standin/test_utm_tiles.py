"""Annual embeddings: which images there are, and where they lie."""

from __future__ import annotations

from typing import Any

import ee
import numpy as np
import pytest
import shapely

from xee_lite.emulator.catalogue.standin import StandIns
from xee_lite.emulator.catalogue.standin.utm_tiles import tiles
from xee_lite.emulator.geometry.geometry import Geometry
from xee_lite.emulator.images.image import Image
from xee_lite.emulator.values.stored import Query

ID = "GOOGLE/SATELLITE_EMBEDDING/V1/ANNUAL"


def collection() -> Any:
    return StandIns().find(ID)


def ms(year: int) -> int:
    return int(np.datetime64(f"{year}-01-01", "ms").astype(np.int64))


def test_an_image_for_each_year() -> None:
    around = Geometry(shapely.Point(5.3, 43.9))
    found = list(collection().images(Query(bounds=around)))
    years = [image.properties["system:time_start"] for image in found]
    assert years == sorted(years)
    assert set(years) == {ms(year) for year in range(2017, 2026)}
    for image in found:
        assert image.properties["system:time_end"] == ms(
            1970 + round(image.properties["system:time_start"] / 3.15576e10) + 1
        )
        assert image.names == [f"A{axis:02d}" for axis in range(64)]
        assert {band.type.precision for band in image.bands} == {"double"}
        assert image.bands[0].dimensions == (16384, 16384)
        zone = {"31N": "EPSG:32631", "32N": "EPSG:32632"}  # both reach here
        assert image.bands[0].projection.crs == zone[image.properties["UTM_ZONE"]]
        assert collection().image(image.properties["system:index"]).id == image.id
        assert isinstance(StandIns().find(image.id), Image)


def test_the_tiles_cover_what_utm_covers() -> None:
    random = np.random.default_rng(0)
    for longitude, latitude in zip(random.uniform(-180, 180, 60), random.uniform(-79.5, 83.5, 60), strict=True):
        point = shapely.Point(longitude, latitude)
        images = list(collection().images(Query(ms(2020), ms(2021), bounds=Geometry(point.buffer(0.01)))))
        assert any(image.properties["system:footprint"].shape.intersects(point) for image in images), point


def test_a_count_counts_them() -> None:
    assert collection().count(Query(ms(2019), ms(2020) + 1)) == 2 * len(tiles())
    assert collection().count(Query(ms(2019) + 1, ms(2020))) == 0
    assert sum(1 for _ in collection().images(Query(ms(2025)))) == len(tiles())
    names = [tile.name for tile in tiles()]
    assert names == sorted(set(names))


@pytest.mark.parametrize(
    "index", ["2016_31N_03_29", "2026_31N_03_29", "2020_61N_03_29", "2020_31N_00_29", "2020_31X_03_29", "x"]
)
def test_what_there_is_not(index: str) -> None:
    assert collection().image(index) is None


def test_zones_narrow_a_search() -> None:
    south = list(collection().images(Query(ms(2020), ms(2021), equal=(("UTM_ZONE", "31S"),))))
    assert {image.properties["UTM_ZONE"] for image in south} == {"31S"}
    assert all(image.properties["system:footprint"].shape.bounds[1] < 0.01 for image in south)


def test_pixels_by_the_official_client(earth: Any) -> None:
    earth.initialize()
    point = ee.Geometry.Point([5.3, 43.9])
    image = ee.ImageCollection(ID).filterDate("2020", "2021").filterBounds(point).mosaic()
    vector = image.reduceRegion(ee.Reducer.first(), point, 10).values().getInfo()
    assert len(vector) == 64
    assert np.linalg.norm(vector) == pytest.approx(1)
    ee.Reset()
