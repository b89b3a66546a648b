from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import xarray as xr
from affine import Affine
from pyproj import Transformer
from shapely.geometry import Polygon, box

from xee_lite import Grid, InputError
from xee_lite.grids.grid_spec import GridSpec
from xee_lite.grids.region import geometry_bounds

UTM = "EPSG:32631"
NATIVE = Grid(UTM, Affine(30, 0, 399945, 0, -30, 4600035), (400, 500))
"""A Landsat-like grid: its origin is 15 modulo 30."""


def resolve(native: Grid | None = NATIVE, *, must_intersect: bool = True, **spelling: Any) -> Grid:
    return GridSpec(**spelling).resolve(native, source="the test source", must_intersect=must_intersect)


def degrees_inside() -> tuple[float, float, float, float]:
    left, bottom, right, top = NATIVE.bounds
    inverse = Transformer.from_crs(UTM, "EPSG:4326", always_xy=True)
    west, south = inverse.transform(left + 3000, bottom + 3000)
    east, north = inverse.transform(right - 3000, top - 3000)
    return west, south, east, north


def test_nothing_said_is_the_native_grid() -> None:
    assert resolve() == NATIVE


def test_whole_grids() -> None:
    grid = Grid("EPSG:4326", Affine(1, 0, 0, 0, -1, 10), (10, 20))
    assert resolve(grid=grid) == grid
    assert resolve(grid={"crs": 4326, "transform": grid.transform, "shape": (10, 20)}) == grid
    assert resolve(crs="EPSG:4326", transform=grid.transform, shape=(10, 20)) == grid
    assert resolve(native=None, crs="EPSG:4326", transform=list(grid.transform)[:6], shape=(10, 20)) == grid


def test_a_geobox_is_a_whole_grid() -> None:
    geobox = pytest.importorskip("odc.geo.geobox")
    grid = Grid("EPSG:4326", Affine(1, 0, 0, 0, -1, 10), (10, 20))
    assert resolve(grid=geobox.GeoBox((10, 20), grid.transform, "EPSG:4326")) == grid


def test_a_bbox_snaps_to_the_source_grid() -> None:
    """Snapping to multiples of 30 from 0 would shift a Landsat grid by half a pixel."""
    bbox = degrees_inside()
    grid = resolve(bbox=bbox)
    assert (grid.transform.c - 399945) % 30 == 0
    assert (grid.transform.f - 4600035) % 30 == 0
    assert grid.transform.a == 30
    xs, ys = Transformer.from_crs("EPSG:4326", UTM, always_xy=True).transform(
        np.linspace(bbox[0], bbox[2], 50), np.full(50, bbox[3])
    )
    assert grid.bounds[3] >= max(ys)
    assert grid.bounds[0] <= min(xs)


def test_scale_that_equals_the_native_one_changes_nothing() -> None:
    bbox = degrees_inside()
    assert resolve(bbox=bbox, scale=30) == resolve(bbox=bbox)
    assert resolve(scale=30) == NATIVE


def test_another_scale_keeps_the_native_corner() -> None:
    grid = resolve(scale=60)
    assert grid.transform == Affine(60, 0, 399945, 0, -60, 4600035)
    assert grid.shape == (200, 250)


def test_degrees_follow_the_services_rule() -> None:
    """10 m are 8.983152841195215e-05 degrees at every latitude (measured on the service)."""
    grid = resolve(crs="EPSG:4326", scale=10, bbox=(3, 41, 3.01, 41.01), must_intersect=False)
    assert grid.transform.a == pytest.approx(8.983152841195215e-05, rel=1e-14)
    assert (grid.transform.c / grid.transform.a) == pytest.approx(round(grid.transform.c / grid.transform.a), abs=1e-6)


def test_shape_covers_the_whole_region_exactly() -> None:
    """A peer's fit_geometry(grid_shape=...) leaves the east and south edges out for this very box."""
    australia = (112.0, -43.63, 153.56, -10.66)
    grid = resolve(native=None, crs="EPSG:4326", bbox=australia, shape=(256, 256))
    np.testing.assert_allclose(grid.bounds, australia, rtol=1e-12)
    assert grid.shape == (256, 256)


