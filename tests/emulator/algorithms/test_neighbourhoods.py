"""Neighbourhood operations against loops over pixels, and tiles against the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator.memory_catalogue import MemoryCatalogue
from tests.examples import examples
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.evaluator.interpreter import evaluate
from xee_lite.emulator.images.image import Sampler
from xee_lite.emulator.pixels import outputs
from xee_lite.emulator.types import PixelGrid

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Sampled, Value

Array = npt.NDArray[Any]

RNG = np.random.default_rng(11)
SIZE = (9, 11)
VALUES = RNG.integers(0, 9, SIZE).astype(np.uint8)
VALID = RNG.random(SIZE) > 0.25
GRID = PixelGrid("EPSG:32631", (30.0, 0.0, 4e5, 0.0, -30.0, 5e6), SIZE[1], SIZE[0])


SHELF = MemoryCatalogue(
    GRID,
    {
        "T/full": {"v": VALUES},
        "T/holes": {"v": np.ma.MaskedArray(VALUES, ~VALID)},
        "T/two": {"a": np.ma.MaskedArray(VALUES, ~VALID), "b": VALUES.astype(np.float32) ** 2},
    },
)


@pytest.fixture
def catalogue() -> MemoryCatalogue:
    return SHELF


def windows(radius: int, valid: Array = VALID) -> list[list[Array]]:
    """The valid values of the square around each pixel of the raster."""
    rows, cols = SIZE
    return [
        [
            VALUES[max(r - radius, 0) : r + radius + 1, max(c - radius, 0) : c + radius + 1][
                valid[max(r - radius, 0) : r + radius + 1, max(c - radius, 0) : c + radius + 1]
            ]
            for c in range(cols)
        ]
        for r in range(rows)
    ]


def each(function: Callable[[Array], float], radius: int) -> np.ma.MaskedArray[Any, Any]:
    found = [[np.nan if not cell.size else function(cell) for cell in row] for row in windows(radius)]
    return np.ma.masked_invalid(found)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("focalMin", np.min),
        ("focalMax", np.max),
        ("focalMean", np.mean),
        ("focalMedian", np.median),
        ("focalMode", lambda cell: np.bincount(cell).argmax()),
    ],
)
def test_focal_operations_see_the_valid_pixels_alone(
    pixels: Sampled, name: str, function: Callable[[Array], float]
) -> None:
    found = pixels(getattr(ee.Image("T/holes"), name)(1, "square"), GRID)["v"]
    expected = each(function, 1)
    np.testing.assert_array_equal(np.ma.getmaskarray(found), np.ma.getmaskarray(expected))
    np.testing.assert_allclose(found.compressed(), expected.compressed())


def test_iterations_are_repetitions(pixels: Sampled) -> None:
    image = ee.Image("T/holes")
    once = pixels(image.focal_max(2, "square"), GRID)["v"]
    twice = pixels(image.focal_max(1, "square", "pixels", 2), GRID)["v"]
    np.testing.assert_array_equal(once, twice)
    chain = image.focal_mean(1.5).focal_mean(1.5)
    np.testing.assert_allclose(
        pixels(image.focal_mean(1.5, "circle", "pixels", 2), GRID)["v"], pixels(chain, GRID)["v"], rtol=1e-12
    )


def test_metres_count_in_the_pixels_asked_for(pixels: Sampled) -> None:
    image = ee.Image("T/holes")
    np.testing.assert_array_equal(
        pixels(image.focalMax(60, "square", "meters"), GRID)["v"], pixels(image.focalMax(2, "square"), GRID)["v"]
    )


def test_types_of_focal_operations(value_of: Value) -> None:
    image = ee.Image("T/holes")
    assert value_of(image.focalMax()).bands[0].type == value_of(image).bands[0].type
    assert value_of(image.focalMean()).bands[0].type.precision == "double"


@pytest.mark.parametrize("input_weight", ["kernel", "mask", "min"])
@pytest.mark.parametrize("skip", [True, False])
def test_weighted_means_of_neighbourhoods(pixels: Sampled, input_weight: str, skip: bool) -> None:
    weights = np.array([[0.0, 0.5, 2.0], [1.0, 3.0, 0.25]])
    kernel = ee.Kernel.fixed(weights=weights.tolist(), x=1, y=0)
    image = ee.Image("T/holes").reduceNeighborhood(ee.Reducer.mean(), kernel, input_weight, skip)
    found = pixels(image, GRID)["v_mean"]
    for row, col in np.ndindex(SIZE):
        total = share = 0.0
        for (down, across), weight in np.ndenumerate(weights):
            r, c = row + down, col + across - 1
            if weight and 0 <= r < SIZE[0] and 0 <= c < SIZE[1] and VALID[r, c]:
                w = {"kernel": weight, "mask": 1.0, "min": min(weight, 1.0)}[input_weight]
                total, share = total + w * VALUES[r, c], share + w
        if share == 0 or (skip and not VALID[row, col]):
            assert np.ma.getmaskarray(found)[row, col]
        else:
            assert found[row, col] == pytest.approx(total / share)


def test_reducers_of_many_outputs_and_inputs(pixels: Sampled) -> None:
    kernel = ee.Kernel.square(1)
    found = pixels(ee.Image("T/holes").reduceNeighborhood(ee.Reducer.minMax(), kernel, "kernel", False), GRID)
    assert list(found) == ["v_min", "v_max"]
    np.testing.assert_array_equal(found["v_max"], each(np.max, 1))
    fit = pixels(ee.Image("T/two").reduceNeighborhood(ee.Reducer.linearFit(), kernel), GRID)
    assert list(fit) == ["scale", "offset"]
    near = slice(3, 6), slice(4, 7)
    known = VALID[near]
    slope, offset = np.polyfit(VALUES[near][known].astype(float), VALUES[near][known].astype(float) ** 2, 1)
    if VALID[4, 5]:
        assert fit["scale"][4, 5] == pytest.approx(slope)
        assert fit["offset"][4, 5] == pytest.approx(offset)


def test_a_convolution_is_a_sum_of_shifted_images(pixels: Sampled) -> None:
    weights = [[1.0, -2.0, 3.0], [0.5, 0.0, 7.0]]
    found = pixels(ee.Image("T/full").convolve(ee.Kernel.fixed(weights=weights)), GRID)["v"]
    padded = np.pad(VALUES.astype(float), 1, constant_values=np.nan)
    expected = sum(
        np.where(weight == 0, 0, padded[row : row + SIZE[0], col : col + SIZE[1]] * weight)
        for row, line in enumerate(weights)
        for col, weight in enumerate(line)
    )
    np.testing.assert_array_equal(np.ma.getmaskarray(found), np.isnan(expected))
    np.testing.assert_allclose(found.compressed(), np.asarray(expected)[~np.isnan(expected)])


def test_entropy_of_a_window(pixels: Sampled) -> None:
    def expected(cell: Array) -> float:
        share = np.bincount(cell)[np.bincount(cell) > 0] / cell.size
        return float(-(share * np.log2(share)).sum())

    found = pixels(ee.Image("T/holes").entropy(ee.Kernel.square(1)), GRID)["v"]
    np.testing.assert_allclose(found, each(expected, 1), atol=1e-12)
    with pytest.raises(EarthError, match="must be integers"):
        pixels(ee.Image("T/two").entropy(ee.Kernel.square(1)), GRID)


def test_neighbours_become_bands_in_rows(pixels: Sampled) -> None:
    kernel = ee.Kernel.fixed(weights=[[1, 0, 0], [0, 1, 1]], x=1, y=1)
    found = pixels(ee.Image("T/full").neighborhoodToBands(kernel), GRID)
    assert list(found) == ["v_-1_-1", "v_0_0", "v_1_0"]
    np.testing.assert_array_equal(found["v_-1_-1"][1:, 1:], VALUES[:-1, :-1])
    assert np.ma.getmaskarray(found["v_-1_-1"])[0].all()
    np.testing.assert_array_equal(found["v_1_0"][:, :-1], VALUES[:, 1:])


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (lambda image: image.focalMax(1, "star"), "Unknown kernelType 'star'"),
        (lambda image: image.focalMax(1, "square", "pixels", 0), "'iterations' must be"),
        (lambda image: image.reduceNeighborhood("mean", ee.Kernel.square(1), "all"), "Unknown inputWeight 'all'"),
        (lambda image: image.focalMax(500, "square", "pixels", 900), "User memory limit exceeded."),
    ],
)
def test_what_is_refused(pixels: Sampled, image: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(EarthError, match=message):
        pixels(image(ee.Image("T/holes")), GRID)


def diamond() -> Any:
    """A rhombus around the middle of the raster, none of whose edges lies on an edge of pixels."""
    x, y = 4e5 + 161.0, 5e6 - 127.0
    corners = [[x - 101.3, y], [x, y + 88.7], [x + 103.1, y], [x, y - 90.9]]
    return ee.FeatureCollection([ee.Feature(ee.Geometry.Polygon([corners], GRID.crs, False))])


OPERATIONS: dict[str, Callable[[Any], Any]] = {
    "focalMax": lambda image: image.focalMax(2, "diamond", "pixels", 2),
    "focalMedian": lambda image: image.focalMedian(1.5),
    "convolve": lambda image: image.convolve(ee.Kernel.gaussian(3)),
    "reduce": lambda image: image.reduceNeighborhood("stdDev", ee.Kernel.circle(60, "meters"), "kernel", False),
    "bands": lambda image: image.neighborhoodToBands(ee.Kernel.plus(1)),
    "distance": lambda image: image.eq(8).fastDistanceTransform(4),
    "kernel distance": lambda image: image.eq(8).distance(ee.Kernel.euclidean(3), False),
    "direction": lambda image: image.eq(8).directionalDistanceTransform(33, 5),
    "slope": lambda image: ee.Terrain.products(image.rename("elevation")),
    "connected": lambda image: image.gt(3).connectedPixelCount(50),
    "labels": lambda image: image.gt(3).connectedComponents(ee.Kernel.plus(1), 9),
    "paint": lambda image: image.paint(diamond(), 7, 2).addBands(image.paint(diamond(), 5)),
    "nested": lambda image: image.focalMin(1).convolve(ee.Kernel.sobel()).abs().focalMax(1),
}


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.usefixtures("offline")
@examples(15)
@given(
    split=st.tuples(st.integers(1, SIZE[0] + 3), st.integers(1, SIZE[1] + 3)), block=st.sampled_from([64, 2**10, 2**26])
)
def test_tiles_are_parts_of_the_whole(name: str, split: tuple[int, int], block: int) -> None:
    image = evaluate(ee.serializer.encode(OPERATIONS[name](ee.Image("T/holes")), for_cloud_api=True), SHELF)
    left, top, size = -2, -2, (SIZE[1] + 4, SIZE[0] + 4)
    a, _, x, _, e, y = GRID.transform

    def sample(col: int, row: int, width: int, height: int) -> list[Array]:
        grid = PixelGrid(GRID.crs, (a, 0, x + a * (left + col), 0, e, y + e * (top + row)), width, height)
        sampler = Sampler(grid)
        found = [sampler(band) for band in image.bands]
        return [np.stack([one.values.astype(float) * (one.mask > 0), one.mask]) for one in found]

    whole = sample(0, 0, *size)
    row, col = split
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outputs, "BLOCK", block)
        parts = [
            [sample(0, 0, col, row), sample(col, 0, size[0] - col, row)],
            [sample(0, row, col, size[1] - row), sample(col, row, size[0] - col, size[1] - row)],
        ]
    for number, band in enumerate(whole):
        joined = np.block([[tile[number] for tile in line] for line in parts])
        np.testing.assert_array_equal(joined, band)
