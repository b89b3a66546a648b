"""Properties of images, features and collections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import pytest

from xee_lite.emulator.errors import EarthError

if TYPE_CHECKING:
    from tests.emulator.evaluating import Info


def stored() -> ee.Image:
    return ee.Image("TEST/DAILY/000003")


def feature() -> ee.Feature:
    return ee.Feature(ee.Geometry.Point([1, 2]), {"n": 1, "s": "x", "d": ee.Date(5), "system:index": "f1"})


def test_reading(info: Info) -> None:
    assert info(stored().get("CLOUDS")) == 11
    assert info(stored().get("nothing")) is None
    assert info(stored().get("system:id")) == "TEST/DAILY/000003"
    assert info(stored().get("system:version")) == 1_700_000_000_000_000
    assert info(stored().get("system:band_names")) == ["B1"]
    assert info(feature().getNumber("n")) == 1
    assert info(feature().getString("s")) == "x"
    assert info(feature().get("d")) == {"type": "Date", "value": 5}
    with pytest.raises(EarthError, match=r"Element\.getNumber: The property 's' is not a Number"):
        info(feature().getNumber("s"))


def test_names(info: Info) -> None:
    names = info(stored().propertyNames())
    assert {"system:index", "system:time_start", "system:footprint", "CLOUDS", "system:id", "system:version"} <= set(
        names
    )
    assert sorted(info(feature().propertyNames())) == ["d", "n", "s", "system:index"]
    assert info(ee.ImageCollection("TEST/WEEK").propertyNames().contains("title")) is True


def test_setting(info: Info) -> None:
    assert info(stored().set("a", 1).get("a")) == 1
    assert info(stored().set({"a": 1, "b": "c"}).toDictionary(["a", "b", "CLOUDS"])) == {"a": 1, "b": "c", "CLOUDS": 11}
    assert info(stored().set("CLOUDS", None).propertyNames().contains("CLOUDS")) is False
    assert info(feature().set("n", 9).geometry().coordinates()) == [1, 2]
    assert info(ee.ImageCollection("TEST/WEEK").set("k", 1).get("k")) == 1


def test_the_original_stays_as_it_was(info: Info) -> None:
    image = stored()
    assert info(ee.List([image.set("CLOUDS", 0).get("CLOUDS"), image.get("CLOUDS")])) == [0, 11]


def test_dictionaries_leave_out_what_belongs_to_the_system(info: Info) -> None:
    assert info(stored().toDictionary()) == {"CLOUDS": 11}
    assert info(feature().toDictionary(["s"])) == {"s": "x"}


def test_copying(info: Info) -> None:
    bare = ee.Image.constant(0)
    assert info(bare.copyProperties(stored()).toDictionary()) == {"CLOUDS": 11}
    chosen = bare.copyProperties(stored(), ["system:time_start"])
    assert info(chosen.get("system:time_start")) == 3 * 86_400_000
    assert info(chosen.get("CLOUDS")) is None
    assert info(bare.copyProperties(feature(), None, ["n"]).toDictionary(["s", "n"])) == {"s": "x", "n": None}
    with pytest.raises(EarthError, match="'exclude' must not be specified if 'properties' is"):
        info(bare.copyProperties(feature(), ["n"], ["s"]))


def test_replacing(info: Info) -> None:
    replaced = stored().set("extra", 1)
    node = ee.ComputedObject(
        ee.ApiFunction.lookup("Element.replaceProperties"), {"destination": replaced, "source": feature()}
    )
    assert info(ee.Image(node).toDictionary(["CLOUDS", "n", "system:index"])) == {
        "CLOUDS": None,
        "n": 1,
        "system:index": "000003",
    }


def test_identity(info: Info) -> None:
    assert info(feature().id()) == "f1"
    assert info(stored().id()) == "000003"
    assert info(ee.Feature(None).id()) is None


def test_geometry(info: Info) -> None:
    assert info(feature().geometry()) == {"type": "Point", "coordinates": [1, 2]}
    assert info(feature().setGeometry(ee.Geometry.Point([3, 4])).geometry().coordinates()) == [3, 4]
    assert info(stored().geometry().coordinates())[0][0] == [4, 0]
    assert info(ee.Feature(None).geometry())["geometries"] == []


def test_selecting_properties(info: Info) -> None:
    assert info(feature().select(["n"]))["properties"] == {"n": 1}
    assert info(feature().select(["[ns]"], ["a", "b"]))["properties"] == {"a": 1, "b": "x"}
    assert info(feature().select(["n"], None, False))["geometry"] is None
    with pytest.raises(EarthError, match="1 properties were selected, but there are 2 new names"):
        info(feature().select(["n"], ["a", "b"]))


def test_arrays(info: Info) -> None:
    assert info(ee.Feature(None, {"a": 1, "b": 2.5}).toArray(["a", "b"])) == [1, 2.5]


def test_objects(info: Info) -> None:
    def type_of(value: Any) -> Any:
        return ee.ComputedObject(ee.ApiFunction.lookup("ObjectType"), {"value": value})

    values = [stored(), feature(), ee.ImageCollection("TEST/WEEK"), 1, 1.5, "a", ee.List([]), ee.Date(0), None]
    expected = ["Image", "Feature", "ImageCollection", "Integer", "Float", "String", "List", "Date", "Null"]
    assert [info(type_of(value)) for value in values] == expected
    equal = ee.ComputedObject(ee.ApiFunction.lookup("IsEqual"), {"left": ee.List([1, 2]), "right": ee.List([1, 2.0])})
    assert info(equal) is True


def test_describing_is_what_get_info_gives(info: Info) -> None:
    assert info(ee.Algorithms.Describe(stored())) == info(stored())


def test_error_margins(info: Info) -> None:
    assert info(ee.ErrorMargin(5)) == {"type": "ErrorMargin", "value": 5, "unit": "meters"}
    with pytest.raises(EarthError, match="found 'miles'"):
        info(ee.ErrorMargin(5, "miles"))
