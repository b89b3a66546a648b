"""Nearest neighbour against slicing, brute force, and GDAL."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasterio import Affine
from rasterio.warp import Resampling, reproject

from xee_lite.emulator.geometry.coordinates import are_apart, find_positions
from xee_lite.emulator.images import sampling
from xee_lite.emulator.images.image import Band, Mask, Pixels, Sampler, Values
from xee_lite.emulator.images.sampling import find_lookup, make_analytic_compute, make_stored_compute
from xee_lite.emulator.types import UINT16, PixelGrid, Projection

DATA = np.arange(1, 50 * 40 + 1, dtype=np.uint16).reshape(50, 40)
NATIVE = Projection("EPSG:32631", (10.0, 0.0, 400_000.0, 0.0, -10.0, 4_600_000.0))


def read(row0: int, row1: int, col0: int, col1: int) -> tuple[Values, Mask | None]:
    assert 0 <= row0 < row1 <= DATA.shape[0]
    assert 0 <= col0 < col1 <= DATA.shape[1]
    return DATA[row0:row1, col0:col1], None


def sample(grid: PixelGrid, projection: Projection = NATIVE) -> Pixels:
    band = Band("x", UINT16, projection, make_stored_compute(read, projection, (40, 50), np.uint16))
    return Sampler(grid)(band)


def filled(pixels: Pixels) -> npt.NDArray[Any]:
    return np.where(pixels.mask > 0, pixels.values, 0)


@given(st.integers(-60, 60), st.integers(-60, 60), st.integers(1, 70), st.integers(1, 70))
def test_an_aligned_window_is_a_slice(col: int, row: int, width: int, height: int) -> None:
    grid = PixelGrid("EPSG:32631", (10.0, 0.0, 400_000.0 + 10 * col, 0.0, -10.0, 4_600_000.0 - 10 * row), width, height)
    padded = np.zeros((50 + 200, 40 + 200), np.uint16)
    padded[100:150, 100:140] = DATA
    expected = padded[100 + row : 100 + row + height, 100 + col : 100 + col + width]
    found = sample(grid)
    np.testing.assert_array_equal(filled(found), expected)
    np.testing.assert_array_equal(found.mask, expected > 0)


@given(
    st.floats(0.3, 70),
    st.floats(0.3, 70),
    st.booleans(),
    st.floats(399_500, 400_500),
    st.floats(4_599_000, 4_600_500),
    st.floats(-5, 5),
)
def test_any_grid_takes_the_pixel_under_each_centre(
    width: float, height: float, south_up: bool, x0: float, y0: float, shear: float
) -> None:
    grid = PixelGrid("EPSG:32631", (width, shear, x0, 0.0, height if south_up else -height, y0), 9, 8)
    found = sample(grid)
    for row in range(8):
        for col in range(9):
            x = width * (col + 0.5) + shear * (row + 0.5) + x0
            y = (height if south_up else -height) * (row + 0.5) + y0
            position = (x - 400_000) / 10, (4_600_000 - y) / 10
            if min(abs(p - round(p)) for p in position) < 1e-5:
                continue  # on an edge between two pixels
            i, j = int(np.floor(position[1])), int(np.floor(position[0]))
            inside = 0 <= i < 50 and 0 <= j < 40
            assert found.mask[row, col] == inside
            assert not inside or found.values[row, col] == DATA[i, j]


def gdal_nearest(grid: PixelGrid) -> npt.NDArray[np.uint16]:
    """GDAL's warp, three columns at a time: along a row it interpolates between the first, middle and last pixel."""
    strips = []
    for left in range(0, grid.width, 3):
        strip = np.zeros((grid.height, 3), np.uint16)
        reproject(
            DATA,
            strip,
            src_transform=Affine(*NATIVE.transform),
            src_crs=NATIVE.crs,
            dst_transform=Affine(*grid.transform) @ Affine.translation(left, 0),
            dst_crs=grid.crs,
            resampling=Resampling.nearest,
        )
        strips.append(strip)
    return np.hstack(strips)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3857", "EPSG:32632"])
def test_another_crs_equals_gdal(crs: str) -> None:
    x, y = pyproj.Transformer.from_crs("EPSG:32631", crs, always_xy=True).transform(400_000, 4_600_000)
    size = 0.00007 if crs == "EPSG:4326" else 6.3
    grid = PixelGrid(crs, (size, 0.0, x - 20 * size, 0.0, -size, y + 15 * size), 120, 130)
    expected = gdal_nearest(grid)
    col, row = find_positions(grid, NATIVE)
    clear = np.minimum(np.abs(col - np.round(col)), np.abs(row - np.round(row))) > 1e-6
    found = filled(sample(grid))
    assert (expected > 0).sum() > 1000
    np.testing.assert_array_equal(found[clear], expected[clear])


