"""Filters as text, against Python's own operators over rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.values.feature import Feature
from xee_lite.emulator.values.filter_text import parse_filter
from xee_lite.emulator.values.stored import Query

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Info

ROWS = [{"a": a, "b": b, "s:x": "yes" if a > b else "no"} for a in range(-2, 3) for b in (0, 1.5)]


def passing(text: str) -> list[int]:
    condition = parse_filter(text)
    return [at for at, row in enumerate(ROWS) if condition.passes(Feature(None, row))]


def wanted(test: Callable[[Any, Any], bool]) -> list[int]:
    return [at for at, row in enumerate(ROWS) if test(row["a"], row["b"])]


@pytest.mark.parametrize(
    ("text", "test"),
    [
        ("a > 0", lambda a, _: a > 0),
        ("a>=-1", lambda a, _: a >= -1),
        ("0 < a", lambda a, _: a > 0),
        ("a <= b", lambda a, b: a <= b),
        ("b == 1.5", lambda _, b: b == 1.5),
        ("b != 15e-1", lambda _, b: b != 1.5),
        ("s:x == 'yes'", lambda a, b: a > b),
        ('"no" == s:x', lambda a, b: a <= b),
        ("!(a > 0) && b > 1", lambda a, b: a <= 0 and b > 1),
        (f"a < {'9' * 5000}", lambda *_: True),
        ("!a > 0", lambda a, _: a <= 0),
        ("a > 1 || a < -1 && b == 0", lambda a, b: a > 1 or (a < -1 and b == 0)),
        ("(a > 1 || a < -1) && b == 0", lambda a, b: (a > 1 or a < -1) and b == 0),
    ],
)
def test_operators(text: str, test: Callable[[Any, Any], bool]) -> None:
    assert passing(text) == wanted(test)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "a property or a value is missing at its end"),
        ("a", "a comparison is missing at its end"),
        ("a >", "a property or a value is missing at its end"),
        ("a > 1 b", "'b' comes after its end"),
        ("(a > 1", "a bracket is not closed"),
        ("1 < 2", "a comparison has no property"),
        ("a # 1", "'# 1' is not understood"),
        ("a = 1", "'= 1' is not understood"),
        ("(" * 5000 + "a > 1" + ")" * 5000, "it is nested deeper than 100"),
        ("!" * 5000 + "a > 1", "it is nested deeper than 100"),
    ],
)
def test_what_is_no_filter_says_why(text: str, why: str) -> None:
    with pytest.raises(EarthError) as error:
        parse_filter(text)
    assert error.value.message.startswith("Filter.expression: Cannot parse '")
    assert error.value.message.endswith(f"{why}.")


@given(st.text("ab1.'\"<>=!&|() ", max_size=15))
def test_any_text_is_a_filter_or_an_error(text: str) -> None:
    try:
        passing(text)
    except EarthError as error:
        assert "Cannot parse" in error.message  # noqa: PT017 - either is fine, another exception is not


def test_dates_reach_the_catalogue() -> None:
    assert parse_filter("a > 1 && system:time_start < 2000").hint() == Query(None, 2000)


def test_collections_take_texts(info: Info) -> None:
    rows = ee.FeatureCollection([ee.Feature(None, row) for row in ROWS])
    assert info(rows.filter("a > 1").size()) == 2
    assert info(rows.filter(ee.Filter.expression("a > 1 && b > 1")).size()) == 1
