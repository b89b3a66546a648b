"""Statistics against NumPy's over the same pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import box

from tests.client.ml.pieces import in_memory, truth
from tests.client.scenes import DAY, ID, SHAPE, START, image, opened
from xee_lite import InputError, ml
from xee_lite.emulator import memory_collection

if TYPE_CHECKING:
    from tests.client.scenes import Serve


def test_of_all_patches_they_are_those_of_the_pixels() -> None:
    dataset = in_memory(3)
    dataset["b1"][:, 5:9] = np.nan
    patches = ml.grid_patches(dataset, 10)
    found = ml.PatchReader(dataset, patches).sampled_statistics(10**6)
    pixels = np.stack([array.values for array in dataset.data_vars.values()]).reshape(3, -1).astype(np.float64)
    np.testing.assert_allclose(found.mean, np.nanmean(pixels, axis=1), rtol=1e-12)
    np.testing.assert_allclose(found.std, np.nanstd(pixels, axis=1), rtol=1e-9)
    assert found.bands == ("b0", "b1", "b2")


def test_a_sample_is_of_its_patches() -> None:
    dataset = in_memory(2, times=3)
    patches = ml.random_patches(dataset, 50, 6)
    reader = ml.PatchReader(dataset, patches)
    found, again = (reader.sampled_statistics(9, seed=4) for _ in range(2))
    numbers = np.sort(np.random.default_rng(4).choice(50, 9, replace=False))
    pixels = truth(dataset, patches.take(numbers)).astype(np.float64)
    np.testing.assert_allclose(found.mean, pixels.mean(axis=(0, 1, 3, 4)))
    np.testing.assert_array_equal(found.mean, again.mean)


def test_images_are_normalised_before_missing_pixels_are_filled() -> None:
    dataset = in_memory()
    dataset["b0"][3, 4] = np.nan
    patches = ml.grid_patches(dataset, 20)
    statistics = ml.PatchReader(dataset, patches).sampled_statistics()
    batch = ml.PatchReader(dataset, patches, statistics=statistics).read(np.arange(len(patches)))
    assert batch["image"].dtype == np.float32
    assert batch["image"][0, 0, 3, 4] == 0
    expected = (truth(dataset, patches) - statistics.mean[:, None, None]) / statistics.std[:, None, None]
    np.testing.assert_allclose(batch["image"], np.nan_to_num(expected), atol=1e-5)


@pytest.mark.parametrize("band_dim", [None, "band"])
def test_those_of_a_region_are_of_all_its_valid_pixels(serve: Serve, band_dim: str | None) -> None:
    """Of images that have unlike many of them too; no pixel is asked for."""
    rng = np.random.default_rng(3)
    stacks = np.ma.array(rng.normal(5, 2, (2, 4, *SHAPE)).astype("f4"), mask=rng.random((2, 4, *SHAPE)) < 0.3)
    stacks[1, 2:, :9] = np.ma.masked
    stacks[:, 3] = np.ma.masked
    pairs = enumerate(stacks.swapaxes(0, 1))
    images = [image({"a": a, "b": b}, f"i{number}", START + number * DAY) for number, (a, b) in pairs]
    earth = serve(assets={ID: memory_collection(images)})
    ds = opened(band_dim=band_dim, chunks={})
    earth.requests.clear()
    found = ml.Statistics.of_region(ds)
    assert not earth.requests.counts()["computePixels"]
    assert found.bands == ("a", "b")
    values = [band.compressed().astype("f8") for band in stacks]
    np.testing.assert_allclose(found.mean, [band.mean() for band in values], rtol=1e-9)
    np.testing.assert_allclose(found.std, [band.std() for band in values], rtol=1e-9)
    left, top = ds.x.values[10] - 15, ds.y.values[4] + 15
    part = ml.Statistics.of_region(ds, gpd.GeoSeries([box(left, top - 300, left + 300, top)], crs="EPSG:32631"))
    inner = [band[:, 4:14, 10:20].compressed().astype("f8") for band in stacks]
    np.testing.assert_allclose(part.mean, [band.mean() for band in inner], rtol=1e-9)
    with pytest.raises(InputError, match="region has no valid pixel of a, b: pass another region"):
        ml.Statistics.of_region(ds.isel(time=slice(3, 4)))


def test_a_constant_band_is_only_moved() -> None:
    found = ml.Statistics(("b",), np.array([3.0]), np.array([0.0]))
    assert found.normalised(np.full((1, 2, 2), 4, dtype="u2")).tolist() == [[[1, 1], [1, 1]]]


def test_statistics_that_can_not_be() -> None:
    dataset = in_memory()
    patches = ml.grid_patches(dataset, 20)
    with pytest.raises(InputError, match="mean="):
        ml.Statistics(("b",), np.array([np.nan]), np.array([1.0]))
    with pytest.raises(InputError, match=r"are of \('b',\)"):
        ml.PatchReader(dataset, patches, statistics=ml.Statistics(("b",), np.zeros(1), np.ones(1)))
    with pytest.raises(InputError, match="no valid pixel of b0"):
        ml.PatchReader(dataset.assign(b0=dataset["b0"] * np.nan), patches).sampled_statistics()
