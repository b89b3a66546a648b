"""The expression language against Python's own arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ee
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xee_lite.emulator.algorithms import load
from xee_lite.emulator.algorithms.band_expression import parse
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.images.image import Sampler
from xee_lite.emulator.types import PixelGrid

if TYPE_CHECKING:
    from tests.emulator.evaluating import Sampled

load()
GRID = PixelGrid("EPSG:4326", (1.0, 0.0, 0.0, 0.0, -1.0, 3.0), 4, 3)
LON = np.broadcast_to(np.arange(4) + 0.5, (3, 4))
LAT = np.broadcast_to((2.5 - np.arange(3))[:, np.newaxis], (3, 4))


def calculate(text: str) -> float:
    image = parse(text, "I", ["I"])({})
    return float(Sampler(PixelGrid("EPSG:4326", (1.0, 0.0, 0.0, 0.0, -1.0, 0.0), 1, 1))(image.bands[0]).values[0, 0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("2 ** 3 ** 2", 512),
        ("-2 ** 2", -4),
        ("10 - 4 - 3", 3),
        ("7 / 2", 3.5),
        ("7 % 4", 3),
        ("1 < 2 && 2 < 1", 0),
        ("1 < 2 || 2 < 1", 1),
        ("1 ^ 1", 0),
        ("1 ^ 0", 1),
        ("!3", 0),
        ("!0 == 1", 1),
        ("1 ? 2 : 3", 2),
        ("0 ? 2 : 0 ? 4 : 5", 5),
        ("1 == 1 != 0", 1),
        ("max(1, 5, 3) - min(2, 4)", 3),
        ("sqrt(16) + abs(-2)", 6),
        ("int(2.9)", 2),
        (".5 + 1e1", 10.5),
        ("+3", 3),
    ],
)
def test_arithmetic(text: str, expected: float) -> None:
    assert calculate(text) == pytest.approx(expected)


@st.composite
def _sums(draw: st.DrawFn) -> str:
    parts = draw(st.lists(st.integers(0, 9).map(str), min_size=1, max_size=7))
    signs = draw(st.lists(st.sampled_from(["+", "-", "*", " * ", ">", "<=", " == "]), min_size=len(parts)))
    text = parts[0]
    for number, sign in zip(parts[1:], signs, strict=False):
        text = f"({text}){sign}{number}" if draw(st.booleans()) else f"{text}{sign}{number}"
    return text


@given(_sums().filter(lambda text: sum(text.count(sign) for sign in ("<=", ">", "==")) <= 1))
def test_sums_equal_python(text: str) -> None:
    # Python chains comparisons and the language does not, so one at most.
    assert calculate(text) == float(eval(text))  # noqa: S307 - digits and operators made above


def test_an_index_of_three_bands(pixels: Sampled) -> None:
    image = ee.Image.pixelLonLat()
    text = "evi = 2.5 * ((N - R) / (N + 6 * R - 7.5 * b('latitude') + 1))"
    found = pixels(image.expression(text, {"N": image.select(0), "R": image.select(1)}), GRID)
    with np.errstate(divide="ignore"):
        divisor = LON + 6 * LAT - 7.5 * LAT + 1
        expected = np.where(divisor == 0, 0, 2.5 * (LON - LAT) / divisor)
    np.testing.assert_allclose(found["evi"], expected)


def test_bands_of_images(pixels: Sampled) -> None:
    image = ee.Image.pixelLonLat()
    for text in ("i.longitude + i[1]", "b(0) + i['latitude']", "b('longitude', 'latitude')[0] + b(1)"):
        np.testing.assert_allclose(pixels(image.expression(text, {"i": image}), GRID)["longitude"], LON + LAT)
    assert list(pixels(image.expression("b() * 2"), GRID)) == ["longitude", "latitude"]


def test_a_choice_is_masked_where_its_condition_is(pixels: Sampled) -> None:
    image = ee.Image.pixelLonLat()
    masked = image.updateMask(image.select(1).gt(1))
    found = pixels(image.expression("m > 2 ? 1 : -1", {"m": masked.select(0)}), GRID)["constant"]
    np.testing.assert_array_equal(np.ma.getmaskarray(found), LAT <= 1)
    np.testing.assert_array_equal(found[LAT > 1], np.where(LON > 2, 1, -1)[LAT > 1])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("b(0) +", "it ends too early"),
        ("b(0", "it ends too early"),
        ("b(0) $ 2", r"unexpected character '\$'"),
        ("foo + 1", "unknown variable 'foo'"),
        ("foo(1)", "unknown function 'foo' of 1 arguments"),
        ("1 2", "unexpected '2'"),
        ("(1]", r"expected '\)', found '\]'"),
        ("I[1.5]", "band's name in quotes or its number"),
        ("", "it ends too early"),
    ],
)
def test_what_is_wrong_is_said(text: str, why: str) -> None:
    with pytest.raises(EarthError, match=why):
        parse(text, "I", ["I"])
