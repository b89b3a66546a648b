"""Grids coarser than an image that the service keeps as a pyramid: pixels of its levels, against NumPy."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xarray as xr
from affine import Affine

from tests.client.scenes import ID, TRANSFORM
from xee_lite import Grid
from xee_lite.emulator import memory_collection, memory_image

if TYPE_CHECKING:
    import numpy.typing as npt

    from tests.client.scenes import Serve

SIZE = (1100, 600)


def halved(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Means of 2 x 2, without those that are masked; NaN where all are."""
    blocks = np.stack([array[::2, ::2], array[::2, 1::2], array[1::2, ::2], array[1::2, 1::2]])
    valid = np.isfinite(blocks)
    count = valid.sum(axis=0)
    return np.where(count > 0, np.where(valid, blocks, 0).sum(axis=0) / np.maximum(count, 1), np.nan)


@cache
def scene() -> tuple[dict[str, Any], npt.NDArray[Any], npt.NDArray[Any]]:
    """A collection, and what its two bands hold: numbers, NaN where they are masked, and classes."""
    rng = np.random.default_rng(4)
    values = rng.normal(size=SIZE)
    missing = rng.random(SIZE) < 0.5
    classes = rng.integers(0, 9, SIZE).astype("u1")
    bands = {"warm": np.ma.MaskedArray(values, missing), "kind": classes}
    image = memory_image(bands, crs="EPSG:32631", transform=TRANSFORM, pyramiding={"warm": "MEAN", "kind": "SAMPLE"})
    return {ID: memory_collection([image])}, np.where(missing, np.nan, values), classes


@pytest.mark.parametrize(("ratio", "level"), [(1, 0), (1.5, 0), (2, 1), (2.7, 1), (3.5, 1)])
def test_a_coarser_grid_reads_the_level_that_is_no_coarser(serve: Serve, ratio: float, level: int) -> None:
    assets, warm, classes = scene()
    serve(assets=assets)
    shape = (int(SIZE[0] / ratio), int(SIZE[1] / ratio))
    grid = Grid("EPSG:32631", Affine(*TRANSFORM) @ Affine.scale(ratio), shape)
    found = xr.open_dataset(ID, engine="xee_lite", grid=grid)
    step = 2**level
    warm = halved(warm) if level else warm
    rows, cols = (np.floor((np.arange(size) + 0.5) * ratio / step + 1e-6).astype(int) for size in shape)
    np.testing.assert_allclose(found["warm"].values.squeeze(), warm[np.ix_(rows, cols)], rtol=1e-12)
    np.testing.assert_array_equal(found["kind"].values.squeeze(), classes[::step, ::step][np.ix_(rows, cols)])
