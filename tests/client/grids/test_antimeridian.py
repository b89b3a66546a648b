"""Regions and grids across the antimeridian: continuous where the CRS is, refused where it tears, cut at the seam."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import numpy.typing as npt
import pytest
import xarray as xr
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer
from pyproj.database import query_crs_info
from pyproj.enums import PJType
from rasterio.warp import transform_bounds
from shapely.geometry import MultiPolygon, box

from tests.client.scenes import ID, filled, pixels
from tests.examples import examples
from xee_lite import Grid, InputError, Window
from xee_lite.emulator import memory_image
from xee_lite.grids.grid_spec import GridSpec
from xee_lite.grids.projected_bounds import TornError
from xee_lite.grids.region import box_bounds, check_bbox, geometry_bounds

if TYPE_CHECKING:
    from tests.client.scenes import Serve

Floats = npt.NDArray[np.float64]
WORLD = Grid("EPSG:4326", Affine(0.25, 0, -180, 0, -0.25, 90), (720, 1440))
ACROSS = (170.0, -20.0, 190.0, 20.0)
CONTINUOUS = ["EPSG:32601", "EPSG:32660", "EPSG:3832", "EPSG:3413", "EPSG:2193", "+proj=laea +lon_0=180", "EPSG:5070"]
TORN = ["EPSG:3857", "SR-ORG:6974", "EPSG:4087", "ESRI:54030", "ESRI:54009"]
SINUSOIDAL = "+proj=sinu +R=6371007.181 +units=m"


def resolve(native: Grid | None = WORLD, *, must_intersect: bool = True, **spelling: Any) -> Grid:
    return GridSpec(**spelling).resolve(native, source="the test source", must_intersect=must_intersect)


def sampled(region: tuple[float, float, float, float], crs: str, seed: int = 0) -> Floats:
    """Points of a region in a CRS, shape (n, 2): inside of it at random, and densely on its edges."""
    west, south, east, north = region
    rng = np.random.default_rng(seed)
    lon, lat = np.linspace(west, east, 4001), np.linspace(south, north, 4001)
    xs = [rng.uniform(west, east, 5000), lon, lon, np.full_like(lat, west), np.full_like(lat, east)]
    ys = [rng.uniform(south, north, 5000), np.full_like(lon, south), np.full_like(lon, north), lat, lat]
    to = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    return np.stack(to.transform(np.concatenate(xs), np.concatenate(ys)), axis=1)


@pytest.mark.parametrize("bbox", [(170, -20, -170, 20), (170, -20, 190, 20), (-190, -20, -170, 20)])
def test_three_spellings_of_a_box_across_the_antimeridian(bbox: tuple[float, ...]) -> None:
    grid = resolve(bbox=bbox)
    assert grid == Grid("EPSG:4326", Affine(0.25, 0, 170, 0, -0.25, 20), (160, 80))
    assert grid.x[0] == 170.125
    assert grid.x[-1] == 189.875


@pytest.mark.parametrize(
    ("bbox", "expected"),
    [
        ((0, -90, 360, 90), (0, -90, 360, 90)),
        ((180, 0, 190, 1), (-180, 0, -170, 1)),
        ((200, 0, 210, 1), (-160, 0, -150, 1)),
        ((170, 0, -180, 1), (170, 0, 180, 1)),
        ((-180, 0, 180, 1), (-180, 0, 180, 1)),
        ((-360, 0, -350, 1), (0, 0, 10, 1)),
        ((5, 0, 1, 1), (5, 0, 361, 1)),
    ],
)
def test_a_box_starts_within_180(bbox: tuple[float, ...], expected: tuple[float, ...]) -> None:
    assert check_bbox(bbox) == expected


def test_pixels_snap_to_the_lattice_of_the_source_on_both_sides() -> None:
    native = Grid("EPSG:4326", Affine(0.25, 0, -180.125, 0, -0.25, 90.125), (721, 1440))
    grid = resolve(native, bbox=(179.5, 10, -179.5, 11))
    np.testing.assert_array_equal(grid.x, [179.5, 179.75, 180, 180.25, 180.5])


@pytest.mark.parametrize("crs", CONTINUOUS)
def test_bounds_are_right_and_tight_where_the_crs_is_continuous(crs: str) -> None:
    found = box_bounds(ACROSS, "EPSG:4326", crs)
    points = sampled(ACROSS, crs)
    extent = np.ptp(points, axis=0).max()
    np.testing.assert_allclose(found, [*points.min(axis=0), *points.max(axis=0)], rtol=0, atol=1e-7 * extent)


def across_by_themselves() -> list[tuple[str, tuple[float, float, float, float]]]:
    """Every projected CRS of EPSG whose area of use crosses the antimeridian, with that area."""
    crossing = []
    for info in query_crs_info("EPSG", [PJType.PROJECTED_CRS]):
        area = info.area_of_use
        if area is not None and not info.deprecated and area.west > area.east:
            crossing.append((f"EPSG:{info.code}", (area.west, area.south, area.east, area.north)))
    return crossing


def test_every_crs_of_the_antimeridian_shows_its_own_area() -> None:
    assert len(across_by_themselves()) > 20
    for crs, area in across_by_themselves():
        region = check_bbox(area)
        assert region[2] > 180
        points = sampled(region, crs)
        extent = np.ptp(points, axis=0).max()
        expected = [*points.min(axis=0), *points.max(axis=0)]
        np.testing.assert_allclose(
            box_bounds(region, "EPSG:4326", crs), expected, rtol=0, atol=1e-6 * extent, err_msg=crs
        )


@pytest.mark.parametrize("crs", ["EPSG:32601", "EPSG:3832", "EPSG:3413"])
def test_gdal_agrees_on_either_half(crs: str) -> None:
    halves = [transform_bounds("EPSG:4326", crs, *half, densify_pts=2000) for half in
              ((170, -20, 180, 20), (-180, -20, -170, 20))]  # fmt: skip
    expected = [min(halves[0][0], halves[1][0]), min(halves[0][1], halves[1][1]),
                max(halves[0][2], halves[1][2]), max(halves[0][3], halves[1][3])]  # fmt: skip
    np.testing.assert_allclose(box_bounds(ACROSS, "EPSG:4326", crs), expected, rtol=0, atol=1)


@pytest.mark.parametrize("crs", TORN)
@pytest.mark.parametrize("bbox", [ACROSS, (179.999, 0, 180.001, 0.001), (-100, 5, 200, 6), (60, -70, 300, 70)])
def test_a_crs_that_tears_there_is_refused(crs: str, bbox: tuple[float, float, float, float]) -> None:
    with pytest.raises(InputError, match=r"torn apart in .*, near longitude -?180.* pass crs='EPSG:4326'.* in two"):
        resolve(native=None, bbox=bbox, crs=crs, scale=1000)
    with pytest.raises(TornError):
        geometry_bounds(box(*bbox), crs)


def test_a_tear_elsewhere_is_found_as_well() -> None:
    """Pacific Mercator tears at 30 W, Albers of the United States at 84 E, and Goode's map in the middle of oceans."""
    for crs, longitude in (("EPSG:3832", -30), ("EPSG:5070", 84), ("+proj=igh", -40)):
        crossing = (longitude - 5.0, 10.0, longitude + 7.0, 30.0)
        with pytest.raises(TornError, match=f"near longitude {longitude}, "):
            box_bounds(crossing, "EPSG:4326", crs)


