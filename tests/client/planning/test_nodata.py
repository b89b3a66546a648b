from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xee_lite import InputError
from xee_lite.earthengine.limits import EARTH_ENGINE
from xee_lite.planning.nodata import codec, nodata_of
from xee_lite.stack import Band, Missing

INTEGERS = ("u1", "i1", "u2", "i2", "u4", "i4")


def whole(name: str) -> Band:
    info = np.iinfo(name)
    return Band("b", np.dtype(name), (info.min, info.max))


@given(st.sampled_from(INTEGERS), st.data())
def test_an_exact_fill_lies_outside_the_declared_range(name: str, data: st.DataObject) -> None:
    info = np.iinfo(name)
    low = data.draw(st.integers(info.min, info.max))
    high = data.draw(st.integers(low, info.max))
    band = Band("b", np.dtype(name), (low, high))
    found = codec(band, "exact", mask_and_scale=False)
    room = np.iinfo(found.memory)
    assert not low <= found.fill <= high
    assert room.min <= found.fill <= room.max
    assert room.min <= low
    assert high <= room.max


@pytest.mark.parametrize("name", INTEGERS)
def test_integers_stay_as_narrow_as_their_range_lets_them(name: str) -> None:
    assert codec(Band("b", np.dtype(name), (0, 10)), "exact", mask_and_scale=False).memory == name
    full = codec(whole(name), "exact", mask_and_scale=False)
    assert full.memory == f"i{2 * np.dtype(name).itemsize}"
    assert full.attrs["_FillValue"] == full.fill
    assert full.attrs["_FillValue"].dtype == full.memory


@pytest.mark.parametrize(("name", "memory"), [("u1", "f4"), ("i2", "f4"), ("u2", "f4"), ("u4", "f8"), ("i4", "f8")])
@pytest.mark.parametrize("nodata", ["exact", 7])
def test_masked_integers_become_the_float_that_holds_them(name: str, memory: str, nodata: Any) -> None:
    found = codec(whole(name), nodata, mask_and_scale=True)
    info = np.iinfo(name)
    assert found.memory == memory
    assert np.isnan(found.fill)
    assert found.memory.type(info.max) == info.max


@pytest.mark.parametrize(("name", "cost", "fields"), [("u1", 4, 2), ("u2", 5, 2), ("f4", 7, 2), ("f8", 11, 2)])
def test_an_exact_pixel_costs_its_value_and_its_mask(name: str, cost: int, fields: int) -> None:
    found = codec(Band("b", np.dtype(name)), "exact", mask_and_scale=True)
    assert (EARTH_ENGINE.pixel_cost(found.wire_dtypes), len(found.wire_dtypes)) == (cost, fields)
    told = codec(Band("b", np.dtype(name)), 0, mask_and_scale=True)
    assert (EARTH_ENGINE.pixel_cost(told.wire_dtypes), len(told.wire_dtypes)) == (np.dtype(name).itemsize + 1, 1)


def test_the_users_number_becomes_nan() -> None:
    found = codec(whole("u2"), 9, mask_and_scale=True)
    pixels = np.array([[9, 1], [2, 9]], dtype="f4")
    found.blank(pixels)
    np.testing.assert_array_equal(pixels, [[np.nan, 1], [2, np.nan]])


def test_a_number_that_float32_rounds_is_still_found() -> None:
    found = codec(Band("b", np.dtype("f4")), -9999.9, mask_and_scale=True)
    pixels = np.array([-9999.9, 1], dtype="f4")
    found.blank(pixels)
    assert np.isnan(pixels[0])


@pytest.mark.parametrize(
    ("name", "nodata", "message"),
    [
        ("u1", 256, "uint8.*0 to 255"),
        ("u1", -1, "uint8"),
        ("i2", 0.5, "int16"),
        ("u2", float("nan"), "uint16"),
    ],
)
def test_a_number_that_the_type_has_not(name: str, nodata: float, message: str) -> None:
    with pytest.raises(InputError, match=message):
        codec(whole(name), nodata, mask_and_scale=True)


def test_choices_by_band() -> None:
    band = whole("u1")
    assert nodata_of(band, {"b": 3}) == 3
    assert nodata_of(band, {"other": 3}) == "exact"
    for wrong in ("none", True, [1], None):
        with pytest.raises(InputError, match="'b'"):
            nodata_of(band, wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_no_request_can_carry(number: float) -> None:
    with pytest.raises(InputError, match=r"can not be asked for: pass a finite number, or 'exact'"):
        codec(Band("b", np.dtype("f4")), number, mask_and_scale=True)


@pytest.mark.parametrize("scaled", [True, False])
@pytest.mark.parametrize(("name", "wire"), [("u1", "u2"), ("i2", "i4"), ("u4", "f8"), ("f4", "f4")])
def test_a_number_that_no_pixel_has_travels_in_its_type_and_leaves_memory_as_a_mask_does(
    name: str, wire: str, scaled: bool
) -> None:
    number = float(np.finfo("f4").min) if name == "f4" else int(np.iinfo(name).max) + 1
    band = Band("b", np.dtype(name), missing=Missing(np.dtype(wire), number))
    found, masked = (
        codec(band, "exact", mask_and_scale=scaled),
        codec(replace(band, missing=None), "exact", mask_and_scale=scaled),
    )
    assert (found.wire, found.number, found.masked) == (np.dtype(wire), number, False)
    assert found.wire_dtypes == (np.dtype(wire),)
    assert repr((found.memory, found.attrs, found.encoding)) == repr((masked.memory, masked.attrs, masked.encoding))
    pixels = np.array([0, 1, number]).astype(wire).astype(found.memory)
    found.blank(pixels)
    np.testing.assert_array_equal(pixels, np.array([0, 1, found.fill], found.memory))


def test_a_number_of_the_source_s_own_needs_no_wider_type() -> None:
    band = Band("b", np.dtype("u1"), missing=Missing(np.dtype("u1"), 255))
    found = codec(band, "exact", mask_and_scale=False)
    assert (found.memory, found.fill, found.number, found.marks_number) == (np.dtype("u1"), 255, 255, True)


def test_a_number_of_the_user_s_is_asked_for_in_the_band_s_own_type() -> None:
    band = Band("b", np.dtype("u1"), missing=Missing(np.dtype("u2"), 256))
    found = codec(band, 7, mask_and_scale=False)
    assert (found.wire, found.number, found.memory) == (np.dtype("u1"), 7, np.dtype("u1"))
