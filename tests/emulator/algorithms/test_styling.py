"""Features in colours: what is drawn where, by hand and by areas."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
from PIL import ImageColor

from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.pixels import styling
from xee_lite.emulator.pixels.markers import NAMES, make_marker
from xee_lite.emulator.types import PixelGrid

if TYPE_CHECKING:
    from tests.emulator.evaluating import Sampled, Value

GRID = PixelGrid("EPSG:4326", (1.0, 0.0, 0.0, 0.0, -1.0, 20.0), 30, 20)
RED, CLEAR = "ff0000", "00000000"


def colours(pixels: Sampled, image: Any) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Red, green and blue, and where anything is drawn."""
    found = pixels(image, GRID)
    assert list(found) == ["vis-red", "vis-green", "vis-blue"]
    stacked = np.stack([band.data for band in found.values()], axis=-1)
    return stacked, ~np.ma.getmaskarray(found["vis-red"])


def box(left: float, top: float, right: float, bottom: float, **properties: Any) -> Any:
    """A rectangle given in columns and rows of the grid."""
    corners = [[left, 20 - top], [left, 20 - bottom], [right, 20 - bottom], [right, 20 - top]]
    return ee.Feature(ee.Geometry.Polygon([corners], None, False), properties)


def point(column: float, row: float, **properties: Any) -> Any:
    return ee.Feature(ee.Geometry.Point([column, 20 - row]), properties)


def line(*places: tuple[float, float]) -> Any:
    return ee.Feature(ee.Geometry.LineString([[x, 20 - y] for x, y in places], None, False))


def test_an_outline_lies_over_its_area(pixels: Sampled) -> None:
    features = ee.FeatureCollection([box(4, 3, 14, 11)])
    values, drawn = colours(pixels, features.style(color="0000ff", width=2, fillColor="red"))
    expected = np.zeros((20, 30), bool)
    expected[2:12, 3:15] = True
    expected[[2, 2, 11, 11], [3, 14, 3, 14]] = drawn[[2, 2, 11, 11], [3, 14, 3, 14]]  # corners are round
    np.testing.assert_array_equal(drawn, expected)
    np.testing.assert_array_equal((values == [255, 0, 0]).all(axis=-1), _filled(slice(4, 10), slice(5, 13)))
    assert values[3, 4].tolist() == [0, 0, 255]


def _filled(rows: slice, columns: slice) -> np.ndarray[Any, Any]:
    found = np.zeros((20, 30), bool)
    found[rows, columns] = True
    return found


def test_opacities_are_laid_over_each_other(value_of: Value) -> None:
    """Half blue over the red of two thirds that is the default of an area: both of Porter and Duff's formulas."""
    from xee_lite.emulator.images.image import Sampler  # noqa: PLC0415 - the one test that needs masks between 0 and 1

    features = ee.FeatureCollection([box(0, 0, 10, 10), box(5, 0, 15, 10, style={"fillColor": "0000ff80"})])
    image = value_of(features.style(color=RED, width=0, styleProperty="style"))
    sampler = Sampler(GRID)
    red, _, blue = (sampler(band) for band in image.bands)
    under, over = round(255 * 0.66) / 255, 128 / 255
    both = over + under * (1 - over)
    np.testing.assert_allclose(red.mask[5, [2, 7, 12, 20]], [under, both, over, 0], rtol=1e-6)
    assert red.values[5, 2] == 255
    assert red.values[5, 7] == round(255 * under * (1 - over) / both)
    assert blue.values[5, 7] == round(255 * over / both)


def test_lines_and_their_dashes(pixels: Sampled) -> None:
    features = ee.FeatureCollection([line((2, 10), (26, 10))])
    solid = colours(pixels, features.style(width=2))[1]
    np.testing.assert_array_equal(solid, _filled(slice(9, 11), slice(2, 26)))
    dotted = colours(pixels, features.style(width=2, lineType="dotted"))[1]
    assert np.flatnonzero(dotted[9]).tolist() == [c for c in range(2, 26) if (c - 2) % 4 < 2]
    dashed = colours(pixels, features.style(width=2, lineType="dashed"))[1]
    assert np.flatnonzero(dashed[9]).tolist() == [c for c in range(2, 26) if (c - 2) % 10 < 6]
    east = PixelGrid("EPSG:4326", (1.0, 0.0, 11.0, 0.0, -1.0, 20.0), 10, 20)
    part = pixels(features.style(width=2, lineType="dotted"), east)["vis-red"]
    np.testing.assert_array_equal(~np.ma.getmaskarray(part), dotted[:, 11:21])