def test_edges_are_densified_before_they_are_reprojected() -> None:
    """A parallel bulges in Albers: with its corners alone this box loses hundreds of rows."""
    usa = (-124.7, 24.5, -66.9, 49.4)
    grid = resolve(native=None, crs="EPSG:5070", bbox=usa, scale=1000)
    lon, lat = np.linspace(usa[0], usa[2], 20001), np.linspace(usa[1], usa[3], 20001)
    edges = [(lon, np.full_like(lon, edge)) for edge in usa[1::2]] + [
        (np.full_like(lat, edge), lat) for edge in usa[::2]
    ]
    albers = Transformer.from_crs("EPSG:4326", "EPSG:5070", always_xy=True)
    ys = np.concatenate([albers.transform(*edge)[1] for edge in edges])
    assert grid.bounds[3] == math.ceil(ys.max() / 1000) * 1000
    assert grid.bounds[1] == math.floor(ys.min() / 1000) * 1000
    corners = [albers.transform(west, north)[1] for west in usa[::2] for north in usa[1::2]]
    assert grid.height - (max(corners) - min(corners)) / 1000 > 400


def test_geometry_spellings_agree() -> None:
    bbox = degrees_inside()
    square = box(*bbox)
    expected = resolve(geometry=square)
    assert resolve(geometry=square.__geo_interface__) == expected
    assert resolve(geometry={"type": "Feature", "geometry": square.__geo_interface__, "properties": {}}) == expected
    collection = {"type": "GeometryCollection", "geometries": [square.__geo_interface__]}
    assert resolve(geometry=collection) == expected


def test_geometry_bounds_of_every_kind() -> None:
    ring = [[0, 0], [4, 0], [4, 3], [0, 3], [0, 0]]
    cases: list[dict[str, Any]] = [
        {"type": "Point", "coordinates": [1, 2]},
        {"type": "MultiPoint", "coordinates": [[1, 2], [3, -4]]},
        {"type": "LineString", "coordinates": [[1, 2], [3, -4]]},
        {"type": "MultiPolygon", "coordinates": [[ring], [[[9, 9], [10, 9], [10, 10], [9, 9]]]]},
    ]
    expected = [(1, 2, 1, 2), (1, -4, 3, 2), (1, -4, 3, 2), (0, 0, 10, 10)]
    assert [geometry_bounds(case, "EPSG:4326") for case in cases] == expected


def test_transform_with_a_region_is_a_window_of_that_lattice() -> None:
    grid = resolve(transform=(100, 0, 7, 0, -100, 3), crs=UTM, bbox=degrees_inside())
    assert (grid.transform.c - 7) % 100 == pytest.approx(0, abs=1e-6)
    assert (grid.transform.f - 3) % 100 == pytest.approx(0, abs=1e-6)


def test_another_crs_covers_the_whole_image() -> None:
    grid = resolve(crs="EPSG:3857")
    square = Polygon.from_bounds(*grid.bounds)
    corners = Transformer.from_crs(UTM, "EPSG:3857", always_xy=True)
    left, bottom, right, top = NATIVE.bounds
    for x, y in ((left, bottom), (left, top), (right, bottom), (right, top)):
        assert square.buffer(1e-6).contains(Polygon.from_bounds(*corners.transform(x, y) * 2).centroid)
    assert grid.transform.a == 30


@pytest.mark.parametrize("layout", ["geotransform", "coordinates", "latitude"])
def test_like_takes_the_grid_of_an_xarray_object(layout: str) -> None:
    grid = Grid("EPSG:4326", Affine(0.25, 0, -10, 0, -0.25, 50), (8, 9))
    y, x = ("latitude", "longitude") if layout == "latitude" else ("y", "x")
    array = xr.DataArray(np.zeros(grid.shape), {y: grid.y, x: grid.x}, dims=(y, x))
    if layout != "latitude":
        attrs = {"crs_wkt": grid.pyproj_crs.to_wkt()}
        if layout == "geotransform":
            attrs["GeoTransform"] = "-10.0 0.25 0.0 50.0 0.0 -0.25"
        array = array.assign_coords(spatial_ref=xr.Variable((), 0, attrs))
    assert resolve(like=array) == grid
    assert resolve(like=array.to_dataset(name="v")) == grid