@pytest.mark.parametrize("crs", ["EPSG:3832", "EPSG:3857", SINUSOIDAL])
@pytest.mark.parametrize("side", [-1, 1])
def test_a_box_that_only_touches_a_tear_is_whole(crs: str, side: int) -> None:
    tear = -30 if crs == "EPSG:3832" else 180
    bbox = (tear - 10, 0, tear, 10) if side < 0 else (tear, 0, tear + 10, 10)
    left, bottom, right, top = box_bounds(check_bbox(bbox), "EPSG:4326", crs)
    radius = 6371007.181 if crs == SINUSOIDAL else 6378137
    least = np.cos(np.radians(10)) if crs == SINUSOIDAL else 1
    turn = np.pi * radius
    expected = (turn * least * 17 / 18, turn) if side < 0 else (-turn, -turn * least * 17 / 18)
    np.testing.assert_allclose((left, right), expected, rtol=1e-9)
    assert bottom == pytest.approx(0, abs=0.01)
    assert top > 1e6


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:3832"])
@pytest.mark.parametrize("west", [-180, 0, 17.5])
def test_the_whole_turn_is_the_whole_map_wherever_it_starts(crs: str, west: float) -> None:
    left, bottom, right, top = box_bounds((west, -80, west + 360, 80), "EPSG:4326", crs)
    np.testing.assert_allclose((left, right), (-20037508.342789244, 20037508.342789244), atol=0.01)
    np.testing.assert_allclose((bottom, top), (-top, top), rtol=1e-12)


