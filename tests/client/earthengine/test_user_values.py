"""Geometries of the client library as GeoJSON: rings that close, and what their edges are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest

from tests.client.scenes import opened
from xee_lite.earthengine.user_values import plain
from xee_lite.grids.region import geometry_bounds
from xee_lite.testing import local_earth

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module", autouse=True)
def earth() -> Iterator[None]:
    with local_earth():
        yield


RING = [[8.0, -46.0], [10.0, -46.0], [10.0, -45.0], [8.0, -45.0]]


def test_rings_close() -> None:
    closed: list[Any] = [*RING, RING[0]]
    polygon: Any = plain(ee.Geometry.Polygon([RING]))
    assert polygon["coordinates"] == [closed]
    several: Any = plain(ee.Geometry.MultiPolygon([[RING], [closed]]))
    assert several["coordinates"] == [[closed], [closed]]
    line: Any = plain(ee.Geometry.LineString(RING))
    assert line["coordinates"] == RING


def test_edges_are_geodesics_unless_the_geometry_says_no() -> None:
    utm = ee.Geometry.Rectangle([0, 0, 9, 9], "EPSG:32632", False)
    for geometry, geodesic in (
        (ee.Geometry.Polygon([RING]), True),
        (ee.Geometry.Polygon([RING], None, False), False),
        (ee.Geometry.BBox(8, -46, 10, -45), False),
        (utm, False),
    ):
        found: Any = plain(geometry)
        assert found["geodesic"] is geodesic


@pytest.mark.parametrize("box", [(8, -46, 10, -45), (8, 45, 10, 46), (-69, -50, -68, -49)])
def test_the_last_edge_bends_too(box: tuple[float, ...]) -> None:
    """South of the equator the northern edge, the last of the ring, is farthest north in its middle."""
    options: dict[str, Any] = {"crs": f"EPSG:{32632 if box[0] > 0 else 32719}", "scale": 300}
    ours = opened("USGS/SRTMGL1_003", geometry=ee.Geometry.BBox(*box), **options)
    numbers = opened("USGS/SRTMGL1_003", bbox=box, **options)
    np.testing.assert_array_equal(ours["y"], numbers["y"])
    np.testing.assert_array_equal(ours["x"], numbers["x"])


def test_bounds_of_a_closed_ring_are_those_of_the_service() -> None:
    geometry = ee.Geometry.BBox(8, -46, 10, -45)
    served = ee.Geometry(geometry.transform("EPSG:32632", 1)).bounds(1, "EPSG:32632").coordinates().getInfo()
    x, y = np.array(served[0]).T
    assert geometry_bounds(plain(geometry), "EPSG:32632") == pytest.approx((x.min(), y.min(), x.max(), y.max()), abs=10)
