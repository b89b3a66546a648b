"""Properties that are computed when somebody looks at them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import shapely

from tests.emulator.evaluating import DAY
from xee_lite.emulator.catalogue.standin import StandIns
from xee_lite.emulator.catalogue.standin.lazy_properties import LazyProperties
from xee_lite.emulator.geometry.geometry import Geometry
from xee_lite.emulator.images.image import Image
from xee_lite.emulator.values.stored import Query


class Counted:
    """Tells two properties, and how often it was asked."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> dict[str, int]:
        self.times += 1
        return {"b": 2, "d": 4, "unasked": 5}


def late() -> tuple[Counted, LazyProperties]:
    tell = Counted()
    return tell, LazyProperties({"a": 1, "b": None, "c": 3, "d": None}, {"b": tell, "d": tell})


def test_nothing_is_computed_before_it_is_looked_at() -> None:
    tell, properties = late()
    assert list(properties) == ["a", "b", "c", "d"]
    assert len(properties) == 4
    assert "b" in properties
    assert "unasked" not in properties
    assert (properties["a"], properties.get("c"), properties.get("e", 9)) == (1, 3, 9)
    assert tell.times == 0
    assert (properties["d"], properties["b"], properties["d"]) == (4, 2, 4)
    assert tell.times == 1


def test_it_is_a_dictionary_otherwise() -> None:
    plain = {"a": 1, "b": 2, "c": 3, "d": 4}
    for look in (dict, lambda it: {**it}, lambda it: dict(it.items()), lambda it: {name: it[name] for name in it}):
        tell, properties = late()
        assert look(properties) == plain
        assert list(look(properties).values()) == [1, 2, 3, 4]
        assert tell.times == 1
    assert late()[1] == plain
    assert plain == late()[1]
    assert late()[1] == late()[1]
    assert late()[1] != {**plain, "b": 7}
    assert json.loads(json.dumps(dict(late()[1]))) == plain
    assert repr(late()[1]) == repr(plain)
    image = replace(Image((), late()[1]), id="x")
    assert {**image.properties, "a": 0} == {**plain, "a": 0}


def test_images_tell_their_clouds_when_asked() -> None:
    """The same as the pixels do, and in their place among the others."""
    asset: Any = StandIns().find("COPERNICUS/S2_SR_HARMONIZED")
    start = asset.dataset.start + 1000 * DAY
    image = next(asset.images(Query(start, start + 5 * DAY, Geometry(shapely.Point(11.5, 46.5)))))
    names = list(image.properties)
    assert isinstance(image.properties, LazyProperties)
    assert names.index("CLOUDY_PIXEL_PERCENTAGE") < names.index("system:index")
    clouds = image.properties["CLOUDY_PIXEL_PERCENTAGE"]
    assert 0 <= clouds <= 100
    parts = ("HIGH_PROBA_CLOUDS_PERCENTAGE", "MEDIUM_PROBA_CLOUDS_PERCENTAGE", "THIN_CIRRUS_PERCENTAGE")
    assert abs(sum(image.properties[name] for name in parts) - clouds) < 1e-5
    assert None not in image.properties.values()