@given(
    st.sampled_from(
        ["EPSG:3413", "EPSG:3031", "EPSG:3832", "EPSG:32601", "+proj=laea +lat_0=30 +lon_0=175", "EPSG:3571"]
    ),
    st.floats(165, 185), st.floats(0.5, 15), st.floats(-60, 45), st.floats(0.5, 20),
)  # fmt: skip
@examples(40)
def test_a_grid_covers_every_point_and_no_pixel_too_many(
    crs: str, west: float, width: float, south: float, height: float
) -> None:
    if crs in ("EPSG:3031", "EPSG:3413"):
        south = abs(south) * (-1 if crs == "EPSG:3031" else 1) - (height if crs == "EPSG:3031" else 0)
    region = (west, south, west + width, south + height)
    grid = resolve(native=None, crs=crs, bbox=region, scale=1000)
    points = sampled(region, crs)
    left, bottom, right, top = grid.bounds
    slack = 0.01  # a hundred-thousandth of a pixel
    low, high = points.min(axis=0), points.max(axis=0)
    assert (low >= (left - slack, bottom - slack)).all()
    assert (high <= (right + slack, top + slack)).all()
    assert (low - (left, bottom) < 1000 + slack).all()
    assert ((right, top) - high < 1000 + slack).all()


FIJI = [box(177, -19, 180, -16), box(-180, -19, -179, -16)]


def test_a_geometry_cut_at_the_antimeridian_is_put_together() -> None:
    cut = MultiPolygon(FIJI)
    assert geometry_bounds(cut, "EPSG:4326") == (177, -19, 181, -16)
    for whole in (box(177, -19, 181, -16), box(-183, -19, -179, -16)):
        assert resolve(geometry=cut) == resolve(geometry=whole) == resolve(bbox=(177, -19, -179, -16))
        np.testing.assert_allclose(geometry_bounds(cut, "EPSG:32701"), geometry_bounds(whole, "EPSG:32701"), atol=1e-3)
    collection = {"type": "GeometryCollection", "geometries": [part.__geo_interface__ for part in FIJI]}
    assert geometry_bounds(collection, "EPSG:4326") == (177, -19, 181, -16)
    with pytest.raises(TornError, match="EPSG:3857"):
        geometry_bounds(cut, "EPSG:3857")


def test_a_point_has_its_pixel_by_any_name() -> None:
    for longitude in (185, -175):
        point = {"type": "Point", "coordinates": [longitude, 10]}
        expected = Transformer.from_crs("EPSG:4326", "EPSG:32601", always_xy=True).transform(-175, 10)
        np.testing.assert_allclose(geometry_bounds(point, "EPSG:32601"), expected * 2, atol=1e-6)
        grid = resolve(geometry=point)
        assert (grid.shape, grid.transform.c) == ((1, 1), -175)


