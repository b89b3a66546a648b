"""S2 cells against known places, and against cutting a cell into four."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import ee
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon, shape

from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.geometry import s2

if TYPE_CHECKING:
    from tests.emulator.evaluating import Value

PLACES = {
    # The first digits by which maps on the web know the places.
    "8085900000000000": (-122.478, 37.82),  # the Golden Gate Bridge
    "89c2500000000000": (-74.0, 40.72),  # New York
    "47e6700000000000": (2.35, 48.86),  # Paris
    "6b12b00000000000": (151.21, -33.87),  # Sydney
}


@pytest.mark.parametrize("token", PLACES)
def test_known_places(info: Value, token: str) -> None:
    found = info(ee.Geometry.fromS2CellToken(token))
    assert found["type"] == "Polygon"
    assert shape(found).contains(Point(PLACES[token]))
    assert info(ee.Geometry.fromS2CellId(int(token, 16))) == found
    assert shape(found).area < 2


def test_faces(info: Value) -> None:
    """The first has the origin in its middle, and the last, as the service's description says, Antarctica."""
    first = info(ee.Geometry.fromS2CellToken("1000000000000000"))
    high = math.degrees(math.atan(1 / math.sqrt(2)))
    expected = [-45, -high, 45, -high, 45, high, -45, high]
    assert [place for corner in first["coordinates"][0][:4] for place in corner] == pytest.approx(expected)
    last = info(ee.Geometry.fromS2CellToken("0xb000000000000000"))
    assert [latitude for _, latitude in last["coordinates"][0]] == pytest.approx([-high] * 5)


def test_the_leaf_at_the_origin() -> None:
    corners = s2.corners(0x1000000000000001)
    assert corners[0] == pytest.approx([0, 0])
    assert 0 < corners[2, 0] < 1e-6


@given(st.integers(0, 5), st.integers(0, 2**60 - 1), st.integers(0, 20))
def test_four_children_fill_their_parent(face: int, position: int, level: int) -> None:
    """As points of the face, where sides are straight: gnomonic coordinates around its middle."""
    last = 1 << (2 * (s2.LEAF - level))
    number = (((face << 61) | (position << 1)) & ~(2 * last - 1)) | last
    parent = _on_face(s2.corners(number), face)
    children = [_on_face(s2.corners(number + way * last // 4), face) for way in (-3, -1, 1, 3)]
    assert sum(child.area for child in children) == pytest.approx(parent.area, rel=1e-6)
    assert all(parent.buffer(1e-9).contains(child) for child in children)
    # Along the curve each cell touches the next in a side.
    for one, other in pairwise(children):
        assert one.buffer(1e-9).intersection(other.buffer(1e-9)).length > math.sqrt(one.area)


def _on_face(corners: Any, face: int) -> Polygon:
    axis, sign = face % 3, 1 if face < 3 else -1
    points = []
    for longitude, latitude in corners.tolist():
        lon, lat = math.radians(longitude), math.radians(latitude)
        place = [math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)]
        depth = place[axis] * sign
        assert depth > 0
        points.append([place[(axis + 1) % 3] / depth, place[(axis + 2) % 3] / depth])
    return Polygon(points)


def test_what_is_no_cell(value_of: Value) -> None:
    with pytest.raises(EarthError, match="A token has 16 hexadecimal digits"):
        value_of(ee.Geometry.fromS2CellToken("89c25"))
    for number in (0, 2, 7 << 61 | 1):
        with pytest.raises(EarthError, match="is not the id of an S2 cell"):
            value_of(ee.Geometry.fromS2CellId(number))
    signed = value_of(ee.Geometry.fromS2CellId(0x89C2500000000000 - 2**64))
    assert signed.shape.contains(Point(PLACES["89c2500000000000"]))
