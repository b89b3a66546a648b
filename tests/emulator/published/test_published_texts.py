"""What the samples of the reference print of texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import pytest

from tests.emulator.published.agreement import Sample, agree, cases

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Info


SAMPLES: dict[str, list[Sample]] = {
    "String": [
        (lambda: ee.String("🧲⚡️👀"), "🧲⚡️👀"),
        (lambda: ee.String("").length(), 0),
        (lambda: ee.String("abc123").length(), 6),
        (lambda: ee.String("cat").cat(" bird"), "cat bird"),
        (lambda: ee.String("a").compareTo("b"), -1),
        (lambda: ee.String("b").compareTo("a"), 1),
        (lambda: ee.String("Abies grandis").equals("abies grandis"), False),
        (lambda: ee.String("abc123").index(""), 0),
        (lambda: ee.String("abc123").index("c1"), 2),
        (lambda: ee.String("abc123").index("ZZ"), -1),
        (lambda: ee.String("aBc-Abc").rindex("A"), 4),
        (lambda: ee.String("aBc-Abc").rindex("Z"), -1),
        (lambda: ee.String("aBc-Abc").rindex(""), 7),
        (lambda: ee.String("").slice(-1), ""),
        (lambda: ee.String("uvwxyz").slice(-3), "xyz"),
        (lambda: ee.String("uvwxyz").slice(3, 3), ""),
        (lambda: ee.String("uvwxyz").slice(-4, 5), "wxy"),
        (lambda: ee.String("\t\n\r abc\t\n\r ").trim(), "abc"),
        (lambda: ee.String(" a\t\n\r b ").trim(), "a\t\n\r b"),
        (lambda: ee.String("AaBbCc123").toUpperCase(), "AABBCC123"),
        (lambda: ee.String("abc-abc").replace("abc", "X"), "X-abc"),
        (lambda: ee.String("abc-abc").replace("abc", "", "g"), "-"),
        (lambda: ee.String("aBc-Abc").replace("abc", "Z", "i"), "Z-Abc"),
        (lambda: ee.String("aBc-Abc").replace("abc", "Z", "ig"), "Z-Z"),
        (lambda: ee.String("ABCabc123").match(""), [""]),
        (lambda: ee.String("ABCabc123").match("ab", "g"), ["ab"]),
        (lambda: ee.String("ABCabc123").match("AB", "ig"), ["AB", "ab"]),
        (lambda: ee.String("ABCabc123").match("[a-z]+[0-9]+"), ["abc123"]),
        (lambda: ee.String("ABCabc123").match("\\d{2}"), ["12"]),
        (lambda: ee.String("ABCabc123").match("abc[^0-9]", "i"), ["ABCa"]),
        (lambda: ee.String('{"a": "abc", "b": 1}').decodeJSON(), {"a": "abc", "b": 1}),
        (lambda: ee.String.encodeJSON("earth"), '"earth"'),
        (lambda: ee.String.encodeJSON(ee.Number(1)), "1"),
        (lambda: ee.String.encodeJSON(ee.List([1, 2, 3])), "[1,2,3]"),
        (
            lambda: ee.String.encodeJSON(ee.Dictionary({"lc_name": "grassland", "lc_class": 3})),
            '{"lc_class":3,"lc_name":"grassland"}',
        ),
        (lambda: ee.String("I am a string"), "I am a string"),
        (lambda: ee.String("a").compareTo("a"), 0),
        (lambda: ee.String("a").compareTo(ee.String("b")), -1),
        (lambda: ee.String("Abies grandis").equals("Abies grandis"), True),
        (lambda: ee.String("Abies grandis").equals("Thuja plicata"), False),
        (lambda: ee.String("aBc-Abc").rindex("a"), 0),
        (lambda: ee.String("aBc-Abc").rindex("Bc"), 1),
        (lambda: ee.String("aBc-Abc").rindex("-"), 3),
        (lambda: ee.String("").slice(0), ""),
        (lambda: ee.String("uvwxyz").slice(0), "uvwxyz"),
        (lambda: ee.String("uvwxyz").slice(4), "yz"),
        (lambda: ee.String("abcdef").slice(2, 3), "c"),
        (lambda: ee.String("AaBbCc123").toLowerCase(), "aabbcc123"),
        (lambda: ee.String("abc-abc").replace("abc", "X", "g"), "X-X"),
        (lambda: ee.String("ABCabc123").match("ab", "i"), ["AB"]),
        (lambda: ee.Dictionary(ee.String('{"a": "abc", "b": 1}').decodeJSON()).get("a"), "abc"),
    ],
    "String, split": [
        (lambda: ee.String("aBAbcD").split("Ab"), ["aB", "cD"]),
        (lambda: ee.String("aBAbcD").split("ab", "i"), ["", "", "cD"]),
        (lambda: ee.String("aBAbcD").split("[bc]", "i"), ["a", "A", "", "D"]),
        (lambda: ee.String("aBAbcD").split("(BA|c)"), ["a", "b", "D"]),
        (lambda: ee.String("a,b,cdee f,g").split(""), list("a,b,cdee f,g")),
        (lambda: ee.String("a,b,cdee f,g").split("[[:space:]]"), ["a,b,cdee", "f,g"]),
        (lambda: ee.String("a,b,cdee f,g").split("ee"), ["a,b,cd", " f,g"]),
        (lambda: ee.String("a,b,cdee f,g").split("[a-z]"), ["", ",", ",", "", "", "", " ", ","]),
        (lambda: ee.String("a,b,cdee f,g").split("[^a-z]"), ["a", "b", "cdee", "f", "g"]),
        (lambda: ee.String("a.b*c?d").split("\\."), ["a", "b*c?d"]),
        (lambda: ee.String("a.b*c?d").split("[*]"), ["a.b", "c?d"]),
        (lambda: ee.String("a,b,cdee f,g").split(" "), ["a,b,cdee", "f,g"]),
        (lambda: ee.String("a,b,cdee f,g").split(","), ["a", "b", "cdee f", "g"]),
        (lambda: ee.String("a.b*c?d").split("[?]"), ["a.b*c", "d"]),
    ],
}


@pytest.mark.parametrize(("sample", "expected"), cases(SAMPLES))
def test_texts_print_what_the_reference_says(sample: Callable[[], Any], expected: Any, info: Info) -> None:
    found = info(sample())
    assert agree(found, expected), found
