"""Operators on images against NumPy and hand arithmetic, through the official client."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xee_lite.emulator.catalogue.memory import memory_image
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.images.casts import cast
from xee_lite.emulator.images.image import Band, Image, Sampler
from xee_lite.emulator.images.operators import BINARY, UNARY
from xee_lite.emulator.images.pixelwise import apply_binary, apply_unary, make_constant
from xee_lite.emulator.types import DOUBLE, FLOAT, INT16, UINT8, UINT16, PixelGrid, PixelType

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Sampled

A = np.array([[0, 1, 200], [7, 250, 3]], np.uint8)
B = np.array([[5, 0, 100], [2, 250, 4]], np.uint8)
F = np.array([[-1.5, 0.0, 2.5], [4.0, 1e6, -0.25]], np.float32)
HOLES = np.array([[1, 1, 0], [1, 0, 1]], bool)
GRID = PixelGrid("EPSG:4326", (1.0, 0.0, 10.0, 0.0, -1.0, 2.0), 3, 2)


class Assets:
    def find(self, asset_id: str) -> Image | None:
        bands: dict[str, Any] = {"a": A, "b": B, "f": F, "holes": np.ma.MaskedArray(A, ~HOLES)}
        assets = {
            "T/all": memory_image(bands, crs="EPSG:4326", transform=GRID.transform, properties={"p": 3}),
            **{f"T/{n}": memory_image({n: v}, crs="EPSG:4326", transform=GRID.transform) for n, v in bands.items()},
        }
        return assets.get(asset_id)


@pytest.fixture
def catalogue() -> Assets:
    return Assets()


def test_integers_never_wrap(pixels: Sampled) -> None:
    found = pixels(ee.Image("T/a").add(ee.Image("T/b")), GRID)["a"]
    np.testing.assert_array_equal(found, A.astype(int) + B)
    found = pixels(ee.Image("T/a").subtract(ee.Image("T/b")), GRID)["a"]
    np.testing.assert_array_equal(found, A.astype(int) - B)
    found = pixels(ee.Image("T/a").multiply(ee.Image("T/b")).multiply(1000), GRID)["a"]
    np.testing.assert_array_equal(found, A.astype(int) * B * 1000)


def test_division_gives_fractions_and_zero_for_zero(pixels: Sampled) -> None:
    found = pixels(ee.Image("T/a").divide(ee.Image("T/b")), GRID)["a"]
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.array([[0, 0, 2], [3.5, 1, 0.75]]))
    np.testing.assert_array_equal(pixels(ee.Image("T/a").mod(ee.Image("T/b")), GRID)["a"], [[0, 0, 0], [1, 0, 3]])


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("lt", np.less),
        ("lte", np.less_equal),
        ("gt", np.greater),
        ("gte", np.greater_equal),
        ("eq", np.equal),
        ("neq", np.not_equal),
        ("And", np.logical_and),
        ("Or", np.logical_or),
        ("bitwiseAnd", np.bitwise_and),
        ("bitwiseOr", np.bitwise_or),
        ("bitwiseXor", np.bitwise_xor),
        ("max", np.maximum),
        ("min", np.minimum),
    ],
)
def test_operators_of_integers_equal_numpy(pixels: Sampled, name: str, function: Any) -> None:
    found = pixels(getattr(ee.Image("T/a"), name)(ee.Image("T/b")), GRID)["a"]
    np.testing.assert_array_equal(found, function(A, B))


def test_shifts(pixels: Sampled) -> None:
    image = ee.Image("T/a")
    np.testing.assert_array_equal(pixels(image.leftShift(9), GRID)["a"], A.astype(int) << 9)
    np.testing.assert_array_equal(pixels(image.rightShift(2), GRID)["a"], A >> 2)
    # A cloud bit, as people test it.
    np.testing.assert_array_equal(pixels(image.bitwiseAnd(1 << 3).neq(0), GRID)["a"], (A & 8) > 0)


@pytest.mark.parametrize("name", ["abs", "sqrt", "exp", "sin", "floor", "ceil", "cbrt", "tanh"])
def test_functions_equal_numpy(pixels: Sampled, name: str) -> None:
    with np.errstate(all="ignore"):
        expected = getattr(np, name)(F.astype(np.float64))
        np.testing.assert_allclose(pixels(getattr(ee.Image("T/f"), name)(), GRID)["f"], expected, rtol=1e-6)


def test_round_takes_halves_upwards(pixels: Sampled) -> None:
    np.testing.assert_array_equal(pixels(ee.Image("T/f").round(), GRID)["f"], [[-1, 0, 3], [4, 1e6, 0]])


def test_atan2_takes_x_first(pixels: Sampled) -> None:
    # The service's own sample: Atan2 of point (0, 1) is half of pi.
    assert pixels(ee.Image(0).atan2(1), GRID)["constant"][0, 0] == pytest.approx(math.pi / 2)


def test_bitwise_not_is_signed(pixels: Sampled) -> None:
    found = pixels(ee.Image("T/a").bitwiseNot(), GRID)["a"]
    np.testing.assert_array_equal(found, ~A.astype(np.int16))


def test_either_mask_masks(pixels: Sampled) -> None:
    found = pixels(ee.Image("T/b").add(ee.Image("T/holes")), GRID)["b"]
    np.testing.assert_array_equal(~found.mask, HOLES)
    np.testing.assert_array_equal(found[HOLES], (A.astype(int) + B)[HOLES])


def test_one_band_goes_with_all(pixels: Sampled) -> None:
    found = pixels(ee.Image("T/all").select("a", "b").add(ee.Image("T/f")), GRID)
    assert list(found) == ["a", "b"]
    np.testing.assert_allclose(found["b"], B + F)
    found = pixels(ee.Image("T/f").add(ee.Image("T/all").select("a", "b")), GRID)
    assert list(found) == ["a", "b"]


def test_bands_match_by_name_else_in_order(pixels: Sampled) -> None:
    image = ee.Image("T/all")
    found = pixels(image.select("a", "b").subtract(image.select("b", "a")), GRID)
    assert not found["a"].any()
    found = pixels(image.select("a", "b").subtract(image.select("f", "a")), GRID)
    np.testing.assert_array_equal(found["b"], B.astype(int) - A)


def test_no_bands_against_some_is_an_error(value_of: Callable[[Any], Any]) -> None:
    empty = ee.ImageCollection([]).mosaic()
    with pytest.raises(EarthError, match=r"Image\.multiply: If one image has no bands.* Got 0 and 1\."):
        value_of(empty.multiply(2))


def test_normalized_difference(pixels: Sampled, value_of: Callable[[Any], Any]) -> None:
    image = ee.Image("T/all")
    found = pixels(image.normalizedDifference(["b", "a"]), GRID)
    expected = np.divide(B.astype(float) - A, B.astype(float) + A)
    np.testing.assert_allclose(found["nd"], expected, rtol=1e-6)
    signed = pixels(image.select("f", "a").normalizedDifference(), GRID)["nd"]
    np.testing.assert_array_equal(signed.mask, F < 0)
    band = value_of(image.normalizedDifference(["b", "a"])).bands[0]
    assert band.type == PixelType("float", -1, 1)


def test_fractional_bits_are_an_error(value_of: Callable[[Any], Any]) -> None:
    with pytest.raises(EarthError, match="band 'f' is float"):
        value_of(ee.Image("T/f").bitwiseAnd(1))


def test_clamp_and_unit_scale(pixels: Sampled) -> None:
    np.testing.assert_array_equal(pixels(ee.Image("T/a").clamp(3, 100), GRID)["a"], np.clip(A, 3, 100))
    np.testing.assert_allclose(pixels(ee.Image("T/a").unitScale(50, 250), GRID)["a"], (A - 50.0) / 200, rtol=1e-6)


@pytest.mark.parametrize(
    ("behavior", "expected"),
    [("clamp", [0, 2, 10]), ("extrapolate", [-1, 2, 199]), ("input", [0, 2, 200]), ("mask", [None, 2, None])],
)
def test_interpolate_outside_of_its_range(pixels: Sampled, behavior: str, expected: list[float | None]) -> None:
    found = pixels(ee.Image("T/a").interpolate([1, 2, 11], [0, 1, 10], behavior), GRID)["a"]
    values = [None if found.mask[0, 0] else found[0, 0], found[1, 2], None if found.mask[0, 2] else found[0, 2]]
    assert values == expected


def test_remap(pixels: Sampled, value_of: Callable[[Any], Any]) -> None:
    kept = pixels(ee.Image("T/a").remap([250, 0, 7], [1, 2, 3]), GRID)["remapped"]
    np.testing.assert_array_equal(np.ma.getmaskarray(kept), ~np.isin(A, [0, 7, 250]))
    assert (kept[0, 0], kept[1, 0], kept[1, 1]) == (2, 3, 1)
    image = ee.Image("T/all").remap([250], [1.5], -1, "b")
    np.testing.assert_array_equal(pixels(image, GRID)["remapped"], np.where(B == 250, 1.5, -1))
    assert value_of(ee.Image("T/a").remap([1], [5], 9)).bands[0].type == PixelType("int", 5, 9)
    with pytest.raises(EarthError, match="same length of at least one; got 2 and 1"):
        value_of(ee.Image("T/a").remap([1, 2], [5]))


TYPES = [UINT8, INT16, UINT16, FLOAT, DOUBLE, PixelType("int", -3, 5), PixelType("int", 0, 1)]


def _values(type_: PixelType) -> st.SearchStrategy[float]:
    if type_.precision == "int":
        return st.integers(int(type_.min or 0), int(type_.max or 0))
    return st.floats(-1e6, 1e6, width=32)


@given(st.data(), st.sampled_from(sorted(BINARY)), st.sampled_from(TYPES), st.sampled_from(TYPES))
def test_results_lie_in_the_range_of_their_type(
    data: st.DataObject, name: str, left: PixelType, right: PixelType
) -> None:
    operator = BINARY[name]
    if operator.integral and {left.precision, right.precision} != {"int"}:
        return
    one, other = (_typed_constant(data.draw(_values(type_)), type_) for type_ in (left, right))
    result = apply_binary(operator, one, other, "Image.test")
    _check_range(result.type, Sampler(GRID)(result).values)


@given(st.data(), st.sampled_from(sorted(UNARY)), st.sampled_from(TYPES))
def test_functions_lie_in_the_range_of_their_type(data: st.DataObject, name: str, type_: PixelType) -> None:
    if UNARY[name].integral and type_.precision != "int":
        return
    result = apply_unary(UNARY[name], _typed_constant(data.draw(_values(type_)), type_), "Image.test")
    _check_range(result.type, Sampler(GRID)(result).values)


def _typed_constant(value: float, type_: PixelType) -> Band:
    return cast(replace(make_constant(value), type=DOUBLE), type_)


def _check_range(type_: PixelType, values: Any) -> None:
    assert values.dtype == type_.storage
    value = float(values[0, 0])
    if type_.min is not None and type_.max is not None and not math.isnan(value):
        slack = 1e-6 * max(abs(type_.min), abs(type_.max)) if type_.precision != "int" else 0
        assert type_.min - slack <= value <= type_.max + slack
