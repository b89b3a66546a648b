"""Segments against regions that are known, and against the laws that clusters obey."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import numpy.typing as npt
import pytest

from tests.emulator.memory_catalogue import MemoryCatalogue
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.pixels.superpixels import Growth, grow_labels
from xee_lite.emulator.types import PixelGrid

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Sampled

Array = npt.NDArray[Any]

RNG = np.random.default_rng(29)
SIZE = (40, 48)
WEST, NORTH = 2560.0 - 200, 2560.0 + 190
"""A corner of cells of 256 pixels lies within the images."""
GRID = PixelGrid("EPSG:3857", (10.0, 0.0, WEST, 0.0, -10.0, NORTH), SIZE[1], SIZE[0])
REGION = (np.indices(SIZE)[0] + np.indices(SIZE)[1] // 2) // 11 % 3
VALUES = (REGION * 60 + RNG.integers(0, 9, SIZE)).astype(np.uint8)
OTHER = (200 - REGION * 40 + RNG.integers(0, 9, SIZE)).astype(np.uint8)
VALID = RNG.random(SIZE) > 0.05
CELL = (np.indices(SIZE)[0] >= 19) * 2 + (np.indices(SIZE)[1] >= 20)


@pytest.fixture
def catalogue() -> MemoryCatalogue:
    assets: dict[str, dict[str, Any]] = {
        "T/two": {"v": np.ma.MaskedArray(VALUES, ~VALID), "w": OTHER},
        "T/flat": {"v": np.zeros(SIZE, np.uint8)},
    }
    return MemoryCatalogue(GRID, assets)


def part(left: int, top: int, width: int, height: int) -> PixelGrid:
    return PixelGrid(GRID.crs, (10.0, 0.0, WEST + 10 * left, 0.0, -10.0, NORTH - 10 * top), width, height)


def snic(**arguments: Any) -> Any:
    return ee.Algorithms.Image.Segmentation.SNIC(**arguments)


def test_seeds_lie_on_a_lattice(pixels: Sampled) -> None:
    found = pixels(ee.Algorithms.Image.Segmentation.seedGrid(6), GRID)["seeds"]
    rows, cols = np.nonzero(found)
    assert set(np.diff(np.unique(rows))) == set(np.diff(np.unique(cols))) == {6}
    assert found.sum() == np.unique(rows).size * np.unique(cols).size
    tile = pixels(ee.Algorithms.Image.Segmentation.seedGrid(6), part(5, 7, 20, 13))["seeds"]
    np.testing.assert_array_equal(tile, found[7:20, 5:25])


def test_seeds_of_triangles_are_all_about_one_side_apart(pixels: Sampled) -> None:
    found = pixels(ee.Algorithms.Image.Segmentation.seedGrid(12, "hex"), GRID)["seeds"]
    places = np.argwhere(found)
    gaps = np.hypot(*np.moveaxis(places[:, np.newaxis] - places[np.newaxis], 2, 0))
    gaps[np.eye(len(places), dtype=bool)] = np.inf
    assert len(places) > 10
    assert np.abs(gaps.min(axis=1) - 12).max() < 1.5


def literal(values: Array, starts: Array, size: int, compactness: float) -> Array:
    """The published algorithm, with lists that are searched and sums that are made anew each time."""
    labels: Array = np.zeros(values.shape[1:], int)
    queue = [(0.0, (int(r), int(c)), int(starts[r, c])) for r, c in np.argwhere(starts)]
    while queue:
        # The first of the nearest: new ones come behind.
        first = min(queue, key=lambda one: one[0])
        queue.remove(first)
        _, (row, col), label = first
        if labels[row, col]:
            continue
        labels[row, col] = label
        members = np.argwhere(labels == label)
        middle, colour = members.mean(axis=0), values[:, labels == label].mean(axis=1)
        for r in range(max(row - 1, 0), min(row + 2, labels.shape[0])):
            for c in range(max(col - 1, 0), min(col + 2, labels.shape[1])):
                if not labels[r, c]:
                    near = ((np.array([r, c]) - middle) ** 2).sum() * compactness**2 / size**2
                    queue.append((float(((values[:, r, c] - colour) ** 2).sum() + near), (r, c), label))
    return labels


@pytest.mark.parametrize("compactness", [0.0, 1.0, 30.0])
def test_superpixels_grow_as_published(compactness: float) -> None:
    values = np.stack([VALUES, OTHER])[:, :14, :17].astype(float)
    starts = np.zeros(values.shape[1:], np.int64)
    starts[2::5, 2::5] = np.arange(1, 10).reshape(3, 3)
    found = grow_labels(values, np.ones(starts.shape, bool), starts, Growth(5, compactness, eight=True, margin=0))
    expected = literal(values, starts, 5, compactness)
    # Rounding of sums may turn a choice between equals.
    assert (found == expected).mean() > 0.97
    assert set(np.unique(found)) == set(range(1, 10))


def test_compact_superpixels_of_a_flat_image_are_squares(pixels: Sampled) -> None:
    image = snic(image=ee.Image("T/flat"), size=8, compactness=1, connectivity=8)
    found = pixels(image, GRID)
    assert list(found) == ["clusters", "v_mean", "seeds"]
    seeds = np.argwhere(found["seeds"])
    labels = found["clusters"]
    for row, col in np.ndindex(SIZE):
        gaps = np.hypot(*(seeds - [row, col]).T)
        near = seeds[np.isclose(gaps, gaps.min(), atol=1.01)]
        if 4 <= row < SIZE[0] - 8 and 4 <= col < SIZE[1] - 8:
            assert labels[row, col] in {labels[tuple(place)] for place in near}


def test_superpixels_keep_to_regions_and_carry_means(pixels: Sampled) -> None:
    image = snic(image=ee.Image("T/two"), size=6, compactness=0, connectivity=4, neighborhoodSize=60)
    found = pixels(image, GRID)
    assert list(found) == ["clusters", "v_mean", "w_mean", "seeds"]
    np.testing.assert_array_equal(np.ma.getmaskarray(found["clusters"]), ~VALID)
    labels = found["clusters"].filled(0)
    for label in np.unique(labels[VALID]):
        members = labels == label
        if members.sum() > 3:
            # Regions are sixty apart, and grow as far as the nearest seeds of their own.
            assert np.bincount(REGION[members]).max() > 0.8 * members.sum()
        np.testing.assert_allclose(found["v_mean"][members], VALUES[members].mean(), rtol=1e-9)
        np.testing.assert_allclose(found["w_mean"][members], OTHER[members].mean(), rtol=1e-9)


def test_superpixels_are_the_same_in_all_windows(pixels: Sampled) -> None:
    image = snic(image=ee.Image("T/two"), size=5, compactness=2)
    whole = pixels(image, GRID)
    for left, top, width, height in ((2, 3, 10, 9), (30, 13, 12, 15)):
        tile = pixels(image, part(left, top, width, height))
        for name, band in tile.items():
            expected = whole[name][top : top + height, left : left + width]
            np.testing.assert_array_equal(band.filled(0), expected.filled(0))


def test_seeds_that_touch_are_one(pixels: Sampled) -> None:
    column = ee.Image.pixelCoordinates(ee.Projection(GRID.crs, GRID.transform)).select("x").floor()
    seeds = column.eq(5).Or(column.eq(40))
    found = pixels(snic(image=ee.Image("T/flat"), seeds=seeds, compactness=0, neighborhoodSize=60), GRID)
    assert list(found) == ["clusters", "v_mean"]
    labels = found["clusters"]
    inner = labels[:, [5, 40]]
    assert np.unique(inner[:19, 0]).size == np.unique(inner[:19, 1]).size == 1
    assert np.unique(inner[:19]).size == 2


def test_well_separated_values_are_clusters_in_each_cell(pixels: Sampled) -> None:
    image = ee.Algorithms.Image.Segmentation.KMeans(ee.Image("T/two"), 3)
    found = pixels(image, GRID)["clusters"]
    np.testing.assert_array_equal(np.ma.getmaskarray(found), ~VALID)
    pairs = {(int(CELL[at]), int(REGION[at]), int(found[at])) for at in zip(*np.nonzero(VALID), strict=True)}
    assert len(pairs) == len({pair[:2] for pair in pairs}) == len({pair[2] for pair in pairs}) == 12
    shared = pixels(ee.Algorithms.Image.Segmentation.KMeans(ee.Image("T/two"), 3, uniqueLabels=False), GRID)["clusters"]
    assert set(np.unique(shared.compressed())) == {0, 1, 2}


def test_every_pixel_is_with_its_nearest_mean(pixels: Sampled) -> None:
    image = ee.Algorithms.Image.Segmentation.KMeans(ee.Image("T/two"), 5, 100, gridSize=16, forceConvergence=True)
    found = pixels(image, part(20, 19, 16, 16))["clusters"]
    points = np.stack([VALUES, OTHER]).astype(float)[:, 19:35, 20:36][:, VALID[19:35, 20:36]]
    labels = found.compressed()
    names = np.unique(labels)
    assert names.size == 5
    means = np.stack([points[:, labels == name].mean(axis=1) for name in names])
    lengths = ((points.T[:, np.newaxis] - means[np.newaxis]) ** 2).sum(axis=2)
    own = lengths[np.arange(labels.size), np.searchsorted(names, labels)]
    np.testing.assert_allclose(own, lengths.min(axis=1))


def test_clusters_are_the_same_in_all_windows(pixels: Sampled) -> None:
    image = ee.Algorithms.Image.Segmentation.KMeans(ee.Image("T/two"), 4, neighborhoodSize=3)
    whole = pixels(image, GRID)["clusters"]
    tile = pixels(image, part(15, 12, 11, 14))["clusters"]
    np.testing.assert_array_equal(tile.filled(0), whole[12:26, 15:26].filled(0))


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (lambda image: snic(image=image, connectivity=6), "'connectivity' must be 4 or 8, got 6"),
        (lambda image: snic(image=image, compactness=-1), "'compactness' must not be negative"),
        (lambda image: snic(image=image.select([])), "The image has no bands"),
        (lambda _: ee.Algorithms.Image.Segmentation.seedGrid(5, "star"), "Unknown gridType 'star'"),
        (lambda image: ee.Algorithms.Image.Segmentation.KMeans(image, 0), "'numClusters' must be between 1 and 256"),
        (lambda image: ee.Algorithms.Image.Segmentation.KMeans(image, 4, 9, 5, 5), "and not both"),
        (
            lambda image: ee.Algorithms.Image.Segmentation.KMeans(image, 9, 1, forceConvergence=True),
            "did not converge within 1 iterations",
        ),
    ],
)
def test_what_is_refused(pixels: Sampled, image: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(EarthError, match=message):
        pixels(image(ee.Image("T/two")), GRID)
