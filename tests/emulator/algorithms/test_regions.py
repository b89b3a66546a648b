"""Regions: covered parts of pixels against shapely, statistics against hand arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from xee_lite.emulator.catalogue.memory import memory_image
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.geometry.geometry import Geometry
from xee_lite.emulator.images import region as region_module
from xee_lite.emulator.images.region import Region
from xee_lite.emulator.types import PixelGrid, Projection

if TYPE_CHECKING:
    from tests.emulator.evaluating import Value
    from xee_lite.emulator.images.image import Image


NATIVE = PixelGrid("EPSG:32631", (10.0, 0.0, 400_000.0, 0.0, -10.0, 4_600_000.0), 40, 50)
A = np.random.default_rng(1).integers(0, 1000, (50, 40)).astype(np.uint16)
HOLES = np.random.default_rng(2).random((50, 40)) < 0.3
FLAT = Projection("EPSG:4326")


TOO_MANY = (
    "Image.reduceRegion: Too many pixels in the region. Found 2000, but maxPixels allows only 1999. Ensure that you "
    "are not aggregating at a higher resolution than you intended; that is a frequent cause of this error. If not, "
    "then you may set the 'maxPixels' argument to a limit suitable for your computation; set 'bestEffort' to true to "
    "aggregate at whatever scale results in 'maxPixels' total pixels; or both."
)


class Assets:
    def find(self, asset_id: str) -> Image | None:
        bands = {"a": A, "m": np.ma.MaskedArray(A, HOLES)}
        image = memory_image(
            bands,
            crs=NATIVE.crs,
            transform=NATIVE.transform,
            properties={"p": 3, "system:index": "i", "system:time_start": 7},
        )
        return image if asset_id == "T/a" else None


@pytest.fixture
def catalogue() -> Assets:
    return Assets()


def box(left: float, top: float, right: float, bottom: float) -> Any:
    """A rectangle given in pixels of the raster."""
    west, north, east, south = 400_000 + 10 * left, 4_600_000 - 10 * top, 400_000 + 10 * right, 4_600_000 - 10 * bottom
    return ee.Geometry.Polygon(
        [[west, north], [east, north], [east, south], [west, south]], "EPSG:32631", geodesic=False
    )


@st.composite
def _polygons(draw: st.DrawFn) -> shapely.Polygon:
    points = draw(st.lists(st.tuples(st.floats(-20, 20), st.floats(-20, 20)), min_size=4, max_size=9))
    return shapely.MultiPoint(points).convex_hull


@given(_polygons().filter(lambda shape: shape.geom_type == "Polygon" and shape.area > 1e-3))
def test_the_parts_of_pixels_add_up_to_the_region(shape: shapely.Polygon) -> None:
    tiles = list(Region(Geometry(shape, geodesic=False), FLAT).tiles())
    assert sum(tile.shares.sum() for tile in tiles) == pytest.approx(shape.area, rel=1e-6, abs=1e-6)
    for tile in tiles:
        x, y = np.broadcast_arrays(*tile.grid.centres())
        with np.errstate(all="ignore"):
            near = shapely.distance(shape.boundary, shapely.points(x, y)) < 1e-6
        np.testing.assert_array_equal(tile.centres[~near], shapely.contains_xy(shape, x, y)[~near])


def test_tiles_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    star = shapely.Polygon([(0, 0), (60, 10), (100, 0), (70, 50), (90, 90), (40, 60), (3, 95), (20, 50)])
    region = Region(Geometry(star, geodesic=False), FLAT)
    whole = region.size(1e9)
    monkeypatch.setattr(region_module, "TILE", 16)
    assert region.size(1e9) == whole
    assert len(list(region.tiles())) > 20
    assert sum(tile.shares.sum() for tile in region.tiles()) == pytest.approx(star.area)


def test_points_and_lines_take_the_pixels_that_they_touch() -> None:
    point = Region(Geometry(shapely.Point(3.2, 5.7)), FLAT)
    (tile,) = point.tiles()
    assert tile.grid.transform[2] == 3
    assert tile.shares.tolist() == [[1]]
    line = Region(Geometry(shapely.LineString([(0.5, 0.5), (3.5, 0.5)]), geodesic=False), FLAT)
    assert line.size(100) == 4


def test_a_mean_weighs_pixels_by_their_part_and_mask(value_of: Value) -> None:
    region = box(2.25, 3.5, 5.5, 6)
    weights = np.outer([0.5, 1, 1], [0.75, 1, 1, 0.5])
    part = slice(3, 6), slice(2, 6)
    found = value_of(ee.Image("T/a").reduceRegion(ee.Reducer.mean(), region))
    assert found["a"] == pytest.approx(np.average(A[part], weights=weights))
    assert found["m"] == pytest.approx(np.average(A[part], weights=weights * ~HOLES[part]))
    assert value_of(ee.Image("T/a").reduceRegion(ee.Reducer.sum(), region))["a"] == pytest.approx(
        (A[part] * weights).sum()
    )


def test_unweighted_reducers_take_centres(value_of: Value) -> None:
    region = box(2.25, 3.75, 5.4, 6)
    part = slice(4, 6), slice(2, 5)
    found = value_of(ee.Image("T/a").reduceRegion(ee.Reducer.minMax(), region))
    assert found["a_min"] == A[part].min()
    assert found["a_max"] == A[part].max()
    assert value_of(ee.Image("T/a").reduceRegion(ee.Reducer.count(), region)) == {
        "a": 6,
        "m": int((~HOLES[part]).sum()),
    }


def test_slivers_do_not_count(value_of: Value) -> None:
    count = ee.Reducer.mean().unweighted()
    assert value_of(ee.Image("T/a").reduceRegion(count, box(2, 3, 4.6, 5)))["a"] == A[3:5, 2:5].mean()
    mean = value_of(ee.Image("T/a").reduceRegion(ee.Reducer.mean(), box(2, 3, 4.004, 5)))["a"]
    assert mean == pytest.approx(A[3:5, 2:4].mean())


def test_the_footprint_is_the_default_region(value_of: Value) -> None:
    found = value_of(ee.Image("T/a").reduceRegion(ee.Reducer.mean()))
    assert found["a"] == pytest.approx(A.mean())


def test_another_scale_takes_other_pixels(value_of: Value) -> None:
    found = value_of(ee.Image("T/a").select("a").reduceRegion(ee.Reducer.mean(), box(0, 0, 40, 50), scale=20))
    # Centres of pixels of 20 m lie on corners of pixels of 10 m: the one right of and below it counts.
    assert found["a"] == pytest.approx(A[1::2, 1::2].mean())


def test_texts_of_refusal(value_of: Value) -> None:
    region = ee.Geometry.Rectangle([0, 0, 1, 1])
    cases = [
        (ee.Image(1).reduceRegion("mean"), "Provide 'geometry' parameter when aggregating over an unbounded image."),
        (
            ee.Image(1).reduceRegion("mean", region),
            "The default WGS84 projection is invalid for aggregations. Specify a scale or crs & crs_transform.",
        ),
        (ee.Image("T/a").reduceRegion("mean", box(0, 0, 40, 50), maxPixels=1999), TOO_MANY),
        (ee.Image(1).reduceRegion("mean", region, 30, tileScale=32), "Valid tileScales are 0.1 to 16."),
    ]
    for computation, text in cases:
        with pytest.raises(EarthError) as caught:
            value_of(computation)
        assert text in caught.value.message


def test_best_effort_coarsens(value_of: Value) -> None:
    found = value_of(ee.Image("T/a").reduceRegion("count", box(0, 0, 40, 50), maxPixels=600, bestEffort=True))
    assert 400 <= found["a"] <= 600


def test_regions_get_the_outputs_names_for_one_band_and_the_bands_for_many(value_of: Value) -> None:
    features = ee.FeatureCollection([ee.Feature(box(0, 0, 2, 2), {"k": 1}), ee.Feature(box(8, 8, 10, 12), {"k": 2})])
    one = value_of(ee.Image("T/a").select("a").reduceRegions(features, ee.Reducer.mean()))
    means = [A[:2, :2].mean(), A[8:12, 8:10].mean()]
    assert [feature.properties["mean"] for feature in one] == pytest.approx(means)
    assert [feature.properties["k"] for feature in one] == [1, 2]
    many = value_of(ee.Image("T/a").reduceRegions(features, ee.Reducer.mean()))
    assert {"a", "m"} <= set(next(iter(many)).properties)


def test_get_region(value_of: Value) -> None:
    images = ee.ImageCollection([ee.Image("T/a")])
    rows = value_of(images.getRegion(box(2.2, 3.2, 3.8, 4.8), crs="EPSG:32631", crsTransform=list(NATIVE.transform)))
    assert rows[0] == ["id", "longitude", "latitude", "time", "a", "m"]
    found = {(row[0], row[3], row[4], row[5]) for row in rows[1:]}
    assert found == {("i", 7, int(A[i, j]), None if HOLES[i, j] else int(A[i, j])) for i in (3, 4) for j in (2, 3)}
    elsewhere = value_of(images.getRegion(ee.Geometry.Point(50, 50), 30))
    assert len(elsewhere) == 1
    for nothing in (ee.ImageCollection([]), ee.ImageCollection([ee.Image(1).select([])])):
        with pytest.raises(EarthError, match=r"^ImageCollection\.getRegion: No bands in collection\.$"):
            value_of(nothing.getRegion(ee.Geometry.Point(5, 5), 30))
    with pytest.raises(EarthError, match=r"^ImageCollection\.getRegion: Too many values: \d+ points"):
        value_of(images.getRegion(ee.Geometry.Rectangle([0, 0, 10, 10]), 30))


def test_sample_rectangle(value_of: Value) -> None:
    feature = value_of(ee.Image("T/a").sampleRectangle(box(2.5, 3.5, 5, 6), defaultValue=-1))
    np.testing.assert_array_equal(feature.properties["a"].values, A[3:6, 2:5])
    np.testing.assert_array_equal(
        feature.properties["m"].values, np.where(HOLES[3:6, 2:5], -1, A[3:6, 2:5].astype(int))
    )
    assert feature.properties["p"] == 3
    with pytest.raises(EarthError, match="has masked pixels"):
        value_of(ee.Image("T/a").sampleRectangle(box(0, 0, 20, 20)))
    text = r"^Image\.sampleRectangle: Too many pixels in sample; must be <= 262144\. Got 360000\.$"
    with pytest.raises(EarthError, match=text):
        value_of(ee.Image("T/a").sampleRectangle(box(0, 0, 600, 600)))


halves = st.integers(-10, 10).map(lambda number: number / 2)


@given(st.sets(st.tuples(halves, halves), min_size=1, max_size=5))
def test_every_point_has_its_pixel(places: set[tuple[float, float]]) -> None:
    """On an edge it is the one right of it and below it, on the edge of a tile too."""
    found = set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(region_module, "TILE", 2)
        tiles = list(Region(Geometry(shapely.MultiPoint(sorted(places))), FLAT).tiles())
    for tile in tiles:
        left, top = tile.grid.transform[2], tile.grid.transform[5]
        rows, columns = np.nonzero(tile.shares)
        found |= {(int(left + col), int(top + row)) for row, col in zip(rows, columns, strict=True)}
    assert found == {(int(x // 1), int(y // 1)) for x, y in places}


def test_a_point_on_an_edge_has_a_value(value_of: Value) -> None:
    corner = ee.Geometry.Point([400_030, 4_599_960], "EPSG:32631")
    assert value_of(ee.Image("T/a").reduceRegion(ee.Reducer.first(), corner).get("a")) == A[4, 3]
