"""Statistics against NumPy's over the same pixels."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from tests.client.ml.pieces import in_memory, truth
from xee_lite import InputError, ml


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


def test_those_of_the_service_are_pooled() -> None:
    """Of two regions of as many pixels they are those of all of these."""
    pixels = np.random.default_rng(0).normal(5, 2, (2, 1000))
    mean, std = (xr.Dataset({"b": ("feature", getattr(pixels, name)(axis=1))}) for name in ("mean", "std"))
    found = ml.Statistics.of_reduced(mean, std)
    np.testing.assert_allclose([found.mean[0], found.std[0]], [pixels.mean(), pixels.std()])


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
