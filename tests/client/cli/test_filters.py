"""Filters as text: what they mean, and where they do not parse."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xee_lite.cli.filters import OPERATORS, Comparison, parse_filter
from xee_lite.errors import InputError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CLOUDY_PIXEL_PERCENTAGE < 20", [("CLOUDY_PIXEL_PERCENTAGE", "<", 20)]),
        ("CLOUD<=20.5", [("CLOUD", "<=", 20.5)]),
        ("a == -1e3 and b!=.5", [("a", "==", -1000.0), ("b", "!=", 0.5)]),
        ("tile == 31TEJ AND system:index > 'a b'", [("tile", "==", "31TEJ"), ("system:index", ">", "a b")]),
        ('id == "20"', [("id", "==", "20")]),
        ("id == ''", [("id", "==", "")]),
        ("band.name-2 >= +7", [("band.name-2", ">=", 7)]),
        ("  a\n==\tnan  ", [("a", "==", "nan")]),
        ("and == and and and == and", [("and", "==", "and"), ("and", "==", "and")]),
    ],
)
def test_what_a_filter_means(text: str, expected: list[tuple[str, str, object]]) -> None:
    found = [(part.name, part.operator, part.value) for part in parse_filter(text)]
    assert found == expected
    assert [type(part[2]) for part in found] == [type(part[2]) for part in expected]


@pytest.mark.parametrize(
    ("text", "caret", "message"),
    [
        ("", 0, "name of a property"),
        ("CLOUD 20", 6, "one of < <= > >= == != is expected, but found 20"),
        ("CLOUD = 20", 6, "but found ="),
        ("CLOUD <", 7, "a number or a text is expected, but it ends here"),
        ("CLOUD < < 2", 8, "a number or a text"),
        ("20 < CLOUD", 0, "name of a property"),
        ("a < 1 or b < 2", 6, "'and' or the end is expected; a text with spaces needs quotes, but found or"),
        ("a == x y", 7, "needs quotes"),
        ("a < 1 and", 9, "name of a property is expected, but it ends here"),
        ("a == 'x", 5, "this quote is not closed"),
        ("a < 1 and and < 2 and", 21, "it ends here"),
        ("a\t<\t!", 4, "a number or a text"),
    ],
)
def test_where_a_filter_does_not_parse(text: str, caret: int, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_filter(text)
    first, repeated, below = str(caught.value).split("\n")
    assert message in first
    assert repeated == f"  {text.replace(chr(9), ' ')}"
    assert below == " " * (caret + 2) + "^"


NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_:]{0,8}", fullmatch=True)
VALUES = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text("abcXYZ .<=", max_size=6)


@given(st.lists(st.tuples(NAMES, st.sampled_from(OPERATORS), VALUES), min_size=1, max_size=4))
def test_a_filter_that_is_spelled_out_reads_back(parts: list[tuple[str, str, float | str]]) -> None:
    text = " and ".join(f"{name} {operator} {value!r}" for name, operator, value in parts)
    assert parse_filter(text) == tuple(Comparison(*part) for part in parts)


@given(st.text(max_size=40))
def test_any_text_parses_or_is_refused_with_a_caret_within_it(text: str) -> None:
    try:
        parse_filter(text)
    except InputError as error:
        _, repeated, below = str(error).split("\n")
        assert below.endswith("^")
        assert 2 <= below.index("^") <= len(repeated)
