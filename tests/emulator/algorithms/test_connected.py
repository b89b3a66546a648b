"""Connected components against a flood fill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import numpy.typing as npt
import pytest
from shapely.geometry import shape

from tests.emulator.memory_catalogue import MemoryCatalogue
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.types import PixelGrid

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Sampled, Value

Array = npt.NDArray[Any]

RNG = np.random.default_rng(31)
SIZE = (16, 18)
VALUES = RNG.integers(0, 3, SIZE).astype(np.uint8)
VALID = RNG.random(SIZE) > 0.1
WEIGHTS = RNG.random(SIZE).astype(np.float32)
GRID = PixelGrid("EPSG:32631", (10.0, 0.0, 4e5, 0.0, -10.0, 4.6e6), SIZE[1], SIZE[0])


@pytest.fixture
def catalogue() -> MemoryCatalogue:
    return MemoryCatalogue(GRID, {"T/a": {"v": np.ma.MaskedArray(VALUES, ~VALID), "w": WEIGHTS}})


def flood(*, eight: bool) -> Array:
    """Components numbered by a flood fill, 0 where masked."""
    steps = [(1, 0), (-1, 0), (0, 1), (0, -1)] + ([(1, 1), (1, -1), (-1, 1), (-1, -1)] if eight else [])
    labels = np.zeros(SIZE, int)
    for start in zip(*np.nonzero(VALID), strict=True):
        if labels[start]:
            continue
        number = labels.max() + 1
        pending = [start]
        labels[start] = number
        while pending:
            row, col = pending.pop()
            for down, across in steps:
                at = row + down, col + across
                near = 0 <= at[0] < SIZE[0] and 0 <= at[1] < SIZE[1]
                if near and VALID[at] and not labels[at] and VALUES[at] == VALUES[row, col]:
                    labels[at] = number
                    pending.append(at)
    return labels


@pytest.mark.parametrize("eight", [True, False])
@pytest.mark.parametrize("size", [3, 200])
def test_counts_are_those_of_a_flood_fill(pixels: Sampled, eight: bool, size: int) -> None:
    found = pixels(ee.Image("T/a").select("v").connectedPixelCount(size, eight), GRID)["v"]
    labels = flood(eight=eight)
    expected = np.minimum(np.bincount(labels.ravel())[labels], size)
    np.testing.assert_array_equal(np.ma.getmaskarray(found), ~VALID)
    np.testing.assert_array_equal(found.compressed(), expected[VALID])


@pytest.mark.parametrize("eight", [True, False])
def test_labels_tell_components_apart_and_large_ones_are_masked(pixels: Sampled, eight: bool) -> None:
    kernel = ee.Kernel.square(1) if eight else ee.Kernel.plus(1)
    found = pixels(ee.Image("T/a").connectedComponents(kernel, 20), GRID)
    assert list(found) == ["v", "w", "labels"]
    labels = flood(eight=eight)
    small = VALID & (np.bincount(labels.ravel())[labels] <= 20)
    np.testing.assert_array_equal(~np.ma.getmaskarray(found["labels"]), small)
    pairs = set(zip(labels[small].tolist(), found["labels"].compressed().tolist(), strict=True))
    assert len(pairs) == len({one for one, _ in pairs}) == len({other for _, other in pairs})
    part = PixelGrid(GRID.crs, (10.0, 0.0, 4e5 + 70, 0.0, -10.0, 4.6e6 - 50), 6, 7)
    tile = pixels(ee.Image("T/a").connectedComponents(kernel, 20), part)["labels"]
    np.testing.assert_array_equal(tile.filled(0), found["labels"][5:12, 7:13].filled(0))


def test_a_reducer_sees_all_pixels_of_a_component(pixels: Sampled) -> None:
    labels = flood(eight=True)
    found = pixels(ee.Image("T/a").reduceConnectedComponents(ee.Reducer.sum(), "v", 9), GRID)["w"]
    for number in range(1, labels.max() + 1):
        rows, cols = np.nonzero(labels == number)
        if max(np.ptp(rows), np.ptp(cols)) < 9:
            total = WEIGHTS[rows, cols].astype(float).sum()
            np.testing.assert_allclose(found[rows, cols].astype(float), total, rtol=1e-6)
        else:
            assert np.ma.getmaskarray(found)[rows, cols].all()


@pytest.mark.parametrize("eight", [True, False])
def test_segments_become_polygons(info: Value, eight: bool) -> None:
    image = ee.Image("T/a").select("v")
    found = info(image.reduceToVectors(eightConnected=eight, geometryInNativeProjection=True, maxPixels=1000))
    labels = flood(eight=eight)
    assert len(found["features"]) == labels.max()
    for feature in found["features"]:
        outline = shape(feature["geometry"]).buffer(0)
        assert outline.area == pytest.approx(100 * feature["properties"]["count"])
    total = dict.fromkeys(range(3), 0)
    for feature in found["features"]:
        total[feature["properties"]["label"]] += feature["properties"]["count"]
    assert total == {value: int(((value == VALUES) & VALID).sum()) for value in range(3)}


def test_segments_carry_statistics_of_the_other_bands(info: Value) -> None:
    image = ee.Image("T/a")
    mean = ee.Reducer.mean()
    found = info(
        image.reduceToVectors(mean, geometryType="centroid", geometryInNativeProjection=True, labelProperty="z")
    )
    labels = flood(eight=True)
    seen = set()
    for number in range(1, labels.max() + 1):
        rows, cols = np.nonzero(labels == number)
        place = (round(4e5 + 10 * (cols.mean() + 0.5), 4), round(4.6e6 - 10 * (rows.mean() + 0.5), 4))
        seen.add((*place, int(VALUES[rows[0], cols[0]]), round(float(WEIGHTS[rows, cols].astype(float).mean()), 6)))
    assert seen == {
        (
            *(round(number, 4) for number in feature["geometry"]["coordinates"]),
            feature["properties"]["z"],
            round(feature["properties"]["mean"], 6),
        )
        for feature in found["features"]
    }


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (lambda image: image.connectedPixelCount(5000), "'maxSize' must be between 1 and 1024"),
        (lambda image: image.connectedComponents(ee.Kernel.circle(3), 10), "a plus or a square"),
        (lambda image: image.select("w").reduceToVectors(), "must hold integers"),
        (lambda image: image.select("v").reduceToVectors(geometryType="hull"), "Unknown geometryType 'hull'"),
        (lambda image: image.select("v").reduceToVectors(maxPixels=5), "Too many pixels in the region. Found 288"),
    ],
)
def test_what_is_refused(info: Value, value: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(EarthError, match=message):
        info(value(ee.Image("T/a")))
