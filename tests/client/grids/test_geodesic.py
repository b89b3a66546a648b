"""Edges along geodesics, against the formulas of the great circle."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from xee_lite.grids.geodesic import unrolled
from xee_lite.grids.region import geometry_bounds


def line(*positions: tuple[float, float], geodesic: Any = True) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": [list(position) for position in positions], "geodesic": geodesic}


@pytest.mark.parametrize("latitude", [45.0, -60.0, 80.0])
@pytest.mark.parametrize("width", [1.0, 20.0, 90.0])
def test_an_edge_between_two_places_of_one_latitude_bulges_to_the_pole(latitude: float, width: float) -> None:
    west, south, east, north = geometry_bounds(line((10, latitude), (10 + width, latitude)), "EPSG:4326")
    top = math.degrees(math.atan(math.tan(math.radians(latitude)) / math.cos(math.radians(width / 2))))
    assert (west, east) == pytest.approx((10, 10 + width))
    assert (south, north) == pytest.approx(sorted((latitude, top)), abs=1e-9)


def test_an_edge_across_the_antimeridian_runs_on() -> None:
    west, _, east, north = geometry_bounds(line((170, 50), (190, 50)), "EPSG:4326")
    assert (west, east) == pytest.approx((170, 190))
    assert north > 50.4


def test_a_ring_keeps_its_own_positions() -> None:
    ring = [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 0.0]]
    found: Any = unrolled({"type": "Polygon", "coordinates": [ring], "geodesic": True})
    (positions,) = found["coordinates"]
    assert positions[::256] == ring
    assert len(positions) == 3 * 256 + 1
    assert np.isfinite(positions).all()


@pytest.mark.parametrize(
    "geometry",
    [
        line((0, 50), (20, 50), geodesic=False),
        line((0, 50), (20, 50), geodesic="yes"),
        {"type": "Point", "coordinates": [1, 2]},
        {**line((0, 0), (1, 1)), "crs": {"type": "name", "properties": {"name": "EPSG:32631"}}},
        (1, 2, 3, 4),
    ],
)
def test_what_says_no_geodesics_stays_what_it_is(geometry: Any) -> None:
    assert unrolled(geometry) is geometry


def test_points_have_no_edges() -> None:
    found: Any = unrolled({"type": "MultiPoint", "coordinates": [[1, 2], [3, 4]], "geodesic": True})
    assert geometry_bounds(found, "EPSG:4326") == (1, 2, 3, 4)
