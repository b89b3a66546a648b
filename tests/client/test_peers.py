"""What users of other engines suffered, one test each: this engine passes them all.

The defects of wrong strides, sheared windows, snapping, densified edges and coverage of a region have their tests where
indexing and grids are tested.
"""

from __future__ import annotations

import gc
import threading
import weakref
from typing import TYPE_CHECKING, Any

import ee
import numpy as np
import pytest
import xarray as xr

from tests.client.scenes import DAY, ID, START, TRANSFORM, filled, image, opened, pixels, stack
from xee_lite import PermanentError, explain, set_options
from xee_lite.emulator import memory_collection, memory_image

if TYPE_CHECKING:
    from pathlib import Path

    from tests.client.scenes import Serve


def lazy_band(array: xr.DataArray) -> Any:
    """What is at the bottom of xarray's wrappers."""
    layer: Any = array.variable._data
    while hasattr(layer, "array"):
        layer = layer.array
    return layer


@pytest.mark.parametrize("chunks", [None, {}])
@pytest.mark.parametrize("step", [2, -1, -3])
def test_a_stride_reads_what_it_says(serve: Serve, chunks: Any, step: int) -> None:
    assets, truth = stack(6)
    serve(assets=assets)
    every = opened(chunks=chunks)["B1"].isel(time=slice(None, None, step), y=slice(1, None, 4), x=slice(None, 3, -2))
    expected = filled(truth, "f4")[::step, 1::4, :3:-2]
    assert every.shape == expected.shape
    np.testing.assert_array_equal(every.values, expected)
    np.testing.assert_allclose(every.mean().values, np.nanmean(expected), rtol=1e-5)


def test_the_pixel_size_is_no_scale_factor(serve: Serve, tmp_path: Path) -> None:
    """At 30 m a value of 1000 lay on disk as 33.333332."""
    pytest.importorskip("h5netcdf")
    serve(assets={ID: image({"b": np.full((4, 5), 1000, "u2")})})
    dataset = opened()
    assert {"scale_factor", "add_offset"}.isdisjoint({**dataset["b"].encoding, **dataset["b"].attrs})
    dataset.to_netcdf(tmp_path / "a.nc")
    with xr.open_dataset(tmp_path / "a.nc", mask_and_scale=False) as raw:
        assert set(np.unique(raw["b"].values)) == {1000}


@pytest.mark.parametrize(
    ("dtype", "values"),
    [
        ("u4", [16777217, 4294967295, 0]),
        ("i4", [2147483587, 2147483637, -2147483648]),
        ("f8", [0.1, 1e300, 2147483647]),
        ("f4", [2.14748365e9, -3.4028235e38, 1e-45]),
    ],
)
def test_hard_values_survive(serve: Serve, dtype: str, values: list[float]) -> None:
    """Through float32 16777217 became 16777216, 1e300 infinite, and values near the sentinel missing."""
    array = np.array([values], dtype)
    serve(assets={ID: memory_image({"b": array}, crs="EPSG:32631", transform=TRANSFORM)})
    np.testing.assert_array_equal(opened()["b"].values, array)


def test_bit_masks_stay_integers(serve: Serve) -> None:
    array = pixels("u2")
    serve(assets={ID: image({"QA": array})})
    quality = opened(mask_and_scale=False, nodata=0)["QA"]
    assert quality.dtype == "u2"
    np.testing.assert_array_equal((quality & 0b1000).values, np.ma.filled(array, 0) & 0b1000)


def test_bands_of_different_types_are_not_reinterpreted(serve: Serve) -> None:
    """An (int32, float32) pair came back as [5, 1069547520] for [5, 1.5]."""
    serve(assets={ID: image({"i": np.full((2, 2), 5, "i4"), "f": np.full((2, 2), 1.5, "f4")})})
    dataset = opened()
    assert (dataset["i"].values == 5).all()
    assert (dataset["f"].values == 1.5).all()


def test_one_image_of_a_month_does_not_read_the_span(serve: Serve) -> None:
    assets, truth = stack(6)
    earth = serve(assets=assets)
    array = opened()["B1"]
    earth.requests.clear()
    np.testing.assert_array_equal(array.isel(time=[0, 5]).values, filled(truth[[0, 5]], "f4"))
    (request,) = earth.requests
    assert f"{ID}/i0" in str(request.body)
    assert not any(f"{ID}/i{number}" in str(request.body) for number in range(1, 5))


def test_images_without_a_time_do_not_crash_the_open(serve: Serve) -> None:
    images = [image({"b": pixels("u1", at)}, f"i{at}", START if at == 1 else None) for at in range(4)]
    serve(assets={ID: memory_collection(images)})
    assert np.isnat(opened()["time"].values).sum() == 3


def test_an_empty_time_property_everywhere_still_opens(serve: Serve) -> None:
    serve(assets={ID: memory_collection([image({"b": pixels("u1")}, "i0", None)])})
    assert opened().sizes["time"] == 1