def test_points_have_marks_of_many_shapes(pixels: Sampled) -> None:
    features = ee.FeatureCollection([point(15, 10)])
    square = colours(pixels, features.style(pointSize=4, pointShape="s", width=0, fillColor="green"))
    np.testing.assert_array_equal(square[1], _filled(slice(6, 14), slice(11, 19)))
    assert square[0][10, 15].tolist() == list(ImageColor.getrgb("green"))
    circle = colours(pixels, features.style(pointSize=6, width=0))[1]
    rows, columns = np.indices((20, 30)) + 0.5
    np.testing.assert_array_equal(circle, np.hypot(rows - 10, columns - 15) < 6)
    plus = colours(pixels, features.style(pointSize=5, pointShape="+", width=2))[1]
    np.testing.assert_array_equal(plus, _filled(slice(9, 11), slice(10, 20)) | _filled(slice(5, 15), slice(14, 16)))


@pytest.mark.parametrize(
    ("name", "area"),
    [
        ("circle", math.pi),
        ("square", 4),
        ("diamond", 2),
        ("triangle_up", 3 * math.sqrt(3) / 4),
        ("pentagon", 2.5 * math.sin(math.radians(72))),
        ("hexagon", 3 * math.sqrt(3) / 2),
        ("hexagram", math.sqrt(3)),
        ("pentagram", 1.12256994),
    ],
)
def test_areas_of_marks(name: str, area: float) -> None:
    """By textbook formulas; a hexagram is two triangles, which share a hexagon."""
    assert make_marker(name, 3, 4, 2).area == pytest.approx(4 * area, rel=0.01)


def test_marks_point_where_their_names_say() -> None:
    assert {"cross", "plus"} < NAMES
    assert [make_marker(name, 0, 0, 1).bounds for name in ("cross", "plus")] == [
        pytest.approx([-math.sqrt(0.5)] * 2 + [math.sqrt(0.5)] * 2),
        (-1, -1, 1, 1),
    ]
    tips = {"triangle_up": (0, -1), "triangle_right": (1, 0), "triangle_down": (0, 1), "triangle_left": (-1, 0)}
    for name, tip in tips.items():
        assert make_marker(name, 0, 0, 1).exterior.coords[0] == pytest.approx(tip)


def test_each_feature_may_have_its_own_style(pixels: Sampled) -> None:
    features = [
        box(1, 1, 5, 5, style={"color": "008000", "fillColor": CLEAR, "width": 2}),
        point(20, 10, style={"pointShape": "square", "pointSize": 2, "fillColor": "#f00", "width": 0}),
        box(8, 12, 12, 16),
        ee.Feature(None, {}),
    ]
    image = ee.FeatureCollection(features).style(color="blue", width=0, fillColor="white", styleProperty="style")
    values, drawn = colours(pixels, image)
    assert values[1, 2].tolist() == [0, 128, 0]
    assert not drawn[3, 3]
    np.testing.assert_array_equal((values == [255, 0, 0]).all(axis=-1), _filled(slice(8, 12), slice(18, 22)))
    np.testing.assert_array_equal((values == 255).all(axis=-1), _filled(slice(12, 16), slice(8, 12)))


def test_small_shapes_are_painted_as_large_ones(pixels: Sampled, monkeypatch: pytest.MonkeyPatch) -> None:
    """Centres on an edge, too: those of an odd width."""
    features = ee.FeatureCollection(
        [box(3, 2, 12, 9), point(20, 12), line((2, 18), (25, 15), (28, 3)), box(15, 1, 17, 2)]
    )
    image = features.style(color="red", width=3, pointSize=6)
    small = pixels(image, GRID)
    monkeypatch.setattr(styling, "SMALL", 0)
    for name, band in pixels(image, GRID).items():
        np.testing.assert_array_equal(band.filled(7), small[name].filled(7))


def test_draw_is_a_style(pixels: Sampled) -> None:
    features = ee.FeatureCollection([point(15, 10), box(1, 1, 6, 7), line((3, 18), (25, 16), (28, 3))])
    drawn = pixels(features.draw("ffaa00", 5, 1), GRID)
    styled = pixels(features.style(color="ffaa00", pointSize=5, width=1), GRID)
    for name, band in drawn.items():
        np.testing.assert_array_equal(band.filled(7), styled[name].filled(7))
    assert np.ma.getmaskarray(drawn["vis-red"]).any()


@pytest.mark.parametrize(
    ("style", "message"),
    [
        ({"color": "no such"}, "'color' is not a colour: 'no such'"),
        ({"fillColor": "12"}, "'fillColor' is not a colour"),
        ({"pointShape": "blob"}, "'blob' is no pointShape; need one of circle, cross"),
        ({"lineType": "wavy"}, "'wavy' is no lineType"),
        ({"width": -1}, "'width' must be between 0 and 1000 pixels, got -1"),
        ({"styleProperty": "name"}, "'name' must hold a dictionary of each feature; found 'x'"),
    ],
)
def test_what_can_not_be_drawn(value_of: Value, style: dict[str, Any], message: str) -> None:
    with pytest.raises(EarthError, match=message):
        value_of(ee.FeatureCollection([point(1, 1, name="x")]).style(**style))
    with pytest.raises(EarthError, match="'pointSize' must be between"):
        value_of(ee.FeatureCollection([point(1, 1, s={"pointSize": "big"})]).style(styleProperty="s"))
