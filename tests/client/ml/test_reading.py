"""Batches against NumPy's slices of what was served, with and without a cache, Dask, labels and time."""

from __future__ import annotations

import pickle
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import dask
import ee
import numpy as np
import pytest
import rasterio

from tests.client.ml.pieces import GRID, in_memory, truth
from tests.client.scenes import ID, SHAPE, Serve, filled, image, opened, pixels, stack
from xee_lite import Grid, InputError, RequestError, ml

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

IMAGE = f"{ID}/two"


def two_bands() -> tuple[dict[str, Any], np.ndarray[Any, Any]]:
    """An image of two bands, and its pixels (band, y, x) in float32."""
    bands = {"B1": pixels("u2", 1), "B2": pixels("f4", 2)}
    return {IMAGE: image(bands)}, np.stack([filled(array, "f4") for array in bands.values()])


def cut(values: np.ndarray[Any, Any], patches: ml.Patches) -> np.ndarray[Any, Any]:
    windows = map(patches.window, range(len(patches)))
    return np.stack([values[..., w.row : w.row + w.height, w.col : w.col + w.width] for w in windows])


@pytest.mark.parametrize("chunks", [None, {}])
@pytest.mark.parametrize("cached", [False, True])
def test_patches_are_what_was_served(serve: Serve, tmp_path: Path, chunks: object, cached: bool) -> None:
    assets, values = two_bands()
    earth = serve(assets=assets)
    ds = opened(IMAGE, chunks=chunks)
    patches = ml.random_patches(ds, 40, (7, 5), seed=1)
    reader = ml.PatchReader(ds, patches, missing="keep", cache=tmp_path if cached else None)
    for epoch in range(2):
        earth.requests.clear()
        batches = list(reader.batches(9, shuffle=True, epoch=epoch))
        index = np.concatenate([batch["index"] for batch in batches])
        assert sorted(index.tolist()) == list(range(40))
        assert [len(batch["image"]) for batch in batches] == [9, 9, 9, 9, 4]
        np.testing.assert_array_equal(
            np.concatenate([batch["image"] for batch in batches]), cut(values, patches)[index]
        )
        assert bool(earth.requests) == (not cached or epoch == 0)


def test_images_of_a_collection_and_bands_of_a_dimension(serve: Serve) -> None:
    assets, values = stack(3)
    serve(assets=assets)
    patches = ml.grid_patches(opened(), 6)
    expected = cut(filled(values, "f4"), patches)
    plain = ml.PatchReader(opened(), patches, missing="keep").read(range(len(patches)))
    assert plain["image"].shape == (len(patches), 3, 1, 6, 6)
    np.testing.assert_array_equal(plain["image"][:, :, 0], expected)
    banded = ml.PatchReader(opened(band_dim="band"), patches, missing="keep")
    np.testing.assert_array_equal(banded.read(range(len(patches)))["image"], plain["image"])
    assert banded.images.bands == ("B1",)
    assert banded.sampled_statistics().bands == ("B1",)


def test_neighbours_share_requests(serve: Serve) -> None:
    assets, _ = stack(1)
    earth = serve(assets=assets)
    ds = opened().isel(time=0)
    reader = ml.PatchReader(ds, ml.grid_patches(ds, 4))
    earth.requests.clear()
    assert sum(len(batch["index"]) for batch in reader.batches(8, shuffle=True)) == 48
    assert len(earth.requests) <= 4


def test_labels_of_a_second_dataset(serve: Serve) -> None:
    assets, values = two_bands()
    classes = pixels("u1", 5)
    serve(assets={**assets, ID: image({"Map": classes})})
    ds = opened(IMAGE)
    patches = ml.grid_patches(ds, 8)
    reader = ml.PatchReader(ds, patches, labels=opened(ID, like=ds))
    batch = reader.read(range(len(patches)))
    assert batch["label"].dtype == np.int64
    np.testing.assert_array_equal(batch["label"], cut(np.ma.filled(classes.astype(np.int64), -100), patches))
    np.testing.assert_array_equal(batch["mask"], ~np.isnan(cut(values, patches)))


