"""Map tiles through the official client."""

from __future__ import annotations

import io
import math
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
from PIL import Image as Picture

from .test_thumbnails import fetch

if TYPE_CHECKING:
    from tests.emulator.serving import Ask

pytestmark = pytest.mark.usefixtures("client")


def tile(image: Any, zoom: int, x: int, y: int) -> np.ndarray[Any, Any]:
    fetcher = ee.data.getMapId({"image": image, "format": "png"})["tile_fetcher"]
    return np.asarray(Picture.open(io.BytesIO(fetcher.fetch_tile(x, y, zoom))))


def mercator(zoom: int, x: int, y: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Longitude and latitude of the pixels' centres, by the formulas of the sphere."""
    steps = (np.arange(256) + 0.5) / 256
    longitude = (x + steps) / 2**zoom * 360 - 180
    latitude = np.degrees(np.arctan(np.sinh(math.pi * (1 - 2 * (y + steps) / 2**zoom))))
    return longitude, latitude


@pytest.mark.parametrize(("zoom", "x", "y"), [(0, 0, 0), (3, 5, 2), (7, 66, 45)])
def test_tiles_lie_where_the_web_has_them(zoom: int, x: int, y: int) -> None:
    longitude, latitude = mercator(zoom, x, y)
    found = tile(ee.Image.pixelLonLat().select("longitude").add(180).divide(2), zoom, x, y)
    np.testing.assert_allclose(found, np.broadcast_to((longitude + 180) / 2, (256, 256)), atol=0.51)
    found = tile(ee.Image.pixelLonLat().select("latitude").add(90), zoom, x, y)
    np.testing.assert_allclose(found, np.broadcast_to((latitude + 90)[:, np.newaxis], (256, 256)), atol=0.51)


def test_of_arrays_their_first_element_is_shown() -> None:
    arrays = ee.Image([40, 1, 2]).toArray()
    assert (tile(arrays, 3, 5, 2) == 40).all()
    assert (tile(arrays.toArray(1), 3, 5, 2) == 40).all()
    assert (tile(arrays.visualize(min=0, max=80), 3, 5, 2) == 128).all()


def test_columns_go_around_the_earth(ask: Ask) -> None:
    found = ee.data.getMapId({"image": ee.Image.pixelLonLat().select("longitude")})
    name = found["mapid"]
    assert ee.data.getTileUrl(found, 9, 2, 3).endswith(f"/v1/{name}/tiles/3/1/2")
    tiles = [ask("GET", f"/v1/{name}/tiles/3/{x}/2").body for x in (1, 9, -7)]
    assert tiles[0] == tiles[1] == tiles[2]
    assert tiles[0] == fetch(ee.data.getTileUrl(found, 1, 2, 3))


@pytest.mark.parametrize("place", ["3/0/8", "3/0/-1", "-1/0/0", "25/0/0", "a/0/0", "3/1e1/0", "3/0x1/0"])
def test_there_is_no_such_tile(ask: Ask, place: str) -> None:
    name = ee.data.getMapId({"image": ee.Image(1)})["mapid"]
    assert ask("GET", f"/v1/{name}/tiles/{place}").status == 400


def test_the_visualization_of_a_map() -> None:
    shown = ee.data.getMapId({"image": ee.Image.constant(5), "min": "0", "max": "10", "palette": "000000,ff0000"})
    red = Picture.open(io.BytesIO(shown["tile_fetcher"].fetch_tile(0, 0, 0)))
    assert red.size == (256, 256)
    assert red.format == "JPEG"  # opaque everywhere
    assert abs(int(np.asarray(red)[..., 0].mean()) - 128) <= 1


def test_a_map_of_features() -> None:
    """A point in the middle of the map, as a mark of 3 pixels' radius, its outline of two around it."""
    features = ee.FeatureCollection([ee.Geometry.Point([0, 0])])
    found = features.getMapId({"color": "00ff00"})["tile_fetcher"].fetch_tile(0, 0, 0)
    shown = np.asarray(Picture.open(io.BytesIO(found)))
    rows, columns = np.indices((256, 256)) - 127.5
    np.testing.assert_array_equal(shown[..., 3] > 0, np.hypot(rows, columns) < 4)
    assert shown[128, 128, :3].tolist() == [0, 255, 0]


def test_tiles_at_once_are_the_tiles_one_by_one() -> None:
    collection = ee.ImageCollection("UCSB-CHG/CHIRPS/DAILY").filterDate("2020-01-01", "2020-01-05")
    fetcher = ee.data.getMapId({"image": collection.mean(), "format": "png"})["tile_fetcher"]
    places = [(x, y, 2) for x in range(4) for y in range(4)]
    alone = [fetch(fetcher.format_tile_url(*place)) for place in places]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda place: fetch(fetcher.format_tile_url(*place)), places))
    assert together == alone
