"""Grids against counting cells by hand and shapely, cuts against distances on the ellipsoid."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import ee
import pytest
import shapely
from pyproj import Geod
from shapely.geometry import box, shape

from xee_lite.emulator.errors import EarthError

if TYPE_CHECKING:
    from tests.emulator.evaluating import Value

GEOD = Geod(ellps="WGS84")


def cells(info: Value, geometry: Any, *arguments: Any) -> dict[str, Any]:
    return {one["id"]: shape(one["geometry"]) for one in info(geometry.coveringGrid(*arguments))["features"]}


def test_cells_of_an_area(info: Value) -> None:
    """Those that a triangle overlaps, found by trying all around it."""
    corners = [(0.5, 0.2), (4.5, 1.1), (2.2, 3.9)]
    triangle = ee.Geometry.Polygon([list(map(list, corners))], None, False)
    found = cells(info, triangle, "EPSG:4326")
    outline = shapely.Polygon(corners)
    expected = {
        f"{x},{y}" for x in range(-1, 7) for y in range(-1, 7) if box(x, y, x + 1, y + 1).intersection(outline).area > 0
    }
    assert found.keys() == expected
    assert all(one.equals(box(*map(float, (*_corner(index), *(_corner(index, 1)))))) for index, one in found.items())


def _corner(index: str, more: int = 0) -> tuple[int, int]:
    x, y = index.split(",")
    return int(x) + more, int(y) + more


def test_what_ends_on_an_edge_reaches_no_further(info: Value) -> None:
    aligned = ee.Geometry.Rectangle([0, 0, 2, 1], "EPSG:4326", False)
    assert sorted(cells(info, aligned, "EPSG:4326")) == ["0,0", "1,0"]
    assert list(cells(info, ee.Geometry.Point([3, 5]), "EPSG:4326")) == ["3,5"]


def test_the_scale_is_that_of_the_cells(info: Value) -> None:
    area = ee.Geometry.Rectangle([100, 100, 2500, 900], ee.Projection("EPSG:32631"), False)
    found = info(area.coveringGrid("EPSG:32631", 1000))
    assert [one["id"] for one in found["features"]] == ["0,0", "1,0", "2,0"]
    first = found["features"][0]["geometry"]
    assert first["crs"]["properties"]["name"] == "EPSG:32631"
    assert not first["geodesic"]
    assert shape(first).bounds == (0, 0, 1000, 1000)
    scaled = ee.Projection("EPSG:32631").atScale(500).translate(1, 0)
    assert shape(info(area.coveringGrid(scaled).first())["geometry"]).bounds == (0, 0, 500, 500)


def test_grids_that_make_no_sense(info: Value) -> None:
    world = ee.Geometry.Rectangle([-180, -80, 180, 80], "EPSG:4326", False)
    with pytest.raises(EarthError, match="at most 1000000 are made"):
        info(world.coveringGrid("EPSG:4326", 100))
    with pytest.raises(EarthError, match="'scale' must be positive"):
        info(world.coveringGrid("EPSG:4326", -1))
    assert (
        info(ee.Geometry.Point([0, 0]).intersection(ee.Geometry.Point([5, 5])).coveringGrid("EPSG:4326"))["features"]
        == []
    )


def lengths(lines: list[Any]) -> list[float]:
    return [GEOD.line_length([x for x, _ in line], [y for _, y in line]) for line in lines]


def test_the_line_of_the_reference(info: Value) -> None:
    """At 10 and at 100 metres along it, so that three pieces come out."""
    line = ee.Geometry.LineString([[-122.09, 37.42], [-122.08, 37.43]])
    found = info(line.cutLines([10, 100], 1))
    assert found["type"] == "MultiLineString"
    whole = lengths([[[-122.09, 37.42], [-122.08, 37.43]]])[0]
    assert lengths(found["coordinates"]) == pytest.approx([10, 90, whole - 100], abs=1e-6)
    assert all(one[-1] == other[0] for one, other in pairwise(found["coordinates"]))


def test_corners_stay_and_lines_are_cut_apart(info: Value) -> None:
    lines = [[[0, 0], [0.001, 0], [0.001, 0.002]], [[5, 5], [5.0001, 5]]]
    found = info(ee.Geometry.MultiLineString(lines).cutLines([200, 50, 1e6, -3]))["coordinates"]
    assert lengths(found)[:2] == pytest.approx([50, 150], abs=1e-6)
    assert found[1][1] == [0.001, 0]
    assert found[3] == lines[1]
    assert math.fsum(lengths(found)) == pytest.approx(math.fsum(lengths(lines)))


def test_a_straight_edge_is_measured_along_itself(info: Value) -> None:
    """Along the parallel of 60 degrees, whose length is that of its radius; the geodesic is shorter."""
    parallel = ee.Geometry.LineString([[0, 60], [40, 60]], None, False)
    found = info(parallel.cutLines([1_000_000]))
    squared = 2 / 298.257223563 - 298.257223563**-2
    radius = 6378137 * math.cos(math.pi / 3) / math.sqrt(1 - squared * 0.75)
    place = found["coordinates"][0][-1]
    assert place[1] == 60
    assert math.radians(place[0]) * radius == pytest.approx(1_000_000, abs=0.2)
    assert [len(one) for one in found["coordinates"]] == [2, 2]


def test_units_are_those_of_the_projection(info: Value) -> None:
    line = ee.Geometry.LineString([[0, 0], [30, 40]], "EPSG:32631", False)
    found = info(line.cutLines([10], None, "EPSG:32631"))
    assert found["coordinates"] == [[[0, 0], [6, 8]], [[6, 8], [30, 40]]]
    degrees = info(ee.Geometry.LineString([[0, 0], [4, 0]], None, False).cutLines([1], None, "EPSG:4326"))
    assert degrees["coordinates"] == [[[0, 0], [1, 0]], [[1, 0], [4, 0]]]


def test_what_has_no_lines(info: Value) -> None:
    found = info(ee.Geometry.Polygon([[[0, 0], [1, 0], [1, 1]]]).cutLines([10], 1))
    assert found == {"type": "MultiLineString", "coordinates": []}
    feature = ee.Feature(ee.Geometry.LinearRing([[0, 0], [1, 0], [1, 1], [0, 0]]), {"a": 1})
    cut = info(feature.cutLines([1000]))
    assert cut["properties"] == {"a": 1}
    assert len(cut["geometry"]["coordinates"]) == 2
