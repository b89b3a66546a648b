"""Regular expressions that end in time."""

from __future__ import annotations

import pytest

from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.values import pattern
from xee_lite.emulator.values.pattern import Pattern

ENDLESS = "(a|aa)+$", "a" * 60 + "!"
"""More ways to match than can be tried."""


def test_an_expression_that_never_ends_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pattern, "SECONDS", 0.1)
    endless, text = Pattern(ENDLESS[0], "String.match"), ENDLESS[1]
    for apply in (
        lambda: endless.matches(text),
        lambda: endless.find(text),
        lambda: endless.replaced(text, "", every=True, where="String.replace"),
    ):
        with pytest.raises(EarthError, match=r"^Computation timed out\.$"):
            apply()


def test_matches_with_their_groups() -> None:
    found = Pattern(r"(\d)(x)?", "String.match").find("1x 2 3x")
    assert [(one.start, one.end, one.text, one.groups) for one in found] == [
        (0, 2, "1x", ("1", "x")),
        (3, 4, "2", ("2", "")),
        (5, 7, "3x", ("3", "x")),
    ]
    assert len(Pattern(r"\d", "String.match").find("1 2 3", max_count=1)) == 1


@pytest.mark.parametrize(
    ("text", "replacement", "every", "expected"),
    [
        ("a1b2", "<$1>", True, "a<1>b<2>"),
        ("a1b2", "<$1>", False, "a<1>b2"),
        ("a1", "\\n", True, "a\\n"),
        ("a1", "$10", True, "a10"),
    ],
)
def test_replacements(text: str, replacement: str, every: bool, expected: str) -> None:
    assert Pattern(r"(\d)", "String.replace").replaced(text, replacement, every=every, where="x") == expected


def test_names_of_posix_mean_ascii() -> None:
    assert Pattern("[[:alpha:][:space:]]+", "String.match").matches("ab c")
    assert not Pattern("[[:alpha:]]+", "String.match").matches("é")


def test_what_is_no_expression_or_replacement() -> None:
    with pytest.raises(EarthError, match=r"String.match: Invalid regular expression '\('"):
        Pattern("(", "String.match")
    with pytest.raises(EarthError, match=r"String.replace: Invalid replacement '\$7'"):
        Pattern("a", "String.replace").replaced("a", "$7", every=True, where="String.replace")


@pytest.mark.parametrize(
    "expression",
    [
        "(((a{1000}){1000}){1000}){1000}",
        "a{1000000000}",
        "((ab?){1000}){1000}",
        "((a{9}b){100,200}[)]){2000,}",
        "(?x)#[\n((a{1000}){1000}){1000}#]",
        "(?#[)((a{1000}){1000}){1000}]",
        "a|" * 10_000,
    ],
)
def test_what_the_compiler_would_need_too_much_for(expression: str) -> None:
    """Compiling the first of them took 5.5 GiB, in which no other thread ran."""
    with pytest.raises(EarthError, match=r"^User memory limit exceeded\.$"):
        Pattern(expression, "String.match")


def test_repetitions_that_cost_nothing() -> None:
    assert Pattern(r"[A-Z]{3}_\d{8}T\d{6}(_[{(]{1,9}){0,1000}", "String.match").matches("ABC_20200101T000000_{(")
    assert Pattern(r"\({2}[]{9}]{3}a{500}", "String.match").matches("((]{9" + "a" * 500)


def test_brackets_nested_too_deep() -> None:
    with pytest.raises(EarthError, match=r"^String.match: Invalid regular expression '\(\?:.{197}': "):
        Pattern("(?:" * 500 + "a" + ")" * 500, "String.match")
