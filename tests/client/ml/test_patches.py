"""Where patches lie."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from tests.client.ml.pieces import GRID, in_memory
from tests.examples import examples
from xee_lite import Grid, InputError, ml

sides = st.integers(1, 30)


def covered(patches: ml.Patches) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    mask = np.zeros(patches.grid.shape, dtype=np.bool_)
    for number in range(len(patches)):
        window = patches.window(number)
        assert window.row + window.height <= mask.shape[0]
        assert window.col + window.width <= mask.shape[1]
        mask[window.row : window.row + window.height, window.col : window.col + window.width] = True
    return mask


@given(height=sides, width=sides, side=st.integers(1, 10), stride=st.integers(1, 10))
@examples(50)
def test_a_lattice_of_patches_covers_the_grid(height: int, width: int, side: int, stride: int) -> None:
    grid = Grid("EPSG:32631", (10, 0, 0, 0, -10, 0), (height, width))
    if side > min(height, width):
        with pytest.raises(InputError, match="larger than the grid"):
            ml.grid_patches(grid, side, stride=stride)
        return
    patches = ml.grid_patches(grid, side, stride=stride)
    mask = covered(patches)
    assert mask[-1, -1]
    assert mask.all() or stride > side
    assert len({*zip(patches.rows.tolist(), patches.columns.tolist(), strict=True)}) == len(patches)


@given(count=st.integers(1, 200), seed=st.integers(0, 2**32))
@examples(50)
def test_random_patches_are_distinct_and_repeatable(count: int, seed: int) -> None:
    patches, again = (ml.random_patches(GRID, count, (20, 7), seed=seed) for _ in range(2))
    covered(patches)
    assert len({*zip(patches.rows.tolist(), patches.columns.tolist(), strict=True)}) == len(patches) == count
    np.testing.assert_array_equal(patches.rows, again.rows)
    np.testing.assert_array_equal(patches.columns, again.columns)


def test_another_seed_gives_other_patches() -> None:
    one, other = (ml.random_patches(GRID, 20, 8, seed=seed) for seed in (0, 1))
    assert one.rows.tolist() != other.rows.tolist()


def test_random_patches_reach_every_place() -> None:
    patches = ml.random_patches(GRID, 60 * 80, 1)
    assert covered(patches).all()
    with pytest.raises(InputError, match="from 1 to 4800"):
        ml.random_patches(GRID, 4801, 1)


def test_random_patches_of_a_huge_grid() -> None:
    grid = Grid("EPSG:4326", (1e-4, 0, -180, 0, -1e-4, 90), (1_800_000, 3_600_000))
    patches = ml.random_patches(grid, 1000, 64)
    assert 1_700_000 < patches.rows.max() <= 1_800_000 - 64
    assert len(patches) == 1000


def test_a_point_is_in_the_middle() -> None:
    rows, columns = np.array([10, 30, 49]), np.array([20, 8, 71])
    x, y = GRID.transform @ (columns + 0.3, rows + 0.9)
    to_degrees: Any = Transformer.from_crs(GRID.crs, 4326, always_xy=True)
    for points, crs in (
        (np.stack([x, y], axis=1), GRID.crs),
        (np.stack(to_degrees.transform(x, y), axis=1), "EPSG:4326"),
    ):
        patches = ml.point_patches(in_memory(), points, (9, 16), crs=crs)
        np.testing.assert_array_equal(patches.rows, rows - 4)
        np.testing.assert_array_equal(patches.columns, columns - 8)


def test_points_outside() -> None:
    x, y = GRID.transform @ (np.array([40.0, 2.0, -900.0]), np.array([30.0, 30.0, 30.0]))
    points = np.stack([x, y], axis=1)
    with pytest.raises(InputError, match=r"2 of 3 points .* the first is number 1"):
        ml.point_patches(GRID, points, 8, crs=GRID.crs)
    assert len(ml.point_patches(GRID, points, 8, crs=GRID.crs, outside="drop")) == 1


def test_points_beyond_the_antimeridian() -> None:
    grid = Grid("EPSG:4326", (0.1, 0, 170, 0, -0.1, 10), (100, 200))
    patches = ml.point_patches(grid, [(-175.05, 5.05), (175.05, 5.05)], 5)
    np.testing.assert_array_equal(patches.columns, [147, 48])


def test_the_centres_lie_in_the_crs() -> None:
    patches = ml.grid_patches(GRID, 20)
    expected = GRID.transform @ (patches.columns + 10, patches.rows + 10)
    np.testing.assert_array_equal(patches.centres, np.stack(expected, axis=1))


@pytest.mark.parametrize("size", [0, -1, "64", 1.5, (1, 2, 3), None, True, (0, 4)])
def test_sizes_that_are_none(size: Any) -> None:
    with pytest.raises(InputError, match="size="):
        ml.grid_patches(GRID, size)
    with pytest.raises(InputError, match="size="):
        ml.random_patches(GRID, 3, size)


@pytest.mark.parametrize("points", [[1, 2], "here", [(1, 2, 3)], None, [("a", "b")]])
def test_points_that_are_none(points: object) -> None:
    with pytest.raises(InputError, match="points="):
        ml.point_patches(GRID, points, 3)  # type: ignore[arg-type]