def test_parts_that_do_not_meet_at_the_antimeridian_stay_apart() -> None:
    apart = MultiPolygon([FIJI[0], box(-180, 10, -179, 12)])
    assert geometry_bounds(apart, "EPSG:4326") == (-180, -19, 180, 12)
    points = {"type": "MultiPoint", "coordinates": [[179, 0], [-179, 0]]}
    assert geometry_bounds(points, "EPSG:4326") == (-179, 0, 179, 0)


def test_far_parts_move_with_the_half_that_they_lie_in() -> None:
    """Russia: the mainland and the islands east of 19, the far end of Chukotka beyond the antimeridian."""
    russia = MultiPolygon([box(19, 54, 23, 55), box(27, 50, 180, 77), box(-180, 64, -169, 71)])
    assert geometry_bounds(russia, "EPSG:4326") == (19, 50, 191, 77)
    around = MultiPolygon([box(-180, 60, -10, 70), box(-20, 60, 180, 70)])
    assert geometry_bounds(around, "EPSG:4326") == (-180, 60, 180, 70)


@pytest.mark.parametrize("bbox", [(190, 0, 191, 1), (-170, 0, -169, 1), (-530 + 360, 0, -169, 1)])
def test_a_region_meets_an_image_a_whole_turn_away(bbox: tuple[float, ...]) -> None:
    east = Grid("EPSG:4326", Affine(0.1, 0, 170, 0, -0.1, 5), (100, 250))
    assert resolve(east, bbox=bbox).shape == (10, 10)
    west = Grid("EPSG:4326", Affine(0.1, 0, -175, 0, -0.1, 5), (100, 250))
    assert resolve(west, bbox=bbox).x[0] == pytest.approx(-169.95)
    with pytest.raises(InputError, match="outside the test source"):
        resolve(east, bbox=(160, 0, 169, 1))


@given(
    st.floats(-540, 540), st.floats(0.1, 400), st.floats(-540, 540), st.floats(0.1, 400),
)  # fmt: skip
def test_intersection_by_whole_turns(west: float, width: float, left: float, across: float) -> None:
    grid = Grid("EPSG:4326", Affine(width, 0, west, 0, -1, 1), (1, 1))
    found = grid.intersects(left, 0, left + across, 1)
    east = grid.bounds[2]
    expected = any(left + 360 * k < east and left + across + 360 * k > west for k in range(-6, 7))
    assert found == expected or abs((left - east + 180) % 360 - 180) < 1e-9
    projected = Grid("EPSG:3857", Affine(width, 0, west, 0, -1, 1), (1, 1))
    assert projected.intersects(left, 0, left + across, 1) == (left < east and left + across > west)


def test_an_image_of_the_world_in_a_torn_crs_is_met_in_degrees() -> None:
    """A box across the antimeridian can not be shown in the image's own sinusoidal CRS, but lies within it."""
    world = (-20015109.354, -10007554.677, 20015109.354, 10007554.677)
    native = Grid("SR-ORG:6974", Affine(926.625, 0, world[0], 0, -926.625, world[3]), (21600, 43200))
    grid = resolve(native, bbox=ACROSS, crs="EPSG:4326")
    assert grid.bounds[0] == pytest.approx(170, abs=0.01)
    assert grid.bounds[2] == pytest.approx(190, abs=0.01)
    with pytest.raises(TornError):
        resolve(native, bbox=ACROSS)
    tile = native.window(Window(9600, 21600, 1200, 1200))
    with pytest.raises(InputError, match="outside the test source"):
        resolve(tile, bbox=ACROSS, crs="EPSG:4326")


