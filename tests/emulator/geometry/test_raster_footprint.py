from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from tests.examples import examples
from xee_lite.emulator.geometry.raster_footprint import raster_footprint
from xee_lite.emulator.types import Projection


def test_a_raster_in_degrees_is_its_box() -> None:
    outline = raster_footprint(Projection("EPSG:4326", (0.5, 0.0, 10.0, 0.0, -0.5, 50.0)), (4, 6))
    assert outline.shape.equals(shapely.box(10, 47, 12, 50))


def test_what_reaches_beyond_the_globe_is_cut() -> None:
    outline = raster_footprint(Projection("EPSG:4326", (0.25, 0.0, -180.0, 0.0, -0.25, 90.0)), (1440, 721))
    assert outline.shape.equals(shapely.box(-180, -90, 180, 90))
    wider = raster_footprint(Projection("EPSG:4326", (0.1, 0.0, -180.05, 0.0, -0.1, 90.05)), (3601, 1801))
    assert wider.shape.equals(shapely.box(-180, -90, 180, 90))


def test_across_the_date_line_it_is_two() -> None:
    outline = raster_footprint(Projection("EPSG:32601", (1000.0, 0.0, 100000.0, 0.0, -1000.0, 7e6)), (300, 100))
    west, east = sorted(outline.shape.geoms, key=lambda part: part.bounds[0])
    assert west.bounds[0] == -180
    assert east.bounds[2] == 180
    assert outline.shape.area < 20


@pytest.mark.parametrize(("crs", "pole"), [("EPSG:3031", -90), ("EPSG:3413", 90)])
def test_around_a_pole_it_is_a_cap(crs: str, pole: int) -> None:
    outline = raster_footprint(Projection(crs, (1000.0, 0.0, -1e6, 0.0, -1000.0, 1e6)), (2000, 2000))
    assert outline.shape.covers(shapely.Point(77, pole))
    assert outline.shape.covers(shapely.Point(-180, pole * 0.95))


@pytest.mark.parametrize("crs", ["SR-ORG:6974", "ESRI:54009", "EPSG:6933"])
def test_a_projected_raster_of_the_whole_globe_is_all_longitudes(crs: str) -> None:
    """The sinusoidal grid of MODIS reaches beyond the globe in its corners, and folds where it is unrolled."""
    reach = Transformer.from_crs("EPSG:4326", Projection(crs).pyproj, always_xy=True).transform([180, 0], [0, 85])
    east, north = reach[0][0] + 0.25, reach[1][1]
    scale = (east / 100, 0.0, -east, 0.0, -north / 50, north)
    outline = raster_footprint(Projection(crs, scale), (200, 100))
    assert outline.shape.bounds[::2] == (-180, 180)
    assert outline.shape.covers(shapely.MultiPoint([(3, 43), (-179.9, -16), (179.9, 16), (100, -70)]))


@given(
    zone=st.integers(1, 60),
    east=st.integers(200_000, 700_000),
    north=st.integers(100_000, 8_000_000),
    size=st.integers(1, 400),
    inside=st.tuples(st.floats(0.02, 0.98), st.floats(0.02, 0.98)),
)
@examples(80)
def test_pixels_lie_in_it(zone: int, east: int, north: int, size: int, inside: tuple[float, float]) -> None:
    crs = f"EPSG:{32600 + zone}"
    outline = raster_footprint(Projection(crs, (300.0, 0.0, east, 0.0, -300.0, north)), (size, size))
    x, y = east + 300 * size * inside[0], north - 300 * size * inside[1]
    longitude, latitude = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x, y)
    assert np.isfinite(longitude)
    assert outline.shape.buffer(1e-5).covers(shapely.Point(longitude, latitude))
