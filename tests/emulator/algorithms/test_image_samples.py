"""Samples against the arrays that they are taken from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pyproj
import pytest

from xee_lite.emulator.catalogue.memory import memory_image
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.images import region as region_module
from xee_lite.emulator.pixels import points as points_module

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Value
    from xee_lite.emulator.images.image import Image


RNG = np.random.default_rng(21)
SIZE = (20, 30)
A = np.arange(600, dtype=np.uint16).reshape(SIZE)
CLASS = RNG.integers(0, 4, SIZE).astype(np.uint8)
HOLES = RNG.random(SIZE) < 0.2
CRS, TRANSFORM = "EPSG:32631", (10.0, 0.0, 400_000.0, 0.0, -10.0, 4_600_000.0)


class Assets:
    def find(self, asset_id: str) -> Image:
        assert asset_id == "T/a"
        return memory_image({"a": A, "c": CLASS, "m": np.ma.MaskedArray(A / 2, HOLES)}, crs=CRS, transform=TRANSFORM)


@pytest.fixture
def catalogue() -> Assets:
    return Assets()


def box(left: float, top: float, right: float, bottom: float) -> Any:
    """A rectangle given in pixels of the raster."""
    x0, x1, y0, y1 = 400_000 + 10 * left, 400_000 + 10 * right, 4_600_000 - 10 * bottom, 4_600_000 - 10 * top
    return ee.Geometry.Polygon([[[x0, y1], [x0, y0], [x1, y0], [x1, y1]]], CRS, False)


def column(found: dict[str, Any], name: str) -> list[Any]:
    return [feature["properties"].get(name) for feature in found["features"]]


def test_a_sample_holds_the_pixels_whose_centre_is_inside(info: Value) -> None:
    found = info(ee.Image("T/a").select("a", "c").sample(box(3.6, 2.4, 7.4, 5.6)))
    assert sorted(column(found, "a")) == sorted(A[2:6, 4:7].ravel().tolist())
    first = found["features"][0]
    assert first["properties"]["c"] == CLASS.ravel()[first["properties"]["a"]]
    assert first["geometry"] is None
    assert [feature["id"] for feature in found["features"]] == [str(number) for number in range(12)]


def test_masked_pixels_are_dropped_or_lack_the_property(info: Value) -> None:
    image, region = ee.Image("T/a"), box(0, 0, 5, 4)
    dropped = info(image.sample(region))
    assert sorted(column(dropped, "a")) == sorted(A[:4, :5][~HOLES[:4, :5]].tolist())
    kept = info(image.sample(region, dropNulls=False))
    assert len(kept["features"]) == 20
    for feature in kept["features"]:
        number = feature["properties"]["a"]
        assert ("m" in feature["properties"]) == (not HOLES.ravel()[number])


def test_geometries_are_the_centres(info: Value) -> None:
    found = info(ee.Image("T/a").select("a").sample(box(4, 2, 5, 3), geometries=True))
    (feature,) = found["features"]
    to_degrees = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    np.testing.assert_allclose(
        feature["geometry"]["coordinates"], to_degrees.transform(400_045.0, 4_599_975.0), atol=1e-9
    )


def test_subsamples_are_repeatable_and_follow_the_seed(info: Value, monkeypatch: pytest.MonkeyPatch) -> None:
    image = ee.Image("T/a").select("a")
    half = column(info(image.sample(factor=0.5)), "a")
    assert 240 < len(half) < 360
    assert len(set(half)) == len(half)
    assert column(info(image.sample(factor=0.5, seed=1)), "a") != half
    assert 60 < len(column(info(image.sample(numPixels=100)), "a")) < 140
    monkeypatch.setattr(region_module, "TILE", 7)
    assert sorted(column(info(image.sample(factor=0.5)), "a")) == sorted(half)


def test_few_pixels_are_what_they_are_among_many(info: Value, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few are computed one by one, many as they lie together."""
    asked = ee.Image("T/a").sample(factor=0.05, geometries=True, dropNulls=False)
    apart, together = (monkeypatch.setattr(points_module, "FEW", few) or info(asked)["features"] for few in (0, 10**9))
    assert 10 < len(apart) < 60
    for one, other in zip(apart, together, strict=True):
        assert one["properties"] == other["properties"]
        assert one["geometry"]["coordinates"] == pytest.approx(other["geometry"]["coordinates"], abs=1e-9)


def test_samples_of_regions_keep_the_properties(info: Value) -> None:
    features = ee.FeatureCollection(
        [ee.Feature(box(0, 0, 2, 1), {"name": "left", "n": 1}), ee.Feature(box(10, 5, 11, 7), {"name": "right"})]
    )
    found = info(ee.Image("T/a").select("a").sampleRegions(features))
    assert column(found, "name") == ["left", "left", "right", "right"]
    assert column(found, "a") == [0, 1, A[5, 10], A[6, 10]]
    assert [feature["id"] for feature in found["features"]] == ["0_0", "0_1", "1_0", "1_1"]
    assert column(info(ee.Image("T/a").select("a").sampleRegions(features, ["n"])), "name") == [None] * 4


def test_a_point_takes_its_pixel(info: Value) -> None:
    point = ee.Geometry.Point([400_123.0, 4_599_871.0], CRS)
    assert column(info(ee.Image("T/a").select("a").sample(point)), "a") == [A[12, 12]]


def test_strata_have_as_many_points_as_asked_for(info: Value) -> None:
    image = ee.Image("T/a").select("c", "a")
    found = info(image.stratifiedSample(10, classValues=[1, 2], classPoints=[3, 0]))
    classes = column(found, "c")
    assert {value: classes.count(value) for value in range(4)} == {0: 10, 1: 3, 2: 0, 3: 10}
    numbers = column(found, "a")
    assert len(set(numbers)) == 23
    assert [CLASS.ravel()[number] for number in numbers] == classes
    everything = info(image.stratifiedSample(1000, "c", box(0, 0, 5, 5)))
    assert sorted(column(everything, "a")) == sorted(A[:5, :5].ravel().tolist())


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (lambda image: image.sample(factor=2), "'factor' must lie within"),
        (lambda image: image.sample(factor=0.5, numPixels=3), "Only one of"),
        (lambda image: image.stratifiedSample(3, "m"), "must hold integers"),
        (lambda image: image.stratifiedSample(3, classValues=[1]), "same length"),
        (lambda image: image.sample(scale=0.01), "Too many pixels in the region"),
        (lambda _: ee.Image(1).sample(scale=10), "Provide 'geometry' parameter"),
    ],
)
def test_what_is_refused(info: Value, table: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(EarthError, match=message):
        info(table(ee.Image("T/a")))
