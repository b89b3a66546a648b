"""A pixel of a stand-in has one value, by whatever window, grid or block it is asked for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import islice
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from xee_lite.emulator.catalogue.standin import StandIns, positions
from xee_lite.emulator.catalogue.standin.cells import Cells
from xee_lite.emulator.catalogue.standin.first_match import first_match
from xee_lite.emulator.catalogue.standin.frame import Frame
from xee_lite.emulator.catalogue.standin.waves import draw_uniform
from xee_lite.emulator.geometry.coordinates import apply, transform, unapply
from xee_lite.emulator.geometry.geometry import Geometry
from xee_lite.emulator.images.image import Band, Image, Sampler
from xee_lite.emulator.types import PixelGrid, Projection
from xee_lite.emulator.values.stored import Query

SIZE = 48
"""Pixels along each side of the reference windows."""
BANDS = {
    "COPERNICUS/S2_SR_HARMONIZED": ("B8", "SCL", "B1"),
    "COPERNICUS/S1_GRD": ("VV",),
    "GOOGLE/DYNAMICWORLD/V1": ("trees",),
    "LANDSAT/LC08/C02/T1_TOA": ("B8", "QA_PIXEL"),
    "LANDSAT/LE07/C02/T1_L2": ("SR_B1",),
    "MODIS/061/MOD09GA": ("sur_refl_b02", "state_1km"),
    "MODIS/061/MOD13Q1": ("EVI",),
    "NOAA/VIIRS/DNB/MONTHLY_V1/VCMSLCFG": ("avg_rad",),
    "ECMWF/ERA5_LAND/HOURLY": ("skin_temperature",),
}
CASES = [(asset, band) for asset, bands in BANDS.items() for band in bands]
MS = 86_400_000.0


@cache
def case(asset: str, band: str) -> tuple[Band, tuple[int, int], Any, Any]:
    """A band, a row and column somewhere within it, and the values and mask of a window from there on."""
    collection: Any = StandIns().find(asset)
    # 2005: Landsat 7 has gaps; 2020 else.
    day = 12_935 if "LE07" in asset else 18_420
    images = collection.images(Query(day * MS, (day + 90) * MS, Geometry(shapely.Point(5.3, 44.2))))
    image: Image = list(islice(images, 3))[-1]
    found = next(one for one in image.bands if one.name == band)
    assert found.dimensions is not None
    first = found.dimensions[1] * 3 // 7 // 16 * 16 + 5, found.dimensions[0] * 11 // 20 // 16 * 16 + 11
    pixels = Sampler(window(found, *first, SIZE, SIZE))(found)
    return found, first, pixels.values, pixels.mask


def window(band: Band, row: int, col: int, height: int, width: int, step: int = 1) -> PixelGrid:
    """Pixels of a band's own grid; of each so many across and down the one in the middle."""
    a, b, c, d, e, f = band.projection.transform
    corner = apply((a, b, c, d, e, f), float(col - step // 2), float(row - step // 2))
    affine = (a * step, b * step, corner[0], d * step, e * step, corner[1])
    return PixelGrid(band.projection.crs, affine, width, height)


@pytest.mark.parametrize(("asset", "band"), CASES)
@given(data=st.data())
@examples(3)
def test_a_pixel_has_one_value_in_every_window(asset: str, band: str, data: st.DataObject) -> None:
    found, (row, col), values, mask = case(asset, band)
    top, left = (data.draw(st.integers(0, SIZE - 1)) for _ in range(2))
    height, width = (data.draw(st.integers(1, SIZE - start)) for start in (top, left))
    pixels = Sampler(window(found, row + top, col + left, height, width))(found)
    part = slice(top, top + height), slice(left, left + width)
    np.testing.assert_array_equal(pixels.values, values[part])
    np.testing.assert_array_equal(pixels.mask, mask[part])


@pytest.mark.parametrize(("asset", "band"), CASES)
@pytest.mark.parametrize("step", [3, 9])
def test_a_pixel_has_one_value_alone_and_among_others(asset: str, band: str, step: int) -> None:
    """Every third and every ninth pixel: these are computed one by one."""
    found, (row, col), values, mask = case(asset, band)
    count = SIZE // step
    pixels = Sampler(window(found, row, col, count, count, step))(found)
    np.testing.assert_array_equal(pixels.values, values[: count * step : step, : count * step : step])
    np.testing.assert_array_equal(pixels.mask, mask[: count * step : step, : count * step : step])


@pytest.mark.parametrize(("asset", "band"), CASES)
def test_a_pixel_has_one_value_in_another_projection(asset: str, band: str) -> None:
    found, (row, col), values, mask = case(asset, band)
    x, y = apply(found.projection.transform, np.array([col, col + SIZE]), np.array([row, row + SIZE]))
    longitude, latitude = transform(x.astype(float), y.astype(float), found.projection.crs, "EPSG:4326")
    steps = [(float(axis[1]) - float(axis[0])) / 20 for axis in (longitude, latitude)]
    # A little off, so that no centre lies on an edge between pixels.
    west, north = float(longitude[0]) + 0.013 * steps[0], float(latitude[0]) + 0.013 * steps[1]
    affine = (steps[0], 0.0, west, 0.0, steps[1], north)
    grid = PixelGrid("EPSG:4326", affine, 20, 20)
    pixels = Sampler(grid)(found)
    there = transform(*grid.centres(), grid.crs, found.projection.crs)
    across, down = np.broadcast_arrays(*unapply(found.projection.transform, *there))
    rows, cols = np.floor(down).astype(np.int64) - row, np.floor(across).astype(np.int64) - col
    inside = (rows >= 0) & (rows < SIZE) & (cols >= 0) & (cols < SIZE)
    assert inside.mean() > 0.4
    np.testing.assert_array_equal(pixels.values[inside], values[rows[inside], cols[inside]])
    np.testing.assert_array_equal(pixels.mask[inside], mask[rows[inside], cols[inside]])


@pytest.mark.parametrize(("asset", "band"), CASES)
def test_a_pixel_has_one_value_in_every_block(monkeypatch: pytest.MonkeyPatch, asset: str, band: str) -> None:
    found, first, values, mask = case(asset, band)
    for name, size in (("BLOCK", 300), ("BLOCK", 1), ("ACROSS", 37), ("STRIP", 1000), ("AT_ONCE", 50)):
        monkeypatch.setattr(positions, name, size)
        pixels = Sampler(window(found, *first, SIZE, SIZE))(found)
        np.testing.assert_array_equal(pixels.values, values)
        np.testing.assert_array_equal(pixels.mask, mask)


def test_a_pixel_has_one_value_in_every_thread() -> None:
    found, first, values, _ = case("COPERNICUS/S2_SR_HARMONIZED", "B8")
    with ThreadPoolExecutor(4) as pool:
        for pixels in pool.map(lambda _: Sampler(window(found, *first, SIZE, SIZE))(found), range(8)):
            np.testing.assert_array_equal(pixels.values, values)


@pytest.mark.parametrize(("crs", "pixel"), [("EPSG:32631", 10.0), ("EPSG:32631", 30.0), ("EPSG:32755", 60.0)])
def test_degrees_between_nodes_are_good_to_some_centimetres(crs: str, pixel: float) -> None:
    frame = Frame(Projection(crs, (pixel, 0.0, 600_000.0, 0.0, -pixel, 6_900_000.0)), (5000, 5000))
    (rows, cols, found), *_ = positions.blocks(frame, range(4900, 4950), range(4000, 5000))
    x = 600_000 + pixel * (np.arange(cols.start, cols.stop) + 0.5)
    y = 6_900_000 - pixel * (np.arange(rows.start, rows.stop)[:, np.newaxis] + 0.5)
    xs, ys = np.broadcast_arrays(x, y)
    wanted = transform(xs, ys, crs, "EPSG:4326")
    for axis, truth in zip((found.longitude, found.latitude), wanted, strict=True):
        assert axis.shape == truth.shape
        assert np.abs(axis - truth).max() * 111_320 < 1e-3 * pixel


@given(left=st.integers(-40000, 40000), top=st.integers(-20000, 20000), salt=st.sampled_from([0.0, 1.0, 7.0]))
@pytest.mark.parametrize("apart", [0.0003, 0.02])
@examples(10)
def test_lots_are_the_same_drawn_for_cells_and_for_pixels(left: int, top: int, salt: float, apart: float) -> None:
    longitude = 0.006 * left + apart * np.arange(200.0)
    latitude = 0.004 * top - apart * np.arange(120.0)[:, np.newaxis]
    alone = draw_uniform(np.floor(longitude / 0.006), np.floor(latitude / 0.004), salt)
    for x in (longitude[np.newaxis], np.broadcast_to(longitude, (120, 200)).copy()):
        found = Cells(x, latitude, 0.006, 0.004, np.float64).lots(salt)
        np.testing.assert_array_equal(found, alone)
    assert 0 <= alone.min() < alone.max() < 1


@given(flags=st.lists(st.lists(st.booleans(), min_size=5, max_size=5), min_size=1, max_size=10))
def test_the_first_that_applies(flags: list[list[bool]]) -> None:
    conditions = [np.array(row) for row in flags]
    values = [7 * number + 1 for number in range(len(flags))]
    np.testing.assert_array_equal(first_match(conditions, values, 200), np.select(conditions, values, 200))
