"""eerepr: what notebooks show of each kind of object is what the official client gets of it."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import ee
import pytest

from tests.interop.scenes import SCENES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

eerepr = pytest.importorskip("eerepr")


class Texts(HTMLParser):
    """The texts of a page, its style sheet aside."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._style = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:  # noqa: ARG002 - as the parser calls it
        self._style = tag == "style"

    def handle_data(self, data: str) -> None:
        if not self._style:
            self.found.append(data)


@pytest.fixture(autouse=True)
def reprs() -> Iterator[None]:
    eerepr.initialize(max_cache_size=0, on_error="raise")
    yield
    eerepr.reset()


def shown(obj: Any) -> list[str]:
    texts = Texts()
    texts.feed(obj._repr_html_())
    return texts.found


@pytest.mark.parametrize(
    ("make", "title"),
    [
        (lambda: ee.Image(f"{SCENES}/i0"), f"Image {SCENES}/i0 (2 bands)"),
        (lambda: ee.Image("USGS/SRTMGL1_003"), "Image USGS/SRTMGL1_003 (1 band)"),
        (lambda: ee.Image.constant([1, 2.5]), "Image (2 bands)"),
        (lambda: ee.ImageCollection(SCENES), f"ImageCollection {SCENES}  (3 elements)"),
        (lambda: ee.Date("2020-02-29T12:00:00"), "Date (2020-02-29 12:00:00)"),
        (lambda: ee.DateRange("2020-01-01", "2020-02-01"), "DateRange [2020-01-01 00:00:00, 2020-02-01 00:00:00]"),
        (lambda: ee.Geometry.Point(1.5, 2.25), "Point (1.50, 2.25)"),
        (lambda: ee.Geometry.BBox(0, 0, 1, 1), "Polygon (5 vertices)"),
        (lambda: ee.Geometry.LineString([[0, 0], [1, 1], [2, 0]]), "LineString (3 vertices)"),
        (lambda: ee.Geometry.MultiPoint([[0, 0], [1, 1]]), "MultiPoint (2 vertices)"),
        (lambda: ee.Feature(ee.Geometry.Point(0, 0), {"a": 1, "b": "x"}), "Feature (Point, 2 properties)"),
        (lambda: ee.Feature(None, {"a": 1}), "Feature (1 property)"),
        (
            lambda: ee.FeatureCollection([ee.Feature(ee.Geometry.Point(n, 0), {"n": n}) for n in range(3)]),
            "FeatureCollection (3 elements, 2 columns)",
        ),
        (lambda: ee.Projection("EPSG:32631"), "Projection"),
        (ee.PixelType.uint16, "unsigned int16"),
        (lambda: ee.Dictionary({"a": 1, "b": [1, 2]}), "Object (2 properties)"),
        (lambda: ee.List([1, "two", 3.5]), "[1, 'two', 3.5]"),
        (lambda: ee.List.sequence(1, 40), "List (40 elements)"),
        (lambda: ee.Number(42), "42"),
        (lambda: ee.String("<b>"), "<b>"),
        (lambda: ee.Array([[1, 2], [3, 4]]), "[[1, 2], [3, 4]]"),
        (lambda: ee.Image("USGS/SRTMGL1_003").select(0).projection().nominalScale().gt(30), "1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_titles(make: Callable[[], Any], title: str) -> None:
    found = shown(make())
    assert found[0] == title


def test_every_property_is_shown() -> None:
    image = ee.Image(f"{SCENES}/i2")
    found = shown(image)
    info = image.getInfo()
    for name in info["properties"]:
        assert any(text.startswith(f"{name}:") for text in found), name
    assert "unsigned int16" in " ".join(found)


def test_an_error_of_the_service_is_told() -> None:
    with pytest.raises(ee.EEException, match="not found"):
        ee.Image(f"{SCENES}/i9")._repr_html_()
    eerepr.initialize(max_cache_size=0, on_error="warn")
    with pytest.warns(UserWarning, match="not found"):
        assert "ee.image.Image" in ee.Image(f"{SCENES}/i9")._repr_html_()
