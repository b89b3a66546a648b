"""Declared ranges, odd ones too: every value of the range and every mask come back, from the service and from disk."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from tests.client.scenes import DAY, ID, SHAPE, START, image
from xee_lite import InputError
from xee_lite.decoding.planes import BandFields, unpack
from xee_lite.emulator import memory_collection
from xee_lite.emulator.types import PixelType
from xee_lite.planning.nodata import codec
from xee_lite.stack import Band

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from tests.client.scenes import Serve

INTEGERS = ("u1", "i1", "u2", "i2", "u4", "i4")
RANGES = {
    "percent": ("u1", 0, 100),
    "class": ("u1", 1, 255),
    "byte": ("u1", 0, 255),
    "sign": ("i1", -1, 1),
    "hundred": ("i1", -100, 100),
    "upper": ("i1", -100, 127),
    "lower": ("i1", -128, 100),
    "signed": ("i1", -128, 127),
    "reflectance": ("u2", 0, 10000),
    "word": ("u2", 0, 65535),
    "mixed": ("i2", -2000, 16000),
    "askew": ("i2", -1, 255),
    "short": ("i2", -32768, 32767),
    "days": ("u4", 0, 100_000),
    "long": ("u4", 0, 2**32 - 1),
    "metres": ("i4", -1, 65_535),
    "int": ("i4", -(2**31), 2**31 - 1),
}
"""dtype on the wire, least and greatest value."""


def truth(name: str) -> np.ma.MaskedArray[Any, Any]:
    """Both ends of the range, zero, and whatever lies between; a third is masked."""
    dtype, low, high = RANGES[name]
    rng = np.random.default_rng(0)
    ends = rng.choice(np.array([low, high, max(low, 0)], dtype), SHAPE)
    values = np.where(rng.random(SHAPE) < 0.5, rng.integers(low, high, SHAPE, endpoint=True).astype(dtype), ends)
    return np.ma.array(values, mask=rng.random(SHAPE) < 0.3)


def declaring(stored: Any, ranges: dict[str, tuple[float, float]]) -> Any:
    """The same image with other declared ranges."""
    bands = tuple(replace(band, type=PixelType("int", *ranges[band.name])) for band in stored.bands)
    return replace(stored, bands=bands)


@cache
def scenes() -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    arrays: dict[str, npt.NDArray[Any]] = {name: truth(name) for name in RANGES}
    limits = {name: (float(low), float(high)) for name, (_, low, high) in RANGES.items()}
    return {ID: memory_collection([declaring(image(arrays, "a"), limits)])}, arrays


@pytest.mark.parametrize("mask_and_scale", [True, False])
@pytest.mark.parametrize("kind", ["netcdf", "zarr"])
def test_every_range_from_the_service_and_from_disk(
    serve: Serve, tmp_path: Path, kind: str, mask_and_scale: bool
) -> None:
    pytest.importorskip("h5netcdf" if kind == "netcdf" else "zarr")
    assets, arrays = scenes()
    serve(assets=assets)
    dataset = xr.open_dataset(ID, engine="xee_lite", mask_and_scale=mask_and_scale).load()
    for name, array in arrays.items():
        got = dataset[name]
        if mask_and_scale:
            expected = np.ma.filled(array.astype("f8"), np.nan)
        else:
            missing = int(got.attrs["_FillValue"])
            _, low, high = RANGES[name]
            assert not low <= missing <= high, name
            expected = np.ma.filled(array.astype("i8"), missing)
        np.testing.assert_array_equal(got.values[0], expected, err_msg=name)
    if kind == "netcdf":
        dataset.to_netcdf(tmp_path / "a", engine="h5netcdf")
        back = xr.open_dataset(tmp_path / "a", engine="h5netcdf", mask_and_scale=mask_and_scale)
    else:
        dataset.to_zarr(tmp_path / "a", consolidated=False)
        back = xr.open_zarr(tmp_path / "a", consolidated=False, mask_and_scale=mask_and_scale)
    with back:
        for name in RANGES:
            assert back[name].dtype == dataset[name].dtype, name
            np.testing.assert_array_equal(back[name].values, dataset[name].values, err_msg=name)
            assert back[name].attrs.keys() == dataset[name].attrs.keys()


@st.composite
def declared(draw: st.DrawFn) -> tuple[Band, npt.NDArray[Any], npt.NDArray[np.bool_]]:
    """A band that declares a range of its type, pixels of that range, and which of them are valid."""
    dtype: np.dtype[Any] = np.dtype(draw(st.sampled_from(INTEGERS)))
    info = np.iinfo(dtype)
    bound = st.integers(int(info.min), int(info.max)) | st.sampled_from([int(info.min), int(info.max), 0])
    low, high = sorted((draw(bound), draw(bound)))
    shape = draw(npst.array_shapes(min_dims=2, max_dims=2, max_side=5))
    values = draw(npst.arrays(dtype, shape, elements=st.integers(low, high) | st.sampled_from([low, high])))
    return Band("b", dtype, (low, high)), values, draw(npst.arrays(np.bool_, shape))


@given(declared(), st.booleans())
def test_any_range_and_any_mask_through_memory_and_disk(
    case: tuple[Band, npt.NDArray[Any], npt.NDArray[np.bool_]], mask_and_scale: bool
) -> None:
    band, values, valid = case
    found = codec(band, "exact", mask_and_scale=mask_and_scale)
    sent = np.zeros(values.shape, [("v", band.dtype), ("m", "u1")])
    sent["v"], sent["m"] = np.where(valid, values, 0), valid
    got = np.empty((1, *values.shape), found.memory)
    unpack(sent, [BandFields("v", "m", found.fill)], got)
    missing = np.isnan(got[0]) if mask_and_scale else got[0] == found.attrs["_FillValue"]
    np.testing.assert_array_equal(missing, ~valid)
    np.testing.assert_array_equal(got[0][valid].astype("i8"), values[valid].astype("i8"))

    variable = xr.Variable(("y", "x"), got[0], dict(found.attrs), dict(found.encoding))
    on_disk = xr.conventions.encode_cf_variable(variable, name="b")
    if np.dtype(found.encoding.get("dtype", found.memory)).kind != "f":
        assert on_disk.dtype.kind in "iu"
        np.testing.assert_array_equal(on_disk.values == on_disk.attrs["_FillValue"], ~valid)
    back = xr.conventions.decode_cf_variable("b", on_disk, mask_and_scale=mask_and_scale)
    assert back.dtype == found.memory
    np.testing.assert_array_equal(back.values, got[0])


@given(declared())
def test_what_is_set_aside_is_never_declared(case: tuple[Band, Any, Any]) -> None:
    band, _, _ = case
    for mask_and_scale in (True, False):
        reserved = codec(band, "exact", mask_and_scale=mask_and_scale).reserved
        low, high = band.range or (0, 0)
        assert reserved is None or not low <= reserved <= high
    assert codec(band, int(low), mask_and_scale=False).reserved is None, "the user's word, not ours"


def differing_ranges() -> Any:
    plain, beyond = np.full(SHAPE, 7, "u2"), np.full(SHAPE, 7, "u2")
    beyond[3, 4] = 65535
    narrow, wide = {"b": (0.0, 10000.0)}, {"b": (0.0, 65535.0)}
    hidden: Any = np.ma.array(beyond, mask=beyond == 65535)
    return memory_collection([
        declaring(image({"b": plain}, "i0"), narrow),
        declaring(image({"b": hidden}, "i1", START + DAY), wide),
        declaring(image({"b": beyond}, "i2", START + 2 * DAY), wide),
    ])  # fmt: skip


@pytest.mark.parametrize("mask_and_scale", [True, False])
def test_the_ranges_of_all_images_are_known(serve: Serve, mask_and_scale: bool) -> None:
    serve(assets={ID: differing_ranges()})
    array = xr.open_dataset(ID, engine="xee_lite", mask_and_scale=mask_and_scale)["b"].load()
    assert (array == 7).sum() == 3 * array[0].size - 2
    assert array[2, 3, 4] == 65535
    missing = np.isnan(array[1, 3, 4]) if mask_and_scale else array[1, 3, 4] == array.attrs["_FillValue"]
    assert missing


@pytest.mark.parametrize("mask_and_scale", [True, False])
def test_a_valid_pixel_beyond_the_declared_range_is_never_lost(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, mask_and_scale: bool
) -> None:
    """Only so many kinds of images are asked for."""
    monkeypatch.setattr("xee_lite.earthengine.kinds.MAX_KINDS", 1)
    serve(assets={ID: differing_ranges()})
    array = xr.open_dataset(ID, engine="xee_lite", mask_and_scale=mask_and_scale)["b"]
    assert (array[:2].values == 7).sum() == 2 * array[0].size - 1
    with pytest.raises(InputError, match=r"'b' of image 'i2' has valid pixels of 65535, beyond the range \(0, 10000\)"):
        array.load()
