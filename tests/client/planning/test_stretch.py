"""Ranges, colours and exponents of pictures, as numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from xee_lite.errors import InputError
from xee_lite.planning.stretch import colours, declared_range, each, gammas, ranges_of, sampled_range
from xee_lite.stack import Band


def test_a_number_is_for_all_bands_and_a_list_has_one_for_each() -> None:
    assert each("min", None, 3) is None
    assert each("min", 2, 3) == each("min", [2], 3) == each("min", np.float32(2), 3) == (2, 2, 2)
    assert each("min", np.array([1, 2, 3]), 3) == each("min", (1, 2, 3), 3) == (1, 2, 3)
    for value in ("2", True, [1, 2], [1, None, 2], float("inf"), {"a": 1}, [], np.zeros((3, 3))):
        with pytest.raises(InputError, match="min="):
            each("min", value, 3)


def test_gamma_is_positive() -> None:
    assert gammas([1, 2.5, 0.5], 3) == (1, 2.5, 0.5)
    assert gammas(None, 3) is None
    with pytest.raises(InputError, match="positive"):
        gammas([1, -1, 1], 3)


@pytest.mark.parametrize(
    ("palette", "expected"),
    [
        (None, None),
        ("red", ("red",)),
        ("#fff, 00FF00 ,Navy", ("#fff", "00FF00", "Navy")),
        (["red", "#00ff00ff"], ("red", "#00ff00ff")),
    ],
)
def test_a_palette_is_a_list_or_a_text(palette: Any, expected: Any) -> None:
    assert colours(palette) == expected


@pytest.mark.parametrize("palette", ["", ",", "red,,blue", [], [1], 5, {"red"}, ["rgb(1,2,3)"], "#12345"])
def test_what_is_no_palette(palette: Any) -> None:
    with pytest.raises(InputError, match="pass CSS colours"):
        colours(palette)


def test_the_declared_range() -> None:
    assert declared_range(Band("b", np.dtype("u1"))) == (0, 255)
    assert declared_range(Band("b", np.dtype("u1"), (3, 40))) == (3, 40)
    assert declared_range(Band("b", np.dtype("u2"), (3, 40), classes={7: "a", 5: "b"})) == (5, 7)
    assert declared_range(Band("b", np.dtype("u2"), (0, 65535))) is None
    assert declared_range(Band("b", np.dtype("f4"))) is None


def test_the_sampled_range() -> None:
    ramp = np.linspace(0, 100, 101)
    assert sampled_range([ramp]) == (2, 98)
    assert sampled_range([ramp[:50], np.append(ramp[50:], [np.nan, np.inf])]) == (2, 98)
    assert sampled_range([np.array([5.0, 5.0])]) == (5, 6)
    assert sampled_range([np.full(4, np.nan)]) == (0, 1)
    low, high = sampled_range([np.array([-1e308, 1e308] * 100)])
    assert np.isfinite(high - low)


def test_given_ends_come_first() -> None:
    assert ranges_of(None, None, [(0, 1), (2, 3)]) == ((0, 1), (2, 3))
    assert ranges_of((-1, 0), None, [(0, 1), (2, 3)]) == ((-1, 1), (0, 3))
    assert ranges_of(None, (9, 9), [(0, 1), (2, 3)]) == ((0, 9), (2, 9))
    with pytest.raises(InputError, match="min= and max= of 4 and 3 leave no range"):
        ranges_of((0, 4), None, [(0, 1), (2, 3)])
