"""xee 0.1: the same Dataset through its engine and ours, its helpers, and its way through a bad day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
import shapely
import xarray as xr

from tests.interop.scenes import CRS, GRIDS, SCENES, SHAPE, SIZE, ours, same, truth

if TYPE_CHECKING:
    from xee_lite.emulator import Emulator

pytest.importorskip("xee")
from xee import helpers

ERA5 = "ECMWF/ERA5/MONTHLY"


def theirs(obj: Any, crs: str, transform: tuple[float, ...], shape: tuple[int, int], **more: Any) -> xr.Dataset:
    return xr.open_dataset(obj, engine="ee", crs=crs, crs_transform=tuple(transform)[:6], shape_2d=shape[::-1], **more)


def equal(one: xr.Dataset, other: xr.Dataset) -> None:
    for name in one.data_vars:
        same(one[name].values, other[name].values)
    for axis in ("x", "y"):
        np.testing.assert_allclose(one[axis].values, other[axis].values, rtol=1e-12)
    np.testing.assert_array_equal(one["time"].values.astype("M8[ms]"), other["time"].values.astype("M8[ms]"))


@pytest.mark.parametrize("name", GRIDS)
def test_the_same_dataset_on_every_grid(name: str) -> None:
    equal(theirs(f"ee://{SCENES}", *GRIDS[name]), ours(SCENES, *GRIDS[name]))


def test_stored_pixels_on_their_own_grid() -> None:
    found = theirs(ee.ImageCollection(SCENES), *GRIDS["native"])
    for number in range(3):
        for band in ("red", "nir"):
            same(found[band].values[number], truth(number, band))


def test_the_grid_of_a_collection_is_extracted() -> None:
    grid = helpers.extract_grid_params(ee.ImageCollection(SCENES))
    assert (grid["crs"], tuple(grid["crs_transform"]), tuple(grid["shape_2d"])) == (
        CRS,
        GRIDS["native"][1],
        SHAPE[::-1],
    )
    equal(xr.open_dataset(f"ee://{SCENES}", engine="ee", **grid), xr.open_dataset(SCENES, engine="xee_lite"))


def test_a_grid_fitted_to_a_geometry() -> None:
    area = shapely.box(1.803, 41.536, 1.815, 41.543)
    grid = helpers.fit_geometry(area, grid_crs=CRS, grid_scale=(SIZE, -SIZE))
    found = xr.open_dataset(ee.ImageCollection(SCENES), engine="ee", **grid)
    equal(found, xr.open_dataset(ee.ImageCollection(SCENES), engine="xee_lite", **grid))


def test_a_scaled_grid() -> None:
    transform = helpers.set_scale(GRIDS["native"][1], (2 * SIZE, -2 * SIZE))
    grid = (CRS, tuple(transform), (SHAPE[0] // 2, SHAPE[1] // 2))
    equal(theirs(ee.ImageCollection(SCENES), *grid), ours(ee.ImageCollection(SCENES), *grid))


def test_a_public_dataset_in_chunks() -> None:
    months = ee.ImageCollection(ERA5).filterDate("2019-11-01", "2020-03-01").select(["mean_2m_air_temperature"])
    grid = ("EPSG:4326", (2.5, 0, -180, 0, -2.5, 90), (72, 144))
    found = theirs(months, *grid, chunks={"time": 2, "x": 100})
    equal(found, ours(months, *grid))
    means = found["mean_2m_air_temperature"].mean(["x", "y"]).values
    assert ((means > 260) & (means < 300)).all()


def test_a_computed_collection() -> None:
    """It finds times beside ids, so its images have to keep theirs."""
    index = ee.ImageCollection(SCENES).map(
        lambda scene: scene.addBands(scene.normalizedDifference(["nir", "red"])).select("nd")
    )
    found = theirs(index, *GRIDS["part"])
    same(found["nd"].values, ours(index, *GRIDS["part"])["nd"].values.astype("f4"))


def test_slices_by_id(earth: Emulator) -> None:
    earth.requests.clear()
    found = theirs(ee.ImageCollection(SCENES), *GRIDS["part"], fast_time_slicing=True)
    equal(found, ours(SCENES, *GRIDS["part"]))


def test_it_gets_through_a_bad_day(earth: Emulator) -> None:
    """Errors are tried again by xee's own retries, with those of the official client out of the way."""
    tries = ee.data._get_state().max_retries
    ee.data.setMaxRetries(0)
    earth.requests.clear()
    earth.faults.next("computePixels", ["503", "429", None, "500"])
    found = theirs(
        ee.ImageCollection(SCENES),
        *GRIDS["native"],
        io_chunks={"time": 1, "x": 25, "y": 20},
        getitem_kwargs={"max_retries": 6, "initial_delay": 1},
        executor_kwargs={"max_workers": 2},
    )
    same(found["red"].values[1], truth(1, "red"))
    ee.data.setMaxRetries(tries)
    assert sorted(request.fault for request in earth.requests.of("computePixels"))[-3:] == ["429", "500", "503"]