def test_labels_that_are_numbers_stay_numbers() -> None:
    dataset, labels = in_memory(), in_memory(1, times=1)
    patches = ml.grid_patches(dataset, 20)
    found = ml.PatchReader(dataset, patches, labels=labels).read(range(len(patches)))["label"]
    np.testing.assert_array_equal(found, truth(labels, patches)[:, 0, 0])


def test_a_computed_dataset(serve: Serve, tmp_path: Path) -> None:
    assets, values = two_bands()
    serve(assets=assets)
    ds = opened(IMAGE, chunks={})
    ratio = (ds["B1"] * 2 + ds["B2"]).to_dataset(name="sum").assign_coords(spatial_ref=ds["spatial_ref"])
    patches = ml.random_patches(ds, 9, 5)
    expected = cut((values[0] * 2 + values[1])[None], patches)
    for _ in range(2):
        found = ml.PatchReader(ratio, patches, missing="keep", cache=tmp_path).read(range(9))["image"]
        np.testing.assert_array_equal(found, expected)
    other = (ds["B1"] * 3 + ds["B2"]).to_dataset(name="sum").assign_coords(spatial_ref=ds["spatial_ref"])
    found = ml.PatchReader(other, patches, missing="keep", cache=tmp_path).read(range(9))["image"]
    np.testing.assert_array_equal(found, cut((values[0] * 3 + values[1])[None], patches))


def write_raster(path: Path, value: int) -> None:
    with rasterio.open(
        path, "w", driver="GTiff", width=16, height=8, count=1, dtype="uint16", crs=GRID.crs, transform=GRID.transform
    ) as raster:
        raster.write(np.full((8, 16), value, "uint16"), 1)
        raster.set_band_description(1, "b")


def test_an_image_that_was_replaced_is_read_again(serve: Serve, tmp_path: Path) -> None:
    """A cache is by version: pixels that an asset had before are not given, and are not read any more."""
    served, cache = tmp_path / "served", tmp_path / "cache"
    served.mkdir()
    write_raster(served / "old.tif", 7)
    write_raster(served / "new.tif", 9)
    serve(data=served)
    before = opened("projects/xee-lite/assets/old")
    patches = ml.grid_patches(before, 8)
    old = ml.PatchReader(before, patches, cache=cache)
    assert old.read([0])["image"].max() == 7
    ee.data.copyAsset("projects/xee-lite/assets/new", "projects/xee-lite/assets/old", allowOverwrite=True)
    assert old.read([0])["image"].min() == 7
    with pytest.raises(RequestError, match="another version"):
        list(old.batches(2))
    after = ml.PatchReader(opened("projects/xee-lite/assets/old"), patches, cache=cache)
    assert {int(value) for batch in after.batches(1) for value in batch["image"].ravel()} == {9}


def test_parts_of_a_dataset_have_entries_of_their_own(tmp_path: Path) -> None:
    dataset = in_memory()
    for part in (dataset, dataset.isel(y=slice(3, 40)), dataset[["b1"]], dataset.astype("f8"), dataset * 2):
        placed = part.assign_coords(spatial_ref=dataset["spatial_ref"])
        patches = ml.grid_patches(placed, 10)
        found = ml.PatchReader(placed, patches, cache=tmp_path).read(range(len(patches)))["image"]
        np.testing.assert_array_equal(found, truth(placed, patches))


def test_damaged_entries_are_fetched_again(serve: Serve, tmp_path: Path) -> None:
    assets, values = two_bands()
    earth = serve(assets=assets)
    ds = opened(IMAGE)
    patches = ml.grid_patches(ds, 8)
    reader = ml.PatchReader(ds, patches, missing="keep", cache=tmp_path)
    list(reader.batches(4))
    damaged = [path for path in sorted(tmp_path.rglob("*")) if path.is_file()][::3]
    for path in damaged:
        path.write_bytes(path.read_bytes()[:-3])
    earth.requests.clear()
    found = np.concatenate([batch["image"] for batch in reader.batches(4)])
    np.testing.assert_array_equal(found, cut(values, patches))
    assert earth.requests
    earth.requests.clear()
    list(reader.batches(4))
    assert not earth.requests


def test_whoever_stops_leaves_no_thread() -> None:
    reader = ml.PatchReader(in_memory(), ml.random_patches(GRID, 3000, 4))
    batches = reader.batches(2, shuffle=True)
    next(batches)
    batches.close()  # type: ignore[attr-defined] # it is a generator
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("xee_lite_patches")]


