"""Masks, fills, replacement and clipping, through the official client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from xee_lite.emulator.catalogue.memory import memory_image
from xee_lite.emulator.errors import EarthError
from xee_lite.emulator.geometry.geometry import Geometry
from xee_lite.emulator.images.casts import convert
from xee_lite.emulator.images.coverage import geometry_mask
from xee_lite.emulator.images.image import Image, Sampler
from xee_lite.emulator.types import (
    DOUBLE,
    FLOAT,
    INT8,
    INT16,
    INT32,
    INT64,
    UINT8,
    UINT16,
    UINT32,
    PixelGrid,
    PixelType,
    Projection,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.evaluating import Sampled

A = np.arange(1, 13, dtype=np.uint8).reshape(3, 4)
HOLES = A % 5 != 0
GRID = PixelGrid("EPSG:4326", (1.0, 0.0, 10.0, 0.0, -1.0, 3.0), 4, 3)
WIDER = PixelGrid("EPSG:4326", (1.0, 0.0, 9.0, 0.0, -1.0, 4.0), 6, 5)
IN_WIDER = np.zeros((5, 6), bool)
IN_WIDER[1:4, 1:5] = True


class Assets:
    def find(self, asset_id: str) -> Image | None:
        bands: dict[str, Any] = {"a": A, "m": np.ma.MaskedArray(A, ~HOLES)}
        return {
            f"T/{n}": memory_image({n: v}, crs="EPSG:4326", transform=GRID.transform, properties={"p": 3})
            for n, v in bands.items()
        }.get(asset_id)


@pytest.fixture
def catalogue() -> Assets:
    return Assets()


def test_outside_of_the_raster_is_masked(pixels: Sampled) -> None:
    np.testing.assert_array_equal(~pixels(ee.Image("T/a"), WIDER)["a"].mask, IN_WIDER)


def test_unmask_keeps_the_footprint_unless_told_otherwise(pixels: Sampled) -> None:
    kept = pixels(ee.Image("T/m").unmask(77), WIDER)["m"]
    np.testing.assert_array_equal(~kept.mask, IN_WIDER)
    np.testing.assert_array_equal(kept[1:4, 1:5], np.where(HOLES, A, 77))
    everywhere = pixels(ee.Image("T/m").unmask(77, sameFootprint=False), WIDER)["m"]
    assert not np.ma.getmaskarray(everywhere).any()
    assert everywhere[0, 0] == 77


@pytest.mark.parametrize(
    ("fill", "expected"),
    [(-9999, PixelType("int", -9999, 255)), (2147483647, PixelType("int", 0, 2147483647)), (7, UINT8)],
)
def test_unmask_widens_the_type_for_its_fill(
    value_of: Callable[[Any], Any], pixels: Sampled, fill: int, expected: PixelType
) -> None:
    image = ee.Image("T/m").unmask(fill)
    assert value_of(image).bands[0].type == expected
    np.testing.assert_array_equal(pixels(image, GRID)["m"], np.where(HOLES, A.astype(int), fill))


def test_mask_reads_as_values(pixels: Sampled) -> None:
    found = pixels(ee.Image("T/m").mask(), WIDER)["m"]
    expected = np.zeros((5, 6))
    expected[1:4, 1:5] = HOLES
    np.testing.assert_array_equal(found, expected)
    assert not np.ma.getmaskarray(found).any()


def test_update_mask_only_takes_away(pixels: Sampled) -> None:
    found = pixels(ee.Image("T/m").updateMask(ee.Image("T/a").gt(3)), GRID)["m"]
    np.testing.assert_array_equal(~found.mask, HOLES & (A > 3))
    by_masked = pixels(ee.Image("T/a").updateMask(ee.Image("T/m")), GRID)["a"]
    np.testing.assert_array_equal(~by_masked.mask, HOLES)


def test_setting_a_mask_fills_what_was_masked_with_zero(pixels: Sampled) -> None:
    found = pixels(ee.Image("T/m").mask(1), GRID)["m"]
    np.testing.assert_array_equal(found, np.where(HOLES, A, 0))


def test_self_mask(pixels: Sampled) -> None:
    found = pixels(ee.Image("T/m").gt(6).selfMask(), GRID)["m"]
    np.testing.assert_array_equal(~found.mask, HOLES & (A > 6))


def test_a_fractional_mask_survives(value_of: Callable[[Any], Any]) -> None:
    image = value_of(ee.Image("T/a").updateMask(0.25).add(1))
    np.testing.assert_array_equal(Sampler(GRID)(image.bands[0]).mask, np.full((3, 4), 0.25))


def test_where_changes_neither_the_mask_nor_what_the_test_masks(
    pixels: Sampled, value_of: Callable[[Any], Any]
) -> None:
    a, m = ee.Image("T/a"), ee.Image("T/m")
    found = pixels(m.where(a.gt(6), 300), GRID)["m"]
    np.testing.assert_array_equal(~found.mask, HOLES)
    np.testing.assert_array_equal(found[HOLES], np.where(A > 6, 300, A.astype(int))[HOLES])
    np.testing.assert_array_equal(pixels(a.where(m.gt(0), -5), GRID)["a"], np.where(HOLES, -5, A.astype(int)))
    image = value_of(a.where(m.gt(0), -5))
    assert image.bands[0].type == PixelType("int", -5, 255)
    assert image.properties["p"] == 3


def test_clip_masks_pixels_whose_centre_is_outside(pixels: Sampled, value_of: Callable[[Any], Any]) -> None:
    shape = ee.Geometry.Polygon([[10.2, 0.2], [13.9, 0.3], [12.0, 2.9]], None, geodesic=False)
    found = pixels(ee.Image("T/a").clip(shape), GRID)["a"]
    ring = shapely.Polygon([(10.2, 0.2), (13.9, 0.3), (12.0, 2.9)])
    x, y = np.meshgrid(10.5 + np.arange(4), 2.5 - np.arange(3))
    np.testing.assert_array_equal(~np.ma.getmaskarray(found), shapely.contains_xy(ring, x, y))
    band = value_of(ee.Image("T/a").clip(ee.Geometry.Rectangle([11.2, 0.2, 12.9, 1.5], "EPSG:4326", False))).bands[0]
    assert (band.origin, band.dimensions) == ((1, 1), (2, 2))


def test_a_constant_clipped_has_the_size_of_whole_degrees(value_of: Callable[[Any], Any]) -> None:
    band = value_of(ee.Image(1).clip(ee.Geometry.Rectangle([-122.5, 37.2, -121.4, 38.1], "EPSG:4326", False))).bands[0]
    assert (band.origin, band.dimensions) == ((-123, 37), (2, 2))


def test_geodesic_edges_bulge(value_of: Callable[[Any], Any]) -> None:
    # At 60 degrees north the great circle over 20 degrees of longitude rises by half a degree and more.
    point = PixelGrid("EPSG:4326", (0.01, 0.0, 10.0, 0.0, -0.01, 60.31), 1, 1)
    corners = [0, 50, 20, 60]
    curved = value_of(ee.Image(1).clip(ee.Geometry.Rectangle(corners, geodesic=True)))
    straight = value_of(ee.Image(1).clip(ee.Geometry.Rectangle(corners, "EPSG:4326", False)))
    assert Sampler(point)(curved.bands[0]).mask[0, 0] == 1
    assert Sampler(point)(straight.bands[0]).mask[0, 0] == 0


def test_a_shape_without_an_image_in_the_grid_is_tested_point_by_point() -> None:
    world = Geometry(shapely.box(-180, -90, 180, 90), geodesic=False)
    grid = PixelGrid("EPSG:3857", (1e6, 0.0, -2e6, 0.0, -1e6, 2e6), 4, 4)
    np.testing.assert_array_equal(geometry_mask(Sampler(grid), world), np.ones((4, 4)))


def test_a_geometry_in_pixels_of_a_projection() -> None:
    projection = Projection("EPSG:32631", (10.0, 0.0, 400_000.0, 0.0, -10.0, 4_600_000.0))
    shape = Geometry(shapely.box(0, 0, 2, 3), geodesic=False, projection=projection)
    grid = PixelGrid("EPSG:32631", (10.0, 0.0, 399_990.0, 0.0, -10.0, 4_600_010.0), 4, 5)
    expected = np.zeros((5, 4))
    expected[1:4, 1:3] = 1
    np.testing.assert_array_equal(geometry_mask(Sampler(grid), shape), expected)


def test_masks_of_unequal_bands_are_an_error(value_of: Callable[[Any], Any]) -> None:
    with pytest.raises(EarthError, match=r"Image\.updateMask: .* Got 1 and 2\."):
        value_of(ee.Image("T/a").updateMask(ee.Image([1, 2])))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("toUint8", [0, 255, 1, 0, 0]),
        ("toInt8", [-128, 127, 1, -1, 0]),
        ("toInt16", [-300, 300, 1, -1, 0]),
        ("toUint32", [0, 300, 1, 0, 0]),
        ("toInt64", [-300, 300, 1, -1, 0]),
    ],
)
def test_casts_truncate_and_clamp(pixels: Sampled, name: str, expected: list[int]) -> None:
    image = ee.Image([-300, 300, 1.7, -1.7, 0.2])
    found = pixels(getattr(image, name)(), GRID)
    assert [band[0, 0] for band in found.values()] == expected


INTEGERS = [INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, PixelType("int", 3, 9)]


@given(st.floats(allow_nan=True, allow_infinity=True), st.sampled_from(INTEGERS))
def test_any_number_fits_its_type_after_a_cast(value: float, type_: PixelType) -> None:
    found = int(convert(np.array([value]), DOUBLE, type_)[0])
    low, high = int(type_.min or 0), int(type_.max or 0)
    exact = 0 if np.isnan(value) else (low if value < low else high if value > high else int(value))
    assert low <= found <= high
    assert abs(found - min(max(exact, low), high)) <= (1024 if type_ is INT64 else 0)  # a double holds 53 bits


def test_cast_to_float_keeps_large_integers_apart() -> None:
    assert convert(np.array([2**31 - 1], np.int32), INT32, FLOAT)[0] == np.float32(2**31)
    assert convert(np.array([2**31 - 1], np.int32), INT32, DOUBLE)[0] == 2**31 - 1


def test_cast_by_name_adds_transparent_bands_in_order(pixels: Sampled, value_of: Callable[[Any], Any]) -> None:
    image = ee.Image("T/a").cast({"z": "float", "a": "int16", "c": ee.PixelType.double()}, ["c", "a", "z"])
    assert {band.name: band.type for band in value_of(image).bands} == {"c": DOUBLE, "a": INT16, "z": FLOAT}
    assert np.ma.getmaskarray(pixels(image, GRID)["z"]).all()
    with pytest.raises(EarthError, match="Unknown pixel type 'complex'"):
        value_of(ee.Image("T/a").cast({"a": "complex"}))
