"""Buffers: how many vertices they have."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import ee
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPoint, Point

from xee_lite.emulator import request_limits
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.geometry.error_margin import ErrorMargin
from xee_lite.emulator.geometry.geodesy import buffer
from xee_lite.emulator.geometry.geometry import Geometry
from xee_lite.emulator.types import Projection

if TYPE_CHECKING:
    from tests.emulator.evaluating import Info

POINT = Geometry(Point(5, 45))
UTM = Projection("EPSG:32631")


def vertices(geometry: Geometry) -> int:
    return int(shapely.get_num_coordinates(geometry.shape)) - 1


def test_a_margin_of_a_fifth_makes_seven_vertices(info: Info) -> None:
    """As was seen of the service."""
    found = info(ee.Geometry.Point(5, 45).buffer(1000, 200))
    assert len(found["coordinates"][0]) == 8
    assert len(info(ee.Feature(ee.Geometry.Point(5, 45)).buffer(1000, 200))["geometry"]["coordinates"][0]) == 8


@pytest.mark.parametrize("margin", [None, ErrorMargin(None), ErrorMargin(0)])
def test_without_a_margin_it_is_a_hundredth(margin: ErrorMargin | None) -> None:
    assert vertices(buffer(POINT, 1000, margin)) == 32
    assert vertices(buffer(POINT, 5, margin)) == 32


@given(radius=st.floats(1, 1e5), share=st.floats(1e-4, 3))
def test_as_few_vertices_as_stay_within_half_of_the_margin(radius: float, share: float) -> None:
    centre = Geometry(Point(500_000, 5e6), geodesic=False, projection=UTM)
    found = buffer(centre, radius, ErrorMargin(share * radius), UTM)
    count = vertices(found)
    for number, good in ((count, True), (count - 1, False)):
        off = radius * (1 - math.cos(math.pi / number))
        if number >= 3:
            assert (off <= share * radius / 2 + 1e-9 * radius) is good
    reach = [math.hypot(x - 500_000, y - 5e6) for x, y in shapely.get_coordinates(found.shape)]
    assert reach == pytest.approx([radius] * (count + 1))


def test_margins_of_metres_in_other_units() -> None:
    degrees = Projection("EPSG:4326")
    centre = Geometry(Point(5, 45), geodesic=False)
    assert vertices(buffer(centre, 1, ErrorMargin(degrees.metres_per_unit / 5), degrees)) == 7
    assert vertices(buffer(centre, 1, ErrorMargin(0.2, "projected"), degrees)) == 7


def test_several_points_and_corners() -> None:
    two = buffer(Geometry(MultiPoint([(5, 45), (6, 45)])), 1000, ErrorMargin(200))
    assert [len(part.exterior.coords) for part in two.shape.geoms] == [8, 8]
    line = Geometry(LineString([(5, 45), (5.1, 45)]))
    assert (
        vertices(buffer(line, 1000, ErrorMargin(200)))
        < vertices(buffer(line, 1000))
        < vertices(buffer(line, 1000, ErrorMargin(1)))
    )


def test_a_margin_of_next_to_nothing() -> None:
    request_limits.start(memory=100_000_000)
    for margin in (1e-9, 1e-300):
        with pytest.raises(EarthError, match=r"^User memory limit exceeded\.$"):
            buffer(POINT, 1e5, ErrorMargin(margin))
    request_limits.start()
