"""Dictionaries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ee
import pytest

from xee_lite.emulator.errors import EarthError

if TYPE_CHECKING:
    from tests.emulator.evaluating import Info


def abc() -> ee.Dictionary:
    return ee.Dictionary({"b": 2, "a": 1, "c": None})


def test_making(info: Info) -> None:
    assert info(ee.Dictionary(["a", 1, "b", [2]])) == {"a": 1, "b": [2]}
    assert info(ee.Dictionary.fromLists(["a", "b"], [1, 2])) == {"a": 1, "b": 2}
    assert info(ee.Dictionary()) == {}
    with pytest.raises(EarthError, match="There are 1 keys, but 2 values"):
        info(ee.Dictionary.fromLists(["a"], [1, 2]))
    with pytest.raises(EarthError, match="alternating keys and values"):
        info(ee.Dictionary(["a"]))


def test_reading(info: Info) -> None:
    assert info(abc().get("a")) == 1
    assert info(abc().get("z", 7)) == 7
    assert info(abc().getNumber("b")) == 2
    assert info(abc().keys()) == ["a", "b", "c"]
    assert info(abc().values()) == [1, 2, None]
    assert info(abc().values(["b", "a"])) == [2, 1]
    assert info(abc().contains("c")) is True
    assert info(abc().size()) == 3


def test_a_key_that_is_not_there_is_named(info: Info) -> None:
    with pytest.raises(EarthError, match=r"^Dictionary\.get: Dictionary does not contain key: 'z'\.$"):
        info(abc().get("z"))
    with pytest.raises(EarthError, match=r"Dictionary\.getString: The value of 'a' is not a String"):
        info(abc().getString("a"))


def test_combining_drops_nulls(info: Info) -> None:
    assert info(abc().combine({"a": 9, "d": 4})) == {"b": 2, "a": 9, "d": 4}
    assert info(abc().combine({"a": 9, "d": 4}, False)) == {"b": 2, "a": 1, "d": 4}


def test_choosing_by_name_and_by_pattern(info: Info) -> None:
    values = ee.Dictionary({"B1": 1, "B2": 2, "QA": 3})
    assert info(values.select(["B.*"])) == {"B1": 1, "B2": 2}
    assert info(values.remove(["QA", "B1"])) == {"B2": 2}
    assert info(values.select(["B1", "X"], True)) == {"B1": 1}
    with pytest.raises(EarthError, match=r"Dictionary\.remove: Dictionary does not contain key: 'X'"):
        info(values.remove(["X"]))
    with pytest.raises(EarthError, match=r"Invalid regular expression '\('"):
        info(values.select(["("]))


def test_changing(info: Info) -> None:
    assert info(abc().set("d", "x").get("d")) == "x"
    assert info(abc().rename(["a"], ["z"])) == {"b": 2, "c": None, "z": 1}
    assert info(abc().map(lambda key, value: ee.Algorithms.If(value, ee.String(key).cat("!"), None))) == {
        "a": "a!",
        "b": "b!",
    }
    with pytest.raises(EarthError, match=r"Dictionary\.rename: Dictionary already contains key: 'b'"):
        info(abc().rename(["a"], ["b"]))
    with pytest.raises(EarthError, match="'from' has 1 names, but 'to' has 2"):
        info(abc().rename(["a"], ["b", "d"]))


def test_arrays(info: Info) -> None:
    values = ee.Dictionary({"b": [3, 4], "a": [1, 2]})
    assert info(values.toArray()) == [1, 2, 3, 4]
    assert info(values.toArray(["b", "a"])) == [3, 4, 1, 2]
    assert info(values.toArray(["a", "b"], 1)) == [[1, 3], [2, 4]]


def test_images_of_constants(info: Info) -> None:
    image = ee.Image(ee.Dictionary({"b": 2.5, "a": 1}).toImage())
    assert info(image.bandNames()) == ["a", "b"]
    assert info(image)["bands"][1]["data_type"]["precision"] == "double"
    assert info(ee.Dictionary({"b": 2, "a": 1}).toImage(["b"]).bandNames()) == ["b"]
    with pytest.raises(EarthError, match="The value of 'a' is not a number"):
        info(ee.Dictionary({"a": "x"}).toImage())
