"""Images of arrays against NumPy, pixel by pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import numpy.typing as npt
import pytest

from xee_lite.emulator.catalogue.memory import memory_image
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.images.image import Image, Sampler
from xee_lite.emulator.types import PixelGrid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.emulator.evaluating import Sampled, Value

Array = npt.NDArray[Any]

RNG = np.random.default_rng(41)
SIZE = (4, 5)
GRID = PixelGrid("EPSG:4326", (1.0, 0.0, 0.0, 0.0, -1.0, 4.0), SIZE[1], SIZE[0])
BANDS = {name: RNG.integers(-5, 20, SIZE).astype(np.int16) for name in "abcd"}
HOLES = RNG.random(SIZE) < 0.2
SERIES = RNG.integers(0, 100, (6, *SIZE)).astype(np.uint8)
GAPS = RNG.random((6, *SIZE)) < 0.4


class Assets:
    def find(self, asset_id: str) -> Image:
        bands: dict[str, Array] = {**BANDS, "d": np.ma.MaskedArray(BANDS["d"], HOLES)}
        if asset_id.startswith("T/s"):
            number = int(asset_id[3:])
            bands = {"v": np.ma.MaskedArray(SERIES[number], GAPS[number]), "w": (SERIES[number] / 2).astype(np.float32)}
        return memory_image(bands, crs=GRID.crs, transform=GRID.transform)


@pytest.fixture
def catalogue() -> Assets:
    return Assets()


@pytest.fixture
def arrays(value_of: Value) -> Callable[[Any], Array]:
    """Evaluate an image of one band of arrays: an object array, None where masked."""

    def compute(obj: Any) -> Array:
        (band,) = value_of(obj).bands
        found = Sampler(GRID).arrays(band)
        out = np.empty(SIZE, object)
        for at in np.ndindex(SIZE):
            out[at] = found.values[at] if found.mask[at] > 0 else None
            assert out[at] is None or out[at].ndim == band.type.dimensions
        return out

    return compute


def missing(found: Array) -> Array:
    return np.array([value is None for value in found.ravel()]).reshape(SIZE)


def image(names: str = "abc") -> Any:
    return ee.Image("T/i").select(list(names))


def matrices() -> Any:
    """The matrix of rows (a, b) and (c, a)."""
    rows = [image("ab").toArray().toArray(1), image("ca").toArray().toArray(1)]
    return ee.Image.cat(rows).toArray(1).arrayTranspose()


def each() -> Iterator[tuple[tuple[int, int], Array]]:
    for at in np.ndindex(SIZE):
        a, b, c = (int(BANDS[name][at]) for name in "abc")
        yield at, np.array([[a, b], [c, a]])


def test_bands_become_vectors_and_vectors_matrices(arrays: Callable[[Any], Array], info: Value) -> None:
    found = arrays(image().toArray())
    for at in np.ndindex(SIZE):
        assert found[at].tolist() == [BANDS[name][at] for name in "abc"]
    assert arrays(image().toArray(0).toArray(1))[1, 2].shape == (3, 1)
    found = arrays(matrices())
    for at, expected in each():
        np.testing.assert_array_equal(found[at], expected)
    assert info(image().toArray())["bands"][0]["data_type"] == {
        "type": "PixelType",
        "precision": "int",
        "min": -32768,
        "max": 32767,
        "dimensions": 1,
    }


def test_a_pixel_needs_all_bands(arrays: Callable[[Any], Array]) -> None:
    found = arrays(image("ad").toArray())
    np.testing.assert_array_equal(missing(found), HOLES)


def test_flattening_and_getting(pixels: Sampled) -> None:
    found = pixels(matrices().arrayFlatten([["x", "y"], ["p", "q"]]), GRID)
    assert list(found) == ["x_p", "x_q", "y_p", "y_q"]
    np.testing.assert_array_equal(found["y_p"], BANDS["c"])
    np.testing.assert_array_equal(found["x_q"], BANDS["b"])
    np.testing.assert_array_equal(pixels(matrices().arrayGet([1, 0]), GRID)["array"], BANDS["c"])
    which = ee.Image("T/i").select("a").gt(0)
    got = pixels(image("bc").toArray().arrayGet(which), GRID)["array"]
    np.testing.assert_array_equal(got, np.where(BANDS["a"] > 0, BANDS["c"], BANDS["b"]))


SHAPES: dict[str, tuple[Callable[[], Any], Callable[[Array], Array]]] = {
    "transpose": (lambda: matrices().arrayTranspose(), lambda m: m.T),
    "slice": (lambda: matrices().arraySlice(1, 1), lambda m: m[:, 1:]),
    "slice from the end": (lambda: matrices().arraySlice(0, -1), lambda m: m[-1:]),
    "project": (lambda: matrices().arraySlice(0, 0, 1).arrayProject([1]), lambda m: m[0]),
    "cat": (lambda: matrices().arrayCat(matrices().multiply(2), 1), lambda m: np.hstack([m, 2 * m])),
    "repeat": (lambda: matrices().arrayRepeat(0, 2), lambda m: np.vstack([m, m])),
    "reshape": (lambda: matrices().arrayReshape(ee.Image(ee.Array([-1])), 1), lambda m: m.reshape(-1)),
    "pad": (lambda: matrices().arrayPad([3, 2], 7), lambda m: np.vstack([m, [[7, 7]]])),
    "sort": (lambda: image("abc").toArray().arraySort(), lambda m: np.sort([m[0, 0], m[0, 1], m[1, 0]])),
    "sum": (lambda: matrices().arrayReduce(ee.Reducer.sum(), [0]), lambda m: m.sum(axis=0, keepdims=True)),
    "mean of all": (lambda: matrices().arrayReduce("mean", [0, 1]), lambda m: m.mean(keepdims=True)),
    "accumulated": (lambda: matrices().arrayAccum(1), lambda m: m.cumsum(axis=1)),
    "product of elements": (lambda: matrices().multiply(matrices()), lambda m: m * m),
    "with a band": (lambda: matrices().add(image("b")), lambda m: m + m[0, 1]),
    "absolute": (lambda: matrices().abs(), np.abs),
    "doubles": (lambda: matrices().toDouble().divide(4), lambda m: m / 4),
    "lengths": (lambda: matrices().arraySlice(0, 1).arrayLengths(), lambda _: np.array([1, 2])),
    "argmax": (lambda: matrices().arrayArgmax(), lambda m: np.array(np.unravel_index(m.argmax(), m.shape))),
    "constant": (lambda: ee.Image(ee.Array([[1, 2], [3, 4]])).subtract(matrices()), lambda m: [[1, 2], [3, 4]] - m),
    "product": (lambda: matrices().matrixMultiply(matrices()), lambda m: m @ m),
    "pseudo-inverse": (lambda: matrices().matrixPseudoInverse(), np.linalg.pinv),
    "diagonal": (lambda: matrices().matrixDiagonal(), lambda m: np.diag(m)[:, np.newaxis]),
    "to a diagonal": (lambda: matrices().matrixDiagonal().matrixToDiag(), lambda m: np.diag(np.diag(m))),
    "identity": (lambda: ee.Image.matrixIdentity(2).matrixMultiply(matrices()), lambda m: m),
}


@pytest.mark.parametrize("name", SHAPES)
def test_operations_on_arrays(arrays: Callable[[Any], Array], name: str) -> None:
    build, expected = SHAPES[name]
    found = arrays(build())
    for at, matrix in each():
        np.testing.assert_allclose(found[at], expected(matrix), atol=1e-9)


NUMBERS: dict[str, tuple[Callable[[], Any], Callable[[Array], float]]] = {
    "determinant": (lambda: matrices().matrixDeterminant(), lambda m: m[0, 0] * m[1, 1] - m[0, 1] * m[1, 0]),
    "trace": (lambda: matrices().matrixTrace(), lambda m: m[0, 0] + m[1, 1]),
    "norm": (lambda: matrices().matrixFnorm(), lambda m: float(np.sqrt((m * m).sum()))),
    "length": (lambda: matrices().arrayLength(1), lambda _: 2),
    "dimensions": (lambda: matrices().arrayDimensions(), lambda _: 2),
    "dot": (lambda: image("ab").toArray().arrayDotProduct(image("ca").toArray()), lambda m: float(m[0] @ m[1])),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_operations_that_give_numbers(pixels: Sampled, name: str) -> None:
    build, expected = NUMBERS[name]
    (found,) = pixels(build(), GRID).values()
    for at, matrix in each():
        assert found[at] == pytest.approx(expected(matrix), abs=1e-9)


def test_inverses_and_solutions(arrays: Callable[[Any], Array]) -> None:
    regular = matrices().add(ee.Image(ee.Array([[100, 0], [0, 50]])))
    inverse = arrays(regular.matrixInverse())
    solved = arrays(regular.matrixSolve(image("bc").toArray().toArray(1)))
    for at, matrix in each():
        full = matrix + np.diag([100, 50])
        np.testing.assert_allclose(inverse[at], np.linalg.inv(full), atol=1e-9)
        right = np.array([[BANDS["b"][at]], [BANDS["c"][at]]])
        np.testing.assert_allclose(solved[at], np.linalg.solve(full, right), atol=1e-9)


def test_decompositions_multiply_to_what_they_decompose(value_of: Value) -> None:
    sampler = Sampler(GRID)
    decompositions: dict[str, Callable[..., Array]] = {
        "matrixQRDecomposition": lambda q, r: q @ r,
        "matrixSingularValueDecomposition": lambda u, s, v: u @ s @ v.T,
    }
    for name, product in decompositions.items():
        bands = value_of(getattr(matrices(), name)()).bands
        parts = [sampler.arrays(band).values for band in bands]
        for at, matrix in each():
            np.testing.assert_allclose(product(*(part[at] for part in parts)), matrix, atol=1e-9)
    square = matrices().matrixMultiply(matrices().arrayTranspose()).add(ee.Image.matrixIdentity(2))
    (lower,) = value_of(square.matrixCholeskyDecomposition()).bands
    for at, matrix in each():
        factor = sampler.arrays(lower).values[at]
        np.testing.assert_allclose(factor @ factor.T, matrix @ matrix.T + np.eye(2), atol=1e-9)


def test_a_series_has_a_row_for_each_valid_image(arrays: Callable[[Any], Array], pixels: Sampled) -> None:
    series = ee.ImageCollection([ee.Image(f"T/s{number}") for number in range(6)])
    found = arrays(series.toArray())
    for at in np.ndindex(SIZE):
        valid = ~GAPS[(slice(None), *at)]
        values = SERIES[(slice(None), *at)][valid]
        if not valid.any():
            assert found[at] is None
            continue
        np.testing.assert_array_equal(found[at], np.stack([values, values / 2], axis=1))
    latest = series.toArray().arraySlice(0, -1).arrayProject([1]).arrayFlatten([["v", "w"]])
    np.testing.assert_array_equal(pixels(latest, GRID)["v"], pixels(series.select("v").mosaic(), GRID)["v"])
    per_band = arrays(series.select("w").toArrayPerBand())
    np.testing.assert_array_equal(per_band[1, 1], SERIES[:, 1, 1] / 2)


@pytest.mark.parametrize("axis", [0, 1])
def test_a_series_may_leave_out_what_is_masked(arrays: Callable[[Any], Array], axis: int) -> None:
    series = ee.ImageCollection([ee.Image(f"T/s{number}").select("v") for number in range(6)])
    if axis:
        series = series.map(lambda image: image.toArray())
    found = arrays(series.toArrayPerBand(axis, dropMasked=True))
    for at in np.ndindex(SIZE):
        values = SERIES[(slice(None), *at)][~GAPS[(slice(None), *at)]]
        if values.size:
            np.testing.assert_array_equal(found[at], values if axis == 0 else values[np.newaxis])
        else:
            assert found[at] is None
    with pytest.raises(EarthError, match="between 0 and"):
        arrays(series.toArrayPerBand(2))
    with pytest.raises(EarthError, match="between 0 and"):
        arrays(series.toArrayPerBand(-1))


def test_a_mask_keeps_elements_and_masks_of_pixels_stay_numbers(
    arrays: Callable[[Any], Array], pixels: Sampled
) -> None:
    vector = image().toArray()
    found = arrays(vector.arrayMask(vector.gt(3)))
    for at in np.ndindex(SIZE):
        values = np.array([BANDS[name][at] for name in "abc"])
        assert found[at].tolist() == values[values > 3].tolist()
    where = image("a").gt(4)
    np.testing.assert_array_equal(missing(arrays(vector.updateMask(where))), BANDS["a"] <= 4)
    np.testing.assert_array_equal(pixels(vector.updateMask(where).mask(), GRID)["array"], BANDS["a"] > 4)


def test_neighbourhoods_become_matrices(arrays: Callable[[Any], Array]) -> None:
    found = arrays(ee.Image("T/i").select("d").neighborhoodToArray(ee.Kernel.rectangle(2, 1), 100000))
    padded = np.pad(np.where(HOLES, 32767, BANDS["d"]), ((1, 1), (2, 2)), constant_values=32767)
    for row, col in np.ndindex(SIZE):
        if HOLES[row, col]:
            assert found[row, col] is None
        else:
            np.testing.assert_array_equal(found[row, col], padded[row : row + 3, col : col + 5])


def test_pixels_are_unmixed_into_shares(pixels: Sampled, value_of: Value) -> None:
    ends = [[1.0, 0.0, 2.0], [0.0, 3.0, 1.0]]
    mixed = ee.Image([ee.Image(0.25), ee.Image(2.25), ee.Image(1.25)])
    found = pixels(mixed.unmix(ends), GRID)
    assert list(found) == ["band_0", "band_1"]
    assert (found["band_0"][0, 0], found["band_1"][0, 0]) == (pytest.approx(0.25), pytest.approx(0.75))
    with pytest.raises(EarthError, match="endmembers have 3 bands, and the image 2"):
        value_of(image("ab").unmix(ends))
    with pytest.raises(EarthError, match="without constraints"):
        value_of(image("abc").unmix(ends, True))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: matrices().focalMax(), "holds arrays of 2 dimensions, of which this operation makes nothing"),
        (lambda: matrices().unmask(0), "holds arrays of 2 dimensions"),
        (lambda: matrices().arrayGet([0, 5]), "index 5 is out of bounds"),
        (lambda: matrices().arrayGet([0]), "the position has 1 bands"),
        (lambda: matrices().arrayFlatten([["x"], ["p", "q"]]), "not that of the labels"),
    ],
)
def test_what_is_refused(pixels: Sampled, build: Callable[[], Any], message: str) -> None:
    with pytest.raises(EarthError, match=message):
        pixels(build(), GRID)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: image("a").arraySlice(0, 1), "too many indices"),
        (lambda: matrices().add(image().toArray()), "different shapes"),
        (lambda: image().toArray().matrixInverse(), "Matrices have two dimensions"),
        (lambda: matrices().arrayReduce("mean", [2]), "not axes of an array of 2 dimensions"),
        (lambda: matrices().arrayReduce(ee.Reducer.minMax(), [0]), "needs a 'fieldAxis'"),
        (lambda: matrices().arrayRepeat(0, 10**9), "too few or too many"),
    ],
)
def test_what_is_refused_of_arrays(value_of: Value, build: Callable[[], Any], message: str) -> None:
    with pytest.raises(EarthError, match=message):  # noqa: PT012 - the error comes of either
        for band in value_of(build()).bands:
            sampler = Sampler(GRID)
            sampler.arrays(band) if band.type.dimensions else sampler(band)


def test_bits_of_numbers_begin_with_the_lowest(arrays: Callable[[Any], Array]) -> None:
    found = arrays(ee.Image("T/a").select("d").bitsToArrayImage())
    for at in np.ndindex(SIZE):
        if HOLES[at]:
            assert found[at] is None
        else:
            number = int(BANDS["d"][at])
            assert found[at].tolist() == [int(bit) for bit in reversed(f"{number % 2**64:b}")]


def test_lower_and_upper_factors_of_images(value_of: Value) -> None:
    image = ee.Image("T/a").select(["a", "b", "c"]).toArray().toArray(1)
    matrix = image.matrixMultiply(image.matrixTranspose()).add(ee.Image(ee.Array([[0, 3, 1], [2, 0, 0], [0, 5, 9]])))
    parts = {band.name: Sampler(GRID).arrays(band) for band in value_of(matrix.matrixLUDecomposition()).bands}
    assert list(parts) == ["L", "U", "P"]
    (band,) = value_of(matrix).bands
    for at, expected in np.ndenumerate(Sampler(GRID).arrays(band).values):
        lower, upper, pivots = (parts[name].values[at] for name in "LUP")
        np.testing.assert_allclose(lower @ upper, pivots @ expected, atol=1e-9)
        np.testing.assert_array_equal(upper, np.triu(upper))


def test_samples_hold_the_arrays_of_pixels(value_of: Value) -> None:
    image = ee.Image("T/a").select("a", "b").toArray().addBands(ee.Image("T/a").select("d"))
    taken = value_of(image.sample(ee.Geometry.Rectangle([0, 0, 5, 4], None, False)))
    found = [(one.properties["array"].values.tolist(), one.properties["d"]) for one in taken]
    wanted = [([BANDS["a"][at], BANDS["b"][at]], BANDS["d"][at]) for at in zip(*np.nonzero(~HOLES), strict=True)]
    assert found == wanted


def test_rectangles_of_arrays_have_the_arrays_axes_last(value_of: Value) -> None:
    image = ee.Image("T/a").select("a", "d").toArray()
    area = ee.Geometry.Rectangle([0.5, 0.5, 4.5, 3.5], None, False)
    with pytest.raises(EarthError, match=r"'array' has masked pixels in the region; pass 'defaultArrayValue'"):
        value_of(image.sampleRectangle(area))
    found = value_of(image.sampleRectangle(area, defaultArrayValue=[7, 8])).properties["array"].values
    wanted = np.where(HOLES[..., np.newaxis], [7, 8], np.stack([BANDS["a"], BANDS["d"]], axis=2))
    np.testing.assert_array_equal(found, wanted)
    with pytest.raises(EarthError, match="must have the same number of elements"):
        value_of(image.sampleRectangle(area, defaultArrayValue=[7]))