@pytest.mark.parametrize(
    ("zone", "x", "crosses"),
    [("EPSG:32601", 300000, True), ("EPSG:32660", 600000, True), ("EPSG:32660", 300000, False)],
)
def test_utm_at_the_antimeridian_is_continuous_in_degrees(zone: str, x: float, *, crosses: bool) -> None:
    left, bottom, right, top = x, 6900000, x + 109800, 7009800
    west, south, east, north = box_bounds((left, bottom, right, top), zone, "EPSG:4326")
    edge = np.linspace(0, 1, 5001)
    xs = np.concatenate([left + edge * 109800] * 2 + [np.full_like(edge, left), np.full_like(edge, right)])
    ys = np.concatenate([np.full_like(edge, bottom), np.full_like(edge, top)] + [bottom + edge * 109800] * 2)
    lon, lat = Transformer.from_crs(zone, "EPSG:4326", always_xy=True).transform(xs, ys)
    lon = lon % 360 if crosses else lon
    assert crosses == (np.ptp(Transformer.from_crs(zone, "EPSG:4326", always_xy=True).transform(xs, ys)[0]) > 180)
    shift = 0 if east > 180 or not crosses else 360
    np.testing.assert_allclose(
        (west + shift, south, east + shift, north), (lon.min(), lat.min(), lon.max(), lat.max()), atol=1e-7
    )
    assert -180 <= west < 180
    assert east - west < 5


def pieces(grid: Grid) -> list[Grid]:
    cuts = pairwise([0, *grid.seams, grid.width])
    return [grid.window(Window(0, first, grid.height, last - first)) for first, last in cuts]


def test_a_grid_is_cut_where_a_centre_passes_the_antimeridian() -> None:
    grid = resolve(bbox=(170, 0, 190, 1))
    assert grid.seams == (40,)
    east, west = (piece.wrapped() for piece in pieces(grid))
    assert east == grid.window(Window(0, 0, 4, 40))
    assert west == Grid("EPSG:4326", Affine(0.25, 0, -180, 0, -0.25, 1), (4, 40))
    turns = Grid("EPSG:4326", Affine(1, 0, -200.5, 0, -1, 1), (1, 800))
    assert turns.seams == (20, 380, 740)
    backwards = Grid("EPSG:4326", Affine(-1, 0, 190, 0, -1, 1), (1, 20))
    assert backwards.seams == (10,)
    assert [piece.wrapped().x.tolist() for piece in pieces(backwards)] == [
        np.arange(-170.5, -180, -1).tolist(), np.arange(179.5, 170, -1).tolist()]  # fmt: skip


def test_a_pixel_whose_centre_lies_on_the_antimeridian_is_the_first_of_the_next_turn() -> None:
    """On a lattice of twelfths of a degree rounding puts some centres an ulp before 180, and they count as on it."""
    for size, columns in ((1 / 12, 4320), (0.25, 1440), (0.1, 3600), (1 / 240, 86400)):
        grid = Grid("EPSG:4326", Affine(size, 0, -180 - size / 2, 0, -size, 1), (1, columns + 50))
        assert grid.seams == (columns,)
        last = pieces(grid)[1].wrapped()
        assert last.x[0] == pytest.approx(-180, abs=1e-12)
        assert last.x.min() >= -180
        np.testing.assert_allclose(last.x, grid.x[:50], rtol=0, atol=1e-9 * size + 1e-12)


def test_only_longitudes_are_wrapped() -> None:
    metres = Grid("EPSG:3857", Affine(1, 0, 170, 0, -1, 1), (1, 20))
    assert metres.seams == ()
    assert metres.wrapped() is metres
    assert WORLD.seams == ()
    assert WORLD.wrapped() is WORLD
    with pytest.raises(InputError, match=r"crosses the antimeridian at the columns \(40,\): cut it there"):
        resolve(bbox=(170, 0, 190, 1)).wrapped()


