"""Coordinates that are computed do what kept ones do."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pytest
import xarray as xr
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st

from xee_lite import Grid, Window
from xee_lite.grids.coordinates import grid_coordinates
from xee_lite.grids.lattice_index import LatticeIndex

if TYPE_CHECKING:
    from collections.abc import Callable

Both = tuple[xr.DataArray, xr.DataArray]
WORLD = Grid("EPSG:4326", Affine(0.1, 0, -180.05, 0, -0.1, 90.05), (1801, 3601))
SOUTH_UP = Grid("EPSG:4326", Affine(1 / 3, 0, -10, 0, 1 / 3, -20), (300, 300))


def both(grid: Grid) -> Both:
    """Kept and computed coordinates of one grid, with values that say which pixel of the lattice they are."""
    row, col = grid.origin
    values = (row + np.arange(grid.height))[:, None] * 10_000 + col + np.arange(grid.width)
    kept, lazy = (
        xr.DataArray(values, grid_coordinates(grid, lazy=lazy), ("y", "x"), name="v") for lazy in (False, True)
    )
    return kept, lazy


def assert_same(kept: xr.DataArray, lazy: xr.DataArray) -> None:
    assert kept.dims == lazy.dims
    assert kept.shape == lazy.shape
    np.testing.assert_array_equal(kept.values, lazy.values)
    for name in ("x", "y"):
        np.testing.assert_array_equal(kept[name].values, lazy[name].values)


windows = st.builds(
    Window, st.integers(0, 60), st.integers(0, 60), st.integers(1, 60), st.integers(1, 60)
)  # fmt: skip
steps = st.sampled_from([None, 1, 2, 3, -1, -2])


@given(st.sampled_from([WORLD, SOUTH_UP]), st.lists(windows, min_size=2, max_size=3), steps, steps)
def test_parts_align_as_kept_ones_do(grid: Grid, parts: list[Window], first: int | None, second: int | None) -> None:
    pairs = [both(grid.window(part)) for part in parts]
    pairs[0] = tuple(array[::first, ::second] for array in pairs[0])  # type: ignore[assignment]
    joins: tuple[Literal["inner", "outer", "left", "right"], ...] = ("inner", "outer", "left", "right")
    for join in joins:
        kept = xr.align(*(pair[0] for pair in pairs), join=join)
        lazy = xr.align(*(pair[1] for pair in pairs), join=join)
        for one, other in zip(kept, lazy, strict=True):
            assert_same(one, other)
    difference = pairs[0][1] - pairs[1][1]
    assert_same(pairs[0][0] - pairs[1][0], difference)
    assert not difference.size or float(abs(difference).max()) == 0, "the values of the same pixels"


@given(st.sampled_from([WORLD, SOUTH_UP]), st.integers(1, 50), st.integers(1, 50))
def test_neighbours_combine_to_the_whole(grid: Grid, row: int, col: int) -> None:
    whole = both(grid.window(Window(3, 5, 51, 51)))
    for kept_or_lazy in (0, 1):
        array = whole[kept_or_lazy]
        quarters = [array[:row, :col], array[:row, col:], array[row:, :col], array[row:, col:]]
        rows = [xr.concat(quarters[:2], "x"), xr.concat(quarters[2:], "x")]
        assert_same(whole[0], xr.concat(rows, "y"))
        combined = xr.combine_by_coords([quarter.to_dataset() for quarter in quarters], combine_attrs="override")
        assert_same(whole[0], combined["v"])
    lazy = xr.concat([whole[1][:row], whole[1][row:]], "y")
    assert isinstance(lazy.xindexes["y"], LatticeIndex), "neighbours of one lattice need no labels"


def test_parts_that_lie_apart_combine_with_labels() -> None:
    kept, lazy = both(WORLD.window(Window(0, 0, 30, 30)))
    apart = [xr.concat([array[:5], array[20:]], "y") for array in (kept, lazy)]
    assert_same(*apart)
    outer = [xr.align(array[:5], array[20:], join="outer")[0] for array in (kept, lazy)]
    assert_same(*outer)


SELECTIONS: dict[str, Callable[[xr.DataArray], xr.DataArray]] = {
    "position": lambda array: array.isel(x=3),
    "positions": lambda array: array.isel(x=[3, -1, 0]),
    "mask": lambda array: array.isel(y=np.arange(array.sizes["y"]) % 3 == 0),
    "slice": lambda array: array[4:20:3, ::-1],
    "label": lambda array: array.sel(x=array["x"].values[7]),
    "labels": lambda array: array.sel(x=array["x"].values[[7, 2]], y=array["y"].values[::5]),
    "label slice": lambda array: array.sel(
        x=slice(array["x"].values[3], array["x"].values[9]), y=slice(array["y"].values[2], array["y"].values[21])
    ),
    "open slice": lambda array: array.sel(x=slice(None, float(array["x"][9]) + 1e-3)),
    "nearest": lambda array: array.sel(x=float(array["x"][5]) + 0.03, y=-1000, method="nearest"),
    "tolerance": lambda array: array.sel(x=[float(array["x"][5]) + 0.03], method="nearest", tolerance=0.04),
    "points": lambda array: array.sel(
        x=xr.DataArray(array["x"].values[[1, 5]], dims="p"), y=xr.DataArray(array["y"].values[[2, 3]], dims="p")
    ),
    "reindex like": lambda array: array[:, :9].reindex_like(array[5:, 3:], fill_value=-1),
    "reindex like, nearest": lambda array: array[::3].reindex_like(array, method="nearest"),
    "reindex like, pad": lambda array: array.sortby("y")[::2].reindex_like(array.sortby("y"), method="pad"),
    "roll": lambda array: array.roll(x=3, roll_coords=True),
    "sortby": lambda array: array.sortby("y"),
    "rename": lambda array: array.rename(x="lon").sel(lon=array["x"].values[4]).expand_dims("lon").rename(lon="x"),
}


@pytest.mark.parametrize("grid", [WORLD, SOUTH_UP], ids=["north up", "south up"])
@pytest.mark.parametrize("name", SELECTIONS)
def test_selections_are_those_of_kept_ones(name: str, grid: Grid) -> None:
    kept, lazy = (SELECTIONS[name](array) for array in both(grid.window(Window(11, 13, 30, 25))))
    assert_same(kept, lazy)


@pytest.mark.parametrize(
    "labels",
    [
        {"x": 1000.0},
        {"x": -178.7321},
        {"x": [float("nan")]},
        {"x": -178.7321, "method": "nearest", "tolerance": 1e-5},
    ],
)
def test_labels_that_no_pixel_has_are_a_key_error(labels: dict[str, Any]) -> None:
    for array in both(WORLD.window(Window(11, 13, 30, 25))):
        with pytest.raises(KeyError):
            array.sel(**labels)


def test_an_unknown_method_is_refused() -> None:
    lazy = both(WORLD.window(Window(0, 0, 3, 3)))[1]
    with pytest.raises(ValueError, match="'pad' is unknown"):
        lazy.sel(x=0, method="pad")


def test_computed_ones_become_kept_ones_where_xarray_needs_labels() -> None:
    """Xarray aligns parts with indexes of one kind only: data with kept coordinates has another."""
    kept, lazy = both(WORLD.window(Window(11, 13, 30, 25)))
    with pytest.raises(xr.AlignmentError, match="conflicting indexes"):
        _ = kept[3:] - lazy
    assert_same(kept - kept, kept - lazy)
    labelled = lazy.assign_coords(x=lazy["x"].values, y=lazy["y"].values)
    assert_same(kept[3:] - kept, kept[3:] - labelled)
    assert_same(kept.reindex(x=kept["x"].values[::2]), labelled.reindex(x=kept["x"].values[::2]))


def test_copies_are_equal_and_others_are_not() -> None:
    _, lazy = both(WORLD.window(Window(11, 13, 30, 25)))
    assert lazy.equals(pickle.loads(pickle.dumps(lazy)))
    assert lazy.equals(lazy.copy(deep=True))
    assert not lazy.xindexes["x"].equals(both(WORLD.window(Window(11, 14, 30, 25)))[1].xindexes["x"])
    assert repr(lazy.xindexes["x"]) == "LatticeIndex (start=-178.7, step=0.1, size=25)"


def test_no_labels_are_made_of_large_ones() -> None:
    side = 2**31 - 1
    huge = Grid("EPSG:32631", Affine(0.01, 0, 399945, 0, -0.01, 4600035), (side, side))
    coordinates = xr.Dataset(coords=grid_coordinates(huge, lazy=True))
    part = coordinates.isel(x=slice(10**9, 10**9 + 3)).sel(y=slice(4600034, 4600033.9))
    assert part.sizes == {"y": 10, "x": 3}
    np.testing.assert_array_equal(part["x"], huge.window(Window(0, 10**9, 1, 3)).x)
