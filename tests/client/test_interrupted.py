"""What was never written reads as missing: an export that was interrupted has no valid pixel more than it wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from zarr.storage import MemoryStore

from tests.client.scenes import DAY, DTYPES, ID, START, image, pixels
from xee_lite.emulator import memory_collection
from xee_lite.planning.nodata import codec, shared_codecs
from xee_lite.stack import Band

if TYPE_CHECKING:
    from pathlib import Path

    from tests.client.scenes import Serve
    from xee_lite.planning.nodata import Codec

ZARR_FORMATS: tuple[Literal[2, 3], ...] = (2, 3)


@st.composite
def bands(draw: st.DrawFn, name: str = "b") -> Band:
    dtype: np.dtype[Any] = np.dtype(draw(st.sampled_from(DTYPES)))
    if dtype.kind == "f":
        return Band(name, dtype)
    info = np.iinfo(dtype)
    low = draw(st.sampled_from([int(info.min), 0]) | st.integers(int(info.min), int(info.max)))
    high = draw(st.just(int(info.max)) | st.integers(low, int(info.max)))
    return Band(name, dtype, (low, high))


def assert_gaps_are_missing(found: Codec, mask_and_scale: bool, zarr_format: Literal[2, 3]) -> None:
    """A store of which nothing was written but what it says about itself."""
    chunked = xr.Variable(("y", "x"), np.zeros((2, 2), found.memory), dict(found.attrs), dict(found.encoding)).chunk(1)
    store = MemoryStore()
    xr.Dataset({"b": chunked}).to_zarr(store, zarr_format=zarr_format, consolidated=False, compute=False)
    back = xr.open_zarr(store, consolidated=False, chunks=None, mask_and_scale=mask_and_scale)["b"]
    assert back.dtype == found.memory
    np.testing.assert_array_equal(back.values, np.full((2, 2), found.fill))
    decoded = xr.open_zarr(store, consolidated=False, chunks=None)["b"]
    assert decoded.isnull().all()


@given(bands(), st.sampled_from(["exact", 0, 7]), st.booleans(), st.sampled_from(ZARR_FORMATS))
def test_no_gap_of_a_band_is_valid(band: Band, nodata: Any, mask_and_scale: bool, zarr_format: Literal[2, 3]) -> None:
    assert_gaps_are_missing(codec(band, nodata, mask_and_scale=mask_and_scale), mask_and_scale, zarr_format)


@given(bands("b"), bands("c"), st.sampled_from(["exact", 0, 7]), st.booleans(), st.sampled_from(ZARR_FORMATS))
def test_no_gap_of_two_bands_in_one_variable_is_valid(
    first: Band, second: Band, nodata: Any, mask_and_scale: bool, zarr_format: Literal[2, 3]
) -> None:
    for found in shared_codecs("band_data", [first, second], nodata, mask_and_scale).values():
        assert_gaps_are_missing(found, mask_and_scale, zarr_format)


@pytest.mark.parametrize("zarr_format", ZARR_FORMATS)
@pytest.mark.parametrize("mask_and_scale", [True, False])
def test_an_export_that_stops_in_its_middle_has_gaps(
    serve: Serve, tmp_path: Path, zarr_format: Literal[2, 3], mask_and_scale: bool
) -> None:
    """One of three images is written by its region, as jobs do that share the work."""
    images = [
        image({name: pixels(name, number) for name in DTYPES}, f"i{number}", START + number * DAY, orbit=number)
        for number in range(3)
    ]
    serve(assets={ID: memory_collection(images)})
    dataset = xr.open_dataset(
        ID, engine="xee_lite", chunks={"time": 1}, mask_and_scale=mask_and_scale, properties="orbit"
    )
    path = tmp_path / "a.zarr"
    dataset.to_zarr(path, zarr_format=zarr_format, consolidated=False, compute=False)
    written = dataset.isel(time=[1])
    for variable in written.data_vars.values():
        variable.attrs.pop("_FillValue", None)  # xarray takes the store's, and refuses another one beside it
    written.drop_vars("spatial_ref").to_zarr(path, region="auto", consolidated=False)
    back = xr.open_zarr(path, consolidated=False, mask_and_scale=mask_and_scale).load()
    for name in DTYPES:
        missing = dataset[name].attrs.get("_FillValue", np.nan)
        np.testing.assert_array_equal(back[name][1].values, dataset[name][1].values)
        assert np.isin(back[name][[0, 2]].values, [missing]).all() or np.isnan(back[name][[0, 2]].values).all()
    np.testing.assert_array_equal(back["time"].values, dataset["time"].values)
