"""Composites against NumPy's masked arrays."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import numpy.typing as npt
import pytest

from xee_lite.emulator.catalogue.memory import memory_image
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.images.image import Band, Image, Pixels, Sampler
from xee_lite.emulator.images.memo import Memo
from xee_lite.emulator.pixels import composite, outputs, stacking
from xee_lite.emulator.pixels.homogeneity import type_name
from xee_lite.emulator.types import BOOLEAN, UINT8, UINT16, PixelGrid, PixelType, Projection

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Sampled, Value

RNG = np.random.default_rng(4)
SIZE = (6, 7)
GRID = PixelGrid("EPSG:4326", (1.0, 0.0, 10.0, 0.0, -1.0, 6.0), 7, 6)
VALUES = RNG.integers(0, 50, (5, *SIZE)).astype(np.uint8)
VALID = RNG.random((5, *SIZE)) > 0.4
VALID[:, 0, 0] = False
SOME = VALID.any(axis=0)
STACK = np.ma.MaskedArray(VALUES, ~VALID)
QUALITY = RNG.random((5, *SIZE)).astype(np.float32)


class Assets:
    def find(self, asset_id: str) -> Image | None:
        images = {
            f"T/{i}": memory_image(
                {"v": STACK[i], "q": QUALITY[i]},
                crs="EPSG:4326",
                transform=GRID.transform,
                properties={"system:index": f"i{i}"},
            )
            for i in range(5)
        }
        images["T/far"] = memory_image({"v": STACK[0]}, crs="EPSG:4326", transform=(1.0, 0.0, 90.0, 0.0, -1.0, 6.0))
        images["T/wide"] = memory_image({"v": np.full(SIZE, 700, np.uint16)}, crs="EPSG:4326", transform=GRID.transform)
        return images.get(asset_id)


@pytest.fixture
def catalogue() -> Assets:
    return Assets()


def collection(*names: str) -> Any:
    return ee.ImageCollection([ee.Image(f"T/{name}") for name in names or "01234"])


@pytest.mark.parametrize("name", ["min", "max", "mean", "sum", "product", "median"])
def test_statistics_equal_masked_arrays(pixels: Sampled, name: str) -> None:
    found = pixels(getattr(collection(), name)(), GRID)["v"]
    function = np.ma.median if name == "median" else getattr(np.ma.MaskedArray, name)
    expected = function(STACK.astype(np.float64), axis=0)
    np.testing.assert_array_equal(np.ma.getmaskarray(found), np.ma.getmaskarray(expected))
    np.testing.assert_allclose(found.compressed(), np.ma.compressed(expected))


def test_count_and_logic(pixels: Sampled, value_of: Value) -> None:
    np.testing.assert_array_equal(pixels(collection().count(), GRID)["v"].filled(0), VALID.sum(axis=0))
    found = pixels(collection().map(lambda image: image.gt(9)).And(), GRID)["v"]
    np.testing.assert_array_equal(found[SOME], _over(np.logical_and, (VALUES > 9) | ~VALID))
    found = pixels(collection().map(lambda image: image.gt(44)).Or(), GRID)["v"]
    np.testing.assert_array_equal(found[SOME], _over(np.logical_or, (VALUES > 44) & VALID))
    assert value_of(collection().map(lambda image: image.gt(9)).And()).bands[0].type == BOOLEAN


def _over(ufunc: np.ufunc, flags: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Flags of the five images combined, where any image is valid."""
    combined: npt.NDArray[np.bool_] = ufunc.reduce(flags, axis=0)
    return combined[SOME]


def test_mode_takes_the_smallest_of_the_commonest(pixels: Sampled) -> None:
    few = collection().map(lambda image: image.mod(3))
    found = pixels(few.mode(), GRID)["v"]
    for row, col in np.ndindex(SIZE):
        values = VALUES[:, row, col][VALID[:, row, col]] % 3
        if values.size:
            assert found[row, col] == np.bincount(values).argmax()
        else:
            assert np.ma.getmaskarray(found)[row, col]


