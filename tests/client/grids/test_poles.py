"""Regions and images around the poles, images larger than the Earth, and CRSs that have no coordinates somewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xarray as xr
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer
from rasterio.warp import calculate_default_transform

from tests.client.scenes import ID, stack
from tests.examples import examples
from xee_lite import Grid, InputError
from xee_lite.grids.grid_spec import GridSpec
from xee_lite.grids.projected_bounds import TornError, UndefinedHereError
from xee_lite.grids.region import box_bounds

if TYPE_CHECKING:
    from tests.client.scenes import Serve

GEOSTATIONARY = "+proj=geos +h=35785831 +lon_0={}"
ORTHOGRAPHIC = "+proj=ortho +lat_0=0 +lon_0=0"
SINUSOIDAL_WORLD = (-20015109.354, -10007554.677, 20015109.354, 10007554.677)


def resolve(native: Grid | None = None, *, must_intersect: bool = True, **spelling: Any) -> Grid:
    return GridSpec(**spelling).resolve(native, source="the test source", must_intersect=must_intersect)


@pytest.mark.parametrize(("crs", "south", "north"), [("EPSG:3413", 60, 90), ("EPSG:3031", -90, -60)])
@pytest.mark.parametrize("west", [-180, 0, 33])
def test_a_cap_is_symmetric_around_the_pole(crs: str, south: float, north: float, west: float) -> None:
    rim = 60 if north == 90 else -60
    lon = np.linspace(-180, 180, 100001)
    xs, ys = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, np.full_like(lon, rim))
    radius = np.hypot(xs, ys).max()
    found = box_bounds((west, south, west + 360, north), "EPSG:4326", crs)
    np.testing.assert_allclose(found, (-radius, -radius, radius, radius), rtol=1e-7)
    grid = resolve(crs=crs, bbox=(-180, south, 180, north), scale=10000)
    assert grid.bounds == tuple(np.sign(found) * np.ceil(radius / 10000) * 10000)


@given(st.floats(-180, 179), st.floats(0.5, 359), st.floats(40, 85), st.booleans(), st.booleans())
@examples(40)
def test_a_wedge_is_tight(west: float, width: float, near: float, to_the_pole: bool, south: bool) -> None:
    crs, pole = ("EPSG:3031", -90.0) if south else ("EPSG:3413", 90.0)
    far = pole if to_the_pole else pole * (near + 2) / 90
    low, high = sorted((near * pole / 90, far))
    lon, lat = np.linspace(west, west + width, 20001), np.linspace(low, high, 1001)
    rim = [(lon, np.full_like(lon, low)), (lon, np.full_like(lon, high)),
           (np.full_like(lat, west), lat), (np.full_like(lat, west + width), lat)]  # fmt: skip
    to = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    xs, ys = (np.concatenate(axis) for axis in zip(*(to.transform(*edge) for edge in rim), strict=True))
    found = box_bounds((west, low, west + width, high), "EPSG:4326", crs)
    np.testing.assert_allclose(found, (xs.min(), ys.min(), xs.max(), ys.max()), rtol=0, atol=0.5)


def test_an_image_around_a_pole_has_every_longitude() -> None:
    """NSIDC's polar grid is no square: its corners reach 31 degrees north, as the data set's own page says."""
    west, south, east, north = box_bounds((-3850000, -5350000, 3750000, 5850000), "EPSG:3413", "EPSG:4326")
    assert (west, east, north) == (-180, 180, 90)
    corners = Transformer.from_crs("EPSG:3413", "EPSG:4326", always_xy=True).transform(
        [-3850000, 3750000], [5850000] * 2
    )
    assert south == pytest.approx(min(corners[1]), abs=1e-9)
    native = Grid("EPSG:3413", Affine(25000, 0, -3850000, 0, -25000, 5850000), (448, 304))
    whole = resolve(native, crs="EPSG:4326", scale=25000)
    assert whole.bounds[0] <= -180 < whole.bounds[0] + whole.transform.a
    assert whole.bounds[3] >= 90 > whole.bounds[3] + whole.transform.e
    assert resolve(native, bbox=(175, 80, 185, 85)).shape[0] > 10


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((0, 0, 1e6, 1e6), (45, 135)),
        ((-1e6, 0, 0, 1e6), (135, 225)),
        ((-1e6, -1e6, 0, 0), (-135, -45)),
        ((-1e6, -1e6, 0, 1e6), (135, 315)),
        ((-1e6, -1e6, 1e6, 0), (-135, 45)),
    ],
)
def test_tiles_that_meet_at_the_pole_have_their_own_longitudes(
    box: tuple[float, float, float, float], expected: tuple[float, float]
) -> None:
    """On EPSG:3413 the y axis is the meridian of 45 W, so that quadrants lie between multiples of 45 by hand."""
    west, _, east, north = box_bounds(box, "EPSG:3413", "EPSG:4326")
    np.testing.assert_allclose((west, east), expected, atol=1e-6)
    assert north == pytest.approx(90, abs=1e-6)


def test_gdal_agrees_on_a_polar_image_in_another_polar_crs() -> None:
    native = Grid("EPSG:3413", Affine(25000, 0, -3850000, 0, -25000, 5850000), (448, 304))
    left, bottom, right, top = box_bounds(native.bounds, native.crs, "EPSG:3571")
    transform, width, height = calculate_default_transform("EPSG:3413", "EPSG:3571", 304, 448, *native.bounds)
    assert width is not None
    assert height is not None
    pixel = abs(transform.a)
    np.testing.assert_allclose((left, top), (transform.c, transform.f), atol=pixel)
    far = transform @ (width, height)
    np.testing.assert_allclose((right, bottom), far, atol=pixel)


def test_images_of_the_world() -> None:
    whole = (-180, -90, 180, 90)
    np.testing.assert_allclose(box_bounds(SINUSOIDAL_WORLD, "SR-ORG:6974", "EPSG:4326"), whole, atol=1e-6)
    robinson = (-17005833.33, -8625154.66, 17005833.33, 8625154.66)
    np.testing.assert_allclose(box_bounds(robinson, "ESRI:54030", "EPSG:4326"), whole, atol=1e-4)
    np.testing.assert_allclose(box_bounds(whole, "EPSG:4326", "ESRI:54030"), robinson, atol=0.01)
    np.testing.assert_allclose(box_bounds(whole, "EPSG:4326", "SR-ORG:6974"), SINUSOIDAL_WORLD, atol=0.01)
    centred = (-180.125, -90.125, 179.875, 90.125)
    np.testing.assert_allclose(box_bounds(centred, "EPSG:4326", "EPSG:4258"), (-180.125, -90, 179.875, 90), atol=1e-9)


def test_a_tile_at_the_rim_of_the_world_leaves_out_what_is_off_the_earth() -> None:
    """MODIS tile h00v08: at 10 N the antimeridian lies at x = pi R cos(10), inside of the tile."""
    radius = 6371007.181
    tile = (-20015109.354, 0, -18903158.834, 1111950.52)
    west, south, east, north = box_bounds(tile, "SR-ORG:6974", "EPSG:4326")
    np.testing.assert_allclose((west, south), (-180, 0), atol=1e-6)
    assert east == pytest.approx(np.degrees(-18903158.834 / radius), abs=1e-6)
    assert north == pytest.approx(10, abs=1e-6)


@pytest.mark.parametrize("middle", [0, 140.7, -75])
def test_a_full_disc_reaches_as_far_as_the_satellite_sees(middle: float) -> None:
    """On the equator the horizon lies acos(R / (R + h)) from below the satellite."""
    disc = (-5434200.0, -5434200.0, 5434200.0, 5434200.0)
    west, south, east, north = box_bounds(disc, GEOSTATIONARY.format(middle), "EPSG:4326")
    horizon = np.degrees(np.arccos(6378137 / (6378137 + 35785831)))
    np.testing.assert_allclose(((east - west) / 2, (east + west) / 2), (horizon, middle), atol=0.01)
    assert -south == pytest.approx(north, abs=1e-6)
    assert 81 < north < 82


@pytest.mark.parametrize(
    ("bbox", "crs", "message"),
    [
        ((-180, -90, 180, 90), "EPSG:3857", "EPSG:3857 has no coordinates, near .*latitude -?90 .*crs='EPSG:4326'"),
        ((0, 60, 10, 90), "EPSG:3857", "EPSG:3857 has no coordinates, near .*latitude 90"),
        ((-180, -90, 180, 90), "EPSG:3413", "EPSG:3413 has no coordinates"),
        ((0, -90, 10, -80), "EPSG:3413", "EPSG:3413 has no coordinates"),
        ((-180, -90, 180, 90), "EPSG:32631", "EPSG:32631 has no coordinates"),
        ((93, 0, 95, 2), "EPSG:32631", "EPSG:32631 has no coordinates"),
        ((80, 0, 95, 2), "EPSG:32631", "EPSG:32631 has no coordinates"),
        ((170, 0, 175, 5), ORTHOGRAPHIC, "has no coordinates, near longitude 17"),
        ((60, 0, 120, 10), ORTHOGRAPHIC, "has no coordinates"),
        ((0, -90, 360, 90), ORTHOGRAPHIC, "has no coordinates"),
        ((170, 0, 175, 5), GEOSTATIONARY.format(0), "has no coordinates, near longitude 17"),
        ((-100, -30, 100, 30), GEOSTATIONARY.format(0), "has no coordinates"),
        ((-180, -90, 180, 90), "+proj=laea", "has no coordinates"),
    ],
)
def test_a_region_where_the_crs_has_no_coordinates(bbox: tuple[float, ...], crs: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        resolve(crs=crs, bbox=bbox, scale=10000)
    assert "\n" not in str(caught.value)
    west, south, east, north = bbox
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    if east - west < 90:
        with pytest.raises(UndefinedHereError):
            resolve(crs=crs, geometry={"type": "Polygon", "coordinates": [ring]}, scale=10000)


@pytest.mark.parametrize(
    ("native", "crs"),
    [
        (Grid("EPSG:4326", Affine(0.25, 0, -180.125, 0, -0.25, 90.125), (721, 1440)), "EPSG:3857"),
        (Grid("SR-ORG:6974", Affine(5e5, 0, -20015109.354, 0, -5e5, 10007554.677), (40, 80)), "EPSG:3857"),
        (Grid("EPSG:3413", Affine(25000, 0, -3850000, 0, -25000, 5850000), (448, 304)), "EPSG:3857"),
        (Grid("EPSG:4326", Affine(0.25, 0, -180, 0, -0.25, 90), (720, 1440)), "EPSG:3031"),
    ],
)
def test_an_image_of_the_world_without_a_finite_pole(native: Grid, crs: str) -> None:
    with pytest.raises(InputError, match=rf"{crs} has no coordinates.*pass a smaller region, or another crs"):
        resolve(native, crs=crs)
    assert resolve(native, crs=crs, bbox=(10, 60, 20, 70)).width > 1


def test_an_image_around_a_pole_tears_in_a_cylinder() -> None:
    with pytest.raises(TornError, match="torn apart in EPSG:3857"):
        box_bounds((-3e6, 1e6, 3e6, 3e6), "EPSG:3413", "EPSG:3857")


def test_a_rotated_pole_has_seams_and_poles_of_its_own() -> None:
    """The model grid of COSMO over Europe, with its pole at 162 W, 39.25 N: its equator runs through Germany."""
    rotated = Grid("+proj=ob_tran +o_proj=longlat +o_lon_p=0 +o_lat_p=39.25 +lon_0=18 +to_meter=0.0174532925199433",
                   Affine(0.1, 0, -5, 0, -0.1, 5), (100, 100)).crs  # fmt: skip
    west, south, east, north = box_bounds((-5, -5, 5, 5), rotated, "EPSG:4326")
    lon, lat = np.meshgrid(np.linspace(-5, 5, 1001), np.linspace(-5, 5, 1001))
    lon, lat = Transformer.from_crs(rotated, "EPSG:4326", always_xy=True).transform(lon, lat)
    np.testing.assert_allclose((west, south, east, north), (lon.min(), lat.min(), lon.max(), lat.max()), atol=1e-5)


def test_no_way_between_two_planets() -> None:
    with pytest.raises(InputError, match=r"PROJ knows no way from EPSG:4326 to IAU_2015:49900.*pass another crs"):
        resolve(crs="IAU_2015:49900", bbox=(0, 0, 1, 1), scale=1000)


def test_an_image_off_the_earth() -> None:
    sky = (6e6, 6e6, 7e6, 7e6)
    with pytest.raises(UndefinedHereError, match="has no inverse, off the Earth"):
        box_bounds(sky, GEOSTATIONARY.format(0), "EPSG:4326")


def test_the_world_meets_an_image_whose_crs_does_not_show_it_all() -> None:
    utm = Grid("EPSG:32631", Affine(30, 0, 399945, 0, -30, 4600035), (400, 500))
    world = (-180, -90, 180, 90)
    assert resolve(utm, bbox=world, crs="EPSG:4326", scale=1e6).shape == (22, 42)
    with pytest.raises(UndefinedHereError):
        resolve(utm, bbox=world)
    with pytest.raises(InputError, match=r"outside the test source, far from where EPSG:32631 is defined"):
        resolve(utm, bbox=(93, 0, 95, 2), crs="EPSG:4326")


@pytest.mark.parametrize(
    ("crs", "corner"),
    [(GEOSTATIONARY.format(0), (6e6, 6e6)), ("EPSG:32631", (3e7, 1e6)), ("SR-ORG:6974", (1.9e7, 9e6))],
)
def test_pixels_off_the_earth_open_but_have_no_solar_day(crs: str, corner: tuple[float, float]) -> None:
    grid = resolve(crs=crs, transform=(1000, 0, corner[0], 0, -1000, corner[1]), shape=(10, 10))
    assert grid.shape == (10, 10)
    with pytest.raises(InputError, match=r"has no inverse.*groupby='day'") as caught:
        _ = grid.centre_longitude
    assert grid.crs[:80] in str(caught.value)
    assert len(str(caught.value)) < 400
    assert "\n" not in str(caught.value)


def test_only_the_solar_day_asks_for_a_longitude(serve: Serve) -> None:
    assets, _ = stack(2)
    serve(assets=assets)
    sky: dict[str, Any] = {"crs": GEOSTATIONARY.format(0), "transform": (1000, 0, 6e6, 0, -1000, 6e6), "shape": (4, 5)}
    assert xr.open_dataset(ID, engine="xee_lite", groupby="day", **sky).sizes == {"time": 2, "y": 4, "x": 5}
    with pytest.raises(InputError, match=r"PROJCRS.*has no inverse.*pass groupby='day'"):
        xr.open_dataset(ID, engine="xee_lite", groupby="solar_day", **sky)


@given(
    st.sampled_from(["EPSG:32631", "EPSG:3413", "EPSG:3857", "SR-ORG:6974", "EPSG:5070", "EPSG:3035"]),
    st.floats(-2e6, 6e6), st.floats(1e5, 6e6), st.floats(1e4, 1e6), st.floats(1e4, 1e6),
)  # fmt: skip
@examples(20)
def test_bounds_in_degrees_hold_every_point_of_an_image(
    crs: str, left: float, bottom: float, width: float, height: float
) -> None:
    west, south, east, north = box_bounds((left, bottom, left + width, bottom + height), crs, "EPSG:4326")
    assert -180 <= west < 180
    rng = np.random.default_rng(0)
    xs, ys = rng.uniform(left, left + width, 20000), rng.uniform(bottom, bottom + height, 20000)
    to = Transformer.from_crs(Grid(crs, Affine.identity(), (1, 1)).pyproj_crs, "EPSG:4326", always_xy=True)
    points = np.array(to.transform(xs, ys))
    lon, lat = points[:, np.isfinite(points).all(axis=0)]  # beyond the pole a cone has no place on the Earth
    lon = west + (lon - west + 1e-9) % 360 - 1e-9
    assert lon.max() <= east + 1e-6
    assert lat.min() >= south - 1e-6
    assert lat.max() <= north + 1e-6
    if east - west < 360 and max(abs(south), north) < 85:  # random points come close to all four sides
        assert lon.max() >= east - 0.15 * (east - west)
        assert lon.min() <= west + 0.15 * (east - west)
        assert lat.min() <= south + 0.15 * (north - south)