@given(
    st.floats(-400, 400), st.floats(1e-4, 30), st.booleans(), st.integers(1, 300), st.integers(0, 299),
    st.integers(1, 300),
)  # fmt: skip
@examples(200)
def test_wrapped_pieces_are_the_whole(
    west: float,
    size: float,
    backwards: bool,
    width: int,
    first: int,
    count: int,
) -> None:
    whole = Grid("EPSG:4326", Affine(-size if backwards else size, 0, west, 0, -size, 40), (2, width))
    grid = whole.window(Window(0, first, 2, count))
    cut = pieces(grid)
    assert sum(piece.width for piece in cut) == grid.width
    moved = [piece.wrapped() for piece in cut]
    x = np.concatenate([piece.x for piece in moved])
    assert (x >= -180).all()
    assert (x < 180).all()
    turns = (grid.x - x) / 360
    np.testing.assert_allclose(turns, np.round(turns), rtol=0, atol=2e-6 * size / 360 + 1e-14)
    for piece in moved:
        assert piece.seams == ()
        assert piece.wrapped() == piece
        assert piece.transform.a == grid.transform.a
        np.testing.assert_array_equal(piece.y, grid.y)


def test_a_sheared_grid_of_longitudes_is_not_cut() -> None:
    def sheared(west: float, width: int) -> Grid:
        return resolve(crs="EPSG:4326", transform=(0.1, 0.02, west, 0.02, -0.1, 5), shape=(50, width))

    assert sheared(170, 90).seams == ()
    assert sheared(200, 90).wrapped().transform.c == -160
    with pytest.raises(InputError, match=r"sheared .* crosses the antimeridian.* columns along meridians"):
        sheared(170, 200)


def test_the_middle_of_a_grid_across_the_antimeridian() -> None:
    assert resolve(bbox=(170, 0, 194, 1)).centre_longitude == -178
    assert resolve(bbox=(170, 0, 190, 1)).centre_longitude == -180
    assert Grid("EPSG:32601", Affine(10, 0, 166021, 0, -10, 100), (10, 10)).centre_longitude == pytest.approx(
        -180, abs=1e-2
    )


def test_pixels_across_the_antimeridian_come_from_both_sides(serve: Serve) -> None:
    """The terrain of a closed formula, read across 180 in one go and on either side of it by itself."""
    earth = serve()
    options: dict[str, Any] = {"engine": "xee_lite", "crs": "EPSG:4326", "scale": 30_000}
    lonlat = ee.Image.pixelLonLat()
    whole = xr.open_dataset(lonlat, bbox=(170, -20, -170, 20), **options)
    earth.requests.clear()
    longitude = whole["longitude"].values
    assert earth.requests.counts() == {"computePixels": 2}, "one on each side"
    expected = (whole["x"].values + 180) % 360 - 180
    np.testing.assert_allclose(longitude, np.broadcast_to(expected, longitude.shape), atol=1e-9)
    chunked = xr.open_dataset(lonlat, bbox=(170, -20, -170, 20), chunks={"x": 7}, **options)
    np.testing.assert_allclose(chunked["longitude"].values, longitude, rtol=1e-15)
    places = {"x": xr.DataArray([179.9, 180.2, 189.0]), "y": xr.DataArray([0.0, 1.0, -19.0])}
    got = whole["longitude"].sel(places, method="nearest")
    np.testing.assert_allclose(got.values, (got["x"].values + 180) % 360 - 180, atol=1e-9)


def test_an_image_that_lies_beyond_180_is_asked_for_where_it_lies(serve: Serve) -> None:
    values = pixels("u2", 3, (20, 50))
    beyond = memory_image({"b": values}, crs="EPSG:4326", transform=(0.5, 0, 170, 0, -0.5, 5))
    serve(assets={ID: beyond})
    whole = xr.open_dataset(ID, engine="xee_lite")
    np.testing.assert_array_equal(whole["b"].values, filled(values, "f4"))
    assert whole["x"].values[-1] == 194.75