def test_the_last_image_is_on_top(pixels: Sampled) -> None:
    found = pixels(collection().mosaic(), GRID)["v"]
    expected = np.zeros(SIZE, np.uint8)
    for values, valid in zip(VALUES, VALID, strict=True):
        expected[valid] = values[valid]
    np.testing.assert_array_equal(np.ma.getmaskarray(found), ~SOME)
    np.testing.assert_array_equal(found.filled(0), expected)


def test_quality_mosaic(pixels: Sampled) -> None:
    images = collection().map(lambda image: image.updateMask(image.select("q").gt(0.2)))
    found = pixels(images.qualityMosaic("q"), GRID)
    quality = np.where(QUALITY > 0.2, QUALITY, -1)
    best = quality.argmax(axis=0)[np.newaxis]
    some = (quality > 0).any(axis=0)
    np.testing.assert_array_equal(~np.ma.getmaskarray(found["q"]), some)
    np.testing.assert_array_equal(found["q"][some], np.take_along_axis(QUALITY, best, 0)[0][some])
    chosen = np.take_along_axis(VALUES, best, 0)[0]
    lost = np.take_along_axis(~VALID, best, 0)[0]
    np.testing.assert_array_equal(np.ma.getmaskarray(found["v"]), lost | ~some)
    np.testing.assert_array_equal(found["v"].compressed(), chosen[~lost & some])


def test_reduce_names_its_outputs(pixels: Sampled) -> None:
    found = pixels(collection().reduce(ee.Reducer.minMax()), GRID)
    assert list(found) == ["v_min", "v_max", "q_min", "q_max"]
    np.testing.assert_array_equal(found["v_max"].compressed(), STACK.max(axis=0).compressed())
    fit = pixels(collection().select(["q", "v"]).reduce(ee.Reducer.linearFit()), GRID)
    assert list(fit) == ["scale", "offset"]
    row, col = 3, 3
    valid = VALID[:, row, col]
    slope, start = np.polyfit(QUALITY[valid, row, col].astype(float), VALUES[valid, row, col], 1)
    assert fit["scale"][row, col] == pytest.approx(slope)
    assert fit["offset"][row, col] == pytest.approx(start)


def test_bands_of_an_image_reduce_too(pixels: Sampled) -> None:
    found = pixels(ee.Image("T/0").addBands(ee.Image("T/1")).select(["v", "v_1"]).reduce(ee.Reducer.mean()), GRID)
    np.testing.assert_allclose(found["mean"].compressed(), STACK[:2].mean(axis=0).compressed())


def test_to_bands(value_of: Value) -> None:
    assert value_of(collection("0", "3").toBands()).names == ["i0_v", "i0_q", "i3_v", "i3_q"]


def test_a_composite_has_a_degree_and_no_bounds(value_of: Value) -> None:
    band = value_of(collection().mosaic()).bands[0]
    assert band.projection == Projection("EPSG:4326", (1.0, 0.0, 0.0, 0.0, 1.0, 0.0))
    assert band.dimensions is None
    assert band.footprint is None


COMPOSITES: dict[str, Callable[[ee.ImageCollection], ee.Image]] = {
    "mosaic": lambda images: images.mosaic(),
    "median": lambda images: images.median(),
    "max": lambda images: images.max(),
    "count": lambda images: images.count(),
    "reduce": lambda images: images.reduce(ee.Reducer.first()),
    "qualityMosaic": lambda images: images.qualityMosaic("v"),
}


@pytest.mark.parametrize("name", COMPOSITES)
def test_images_of_other_types_are_refused_with_the_pixels(value_of: Value, pixels: Sampled, name: str) -> None:
    images = COMPOSITES[name](collection("0", "wide").select("v"))
    assert [band.name[0] for band in value_of(images).bands] == ["v"]
    with pytest.raises(EarthError) as caught:
        pixels(images, GRID)
    assert str(caught.value) == (
        "Expected a homogeneous image collection, but an image with an incompatible band was encountered. Mismatched "
        "type for band 'v':\nExpected type: Short<0, 255>.\n  Actual type: Integer<0, 65535>.\n     Image ID: 1\n"
        "This band might require an explicit cast."
    )
    alike = COMPOSITES[name](collection("0", "wide").select("v").map(lambda image: image.toFloat()))
    assert pixels(alike, GRID)