@pytest.mark.parametrize(
    ("spelling", "message"),
    [
        ({"bbox": (0, 0, 1, 1), "geometry": box(0, 0, 1, 1)}, "Two spellings.*bbox=.*geometry="),
        ({"grid": NATIVE, "scale": 10}, "Two spellings.*grid=.*scale="),
        ({"transform": (1, 0, 0, 0, -1, 0), "scale": 10, "shape": (1, 1)}, "Two spellings.*transform=.*scale="),
        ({"shape": (5, 5), "scale": 10, "bbox": (0, 0, 1, 1)}, "Two spellings.*shape=.*scale="),
        ({"transform": (1, 0, 0, 0, -1, 0)}, "no extent"),
        ({"shape": (0, 5)}, "not positive"),
        ({"scale": -10}, "positive number of metres"),
        ({"scale": "fine"}, "not a number of metres"),
        ({"bbox": (5, 0, 5, 1)}, "longitudes within 360 that differ"),
        ({"bbox": (400, 0, 410, 1)}, "longitudes within 360"),
        ({"bbox": (-180, 0, 181, 1)}, "361 degrees of longitude wide.*360 at most"),
        ({"bbox": (300, 0, -300, 1)}, "-600 degrees of longitude wide.*west > east means a box across"),
        ({"bbox": (200, 0, 210, 1)}, "outside the test source"),
        ({"bbox": (0, 80, 1, 91)}, "-90 <= south < north <= 90"),
        ({"geometry": box(170, 0, 370, 1)}, "beyond 360 degrees of longitude"),
        ({"geometry": box(-181, 0, 181, 1)}, "362 degrees of longitude wide"),
        ({"geometry": {"type": "Point", "coordinates": [45, 120]}}, "in this order"),
        ({"geometry": {"type": "Point", "coordinates": [float("nan"), 0]}}, "beyond 360"),
        ({"bbox": (0, 0, 1)}, r"\(west, south, east, north\)"),
        ({"bbox": (0, 0, float("nan"), 1)}, "not finite"),
        ({"bbox": (100, 0, 101, 1)}, "outside the test source.*pass a region"),
        ({"crs": "EPSG:0"}, "EPSG:0"),
        ({"grid": {"crs": UTM}}, "exactly 'crs', 'transform', 'shape'"),
        ({"grid": 5}, "int is not a grid"),
        ({"geometry": "POINT (1 1)"}, "is not a geometry"),
        ({"geometry": {"type": "Polygon", "coordinates": []}}, "empty"),
        ({"like": xr.DataArray(np.zeros((2, 2)), dims=("a", "b"))}, "needs y and x"),
        ({"like": xr.DataArray(np.zeros((2, 2)), {"x": [1, 2], "y": [1, 2]}, ("y", "x"))}, "no CRS"),
    ],
)
def test_bad_spellings_are_one_clear_sentence(spelling: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        resolve(**spelling)
    assert "\n" not in str(caught.value)


def test_a_composite_needs_a_grid() -> None:
    with pytest.raises(InputError, match="without a grid of its own"):
        resolve(native=None, bbox=(0, 0, 1, 1))
    with pytest.raises(InputError, match="unbounded"):
        resolve(native=None, scale=1000)


@pytest.mark.parametrize("part", [np.s_[2:7, 3:9], np.s_[:, 8:], np.s_[7:, :], np.s_[3:4, 5:6], np.s_[::2, ::3]])
def test_like_a_part_of_a_dataset_is_that_part(part: tuple[slice, slice]) -> None:
    """A part keeps the GeoTransform of the whole: the coordinates say where it is."""
    grid = Grid("EPSG:4326", Affine(1 / 12, 0, -180, 0, -1 / 12, 90), (8, 9))
    whole = xr.DataArray(np.zeros(grid.shape), {"y": grid.y, "x": grid.x}, ("y", "x")).assign_coords(
        spatial_ref=xr.Variable(
            (), 0, {"crs_wkt": grid.pyproj_crs.to_wkt(), "GeoTransform": f"-180.0 {1 / 12!r} 0.0 90.0 0.0 {-1 / 12!r}"}
        )
    )
    found = resolve(like=whole[part])
    assert found.shape == whole[part].shape
    np.testing.assert_allclose(found.x, whole[part]["x"], rtol=1e-12)
    np.testing.assert_allclose(found.y, whole[part]["y"], rtol=1e-12)
    if part[0].step is None:
        assert found.transform.a == 1 / 12, "to the last bit"


def test_like_without_coordinates_takes_the_written_transform() -> None:
    attrs = {"crs_wkt": NATIVE.pyproj_crs.to_wkt(), "GeoTransform": "500000.0 10.0 3.0 4000000.0 2.0 -10.0"}
    sheared = xr.DataArray(np.zeros((4, 5)), dims=("y", "x")).assign_coords(spatial_ref=xr.Variable((), 0, attrs))
    assert resolve(like=sheared).transform == Affine(10, 3, 500000, 2, -10, 4000000)
    with pytest.raises(InputError, match=r"neither coordinates y, x nor a GeoTransform"):
        resolve(like=sheared.assign_coords(spatial_ref=xr.Variable((), 0, {"crs_wkt": attrs["crs_wkt"]})))