@given(st.floats(-179, 179), st.floats(-85, 85), st.floats(1e-5, 3), st.integers(1, 40))
def test_apart_never_says_so_of_grids_that_meet(lon: float, lat: float, size: float, count: int) -> None:
    grid = PixelGrid("EPSG:4326", (size, 0.0, lon, 0.0, -size, lat), count, count)
    if are_apart(grid, NATIVE, (40_000, 50_000)):
        col, row = find_positions(grid, NATIVE)
        assert not ((col >= 0) & (col < 40_000) & (row >= 0) & (row < 50_000)).any()


def test_what_misses_the_grid_is_not_read() -> None:
    def explode(*_: int) -> tuple[Values, Mask | None]:
        raise AssertionError("read")

    band = Band("x", UINT16, NATIVE, make_stored_compute(explode, NATIVE, (40, 50), np.uint16))
    found = Sampler(PixelGrid("EPSG:4326", (0.1, 0.0, 100.0, 0.0, -0.1, 60.0), 500, 400))(band)
    assert found.is_nothing
    assert found.values.shape == (400, 500)
    assert found.values.dtype == np.uint16


def test_points_beyond_the_projection_are_masked() -> None:
    found = sample(PixelGrid("EPSG:3857", (1e7, 0.0, -2e7, 0.0, -1e7, 2e7), 4, 4))
    assert found.mask.max() == 0


def test_a_large_window_is_read_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    grids = [
        PixelGrid("EPSG:32631", (70.0, 0.0, 399_900.0, 0.0, -70.0, 4_600_100.0), 9, 11),
        PixelGrid("EPSG:4326", (0.0007, 0.0, 1.799, 0.0, -0.0007, 41.545), 9, 9),
    ]
    before = [sample(grid) for grid in grids]
    monkeypatch.setattr(sampling, "MAX_WINDOW", 200)
    for grid, one in zip(grids, before, strict=True):
        assert one.mask.max() == 1
        np.testing.assert_array_equal(filled(sample(grid)), filled(one))


def test_the_mask_of_a_window_comes_along() -> None:
    projection = Projection("EPSG:4326", (1.0, 0.0, 0.0, 0.0, -1.0, 2.0))
    values, mask = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1, 0.5], [0, 1]], np.float32)
    compute = make_stored_compute(lambda a, b, c, d: (values[a:b, c:d], mask[a:b, c:d]), projection, (2, 2), np.float64)
    grid = PixelGrid("EPSG:4326", (1.0, 0.0, -1.0, 0.0, -1.0, 2.0), 3, 2)
    found = compute(Sampler(grid))
    np.testing.assert_array_equal(found.mask, [[0, 1, 0.5], [0, 0, 1]])


@pytest.mark.parametrize(("pixel", "ways"), [(3.0, {"window"}), (10.0, {"window"}), (70.0, {"one by one"})])
def test_an_analytic_raster_is_made_by_windows_or_where_few_are_asked_for_one_by_one(
    pixel: float, ways: set[str]
) -> None:
    asked = set()

    def window(row0: int, row1: int, col0: int, col1: int) -> tuple[Values, Mask | None]:
        asked.add("window")
        return read(row0, row1, col0, col1)

    def one_by_one(rows: npt.NDArray[np.int64], cols: npt.NDArray[np.int64]) -> tuple[Values, Mask | None]:
        assert rows.ndim == cols.ndim == 1
        asked.add("one by one")
        return DATA[rows, cols], None

    compute = make_analytic_compute(window, one_by_one, NATIVE, (40, 50), np.uint16)
    grid = PixelGrid("EPSG:32631", (pixel, 0.0, 400_003.0, 0.0, -pixel, 4_599_997.0), 5, 4)
    found = compute(Sampler(grid))
    np.testing.assert_array_equal(filled(found), filled(sample(grid)))
    assert asked == ways
    assert found.is_valid


def test_lookup_of_an_unbounded_raster_counts_below_zero() -> None:
    grid = PixelGrid("EPSG:4326", (1.0, 0.0, -3.0, 0.0, -1.0, -4.0), 2, 2)
    found = find_lookup(Sampler(grid), Projection("EPSG:4326"), None)
    assert found is not None
    assert found.window == (-6, -4, -3, -1)
