from __future__ import annotations

import pickle

import numpy as np
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from rasterio.transform import array_bounds, xy

from xee_lite import Grid, InputError, Window

UTM = "EPSG:32631"
LANDSAT = Affine(30, 0, 399945, 0, -30, 4600035)


def test_coordinates_are_pixel_centres_like_rasterio() -> None:
    grid = Grid(UTM, LANDSAT, (3, 4))
    xs, _ = xy(LANDSAT, [0] * 4, list(range(4)))
    _, ys = xy(LANDSAT, list(range(3)), [0] * 3)
    np.testing.assert_array_equal(grid.x, xs)
    np.testing.assert_array_equal(grid.y, ys)
    assert grid.bounds == array_bounds(3, 4, LANDSAT)


def test_window_of_a_sheared_grid_starts_at_its_own_pixel() -> None:
    """Shear moves the corner of a window along both axes: the defect was to move it along one."""
    sheared = Affine(10, 3, 500000, 2, -10, 4000000)
    part = Grid(UTM, sheared, (64, 64)).window(Window(32, 32, 16, 16))
    assert part.transform @ (0, 0) == (500416.0, 3999744.0)
    assert part.shape == (16, 16)


@given(
    st.integers(0, 300), st.integers(0, 300), st.integers(1, 50), st.integers(1, 50),
    st.sampled_from([LANDSAT, Affine(0.25, 0, -180, 0, -0.25, 90), Affine(5, 0, 0, 0, 5, 0)]),
)  # fmt: skip
def test_a_window_has_the_coordinates_of_its_part(row: int, col: int, height: int, width: int, at: Affine) -> None:
    whole = Grid(UTM, at, (400, 400))
    part = whole.window(Window(row, col, height, width))
    np.testing.assert_allclose(part.x, whole.x[col : col + width], rtol=1e-14)
    np.testing.assert_allclose(part.y, whole.y[row : row + height], rtol=1e-14)


@given(
    st.floats(300000, 500000), st.floats(4e6, 5e6), st.floats(1, 5000), st.floats(1, 5000),
)  # fmt: skip
def test_covering_is_the_smallest_grid_on_the_lattice(left: float, bottom: float, width: float, height: float) -> None:
    lattice = Grid(UTM, LANDSAT, (1, 1))
    grid = lattice.covering(left, bottom, left + width, bottom + height)
    west, south, east, north = grid.bounds
    slack = 1e-3
    assert west <= left + slack
    assert south <= bottom + slack
    assert east >= left + width - slack
    assert north >= bottom + height - slack
    assert left - west < 30
    assert east - (left + width) < 30
    offset = ((west - 399945) / 30, (north - 4600035) / 30)
    np.testing.assert_allclose(offset, np.round(offset), atol=1e-9)


def test_covering_a_rectangle_on_the_lattice_adds_no_pixel() -> None:
    grid = Grid("EPSG:4326", Affine(0.1, 0, 0, 0, -0.1, 0), (1, 1)).covering(0.3, 0.1, 0.7, 0.6)
    assert grid.shape == (5, 4)


def test_equal_grids_are_equal_however_they_are_spelled() -> None:
    grid = Grid(UTM, LANDSAT, (3, 4))
    assert grid == Grid(32631, [30, 0, 399945, 0, -30, 4600035], [3, 4])  # type: ignore[arg-type]
    assert grid == Grid(grid.pyproj_crs, LANDSAT, (3, 4))  # type: ignore[arg-type]
    assert grid == Grid(grid.pyproj_crs.to_wkt(), LANDSAT, (3, 4))
    assert pickle.loads(pickle.dumps(grid)) == grid
    assert hash(pickle.loads(pickle.dumps(grid))) == hash(grid)


def test_a_crs_without_a_code_is_kept_as_wkt() -> None:
    grid = Grid("+proj=laea +lat_0=12 +lon_0=34 +ellps=GRS80", LANDSAT, (1, 1))
    assert grid.crs.startswith("PROJCRS[")
    assert grid.pyproj_crs.to_dict()["lat_0"] == 12


def test_modis_code_is_known() -> None:
    grid = Grid("SR-ORG:6974", LANDSAT, (1, 1))
    assert grid.crs == "SR-ORG:6974"
    assert grid.pyproj_crs.to_dict()["R"] == 6371007.181


@pytest.mark.parametrize(
    ("crs", "transform", "shape", "message"),
    [
        ("EPSG:99999", LANDSAT, (1, 1), "EPSG:99999.*pyproj"),
        (UTM, LANDSAT, (0, 4), r"\(0, 4\).*not positive"),
        (UTM, LANDSAT, (4, -1), "not positive"),
        (UTM, LANDSAT, 5, r"\(height, width\)"),
        (UTM, (1, 2, 3), (1, 1), "six finite numbers"),
        (UTM, (30, 0, float("nan"), 0, -30, 0), (1, 1), "six finite numbers"),
        (UTM, (0, 0, 0, 0, -30, 0), (1, 1), "no inverse"),
        (UTM, "abc", (1, 1), "six finite numbers"),
    ],
)
def test_bad_input_is_one_clear_sentence(crs: str, transform: Affine, shape: tuple[int, int], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        Grid(crs, transform, shape)
    assert "\n" not in str(caught.value)


def test_a_sheared_grid_has_no_one_dimensional_coordinates() -> None:
    with pytest.raises(InputError, match="sheared"):
        _ = Grid(UTM, Affine(10, 1, 0, 0, -10, 0), (2, 2)).x