def test_wkt_is_sent_as_wkt(serve: Serve) -> None:
    earth = serve(assets={ID: image({"b": np.full((50, 50), 7, "u1")})})
    wkt = "+proj=laea +lat_0=41.5 +lon_0=1.8 +ellps=WGS84"
    array = opened(crs=wkt, scale=100)["b"]
    earth.requests.clear()
    assert np.nanmax(array.values) == 7
    assert earth.requests[0].body["grid"]["crsWkt"].startswith("PROJCRS[")
    assert "crsCode" not in earth.requests[0].body["grid"]


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_chunks_use_the_budget(serve: Serve, dtype: str) -> None:
    """One image of 10980 x 10980 was asked for in 484 requests; its bytes need a few."""
    serve()
    whole = ee.Image.constant(1).cast({"constant": {"u1": "uint8", "u2": "uint16", "f4": "float"}[dtype]})
    grid = {"crs": "EPSG:32631", "transform": (10, 0, 399960, 0, -10, 4600020), "shape": (10980, 10980)}
    exact = {"nodata": 0, "mask_and_scale": False, "chunks": {}}
    plan = explain(opened(whole, request_bytes="32MiB", **exact, **grid))
    needed = -(-(10980**2 * (np.dtype(dtype).itemsize + 1)) // 2**25)
    assert plan.count <= np.ceil(1.05 * needed)
    assert plan.largest <= 2**25
    spread = explain(opened(whole, **exact, **grid))
    assert 36 <= spread.count <= 40, "by default, about as many as may run at once, and none that waits for them"


def test_a_permanent_error_is_tried_once(serve: Serve) -> None:
    """An asset that is not there was asked for seven times, with 44 s of sleep."""
    earth = serve(assets={ID: memory_collection([image({"b": pixels("u1")}, "i0")])})
    array = opened(ee.ImageCollection(ID).map(lambda one: one.addBands(one.select("b").rename("c"))), bands="c")["c"]
    lazy_band(array).reader.reader.view.stack.items.ids[0] = "vanished"
    earth.requests.clear()
    with pytest.raises(PermanentError, match=r"vanished.*not found"):
        array.load()
    assert len(earth.requests) == 1


def test_a_chunk_read_by_dask_opens_no_pool_of_its_own(serve: Serve) -> None:
    """A compute has one set of threads that read ahead, as many as the service takes requests, whatever Dask runs."""
    assets, _ = stack(3)
    serve(assets=assets)
    seen: list[set[str]] = []
    dataset = opened(chunks={"time": 1})

    def look(block: Any) -> Any:
        seen.append({thread.name for thread in threading.enumerate() if thread.name.startswith("xee_lite")})
        return block

    with set_options(max_concurrent_requests=7):
        dataset["B1"].data.map_blocks(look, dtype="f4").compute(scheduler="threads", num_workers=3)
    assert len(set.union(*seen)) <= 7
    with set_options(read_ahead_bytes=0):
        dataset["B1"].data.map_blocks(look, dtype="f4").compute(scheduler="threads", num_workers=3)
    assert not set.union(*seen[-3:])


def test_a_clipped_image_opens_at_its_origin(serve: Serve) -> None:
    array = pixels("u2")
    serve(assets={ID: image({"b": array})})
    whole = opened()["b"]
    middle = ee.Geometry.Rectangle(
        [400125, 4599615, 400485, 4599855], ee.Projection("EPSG:32631"), geodesic=False, evenOdd=False
    )
    part = opened(ee.Image(ID).clip(middle))["b"]
    assert part.shape == (8, 12)
    xr.testing.assert_equal(part, whole.sel(x=slice(400125, 400485), y=slice(4599855, 4599615)))


def test_the_finest_selected_band_gives_the_grid(serve: Serve) -> None:
    fine = memory_image({"fine": pixels("u1", shape=(20, 20))}, crs="EPSG:32631", transform=(10, 0, 0, 0, -10, 0))
    coarse = memory_image({"coarse": pixels("u1", shape=(10, 10))}, crs="EPSG:32631", transform=(20, 0, 0, 0, -20, 0))
    serve(assets={ID: fine, f"{ID}2": coarse})
    both = ee.Image(f"{ID}2").addBands(ee.Image(ID))
    assert opened(both).sizes == {"y": 20, "x": 20}
    assert opened(both, bands="coarse").sizes == {"y": 10, "x": 10}
    np.testing.assert_array_equal(
        opened(both)["coarse"].values[::2, ::2], opened(both, bands="coarse")["coarse"].values
    )


def test_datasets_are_let_go(serve: Serve) -> None:
    """Caches on methods kept stores alive, with all their ids and times."""
    assets, _ = stack(2)
    serve(assets=assets)
    dataset = opened()
    band = weakref.ref(lazy_band(dataset["B1"]))
    del dataset
    gc.collect()
    assert band() is None


def test_the_users_settings_are_left_alone(serve: Serve) -> None:
    assets, _ = stack(1)
    serve(assets=dict(assets))
    ee.data.setUserAgent("my-app/1")
    ee.data.setMaxRetries(3)
    before = ee.data._get_state().requests_session
    opened().load()
    assert ee.data.getUserAgent() == "my-app/1"
    assert ee.data._get_state().max_retries == 3
    assert ee.data._get_state().requests_session is before


def test_repeated_dates_are_kept_and_each_has_its_pixels(serve: Serve) -> None:
    arrays = [pixels("u1", at) for at in range(3)]
    images = [image({"b": array}, f"i{at}", START + (at // 2) * DAY) for at, array in enumerate(arrays)]
    serve(assets={ID: memory_collection(images)})
    np.testing.assert_array_equal(opened(chunks={"time": 1})["b"].values, filled(np.ma.stack(arrays), "f4"))


def test_attributes_tell_the_place_that_was_opened(serve: Serve) -> None:
    """The peer's attributes showed the source's transform beside the output's CRS."""
    pytest.importorskip("rioxarray")
    serve(assets={ID: image({"b": pixels("u1")})})
    dataset = opened(crs="EPSG:4326", scale=100)
    assert dataset.rio.crs.to_epsg() == 4326
    assert dataset["x"].attrs["standard_name"] == "longitude"
    assert dataset["b"].attrs["grid_mapping"] == "spatial_ref"
    assert {"crs", "crs_transform", "dimensions"}.isdisjoint(dataset["b"].attrs)
