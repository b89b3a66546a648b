"""Projections, forced grids, interpolation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pyproj
import pytest
from rasterio import Affine
from rasterio.warp import Resampling, reproject

from xee_lite.emulator.catalogue.memory import memory_image
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.images.image import Image, Sampler
from xee_lite.emulator.types import METRES_PER_DEGREE, PixelGrid, Projection

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Sampled, Value

NATIVE = PixelGrid("EPSG:32631", (10.0, 0.0, 400_000.0, 0.0, -10.0, 4_600_000.0), 40, 50)
A = np.random.default_rng(1).integers(0, 1000, (50, 40)).astype(np.uint16)
FINE = PixelGrid("EPSG:32631", (2.5, 0.0, 400_050.0, 0.0, -2.5, 4_599_950.0), 80, 60)


class Assets:
    def find(self, asset_id: str) -> Image | None:
        holes = np.zeros(A.shape, bool)
        holes[20, 20] = True
        arrays: dict[str, Any] = {"a": A, "h": np.ma.MaskedArray(A, holes)}
        assets = {f"T/{n}": memory_image({n: v}, crs=NATIVE.crs, transform=NATIVE.transform) for n, v in arrays.items()}
        assets["T/b"] = memory_image({"b": A}, crs=NATIVE.crs, transform=(20.0, 0.0, 4e5, 0.0, -20.0, 4.6e6))
        return assets.get(asset_id)


@pytest.fixture
def catalogue() -> Assets:
    return Assets()


def test_projection_values(value_of: Value) -> None:
    projection = ee.Image("T/a").projection()
    assert value_of(projection) == NATIVE.projection
    assert value_of(projection.nominalScale()) == 10
    assert value_of(projection.crs()) == "EPSG:32631"
    assert value_of(ee.Projection("EPSG:4326").nominalScale()) == pytest.approx(METRES_PER_DEGREE)
    assert value_of(ee.Projection("EPSG:4326").atScale(METRES_PER_DEGREE / 4).nominalScale()) == pytest.approx(
        METRES_PER_DEGREE / 4
    )
    assert value_of(projection.scale(2, 3)).transform == (20, 0, 400_000, 0, -30, 4_600_000)
    assert value_of(projection.translate(2, 3)).transform == (10, 0, 400_020, 0, -10, 4_599_970)
    assert 'PROJCS["WGS 84 / UTM zone 31N"' in value_of(projection.wkt())
    assert 'PARAMETER["elt_0_2", 400000.0]' in value_of(projection.transform())


def test_wkt_is_printed_as_its_code_where_it_has_one(info: Value) -> None:
    transform = [1, 0, 0, 0, 1, 0]
    for code in (32631, 5070, 3857):
        wkt = pyproj.CRS.from_epsg(code).to_wkt("WKT1_GDAL")
        assert info(ee.Projection(wkt)) == {"type": "Projection", "crs": f"EPSG:{code}", "transform": transform}
        assert info(ee.Image(1).reproject(wkt, None, 30).projection().crs()) == f"EPSG:{code}"
    own = pyproj.CRS.from_proj4("+proj=laea +lat_0=47 +lon_0=3.5").to_wkt()
    assert info(ee.Projection(own)) == {"type": "Projection", "wkt": own, "transform": transform}


def test_bands_of_unlike_projections(value_of: Value) -> None:
    text = (
        r"^Image\.projection: The bands of the specified image contain different projections\. "
        r"Use Image\.select to pick a single band\.$"
    )
    with pytest.raises(EarthError, match=text):
        value_of(ee.Image("T/a").addBands(ee.Image("T/b")).projection())


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: ee.Projection("EPSG:0"), "could not be parsed: 'EPSG:0'"),
        (lambda: ee.Projection("EPSG:4326", [1, 2, 3]), "has six numbers"),
        (lambda: ee.Projection("EPSG:4326", [1, 0, 0, 0, 0, 0]), "not invertible"),
        (lambda: ee.Image(1).reproject("EPSG:4326", [1, 0, 0, 0, 1, 0], 30), "both crsTransform and scale"),
        (lambda: ee.Image(1).reproject("EPSG:4326", None, 0), "scale must be positive"),
        (lambda: ee.Image("T/a").resample("cubic"), "it is one of bilinear, bicubic"),
    ],
)
def test_what_is_wrong_is_said(value_of: Value, make: Callable[[], Any], text: str) -> None:
    with pytest.raises(EarthError, match=text):
        value_of(make())


def test_reproject_forces_its_grid_upstream(pixels: Sampled) -> None:
    # What comes before is computed at 20 m, though 10 m are asked for.
    forced = ee.Image.pixelCoordinates("EPSG:32631").reproject("EPSG:32631", [20, 0, 400_000, 0, -20, 4_600_000])
    found = pixels(forced, NATIVE)["x"]
    expected = 400_010 + 20.0 * (np.arange(40) // 2)
    np.testing.assert_array_equal(found, np.broadcast_to(expected, (50, 40)))
    coarse = pixels(ee.Image("T/a").reproject("EPSG:32631", [20, 0, 400_005, 0, -20, 4_599_995]), NATIVE)["a"]
    assert coarse[0, 0] == coarse[1, 1] == A[1, 1]
    assert coarse[2, 2] == A[3, 3]  # a tie: the pixel right of it and below it


def test_reproject_says_where_it_lies(value_of: Value) -> None:
    image = value_of(ee.Image("T/a").reproject("EPSG:32631", [20, 0, 400_000, 0, -20, 4_600_000]))
    assert image.bands[0].dimensions == (20, 25)
    assert image.bands[0].projection.transform[0] == 20


def test_an_absurd_reprojection_is_refused(value_of: Value) -> None:
    image = value_of(ee.Image(1).reproject("EPSG:3857", None, 1))
    grid = PixelGrid("EPSG:3857", (1000.0, 0.0, 0.0, 0.0, -1000.0, 0.0), 20, 10)
    with pytest.raises(EarthError, match=r"^Reprojection output too large \(19001x9001 pixels\)\.$"):
        Sampler(grid)(image.bands[0])


def test_set_default_projection_moves_no_pixel(pixels: Sampled, value_of: Value) -> None:
    image = ee.Image("T/a").setDefaultProjection("EPSG:4326", None, 100)
    assert value_of(image.projection()).crs == "EPSG:4326"
    np.testing.assert_array_equal(pixels(image, NATIVE)["a"], A)


@pytest.mark.parametrize(("mode", "method"), [("bilinear", Resampling.bilinear), ("bicubic", Resampling.cubic)])
def test_interpolation_equals_gdal(pixels: Sampled, mode: str, method: Resampling) -> None:
    found = pixels(ee.Image("T/a").resample(mode), FINE)["a"]
    expected = np.zeros((60, 80))
    reproject(
        A.astype(np.float64),
        expected,
        src_transform=Affine(*NATIVE.transform),
        src_crs=NATIVE.crs,
        dst_transform=Affine(*FINE.transform),
        dst_crs=FINE.crs,
        resampling=method,
    )
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_interpolation_is_exact_for_a_plane_in_another_crs(pixels: Sampled) -> None:
    plane = ee.Image.pixelCoordinates("EPSG:32631").reproject("EPSG:32631", None, 10).resample("bilinear")
    lon, lat = pyproj.Transformer.from_crs("EPSG:32631", "EPSG:4326", always_xy=True).transform(400_200, 4_599_700)
    grid = PixelGrid("EPSG:4326", (1e-5, 0.0, lon, 0.0, -1e-5, lat), 9, 8)
    lons, lats = np.broadcast_arrays(*grid.centres())
    x, _ = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32631", always_xy=True).transform(lons, lats)
    np.testing.assert_allclose(pixels(plane, grid)["x"], x, atol=1e-4)


def test_interpolation_leaves_out_masked_neighbours(pixels: Sampled) -> None:
    found = pixels(ee.Image("T/h").resample(), FINE)["h"]
    hole = np.zeros((60, 80), bool)
    rows = np.floor((4_600_000 - (4_599_950 - 2.5 * (np.arange(60) + 0.5))) / 10) == 20
    cols = np.floor((400_050 + 2.5 * (np.arange(80) + 0.5) - 400_000) / 10) == 20
    hole[np.ix_(rows, cols)] = True
    np.testing.assert_array_equal(np.ma.getmaskarray(found), hole)
    assert found.max() <= A.max()


def test_on_the_native_grid_interpolation_changes_no_value(pixels: Sampled) -> None:
    np.testing.assert_array_equal(pixels(ee.Image("T/a").resample("bicubic"), NATIVE)["a"], A)
    shifted = PixelGrid("EPSG:32631", (10.0, 0.0, 400_020.0, 0.0, -10.0, 4_599_970.0), 5, 6)
    np.testing.assert_allclose(pixels(ee.Image("T/a").resample("bicubic"), shifted)["a"], A[3:9, 2:7])


def test_a_composite_has_nothing_to_interpolate_on(pixels: Sampled) -> None:
    mosaic = ee.ImageCollection([ee.Image("T/a")]).mosaic().resample("bilinear")
    np.testing.assert_array_equal(pixels(mosaic, NATIVE)["a"], A)


def test_change_proj_moves_pixels(pixels: Sampled) -> None:
    away = Projection("EPSG:32631", (10.0, 0.0, 500_000.0, 0.0, -10.0, 4_600_000.0))
    moved = ee.Image("T/a").changeProj(
        ee.Projection("EPSG:32631", list(NATIVE.transform)), ee.Projection("EPSG:32631", list(away.transform))
    )
    np.testing.assert_array_equal(pixels(moved, PixelGrid(away.crs, away.transform, 40, 50))["a"], A)


@pytest.mark.parametrize("arguments", [(30, -20), (3, 2, "pixels")])
def test_translate(pixels: Sampled, value_of: Value, arguments: tuple[Any, ...]) -> None:
    image = ee.Image("T/a").translate(*arguments)
    assert value_of(image).bands[0].projection.transform == (10, 0, 400_030, 0, -10, 4_599_980)
    found = pixels(image, NATIVE)["a"]
    np.testing.assert_array_equal(found[2:, 3:], A[:-2, :-3])
    assert np.ma.getmaskarray(found)[:2].all()


@pytest.mark.parametrize("size", [20.0, 25.0, 37.0])
def test_coarsening_equals_gdal_s_average(pixels: Sampled, size: float) -> None:
    grid = PixelGrid("EPSG:32631", (size, 0.0, 400_033.0, 0.0, -size, 4_599_951.0), 8, 9)
    found = pixels(ee.Image("T/a").reduceResolution(ee.Reducer.mean()), grid)["a"]
    expected = np.zeros((9, 8))
    reproject(
        A.astype(np.float64),
        expected,
        src_transform=Affine(*NATIVE.transform),
        src_crs=NATIVE.crs,
        dst_transform=Affine(*grid.transform),
        dst_crs=grid.crs,
        resampling=Resampling.average,
    )
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_coarsening_in_another_crs_keeps_a_plane(pixels: Sampled) -> None:
    plane = ee.Image.pixelLonLat().reproject("EPSG:32631", [10, 0, 400_000, 0, -10, 4_600_000])
    lon, lat = pyproj.Transformer.from_crs("EPSG:32631", "EPSG:4326", always_xy=True).transform(400_200, 4_599_700)
    grid = PixelGrid("EPSG:4326", (5e-4, 0.0, lon, 0.0, -5e-4, lat), 6, 5)
    found = pixels(plane.reduceResolution(ee.Reducer.mean()), grid)
    for name, centres in zip(("longitude", "latitude"), grid.centres(), strict=True):
        np.testing.assert_allclose(found[name], np.broadcast_to(centres, (5, 6)), atol=5e-6)


def test_coarsening_weighs_masks_names_outputs_and_minds_its_limit(pixels: Sampled, value_of: Value) -> None:
    grid = PixelGrid("EPSG:32631", (100.0, 0.0, 400_200.0, 0.0, -100.0, 4_599_800.0), 1, 1)
    image = ee.Image("T/h").reduceResolution(ee.Reducer.count().combine(ee.Reducer.max(), "", True), maxPixels=100)
    found = pixels(image, grid)
    assert list(found) == ["h_count", "h_max"]
    assert found["h_count"][0, 0] == 99
    assert found["h_max"][0, 0] == A[20:30, 20:30].ravel()[1:].max()
    refused = value_of(ee.Image("T/h").reduceResolution(ee.Reducer.mean())).bands[0]
    with pytest.raises(EarthError, match="100 input pixels lie under an output pixel, but maxPixels allows only 64"):
        Sampler(grid)(refused)
    thinned = pixels(ee.Image("T/a").reduceResolution(ee.Reducer.mean(), bestEffort=True), grid)["a"]
    assert abs(thinned[0, 0] - A[20:30, 20:30].mean()) < 150


def test_coarsening_changes_nothing_on_finer_grids(pixels: Sampled) -> None:
    fine = pixels(ee.Image("T/a").reduceResolution(ee.Reducer.mean()), FINE)["a"]
    np.testing.assert_array_equal(fine, pixels(ee.Image("T/a"), FINE)["a"])


@pytest.mark.parametrize(
    ("arguments", "transform", "size"),
    [
        ({"scale": 20}, (20, 0, 0, 0, -20, 0), (10, 5)),
        ({"width": 40, "height": 10}, (5, 0, 400_100, 0, -10, 4_599_900), (40, 10)),
        ({"maxDimension": 50}, (4, 0, 400_100, 0, -4, 4_599_900), (50, 25)),
        ({}, NATIVE.transform, (20, 10)),
    ],
)
def test_clip_to_bounds_and_scale(
    value_of: Value, arguments: dict[str, Any], transform: tuple[float, ...], size: tuple[int, int]
) -> None:
    shape = ee.Geometry.Polygon(
        [[400_100, 4_599_900], [400_300, 4_599_900], [400_300, 4_599_800], [400_100, 4_599_800]],
        "EPSG:32631",
        geodesic=False,
    )
    band = value_of(ee.Image("T/a").clipToBoundsAndScale(shape, **arguments)).bands[0]
    assert band.projection.transform == pytest.approx(transform)
    assert band.dimensions == size
    wide = Sampler(PixelGrid("EPSG:32631", (10.0, 0.0, 400_000.0, 0.0, -10.0, 4_600_000.0), 40, 50))(band)
    assert wide.mask.sum() == 200
    assert wide.mask[10:20, 10:30].all()


def test_an_image_at_its_own_scale_keeps_its_pixels(value_of: Value) -> None:
    half_off = ee.Image("T/a").changeProj(
        ee.Image("T/a").projection(), ee.Projection("EPSG:32631", [10, 0, 400_005, 0, -10, 4_600_005])
    )
    band = value_of(half_off.clipToBoundsAndScale(scale=half_off.projection().nominalScale())).bands[0]
    assert band.projection.transform == (10, 0, 400_005, 0, -10, 4_600_005)
    assert (band.origin, band.dimensions) == ((0, 0), value_of(ee.Image("T/a")).bands[0].dimensions)
    coarse = value_of(half_off.clipToBoundsAndScale(scale=20)).bands[0]
    assert coarse.projection.transform == (20, 0, 0, 0, -20, 0)


def test_prepare_for_export_gives_the_grid_asked_for(value_of: Value) -> None:
    image, _ = ee.Image("T/a").prepare_for_export(
        {"crs": "EPSG:32631", "crs_transform": [20, 0, 400_000, 0, -20, 4_600_000], "dimensions": "7x5"}
    )
    band = value_of(image).bands[0]
    assert band.projection.transform == (20, 0, 400_000, 0, -20, 4_600_000)
    assert (band.origin, band.dimensions) == ((0, 0), (7, 5))