def _order(reader: ml.PatchReader) -> list[list[int]]:
    return [batch["index"].tolist() for batch in reader.batches(5, shuffle=True, seed=3, epoch=2)]


def test_other_processes_read_the_same_in_the_same_order(tmp_path: Path) -> None:
    dataset = in_memory()
    reader = ml.PatchReader(dataset, ml.random_patches(dataset, 30, 8, seed=2), cache=tmp_path)
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        assert pool.submit(_order, reader).result() == _order(reader)
        assert pool.submit(_content, reader).result() == reader.images.content
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 30


def _content(reader: ml.PatchReader) -> bytes:
    return reader.images.content


def test_it_pickles_without_reading(serve: Serve) -> None:
    assets, values = two_bands()
    earth = serve(assets=assets)
    ds = opened(IMAGE)
    earth.requests.clear()
    reader = ml.PatchReader(ds, ml.grid_patches(ds, 8), missing="keep")
    back = pickle.loads(pickle.dumps(reader))
    assert not earth.requests
    np.testing.assert_array_equal(back.read([1])["image"][0], values[:, :8, 8:16])


def test_the_last_batch() -> None:
    reader = ml.PatchReader(in_memory(), ml.random_patches(GRID, 10, 4))
    assert [len(batch["index"]) for batch in reader.batches(4, drop_last=True)] == [4, 4]
    assert list(ml.PatchReader(in_memory(), reader.patches.take([])).batches(4)) == []


@pytest.mark.parametrize("scheduler", ["threads", "synchronous"])
def test_an_epoch_within_a_users_scheduler(scheduler: str) -> None:
    dataset = in_memory().chunk(y=7)
    patches = ml.random_patches(dataset, 12, 6)
    with dask.config.set(scheduler=scheduler):
        found = np.concatenate([batch["image"] for batch in ml.PatchReader(dataset, patches).batches(5)])
    np.testing.assert_array_equal(found, truth(dataset.compute(), patches))


def test_datasets_that_do_not_fit() -> None:
    dataset = in_memory()
    patches = ml.grid_patches(dataset, 8)
    shifted = in_memory(grid=Grid("EPSG:32631", (30, 0, 0, 0, -30, 0), SHAPE))
    with pytest.raises(InputError, match="labels= lies on another grid"):
        ml.PatchReader(dataset, patches, labels=shifted)
    with pytest.raises(InputError, match="data= lies on another grid"):
        ml.PatchReader(shifted, patches)
    with pytest.raises(InputError, match="all have the same dimensions"):
        ml.PatchReader(dataset.assign(t=in_memory(1, times=2)["b0"]), patches)
    for data in (dataset[[]], 3, None, "id"):
        with pytest.raises(InputError, match="pass a dataset"):
            ml.PatchReader(data, patches)  # type: ignore[arg-type]
    reader = ml.PatchReader(dataset["b0"], patches)
    for arguments in (
        {"batch_size": 0},
        {"batch_size": "8"},
        {"batch_size": 2, "epoch": -1},
        {"batch_size": 2, "seed": 0.5},
    ):
        with pytest.raises(InputError, match="whole number"):
            reader.batches(**arguments)


def test_memory_is_cut_out_of_other_datasets() -> None:
    """Xbatcher and others index the same dataset; what they read is what a reader reads."""
    dataset = in_memory()
    batcher = pytest.importorskip("xbatcher").BatchGenerator(dataset, {"y": 20, "x": 20})
    expected = ml.PatchReader(dataset, ml.grid_patches(dataset, 20)).read(range(12))["image"]
    found = np.stack([np.stack([part[name].values for name in dataset]) for part in batcher])
    np.testing.assert_array_equal(found, expected)


def test_dims_of_a_data_array() -> None:
    array: xr.DataArray = in_memory(3).to_array("channel")
    patches = ml.grid_patches(array, 30)
    reader = ml.PatchReader(array, patches)
    assert reader.images.bands == ("b0", "b1", "b2")
    np.testing.assert_array_equal(reader.read([1])["image"], truth(in_memory(3), patches)[[1]])
