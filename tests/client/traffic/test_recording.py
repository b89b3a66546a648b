"""With ``errors="record"`` a request that fails for good is missing pixels and an entry in a list, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dask
import numpy as np
import pytest
from shapely import box

import xee_lite
from tests.client.scenes import ID, SHAPE, TRANSFORM, filled, lost_pixels, opened, stack
from xee_lite import ml
from xee_lite.emulator import Faults
from xee_lite.planning import point_tables
from xee_lite.reader import PointsRequest, RegionsRequest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.client.scenes import Serve

IMAGES = 8
SOME_FAIL = Faults(rates={"500": 0.4}, calls={"computePixels", "computeValue", "computeFeatures"}, seed=4)
ROWS, COLUMNS = SHAPE


@pytest.mark.parametrize("options", [{"chunks": {"time": 1, "y": 7}}, {"chunks": None, "request_bytes": 400}], ids=str)
@pytest.mark.filterwarnings("ignore:The specified chunks separate")
def test_what_failed_is_missing_and_listed_and_the_rest_is_right(serve: Serve, options: dict[str, Any]) -> None:
    assets, truth = stack(IMAGES)
    serve(assets=assets, faults=SOME_FAIL)
    with xee_lite.set_options(request_deadline=0):
        with pytest.raises(xee_lite.TransientError):
            opened(**options).B1.compute()
        ds = opened(errors="record", **options)
        with xee_lite.failed_reads() as failed:
            found = ds.B1.compute()
    assert 2 < len(failed) < IMAGES * ROWS
    assert all(isinstance(one.error, xee_lite.TransientError) and "items i" in str(one) for one in failed)
    expected = np.where(lost_pixels(failed, (IMAGES, *SHAPE)), np.nan, filled(truth, "f4"))
    np.testing.assert_array_equal(found, expected)


def test_integers_hold_their_fill_value(serve: Serve) -> None:
    assets, truth = stack(IMAGES)
    serve(assets=assets, faults=SOME_FAIL)
    ds = opened(errors="record", mask_and_scale=False, request_bytes=400)
    with xee_lite.set_options(request_deadline=0), xee_lite.failed_reads() as failed:
        found = ds.B1.load()
    assert failed
    fill = ds.B1.attrs["_FillValue"]
    assert found.dtype.kind in "iu"
    expected = np.ma.filled(truth.astype(found.dtype), fill)
    np.testing.assert_array_equal(found, np.where(lost_pixels(failed, found.shape), fill, expected))


@pytest.mark.parametrize("seed", range(4))
def test_tables_of_points(serve: Serve, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(point_tables, "request_overhead", lambda _: -1e9)  # however few the values
    assets, truth = stack(IMAGES)
    earth = serve(assets=assets)
    array = opened(errors="record").B1
    rng = np.random.default_rng(seed)
    rows, columns = rng.integers(0, ROWS, 9), rng.integers(0, COLUMNS, 9)
    earth.faults.next("computeValue", ["500"])
    with xee_lite.set_options(request_deadline=0), xee_lite.failed_reads() as failed:
        values = array.isel(y=("point", rows), x=("point", columns)).values
    (only,) = failed
    assert isinstance(only.request, PointsRequest)
    pixels = set(zip(only.request.rows.tolist(), only.request.columns.tolist(), strict=True))
    hit = [pixel in pixels for pixel in zip(rows.tolist(), columns.tolist(), strict=True)]
    lost = np.isin(np.arange(IMAGES), only.request.items)[:, None] & np.array(hit)
    assert lost.any()
    np.testing.assert_array_equal(values, np.where(lost, np.nan, filled(truth, "f4")[:, rows, columns]))


def test_statistics_of_regions(serve: Serve) -> None:
    assets, truth = stack(IMAGES)
    earth = serve(assets=assets)
    left, top = TRANSFORM[2], TRANSFORM[5]
    region = box(left, top + ROWS * TRANSFORM[4], left + COLUMNS * TRANSFORM[0], top)
    ds = opened(errors="record")
    with xee_lite.set_options(request_deadline=0), xee_lite.failed_reads() as failed:
        whole = xee_lite.reduce(ds, region, "max", polygons_crs="EPSG:32631").B1.values[0]
        calls = {request.kind for request in earth.requests} & {"computeFeatures", "computeValue"}
        earth.faults.next(max(calls), ["500"])
        lost = xee_lite.reduce(ds, region, "max", polygons_crs="EPSG:32631").B1.values[0]
    np.testing.assert_array_equal(whole, truth.reshape(IMAGES, -1).max(axis=1))
    (only,) = failed
    assert isinstance(only.request, RegionsRequest)
    np.testing.assert_array_equal(np.isnan(lost), np.isin(np.arange(IMAGES), only.request.items))


def test_without_a_list_each_failure_is_a_warning(serve: Serve) -> None:
    assets, _ = stack(IMAGES)
    earth = serve(assets=assets, faults=Faults())
    array = opened(errors="record", request_bytes="1MiB").B1
    earth.faults.next("computePixels", ["500"])
    with (
        xee_lite.set_options(request_deadline=0),
        pytest.warns(xee_lite.XeeLiteWarning, match="missing in what was read: asking for bands B1 of items i0"),
    ):
        array.isel(time=0).load()


def test_a_part_that_is_too_much_is_read_in_halves_all_the_same(serve: Serve) -> None:
    assets, truth = stack(IMAGES)
    serve(assets=assets, faults=Faults(memory_limit=2 * ROWS * COLUMNS))
    with xee_lite.failed_reads() as failed:
        found = opened(errors="record", request_bytes="1MiB").B1.load()
    assert failed == []
    np.testing.assert_array_equal(found, filled(truth, "f4"))


def test_dask_does_not_take_one_for_the_other(serve: Serve) -> None:
    """A cluster keeps results by their keys: what has holes must not answer for what has none."""
    assets, _ = stack(IMAGES)
    serve(assets=assets)
    tokens = {dask.base.tokenize(opened(chunks={}, errors=errors).B1.data) for errors in ("raise", "record")}
    assert len(tokens) == 2


def test_what_would_keep_the_holes_is_refused(serve: Serve, tmp_path: Path) -> None:
    assets, _ = stack(IMAGES)
    serve(assets=assets)
    for chunks in (None, {"time": 1}):
        ds = opened(errors="record", chunks=chunks)
        for write, name in ((xee_lite.to_zarr, "a.zarr"), (xee_lite.to_netcdf, "a.nc"), (xee_lite.to_geotiff, "a.tif")):
            with pytest.raises(xee_lite.InputError, match=r"opened with errors='record'.*pass errors='record' to the"):
                write(ds if name != "a.tif" else ds.isel(time=0), tmp_path / name)
        with pytest.raises(xee_lite.InputError, match="leave out cache="):
            ml.PatchReader(ds, ml.grid_patches(ds, 4), cache=tmp_path / "cache")
    assert list(tmp_path.iterdir()) == []


def test_bad_values_are_refused(serve: Serve) -> None:
    assets, _ = stack(IMAGES)
    serve(assets=assets)
    with pytest.raises(xee_lite.InputError, match="errors='ignore': pass 'raise', or 'record'"):
        opened(ID, errors="ignore")
