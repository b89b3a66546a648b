"""Strings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.evaluator.registry import REGISTRY

if TYPE_CHECKING:
    from tests.emulator.evaluating import Info


@pytest.mark.parametrize(
    ("value", "expected"), [(5, "5"), (5.0, "5"), (2.5, "2.5"), ("a", "a"), (True, "true"), ([1, "b"], '[1, "b"]')]
)
def test_anything_as_text(info: Info, value: Any, expected: str) -> None:
    text = ee.ComputedObject(ee.ApiFunction.lookup("String"), {"input": ee.List([value]).get(0)})
    assert info(text) == expected


def test_pieces(info: Info) -> None:
    text = ee.String("LC08_044034")
    assert info(text.slice(5)) == "044034"
    assert info(text.slice(-4, -1)) == "403"
    assert info(text.slice(2, 99)) == "08_044034"
    assert info(text.split("_")) == ["LC08", "044034"]
    assert info(ee.String("a1b22c").split("[0-9]+")) == ["a", "b", "c"]
    assert info(ee.String("a,b,,").split(",")) == ["a", "b"]
    assert info(ee.String("abc").split("")) == ["a", "b", "c"]
    assert info(text.length()) == 11
    assert info(text.cat("!")) == "LC08_044034!"
    assert info(ee.String("  x ").trim()) == "x"
    assert info(text.toLowerCase()) == "lc08_044034"


def test_searching(info: Info) -> None:
    text = ee.String("abcabc")
    assert info(ee.List([text.index("c"), text.rindex("c"), text.index("z")])) == [2, 5, -1]
    assert info(text.match("b(.)")) == ["bc", "c"]
    assert info(text.match("B(.)", "gi")) == ["bc", "bc"]
    assert info(text.match("z")) == []


def test_replacing(info: Info) -> None:
    text = ee.String("2020-01-02")
    assert info(text.replace("-", "")) == "202001-02"
    assert info(text.replace("-", "", "g")) == "20200102"
    assert info(text.replace("(\\d+)-(\\d+)-(\\d+)", "$3.$2.$1")) == "02.01.2020"
    assert info(ee.String("a\\b").replace("B", "\\n", "i")) == "a\\\\n"
    with pytest.raises(EarthError, match="Invalid replacement"):
        info(text.replace("-", "$7"))


def test_a_bad_pattern_is_refused(info: Info) -> None:
    with pytest.raises(EarthError, match=r"String\.match: Invalid regular expression '\['"):
        info(ee.String("a").match("["))
    with pytest.raises(EarthError, match="Unknown regular expression flag 'x'"):
        info(ee.String("a").match("a", "x"))


@given(st.text(max_size=4), st.text(max_size=4))
def test_comparing(left: str, right: str) -> None:
    sign = REGISTRY["String.compareTo"](left, right)
    assert sign == (left > right) - (left < right)
    assert REGISTRY["String.equals"](left, right) is (sign == 0)


@given(st.dictionaries(st.text(max_size=3), st.integers() | st.lists(st.text(max_size=3)), max_size=4))
def test_json_comes_back(value: dict[str, Any]) -> None:
    assert REGISTRY["String.decodeJSON"](REGISTRY["String.encodeJSON"](value)) == value


def test_text_that_is_no_json_is_refused() -> None:
    with pytest.raises(EarthError, match=r"String\.decodeJSON: Invalid JSON"):
        REGISTRY["String.decodeJSON"]("{")
    with pytest.raises(EarthError, match=r"String\.decodeJSON: Invalid JSON"):
        REGISTRY["String.decodeJSON"]("[" * 100_000)