@pytest.mark.parametrize("name", COMPOSITES)
def test_images_with_other_bands_are_refused_with_the_pixels(value_of: Value, pixels: Sampled, name: str) -> None:
    images = COMPOSITES[name](collection("0", "wide"))
    assert {band.name[0] for band in value_of(images).bands} == {"v", "q"}
    with pytest.raises(EarthError) as caught:
        pixels(images, GRID)
    assert str(caught.value) == (
        "Expected a homogeneous image collection, but an image with incompatible bands was encountered: First image "
        "type: 2 bands ([v, q]). Current image type: 1 bands ([v])."
    )


@pytest.mark.parametrize(
    ("type_", "spelled"),
    [
        (PixelType("int", -32768, 32767), "Short"),
        (UINT8, "Short<0, 255>"),
        (UINT16, "Integer<0, 65535>"),
        (PixelType("int", 5, 5), "Byte<5, 5>"),
        (PixelType("int", 0, 1_700_000_000_000), "Long<0, 1700000000000>"),
        (PixelType("float", -0.2, 1.6022125), "Float<-0.2, 1.6022125>"),
        (PixelType("double"), "Double"),
    ],
)
def test_messages_spell_types(type_: PixelType, spelled: str) -> None:
    assert type_name(type_) == spelled


@pytest.mark.parametrize("name", ["mosaic", "mean", "median", "toBands"])
def test_an_empty_collection_has_no_bands(value_of: Value, name: str) -> None:
    assert value_of(getattr(ee.ImageCollection([]), name)()).names == []


def test_what_cannot_be_is_said(value_of: Value) -> None:
    with pytest.raises(EarthError, match="No image has the quality band 'z'"):
        value_of(collection().qualityMosaic("z"))
    with pytest.raises(EarthError, match="needs 2 inputs, but the collection has 1 bands"):
        value_of(collection().select("v").reduce(ee.Reducer.linearFit()))


def test_blocks_change_nothing(pixels: Sampled, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = pixels(collection().median(), GRID)["v"]
    for held, size in itertools.product((2**20, 0), (8 * 5 * 7 * 2, 8 * 5 * 3, 1)):
        monkeypatch.setattr(stacking, "HELD", held)
        monkeypatch.setattr(outputs, "BLOCK", size)
        np.testing.assert_array_equal(pixels(collection().median(), GRID)["v"].filled(0), whole.filled(0))


def test_images_elsewhere_cost_nothing(value_of: Value) -> None:
    """A thousand scenes that miss the grid are told apart without looking at pixels."""
    looked = []

    def band(number: int) -> Band:
        def compute(sampler: Sampler) -> Pixels:
            looked.append(number)
            return Pixels.nothing(sampler.shape, np.uint16)

        return Band("x", UINT16, Projection("EPSG:4326"), compute)

    mosaic = composite.mosaic("x", [band(number) for number in range(1000)])
    assert Sampler(GRID)(mosaic).mask.max() == 0
    assert len(looked) == 1000
    far = value_of(collection("far", "far").median())
    assert Sampler(GRID)(far.bands[0]).mask.max() == 0


def test_the_memo_forgets_and_computes_again() -> None:
    made = []

    def make(name: str) -> npt.NDArray[np.uint8]:
        made.append(name)
        return np.zeros(2**27, np.uint8)

    memo = Memo()
    for name in ("a", "b", "a", "c", "a", "b"):
        memo.get(name, lambda name=name: make(name))  # type: ignore[misc]
    # Two of them fit; "b" is the one that was not asked for longest when "c" came.
    assert made == ["a", "b", "c", "b"]
